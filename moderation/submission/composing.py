"""What a new comment and an edit have in common: compose the text, judge it, weigh its case."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import replace

from .. import text as texts
from ..assessment import Assessment, assess
from ..policy import Policy
from ..priority import prioritise
from ..records import (
    Author,
    Comment,
    Lane,
    Limit,
    Part,
    Priority,
    Raid,
    Reason,
    Standing,
    Thread,
    Verdict,
)
from ..services import Services
from ..store import Context


def address_hash(services: Services, address: str | None) -> str | None:
    """Give a keyed hash of an address: tells two apart, names none."""
    if address is None:
        return None
    return hmac.digest(services.settings.secret_key, address.encode(), "sha256").hex()[:24]


def composed(
    services: Services,
    policy: Policy,
    comment: Comment,
    *,
    context: Context,
    title: str = "",
    trusted: bool,
    repeat: bool = False,
    audit_draw: float = 1.0,
    standing: Standing | None = None,
    raid: Raid | None = None,
    limits: Sequence[Limit],
    now: int,
) -> tuple[Comment, Assessment]:
    """Make of a comment's text, as it came in, what is stored; and say what is thought of it.

    Raises `RateLimitedError` before the work, which is worth nothing if the comment is refused;
    `InvalidError` (text).
    """
    context.check_limits(limits, now=now)
    text, rendered = texts.compose(comment.text, limit=policy.max_length, where="/text")
    assessed = assess(
        services,
        policy,
        text,
        author=context.author,
        rendered=rendered,
        beside=beside(comment.author, title=title),
        site=comment.site,
        trusted=trusted,
        repeat=repeat,
        audit_draw=audit_draw,
        standing=standing,
        raid=raid,
    )
    verdict = assessed.verdict
    made = replace(
        comment,
        text=text,
        html=rendered.html,
        status=verdict.status,
        scored=assessed.scored,
        verdict=verdict,
    )
    return made, assessed


def for_thread(policy: Policy, thread: Thread | None) -> Policy:
    """Give the policy as it is for a thread, which may premoderate in its own way."""
    if thread is None or thread.premoderate in (None, policy.premoderate):
        return policy
    # A copy does not know what the policy remembers, so only where it says something else.
    return replace(policy, premoderate=thread.premoderate)


def beside(author: Author, *, title: str = "") -> dict[Part, str]:
    """Give what is read beside a text, and judged with it."""
    return {"name": author.name, "website": author.website, "title": title}


def judged(comment: Comment, assessed: Assessment) -> Comment:
    """Give the comment with its scores, its verdict and the status that follows."""
    verdict = assessed.verdict
    return replace(comment, status=verdict.status, scored=assessed.scored, verdict=verdict)


def weigh(assessed: Assessment, *, reach: int, created: int) -> Priority | None:
    """Give what a case is worth that reports have not raised; None if it is none."""
    if assessed.verdict.lane is None:
        return None
    return prioritise(assessed.scored, assessed.verdict, reach=reach, reports=0.0, created=created)


def raid_of(comment: Comment) -> Raid | None:
    """Give the group for whose sake a comment waits: an edit does not take it out of that."""
    if comment.status == "published" or comment.verdict is None:
        return None
    found = (reason.detail for reason in comment.verdict.reasons if reason.rule == "raid")
    return next((Raid(group=group, asks="hold") for group in found if group), None)


def found_at(thread_id: str, by_address: str) -> str | None:
    """Give the other id under which a thread is looked for; None if it is its own."""
    return None if by_address == thread_id else by_address


def after_rejection(comment: Comment, verdict: Verdict) -> Verdict:
    """Hold what would be published, if a moderator had rejected it before."""
    if comment.status != "rejected" or verdict.status != "published":
        return verdict
    reason = Reason(rule="edited_after_rejection")
    lane: Lane = "self-harm" if verdict.lane == "self-harm" else "uncertain"
    return Verdict(action="hold", reasons=(reason, *verdict.reasons), lane=lane)
