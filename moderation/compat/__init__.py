"""Other services' formats over our one scoring path: Perspective, OpenAI, Akismet, Coral.

Whoever calls one of those today changes an address and a key. Each folder is one format: its
paths, its errors, its way to carry a key (`views.py`) and its wire (`schemas.py`); `access.py` lets
a key in and counts it. A format never scores by itself: all ask `scoring`, so a text has one score.
"""

from __future__ import annotations

from types import ModuleType

from flask import Blueprint, Flask, Response, current_app, request
from flask_smorest import Api
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from ..api.problems import handle_http_exception
from .access import add_model_header
from .akismet import views as akismet
from .coral import views as coral
from .openai import views as openai
from .openapi import describe
from .perspective import views as perspective

__all__ = ["blueprints", "init_app"]

blueprints: tuple[Blueprint, ...] = (
    perspective.bp,
    openai.bp,
    akismet.bp,
    coral.bp,
)

# Below these, what is no call of ours is still refused in the format's own shape.
_PREFIXES: dict[str, ModuleType] = {
    "/v1alpha1/": perspective,
    "/$discovery/": perspective,
    "/v1/": openai,
    "/1.1/": akismet,
    "/1.2/": akismet,
}


def init_app(app: Flask, api: Api) -> None:
    """Register the formats and describe them; the app's services must be there already."""
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    for error in (NotFound, MethodNotAllowed):
        app.register_error_handler(error, no_such_call)
    describe(api.spec, app)


def no_such_call(error: HTTPException) -> Response:
    """Refuse an unknown path or method: where a format's paths are, as that format does."""
    format_ = next((f for p, f in _PREFIXES.items() if request.path.startswith(p)), None)
    if format_ is None:
        return handle_http_exception(error)
    response = add_model_header(current_app.make_response(format_.handle_http_exception(error)))
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))
    return response
