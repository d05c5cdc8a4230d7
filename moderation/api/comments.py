"""Authors, comments, votes, reports: what readers write."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Response, jsonify, request
from uuid_utils import uuid7

from .. import reporting, submission
from ..auth import EDIT_HEADER, PROOF_HEADER, Identity, check_origin
from ..clock import now
from ..errors import (
    AuthorTokenNeededError,
    BadEditTokenError,
    CommentNotFoundError,
    EditTokenNeededError,
    RateLimitedError,
    ScopeError,
    VotesOffError,
)
from ..outbound.mail import subscribing
from ..outbound.mail.words import best_language
from ..records import Author, Comment, Site
from ..schemas import comments as wire
from ..schemas.base import Problem
from ..services import services
from ..tokens import author_token, is_edit_token
from .blueprint import Blueprint
from .fairness import bounds_of
from .openapi import IDEMPOTENCY_KEY_HEADER
from .request import (
    address,
    author_of,
    checked_uuid,
    current_identity,
    idempotency,
    json_response,
    presumed_identity,
)

bp = Blueprint("comments", __name__, url_prefix="/api/v1/sites/<site>")

_COUNTED = wire.CommentCounted()
_OWN = wire.OwnCommentCounted()
_TOMBSTONE = wire.Tombstone()


@bp.post("/authors")
@bp.response(201, wire.AuthorToken)
@bp.alt_response(429, schema=Problem)
def make_author(site: str) -> Any:
    """Give a browser a signed author token to keep."""
    identity = current_identity(site)
    if identity.credential is not None:
        identity.require("comments")
    check_origin(identity, services().store.sites.get(site))
    services().throttle.hit("authors", address())
    identifier = str(uuid7())
    token = author_token(services().settings.secret_key, site, identifier)
    return {"id": identifier, "token": token}


@bp.post("/comments")
@bp.arguments(wire.CommentIn)
@bp.response(201, wire.CommentMade)
@bp.alt_response(403, schema=Problem)
@bp.alt_response(409, schema=Problem)
@bp.alt_response(422, schema=Problem)
@bp.alt_response(428, schema=Problem)
@bp.alt_response(429, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def make_comment(given: dict[str, Any], site: str) -> Any:
    """Post a comment or, with `parent`, a reply; it is scored before the answer."""
    presumed = presumed_identity(site)
    if presumed is not None:
        # Whether the key stands is read with all else that judging needs, in one round trip.
        with suppress(submission.PresumedWrongly, ScopeError):
            return _to_response(_submitted(given, presumed))
    return _to_response(_submitted(given, current_identity(site)))


def _submitted(given: dict[str, Any], identity: Identity) -> submission.Answer:
    if identity.credential is not None:
        identity.require("comments")
    thread = given["thread"] or {"url": None, "title": "", "id": None}
    author = author_of(identity, given["author"], fallback=str(uuid7()))
    is_key = identity.kind == "key" and identity.credential is not None
    draft = submission.Draft(
        site=identity.site,
        url=thread["url"],
        title=thread["title"],
        thread=thread["id"],
        parent=given["parent"],
        text=given["text"],
        author=author,
        trusted=identity.is_staff and author.role != "reader",
        address=None if identity.credential else address(),
        has_token=identity.author is not None,
        key=identity.credential.id if is_key and identity.credential else None,
        presumed=identity.credential if identity.presumed else None,
        idempotency=idempotency(identity),
        nudge=given["nudge"],
        proof=request.headers.get(PROOF_HEADER),
    )
    answer = submission.submit(
        services(), draft, now=now(), admit=lambda found: check_origin(identity, found)
    )
    if email := given["author"]["email"]:
        _note_email(identity, draft.author.id, email)
    return answer


@bp.get("/authors/mail")
@bp.response(200, wire.AuthorMail)
def read_mail(site: str) -> Any:
    """Say whether the author is told of answers by mail."""
    _, _, author = _reader(site)
    found = services().store.mail_addresses.of(site, author.id)
    if found is None or author.id not in found.confirmed | found.asked:
        return {"state": "none"}
    return {"state": "on" if author.id in found.confirmed else "asked"}


@bp.delete("/authors/mail")
@bp.response(204)
def stop_mail(site: str) -> None:
    """Forget the author's address."""
    _, _, author = _reader(site)
    services().store.mail_addresses.forget_author(site, author.id, now=now())


@bp.get("/comments/<comment>")
@bp.response(200, {"anyOf": [wire.CommentCounted, wire.OwnCommentCounted, wire.Tombstone]})
@bp.alt_response(404, schema=Problem)
def read_comment(site: str, comment: str) -> Any:
    """Read a published comment; its author and moderators see it in any status and thread."""
    found = _find(site, comment)
    if found.status == "deleted":
        return jsonify(_TOMBSTONE.dump(found))
    if found.status == "published" and not services().store.threads.get(site, found.thread).hidden:
        return jsonify(_COUNTED.dump(found))
    identity = current_identity(site)
    if not (identity.is_moderator or _is_own(identity, found)):
        raise CommentNotFoundError
    notice = services().policy(site).notice(found.status)
    return jsonify(_OWN.dump(wire.with_notice(found, notice)))


