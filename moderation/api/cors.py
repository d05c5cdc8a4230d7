"""Cross-origin rules: a site's own pages may call, others' browsers are turned away."""

from __future__ import annotations

import re
import threading
import time

from flask import Response, current_app, request

from .. import urls
from ..auth import AUTHOR_HEADER, CSRF_HEADER, EDIT_HEADER
from ..errors import RejoinderError

_PATH = re.compile(r"/api/v1/sites/([a-z0-9-]{1,32})(?:/|$)")
ALLOW = f"Authorization, Content-Type, Idempotency-Key, {AUTHOR_HEADER}, {EDIT_HEADER}"
EXPOSE = (
    "ETag, Retry-After, X-Model-Version, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "Idempotency-Replayed"
)
METHODS = "GET, POST, PATCH, PUT, DELETE"
_SECONDS = 1.0


class Origins:
    """The sites' origins, remembered for a second, so that a read costs no look-up."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, slug: str) -> tuple[str, ...]:
        now = time.monotonic()
        kept = self._kept.get(slug)
        if kept is not None and now - kept[0] < _SECONDS:
            return kept[1]
        try:
            found = current_app.extensions["rejoinder"].store.get_site(slug).origins
        except RejoinderError:
            return ()
        with self._lock:
            if len(self._kept) > 10_000:
                self._kept.clear()
            self._kept[slug] = (now, found)
        return tuple(found)


def add_headers(response: Response) -> None:
    """Add what lets the site's pages read the answer; nothing for anybody else's."""
    match = _PATH.match(request.path)
    if match is None:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    known: Origins = current_app.extensions.setdefault("rejoinder-origins", Origins())
    if not urls.allowed(origin, known.of(match[1])):
        return
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSE
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Allow-Headers"] = ALLOW
        headers["Access-Control-Max-Age"] = "7200"


assert CSRF_HEADER not in ALLOW, "another origin must never be able to send it"  # noqa: S101
