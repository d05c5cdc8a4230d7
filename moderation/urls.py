"""Page addresses: what makes two the same thread, and which origins a site has.

An address means what it means to a browser: it is read by the WHATWG's rules, its host by UTS 46
(non-transitional). RFC 3986 then says which spellings of the result are one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import ada_url

from .errors import BadOriginError, BadUrlError, InvalidError
from .settings import SHIPPED_TRACKING

# Characters, by choice: about what old browsers and proxies let pass.
MAX_URL = 2_000

_SCHEMES = ("http", "https")
_WITH_HOST = re.compile(r"https?:[/\\]{2,}([^/?#\\]+)(\\?)", re.I)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HOST_CONTROLS = re.compile(r"[\x00-\x20]")
# RFC 1035: of a name and of each label in it.
_MAX_HOST, _MAX_LABEL = 253, 63
_LONGEST_PORT = len(":65535")
# In an origin with a wildcard: that, and a domain of two names.
_WILDCARD_LABELS = 3
# What no host name has, though a browser may let it pass.
_NO_HOST = re.compile(r"[^0-9a-z._:*-]")
# A percent sign that begins no escape keeps the escapes that would become one with it.
_ESCAPES = re.compile(
    r"%[0-9A-Fa-f]{2}|%(?![0-9A-Fa-f]{2})[0-9A-Fa-f]?(?:%[0-9A-Fa-f]{2}){0,2}"
    r"|[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]"
)
_FORMER_TRACKING = re.compile(r"utm_|(?:gclid|fbclid)\Z")
_UNRESERVED = re.compile(r"[A-Za-z0-9\-._~]")
# Addresses that are remembered as they were read, by choice: some of one request and the pages that
# are read most; five megabytes if all are as long as may be.
_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class _Address:
    """An address as it was read; `rest` says that there is more to it than an origin."""

    protocol: str
    host_port: str
    path: str
    search: str
    rest: bool


def canonical(
    url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING, where: str = "/thread/url"
) -> str:
    """Give a page's identity, `//host[:port]/path[?query]`.

    http and https are the same page; no default port, no fragment, none of the parameters that
    `tracking` names (a `*` at the end stands for any end); the rest of the query is kept in its
    order. Escapes have capitals, and none stands for a letter, a digit, `-`, `.`, `_` or `~`.

    Raises `InvalidError` (code `bad-url`) for anything that is not an absolute http(s) URL.
    """
    return _identity(_read(url, where), tuple(tracking))


def public(
    url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING, where: str = "/thread/url"
) -> str:
    """Give the address of a page that everybody may see: its identity with its own scheme.

    Raises `InvalidError` (code `bad-url`).
    """
    address = _read(url, where)
    return address.protocol + _identity(address, tuple(tracking))


def thread_id(
    site_given: str | None, url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING
) -> str:
    """Derive a thread's id (32 hex digits): from the site's own id if given, else the URL."""
    identity = f"id:{site_given}" if site_given else f"url:{canonical(url, tracking=tracking)}"
    return id_of(identity)


def thread_ids(
    site_given: str | None, url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING
) -> tuple[str, ...]:
    """Give the ids under which a thread may be stored: its id, then what it was before, if other.

    Earlier releases took an address more as it was written; see `former_canonical`.
    """
    now = thread_id(site_given, url, tracking=tracking)
    if site_given:
        return (now,)
    former = former_canonical(url)
    return tuple(dict.fromkeys((now, id_of(f"url:{former}")))) if former else (now,)


def ids_of_address(url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING) -> frozenset[str]:
    """Give all ids that a thread at this address may have been given for it.

    Among them those of other releases and of a service with other tracking parameters: what has
    none of them has an id of the site's own. None for what is no address.
    """
    identities = {former_canonical(url)}
    for some in (tracking, SHIPPED_TRACKING, ()):
        with suppress(InvalidError):
            identities.add(canonical(url, tracking=some))
    return frozenset(id_of(f"url:{identity}") for identity in identities if identity)


def is_stale(stored: str, url: str, *, tracking: Sequence[str] = SHIPPED_TRACKING) -> bool:
    """Say whether a thread's id was made of its address, but is another than it makes now."""
    if stored not in ids_of_address(url, tracking=tracking):
        return False
    try:
        return stored != thread_id(None, url, tracking=tracking)
    except InvalidError:
        return False


def id_of(identity: str) -> str:
    """Give the thread's id that an identity with its kind in front, `url:` or `id:`, makes."""
    return hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()


@lru_cache(maxsize=_REMEMBERED)
def former_canonical(url: str) -> str | None:
    """Give a page's identity as releases up to 0.1 made it; None for what was no address then.

    It took path and query as they came, the host by IDNA 2003, and knew three kinds of tracking
    parameters. Threads of that time are found by it, and moved (`rejoinder thread tidy`).
    """
    try:
        parts = urlsplit(url.strip())
        host, port = (parts.hostname or "").rstrip("."), parts.port
        if not _fits(host, _MAX_HOST):
            return None
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        return None
    if parts.scheme not in _SCHEMES or not host or _NO_HOST.search(host):
        return None
    pairs = parts.query.split("&")
    kept = "&".join(p for p in pairs if p and not _FORMER_TRACKING.match(p.partition("=")[0]))
    host = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    host = host if port in (None, default) else f"{host}:{port}"
    return f"//{host}{parts.path or '/'}{'?' + kept if kept else ''}"


