"""What `/openapi.json` says beside the schemas, and `/docs`, the same as a page for people.

Beside the schemas it says how to prove who asks, and how to ask again.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Flask, Response
from flask_smorest import Api

from .. import pages
from ..assets import Asset
from ..auth import AUTHOR_HEADER, EDIT_HEADER, HOST_COOKIE, PLAIN_COOKIE
from ..pages import reference
from ..schemas.base import Problem

_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "a program's or a moderator's key, `rj_…`",
    },
    "author": {
        "type": "apiKey",
        "in": "header",
        "name": AUTHOR_HEADER,
        "description": "a reader's token, from `POST …/authors`; with an `Origin` of the site",
    },
    "edit": {
        "type": "apiKey",
        "in": "header",
        "name": EDIT_HEADER,
        "description": "the token that came with a comment",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": HOST_COOKIE,
        "description": "a moderator's, from `POST /api/v1/session`; where the service's address is "
        f"not https, its name is `{PLAIN_COOKIE}`",
    },
}

PROBLEM_TYPE = "application/problem+json"


class DescribedApi(Api):  # type: ignore[misc]
    """An API whose errors are described as they are sent: as problem documents."""

    ERROR_SCHEMA = Problem
    DEFAULT_RESPONSE_CONTENT_TYPE: str

    def _register_responses(self) -> None:
        plain: str = Api.DEFAULT_RESPONSE_CONTENT_TYPE
        self.DEFAULT_RESPONSE_CONTENT_TYPE = PROBLEM_TYPE
        try:
            super()._register_responses()
        finally:
            self.DEFAULT_RESPONSE_CONTENT_TYPE = plain


OPTIONS: dict[str, Any] = {
    "info": {
        "description": "Comments that moderate themselves. Every error is a problem document "
        "(RFC 9457) with a stable `code`."
    },
    "components": {"securitySchemes": _SCHEMES},
    # Any of them, or none: what a call asks for, its answer 401 or 403 says.
    "security": [{}, *({name: []} for name in _SCHEMES)],
}
"""For flask-smorest's `API_SPEC_OPTIONS`."""

IDEMPOTENCY_KEY_HEADER: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "description": "a name of your own for this request: sent again with it, within a day, "
            "the request is answered as it was the first time",
            "schema": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ]
}
"""For `Blueprint.doc`, on calls that take an `Idempotency-Key`."""


def init_app(app: Flask, api: Api) -> None:
    """Serve the description as a page."""

    @cache
    def written() -> Asset:
        return Asset.of(reference.page_of(api.spec.to_dict()).encode(), "text/html")

    @app.get("/docs/")
    def docs() -> Response:
        response = pages.guarded(written().send(shared_with="same-origin"))
        response.headers["Cache-Control"] = "no-cache"
        return response
