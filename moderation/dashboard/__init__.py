"""The moderators' dashboard: one page, its style sheets and modules, under the strictest policy.

Nothing is compiled. The modules, those of `moderation/web` too, are joined into one, and so are the
style sheets, so that a browser asks a few times only. All is served below a name made of its
content, to be kept for good; what is joined lies there as well, as it does in the package.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort
from flask.blueprints import BlueprintSetupState

from ..assets import KEPT_FOR_EVER, Asset
from ..json_text import write_json
from ..modules import bundle

bp = Blueprint("dashboard", __name__, url_prefix="/dashboard")

_PACKAGE = Path(__file__).parents[1]
_STATIC = _PACKAGE / "dashboard" / "static"
_SHARED = _PACKAGE / "web"
_PAGE = _STATIC / "index.html"
_STYLES = ("base", "dialogs", "frame", "queue", "groups", "pages", "case", "narrow")
_SERVED = frozenset((".css", ".js", ".json", ".svg"))
_MOST_COUNTED = 99
# The favicon's colours; the number is read at 16 pixels.
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect width="32" height="32" rx="8" fill="#b3261e"/>'
    '<text x="16" y="23" text-anchor="middle" font-family="sans-serif" '
    'font-weight="700" font-size="{size}" fill="#fff">{count}</text></svg>'
)
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


@bp.get("/")
@bp.get("/login")
@bp.get("/threads")
@bp.get("/history")
@bp.get("/settings")
@bp.get("/settings/webhooks")
@bp.get("/account")
@bp.get("/cases/<uuid:comment>")
@bp.get("/authors/<author>")
def page(comment: object = None, author: str = "") -> Response:
    """Send the page; which screen it shows is decided by its modules."""
    response = _page().send(shared_with="same-origin")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    # The address of a one-time link must not leave this origin.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@bp.get("/icon/<int:count>.svg")
def icon(count: int) -> Response:
    """Send the page's icon with a number on it: no script may make one under its policy."""
    text = str(count) if count <= _MOST_COUNTED else f"{_MOST_COUNTED}+"
    size = (24, 22, 15)[len(text) - 1]
    asset = _file(_ICON.format(count=text, size=size).encode(), "icon.svg")
    response = asset.send(shared_with="same-origin")
    response.headers["Cache-Control"] = KEPT_FOR_EVER
    return response


@bp.get("/<path:unknown>")
def missing(unknown: str) -> Response:
    """Send the page for an address that is none of its screens: it says so, with a way back."""
    if unknown.startswith("static/"):
        abort(404)
    response = page()
    response.status_code = 404
    return response


@bp.get("/static/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Send one of the page's files."""
    found = _files().get(name)
    if found is None:
        abort(404)
    response = found.send(shared_with="same-origin")
    # A page of another release asks for its own files while servers are replaced one by one.
    kept = KEPT_FOR_EVER if version == _version() else "no-store"
    response.headers["Cache-Control"] = kept
    return response


@bp.record_once
def _prepare(_: BlueprintSetupState) -> None:
    """Join the modules when the service starts, not when the first moderator asks for them."""
    _page()


@cache
def _files() -> Mapping[str, Asset]:
    # In a folder beside the modules' own: what one names relative to itself is found from there.
    joined = {
        "dashboard/static/joined/app.js": bundle(_STATIC / "app.js"),
        "dashboard/static/joined/app.css": "".join(
            (_STATIC / "css" / f"{name}.css").read_text("utf-8") for name in _STYLES
        ),
    }
    return {name: _file(text.encode(), name) for name, text in joined.items()} | {
        path.relative_to(_PACKAGE).as_posix(): _file(path.read_bytes(), path.name)
        for folder in (_STATIC, _SHARED)
        for path in sorted(folder.rglob("*"))
        if path.suffix in _SERVED
    }


@cache
def _version() -> str:
    digest = hashlib.blake2b(_PAGE.read_bytes(), digest_size=8)
    for name, file in _files().items():
        digest.update(f"\0{name}\0".encode())
        digest.update(file.plain)
    return digest.hexdigest()


@cache
def _page() -> Asset:
    base = f"/dashboard/static/{_version()}"
    # In a script's element only "<" could end it or begin a comment.
    messages = json.loads((_STATIC / "messages" / "en.json").read_text("utf-8"))
    written = write_json(messages).replace("<", "\\u003c")
    text = _PAGE.read_text("utf-8").replace("{base}", base).replace("{messages}", written)
    return _file(text.encode(), _PAGE.name)


def _file(plain: bytes, name: str) -> Asset:
    mimetype = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return Asset.of(plain, mimetype or "application/octet-stream")
