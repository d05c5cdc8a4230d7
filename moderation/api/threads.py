"""Threads, ready to send: the public page, more replies, one's own view, counts."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from .. import urls
from ..clock import now
from ..errors import AuthorTokenNeededError, ForeignUrlError, InvalidError
from ..identity.measures import told
from ..schemas import comments as wire
from ..schemas.base import PageQuery, extended
from ..schemas.sites import PublicSettings
from ..services import services
from ..store import Page
from ..submission import address_hash
from . import compression
from .blueprint import PRIVATE, Blueprint
from .request import address, current_identity, json_response

bp = Blueprint("threads", __name__, url_prefix="/api/v1/sites/<site>", public=True)


@bp.get("/threads")
@bp.arguments(wire.ThreadPageQuery, location="query")
@bp.response(200, wire.ThreadPage)
def read_thread(query: dict[str, Any], site: str) -> Any:
    """Read a page of a thread, by the page's URL or the site's own id for it.

    A URL must be on one of the site's origins, as for writing.
    """
    _check_page(site, query["url"])
    threads = services().store.threads
    thread, url = _thread_id(site, query), _public(query["url"])
    if query["around"] is not None:
        page = threads.around(site, thread, query["around"], url=url, now=now())
    else:
        page = threads.page(
            site,
            thread,
            sort=query["sort"],
            limit=query["limit"],
            cursor=query["cursor"],
            url=url,
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
    identity = current_identity(site)
    if identity.author is None:
        raise AuthorTokenNeededError
    mine = services().store.threads.mine(site, _thread_id(site, query), identity.author.id)
    policy = services().policy(site)
    comments = [
        wire.with_notice(comment, policy.notice(comment.status)) for comment in mine.comments
    ]
    standing = services().store.measures.standing(
        site, identity.author.id, address_hash(services(), address()), now=now()
    )
    body: dict[str, Any] = {"votes": mine.votes, "comments": comments}
    if measure := told(standing):
        body["measure"] = measure
    return body, 200, {"Cache-Control": PRIVATE}


@bp.post("/counts")
@bp.arguments(wire.CountsIn)
@bp.response(200, wire.CountsOut)
def count_many(given: dict[str, Any], site: str) -> Any:
    """Count the published comments of up to 100 pages or threads."""
    return _counts(site, given["urls"], given["ids"])


@bp.get("/counts")
@bp.arguments(wire.CountsQuery, location="query")
@bp.response(200, wire.CountsOut)
def count_few(query: dict[str, Any], site: str) -> Any:
    """Count the published comments of up to 10 pages or threads; a cache may keep the answer."""
    return _counts(site, query["url"], query["id"]), 200, _for_caches()


@bp.get("/settings")
@bp.response(200, PublicSettings)
def read_settings(site: str) -> Any:
    """Read what the widget needs to know of a site."""
    found = services().store.sites.get(site)
    policy = services().policies.of(found)
    body = extended(policy, name=found.name, mail=services().settings.mails)
    # By choice: a change of the policy reaches the widget within a minute.
    return body, 200, {"Cache-Control": "public, max-age=60"}


def _counts(site: str, pages: list[str], ids: list[str]) -> dict[str, Any]:
    store, tracking = services().store, services().settings.tracking
    addresses = [urls.thread_ids(None, page, tracking=tracking) for page in pages]
    body = {"counts": dict(zip(pages, store.threads.counts_at(site, addresses), strict=True))}
    if ids:
        counts = store.threads.counts(site, [urls.thread_id(given, "") for given in ids])
        body["ids"] = dict(zip(ids, counts, strict=True))
    return body


def _thread_id(site: str, query: dict[str, Any]) -> str:
    if not query["url"] and not query["id"]:
        raise InvalidError("A thread has a url or an id.", where="url")
    ids = urls.thread_ids(query["id"], query["url"], tracking=services().settings.tracking)
    return services().store.threads.stored_under(site, ids)


def _check_page(site: str, url: str) -> None:
    """Tell at once that nothing can be written on this page; raises `ForeignUrlError`."""
    if not url or urls.belongs(url, services().origins.of(site), where="url"):
        return
    # An origin may have been added within the second for which they are remembered.
    if not urls.belongs(url, services().store.sites.get(site).origins, where="url"):
        raise ForeignUrlError(where="url")


def _public(url: str) -> str:
    return urls.public(url, tracking=services().settings.tracking) if url else ""


def _page(page: Page) -> Response:
    """Send the bytes as they are kept, compressed if that is wanted, or 304."""
    packed = compression.is_wanted(page.body)
    tag = f"{page.etag}-gz" if packed else page.etag
    etag = f'"{tag}"'
    # Weakly: a proxy that compresses makes our tag a weak one.
    if request.if_none_match.contains_weak(tag):
        response = Response(status=304)
    else:
        response = json_response(_compressed(page) if packed else page.body)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
    response.headers["ETag"] = etag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers.update(_for_caches())
    return response


def _for_caches() -> dict[str, str]:
    """Say how long what everybody may see may be kept: by a shared cache as long as is set.

    A browser asks each time, so that its reader sees what they have just written. A content
    delivery network may also send what is older while it asks (RFC 9213: a header for it alone).
    """
    seconds = services().settings.shared_cache
    if not seconds:
        return {"Cache-Control": "public, no-cache"}
    return {
        "Cache-Control": f"public, max-age=0, s-maxage={seconds}",
        "CDN-Cache-Control": f"public, max-age={seconds}, stale-while-revalidate={seconds}",
    }


def _compressed(page: Page) -> bytes:
    """Pack a page, once as long as the store gives the same one."""
    found = page.packed.get("gzip")
    if found is None:
        found = page.packed["gzip"] = compression.packed(page.body)
    return found
