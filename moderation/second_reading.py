"""What the second reader made of a comment, told when a moderator asks for it.

A comment keeps its scores and the fast model's words; the second reader's words take a reading for
each of them, so they are made from the text when somebody wants to see them. That is only true of
the models that scored it: where others are in use now, it is said instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .records import StoredScores
from .scoring import ScoringService

if TYPE_CHECKING:
    from classifiers.score import Influence

State = Literal[
    "read", "not-asked", "not-read", "fast-alone", "another-model", "failed", "not-scored"
]

_DETAILS: Mapping[State, str] = {
    "read": "The second reader read it in context.",
    "not-asked": "The second reader was not asked: the fast model was sure.",
    "not-read": "The second reader was off or failed when this was scored.",
    "fast-alone": "No second reader is in use here: the fast model alone scored it.",
    "another-model": (
        "It was scored by {model}, and {in_use} is in use now: what mattered to the second reader "
        "then cannot be told."
    ),
    "failed": "The second reader failed, so what mattered to it cannot be told now.",
    "not-scored": "It has no scores.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondReading:
    """What is told; all but `state`, `detail` and `in_use` is there only where it was read.

    `scores` are those by both readers, `fast` those by the fast model alone, `words` what changed
    them most, `part` what was read of the text.
    """

    state: State
    detail: str
    in_use: str
    model: str | None = None
    fast: Mapping[str, float] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    part: tuple[int, int] | None = None
    words: tuple[Influence, ...] = ()


def second_reading(
    scoring: ScoringService, text: str, scored: StoredScores | None
) -> SecondReading:
    """Read a text again and say what mattered, if the models in use are those that scored it.

    Raises `UnavailableError` if nothing can be scored now.
    """
    in_use = scoring.scorer.version
    if scored is None or not scored.scores:
        return _without("not-scored", scored, in_use)
    fast, reader = scoring.readers
    if scored.model == fast:
        if reader is None:
            return _without("fast-alone", scored, in_use)
        (score,) = scoring.score([text], languages=[scored.language])
        return _without("not-asked" if score.reading is None else "not-read", scored, in_use)
    if not scoring.has(scored.model):
        return _without("another-model", scored, in_use)
    if reader is None or reader not in scored.model.split(","):
        return _without("fast-alone", scored, in_use)
    score = scoring.explained(text, scored.language)
    reading = score.reading
    if reading is None or reading.words is None:
        return _without("failed", scored, in_use)
    return SecondReading(
        state="read",
        detail=_DETAILS["read"],
        in_use=in_use,
        model=reading.model,
        fast=reading.fast,
        scores=score.scores,
        part=reading.part,
        words=reading.words,
    )


def _without(state: State, scored: StoredScores | None, in_use: str) -> SecondReading:
    detail = _DETAILS[state].format(model=scored.model if scored else "", in_use=in_use)
    return SecondReading(state=state, detail=detail, in_use=in_use)
