"""The blueprint that every resource is made with: strict JSON in, private JSON out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import Response
from flask_smorest import Blueprint as SmorestBlueprint
from webargs.flaskparser import FlaskParser

from ..errors import MalformedJsonError, UnsupportedMediaError
from ..json_text import MalformedBody, read_json
from ..schemas.base import Problem

PRIVATE = "private, no-store"


class StrictParser(FlaskParser):
    """Reads JSON strictly: UTF-8, no NaN, no half surrogates, no endless nesting."""

    DEFAULT_UNKNOWN_BY_LOCATION = {  # noqa: RUF012
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": None,
    }

    def load_json(self, req: Any, schema: Any) -> Any:
        """Read the request's body.

        Raises `MalformedJsonError`; `UnsupportedMediaError` for another type or a compressed body.
        """
        raw = req.get_data()
        if not raw:
            raise MalformedJsonError("A JSON body is needed.")
        if req.mimetype != "application/json" and not req.mimetype.endswith("+json"):
            raise UnsupportedMediaError("The body must be application/json.")
        if req.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise UnsupportedMediaError(
                "The body must not be compressed.", where="Content-Encoding"
            )
        try:
            return read_json(raw)
        except MalformedBody as error:
            raise MalformedJsonError(str(error)) from error


_View = TypeVar("_View", bound=Callable[..., Any])


class _Decorator(Protocol):
    def __call__(self, *args: Any, **options: Any) -> Callable[[_View], _View]: ...


class Blueprint(SmorestBlueprint):  # type: ignore[misc]
    """A blueprint whose arguments are read by the strict parser, and typed.

    Its answers are for who asked alone, unless a view or `public` says otherwise.
    """

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, public: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        if not public:
            self.after_request(_keep_private)

    def arguments(self, schema: Any, **options: Any) -> Callable[[_View], _View]:
        """Read a view's arguments by a schema, made once: its fields are copied for each one."""
        made = schema() if isinstance(schema, type) else schema
        decorated: Callable[[_View], _View] = super().arguments(made, **options)
        return decorated

    def alt_response(self, *args: Any, **options: Any) -> Callable[..., Any]:
        """Describe another answer; an error is a problem document, which has a type of its own."""
        if options.get("schema") is Problem:
            options.setdefault("content_type", "application/problem+json")
        described: Callable[..., Any] = super().alt_response(*args, **options)
        return described

    # The library has no types; without these no view below its decorators would be checked.
    get: _Decorator
    post: _Decorator
    put: _Decorator
    patch: _Decorator
    delete: _Decorator
    response: _Decorator
    doc: _Decorator


def _keep_private(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", PRIVATE)
    return response
