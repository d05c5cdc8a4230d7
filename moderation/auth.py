"""Who is asking: a reader's browser, a client's key, a moderator's session."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Literal

from flask import Request

from . import clock, urls
from .errors import (
    BadAuthorTokenError,
    BadKeyError,
    CsrfError,
    ForeignOriginError,
    ScopeError,
    UnauthorizedError,
)
from .records import Author, Credential, Site
from .services import Services
from .settings import Settings
from .tokens import Presented, is_csrf_token, read_author_token, read_credential

PLAIN_COOKIE = "rejoinder_session"
# Browsers take a cookie of this name only over TLS and from this very host, so that no other host
# of the domain can log somebody in as somebody else.
HOST_COOKIE = f"__Host-{PLAIN_COOKIE}"
AUTHOR_HEADER = "Rejoinder-Author"
EDIT_HEADER = "Rejoinder-Edit-Token"
PROOF_HEADER = "Rejoinder-Proof"
CSRF_HEADER = "Rejoinder-CSRF"
# IPv6 without brackets has no port: it could not be told from the address.
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks, as far as they proved it. `credential` is None for a reader.

    `presumed` says that the credential is the key as this process read it last, which may be
    revoked or changed since.
    """

    site: str
    author: Author | None = None
    credential: Credential | None = None
    origin: str | None = None
    presumed: bool = False

    @property
    def kind(self) -> Literal["none", "author", "key", "session"]:
        """What was proved; a key or session counts more than an author token beside it."""
        if self.credential is not None:
            return "session" if self.credential.kind == "session" else "key"
        return "none" if self.author is None else "author"

    @property
    def actor(self) -> str:
        """The id to put into the audit: the moderator, the key, the author."""
        if self.credential is not None:
            return self.credential.moderator or f"key:{self.credential.id}"
        return self.author.id if self.author else "reader"

    @property
    def is_moderator(self) -> bool:
        """Whether what was presented may work the queue: a session's scopes or a key's."""
        return self.credential is not None and "queue" in self.credential.scopes

    @property
    def is_staff(self) -> bool:
        """Whether they speak for the site: a moderator's session or own key, or a key's scope."""
        return self.credential is not None and (
            self.credential.moderator is not None or "staff" in self.credential.scopes
        )

    def require(self, scope: str) -> Credential:
        """Give the credential if it has the scope; raises `ForbiddenError`, `UnauthorizedError`."""
        return authorize(self.credential, scope)


def authorize(credential: Credential | None, scope: str) -> Credential:
    """Give the credential if it has the scope.

    Raises:
        UnauthorizedError: there is no credential.
        ForbiddenError: it lacks the scope (code `scope`).
    """
    if credential is None:
        raise UnauthorizedError(
            "This needs a key or a session.", headers={"WWW-Authenticate": "Bearer"}
        )
    if scope not in credential.scopes:
        raise ScopeError(f"This needs the scope '{scope}', which the key or session lacks.")
    return credential


def identify(request: Request, services: Services, site: str) -> Identity:
    """Read who asks from the request's headers and cookie.

    Raises:
        UnauthorizedError: a key, session or author token that is wrong, revoked or another site's.
        ForbiddenError: a session without its CSRF header (code `csrf`).
    """
    origin = request.headers.get("Origin")
    author = None
    if token := request.headers.get(AUTHOR_HEADER):
        author = read_author_token(services.settings.secret_key, site, token)
        if author is None:
            raise BadAuthorTokenError
    credential = bearer(request, services, site) or session(request, services, site)
    return Identity(site=site, author=author, credential=credential, origin=origin)


def presume(request: Request, services: Services, site: str) -> Identity | None:
    """Read who asks with a key that this process has seen before, without looking it up.

    For who finds out on the way whether it still stands, before anything follows from it. None
    where that cannot be said so: then `identify`.
    """
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or AUTHOR_HEADER in request.headers:
        return None
    presented = read_credential(text.strip())
    if presented is None or presented.site != site:
        return None
    known = services.store.credentials.recall(site, presented.id)
    if not presented.proves(known) or known is None or known.kind != "key":
        return None
    origin = request.headers.get("Origin")
    return Identity(site=site, credential=known, origin=origin, presumed=True)


