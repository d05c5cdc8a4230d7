"""The pages behind the links in mails: opening one asks, its button acts.

Mail programs and scanners open links, so a GET changes nothing. A POST needs no session and no
page before it: the token is the right to do it, and RFC 8058's one click is such a POST.
"""

from __future__ import annotations

from flask import Blueprint, Response, request

from ..clock import now
from ..outbound.mail import actions
from ..outbound.mail.actions import Question, Told
from ..outbound.mail.words import RIGHT_TO_LEFT
from ..services import services
from . import guarded, render

bp = Blueprint("links", __name__)


@bp.get("/mail/<token>")
def ask(token: str) -> Response:
    """Show what a link would do, and a button that does it."""
    return _page(actions.ask(services(), token, now=now()))


@bp.post("/mail/<token>")
def act(token: str) -> Response:
    """Do what a link says."""
    return _page(actions.act(services(), token, request.form, now=now()))


def _page(found: Question | Told) -> Response:
    status = found.status if isinstance(found, Told) else 200
    direction = "rtl" if found.language in RIGHT_TO_LEFT else "ltr"
    page = render(
        "mail-link.html",
        lang=found.language,
        direction=direction,
        question=found if isinstance(found, Question) else None,
        told=found if isinstance(found, Told) else None,
    )
    response = guarded(Response(page, status))
    policy = response.headers["Content-Security-Policy"]
    # To its own address, which a form without `action` names.
    response.headers["Content-Security-Policy"] = policy.replace(
        "form-action 'none'", "form-action 'self'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
