"""Two readers: the fast model for every text, the second reader where that one is unsure.

The second reader is asked where a fast score is at least ``asked_from`` of its attribute, a band
chosen so that a stated share of natural traffic falls into it. Its failure leaves the fast scores
as they are and is told of in ``Score.reading``.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from classifiers.errors import ClassifierError
from classifiers.model import LinearScorer
from classifiers.normalise import normalise, normalise_with_spans
from classifiers.occlusion import influences, source
from classifiers.score import Explain, Reading, Score
from classifiers.second_reader import SecondReader
from classifiers.types import Floats

#: A score of 0 or 1 has no logit; none further from 0 than this is told apart.
_LOGIT_LIMIT = 12.0


class CombinedScorer:
    """A fast model and a second reader that was fitted for it, as one scorer."""

    def __init__(self, fast: LinearScorer, second: SecondReader) -> None:
        """Join them.

        Raises:
            ClassifierError: if the second reader was fitted for another fast model.
        """
        artefact = second.artefact
        if not fits(fast, artefact.beside):
            raise ClassifierError(
                f"{second.version} was fitted beside {', '.join(artefact.beside)}, "
                f"not beside {fast.version}"
            )
        self.fast = fast
        self.second = second
        self.version = f"{fast.version},{second.version}"
        self.attributes = fast.attributes
        self.languages = fast.languages
        self._rules = {
            name: (artefact.attributes.index(name), artefact.rules[name])
            for name in fast.attributes
            if name in artefact.rules
        }
        self.card: Mapping[str, Any] = {
            "version": self.version,
            "attributes": list(fast.attributes),
            "languages": list(fast.languages),
            "thresholds": {**fast.card.get("thresholds", {}), **artefact.card["thresholds"]},
            "models": [*fast.card.get("models", [fast.card]), artefact.card],
        }

    def revision(self, attribute: str) -> int:
        """The revision of the fast model behind an attribute; raises ``KeyError``."""
        return self.fast.revision(attribute)

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order, as ``LinearScorer.score`` does, and read again where unsure.

        Args:
            explain: True also takes the reader's part apart: up to ``occlusion.MOST_READINGS``
                more readings for each text that it reads. ``"spans"`` leaves that out.
        """
        return [
            self._read(text, score, closely=explain is True) if self.unsure(score) else score
            for text, score in zip(
                texts,
                self.fast.score(texts, explain=explain, languages=languages),
                strict=True,
            )
        ]

    def unsure(self, score: Score) -> bool:
        """Whether the second reader is to be asked about what the fast model says."""
        return any(
            score.scores.get(name, 0.0) >= rule.asked_from
            for name, (_, rule) in self._rules.items()
        )

    def _read(self, text: str, score: Score, *, closely: bool) -> Score:
        begun = time.perf_counter()
        try:
            normalised = normalise(text)
            number, tokens = self._worst_part(normalised)
            logits = self.second.logits(tokens)
        except Exception:
            # Whatever goes wrong in a native library, the author must not wait for another answer.
            took = time.perf_counter() - begun
            failed = Reading(self.second.version, score.scores, {}, True, seconds=took)
            return replace(score, reading=failed)
        took = time.perf_counter() - begun
        read = {name: float(logits[column]) for name, (column, _) in self._rules.items()}
        scores = {**score.scores, **self._joined(score, logits)}
        reading = Reading(self.second.version, score.scores, read, seconds=took)
        if closely:
            reading = self._closely(text, number, score, reading, scores)
        return replace(score, scores=scores, model=self.version, reading=reading)

    def _joined(self, fast: Score, logits: Floats) -> dict[str, float]:
        return {
            name: rule.score(logit_of(fast.scores[name]), float(logits[column]))
            for name, (column, rule) in self._rules.items()
        }

    def _closely(
        self, text: str, number: int, fast: Score, reading: Reading, scores: Mapping[str, float]
    ) -> Reading:
        """What was read, and which of its words changed the scores most."""
        normalised = normalise_with_spans(text)
        part = self.second.part(normalised.text, number)
        if not part.places:
            return replace(reading, words=())
        try:
            words = influences(self.second, normalised, part, partial(self._joined, fast), scores)
        except Exception:
            # The scores stand; `words` stays None, as for what was not taken apart.
            return reading
        whole = source(normalised, part, 0, len(part.places))
        return replace(reading, part=whole, words=words)

    def _worst_part(self, normalised: str) -> tuple[int, list[int]]:
        """Number and tokens of the part of a text that the fast model finds worst if it is long."""
        parts = self.second.parts(normalised)
        if len(parts) == 1:
            return 0, parts[0][1]
        logits = self.fast.lead_logits([part for part, _ in parts])
        worst = max(range(len(parts)), key=logits.__getitem__)
        return worst, parts[worst][1]


def fits(fast: LinearScorer, beside: Sequence[str]) -> bool:
    """Whether a second reader fitted beside these versions belongs to a fast model."""
    return set(beside) <= set(fast.version.split(","))


def logit_of(score: float) -> float:
    """The logit of a score, no further from 0 than ``_LOGIT_LIMIT``."""
    if score <= 0.0 or score >= 1.0:
        return _LOGIT_LIMIT if score >= 1.0 else -_LOGIT_LIMIT
    return max(-_LOGIT_LIMIT, min(_LOGIT_LIMIT, math.log(score / (1.0 - score))))
