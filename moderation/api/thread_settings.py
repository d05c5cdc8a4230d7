"""What is set for one thread alone, and the list of threads; for moderators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import urls
from ..clock import DAY, now
from ..errors import ForeignUrlError, InvalidError, NotFoundError
from ..records import Thread
from ..schemas import threads as wire
from ..schemas.base import Problem, extended
from ..services import services
from ..text import excerpt
from .blueprint import Blueprint
from .openapi import IDEMPOTENCY_KEY_HEADER
from .request import checked_name, idempotency, require_scope

bp = Blueprint("thread_settings", __name__, url_prefix="/api/v1/sites/<site>/threads")

# Characters, by choice: a line of the dashboard.
_EXCERPT = 140


@bp.get("/list")
@bp.arguments(wire.ThreadListQuery, location="query")
@bp.response(200, wire.ThreadListOut)
def list_threads(query: dict[str, Any], site: str) -> Any:
    """List a site's threads: by their latest comment, by their size or by what waits in them."""
    require_scope(site, "queue")
    over = _over_before(site)
    found = services().store.listing.page(
        site,
        sort=query["sort"],
        state=query["state"],
        search=query["search"],
        over_before=over,
        limit=query["limit"],
        cursor=query["cursor"],
    )
    return {
        "threads": [
            extended(each.thread, waiting=each.waiting, expired=each.thread.created < over)
            for each in found.threads
        ],
        "next_cursor": found.next_cursor,
    }


@bp.get("/<thread>")
@bp.response(200, wire.ThreadDetails)
@bp.alt_response(404, schema=Problem)
def read_thread_settings(site: str, thread: str) -> Any:
    """Read what is set for a thread, and what goes on there."""
    require_scope(site, "queue")
    found = services().store.threads.get(site, checked_name(thread))
    return _shown(site, found) | {
        "names": _names(site, found),
        "pinned_comment": _pinned(site, found),
    }


@bp.patch("/<thread>")
@bp.arguments(wire.ThreadChange)
@bp.response(200, wire.ThreadChanged)
@bp.alt_response(404, schema=Problem)
@bp.alt_response(422, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def change_thread(given: dict[str, Any], site: str, thread: str) -> Any:
    """Close, hide, slow or premoderate a thread, pin a comment, say who wrote the page, or undo it.

    It is named anew with `title` and `url`, which no undo takes back. A thread with an id of its
    own may get another `url` of the site; for others it is the id.
    """
    identity = require_scope(site, "queue")
    threads = services().store.threads
    known = threads.get(site, checked_name(thread))
    named = _named(site, known, given)
    changes = {name: value for name, value in given.items() if name not in ("title", "url")}
    if "authors" in changes:
        changes["authors"] = tuple(dict.fromkeys(changes["authors"]))
    change = None
    if changes:
        change = threads.change(
            site,
            thread,
            changes,
            actor=identity.actor,
            idempotency=idempotency(identity),
            now=now(),
        )
    if named != known:
        threads.name(named, site=site, actor=identity.actor, now=now())
    return _shown(site, threads.get(site, thread)) | {"change": change}


@bp.post("/<thread>/changes/<change>/undo")
@bp.response(200, wire.ThreadChanged)
@bp.alt_response(404, schema=Problem)
@bp.alt_response(409, schema=Problem)
@bp.doc(**IDEMPOTENCY_KEY_HEADER)
def undo_change(site: str, thread: str, change: str) -> Any:
    """Put back what a change replaced, unless that was changed since; an undo is final."""
    identity = require_scope(site, "queue")
    done = services().store.threads.undo_change(
        site,
        checked_name(thread),
        change,
        actor=identity.actor,
        idempotency=idempotency(identity),
        now=now(),
    )
    return _shown(site, services().store.threads.get(site, thread)) | {"change": done}


def _named(site: str, known: Thread, given: dict[str, Any]) -> Thread:
    named = replace(known, title=given.get("title", known.title))
    if "url" not in given:
        return named
    if not urls.belongs(given["url"], services().store.sites.get(site).origins):
        raise ForeignUrlError(where="/url")
    tracking = services().settings.tracking
    made = urls.thread_id(None, given["url"], tracking=tracking)
    if known.id != made and known.id in urls.thread_ids(None, known.url, tracking=tracking):
        raise InvalidError("The address is this thread's id.", where="/url")
    return replace(named, url=urls.public(given["url"], tracking=tracking))


def _shown(site: str, thread: Thread) -> dict[str, Any]:
    (waiting,) = services().store.listing.waiting(site, [thread.id])
    return extended(thread, waiting=waiting, expired=thread.created < _over_before(site))


def _over_before(site: str) -> int:
    """Give when a thread must have begun to take comments still; 0 where no day ends it."""
    days = services().policy(site).close_after_days
    return 0 if days is None else now() - days * DAY


def _names(site: str, thread: Thread) -> dict[str, str]:
    found = {}
    for author in thread.authors:
        comments, _ = services().store.comments.by_author(site, author, limit=1)
        if comments and comments[0].author.name:
            found[author] = comments[0].author.name
    return found


def _pinned(site: str, thread: Thread) -> dict[str, str] | None:
    if thread.pinned is None:
        return None
    try:
        comment = services().store.comments.get(site, thread.pinned)
    except NotFoundError:
        return None
    return {
        "id": comment.id,
        "status": comment.status,
        "name": comment.author.name,
        "excerpt": excerpt(comment.html, most=_EXCERPT),
    }
