"""The table of contents of the service: its parts, its blueprints, its errors, its headers."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import structlog
from flask import Flask, Response, g, redirect, request
from markupsafe import escape
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as BaseResponse

from . import __name__ as package
from . import compat, dashboard, logs, pages, tracing, widget
from .api import blueprints, cors, openapi, problems
from .errors import MalformedBodyError
from .metrics import known_method
from .pages import links
from .schemas.base import Time
from .scoring import ScoringService
from .services import Services, services
from .settings import Settings
from .store import Store
from .store.connection import connect

logger = structlog.get_logger(__name__)


def create_app(
    settings: Settings, *, store: Store | None = None, scoring: ScoringService | None = None
) -> Flask:
    """Make the WSGI app. Opens the storage and loads the model unless they are given.

    Raises `ConfigurationError` if a setting is wrong.
    """
    logs.configure(settings)
    app = _App(package, static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=settings.max_body,
        MAX_FORM_MEMORY_SIZE=settings.max_body,
        API_TITLE="Rejoinder",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=deepcopy(openapi.OPTIONS),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.compact = True  # type: ignore[attr-defined]
    Services(
        settings=settings,
        store=store or Store(connect(settings)),
        scoring=scoring
        or ScoringService.load(settings.model, second_reader=settings.second_reader),
    ).attach(app)
    app.before_request(_start)
    app.after_request(_finish)

    api = openapi.DescribedApi(app)
    # After `Api`, whose own error handler would answer in another shape.
    problems.init_app(app)
    api.register_field(Time, "string", "date-time")
    for blueprint in blueprints:
        api.register_blueprint(blueprint)

    compat.init_app(app, api)
    openapi.init_app(app, api)
    for plain in (widget.bp, dashboard.bp, pages.bp, links.bp):
        app.register_blueprint(plain)
    app.add_url_rule("/", "root", _root)
    if settings.tracing is not None:
        tracing.start(settings.tracing)
        app.wsgi_app = tracing.traced(app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app


class _App(Flask):
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take each view and hook as it is: none is a coroutine, and each was asked every time."""
        return func


def _root() -> BaseResponse:
    """Who opens the service's address in a browser is most likely a moderator."""
    return redirect("dashboard/")


def _within(location: str) -> str:
    """Give a redirect of the router's, which names scheme and host as the request did, by path.

    Behind a proxy the scheme is another, and the host is what anybody wrote into the header.
    """
    here = request.host_url
    return f"/{location.removeprefix(here).lstrip('/')}" if location.startswith(here) else location


_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)
"""Headers of every answer that has not its own."""


def _start() -> None:
    g.started = time.perf_counter()
    if request.content_length is None and "Transfer-Encoding" in request.headers:
        # Werkzeug would cut such a body off at the limit and say nothing.
        most = request.max_content_length
        if most is not None and len(_body()) >= most:
            raise RequestEntityTooLarge


def _body() -> bytes:
    try:
        return request.get_data()
    except RequestEntityTooLarge:
        raise
    except Exception as error:
        # Each server has errors of its own for what a client framed wrong or left unfinished.
        raise MalformedBodyError from error


def _finish(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "unknown"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    method = known_method(request.method)
    services().metrics.request(method, route, response.status_code, seconds)
    tracing.answered(method, route, response.status_code)
    cors.add_headers(response)
    headers = response.headers
    if location := headers.get("Location"):
        headers["Location"] = within = _within(location)
        if within != location:  # the body names it too
            response.set_data(f'<!doctype html><a href="{escape(within)}">{escape(within)}</a>')
    there = {name.lower() for name in headers.keys()}  # noqa: SIM118 (its own iterator gives pairs)
    for name, value in _ALWAYS:
        if name.lower() not in there:
            headers.add(name, value)
    return response
