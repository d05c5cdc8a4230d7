"""Other services' formats over our one scoring path: Perspective, OpenAI, Akismet, Coral.

Whoever calls one of those today changes an address and a key. Each module is one format: its
paths, its errors, its way to carry a key; `schemas_*.py` hold the wire, `access.py` lets a key
in and counts it. A format never scores by itself: all ask `scoring`, so a text has one score.
"""

from __future__ import annotations

from flask import Blueprint, Flask
from flask_smorest import Api

from . import akismet, coral, openai, perspective, suggestions
from .describe import describe
from .usage import Meter

__all__ = ["blueprints", "init_app"]

blueprints: tuple[Blueprint, ...] = (
    perspective.blueprint,
    openai.blueprint,
    akismet.blueprint,
    coral.blueprint,
)


def init_app(app: Flask, api: Api) -> None:
    """Register the formats and describe them; the app's services must be there already."""
    app.extensions["rejoinder-meter"] = Meter(app.extensions["rejoinder"].store)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    api.register_blueprint(suggestions.blueprint)
    describe(api.spec, app)
