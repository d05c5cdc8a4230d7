"""A scorer small enough to reason about: exact, deterministic, with the real one's protocol."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifiers import Signal
from classifiers.despair import signals

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
    "toxicity": {"idiot": 4.0, "hurt": 3.0, "maybe": 3.0, "damn": 2.0},
    "severe_toxicity": {"hurt": 2.0},
    "insult": {"idiot": 5.0},
    "profanity": {"damn": 4.0},
    "identity_attack": {"foreigners": 4.0},
    "threat": {"hurt": 5.0},
    "spam": {"casino": 5.0},
}
BIAS = -3.0


@dataclass(frozen=True)
class TinySpan:
    start: int
    end: int
    contributions: dict[str, float]


@dataclass(frozen=True)
class TinyScore:
    scores: dict[str, float]
    logits: dict[str, float]
    language: str
    model: str
    spans: tuple[TinySpan, ...] | None = None
    reading: None = None
    signals: tuple[Signal, ...] = ()


@dataclass
class TinyScorer:
    """Counts a few words; without a Latin letter a text is Russian, Japanese or nothing.

    `down` makes it fail.
    """

    version: str = "tiny-3"
    down: bool = False
    attributes: tuple[str, ...] = ATTRIBUTES
    languages: tuple[str, ...] = ("en",)
    card: dict[str, Any] = field(
        default_factory=lambda: {
            "languages": ["en"],
            "thresholds": {name: {"0.02": 0.6, "0.05": 0.4} for name in ATTRIBUTES},
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
        if self.down:
            raise RuntimeError("the scorer is down")
        stated = languages or [None] * len(texts)
        return [
            self._one(text, language, explain=explain)
            for text, language in zip(texts, stated, strict=True)
        ]

    def _one(self, text: str, stated: str | None, *, explain: bool) -> TinyScore:
        if re.search("[а-я]", text, re.IGNORECASE):
            language = "ru"
        elif re.search("[a-z]", text, re.IGNORECASE):
            language = "en"
        else:
            language = "ja" if any(character.isalpha() for character in text) else "und"
        if (stated or language) not in self.languages:
            return TinyScore({}, {}, language, self.version, signals=signals(text))
        lowered = text.lower()
        logits = {
            name: BIAS + sum(lowered.count(word) * by for word, by in WORDS[name].items())
            for name in self.attributes
        }
        scores = {name: 1 / (1 + math.exp(-min(logit, 30))) for name, logit in logits.items()}
        spans = tuple(_spans(lowered)) if explain else None
        return TinyScore(scores, logits, language, self.version, spans, signals=signals(text))


def _spans(text: str) -> Iterator[TinySpan]:
    for match in re.finditer("|".join({word for words in WORDS.values() for word in words}), text):
        adds = {name: words[match[0]] for name, words in WORDS.items() if match[0] in words}
        yield TinySpan(match.start(), match.end(), adds)
