"""Threads, ready to send: the public page, more replies, one's own view, counts."""

from __future__ import annotations

import gzip
from functools import lru_cache
from typing import Any

from flask import Response, request

from .. import urls
from ..clock import now
from ..errors import InvalidError, UnauthorizedError
from ..policy import Policy
from ..schemas import comments as wire
from ..schemas.base import PageQuery
from ..schemas.sites import PublicSettings
from ..services import services
from ..store import Page
from .problems import Blueprint
from .request import an_id, need, no_store, ready, who

bp = Blueprint("threads", __name__, url_prefix="/api/v1/sites/<site>")

_OWN = wire.OwnComment()
_PUBLIC_SETTINGS = PublicSettings()
_GZIP_FROM = 1_000


@bp.get("/threads")
@bp.arguments(wire.ThreadQuery, location="query")
@bp.response(200, wire.ThreadPage)
def read_thread(query: dict[str, Any], site: str) -> Any:
    """Read a page of a thread, by the page's URL or the site's own id for it."""
    page = services().store.threads.page(
        site,
        _thread_id(query),
        sort=query["sort"],
        limit=query["limit"],
        cursor=query["cursor"],
        url=query["url"],
        now=now(),
    )
    if page.version == 0:
        services().store.sites.get(site)
    return _page(page)


@bp.get("/comments/<comment>/replies")
@bp.arguments(PageQuery, location="query")
@bp.response(200, wire.RepliesPage)
def read_replies(query: dict[str, Any], site: str, comment: str) -> Any:
    """Read more replies to a comment, oldest first."""
    page = services().store.threads.replies(
        site, comment, limit=query["limit"], cursor=query["cursor"], now=now()
    )
    return _page(page)


@bp.get("/threads/mine")
@bp.arguments(wire.ThreadQuery, location="query")
@bp.response(200, wire.Mine)
def read_mine(query: dict[str, Any], site: str) -> Any:
    """Read one's own votes and unpublished comments in a thread."""
    identity = who(site)
    if identity.author is None:
        raise UnauthorizedError("This needs an author token.", code="author-token-needed")
    mine = services().store.threads.mine(site, _thread_id(query), identity.author.id)
    policy = Policy.from_json(services().store.sites.get(site).policy)
    comments = []
    for comment in mine.comments:
        notice = policy.notice(comment.status)
        comments.append(_OWN.dump(comment) | ({"notice": notice} if notice else {}))
    return no_store({"votes": dict(mine.votes), "comments": comments})


@bp.patch("/threads/<thread>")
@bp.arguments(wire.ThreadChange)
@bp.response(200, wire.ThreadOut)
def change_thread(given: dict[str, Any], site: str, thread: str) -> Any:
    """Close a thread to new comments, or open it again; for moderators."""
    identity = need(site, "queue")
    services().store.threads.set_closed(
        site, an_id(thread), given["closed"], actor=identity.actor, now=now()
    )
    return services().store.threads.get(site, thread)


@bp.post("/counts")
@bp.arguments(wire.CountsIn)
@bp.response(200, wire.CountsOut)
def count_many(given: dict[str, Any], site: str) -> Any:
    """Count the published comments of up to 100 pages."""
    return _counts(site, given["urls"])


@bp.get("/counts")
@bp.arguments(wire.CountsQuery, location="query")
@bp.response(200, wire.CountsOut)
def count_few(query: dict[str, Any], site: str) -> Any:
    """Count the published comments of up to 10 pages; a cache may keep the answer."""
    return _counts(site, query["url"])


@bp.get("/settings")
@bp.response(200, PublicSettings)
def read_settings(site: str) -> Any:
    """Read what the widget needs to know of a site."""
    found = services().store.sites.get(site)
    policy = Policy.from_json(found.policy)
    body = wire.dumps(
        _PUBLIC_SETTINGS.dump(
            {
                "name": found.name,
                "max_length": policy.max_length,
                "max_depth": policy.max_depth,
                "edit_minutes": policy.edit_minutes,
                "votes": policy.votes,
            }
        )
    )
    return ready(body, Cache_Control="public, max-age=60")


def _counts(site: str, pages: list[str]) -> dict[str, Any]:
    services().store.sites.get(site)
    counts = services().store.threads.counts(site, [urls.thread_id(None, page) for page in pages])
    return {"counts": dict(zip(pages, counts, strict=True))}


def _thread_id(query: dict[str, Any]) -> str:
    if not query["url"] and not query["id"]:
        raise InvalidError("A thread has a url or an id.", where="url")
    return urls.thread_id(query["id"], query["url"])


def _page(page: Page) -> Response:
    """Send the bytes as they are kept, compressed if that is wanted, or 304."""
    packed = len(page.body) >= _GZIP_FROM and request.accept_encodings.quality("gzip") > 0
    tag = f"{page.etag}-gz" if packed else page.etag
    etag = f'"{tag}"'
    # Weakly: a proxy that compresses makes our tag a weak one.
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = ready(_packed(page.etag, page.body) if packed else page.body)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = etag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@lru_cache(maxsize=512)
def _packed(etag: str, body: bytes) -> bytes:
    return gzip.compress(body, 5, mtime=0)
