"""Score texts: a sum of integers a text, a few steps of plain arithmetic, and its explanation.

All sums are of integers, and what follows is done value by value in IEEE double arithmetic and
rounded to six decimals, so a score is the same on every machine, alone or among thousands.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from classifiers import language
from classifiers.artefact import Artefact, full_card
from classifiers.calibration import all_calibrated, calibrated, segments
from classifiers.despair import signals
from classifiers.explanation import contributions
from classifiers.features import families, families_batch
from classifiers.normalise import NormalisedText, normalise, normalise_with_spans
from classifiers.score import Explain, Score, Span
from classifiers.types import Floats
from classifiers.weights import PackedWeights

#: Texts that are scored together.
_BATCH = 128


class LinearScorer:
    """One or more linear models over the same features, scored together.

    Its arrays are read-only and made once, so forked workers share their memory.
    """

    def __init__(self, artefacts: Sequence[Artefact]) -> None:
        """Lay the models side by side and load the language detector.

        Raises:
            ValueError: without a model, or if two score the same attribute.
        """
        names = [name for artefact in artefacts for name in artefact.attributes]
        if not names or len(set(names)) < len(names):
            raise ValueError("models must score one attribute or more, and each only once")
        self.version = ",".join(artefact.version for artefact in artefacts)
        self.attributes = tuple(names)
        common = set.intersection(*(set(artefact.languages) for artefact in artefacts))
        self.languages = tuple(sorted(common))
        self.card: Mapping[str, Any] = _card(artefacts, self.version, self.languages)
        self._revisions = {
            name: artefact.revision for artefact in artefacts for name in artefact.attributes
        }
        self._scales = [float(value) for artefact in artefacts for value in artefact.scale]
        self._intercepts = [float(value) for artefact in artefacts for value in artefact.intercept]
        self._calibrations = [
            segments(artefact.calibrations[name])
            for artefact in artefacts
            for name in artefact.attributes
        ]
        self._weights = PackedWeights(artefacts)
        language.load()

    @property
    def intercepts(self) -> dict[str, float]:
        """The logit of each attribute before anything is known of a text."""
        return dict(zip(self.attributes, self._intercepts, strict=True))

    def revision(self, attribute: str) -> int:
        """The revision of the model behind an attribute; raises ``KeyError``."""
        return self._revisions[attribute]

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: Explain = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[Score]:
        """Score texts, in order.

        Args:
            texts: any strings, of any length and content.
            explain: whether to say which words the scores come from.
            languages: for each text its ISO 639-1 code, or None to detect it.

        Raises:
            TypeError: for one string instead of a sequence of them.
            ValueError: for another number of languages than of texts.
        """
        if isinstance(texts, str):
            raise TypeError("texts must be a sequence of strings, not one string")
        given = [None] * len(texts) if languages is None else languages
        if len(given) != len(texts):
            raise ValueError(f"{len(texts)} texts but {len(given)} languages")
        return [
            score
            for start in range(0, len(texts), _BATCH)
            for score in self._score_batch(
                texts[start : start + _BATCH], given[start : start + _BATCH], bool(explain)
            )
        ]

    def _score_batch(
        self, texts: Sequence[str], given: Sequence[str | None], explain: bool
    ) -> list[Score]:
        normalised: list[str | NormalisedText] = [
            normalise_with_spans(text) if explain else normalise(text) for text in texts
        ]
        plain = [each if isinstance(each, str) else each.text for each in normalised]
        codes = [
            language.detect(text, each).code if code is None else code
            for text, each, code in zip(texts, plain, given, strict=True)
        ]
        supported = [code in self.languages or code == "und" for code in codes]
        wanted = [each if known else "" for each, known in zip(plain, supported, strict=True)]
        logits, scores = self._logits_and_scores(wanted)
        found = [signals(text, each) for text, each in zip(texts, plain, strict=True)]
        return [
            Score(
                dict(zip(self.attributes, scores[i], strict=True)),
                dict(zip(self.attributes, logits[i], strict=True)),
                code,
                self.version,
                self._spans(each) if isinstance(each, NormalisedText) else None,
                signals=found[i],
            )
            if known
            else Score({}, {}, code, self.version, () if explain else None, signals=found[i])
            for i, (each, code, known) in enumerate(zip(normalised, codes, supported, strict=True))
        ]

    def lead_logits(self, normalised: Sequence[str]) -> list[float]:
        """The logit of the first attribute for each of some normalised texts."""
        return [float(logits[0]) for logits in self._logits(normalised)]

    def _logits_and_scores(
        self, normalised: Sequence[str]
    ) -> tuple[list[list[float]], list[list[float]]]:
        """The same for one text among many as alone, where single numbers are faster."""
        if len(normalised) == 1:
            logits = self._logits_of(normalised[0])
            return [logits], [list(map(calibrated, self._calibrations, logits))]
        many = self._logits(normalised)
        return many.tolist(), all_calibrated(self._calibrations, many)

    def _logits_of(self, normalised: str) -> list[float]:
        """Weigh the sums over a text's characters and over its words."""
        chars, words = families(normalised)
        count = len(chars)
        bounds = (0, count, count + len(words))
        of_chars, of_words = self._weights.sums(np.concatenate((chars, words)), bounds).tolist()
        weight, word_weight = 1.0 / math.sqrt(count or 1), 1.0 / math.sqrt(len(words) or 1)
        return [
            intercept + scale * (of_char * weight + of_word * word_weight)
            for intercept, scale, of_char, of_word in zip(
                self._intercepts, self._scales, of_chars, of_words, strict=True
            )
        ]

    def _logits(self, normalised: Sequence[str]) -> Floats:
        """The same for many texts, ``(texts, attributes)``."""
        of_chars, of_words = (
            self._weights.sums(ids, bounds.tolist())
            * (1.0 / np.sqrt(np.maximum(np.diff(bounds), 1)))[:, None]
            for ids, bounds in families_batch(normalised)
        )
        logits: Floats = np.array(self._intercepts) + self._scales * (of_chars + of_words)
        return logits

    def _spans(self, normalised: NormalisedText) -> tuple[Span, ...]:
        tokens, shares = contributions(normalised, self._weights, np.array(self._scales))
        return tuple(
            Span(start, end, dict(zip(self.attributes, row, strict=True)))
            for (start, end), row in zip(tokens.tolist(), shares.tolist(), strict=True)
        )


def _card(artefacts: Sequence[Artefact], version: str, languages: Sequence[str]) -> dict[str, Any]:
    cards = [full_card(artefact) for artefact in artefacts]
    if len(cards) == 1:
        return cards[0]
    thresholds: dict[str, Any] = {}
    for card in cards:
        thresholds |= card.get("thresholds", {})
    return {
        "version": version,
        "attributes": [name for card in cards for name in card["attributes"]],
        "languages": list(languages),
        "thresholds": thresholds,
        "models": cards,
    }
