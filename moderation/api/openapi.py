"""What `/openapi.json` says beside the schemas, and `/docs`, the page to try it at.

Beside the schemas it says how to prove who asks, and how to ask again. The page is Swagger UI from
its package's own files.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response
from flask_smorest import Api
from flask_swagger_ui import get_swaggerui_blueprint  # type: ignore[import-untyped]

from ..auth import AUTHOR_HEADER, EDIT_HEADER, HOST_COOKIE, PLAIN_COOKIE
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

# Swagger UI's page has inline style and script of its own; it stands alone on its path.
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def init_app(app: Flask) -> None:
    """Serve the page to try the API at."""
    config = {"app_name": "Rejoinder", "oauth2RedirectUrl": "/docs/oauth2-redirect.html"}
    blueprint = get_swaggerui_blueprint("/docs", "/openapi.json", config=config)

    def allow_its_own(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        return response

    blueprint.after_request(allow_its_own)
    app.register_blueprint(blueprint)
