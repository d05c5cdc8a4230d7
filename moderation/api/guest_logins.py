"""Guests log in by mail: a link to a confirmed address, and the code that its page shows."""

from __future__ import annotations

from typing import Any

from ..auth import check_origin
from ..clock import MINUTE, now
from ..outbound.mail import guest_login
from ..schemas import comments as wire
from ..schemas.base import Problem
from ..services import services
from ..store.guest_logins import LINK_MS
from ..submission import address_hash
from ..tokens import author_token
from .blueprint import Blueprint
from .fairness import network_of
from .request import address, current_identity

bp = Blueprint("guest_logins", __name__, url_prefix="/api/v1/sites/<site>/authors/login")


@bp.post("")
@bp.arguments(wire.GuestLoginIn)
@bp.response(202, wire.GuestLoginOut)
@bp.alt_response(422, schema=Problem)
@bp.alt_response(429, schema=Problem)
def ask_login(given: dict[str, Any], site: str) -> Any:
    """Have a link to log in sent to an address; the answer never says whether it is known."""
    here = _here(site)
    place = None if here is None else address_hash(services(), here)
    guest_login.ask(services(), site, given["email"], place=place, now=now())
    return {"minutes": LINK_MS // MINUTE}


@bp.post("/code")
@bp.arguments(wire.GuestCodeIn)
@bp.response(200, wire.GuestAuthor)
@bp.alt_response(422, schema=Problem)
@bp.alt_response(429, schema=Problem)
def enter_code(given: dict[str, Any], site: str) -> Any:
    """Become the author of an address, with the code that its owner was shown; once."""
    _here(site)
    author = guest_login.enter(services(), site, given["email"], given["code"], now=now())
    last, _ = services().store.comments.by_author(site, author, limit=1)
    return {
        "id": author,
        "token": author_token(services().settings.secret_key, site, author),
        "name": last[0].author.name if last else "",
        "website": last[0].author.website if last else "",
    }


def _here(site: str) -> str | None:
    """Give a browser's address, after counting it; None for a program, which passes others on."""
    identity = current_identity(site)
    check_origin(identity, services().store.sites.get(site))
    if identity.credential is not None:
        identity.require("comments")
        return None
    here = address()
    services().throttle.hit("guest-login", here)
    services().throttle.hit("guest-login-network", network_of(here))
    return here
