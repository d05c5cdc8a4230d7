"""What is judged at another time than it is written: a second try of the worker, an import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .. import repeats, urls
from .. import text as texts
from ..assessment import Assessment, assess
from ..records import NO_SCORES, Comment, Raid, Thread
from ..schemas.comments import fragment
from ..scoring import scorer_unavailable
from ..services import Services
from ..store import Store
from .composing import after_rejection, beside, for_thread, found_at, judged, weigh

_BY_A_PERSON = frozenset({"trusted", "edited_by_moderator", "imported"})


def rescore(
    services: Services, site: str, comment: Comment, *, raid: Raid | None = None, now: int
) -> None:
    """Score a comment that could not be scored when it came, and judge it by the policy.

    Also one of a group, of which something else is asked by now: `raid`, or nothing.

    What rests on a person's word (a moderator wrote or edited it) keeps its verdict.

    Raises `UnavailableError` if it still cannot be scored, `ConflictError` if it was edited
    (`changed`) or decided (`superseded`) meanwhile.
    """
    context = services.store.comments.context(
        site, thread_id=comment.thread, author_id=comment.author.id, now=now
    )
    if context.site is None or context.thread is None:
        return
    reasons = comment.verdict.reasons if comment.verdict else ()
    assessed = assess(
        services,
        for_thread(services.policies.of(context.site), context.thread),
        comment.text,
        author=context.author,
        rendered=texts.render(comment.text),
        beside=beside(comment.author),
        site=site,
        repeat=any(reason.rule == "repeat" for reason in reasons),
        standing=context.standing,
        raid=raid,
    )
    if assessed.scored.failed:
        raise scorer_unavailable()
    verdict = comment.verdict
    if verdict is None or not any(reason.rule in _BY_A_PERSON for reason in reasons):
        # What was rejected for its likeness no person had rejected.
        like = any(reason.rule == "raid" for reason in reasons)
        verdict = assessed.verdict if like else after_rejection(comment, assessed.verdict)
    assessed = replace(assessed, verdict=verdict)
    services.store.comments.rescore(
        judged(comment, assessed),
        priority=weigh(assessed, reach=context.thread.count, created=comment.created),
        now=now,
    )


def bring_in(
    store: Store, comment: Comment, thread: Thread, *, max_depth: int, tracking: Sequence[str]
) -> None:
    """Write a comment that was judged elsewhere, as an import has it, at the time it was written.

    Raises `ConflictError` (`exists`), `InvalidError` (its parent), `UnavailableError`.
    """
    if comment.verdict is None:
        raise ValueError("a comment is stored with a verdict")
    assessed = Assessment(comment.scored or NO_SCORES, comment.verdict)
    store.comments.submit(
        comment,
        thread=thread,
        fragment=fragment(comment),
        priority=weigh(assessed, reach=0, created=comment.created),
        text_hash=repeats.fingerprint(thread.id, comment.text),
        max_depth=max_depth,
        found_at=found_at(thread.id, urls.thread_id(None, thread.url, tracking=tracking)),
        imported=True,
        now=comment.created,
    )
