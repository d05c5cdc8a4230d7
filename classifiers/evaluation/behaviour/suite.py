"""Read the cases and see which of them a model holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal, get_args

from classifiers import metrics
from classifiers.errors import DataError
from classifiers.evaluation.behaviour.kinds import ABUSE_CAUGHT, HARMLESS_HELD, KINDS, Kind
from classifiers.score import Score, Scorer, thresholds_of
from classifiers.types import Progress

Half = Literal["seen", "unseen"]
HALVES: tuple[Half, ...] = get_args(Half)
#: Other languages that cases were written in, fewer of them and all to be seen: a file each.
LANGUAGES = ("de", "ko", "pt", "zh")
SUITES: tuple[str, ...] = (*HALVES, *LANGUAGES)
#: The share of clean comments whose thresholds hold a case.
HOLD_TARGET = "0.02"
#: Why a text without scores is held: a site's policy waits for a person.
NOT_SCORED = "not scored"

_HEAD = re.compile(r"== ([a-z -]+) ==")
_CHOICE = re.compile("«([^«»]*)»")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One case: what it was held for, attributes with their scores; empty if it was not."""

    text: str
    held_for: dict[str, float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the cases of a kind."""

    kind: Kind
    verdicts: Sequence[Verdict]

    @property
    def held(self) -> int:
        """How many were held."""
        return sum(bool(verdict.held_for) for verdict in self.verdicts)

    @property
    def share(self) -> metrics.Estimate:
        """The share held."""
        return metrics.proportion(self.held, len(self.verdicts))

    @property
    def met(self) -> bool:
        """Whether the kind's goal is met."""
        return self.kind.met(self.share.value)

    @property
    def held_for(self) -> dict[str, int]:
        """How many were held for each attribute, the most frequent first; a case may have two."""
        counts = Counter(name for verdict in self.verdicts for name in verdict.held_for)
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def wrong(self) -> list[Verdict]:
        """The harmless cases that were held, or the abusive ones that were not."""
        return [each for each in self.verdicts if bool(each.held_for) != self.kind.abusive]

    def to_json(self) -> dict[str, Any]:
        """The figures, with one example that is not of the unseen half, and without other texts."""
        return {
            "kind": self.kind.name,
            "abusive": self.kind.abusive,
            "asks": self.kind.asks,
            "example": example(self.kind),
            "cases": len(self.verdicts),
            "held": self.held,
            "share": self.share.to_json(),
            "goal": self.kind.goal,
            "met": self.met,
            "held_for": self.held_for,
        }


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a model does with one half of the cases."""

    model: str
    half: str
    thresholds: dict[str, float]
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def in_english(self) -> bool:
        """Whether these are English cases, with a goal for each kind."""
        return self.half in HALVES

    @property
    def met(self) -> bool:
        """Whether all goals are met; of another language those of all kinds together."""
        if self.in_english:
            return all(outcome.met for outcome in self.outcomes)
        (held, harmless), (caught, abusive) = self.held(abusive=False), self.held(abusive=True)
        return held <= HARMLESS_HELD * harmless and caught >= ABUSE_CAUGHT * abusive

    def held(self, *, abusive: bool) -> tuple[int, int]:
        """How many of all harmless or of all abusive cases were held, and how many there are."""
        outcomes = [each for each in self.outcomes if each.kind.abusive == abusive]
        return sum(each.held for each in outcomes), sum(len(each.verdicts) for each in outcomes)

    def wrong(self) -> list[dict[str, Any]]:
        """Each case that came out wrong, with what it was held for."""
        return [
            {"kind": outcome.kind.name, "text": verdict.text, "held_for": verdict.held_for}
            for outcome in self.outcomes
            for verdict in outcome.wrong
        ]

    def to_json(self) -> dict[str, Any]:
        """The figures of each kind."""
        return {
            "half": self.half,
            "cases": sum(len(outcome.verdicts) for outcome in self.outcomes),
            "met": self.met,
            "thresholds": self.thresholds,
            **{
                name: {
                    "cases": cases,
                    "held": held,
                    "share": metrics.proportion(held, cases).to_json(),
                }
                for name, abusive in (("harmless", False), ("abusive", True))
                for held, cases in [self.held(abusive=abusive)]
                if cases
            },
            "kinds": [outcome.to_json() for outcome in self.outcomes],
        }


def hold_thresholds(card: Mapping[str, Any], language: str = "en") -> dict[str, float]:
    """For each attribute the score from which it holds a comment, as a model's card says."""
    return {
        name: float(by_target[HOLD_TARGET])
        for name, by_target in thresholds_of(card, language).items()
        if isinstance(by_target, Mapping) and HOLD_TARGET in by_target
    }


@cache
def read_cases(half: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """The cases of a half, or of another language.

    By kind and by the line that they are written in, in order.
    """
    text = resources.files(__package__).joinpath(f"{half}.txt").read_text(encoding="utf-8")
    cases: dict[str, dict[str, tuple[str, ...]]] = {}
    for line in text.splitlines():
        if head := _HEAD.fullmatch(line):
            cases[head[1]] = {}
        elif line and cases:
            cases[next(reversed(cases))][line] = tuple(_filled(line))
    return cases


def example(kind: Kind) -> str:
    """The first case of a kind, of the half that may be seen."""
    return next(iter(read_cases("seen")[kind.name].values()))[0]


def check(scorer: Scorer, half: str, progress: Progress | None = None) -> Behaviour:
    """See which cases of a half, or of one of ``LANGUAGES``, a model holds.

    A case is held if an attribute reaches the threshold of its card for ``HOLD_TARGET``, or if it
    gets no scores, as in a site's policy. Kinds whose subject the model does not score are left
    out.

    Raises:
        DataError: if the model's card has no such threshold.
    """
    language = "en" if half in HALVES else half
    cuts = hold_thresholds(scorer.card, language)
    if not cuts:
        raise DataError(
            f"the card of {scorer.version} has no thresholds for {float(HOLD_TARGET):.0%} of clean "
            "comments, so nothing says which cases it would hold"
        )
    subjects = {"spam" if name == "spam" else "abuse" for name in cuts}
    kinds = [
        kind
        for kind in KINDS
        if kind.name in read_cases(half) and (not kind.abusive or kind.subject in subjects)
    ]
    behaviour = Behaviour(scorer.version, half, cuts)
    for number, kind in enumerate(kinds, 1):
        texts = [text for texts in read_cases(half)[kind.name].values() for text in texts]
        verdicts = [
            Verdict(text, _held_for(score, cuts))
            for text, score in zip(
                texts,
                # A site says what language its comments are in; English must be detected.
                scorer.score(
                    texts, languages=None if language == "en" else [language] * len(texts)
                ),
                strict=True,
            )
        ]
        behaviour.outcomes.append(Outcome(kind, verdicts))
        if progress:
            progress(f"behaviour, {half}", number / len(kinds))
    return behaviour


def _held_for(score: Score, cuts: Mapping[str, float]) -> dict[str, float]:
    if not score.scores:
        return {NOT_SCORED: 1.0}
    return {name: value for name, value in score.scores.items() if value >= cuts.get(name, 2.0)}


def _filled(line: str) -> Iterator[str]:
    """The cases that a line stands for: its lists are gone through side by side."""
    parts = _CHOICE.split(line.replace("⏎", "\n"))
    choices = [part.split("|") for part in parts[1::2]]
    for number in range(max(map(len, choices), default=1)):
        parts[1::2] = [choice[number % len(choice)] for choice in choices]
        yield "".join(parts)
