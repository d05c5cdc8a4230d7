"""Make the texts of all kinds: the same seed gives the same texts."""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import cycle

from classifiers.data.examples import Example
from classifiers.training.contrast_material.grammar import Kind, Writer, read_kinds
from classifiers.training.contrast_material.habits import type_carelessly

#: Texts of a sentence that came out as before, in a row, after which it has no more to give.
_SPENT = 6
#: Twins written for each abusive text.
_TWINS = 0.5
#: What the name of a source begins with.
SOURCE = "contrast_"
#: What the kind of the twins of a kind is called.
TWIN = "_twin"


def kind_names() -> list[str]:
    """The kinds, the twins of abusive ones among them."""
    return sorted(
        name
        for kind in read_kinds()
        for name in (kind.name, kind.name + TWIN)
        if name == kind.name or any(line.twins for line in kind.lines)
    )


def examples(seed: int = 0) -> list[Example]:
    """The texts with what raters would say, of the sources ``contrast_<kind>``; none twice."""
    seen: set[str] = set()
    return [row for kind in read_kinds() for row in _texts(kind, seed, seen)]


def _texts(kind: Kind, seed: int, seen: set[str]) -> list[Example]:
    # The same texts are wanted every time.
    rng = random.Random(f"{seed}:{kind.name}")  # noqa: S311
    twins = [(twin, line.twin_labels) for line in kind.lines for twin in line.twins]
    own = [(line.text, line.labels) for line in kind.lines]
    rows = _fill(own, kind, kind.name, kind.count, rng, seen)
    if twins:
        rows += _fill(twins, kind, kind.name + TWIN, round(_TWINS * kind.count), rng, seen)
    return rows


def _fill(
    lines: list[tuple[str, Mapping[str, float]]],
    kind: Kind,
    name: str,
    count: int,
    rng: random.Random,
    seen: set[str],
) -> list[Example]:
    writer = Writer(rng)
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
            written = type_carelessly(written, rng)
        key = written.casefold()
        # Case alone makes another text of a shout only.
        if written in seen or (key in seen and not written.isupper()) or not written:
            repeated[number] += 1
            continue
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
