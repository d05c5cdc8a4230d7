"""Moderators' sessions: in by one-time link or password, out again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Literal

import argon2
from flask import Response, after_this_request, request

from ..auth import PLAIN_COOKIE, session, session_cookie
from ..clock import MINUTE, now
from ..errors import (
    BadLoginError,
    InvalidError,
    NoSessionError,
    OldPasswordError,
    RateLimitedError,
)
from ..outbound.mail.schedule import zone_named
from ..outbound.mail.words import LANGUAGES
from ..records import Credential, MailChoice, Moderator, Role
from ..schemas import sites as wire
from ..schemas.base import Problem, extended
from ..services import services
from ..store.mail import MAX_BOUNCES, moderator_box
from ..tokens import csrf_token, new_credential, read_credential
from .blueprint import Blueprint
from .fairness import network_of
from .request import address

bp = Blueprint("session", __name__, url_prefix="/api/v1/session")

# By choice: a moderator logs in twice a month, and a stolen cookie is good for as long, unless the
# sessions are ended or the password is changed.
SESSION_SECONDS = 14 * 86_400
# By choice: time enough to choose a password after a link let one in who had forgotten theirs.
LINK_FRESH_MS = 15 * MINUTE
_HASHER = argon2.PasswordHasher()
# A hash takes 64 MiB and all cores for a moment: one is made at a time in each process, and one
# may wait, so that log-ins never hold all of its threads.
_HASHING = threading.Lock()
_WAITING = threading.BoundedSemaphore(2)


@bp.post("")
@bp.arguments(wire.SessionIn)
@bp.response(200, wire.SessionOut)
@bp.alt_response(401, schema=Problem)
@bp.alt_response(429, schema=Problem)
def log_in(given: dict[str, Any]) -> Any:
    """Log in with the token of a one-time link, or with site, e-mail address and password."""
    here = address()
    services().throttle.hit("login", here)
    services().throttle.hit("login-network", network_of(here))
    if given["token"] is not None:
        moderator, made, text = _by_link(given["token"])
    else:
        moderator, made, text = _by_password(given["site"], given["email"], given["password"])

    @after_this_request
    def remember(response: Response) -> Response:
        _drop_plain_cookie(response)
        response.set_cookie(
            session_cookie(services().settings),
            text,
            max_age=SESSION_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=services().settings.secure,
            path="/",
        )
        return response

    return _session_of(moderator, made)


@bp.get("")
@bp.response(200, wire.SessionOut)
def read_session() -> Any:
    """Say who is logged in."""
    credential = _mine()
    return _session_of(_moderator(credential), credential)


@bp.delete("")
@bp.response(204)
def log_out() -> Any:
    """End this session, here and in the store."""
    credential = _mine()
    services().store.credentials.revoke(
        credential.site, credential.id, credential.moderator or "", now()
    )
    response = Response(status=204)
    settings = services().settings
    _drop_plain_cookie(response)
    response.delete_cookie(
        session_cookie(settings),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=settings.secure,
    )
    return response


@bp.put("/password")
@bp.arguments(wire.PasswordIn)
@bp.response(204)
@bp.alt_response(422, schema=Problem)
@bp.alt_response(429, schema=Problem)
def set_password(given: dict[str, Any]) -> None:
    """Set one's own password; one's other sessions and unused links end."""
    credential = _mine()
    old = _old_password(_moderator(credential), credential, given["old_password"])
    with _one_hash():
        hashed = _HASHER.hash(given["password"])
    services().store.accounts.set_password(
        credential.site, credential.moderator or "", hashed, now(), session=credential.id, old=old
    )


@bp.get("/mail")
@bp.response(200, wire.MailChoiceOut)
def read_mail_choice() -> Any:
    """Say which mails the moderator gets."""
    return _mail_choice(_mine())


@bp.put("/mail")
@bp.arguments(wire.MailChoiceIn)
@bp.response(200, wire.MailChoiceOut)
@bp.alt_response(422, schema=Problem)
def choose_mail(given: dict[str, Any]) -> Any:
    """Choose which mails to get."""
    credential = _mine()
    if given["language"] not in LANGUAGES:
        raise InvalidError("There are no mails in this language.", where="/language")
    choice = MailChoice(
        wants=given["wants"],
        hours=tuple(sorted(set(given["hours"]))),
        zone=zone_named(given["zone"], where="/zone"),
        language=given["language"],
    )
    moderator = credential.moderator or ""
    services().store.mail.choose(credential.site, moderator, choice, actor=moderator, now=now())
    return _mail_choice(credential)


def _mail_choice(credential: Credential) -> dict[str, Any]:
    store, moderator = services().store.mail, credential.moderator or ""
    choice = store.choices(credential.site).get(moderator, MailChoice())
    (box,) = store.boxes(credential.site, [moderator_box(moderator)])
    return extended(
        choice,
        languages=LANGUAGES,
        available=services().settings.mails,
        switched_off=box.bounces >= MAX_BOUNCES,
    )


def _old_password(moderator: Moderator, credential: Credential, given: str | None) -> str | None:
    """Give the hash of the old password, which must still be that when the new one is set.

    None if it need not be known. A session that was left open, or stolen, takes no account over.

    Raises:
        OldPasswordError: what is needed is missing or wrong.
    """
    if not _is_old_password_needed(moderator, credential):
        return None if moderator.password_hash else ""
    if given is None:
        raise OldPasswordError
    services().throttle.hit("login-account", f"{moderator.site}\0{moderator.email.casefold()}")
    if not _is_password(given, moderator.password_hash):
        raise OldPasswordError
    return moderator.password_hash


def _is_old_password_needed(moderator: Moderator, credential: Credential) -> bool:
    by_link = credential.name == "link" and now() < credential.created + LINK_FRESH_MS
    return moderator.password_hash is not None and not by_link


def _drop_plain_cookie(response: Response) -> None:
    """Over TLS, forget the cookie that had this name before."""
    if services().settings.secure and PLAIN_COOKIE in request.cookies:
        response.delete_cookie(
            PLAIN_COOKIE, path="/", httponly=True, samesite="Strict", secure=True
        )


def _by_link(token: str) -> tuple[Moderator, Credential, str]:
    presented = read_credential(token)
    login = presented and services().store.credentials.get(presented.site, presented.id, now=now())
    if not presented or not login or not login.moderator or login.kind != "login":
        raise BadLoginError("This link was used, or is too old.")
    made, text = _new_session(login.site, login.moderator, login.role, by="link")
    moderator = services().store.credentials.use_login(
        login.site, login.id, presented.secret_hash, made, now()
    )
    return moderator, made, text


def _by_password(site: str, email: str, password: str) -> tuple[Moderator, Credential, str]:
    services().throttle.hit("login-account", f"{site}\0{email.casefold()}")
    moderator = services().store.accounts.find(site, email)
    kept = moderator.password_hash if moderator else None
    # Before all else, so that the time does not tell who exists.
    right = _is_password(password, kept)
    if moderator is None or kept is None or not right:
        raise BadLoginError
    made, text = _new_session(site, moderator.id, moderator.role, by="password")
    # The password may have been changed, or the moderator removed, while it was compared.
    services().store.credentials.add(made, moderator.id, now(), password_hash=kept)
    if _HASHER.check_needs_rehash(kept):
        with _one_hash():
            hashed = _HASHER.hash(password)
        services().store.accounts.set_password(site, moderator.id, hashed, now(), seen=kept)
    return moderator, made, text


def _is_password(given: str, kept: str | None) -> bool:
    """Compare a password with the hash of one; without, as slowly with nobody's, and false."""
    try:
        with _one_hash():
            _HASHER.verify(kept or _nobody(), given)
    except argon2.exceptions.VerificationError:
        return False
    return kept is not None


