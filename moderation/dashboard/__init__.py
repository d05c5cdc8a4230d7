"""The moderators' dashboard: one page, its style sheets and modules, under the strictest policy.

Nothing is compiled. All files are served below a name made of their content, so that a browser may
keep them for good and never mixes the modules of two releases.
"""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort

from ..assets import Asset

bp = Blueprint("dashboard", __name__, url_prefix="/dashboard")

_STATIC = Path(__file__).parent / "static"
_PAGE = "index.html"
_YEAR = 31_536_000
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
@bp.get("/history")
@bp.get("/settings")
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


@bp.get("/static/<version>/<path:name>")
def asset(version: str, name: str) -> Response:
    """Send one of the page's files."""
    found = _files().get(name)
    if found is None:
        abort(404)
    response = found.send(shared_with="same-origin")
    # A page of another release asks for its own files while servers are replaced one by one.
    kept = f"public, max-age={_YEAR}, immutable" if version == _version() else "no-store"
    response.headers["Cache-Control"] = kept
    return response


@cache
def _files() -> Mapping[str, Asset]:
    return {
        path.relative_to(_STATIC).as_posix(): _file(path.read_bytes(), path.name)
        for path in sorted(_STATIC.rglob("*"))
        if path.is_file() and path.name != _PAGE
    }


@cache
def _version() -> str:
    digest = hashlib.blake2b((_STATIC / _PAGE).read_bytes(), digest_size=8)
    for name, file in _files().items():
        digest.update(f"\0{name}\0".encode())
        digest.update(file.plain)
    return digest.hexdigest()


@cache
def _page() -> Asset:
    base = f"/dashboard/static/{_version()}"
    # All modules at once: else each would wait for the one that imports it.
    preloads = "\n".join(
        f'    <link rel="modulepreload" href="{base}/{name}">'
        for name in _files()
        if name.endswith(".js")
    )
    text = (_STATIC / _PAGE).read_text("utf-8")
    text = text.replace("{base}", base).replace("    {preloads}", preloads)
    return _file(text.encode(), _PAGE)


def _file(plain: bytes, name: str) -> Asset:
    mimetype = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return Asset.of(plain, mimetype or "application/octet-stream")
