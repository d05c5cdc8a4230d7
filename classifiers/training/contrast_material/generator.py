"""Make the texts of all kinds: the same seed gives the same texts."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import cycle

from classifiers.data.examples import Example
from classifiers.data.splits import near_duplicate_key
from classifiers.errors import DataError
from classifiers.training.contrast_material.grammar import (
    ENGLISH,
    Kind,
    Writer,
    read_kinds,
    word_list,
)
from classifiers.training.contrast_material.habits import type_carelessly

#: Texts of a sentence that came out as before, in a row, after which it has no more to give.
_SPENT = 6
#: Twins written for each abusive text.
_TWINS = 0.5
#: The most that contempt for a trade, a party or a way of life is called an identity attack.
_CHOSEN = 0.4
#: What the name of a source begins with.
SOURCE = "contrast_"
#: Comments made of several, at most and for each text, the share of them that an emoji ends, and
#: below what they are ordinary.
_JOINED = 2600
_JOINED_SHARE = 0.25
_WITH_EMOJI = 0.15
_HARMLESS = 0.07
JOINED = "joined"
#: What the kind of the twins of a kind is called.
TWIN = "_twin"


def kind_names(language: str = ENGLISH) -> list[str]:
    """The kinds, the twins of abusive ones and what is joined of several among them."""
    kinds = read_kinds(language)
    twins = [kind.name + TWIN for kind in kinds if any(line.twins for line in kind.lines)]
    return sorted([kind.name for kind in kinds] + twins + [JOINED, f"{JOINED}_abuse"])


def examples(seed: int = 0, language: str = ENGLISH) -> list[Example]:
    """The texts with what raters would say, of the sources ``contrast_<kind>``; none twice.

    Raises:
        DataError: if nothing was written in the language.
    """
    kinds = read_kinds(language)
    if not kinds:
        raise DataError(f"there is no contrast material in {language!r}")
    seen: set[str] = set()
    rows = [row for kind in kinds for row in _texts(kind, seed, seen, language)]
    return [replace(row, lang=language) for row in rows + joined(rows, seed, seen)]


def joined(rows: Sequence[Example], seed: int, seen: set[str]) -> list[Example]:
    """Longer comments made of two or three: ordinary ones, and ordinary ones with abuse in them.

    Neither length nor an emoji nor a name beside it makes a sentence harmless.
    """
    # The same texts are wanted every time.
    rng = random.Random(f"{seed}:joined")  # noqa: S311
    asked = [row for row in rows if "toxicity" in row.labels and len(row.text.split()) > 2]
    clean = [row for row in asked if row.labels["toxicity"] < _HARMLESS and "://" not in row.text]
    abuse = [row for row in asked if row.labels["toxicity"] >= 0.5]
    emoji = [row.text for row in rows if row.source == f"{SOURCE}emoji_alone"]
    made: list[Example] = []
    while len(made) < min(_JOINED, _JOINED_SHARE * len(rows)):
        parts = rng.sample(clean, rng.choice((1, 1, 2)))
        first = clean if len(made) % 2 else abuse
        parts.insert(rng.randint(0, len(parts)), rng.choice(first))
        if rng.random() < _WITH_EMOJI:
            parts.append(Example(rng.choice(emoji), parts[0].labels))
        text = rng.choice((" ", " ", "\n")).join(map(_closed, parts))
        if text in seen:
            continue
        seen.add(text)
        worst = max(parts, key=lambda row: row.labels["toxicity"])
        name = JOINED if first is clean else f"{JOINED}_abuse"
        made.append(replace(worst, text=text, source=f"{SOURCE}{name}"))
    return made


def _closed(row: Example) -> str:
    """A text with a point behind it, where it ends in a word."""
    return row.text + "." if row.text[-1].isalnum() else row.text


def _texts(kind: Kind, seed: int, seen: set[str], language: str) -> list[Example]:
    # The same texts are wanted every time.
    rng = random.Random(f"{seed}:{kind.name}")  # noqa: S311
    twins = [(twin, line.twin_labels) for line in kind.lines for twin in line.twins]
    own = [(line.text, line.labels) for line in kind.lines]
    writer = Writer(rng, language)
    rows = _fill(own, kind, kind.name, kind.count, writer, rng, seen)
    if twins:
        writer = Writer(rng, language)
        count = round(_TWINS * kind.count)
        rows += _fill(twins, kind, kind.name + TWIN, count, writer, rng, seen)
    return rows


def _fill(
    lines: list[tuple[str, Mapping[str, float]]],
    kind: Kind,
    name: str,
    count: int,
    writer: Writer,
    rng: random.Random,
    seen: set[str],
) -> list[Example]:
    withheld = {near_duplicate_key(text) for text in word_list("withheld", writer.language)}
    rows: list[Example] = []
    repeated = [0] * len(lines)
    for number in cycle(range(len(lines))):
        if len(rows) >= count or min(repeated) >= _SPENT:
            return rows
        if repeated[number] >= _SPENT:
            continue
        text, labels = lines[number]
        written, groups = writer.write(text)
        if rng.random() < kind.habits:
            written = type_carelessly(written, rng, english=writer.language == ENGLISH)
        key, letters = written.casefold(), near_duplicate_key(written)
        # Case alone makes another text of a shout only.
        again = written in seen or (key in seen and not written.isupper())
        if again or letters in withheld or not written:
            repeated[number] += 1
            continue
        if groups and all(group.chosen for group in groups):
            most = min(labels.get("identity_attack", 0.0), _CHOSEN)
            labels = {**labels, "identity_attack": most}
        seen.update((written, key))
        repeated[number] = 0
        rows.append(
            Example(
                written,
                labels,
                source=f"{SOURCE}{name}",
                license="MIT",
                identities=tuple(group.many for group in groups),
            )
        )
    return rows
