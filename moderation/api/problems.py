"""Every error as an RFC 9457 problem document, in one place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from .. import pages
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
from ..schemas.base import Problem
from .openapi import PROBLEM_TYPE

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


def init_app(app: Flask) -> None:
    """Answer every error of the native API with a problem document."""
    app.register_error_handler(RejoinderError, handle_rejoinder_error)
    app.register_error_handler(HTTPException, handle_http_exception)
    app.register_error_handler(Exception, handle_unexpected_error)


def handle_rejoinder_error(error: RejoinderError) -> Response:
    """Turn an error of ours into its answer."""
    headers = dict(error.headers)
    if isinstance(error, UnavailableError):
        # Seconds, by choice: a server that starts again or fails over is soon back.
        headers.setdefault("Retry-After", "1")
    if isinstance(error, RateLimitedError):
        headers["RateLimit-Remaining"] = "0"
        headers["RateLimit-Reset"] = headers.setdefault("Retry-After", "1")
    items = error.extra.get("errors") or (
        [{"where": error.where, "message": error.detail, "code": error.code}]
        if error.where
        else None
    )
    return problem(
        error.status,
        error.code,
        error.title,
        error.detail,
        errors=items,
        headers=headers,
        more={name: error.extra[name] for name in error.told},
    )


def handle_http_exception(error: HTTPException) -> Response:
    """Turn Werkzeug's and the parser's errors into the same shape.

    Where there is nothing at an address at all, a browser that opens it gets a page to read.
    """
    status = error.code or 500
    if isinstance(error, NotFound) and _opened_by_a_person():
        return _for_each(pages.not_found())
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
    answer = problem(
        status, code, kind.title if kind else error.name, detail, errors=errors, headers=headers
    )
    return _for_each(answer) if isinstance(error, NotFound) else answer


def _opened_by_a_person() -> bool:
    """Say whether the client named HTML as what it likes best; what takes anything is a program."""
    accepted = request.accept_mimetypes
    return accepted.best_match([PROBLEM_TYPE, "application/json", "text/html"]) == "text/html"


def _for_each(response: Response) -> Response:
    """Say that the answer follows from what the client accepts."""
    response.vary.add("Accept")
    return response


def handle_unexpected_error(error: Exception) -> Response:
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
    more: dict[str, Any] | None = None,
) -> Response:
    """Write a problem document; `more` are members that this problem has beside the others."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **(more or {}),
    }
    if errors:
        body["where"] = errors[0]["where"]
        body["errors"] = errors
    response = Response(
        json.dumps(_PROBLEM.dump(body), ensure_ascii=False),
        status,
        mimetype=PROBLEM_TYPE,
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
            code = getattr(message, "code", InvalidError.code)
            yield {"where": where or "/", "message": message, "code": code}


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
