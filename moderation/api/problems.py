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

from ..errors import (
    BadRequestError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
    RejoinderError,
    TooLargeError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedMediaError,
)
from ..json_body import MalformedBody, read_json
from ..schemas.base import Problem

logger = structlog.get_logger(__name__)

_PROBLEM = Problem()
_KINDS: dict[int, type[RejoinderError]] = {
    kind.status: kind
    for kind in (
        BadRequestError,
        UnauthorizedError,
        ForbiddenError,
        NotFoundError,
        TooLargeError,
        UnsupportedMediaError,
        InvalidError,
        RateLimitedError,
        UnavailableError,
    )
}


class StrictParser(FlaskParser):
    """Reads JSON strictly: UTF-8, no NaN, no half surrogates, no endless nesting."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        raw = req.get_data()
        if not raw:
            raise BadRequestError("A JSON body is needed.", code="malformed-json")
        if req.mimetype != "application/json" and not req.mimetype.endswith("+json"):
            raise UnsupportedMediaError("The body must be application/json.")
        if req.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UnsupportedMediaError(
                "The body must not be compressed.", where="Content-Encoding"
            )
        try:
            return read_json(raw)
        except MalformedBody as error:
            raise BadRequestError(str(error), code="malformed-json") from error


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
    doc: _Decorator


def init_app(app: Flask) -> None:
    """Answer every error of the native API with a problem document."""
    app.register_error_handler(RejoinderError, of_error)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, of_defect)


def of_error(error: RejoinderError) -> Response:
    """Turn an error of ours into its answer."""
    extra = {key: value for key, value in error.extra.items() if key == "errors"}
    headers = dict(error.headers)
    if isinstance(error, UnavailableError):
        headers.setdefault("Retry-After", "1")
    if isinstance(error, RateLimitedError):
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
    errors = list(_items(messages)) if messages else []
    headers = {}
    if status == 405 and getattr(error, "valid_methods", None):
        headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    if status == 413:
        # The rest of the body is not read, so the connection cannot be used again.
        headers["Connection"] = "close"
    kind = _KINDS.get(status)
    code = kind.code if kind else error.name.lower().replace(" ", "-")
    detail = error.description or error.name
    if errors:
        detail = "The request is not valid."
    if len(errors) == 1:
        detail = errors[0]["message"]
        code = getattr(detail, "code", code)
    return problem(
        status, code, kind.title if kind else error.name, detail, errors=errors, headers=headers
    )


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
        body["where"] = errors[0]["where"]
        body["errors"] = errors
    response = Response(
        json.dumps(_PROBLEM.dump(body), ensure_ascii=False),
        status,
        mimetype="application/problem+json",
    )
    response.headers.update(headers or {})
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _items(messages: dict[str, Any]) -> Iterator[dict[str, str]]:
    """Flatten the parser's messages: for each part of the request, marshmallow's."""
    for location, found in messages.items():
        for path, message in _flat(found, ""):
            # In a body the place is a JSON pointer (RFC 6901), else a parameter's name.
            where = path if location == "json" else path.split("/")[1] if path else location
            yield {"where": where or "/", "message": message}


def _flat(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(messages, dict):
        for key, value in messages.items():
            step = str(key).replace("~", "~0").replace("/", "~1")
            yield from _flat(value, path if key == "_schema" else f"{path}/{step}")
    elif isinstance(messages, list):
        for value in messages:
            yield from _flat(value, path)
    else:
        yield path, messages
