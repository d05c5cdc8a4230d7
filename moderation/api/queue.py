"""The moderators' queue: cases, claims, decisions, batches, authors' histories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask import Response
from uuid_utils import uuid7

from ..auth import Identity
from ..clock import now
from ..errors import ConflictError, InvalidError, NotFoundError, RejoinderError
from ..priority import with_age
from ..records import Case, Comment, Decision
from ..schemas import queue as wire
from ..schemas.base import PageQuery, Problem
from ..services import services
from .openapi import REPEATABLE
from .problems import Blueprint
from .request import an_id, idempotency, moderator_id, need, no_store

bp = Blueprint("queue", __name__, url_prefix="/api/v1/sites/<site>")

LEASE = 300
_CASE = wire.CaseOut(exclude=("context",))
_DECISION = wire.DecisionOut()
_CASE_COMMENT = wire.CaseComment()
_SIBLINGS = 10
_EXCERPT = 160


@bp.get("/queue")
@bp.arguments(wire.QueueQuery, location="query")
@bp.response(200, wire.QueuePageOut)
def read_queue(query: dict[str, Any], site: str) -> Any:
    """Read a page of the queue, most worth a review first."""
    need(site, "queue")
    at = now()
    page = services().store.queue.page(
        site,
        lane=query["lane"],
        sort=query["sort"],
        limit=query["limit"],
        cursor=query["cursor"],
        now=at,
    )
    cases = _shown(site, page.cases, at)
    body = {"cases": cases, "next_cursor": page.next_cursor, "counts": dict(page.counts)}
    return no_store(body)


@bp.get("/queue/<comment>")
@bp.response(200, wire.CaseOut)
def read_case(site: str, comment: str) -> Any:
    """Read one case with its parent and the comments around it, queued or not."""
    need(site, "queue")
    at = now()
    case = services().store.queue.case(site, comment, now=at)
    (shown,) = _shown(site, [case], at)
    shown["context"] = _context(case.comment)
    return no_store(shown)


@bp.post("/queue/claims")
@bp.arguments(wire.ClaimIn)
@bp.response(200, wire.CasesOut)
def claim(given: dict[str, Any], site: str) -> Any:
    """Lease the next cases for five minutes."""
    identity = need(site, "queue")
    at = now()
    cases = services().store.queue.claim(
        site, _me(identity), limit=given["limit"], lane=given["lane"], lease=LEASE, now=at
    )
    return no_store({"cases": _shown(site, cases, at)})


@bp.patch("/queue/claims/<comment>")
@bp.response(200, wire.ClaimOut)
@bp.alt_response(409, schema=Problem)
def renew_claim(site: str, comment: str) -> Any:
    """Claim one case, or extend one's claim on it."""
    identity = need(site, "queue")
    return services().store.queue.renew(site, comment, _me(identity), lease=LEASE, now=now())


@bp.delete("/queue/claims/<comment>")
@bp.response(204)
def release_claim(site: str, comment: str) -> None:
    """Give a case back."""
    identity = need(site, "queue")
    services().store.queue.release(site, comment, _me(identity), now=now())


@bp.post("/queue/<comment>/decisions")
@bp.arguments(wire.DecisionIn)
@bp.response(201, wire.DecisionOut)
@bp.alt_response(409, schema=Problem)
@bp.doc(**REPEATABLE)
def decide(given: dict[str, Any], site: str, comment: str) -> Any:
    """Approve, reject or escalate the version of a comment that was read."""
    identity = need(site, "queue")
    decision = services().store.queue.decide(
        site,
        comment,
        action=given["action"],
        reason=given["reason"],
        moderator=_me(identity),
        version=given["version"],
        idempotency=idempotency(identity),
        now=now(),
    )
    return _decided(site, decision, 201)


@bp.post("/decisions/<decision>/undo")
@bp.response(201, wire.DecisionOut)
@bp.alt_response(409, schema=Problem)
@bp.doc(**REPEATABLE)
def undo(site: str, decision: str) -> Any:
    """Restore what was before a decision, unless something came after it."""
    identity = need(site, "queue")
    undone = services().store.queue.undo(
        site,
        decision,
        moderator=_me(identity),
        idempotency=idempotency(identity),
        now=now(),
    )
    return _decided(site, undone, 201)


@bp.post("/batches")
@bp.arguments(wire.BatchIn)
@bp.response(200, wire.BatchOut)
@bp.doc(**REPEATABLE)
def make_batch(given: dict[str, Any], site: str) -> Any:
    """Decide on many comments at once; with `preview` say what would happen, and do nothing."""
    identity = need(site, "queue")
    items = [(item["id"], item["version"]) for item in given["comments"]]
    if len({comment for comment, _ in items}) < len(items):
        raise InvalidError("A comment is in it twice.", where="/comments")
    if given["preview"]:
        me, at = _me(identity), now()
        results = [
            _previewed(site, comment, version, given["action"], me, at)
            for comment, version in items
        ]
        return no_store({"id": None, "preview": True, "results": results})
    batch, outcomes = services().store.queue.decide_batch(
        site,
        str(uuid7()),
        action=given["action"],
        reason=given["reason"],
        moderator=_me(identity),
        items=items,
        idempotency=idempotency(identity),
        now=now(),
    )
    results = [_outcome(comment, outcome) for comment, outcome in outcomes]
    return no_store({"id": batch, "preview": False, "results": results})


