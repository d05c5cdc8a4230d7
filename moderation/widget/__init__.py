"""The widget as a page loads it: one script, and its messages in other languages.

`static/` holds its ES modules. They are joined in the order of their imports, together with the
style sheets and the English messages; nothing is compiled.
"""

from __future__ import annotations

import json
import re
import string
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request
from flask.blueprints import BlueprintSetupState

from .. import urls
from ..assets import Asset
from ..errors import SiteNotFoundError
from ..json_text import write_json
from ..modules import join
from ..services import services

bp = Blueprint("widget", __name__)
_STATIC = Path(__file__).parent / "static"
_ENTRY = _STATIC / "embed.js"
_CONTENT = _STATIC / "content.js"
# What is loaded when it is needed, with what each exports: a name that `join` leaves as it is.
_LATER = {"login": "login", "nudge": "marked", "work": "work"}
_LATEST = _STATIC / "latest.js"
_LATEST_WORDS = _STATIC / "latest-words.js"
_STYLES = ("base", "composer", "comments", "dialogs", "adapt")
_MAX_AGE = 300

# A word as an attribute's value, which needs no quotes; any other string, which stays; space and
# comments beside a sign that parts by itself; a comment, other space; the nought before a point.
_CSS_PARTS = re.compile(
    r"""(?<==)"(?P<word>[a-z][a-z-]*)"(?=\])
    |(?P<string>"[^"\n]*"|'[^'\n]*')
    |(?<=[{}(;:,])(?:\s|/\*(?s:.*?)\*/)+
    |;?(?:\s|/\*(?s:.*?)\*/)*(?=\})|(?:\s|/\*(?s:.*?)\*/)+(?=[{)])
    |\s*(?P<child>[>/])\s*(?!\*)
    |\s+(?=!)
    |/\*(?s:.*?)\*/
    |(?P<space>\s+)
    |(?<![\w.])0(?=\.\d)""",
    re.VERBOSE,
)


@bp.record_once
def _prepare(_: BlueprintSetupState) -> None:
    """Join the script when the service starts, not when the first reader asks for it."""
    _script()
    _latest_script()
    for name in _LATER:
        _later(name)


@bp.get("/embed.js")
def script() -> Response:
    """Send the widget; any page may load it."""
    return _send(_script())


@bp.get("/latest.js")
def latest_script() -> Response:
    """Send `<rejoinder-latest>`, for pages that need not have the widget."""
    return _send(_latest_script())


@bp.get("/embed/<name>.js")
def later(name: str) -> Response:
    """Send a module that the widget loads when it is needed."""
    if name not in _LATER:
        abort(404)
    return _send(_later(name))


@bp.get("/embed/messages/<language>.json")
def messages(language: str) -> Response:
    """Send the widget's words in a language other than English."""
    if language not in languages():
        abort(404)
    return _send(_catalogue(language))


@bp.get("/embed/check")
def check() -> Response:
    """Say whether `site` exists and `origin` is one of its origins; any page may read it.

    A page that may not read the site's answers cannot be told why by any of them.
    """
    site, origin = request.args.get("site", ""), request.args.get("origin", "")
    response = jsonify({"detail": _mistake(site, origin)})
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = "no-store"
    return response


def _mistake(site: str, origin: str) -> str | None:
    try:
        found = services().store.sites.get(site)
    except SiteNotFoundError:
        return f"There is no site “{site[:64]}” here. Check data-site in the script tag."
    if urls.allowed(origin, found.origins):
        return None
    return (
        f"{origin[:300]} is not one of the origins of the site “{site}”. "
        "An admin can add it in the dashboard, under Settings."
    )


@cache
def languages() -> tuple[str, ...]:
    """The languages that have a catalogue, as ISO 639 codes."""
    return tuple(sorted(path.stem for path in (_STATIC / "messages").glob("*.json")))


@cache
def script_text() -> str:
    """The whole script. Raises `ModuleError` if its modules cannot be joined."""
    content = {
        "CSS": _rename("".join(_style(name) for name in _STYLES)),
        "ENGLISH": json.loads((_STATIC / "messages" / "en.json").read_text("utf-8")),
        "LANGUAGES": languages(),
    }
    constants = "".join(
        f"export const {name} = {write_json(value)};\n" for name, value in content.items()
    )
    code = join(_ENTRY, {_CONTENT: constants})
    return f'(() => {{\n"use strict";\n{code}\n}})();\n'


@cache
def latest_text() -> str:
    """The script of `<rejoinder-latest>`, with its few words in every language.

    Raises `ModuleError` if its modules cannot be joined.
    """
    words = {language: _words(language) for language in languages()}
    needed = ("author.nameless", "time.now")
    few = {language: {key: found[key] for key in needed} for language, found in words.items()}
    code = join(_LATEST, {_LATEST_WORDS: f"export const WORDS = {write_json(few)};\n"})
    return f'(() => {{\n"use strict";\n{code}\n}})();\n'


@cache
def later_text(name: str) -> str:
    """A module that is loaded later; if it has words, in every language.

    Raises `ModuleError` if its modules cannot be joined.
    """
    sources = {}
    if (_STATIC / "messages" / name).is_dir():
        words = {language: _words(language, name) for language in languages()}
        stated = f"export const WORDS = {write_json(words)};\n"
        sources[_STATIC / f"{name}-words.js"] = stated
    code = join(_STATIC / f"{name}.js", sources)
    return f"{code}\nexport {{ {_LATER[name]} }};\n"


@cache
def _later(name: str) -> Asset:
    return Asset.of(later_text(name).encode(), "text/javascript", smallest=True)


@cache
def _latest_script() -> Asset:
    return Asset.of(latest_text().encode(), "text/javascript", smallest=True)


@cache
def _script() -> Asset:
    return Asset.of(script_text().encode(), "text/javascript", smallest=True)


def _style(name: str) -> str:
    text = (_STATIC / f"{name}.css").read_text("utf-8")
    return _CSS_PARTS.sub(
        lambda match: (
            match["word"] or match["string"] or match["child"] or (match["space"] and " ") or ""
        ),
        text,
    )


def _rename(css: str) -> str:
    """Write the names of a sheet's own properties shortly; those that pages set stay."""
    names: dict[str, str] = {}
    return re.sub(
        r"--(?!rejoinder-)[\w-]+",
        lambda match: names.setdefault(match[0], f"--{string.ascii_letters[len(names)]}"),
        css,
    )


@cache
def _catalogue(language: str) -> Asset:
    return Asset.of(write_json(_words(language)).encode(), "application/json")


def _words(language: str, part: str = "") -> dict[str, Any]:
    file = _STATIC / "messages" / part / f"{language}.json"
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _send(asset: Asset) -> Response:
    response = asset.send(shared_with="cross-origin")
    response.cache_control.public = True
    response.cache_control.max_age = _MAX_AGE
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
