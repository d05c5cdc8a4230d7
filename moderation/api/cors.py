"""Cross-origin rules: a site's own pages may call, others' browsers are turned away."""

from __future__ import annotations

import re

from flask import Response, request

from .. import urls
from ..auth import AUTHOR_HEADER, EDIT_HEADER, PROOF_HEADER
from ..identifiers import SLUG
from ..services import services

_PATH = re.compile(rf"/api/v1/sites/({SLUG})(?:/|$)")
ALLOW = ", ".join(
    ("Authorization", "Content-Type", "Idempotency-Key", AUTHOR_HEADER, EDIT_HEADER, PROOF_HEADER)
)
EXPOSE = (
    "ETag, Retry-After, X-Model-Version, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, "
    "Idempotency-Replayed"
)
METHODS = "GET, POST, PATCH, PUT, DELETE"


def add_headers(response: Response) -> None:
    """Add what lets the site's pages read the answer; nothing for anybody else's."""
    match = _PATH.match(request.path)
    if match is None:
        return
    response.headers.add("Vary", "Origin")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    if not urls.allowed(origin, services().origins.of(match[1])):
        return
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = EXPOSE
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        headers["Access-Control-Allow-Methods"] = METHODS
        headers["Access-Control-Allow-Headers"] = ALLOW
        # Seconds: the most that Chromium remembers; other browsers cap it for themselves.
        headers["Access-Control-Max-Age"] = "7200"