@bp.post("/batches/<batch>/undo")
@bp.response(200, wire.BatchOut)
@bp.doc(**REPEATABLE)
def undo_batch(site: str, batch: str) -> Any:
    """Undo every decision of a batch that nothing came after."""
    identity = need(site, "queue")
    outcomes = services().store.queue.undo_batch(
        site, batch, moderator=_me(identity), idempotency=idempotency(identity), now=now()
    )
    results = [_outcome(comment, outcome) for comment, outcome in outcomes]
    return no_store({"id": batch, "preview": False, "results": results})


@bp.get("/authors/<author>/comments")
@bp.arguments(PageQuery, location="query")
@bp.response(200, wire.AuthorHistory)
def read_author(query: dict[str, Any], site: str, author: str) -> Any:
    """Read an author's record and comments, newest first; for moderators."""
    need(site, "queue")
    comments, cursor = services().store.comments.by_author(
        site, an_id(author), limit=query["limit"], cursor=query["cursor"]
    )
    record = services().store.comments.author_record(site, author)
    name = comments[0].author.name if comments else ""
    return no_store(
        {
            "author": {"id": author, "name": name, "record": wire.RECORD.dump(record)},
            "comments": _CASE_COMMENT.dump(comments, many=True),
            "next_cursor": cursor,
        }
    )


def _me(identity: Identity) -> str:
    return moderator_id(identity, identity.need("queue"))


def _shown(site: str, cases: Iterable[Case], at: int) -> list[dict[str, Any]]:
    """Write cases with their priority as of now and their moderators by name."""
    cases = list(cases)
    names = _names(site) if any(case.decisions or case.claim for case in cases) else {}
    shown = []
    for case in cases:
        aged = with_age(case.priority, created=case.comment.created, now=at)
        body = _CASE.dump(case) | {"priority": asdict(aged)}
        body["decisions"] = [_named(decision, names) for decision in case.decisions]
        if case.claim is not None:
            body["claim"]["name"] = names.get(case.claim.moderator, case.claim.moderator)
        shown.append(body)
    return shown


def _context(comment: Comment) -> dict[str, Any]:
    store = services().store
    parent = None
    if comment.parent is not None:
        try:
            parent = _CASE_COMMENT.dump(store.comments.get(comment.site, comment.parent))
        except NotFoundError:
            parent = None
    siblings = store.threads.neighbours(comment, limit=_SIBLINGS)
    return {"parent": parent, "siblings": _CASE_COMMENT.dump(siblings, many=True)}


def _names(site: str) -> dict[str, str]:
    return {found.id: found.name for found in services().store.accounts.list(site)}


def _named(decision: Decision, names: dict[str, str]) -> dict[str, Any]:
    body = asdict(decision)
    body["moderator"] = {
        "id": decision.moderator,
        "name": names.get(decision.moderator, decision.moderator),
    }
    dumped: dict[str, Any] = _DECISION.dump(body)
    return dumped


def _decided(site: str, decision: Decision, status: int) -> Response:
    return no_store(_named(decision, _names(site)), status)


def _outcome(comment: str, outcome: Decision | RejoinderError) -> dict[str, Any]:
    if isinstance(outcome, RejoinderError):
        error = {"code": outcome.code, "detail": outcome.detail}
        return {"comment": comment, "ok": False, "error": error}
    return {
        "comment": comment,
        "ok": True,
        "decision": outcome.id,
        "status_before": outcome.status_before,
        "status_after": outcome.status_after,
    }


def _previewed(
    site: str, comment: str, version: int, action: str, me: str, at: int
) -> dict[str, Any]:
    """Say what a decision would do, with the beginning of the text."""
    try:
        case = services().store.queue.case(site, comment, now=at)
        found = case.comment
        if found.status == "deleted":
            raise NotFoundError("no such comment")
        if found.version != version:
            raise ConflictError("it has changed since that version", code="changed")
        if case.claim is not None and case.claim.moderator != me:
            raise ConflictError("another moderator is at work on it", code="claimed")
    except RejoinderError as error:
        return _outcome(comment, error)
    after = {"approve": "published", "reject": "rejected"}.get(action, found.status)
    return {
        "comment": comment,
        "ok": True,
        "status_before": found.status,
        "status_after": after,
        "excerpt": found.text[:_EXCERPT],
    }
