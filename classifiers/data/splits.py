"""Hold comments out of training so that no near-duplicate is on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from classifiers.data.examples import Example
from classifiers.data.sources import source

#: Texts with the same first letters are copies, quotations or edits of one another; fewer letters
#: would make one group of all that begins alike.
NEAR_DUPLICATE_LETTERS = 60


def near_duplicate_key(text: str) -> str:
    """The first 60 letters in lower case: equal keys are near-duplicates."""
    letters: list[str] = []
    for character in text:
        if character.isalpha():
            letters.append(character.lower())
            if len(letters) == NEAR_DUPLICATE_LETTERS:
                break
    return "".join(letters)


def held_out_split(example: Example) -> str:
    """Place a row in ``train``, ``dev`` or ``test`` by its near-duplicate group.

    A row that came as a test row stays one; of the others each source's ``held_out`` shares are
    taken by a hash of the group. A development split that a source came with is not kept.
    """
    if example.split == "test":
        return "test"
    dev, test = source(example.source).held_out
    digest = hashlib.blake2b(near_duplicate_key(example.text).encode(), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    return "dev" if position < dev else "test" if position < dev + test else "train"


def split_examples(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Split into ``train``, ``dev`` and ``test`` so that no near-duplicate crosses over.

    A training row whose key is held out anywhere, or a development row whose key is in the test
    rows, is dropped. Keys under 20 letters are compared in full like any other: short repeated
    phrases are then measured, never learnt by heart.
    """
    parts: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for example in examples:
        where = held_out_split(example)
        parts[where].append(replace(example, split=where))
    taken: set[str] = set()
    for name in ("test", "dev", "train"):
        keyed = [(near_duplicate_key(row.text), row) for row in parts[name]]
        parts[name] = [row for key, row in keyed if not key or key not in taken]
        taken.update(key for key, _ in keyed)
    return parts
