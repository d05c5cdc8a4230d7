"""Everything that can go wrong, as one tree; `app.py` turns it into RFC 9457 problem documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RejoinderError(Exception):
    """Base of all errors that the service answers with.

    `status` is the HTTP status, `code` the stable machine-readable name, `where` a JSON pointer
    or header name of the offending input, `headers` what the answer must carry.
    """

    status = 500
    code = "internal"
    title = "Internal error"

    def __init__(
        self,
        detail: str = "",
        *,
        code: str | None = None,
        where: str | None = None,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        if code is not None:
            self.code = code
        self.where = where
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


class BadRequestError(RejoinderError):
    status, code, title = 400, "bad-request", "The request cannot be read"


class UnauthorizedError(RejoinderError):
    status, code, title = 401, "unauthorized", "A valid key, token or session is needed"


class ForbiddenError(RejoinderError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFoundError(RejoinderError):
    status, code, title = 404, "not-found", "There is no such thing here"


class ConflictError(RejoinderError):
    """Somebody else was first: `claimed`, `changed`, `superseded`, `exists`."""

    status, code, title = 409, "conflict", "The state is not what the request assumed"


class TooLargeError(RejoinderError):
    status, code, title = 413, "too-large", "The body is too large"


class UnsupportedMediaError(RejoinderError):
    status, code, title = 415, "unsupported-media-type", "The body is of the wrong kind"


class InvalidError(RejoinderError):
    """Well-formed but wrong; `errors` in `extra` lists {where, message} for each field."""

    status, code, title = 422, "invalid", "The request is not valid"


class RateLimitedError(RejoinderError):
    status, code, title = 429, "rate-limited", "Too many requests"


class UnavailableError(RejoinderError):
    """The storage does not answer or refuses writes; the outcome of a write is unknown."""

    status, code, title = 503, "unavailable", "The storage is not available"


def cause(error: RejoinderError) -> str:
    """Say in one line what went wrong and why: for operators, never for a caller of the API."""
    why = f": {error.__cause__}" if isinstance(error, UnavailableError) and error.__cause__ else ""
    return " ".join(f"{error.detail}{why}".split())


class ConfigurationError(RejoinderError):
    """A setting is wrong; raised at start only, names the variable."""

    code, title = "configuration", "The configuration is wrong"