def origin(text: str, *, where: str = "/origins") -> str:
    """Normalise an origin, `scheme://host[:port]`; the host may start with `*.`.

    Raises `InvalidError` (code `bad-origin`) if there is more or less than that in it.
    """
    try:
        address = _read(text, where)
    except InvalidError as error:
        raise BadOriginError(error.detail, where=where) from error
    if address.rest:
        raise BadOriginError("An origin has no path.", where=where)
    hostname = address.host_port.partition(":")[0]
    labels = hostname.rstrip(".").split(".")
    wild = labels[0] == "*" and "*" not in "".join(labels[1:]) and len(labels) >= _WILDCARD_LABELS
    # Of every domain below .com nobody is the owner.
    if "*" in hostname and not wild:
        raise BadOriginError(
            "A wildcard stands first, for any subdomain, with two names or more after it: "
            "https://*.example.org.",
            where=where,
        )
    if not all(map(_is_decodable, labels)):
        raise BadOriginError("A name that begins with xn-- is encoded wrongly.", where=where)
    return f"{address.protocol}//{address.host_port}"


def _is_decodable(label: str) -> bool:
    """Say whether a name in ASCII is what some name in other letters is encoded as."""
    if not label.startswith("xn--"):
        return True
    try:
        decoded = label.removeprefix("xn--").encode().decode("punycode")
        return not decoded.isascii() and ada_url.URL(f"https://{decoded}/").hostname == label
    except ValueError:
        return False


def allowed(candidate: str, origins: Iterable[str]) -> bool:
    """Say whether an origin (an `Origin` header) is one of a site's; `*.` covers subdomains."""
    try:
        wanted = origin(candidate)
    except InvalidError:
        return False
    return any(_matches(wanted, known) for known in origins)


def belongs(url: str, origins: Iterable[str], *, where: str = "/thread/url") -> bool:
    """Say whether a page is on one of a site's origins (http and https alike)."""
    host = _read(url, where).host_port
    return any(_matches(f"{scheme}://{host}", known) for known in origins for scheme in _SCHEMES)


def is_tracking(name: str, tracking: Sequence[str]) -> bool:
    """Say whether a query parameter's name is one of `tracking`; capitals do not matter."""
    names, prefixes = _patterns(tuple(tracking))
    folded = unquote(name).lower()
    return folded in names or folded.startswith(prefixes)


def _matches(wanted: str, known: str) -> bool:
    if wanted == known:
        return True
    scheme, _, host = known.partition("://")
    if not host.startswith("*."):
        return False
    wanted_scheme, _, wanted_host = wanted.partition("://")
    return wanted_scheme == scheme and wanted_host.endswith(host[1:])


@lru_cache(maxsize=8)
def _patterns(tracking: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    folded = [pattern.lower() for pattern in tracking]
    prefixes = tuple(pattern[:-1] for pattern in folded if pattern.endswith("*"))
    return frozenset(pattern for pattern in folded if not pattern.endswith("*")), prefixes


@lru_cache(maxsize=_REMEMBERED)
def _identity(address: _Address, tracking: tuple[str, ...]) -> str:
    pairs = (pair for pair in address.search[1:].split("&") if pair)
    kept = "&".join(pair for pair in pairs if not is_tracking(pair.partition("=")[0], tracking))
    path, query = _ESCAPES.sub(_respelt, address.path), _ESCAPES.sub(_respelt, kept)
    return f"//{address.host_port}{path}{'?' + query if query else ''}"


def _respelt(match: re.Match[str]) -> str:
    """Give an escape as it is always written, and a character that an address never has."""
    found = match[0]
    if found[0] != "%":
        return f"%{ord(found):02X}"
    if len(found) != 3 or found[1] == "%":
        return found.upper()
    try:
        plain = chr(int(found[1:], 16))
    except ValueError:  # a lone percent sign, and one digit of hexadecimal
        return found
    return plain if _UNRESERVED.fullmatch(plain) else found.upper()


def _read(url: str, where: str) -> _Address:
    """Read an address, or remember it: a request asks several times what its page is."""
    try:
        return _parse(url)
    except BadUrlError as error:
        raise BadUrlError(error.detail, where=where) from error


@lru_cache(maxsize=_REMEMBERED)
def _parse(url: str) -> _Address:
    if len(url) > MAX_URL:
        raise BadUrlError(f"A URL has at most {MAX_URL} characters.")
    stripped = url.strip(" \t\r\n\f")
    begins = _WITH_HOST.match(stripped)
    if begins is None or _CONTROLS.search(stripped):
        raise BadUrlError("Enter an address such as https://example.org.")
    authority, backslash = begins.groups()
    # To a browser a backslash ends the host; to whoever reads the address it does not:
    # `https://elsewhere.example\.ours.example`.
    if backslash or "@" in authority or _HOST_CONTROLS.search(authority):
        raise BadUrlError("Enter an address such as https://example.org.")
    # Before the host is encoded, which makes up to 18 characters of one.
    if not _fits(unquote(authority), _MAX_HOST + _LONGEST_PORT):
        raise BadUrlError("The URL's host or port is wrong.")
    try:
        stripped.encode()
        parts = ada_url.URL(stripped)
    except ValueError as error:
        raise BadUrlError("This is not a URL.") from error
    return _Address(
        protocol=parts.protocol,
        host_port=_host_port(parts),
        path=parts.pathname,
        search=parts.search,
        rest=parts.pathname != "/" or bool(parts.search or parts.hash),
    )


def _fits(host: str, most: int) -> bool:
    return len(host) <= most and all(
        len(label) <= _MAX_LABEL for label in host.partition(":")[0].split(".")
    )


def _host_port(parts: ada_url.URL) -> str:
    host = parts.hostname.rstrip(".")
    bare = host[1:-1] if host.startswith("[") else host
    if not bare or _NO_HOST.search(bare) or not _fits(host, _MAX_HOST):
        raise BadUrlError("The URL's host or port is wrong.")
    return f"{host}:{parts.port}" if parts.port else host
