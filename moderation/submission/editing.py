"""An edit: the text is replaced, scored and judged anew."""

from __future__ import annotations

from dataclasses import replace

from .. import repeats
from ..errors import ChangedError, CommentNotFoundError, EditWindowOverError
from ..priority import prioritise
from ..records import Comment, Idempotency, Reason, Verdict
from ..services import Services
from ..store import MAX_RETRIES, Judged, too_many_conflicts
from .answers import Answer, answer, refuse_barred, replayed, written_for
from .composing import (
    address_hash,
    after_rejection,
    composed,
    for_thread,
    judged,
    raid_of,
)
from .paces import per_author


def edit(
    services: Services,
    comment: Comment,
    text: str,
    *,
    actor: str | None,
    version: int | None,
    address: str | None = None,
    idempotency: Idempotency | None = None,
    now: int,
) -> Answer:
    """Replace a comment's text; it is scored and judged anew. `actor` None is the author.

    The old text stays visible only if the new verdict is `publish` or `flag`; what a moderator
    rejected is not published again by an edit. An author's edit counts as one of their comments.
    A moderator's edit is no decision: the status stays. The same text again is no edit: the comment
    is answered as it is. `address` is where an author is who edits.

    Raises `ForbiddenError` (`edit-window-over`, `author-banned`, `author-suspended`),
    `InvalidError`, `ConflictError` (`changed`), `NotFoundError`, `RateLimitedError`.
    """
    for _ in range(MAX_RETRIES):
        answer = _edit(
            services,
            comment,
            text,
            actor=actor,
            version=version,
            place=address_hash(services, address),
            idempotency=idempotency,
            now=now,
        )
        if answer is not None:
            return answer
    raise too_many_conflicts()


def _edit(
    services: Services,
    comment: Comment,
    text: str,
    *,
    actor: str | None,
    version: int | None,
    place: str | None,
    idempotency: Idempotency | None,
    now: int,
) -> Answer | None:
    """Replace it once; None if a measure for its author came between."""
    if comment.status == "deleted":
        raise CommentNotFoundError("This comment was deleted.")
    text_hash = repeats.fingerprint(comment.thread, text)
    paces = [per_author(comment.author)] if actor is None else []
    context = services.store.comments.context(
        comment.site,
        thread_id=comment.thread,
        author_id=comment.author.id,
        place=place,
        idempotency=idempotency,
        counters=[pace.limit() for pace in paces],
        now=now,
    )
    # Before all else: what was answered once is answered again, whatever it changed.
    if context.replay is not None:
        return replayed(context.replay)
    if actor is None and now > comment.edit_until:
        raise EditWindowOverError
    # What holds for the author is no matter of a moderator who mends a word.
    standing = context.standing if actor is None else None
    refuse_barred(standing)
    expected = comment.version if version is None else version
    if expected != comment.version:
        raise ChangedError("This comment has been changed elsewhere. Check it and save again.")
    if context.site is None or context.thread is None:
        raise CommentNotFoundError
    policy = for_thread(services.policies.of(context.site), context.thread)
    if text == comment.text:
        _, body = written_for(services, policy, comment, by_author=actor is None)
        return Answer(status=200, body=body, comment=comment)
    limits = [pace.limit(policy) for pace in paces]
    changed, assessed = composed(
        services,
        policy,
        replace(comment, text=text, edited=now, version=expected + 1),
        context=context,
        trusted=actor is not None or comment.author.is_staff,
        standing=standing,
        raid=raid_of(comment),
        limits=limits,
        now=now,
    )
    after = after_rejection if actor is None else _kept
    assessed = replace(assessed, verdict=after(comment, assessed.verdict))
    changed = judged(changed, assessed)
    public, body = written_for(services, policy, changed, by_author=actor is None)
    weighed = prioritise(
        assessed.scored,
        assessed.verdict,
        reach=context.thread.count,
        reports=services.store.reports.context(comment.site, comment.id).weight,
        created=comment.created,
    )
    stored = services.store.comments.edit(
        changed,
        expected_version=expected,
        expected_status=comment.status,
        fragment=public,
        priority=None if assessed.verdict.lane is None else weighed,
        stays=weighed,
        text_hash=text_hash,
        idempotency=idempotency,
        response=body,
        limits=limits,
        actor=actor,
        judged=Judged(standing=standing, place=place) if actor is None else None,
        now=now,
    )
    if stored.is_out_of_date:
        return None
    return answer(services, stored, 200, body, assessed)


def _kept(comment: Comment, verdict: Verdict) -> Verdict:
    if comment.status == "published":
        return verdict
    reason = Reason(rule="edited_by_moderator")
    if comment.status == "rejected":
        return Verdict(action="reject", reasons=(reason,), lane="rejected")
    lane = comment.verdict.lane if comment.verdict else None
    return Verdict(action="hold", reasons=(reason,), lane=lane or "uncertain")