@bp.patch("/comments/<comment>")
@bp.arguments(wire.CommentEdit)
@bp.response(200, wire.CommentMade)
@bp.alt_response(409, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def edit_comment(given: dict[str, Any], site: str, comment: str) -> Any:
    """Change a comment's text; it is scored and judged anew."""
    identity, found = _may_change(site, comment)
    own = _is_own(identity, found)
    if not own:
        identity.require("queue")
    answer = submission.edit(
        services(),
        found,
        given["text"],
        actor=None if own else identity.actor,
        version=given["version"],
        address=None if identity.credential else address(),
        idempotency=idempotency(identity),
        now=now(),
    )
    return _to_response(answer)


@bp.delete("/comments/<comment>")
@bp.response(200, wire.Tombstone)
def delete_comment(site: str, comment: str) -> Any:
    """Erase a comment: its text is gone; a tombstone stays if it has visible replies."""
    identity, found = _may_change(site, comment)
    own = _is_own(identity, found)
    if not own:
        identity.require("queue")
    return services().store.comments.delete(
        site, found.id, actor=identity.actor, by_author=own, now=now()
    )


@bp.post("/comments/<comment>/votes")
@bp.arguments(wire.VoteIn)
@bp.response(200, wire.VotesOut)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def vote(given: dict[str, Any], site: str, comment: str) -> Any:
    """Vote once; 0 takes the vote back."""
    identity, found, author = _reader(site)
    policy = services().policies.of(found)
    if not policy.votes:
        raise VotesOffError
    bounds = bounds_of(identity, author, "vote", policy.limits["votes_per_minute"])
    up, down = services().store.votes.cast(
        site,
        checked_uuid(comment),
        author.id,
        given["value"],
        crowd=bounds.crowd,
        limits=bounds.limits,
        idempotency=idempotency(identity),
        now=now(),
    )
    return {"up": up, "down": down}


@bp.post("/comments/<comment>/reports")
@bp.arguments(wire.ReportIn)
@bp.response(201, wire.ReportOut)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def report(given: dict[str, Any], site: str, comment: str) -> Any:
    """Call a moderator's attention to a comment; once for each author."""
    identity, found, author = _reader(site)
    policy = services().policies.of(found)
    bounds = bounds_of(identity, author, "report", policy.limits["reports_per_minute"])
    reports = reporting.report(
        services(),
        site,
        checked_uuid(comment),
        author.id,
        given["reason"],
        given["note"],
        crowd=bounds.crowd,
        limits=bounds.limits,
        idempotency=idempotency(identity),
        now=now(),
    )
    return {"reports": reports}


def _note_email(identity: Identity, author: str, email: str) -> None:
    """Ask an address's owner; the comment is there, whatever comes of that."""
    policy = services().policy(identity.site)
    with suppress(RateLimitedError):
        subscribing.ask(
            services(),
            identity.site,
            author,
            email,
            language=best_language(request.headers.get("Accept-Language"), policy.language),
            guest=identity.credential is None,
            place=submission.address_hash(services(), address()),
            now=now(),
        )


def _reader(site: str) -> tuple[Identity, Site, Author]:
    """Give who votes or reports, the site, and the author it counts for."""
    identity = current_identity(site)
    found = services().store.sites.get(site)
    check_origin(identity, found)
    if identity.credential is not None:
        identity.require("comments")
    if identity.author is not None:
        return identity, found, identity.author
    if identity.credential is not None:
        who_acts = identity.credential.moderator or identity.credential.id
        return identity, found, Author(id=who_acts, kind="key")
    raise AuthorTokenNeededError


def _may_change(site: str, comment: str) -> tuple[Identity, Comment]:
    """Give who asks and the comment, which they may see; raises `NotFoundError` if not."""
    identity = current_identity(site)
    check_origin(identity, services().store.sites.get(site))
    if identity.credential is not None and not identity.is_moderator:
        identity.require("comments")
    found = _find(site, comment)
    if not _is_own(identity, found) and not identity.is_moderator:
        if EDIT_HEADER in request.headers:
            raise BadEditTokenError
        raise EditTokenNeededError
    return identity, found


def _is_own(identity: Identity, comment: Comment) -> bool:
    """Say whether the asker wrote it: by edit token, else by author token."""
    token = request.headers.get(EDIT_HEADER)
    if token is not None:
        return is_edit_token(services().settings.secret_key, comment.site, comment.id, token)
    return identity.author is not None and identity.author.id == comment.author.id


def _find(site: str, comment: str) -> Comment:
    return services().store.comments.get(site, checked_uuid(comment))


def _to_response(answer: submission.Answer) -> Response:
    response = json_response(answer.body, answer.status)
    if answer.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response
