"""Two readers: the fast model for every text, the second reader where that one is unsure.

The second reader is asked where a fast score is at least ``asked_from`` of its attribute, a band
chosen so that a stated share of natural traffic falls into it. Its failure leaves the fast scores
as they are and is told of in ``Score.reading``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from classifiers.errors import ClassifierError
from classifiers.model import LinearScorer
from classifiers.normalise import normalise
from classifiers.score import Reading, Score
from classifiers.second_reader import SecondReader

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
        explain: bool = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order, as ``LinearScorer.score`` does, and read again where unsure."""
        return [
            self._read(text, score) if self.unsure(score) else score
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

    def _read(self, text: str, score: Score) -> Score:
        try:
            logits = self.second.logits(self._worst_part(text))
        except Exception:
            # Whatever goes wrong in a native library, the author must not wait for another answer.
            return replace(score, reading=Reading(self.second.version, score.scores, {}, True))
        scores = dict(score.scores)
        read = {}
        for name, (column, rule) in self._rules.items():
            read[name] = float(logits[column])
            scores[name] = rule.score(logit_of(score.scores[name]), read[name])
        reading = Reading(self.second.version, score.scores, read)
        return replace(score, scores=scores, model=self.version, reading=reading)

    def _worst_part(self, text: str) -> list[int]:
        """The tokens of a text, or of the part that the fast model finds worst if it is long."""
        parts = self.second.parts(normalise(text))
        if len(parts) == 1:
            return parts[0][1]
        worst = self.fast.lead_logits([part for part, _ in parts])
        return parts[max(range(len(parts)), key=worst.__getitem__)][1]


def fits(fast: LinearScorer, beside: Sequence[str]) -> bool:
    """Whether a second reader fitted beside these versions belongs to a fast model."""
    return set(beside) <= set(fast.version.split(","))


def logit_of(score: float) -> float:
    """The logit of a score, no further from 0 than ``_LOGIT_LIMIT``."""
    if score <= 0.0 or score >= 1.0:
        return _LOGIT_LIMIT if score >= 1.0 else -_LOGIT_LIMIT
    return max(-_LOGIT_LIMIT, min(_LOGIT_LIMIT, math.log(score / (1.0 - score))))
