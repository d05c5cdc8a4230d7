"""Showing an author once what may hurt somebody, before it is sent."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from uuid_utils import uuid7

from .policy import Policy
from .records import Verdict
from .tokens import nudge_token, read_nudge_token

Answer = Literal["changed", "unchanged"]

# What is said to somebody. Spam is not sent by accident, and who speaks of despair is not told
# that it hurts others.
_ABUSE = frozenset(
    {"toxicity", "severe_toxicity", "insult", "profanity", "identity_attack", "threat"}
)
_NEVER_WITH = frozenset({"self_harm"})
# Belongs to the sentence, not to the word that it follows.
_STOPS = ",.;:?!،؛؟。、"
_MOST_WORDS = 80


@dataclass(frozen=True, slots=True)
class Nudge:
    """What an author is shown: the stretches of the text, in code points, and their words."""

    id: str
    token: str
    spans: tuple[tuple[int, int], ...]
    words: tuple[str, ...]


def nudge_for(
    verdict: Verdict,
    text: str,
    policy: Policy,
    card: Mapping[str, Any],
    *,
    secret: bytes,
    site: str,
) -> Nudge | None:
    """Say what to show; None where nothing of the text alone would hold it for abuse.

    Where the model names no words, it is the whole text.
    """
    reasons = verdict.reasons
    if not policy.nudge or any(reason.rule in _NEVER_WITH for reason in reasons):
        return None
    found = [
        reason
        for reason in reasons
        if reason.rule == "score"
        and reason.part is None
        and reason.attribute in _ABUSE
        and _holds(reason.score, policy.threshold(reason.attribute, card).hold)
    ]
    if not found:
        return None
    found_at = _joined([span for reason in found for span in reason.spans], text)
    spans = tuple(_without_stops(span, text) for span in found_at) or ((0, len(text)),)
    nudge = str(uuid7())
    return Nudge(
        id=nudge,
        token=nudge_token(secret, site, nudge, _fingerprint(text)),
        spans=spans,
        words=tuple(_excerpt(text[start:end]) for start, end in spans),
    )


def answered(secret: bytes, site: str, token: str, text: str) -> tuple[str, Answer] | None:
    """Give the nudge that a text was sent after, and what its author did; None for no token."""
    read = read_nudge_token(secret, site, token)
    if read is None:
        return None
    nudge, fingerprint = read
    same = hmac.compare_digest(fingerprint, _fingerprint(text))
    return nudge, "unchanged" if same else "changed"


def _holds(score: float | None, threshold: float | None) -> bool:
    return score is not None and threshold is not None and score >= threshold


def _excerpt(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else f"{words[:_MOST_WORDS].rstrip()}…"


def _fingerprint(text: str) -> str:
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=12).hexdigest()


def _without_stops(span: tuple[int, int], text: str) -> tuple[int, int]:
    """Leave out what ends a clause behind the words; a span of nothing else stays."""
    start, end = span
    kept = len(text[start:end].rstrip(_STOPS))
    return (start, start + kept) if kept else span


def _joined(spans: list[tuple[int, int]], text: str) -> tuple[tuple[int, int], ...]:
    """Give spans in their order, as one where nothing but space is between them."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(joined)
