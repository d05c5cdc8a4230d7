"""A scorer small enough to reason about: exact, deterministic, with the real one's protocol."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ATTRIBUTES = (
    "toxicity",
    "severe_toxicity",
    "insult",
    "profanity",
    "identity_attack",
    "threat",
    "spam",
)
# Attribute → word → what one occurrence adds to the logit.
WORDS = {
    "toxicity": {"idiot": 4.0, "hurt": 3.0, "damn": 2.0},
    "severe_toxicity": {"hurt": 2.0},
    "insult": {"idiot": 5.0},
    "profanity": {"damn": 4.0},
    "identity_attack": {"foreigners": 4.0},
    "threat": {"hurt": 5.0},
    "spam": {"casino": 5.0},
}
BIAS = -3.0


@dataclass(frozen=True)
class TinyScore:
    scores: dict[str, float]
    logits: dict[str, float]
    language: str
    model: str
    spans: tuple[Any, ...] | None = None


@dataclass
class TinyScorer:
    """Counts a few words; what holds no Latin letter is Japanese, what holds none is nothing."""

    version: str = "tiny-3"
    attributes: tuple[str, ...] = ATTRIBUTES
    languages: tuple[str, ...] = ("en",)
    card: dict[str, Any] = field(
        default_factory=lambda: {
            "thresholds": {name: {"0.02": 0.6, "0.05": 0.4} for name in ATTRIBUTES}
        }
    )

    def revision(self, attribute: str) -> int:
        return 3

    def score(
        self,
        texts: Sequence[str],
        *,
        explain: bool = False,
        languages: Sequence[str | None] | None = None,
    ) -> list[TinyScore]:
        stated = languages or [None] * len(texts)
        return [self._one(text, language) for text, language in zip(texts, stated, strict=True)]

    def _one(self, text: str, stated: str | None) -> TinyScore:
        if re.search("[a-z]", text, re.IGNORECASE):
            language = "en"
        else:
            language = "ja" if any(character.isalpha() for character in text) else "und"
        if (stated or language) not in self.languages:
            return TinyScore({}, {}, language, self.version)
        lowered = text.lower()
        logits = {
            name: BIAS + sum(lowered.count(word) * by for word, by in WORDS[name].items())
            for name in self.attributes
        }
        scores = {name: 1 / (1 + math.exp(-min(logit, 30))) for name, logit in logits.items()}
        return TinyScore(scores, logits, language, self.version)
