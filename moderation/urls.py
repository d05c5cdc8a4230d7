"""Page addresses: what makes two the same thread, and which origins a site has."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from .errors import BadOriginError, BadUrlError, InvalidError

# Characters, by choice: about what old browsers and proxies let pass.
MAX_URL = 2_000
_DEFAULT_PORT = {"http": 80, "https": 443}
_TRACKING = ("utm_",)
_TRACKING_NAMES = frozenset({"gclid", "fbclid"})
# What no host name has. To a browser a backslash ends the host, which it does not to `urlsplit`:
# `https://elsewhere.example\.ours.example` would pass as a subdomain of ours.
_NO_HOST = re.compile(r"[^0-9a-z._:*-]")


def canonical(url: str, *, where: str = "/thread/url") -> str:
    """Give a page's identity, `//host[:port]/path[?query]`.

    http and https are the same page; host in lower case, no default port, no fragment, no
    `utm_*`, `gclid` or `fbclid`; the rest of the query is kept in its order.

    Raises `InvalidError` (code `bad-url`) for anything that is not an absolute http(s) URL.
    """
    parts = _split(url, where)
    kept = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    return f"//{_host_port(parts, where)}{parts.path or '/'}{'?' + kept if kept else ''}"


def thread_id(site_given: str | None, url: str) -> str:
    """Derive a thread's id (32 hex digits): from the site's own id if given, else the URL."""
    identity = f"id:{site_given}" if site_given else f"url:{canonical(url)}"
    return hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()


def origin(text: str, *, where: str = "/origins") -> str:
    """Normalise an origin, `scheme://host[:port]`; the host may start with `*.`.

    Raises `InvalidError` (code `bad-origin`) if there is more or less than that in it.
    """
    try:
        parts = _split(text, where)
    except InvalidError as error:
        raise BadOriginError(error.detail, where=where) from error
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadOriginError("An origin has no path.", where=where)
    return f"{parts.scheme}://{_host_port(parts, where)}"


def allowed(candidate: str, origins: Iterable[str]) -> bool:
    """Say whether an origin (an `Origin` header) is one of a site's; `*.` covers subdomains."""
    try:
        wanted = origin(candidate)
    except InvalidError:
        return False
    return any(_matches(wanted, known) for known in origins)


def belongs(url: str, origins: Iterable[str], *, where: str = "/thread/url") -> bool:
    """Say whether a page is on one of a site's origins (http and https alike)."""
    parts = _split(url, where)
    host = _host_port(parts, where)
    return any(
        _matches(f"{scheme}://{host}", known) for known in origins for scheme in _DEFAULT_PORT
    )


def _matches(wanted: str, known: str) -> bool:
    if wanted == known:
        return True
    scheme, _, host = known.partition("://")
    if not host.startswith("*."):
        return False
    wanted_scheme, _, wanted_host = wanted.partition("://")
    return wanted_scheme == scheme and wanted_host.endswith(host[1:])


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0]
    return name in _TRACKING_NAMES or name.startswith(_TRACKING)


def _split(url: str, where: str) -> SplitResult:
    if len(url) > MAX_URL:
        raise BadUrlError(f"A URL has at most {MAX_URL} characters.", where=where)
    try:
        url.encode()
        parts = urlsplit(url.strip())
        usable = parts.scheme in _DEFAULT_PORT and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError as error:
        raise BadUrlError("This is not a URL.", where=where) from error
    if not usable or any(ord(character) <= 0x20 for character in url.strip()):
        raise BadUrlError("Enter an address such as https://example.org.", where=where)
    return parts


def _host_port(parts: SplitResult, where: str) -> str:
    host = (parts.hostname or "").rstrip(".")
    try:
        if not host.isascii():
            host = host.encode("idna").decode()
        port = parts.port
    except ValueError as error:
        raise BadUrlError("The URL's host or port is wrong.", where=where) from error
    if not host or _NO_HOST.search(host):
        raise BadUrlError("The URL's host or port is wrong.", where=where)
    if ":" in host:
        host = f"[{host}]"
    return host if port in (None, _DEFAULT_PORT[parts.scheme]) else f"{host}:{port}"
