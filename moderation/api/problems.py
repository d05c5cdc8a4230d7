"""Every error as an RFC 9457 problem document, in one place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import structlog
from flask import Flask, Response, request
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from ..errors import BadRequest, RateLimited, RejoinderError, TooLarge, Unavailable
from ..json_body import MalformedBody, read_json
from ..schemas.base import Problem

logger = structlog.get_logger(__name__)

_PROBLEM = Problem()
_CODES = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid",
}
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class StrictParser(FlaskParser):
    """Reads JSON strictly: UTF-8, no NaN, no half surrogates, no endless nesting."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        raw = req.get_data()
        if not raw:
            raise BadRequest("A JSON body is needed.", code="malformed-json")
        if req.mimetype != "application/json" and not req.mimetype.endswith("+json"):
            raise _unsupported()
        try:
            return read_json(raw, content_encoding=req.headers.get("Content-Encoding", ""))
        except MalformedBody as error:
            raise BadRequest(str(error), code="malformed-json") from error


_View = TypeVar("_View", bound=Callable[..., Any])


class _Decorator(Protocol):
    def __call__(self, *args: Any, **options: Any) -> Callable[[_View], _View]: ...


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A blueprint whose arguments are read by the strict parser."""

    ARGUMENTS_PARSER = StrictParser()

    # The library has no types; without these no view below its decorators would be checked.
    get: _Decorator
    post: _Decorator
    put: _Decorator
    patch: _Decorator
    delete: _Decorator
    arguments: _Decorator
    response: _Decorator
    alt_response: _Decorator


def init_app(app: Flask) -> None:
    """Answer every error of the native API with a problem document."""
    app.register_error_handler(RejoinderError, of_error)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_defect)


def of_error(error: RejoinderError) -> Response:
    """Turn an error of ours into its answer."""
    extra = {key: value for key, value in error.extra.items() if key == "errors"}
    headers = dict(error.headers)
    if isinstance(error, Unavailable):
        headers.setdefault("Retry-After", "1")
    if isinstance(error, RateLimited):
        headers["RateLimit-Remaining"] = "0"
        headers["RateLimit-Reset"] = headers.setdefault("Retry-After", "1")
    items = extra.get("errors") or (
        [{"where": error.where, "message": error.detail}] if error.where else None
    )
    return problem(
        error.status, error.code, error.title, error.detail, errors=items, headers=headers
    )


def of_http(error: HTTPException) -> Response:
    """Turn Werkzeug's and the parser's errors into the same shape."""
    status = error.code or 500
    messages = getattr(error, "data", {}).get("messages")
    errors = list(_items(messages)) if messages else None
    detail = "The request is not valid." if errors else (error.description or error.name)
    headers = {}
    if status == 405 and getattr(error, "valid_methods", None):
        headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    if status == 413:
        # The rest of the body is not read, so the connection cannot be used again.
        headers["Connection"] = "close"
        return problem(413, TooLarge.code, TooLarge.title, detail, headers=headers)
    code = _CODES.get(status, error.name.lower().replace(" ", "-"))
    return problem(status, code, error.name, detail, errors=errors, headers=headers)


def of_defect(error: Exception) -> Response:
    """Answer for a defect: an id to find it by in the log, and nothing of the request."""
    number = uuid4().hex
    logger.exception("request.failed", error_id=number, route=str(request.url_rule))
    return problem(
        500, "internal", "Internal error", f"Something broke here. It is logged as {number}."
    )


def problem(
    status: int,
    code: str,
    title: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Write a problem document."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    if errors:
        body["errors"] = errors
    response = Response(
        json.dumps(_PROBLEM.dump(body), ensure_ascii=False),
        status,
        mimetype="application/problem+json",
    )
    response.headers.update(headers or {})
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _unsupported() -> RejoinderError:
    error = BadRequest("The body must be application/json.", code="unsupported-media-type")
    error.status, error.title = 415, "Unsupported media type"
    return error


def _items(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's messages to pointers; the location comes first, as in the parser's."""
    if isinstance(messages, dict):
        for key, value in messages.items():
            top = path == "" and key in ("json", "query")
            below = path if top or key == "_schema" else f"{path}/{key}"
            yield from _items(value, below)
    elif isinstance(messages, list):
        for value in messages:
            yield from _items(value, path)
    else:
        yield {"where": path or "/", "message": str(messages)}
