"""What a model says of a text, and what every model offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

#: What is told of why a score is what it is: nothing, the fast model's words (``spans``), or also
#: what a second reader made of them (``Reading.words``), which takes a reading for each word.
Explain = Literal["spans"] | bool
PhraseKind = Literal["plan", "wish", "despair", "harm", "past"]
"""What a phrase of despair speaks of, the gravest first; `past` is over."""


@dataclass(frozen=True, slots=True)
class Span:
    """A word of the original text: ``[start, end)`` in code points, and its share of each logit."""

    start: int
    end: int
    contributions: dict[str, float]


@dataclass(frozen=True, slots=True)
class Influence:
    """A word or a short run of words of the original text that a second reader read.

    ``[start, end)`` in code points. ``changes`` has how much higher each joined score is than if
    the reader had not seen it: it raises what is above 0 and lowers what is below.
    """

    start: int
    end: int
    changes: dict[str, float]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a second reader said of a text, and what the fast model alone had said.

    ``logits`` are the reader's own, before they were joined to the fast ones; ``{}`` if it failed.
    ``part`` is what was read of the original text, in code points, and ``words`` what mattered most
    in it; both are None unless asked for. ``seconds`` is how long it took, which two readings of
    the same text need not share.
    """

    model: str
    fast: dict[str, float]
    logits: dict[str, float]
    failed: bool = False
    part: tuple[int, int] | None = None
    words: tuple[Influence, ...] | None = None
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase of the original text that a signal rests on, ``[start, end)`` in code points."""

    start: int
    end: int
    kind: PhraseKind


@dataclass(frozen=True, slots=True)
class Signal:
    """What a text says beside its scores: ``self_harm``, that its author is in despair.

    It is ``acute`` unless every phrase speaks of what is over; ``others`` are threatened with harm
    too.
    """

    name: Literal["self_harm"]
    phrases: tuple[Phrase, ...]
    acute: bool = True
    others: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """What a model says of one text.

    ``scores`` are expected shares of raters in [0, 1], ``{}`` if the language is not supported;
    ``logits`` are the fast model's sums before calibration, which ``spans`` explain exactly;
    ``spans`` is None unless asked for. ``reading`` is what a second reader changed, None if it was
    not asked; ``model`` names it only where it was. ``signals`` come from phrases, not from a
    model, whatever the language (``classifiers.despair``).
    """

    scores: dict[str, float]
    logits: dict[str, float]
    language: str
    model: str
    spans: tuple[Span, ...] | None = None
    reading: Reading | None = None
    signals: tuple[Signal, ...] = ()


def thresholds_of(card: Mapping[str, Any], language: str) -> Mapping[str, Mapping[str, float]]:
    """A card's thresholds for texts of a language: by attribute and share of clean comments.

    Models of several languages have theirs under ``by_language``; what is not there is the same
    for all.
    """
    own: Mapping[str, Any] = card.get("by_language", {}).get(language, card)
    thresholds: Mapping[str, Mapping[str, float]] = own.get("thresholds", {})
    return thresholds


class Scorer(Protocol):
    """What every model offers, the shipped ones and anybody's own."""

    @property
    def version(self) -> str:
        """Name and revision in ASCII, as in ``abuse-en@1,spam-en@1``."""

    @property
    def attributes(self) -> tuple[str, ...]:
        """What is scored, and nothing that was not trained."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of what is scored."""

    @property
    def card(self) -> Mapping[str, Any]:
        """Data, licences, figures, thresholds and hash, as JSON would hold them."""

    def revision(self, attribute: str) -> int:
        """The revision of the model behind an attribute; raises ``KeyError``."""

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order; a language that is given is not detected."""
