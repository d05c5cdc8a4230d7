"""The audit, and live changes: server-sent, or polled with a cursor."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Response, request

from .. import clock
from ..errors import UnavailableError
from ..records import Credential
from ..schemas import queue as wire
from ..services import Services, services
from ..store import Event, Store
from .blueprint import Blueprint
from .compression import compress
from .request import current_identity, require_scope

bp = Blueprint("events", __name__, url_prefix="/api/v1/sites/<site>")
bp.after_request(compress)

# A stream ends by itself and the browser comes back. Beyond those that may stay open at once, so
# that others are answered too, it ends as soon as it has caught up. Its length is a choice: under
# the minute after which many a proxy ends an answer.
_STREAM_SECONDS = 55
# By choice: sooner shows changes earlier where no stream stays open, and asks the storage more.
_RETRY_MS = 2_000
# The longest that the store waits. A revoked session's stream ends after as long.
_BLOCK_MS = 1_000


@bp.get("/audit")
@bp.arguments(wire.AuditQuery, location="query")
@bp.response(200, wire.AuditPage)
def read_audit(query: dict[str, Any], site: str) -> Any:
    """Read what was done, newest first.

    With a filter a page may have fewer entries than asked for, or none, and still a `next_cursor`.
    """
    require_scope(site, "queue")
    cursor, before = query["cursor"], query["before"]
    if cursor is None and before is not None:
        cursor = f"{max(0, int(before.timestamp() * 1000))}-0"
    entries, cursor = services().store.streams.audit(
        site,
        limit=query["limit"],
        cursor=cursor,
        verbs=query["verb"].split(",") if query["verb"] else (),
        actor=query["actor"],
    )
    return {"entries": entries, "next_cursor": cursor}


@bp.get("/events")
@bp.arguments(wire.EventsQuery, location="query", unknown=ma.EXCLUDE)
@bp.response(200, wire.EventsPage)
def read_events(query: dict[str, Any], site: str) -> Any:
    """Read live changes after a cursor; as a stream with `Accept: text/event-stream`."""
    credential = current_identity(site).require("queue")
    after = request.headers.get("Last-Event-ID") or query["after"]
    if request.accept_mimetypes.best_match(["application/json", "text/event-stream"]) == (
        "text/event-stream"
    ):
        store = services().store
        begin = after or _latest(store, site)
        store.streams.events(site, begin, limit=1)  # what is wrong is said before the stream begins
        response = Response(_stream(services(), credential, begin), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response
    events = services().store.streams.events(site, after, limit=query["limit"])
    following = events[-1].id if events else after
    return {"events": events, "next": following}


def _latest(store: Store, site: str) -> str:
    found = store.streams.events(site, None, limit=1)
    return found[-1].id if found else "0-0"


def _stream(parts: Services, credential: Credential, after: str) -> Iterator[str]:
    store, streams = parts.store, parts.streams
    yield f"retry: {_RETRY_MS}\n\n"
    site = credential.site
    stays = streams.acquire(blocking=False)
    try:
        ends = time.monotonic() + (_STREAM_SECONDS if stays else 0)
        while True:
            events = store.streams.events(
                site, after, limit=100, block_ms=_BLOCK_MS if stays else 0
            )
            if store.credentials.get(site, credential.id, now=clock.now()) is None:
                return  # revoked since the stream began
            for event in events:
                after = event.id
                yield _written(event)
            if not events:
                yield ": still here\n\n"
            if time.monotonic() >= ends and (stays or not events):
                return
    except UnavailableError:
        return
    finally:
        if stays:
            streams.release()


def _written(event: Event) -> str:
    data = json.dumps({"id": event.id, "type": event.type, "data": event.data})
    return f"id: {event.id}\ndata: {data}\n\n"
