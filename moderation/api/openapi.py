"""What `/openapi.json` says beside the schemas: how to prove who asks, and how to ask again."""

from __future__ import annotations

from typing import Any

from ..auth import AUTHOR_HEADER, EDIT_HEADER, SESSION_COOKIE

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
        "name": SESSION_COOKIE,
        "description": "a moderator's, from `POST /api/v1/session`",
    },
}

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
