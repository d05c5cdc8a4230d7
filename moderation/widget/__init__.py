"""The widget as a page loads it: one script, and its words in other languages.

`static/` holds the parts in plain JavaScript. They share one function scope, in the order
of `_SCRIPTS`, together with the style sheets and the English words; nothing is compiled.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort

from ..assets import Asset

bp = Blueprint("widget", __name__)

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = (
    "dom",
    "locale",
    "service",
    "dialogs",
    "composer",
    "comment",
    "watch",
    "thread",
    "elements",
)
_STYLES = ("base", "composer", "comments", "dialogs", "adapt")
_MAX_AGE = 300

# Comments that fill whole lines, and indents: a reader of the served script needs neither, and no
# text in the parts spans lines.
_JS_NOISE = re.compile(r"^\s*(?://.*|/\*\*(?s:.*?)\*/)?\n|^\s+", re.MULTILINE)
_CSS_NOISE = re.compile(r"/\*(?s:.*?)\*/|(?<=[{};:,])\s+|\s+(?={)")


@bp.get("/embed.js")
def script() -> Response:
    """Send the widget; any page may load it."""
    return _send(_script())


@bp.get("/embed/messages/<language>.json")
def messages(language: str) -> Response:
    """Send the widget's words in a language other than English."""
    if language not in languages():
        abort(404)
    return _send(_catalogue(language))


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, as ISO 639 codes."""
    return tuple(sorted(path.stem for path in (_STATIC / "messages").glob("*.json")))


@cache
def _script() -> Asset:
    names = {
        "CSS": "".join(_part(f"{name}.css", _CSS_NOISE) for name in _STYLES),
        "ENGLISH": json.loads((_STATIC / "messages" / "en.json").read_text("utf-8")),
        "LANGUAGES": languages(),
    }
    constants = [f"const {name} = {_literal(value)};" for name, value in names.items()]
    parts = [_part(f"{name}.js", _JS_NOISE) for name in _SCRIPTS]
    script = "\n".join(['(() => {\n"use strict";', *constants, *parts, "})();\n"])
    return Asset.of(script.encode(), "text/javascript")


def _part(name: str, noise: re.Pattern[str]) -> str:
    return noise.sub("", (_STATIC / name).read_text("utf-8"))


@cache
def _catalogue(language: str) -> Asset:
    words = json.loads((_STATIC / "messages" / f"{language}.json").read_text("utf-8"))
    return Asset.of(_literal(words).encode(), "application/json")


def _literal(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _send(asset: Asset) -> Response:
    response = asset.send(shared_with="cross-origin")
    response.cache_control.public = True
    response.cache_control.max_age = _MAX_AGE
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
