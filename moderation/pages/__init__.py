"""Pages without JavaScript, for whoever opens an address of the service in a browser.

They share one style sheet, and the strictest policy that lets it in.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, render_template

from ..assets import KEPT_FOR_EVER, Asset

bp = Blueprint("pages", __name__, template_folder="templates")

_STYLE = Path(__file__).parent / "page.css"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        # The empty icon, or browsers ask for one at the root.
        "img-src data:",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


@bp.get("/pages/<version>/page.css")
def style(version: str) -> Response:
    """Send the style sheet, below a name made of its content."""
    if version != _style().digest:
        abort(404)
    response = _style().send(shared_with="same-origin")
    response.headers["Cache-Control"] = KEPT_FOR_EVER
    return response


def render(template: str, **content: object) -> str:
    """Write a page of `templates/`."""
    return render_template(template, style=f"/pages/{_style().digest}/page.css", **content)


def guarded(response: Response) -> Response:
    """Let a page load its style sheet, and nothing else."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def not_found() -> Response:
    """Say to a person that there is nothing at an address."""
    response = guarded(Response(render("not-found.html"), 404))
    response.headers["Cache-Control"] = "no-store"
    return response


@cache
def _style() -> Asset:
    return Asset.of(_STYLE.read_bytes(), "text/css")
