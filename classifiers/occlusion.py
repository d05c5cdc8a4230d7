"""Say which words of a text a second reader's scores come from: by reading it without each.

An encoder's logit is no sum that could be split over words. So each word of the part that was read,
or each short run of words where there are many, is taken out in turn and the rest is read again; by
how much the joined score then differs is what the word is told to have changed. The fast model's
logit stays as it was: what it makes of each word, its own spans say.

Readings are made one by one, as for scores: a batch of them would be no faster on one thread, and
each would be inexact (``SecondReader``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from classifiers.normalise import NormalisedText
from classifiers.score import Influence
from classifiers.second_reader import Part, SecondReader
from classifiers.types import Floats

#: Most readings for one text: some 0.3 s on one core for the longest part. A part with more words
#: is taken apart into that many runs of neighbouring words.
MOST_READINGS = 32
#: Most words that are told of.
MOST_WORDS = 12
#: What changes no score by as much is not told of: it would be shown as 0.00.
LEAST_CHANGE = 0.005

#: From the reader's logits to the joined scores.
Joined = Callable[[Floats], Mapping[str, float]]


def influences(
    reader: SecondReader,
    normalised: NormalisedText,
    part: Part,
    joined: Joined,
    whole: Mapping[str, float],
) -> tuple[Influence, ...]:
    """The words or short runs that changed the joined scores most, in the order of the text.

    Args:
        part: what was read of the text.
        joined: what the scores would be by other logits of the reader.
        whole: the scores by the logits of the whole part.
    """
    found = []
    for first, last in _runs(_units(normalised, part)):
        rest = [*part.pieces[:first], *part.pieces[last:]]
        without = joined(reader.logits(reader.framed(rest)))
        start, end = source(normalised, part, first, last)
        changes = {name: round(whole[name] - without[name], 6) for name in without}
        found.append(Influence(start, end, changes))
    return tuple(_foremost(found))


def source(normalised: NormalisedText, part: Part, first: int, last: int) -> tuple[int, int]:
    """Where the words ``[first, last)`` of a part stand in the original text."""
    begin, end = part.places[first][0], part.places[last - 1][1]
    spans = normalised.spans[begin:end]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _units(normalised: NormalisedText, part: Part) -> list[tuple[int, int]]:
    """The words of a part as people see them, with the marks at them: ranges of its pieces' words.

    Two that come from the same characters of the original text are one.
    """
    bounds = [0]
    for i, ((_, before), (after, _)) in enumerate(pairwise(part.places), 1):
        if before < after:
            bounds.append(i)
    bounds.append(len(part.places))
    units: list[tuple[int, int]] = []
    reached = 0
    for first, last in pairwise(bounds):
        start, end = source(normalised, part, first, last)
        if units and start < reached:
            units[-1] = (units[-1][0], last)
        else:
            units.append((first, last))
        reached = max(reached, end)
    return units


def _runs(units: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Units, or runs of them so short that there are no more than ``MOST_READINGS``."""
    length = -(-len(units) // MOST_READINGS)
    runs = [units[i : i + length] for i in range(0, len(units), length)]
    return [(run[0][0], run[-1][1]) for run in runs]


def _foremost(found: Sequence[Influence]) -> list[Influence]:
    """What changed an attribute most, for each of them in turn until there are enough."""
    names = list(found[0].changes) if found else []
    ranked = {
        name: sorted(
            (i for i, each in enumerate(found) if abs(each.changes[name]) >= LEAST_CHANGE),
            key=lambda i: -abs(found[i].changes[name]),
        )
        for name in names
    }
    kept: set[int] = set()
    for rank in range(MOST_WORDS):
        for name in names:
            if len(kept) < MOST_WORDS and rank < len(ranked[name]):
                kept.add(ranked[name][rank])
    return [found[i] for i in sorted(kept)]
