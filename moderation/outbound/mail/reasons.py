"""Why a comment is where it is, in a mail's words."""

from __future__ import annotations

from ...records import Reason, Verdict
from ...text import line
from .words import Words

# By choice: what weighs most comes first, and a mail is read on a phone.
_MOST = 3
# Nothing was found, or a person said so: that explains no waiting.
_SILENT = frozenset({"trusted", "audit", "below_thresholds", "imported", "edited_by_moderator"})

REJECTION_REASONS = (
    "insult",
    "hate",
    "threat",
    "harassment",
    "profanity",
    "spam",
    "off-topic",
    "personal-data",
)
"""What the dashboard offers to reject for, and there are words for."""


def why(say: Words, verdict: Verdict | None) -> str:
    """Give a verdict's reasons as one line; empty if there are none to speak of."""
    reasons = [r for r in (verdict.reasons if verdict else ()) if r.rule not in _SILENT]
    return "; ".join(dict.fromkeys(_placed(say, reason) for reason in reasons[:_MOST]))


def _placed(say: Words, reason: Reason) -> str:
    said = _sentence(say, reason)
    return say(f"part.{reason.part}", said=said) if reason.part else said


def _sentence(say: Words, reason: Reason) -> str:
    if reason.rule == "score" and reason.score is not None:
        name = f"attribute.{reason.attribute}"
        attribute = say(name) if name in say else (reason.attribute or "")
        return say("rule.score", attribute=attribute, score=f"{reason.score:.2f}")
    if reason.rule == "words":
        if reason.part or not reason.detail:
            return say("rule.words_disguised")
        return say("rule.words", detail=line(reason.detail))
    if reason.rule == "links":
        count, most = int(reason.score or 0), int(reason.threshold or 0)
        return say("rule.links", count=count, most=most)
    name = f"rule.{reason.rule}"
    return say(name) if name in say else say("rule.other", rule=reason.rule)
