"""Measures against authors, and for them; for moderators."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ..auth import Identity
from ..clock import now
from ..errors import ModeratorNotFoundError
from ..identity import measures as verbs
from ..records import Measure
from ..schemas import measures as wire
from ..schemas.base import Problem, extended
from ..services import services
from ..submission import address_hash
from .blueprint import Blueprint
from .openapi import IDEMPOTENCY_KEY_HEADER
from .request import address, checked_name, idempotency, require_scope

bp = Blueprint("measures", __name__, url_prefix="/api/v1/sites/<site>")


@bp.post("/authors/<author>/measures")
@bp.arguments(wire.MeasureIn)
@bp.response(201, wire.MeasureDone)
@bp.alt_response(403, schema=Problem)
@bp.alt_response(404, schema=Problem)
@bp.alt_response(422, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def set_measure(given: dict[str, Any], site: str, author: str) -> Any:
    """Trust, review, suspend or ban an author; a later measure takes an earlier one's place.

    An owner or admin is measured by one only.
    """
    identity = require_scope(site, "queue")
    asked = verbs.Request(
        author=checked_name(author),
        kind=given["kind"],
        until=given["until"] and int(given["until"].timestamp() * 1000),
        reason=given["reason"],
        note=given["note"],
        address=given["address"],
        reject_existing=given["reject_existing"],
    )
    _check_rank(identity, author)
    done = verbs.impose(
        services(),
        site,
        asked,
        moderator=identity.actor,
        own_place=address_hash(services(), address()),
        idempotency=idempotency(identity),
        now=now(),
    )
    return _done(site, done)


@bp.get("/authors/<author>/measures")
@bp.response(200, wire.MeasuresOut)
def read_measures(site: str, author: str) -> Any:
    """Read what was set for an author, newest first; the latest hundred."""
    require_scope(site, "queue")
    found = services().store.measures.of_author(site, checked_name(author))
    names = _names(site)
    return {"measures": [_shown(site, measure, names) for measure in found]}


@bp.post("/measures/<measure>/undo")
@bp.response(201, wire.MeasureDone)
@bp.alt_response(404, schema=Problem)
@bp.alt_response(409, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def undo_measure(site: str, measure: str) -> Any:
    """Restore what held before a measure, and what it rejected, unless something came after."""
    identity = require_scope(site, "queue")
    found = services().store.measures.get(site, measure)
    _check_rank(identity, found.author)
    done = verbs.lift(
        services(),
        site,
        measure,
        moderator=identity.actor,
        idempotency=idempotency(identity),
        now=now(),
    )
    return _done(site, done)


def _check_rank(identity: Identity, author: str) -> None:
    """Let only owners and admins measure one of theirs; raises `ForbiddenError` (code `scope`)."""
    with suppress(ModeratorNotFoundError):
        account = services().store.accounts.get(identity.site, author)
        if account.role in ("owner", "admin") and account.removed is None:
            identity.require("admin")


def _done(site: str, done: verbs.Done) -> dict[str, Any]:
    return _shown(site, done.measure, _names(site)) | {
        "changed": done.changed,
        "left": [{"comment": comment, "error": error} for comment, error in done.left],
        "more": done.more,
    }


def _shown(site: str, measure: Measure, names: Mapping[str, str]) -> dict[str, Any]:
    """Give a measure with its moderators by name, and whether it holds for its author."""
    standing = services().store.measures.standing(site, measure.author, now=now())
    return extended(
        measure,
        holds=standing is not None and standing.id == measure.id,
        address=measure.place is not None,
        moderator=_named(measure.moderator, names),
        undone_by=measure.undone_by and _named(measure.undone_by, names),
    )


def _named(moderator: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"id": moderator, "name": names.get(moderator, moderator)}


def _names(site: str) -> dict[str, str]:
    return {account.id: account.name for account in services().store.accounts.list(site)}
