"""What every view needs to know of its request: who asks, from where, and if it asks again."""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from flask import Response, request

from ..auth import Identity, client_address, identify, presume
from ..errors import BadIdempotencyKeyError, CommentNotFoundError, NotFoundError, ScopeError
from ..identifiers import is_name, is_uuid
from ..records import Author, AuthorRole, Idempotency
from ..services import services

# By choice: room for a UUID or a digest with a prefix; it is hashed before it is stored.
_MAX_KEY = 200


def current_identity(site: str) -> Identity:
    """Say who asks; raises `UnauthorizedError` for what is wrong, not for what is missing."""
    return identify(request, services(), site)


def presumed_identity(site: str) -> Identity | None:
    """Say who asks, by a key as this process read it last; None if that is not known."""
    return presume(request, services(), site)


def require_scope(site: str, scope: str) -> Identity:
    """Say who asks, who must have the scope."""
    identity = current_identity(site)
    identity.require(scope)
    return identity


def address() -> str:
    """Give the caller's address, as far as the proxies are trusted.

    Of IPv6 it is the network of 64 bits: who has one address of it has them all.
    """
    found = client_address(request, services())
    try:
        parsed = ip_address(found)
    except ValueError:
        return found  # a socket's path
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return found


def checked_name(text: str) -> str:
    """Give a thread's or an author's id if it has the form of one; else raise `NotFoundError`."""
    if not is_name(text):
        raise NotFoundError("There is no such thing.")
    return text


def checked_uuid(text: str) -> str:
    """Give a comment's id if it has the form of one; else raise `NotFoundError`."""
    if not is_uuid(text):
        raise CommentNotFoundError
    return text


def idempotency(identity: Identity) -> Idempotency | None:
    """Read `Idempotency-Key`, scoped to site, caller, method and path."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 1 <= len(key) <= _MAX_KEY or not key.isprintable():
        raise BadIdempotencyKeyError(f"The key has 1 to {_MAX_KEY} printable characters.")
    if identity.credential is not None:
        caller = f"credential:{identity.credential.id}"
    elif identity.author is not None:
        caller = f"author:{identity.author.id}"
    else:
        caller = f"address:{address()}"
    scope = "\0".join((identity.site, caller, request.method, request.path, key))
    return Idempotency(
        key=hashlib.sha256(scope.encode()).hexdigest()[:40],
        fingerprint=hashlib.sha256(request.get_data()).hexdigest()[:40],
        shared=identity.kind == "none",
    )


def author_of(identity: Identity, given: dict[str, Any], fallback: str) -> Author:
    """Give the author that a comment is stored under.

    A browser is known by its token; a program writes for the names it gives, each an author of
    its own; a moderator is known by their account, whose name stands where they give none; without
    any, `fallback` is an id for this comment alone.

    Raises `ForbiddenError`, `UnauthorizedError` for a role that they may not give.
    """
    name, website = given["name"], given["website"]
    role = _role(identity, given["role"])
    credential = identity.credential
    if credential is not None and credential.moderator:
        if not name:
            name = services().store.accounts.get(identity.site, credential.moderator).name
        return Author(id=credential.moderator, kind="key", name=name, website=website, role=role)
    if credential is not None:
        who_writes = hashlib.blake2b(f"{credential.id}\0{name}".encode(), digest_size=12)
        identifier = f"{credential.id}-{who_writes.hexdigest()}"
        return Author(id=identifier, kind="key", name=name, website=website, role=role)
    identifier = identity.author.id if identity.author else fallback
    return Author(id=identifier, kind="anonymous", name=name, website=website, role=role)


def _role(identity: Identity, given: AuthorRole | None) -> AuthorRole:
    """Give what somebody writes as; only an owner, or the site's own program, is its owner."""
    if not identity.is_staff:
        if given not in (None, "reader"):
            identity.require("staff")
        return "reader"
    credential = identity.credential
    if credential is None or credential.moderator is None:
        return given or "moderator"
    own: AuthorRole = "owner" if credential.role == "owner" else "moderator"
    if given == "owner" and own != "owner":
        raise ScopeError("Only an owner of the site posts as its owner.")
    return given or own


def json_response(body: bytes, status: int = 200, **headers: str) -> Response:
    """Answer with JSON that is ready to send."""
    response = Response(body, status, mimetype="application/json")
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response
