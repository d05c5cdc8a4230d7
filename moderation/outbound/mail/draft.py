"""What is made of a box before it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .letter import Letter

_AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A letter and its address; without one there is nothing to tell (any more).

    `told` are the items that it is of, None for all of the box. `again` is when a mail on what is
    left, or comes meanwhile, may go; unless this one is `spaced`, that may be at once.
    """

    to: str
    letter: Letter | None = None
    told: Sequence[str] | None = None
    again: int = 0
    spaced: bool = True


def in_chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give ids in portions that are read in one round trip."""
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
