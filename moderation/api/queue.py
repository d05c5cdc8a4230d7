"""The moderators' queue: cases, claims, decisions, batches, authors' histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from uuid_utils import uuid7

from .. import raids
from ..clock import now
from ..errors import AuthorNotFoundError, InvalidError, NotFoundError
from ..explanation import explained
from ..priority import with_age
from ..records import Case, Comment, Decision
from ..schemas import queue as wire
from ..schemas.base import PageQuery, Problem, extended
from ..second_reading import second_reading
from ..services import services
from .blueprint import Blueprint
from .compression import compress
from .openapi import IDEMPOTENCY_KEY_HEADER
from .request import checked_name, idempotency, require_scope

bp = Blueprint("queue", __name__, url_prefix="/api/v1/sites/<site>")
bp.after_request(compress)

# Seconds, by choice: the dashboard renews every two minutes, so one lost renewal loses no case, and
# a browser that died gives its cases back within five.
LEASE = 300
# Five before and five after, by choice.
_SIBLINGS = 10


@bp.get("/queue")
@bp.arguments(wire.QueueQuery, location="query")
@bp.response(200, wire.QueuePageOut)
def read_queue(query: dict[str, Any], site: str) -> Any:
    """Read a page of the queue, most worth a review first."""
    require_scope(site, "queue")
    at = now()
    page = services().store.queue.page(
        site,
        lane=query["lane"],
        sort=query["sort"],
        limit=query["limit"],
        cursor=query["cursor"],
        without=raids.shown_apart(services().store, site, now=at) if query["grouped"] else (),
        now=at,
    )
    cases = cases_shown(site, page.cases, at)
    return {"cases": cases, "next_cursor": page.next_cursor, "counts": page.counts}


@bp.get("/queue/<comment>")
@bp.response(200, wire.CaseOut)
def read_case(site: str, comment: str) -> Any:
    """Read one case with its parent and the comments around it, queued or not."""
    require_scope(site, "queue")
    at = now()
    case = services().store.queue.case(site, comment, now=at)
    (shown,) = cases_shown(site, [case], at)
    return shown | {"context": _context(case.comment)}


@bp.get("/queue/<comment>/reading")
@bp.response(200, wire.SecondReadingOut)
@bp.alt_response(429, schema=Problem)
@bp.alt_response(503, schema=Problem)
def read_second_reading(site: str, comment: str) -> Any:
    """Say what the second reader changed about a comment's scores, and by which words."""
    services().throttle.hit("reading", require_scope(site, "queue").actor)
    found = services().store.comments.get(site, comment)
    return second_reading(services().scoring, found.text, found.scored)


@bp.post("/queue/claims")
@bp.arguments(wire.ClaimIn)
@bp.response(200, wire.CasesOut)
def claim(given: dict[str, Any], site: str) -> Any:
    """Lease the next cases for five minutes."""
    identity = require_scope(site, "queue")
    at = now()
    cases = services().store.queue.claim(
        site, identity.actor, limit=given["limit"], lane=given["lane"], lease=LEASE, now=at
    )
    return {"cases": cases_shown(site, cases, at)}


@bp.patch("/queue/claims/<comment>")
@bp.response(200, wire.ClaimOut)
@bp.alt_response(409, schema=Problem)
def renew_claim(site: str, comment: str) -> Any:
    """Claim one case, or extend one's claim on it."""
    identity = require_scope(site, "queue")
    return services().store.queue.renew(site, comment, identity.actor, lease=LEASE, now=now())


@bp.put("/queue/claims/<comment>")
@bp.response(200, wire.ClaimOut)
@bp.alt_response(409, schema=Problem)
def take_over(site: str, comment: str) -> Any:
    """Claim one case, whoever has it; that it was taken over is in the audit."""
    identity = require_scope(site, "queue")
    return services().store.queue.renew(
        site, comment, identity.actor, lease=LEASE, take_over=True, now=now()
    )


@bp.delete("/queue/claims/<comment>")
@bp.response(204)
def release_claim(site: str, comment: str) -> None:
    """Give a case back."""
    identity = require_scope(site, "queue")
    services().store.queue.release(site, comment, identity.actor, now=now())