def bearer(request: Request, services: Services, site: str | None) -> Credential | None:
    """Give the key of `Authorization: Bearer …`; None without one. `site` None: any site's."""
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, text = header.partition(" ")
    presented = read_credential(text.strip()) if scheme.lower() == "bearer" else None
    credential = find_credential(services, presented, "key", site)
    if credential is None:
        raise BadKeyError(
            "The key is wrong, revoked or another site's.",
            where="Authorization",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return credential


def session_cookie(settings: Settings) -> str:
    """Give the name of the cookie that holds a moderator's session."""
    return HOST_COOKIE if settings.secure else PLAIN_COOKIE


def session(request: Request, services: Services, site: str | None) -> Credential | None:
    """Give the session of the cookie, if it is a live one of this site; else None.

    A write without the dashboard's own header is not the dashboard's: it counts as one without a
    session, so that the widget on a page of ours writes as a reader. Raises `ForbiddenError` (code
    `csrf`) if the header is there and wrong.
    """
    name = session_cookie(services.settings)
    plain = name not in request.cookies
    presented = read_credential(request.cookies.get(PLAIN_COOKIE if plain else name, ""))
    if presented is None:
        return None
    given = request.headers.get(CSRF_HEADER)
    if request.method not in _SAFE and given is None:
        return None
    credential = find_credential(services, presented, "session", site)
    if credential is not None and plain and services.settings.secure and credential.name:
        # Only a session from before a session said how it began had this cookie over TLS.
        return None
    unsafe = credential is not None and request.method not in _SAFE
    if unsafe and not is_csrf_token(services.settings.secret_key, credential, given or ""):
        raise CsrfError(f"The header {CSRF_HEADER} is wrong.")
    return credential


def find_credential(
    services: Services,
    presented: Presented | None,
    kind: Literal["key", "session", "feed"],
    site: str | None = None,
) -> Credential | None:
    """Look up what somebody presented; None unless it is genuine, live and, if given, of `site`."""
    if presented is None or (site is not None and presented.site != site):
        return None
    stored = services.store.credentials.get(presented.site, presented.id, now=clock.now())
    if not presented.proves(stored) or stored is None or stored.kind != kind:
        return None
    return stored


def check_origin(identity: Identity, site: Site) -> None:
    """Let a keyless write in only from one of the site's origins; raises `ForbiddenError`."""
    if identity.credential is not None:
        return
    if identity.origin is None or not urls.allowed(identity.origin, site.origins):
        raise ForeignOriginError


def client_address(request: Request, services: Services) -> str:
    """Give the caller's address; forwarded ones only as far as the proxies are trusted.

    Read from the right: each hop of `X-Forwarded-For` is believed if the one after it is trusted.
    """
    address = _without_mapping(request.remote_addr or "127.0.0.1")
    trusted = services.settings.trusted_proxies
    if not trusted:
        return address
    header = request.headers.get("X-Forwarded-For", "")
    hops = [hop.strip() for hop in header.split(",") if hop.strip()]
    while hops and _is_trusted(address, services):
        candidate = hops.pop()
        try:
            address = _without_mapping(str(ip_address(_without_port(candidate))))
        except ValueError:
            break
    return address


def _without_port(hop: str) -> str:
    """Give `192.0.2.1:5000`, `[2001:db8::5]:443` and `[2001:db8::5]` as some proxies write them."""
    match = _WITH_PORT.fullmatch(hop.strip('"'))
    return (match[1] or match[2]) if match else hop


def _without_mapping(address: str) -> str:
    """Give `::ffff:192.0.2.1`, as a socket for both families names it, as `192.0.2.1`."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address  # a socket's path
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def _is_trusted(address: str, services: Services) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(
        parsed in network
        for network in services.settings.trusted_proxies
        if network.version == parsed.version
    )
