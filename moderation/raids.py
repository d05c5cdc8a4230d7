"""Decide on a group of near-duplicates as one, and take that back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from uuid_utils import uuid7

from . import submission
from .errors import ConflictError, GroupNotFoundError, NotFoundError
from .records import DecisionAction, Group, Idempotency, NextLike, Raid
from .services import Services
from .store import BatchDone, Store

# Members join with the version that they were written with; an edited one is a text of its own.
_AS_WRITTEN = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(BatchDone):
    """What became of the comments of a group; `judged_anew` came after the decision, under it."""

    batch: str
    judged_anew: int = 0


def decide(
    services: Services,
    site: str,
    group: str,
    *,
    action: DecisionAction,
    reason: str = "",
    next_like: NextLike | None = None,
    moderator: str,
    idempotency: Idempotency | None = None,
    now: int,
) -> Done:
    """Approve or reject every member of a group that nobody has decided on, as one batch.

    What is published of it is among them: who approves it says that it may stay. What is to happen
    to the next ones holds first, so that none slips through meanwhile. Sent again with the same
    key, it goes on where it ended.

    Raises `GroupNotFoundError`, `IdempotencyMismatchError`, `UnavailableError`.
    """
    store = services.store
    batch, comments = store.groups.open_batch(
        site,
        group,
        str(uuid7()),
        action=action,
        reason=reason,
        moderator=moderator,
        next_like=next_like,
        comments=len(store.groups.get(site, group).open),
        idempotency=idempotency,
        now=now,
    )
    outcomes = store.queue.decide_in_batch(
        site,
        batch,
        action=action,
        reason=reason,
        moderator=moderator,
        items=[(comment, _AS_WRITTEN) for comment in comments],
        idempotency=idempotency,
        now=now,
    )
    return Done(batch=batch, outcomes=outcomes)


def undo(
    services: Services,
    site: str,
    batch: str,
    *,
    moderator: str,
    idempotency: Idempotency | None = None,
    now: int,
) -> Done:
    """Undo every decision of a batch that nothing came after.

    If it was about a group, the next ones are as free as before, and what came under it is judged
    anew. Raises `BatchNotFoundError`, `IdempotencyMismatchError`, `UnavailableError`.
    """
    store = services.store
    group = store.groups.lift(site, batch, moderator=moderator, now=now)
    outcomes = store.queue.undo_batch(
        site, batch, moderator=moderator, idempotency=idempotency, now=now
    )
    judged_anew = 0
    if group is not None:
        judged_anew = _judge_anew(services, site, store.groups.get(site, group), now=now)
    return Done(batch=batch, outcomes=outcomes, judged_anew=judged_anew)


def hold_published(services: Services, site: str, group_id: str, *, now: int) -> int:
    """Hold what of a group was published before it was one, where the site wants raids held."""
    if services.policy(site).raids != "hold":
        return 0
    try:
        group = services.store.groups.get(site, group_id)
    except GroupNotFoundError:
        return 0
    if group.seen:
        return 0
    published = [i for i, status in group.open.items() if status == "published"]
    raid = Raid(group=group.id, asks="hold")
    return sum(_rescored(services, site, i, raid, now=now) for i in published)


def shown_apart(store: Store, site: str, *, now: int) -> frozenset[str]:
    """The comments for which a group stands in the queue."""
    groups = store.groups.waiting(site, now=now)
    return frozenset(comment for group in groups if group.waits for comment in group.open)


def _judge_anew(services: Services, site: str, group: Group, *, now: int) -> int:
    """Judge by what is asked now those of a group that were judged by what was asked before."""
    asks = group.holds_for(now)
    if asks is None and services.policy(site).raids == "hold":
        asks = "hold"
    raid = Raid(group=group.id, asks=asks) if asks in ("hold", "reject") else None
    anew = 0
    for comment in services.store.comments.several(site, list(group.open)):
        reasons = comment.verdict.reasons if comment.verdict else ()
        before = next((reason for reason in reasons if reason.rule == "raid"), None)
        if before is not None:
            anew += _rescored(services, site, comment.id, raid, now=now)
    return anew


def _rescored(services: Services, site: str, comment: str, raid: Raid | None, *, now: int) -> bool:
    # What a person decided on or an author edited meanwhile stands.
    with suppress(ConflictError, NotFoundError):
        found = services.store.comments.get(site, comment)
        submission.rescore(services, site, found, raid=raid, now=now)
        return True
    return False