@bp.post("/queue/<comment>/decisions")
@bp.arguments(wire.DecisionIn)
@bp.response(201, wire.DecisionOut)
@bp.alt_response(409, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def decide(given: dict[str, Any], site: str, comment: str) -> Any:
    """Approve, reject or escalate the version of a comment that was read."""
    identity = require_scope(site, "queue")
    decision = services().store.queue.decide(
        site,
        comment,
        action=given["action"],
        reason=given["reason"],
        moderator=identity.actor,
        version=given["version"],
        idempotency=idempotency(identity),
        now=now(),
    )
    return _named(decision, _names(site))


@bp.post("/decisions/<decision>/undo")
@bp.response(201, wire.DecisionOut)
@bp.alt_response(409, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def undo(site: str, decision: str) -> Any:
    """Restore what was before a decision, unless something came after it."""
    identity = require_scope(site, "queue")
    undone = services().store.queue.undo(
        site,
        decision,
        moderator=identity.actor,
        idempotency=idempotency(identity),
        now=now(),
    )
    return _named(undone, _names(site))


@bp.post("/batches")
@bp.arguments(wire.BatchIn)
@bp.response(200, wire.BatchOut)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def make_batch(given: dict[str, Any], site: str) -> Any:
    """Decide on many comments at once; with `preview` say what would happen, and do nothing."""
    identity = require_scope(site, "queue")
    items = [(item["id"], item["version"]) for item in given["comments"]]
    if len({comment for comment, _ in items}) < len(items):
        raise InvalidError("A comment is in it twice.", where="/comments")
    if given["preview"]:
        results = services().store.queue.preview(
            site, items, action=given["action"], moderator=identity.actor, now=now()
        )
        return {"id": None, "preview": True, "results": results}
    batch, outcomes = services().store.queue.decide_batch(
        site,
        str(uuid7()),
        action=given["action"],
        reason=given["reason"],
        moderator=identity.actor,
        items=items,
        idempotency=idempotency(identity),
        now=now(),
    )
    return {"id": batch, "preview": False, "results": outcomes}


@bp.post("/batches/<batch>/undo")
@bp.response(200, wire.BatchOut)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def undo_batch(site: str, batch: str) -> Any:
    """Undo every decision of a batch that nothing came after.

    Of a group's batch, what came later and was held or rejected for it is judged anew.
    """
    identity = require_scope(site, "queue")
    done = raids.undo(
        services(),
        site,
        batch,
        moderator=identity.actor,
        idempotency=idempotency(identity),
        now=now(),
    )
    return {
        "id": batch,
        "preview": False,
        "results": done.outcomes,
        "judged_anew": done.judged_anew,
    }


@bp.get("/authors/<author>/comments")
@bp.arguments(PageQuery, location="query")
@bp.response(200, wire.AuthorHistory)
@bp.alt_response(404, schema=Problem)
def read_author(query: dict[str, Any], site: str, author: str) -> Any:
    """Read an author's record and comments, newest first; for moderators."""
    require_scope(site, "queue")
    comments, cursor = services().store.comments.by_author(
        site, checked_name(author), limit=query["limit"], cursor=query["cursor"]
    )
    record = services().store.comments.author_record(site, author)
    if not comments and not record.is_known:
        raise AuthorNotFoundError
    name = comments[0].author.name if comments else ""
    known = {"id": author, "name": name, "record": wire.RECORD.dump(record)}
    told = [explained(services().scoring, comment) for comment in comments]
    return {"author": known, "comments": told, "next_cursor": cursor}


def cases_shown(site: str, cases: Sequence[Case], at: int) -> list[dict[str, Any]]:
    """Give cases with their priority as of now and their moderators by name."""
    names = _names(site) if any(case.decisions or case.claim for case in cases) else {}
    told = [explained(services().scoring, case.comment) for case in cases]
    services().metrics.shown(told)
    return [
        extended(
            case,
            comment=comment,
            priority=with_age(case.priority, created=case.comment.created, now=at),
            decisions=[_named(decision, names) for decision in case.decisions],
            claim=case.claim
            and extended(case.claim, name=names.get(case.claim.moderator, case.claim.moderator)),
        )
        for case, comment in zip(cases, told, strict=True)
    ]


def _context(comment: Comment) -> dict[str, Any]:
    store, parent = services().store, None
    if comment.parent is not None:
        with suppress(NotFoundError):
            parent = explained(services().scoring, store.comments.get(comment.site, comment.parent))
    siblings = store.threads.neighbours(comment, limit=_SIBLINGS)
    return {
        "parent": parent,
        "siblings": [explained(services().scoring, sibling) for sibling in siblings],
    }


def _names(site: str) -> dict[str, str]:
    return {account.id: account.name for account in services().store.accounts.list(site)}


def _named(decision: Decision, names: Mapping[str, str]) -> dict[str, Any]:
    name = names.get(decision.moderator, decision.moderator)
    return extended(decision, moderator={"id": decision.moderator, "name": name})
