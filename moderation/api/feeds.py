"""What was written last: as Atom for a site, a thread and the queue, and as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from flask import Response, request

from .. import urls
from ..auth import find_credential
from ..clock import now
from ..errors import BadKeyError, InvalidError
from ..outbound import feeds
from ..records import Case, Credential
from ..schemas import comments as wire
from ..schemas.base import extended
from ..services import services
from ..text import excerpt
from ..tokens import new_credential, read_credential
from .blueprint import PRIVATE, Blueprint
from .request import require_scope

bp = Blueprint("feeds", __name__, url_prefix="/api/v1/sites/<site>")

ATOM = "application/atom+xml"
# By choice: what a feed reader that looks once a day has missed on a lively site.
ENTRIES = 50
# Characters, by choice: two or three lines of a sidebar.
_EXCERPT = 160
# Seconds, by choice: what is deleted or rejected is gone from caches within a minute.
_MAX_AGE = 60


@bp.get("/comments/latest")
@bp.arguments(wire.LatestQuery, location="query")
@bp.response(200, wire.LatestOut)
def read_latest(query: dict[str, Any], site: str) -> Any:
    """Read a site's latest published comments, on whichever page."""
    store = services().store
    store.sites.get(site)
    comments = store.comments.latest(site, limit=query["limit"])
    threads = store.threads.several(site, [comment.thread for comment in comments])
    shown = [
        extended(
            each.comment,
            page=each.page,
            link=each.link,
            excerpt=excerpt(each.comment.html, most=_EXCERPT),
        )
        for each in feeds.entries_of(comments, threads)
    ]
    return {"comments": shown}, 200, {"Cache-Control": f"public, max-age={_MAX_AGE}"}


@bp.get("/comments.atom")
@bp.response(200, content_type=ATOM)
def read_site_feed(site: str) -> Response:
    """Read a site's latest published comments as Atom."""
    store = services().store
    found = store.sites.get(site)
    comments = store.comments.latest(site, limit=ENTRIES)
    threads = store.threads.several(site, [comment.thread for comment in comments])
    return _feed(
        feeds.entries_of(comments, threads),
        title=f"Comments: {found.name}",
        path=f"/api/v1/sites/{site}/comments.atom",
        about=next((origin for origin in found.origins if "*" not in origin), None),
        created=found.created,
    )


@bp.get("/threads.atom")
@bp.arguments(wire.FeedQuery, location="query")
@bp.response(200, content_type=ATOM)
def read_thread_feed(query: dict[str, Any], site: str) -> Response:
    """Read the latest published comments of one thread as Atom; an unknown one is empty."""
    store, tracking = services().store, services().settings.tracking
    found = store.sites.get(site)
    if not query["url"] and not query["id"]:
        raise InvalidError("A thread has a url or an id.", where="url")
    ids = urls.thread_ids(query["id"], query["url"], tracking=tracking)
    thread_id = store.threads.stored_under(site, ids)
    thread = store.threads.several(site, [thread_id]).get(thread_id)
    if thread is not None and thread.hidden:
        thread = None
    comments = store.comments.latest(site, limit=ENTRIES, thread_id=thread_id) if thread else []
    name, value = ("id", query["id"]) if query["id"] else ("url", query["url"])
    return _feed(
        feeds.entries_of(comments, {thread_id: thread} if thread else {}),
        title=f"Comments: {(thread and thread.title) or found.name}",
        path=f"/api/v1/sites/{site}/threads.atom?{name}={quote(value, safe='')}",
        about=thread.url if thread else None,
        created=thread.created if thread else found.created,
    )


@bp.get("/queue.atom")
@bp.arguments(wire.FeedKeyQuery, location="query")
@bp.response(200, content_type=ATOM)
def read_queue_feed(query: dict[str, Any], site: str) -> Response:
    """Read what waits in the queue as Atom, newest first, at a moderator's secret address."""
    credential = find_credential(services(), read_credential(query["key"]), "feed", site)
    if credential is None:
        raise BadKeyError("The address is no longer good; make a new one.", where="key")
    found = services().store.sites.get(site)
    page = services().store.queue.page(site, sort="newest", limit=ENTRIES, now=now())
    response = _feed(
        [_waiting(case) for case in page.cases],
        title=f"Waiting: {found.name}",
        # Not the secret: readers pass addresses on.
        path=f"/api/v1/sites/{site}/queue.atom",
        about=f"{services().settings.public_url}/dashboard/",
        created=found.created,
    )
    response.headers["Cache-Control"] = PRIVATE
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.post("/queue/feed")
@bp.response(201, wire.FeedOut)
def make_queue_feed(site: str) -> Any:
    """Make the secret address of one's own feed of the queue; an earlier one ends."""
    identity = require_scope(site, "queue")
    credential, at = identity.require("queue"), now()
    made, text = new_credential(
        site,
        kind="feed",
        role=credential.role,
        scopes=("feed",),
        moderator=credential.moderator,
        name=_feed_name(credential),
        now=at,
    )
    earlier = _feeds_of(site, credential)
    services().store.credentials.add(made, identity.actor, at)
    for each in earlier:
        services().store.credentials.revoke(site, each.id, identity.actor, at)
    address = f"{services().settings.public_url}/api/v1/sites/{site}/queue.atom?key={text}"
    return {"url": address}, 201, {"Cache-Control": PRIVATE}


@bp.delete("/queue/feed")
@bp.response(204)
def end_queue_feed(site: str) -> None:
    """Make the secret address of one's own feed worthless; none is fine."""
    identity = require_scope(site, "queue")
    for each in _feeds_of(site, identity.require("queue")):
        services().store.credentials.revoke(site, each.id, identity.actor, now())


def _feed_name(credential: Credential) -> str:
    return "" if credential.moderator else f"of the key {credential.id}"


def _feeds_of(site: str, credential: Credential) -> Sequence[Credential]:
    return [
        each
        for each in services().store.credentials.list(site, now=now())
        if each.kind == "feed"
        and (each.moderator, each.name) == (credential.moderator, _feed_name(credential))
    ]


def _waiting(case: Case) -> feeds.Entry:
    dashboard = f"{services().settings.public_url}/dashboard/cases/{case.comment.id}"
    lanes = ", ".join(case.lanes)
    note = f"{case.comment.status.capitalize()}, waits for review ({lanes})"
    return feeds.Entry(comment=case.comment, page=case.thread, link=dashboard, note=note)


def _feed(entries: Sequence[feeds.Entry], *, path: str, **about: Any) -> Response:
    address = services().settings.public_url + path
    body = feeds.atom(entries, address=address, **about)
    response = Response(body, mimetype=ATOM)
    response.set_etag(hashlib.blake2b(body, digest_size=8).hexdigest())
    response.headers["Cache-Control"] = f"public, max-age={_MAX_AGE}"
    response.make_conditional(request)
    return response