@contextmanager
def _one_hash() -> Iterator[None]:
    """Make hashes one after the other.

    Raises:
        RateLimitedError: somebody waits already.
    """
    if not _WAITING.acquire(blocking=False):
        raise RateLimitedError("Others are logging in.", headers={"Retry-After": "1"})
    try:
        with _HASHING:
            yield
    finally:
        _WAITING.release()


@lru_cache(maxsize=1)
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")


def _new_session(
    site: str, moderator: str, role: Role, *, by: Literal["link", "password"]
) -> tuple[Credential, str]:
    at = now()
    return new_credential(
        site,
        kind="session",
        role=role,
        moderator=moderator,
        name=by,
        expires=at + SESSION_SECONDS * 1000,
        now=at,
    )


def _mine() -> Credential:
    credential = session(request, services(), None)
    if credential is None or credential.moderator is None:
        raise NoSessionError
    return credential


def _moderator(credential: Credential) -> Moderator:
    return services().store.accounts.get(credential.site, credential.moderator or "")


def _session_of(moderator: Moderator, credential: Credential) -> dict[str, Any]:
    return {
        "site": credential.site,
        "moderator": moderator,
        "has_password": moderator.password_hash is not None,
        "csrf": csrf_token(services().settings.secret_key, credential),
        "old_password_needed": _is_old_password_needed(moderator, credential),
    }
