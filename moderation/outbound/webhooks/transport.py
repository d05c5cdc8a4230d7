"""Posts to addresses that strangers may have chosen: only where it may, and never for long.

A name is resolved first, and the connection goes to the address that was looked at, so that a name
which resolves to another one a moment later leads nowhere else.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import urljoin

import ada_url

from ...errors import BadTargetError, DeliveryError

Address = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

# By choice: a receiver answers first and works then; ten seconds are what is usual for webhooks.
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
"""For one request and its redirects, the name's resolution left aside."""
MAX_REDIRECTS = 3
# Of the answer only the status counts. It is read so far that most connections end in peace.
MAX_ANSWER = 16_384
_ANSWER_SECONDS = 2.0
_REPEATING = (301, 302, 307, 308)
_NAT64 = ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the receiver said; `retry_after` is in seconds."""

    status: int
    retry_after: float | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it now."""
        return 200 <= self.status < 300


def check_url(url: str, networks: Networks) -> None:
    """Refuse an address that could never be posted to; raises `BadTargetError`.

    Names are not resolved here: what they lead to is looked at each time something is sent.
    """
    target = _target(url)
    try:
        address = ip_address(target.hostname.strip("[]"))
    except ValueError:
        if target.protocol != "https:" and not networks:
            raise BadTargetError("The address must begin with https://.") from None
        if target.hostname == "localhost" or target.hostname.endswith(".localhost"):
            _check(ip_address("127.0.0.1"), target, networks)
        return
    _check(address, target, networks)


def post(url: str, body: bytes, headers: Mapping[str, str], *, networks: Networks = ()) -> Answer:
    """Send a body and give the answer's status; redirects are followed with the same body.

    Raises:
        BadTargetError: the address, or one that it redirects to, is none to connect to.
        DeliveryError: nobody answered, or not in time.
    """
    ends = time.monotonic() + TOTAL_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        target = _target(url)
        answer, location = _exchange(target, body, headers, networks, ends)
        if answer.status not in _REPEATING or location is None:
            return answer
        url = urljoin(url, location)
        if target.protocol == "https:" and not url.lower().startswith("https:"):
            raise BadTargetError("It redirects to an address without TLS.")
    raise DeliveryError(f"It redirects more than {MAX_REDIRECTS} times.")


def is_reachable(address: Address, networks: Networks) -> bool:
    """Whether an address may be connected to: it is public, or of a network that was named."""
    if any(address in network for network in networks if network.version == address.version):
        return True
    inner = _inner(address)
    if inner is not None:
        return is_reachable(inner, networks)
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> Address | None:
    """Give the address of IPv4 that one of IPv6 stands for, in whichever way."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


def _target(url: str) -> ada_url.URL:
    # As browsers read it: `http://0x7f.1` is 127.0.0.1.
    try:
        target = ada_url.URL(url)
    except ValueError:
        raise BadTargetError("This is no address.") from None
    if target.protocol not in ("https:", "http:") or not target.hostname:
        raise BadTargetError("The address must begin with https://.")
    if target.username or target.password:
        raise BadTargetError("The address must not carry a user name or a password.")
    return target


def _check(address: Address, target: ada_url.URL, networks: Networks) -> None:
    if not is_reachable(address, networks):
        raise BadTargetError("The address leads into a private network.")
    if target.protocol != "https:" and not any(
        address in network for network in networks if network.version == address.version
    ):
        raise BadTargetError("The address must begin with https://.")


def _resolve(target: ada_url.URL, port: int, networks: Networks) -> list[str]:
    """Give the addresses of a target that may be connected to; raises as `post`."""
    host = target.hostname.strip("[]")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"The name {host} cannot be resolved.") from error
    addresses = list(dict.fromkeys(str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found))
    refused: BadTargetError | None = None
    reachable = []
    for address in addresses:
        try:
            _check(ip_address(address), target, networks)
        except BadTargetError as error:
            refused = error
        else:
            reachable.append(address)
    if not reachable:
        raise refused or DeliveryError(f"The name {host} has no address.")
    return reachable


class _Pinned(http.client.HTTPConnection):
    """Connects to one of the given addresses, and asks the other side to prove the host's name."""

    def __init__(
        self, host: str, port: int, *, addresses: Sequence[str], tls: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port, timeout=CONNECT_SECONDS)
        self._addresses = addresses
        self._tls = tls
        self.live: socket.socket | None = None
        self.ended = False

    def connect(self) -> None:
        """Connect; `live` stays the socket when the connection hands it to its response."""
        for number, address in enumerate(self._addresses, 1):
            try:
                self.live = socket.create_connection((address, self.port), CONNECT_SECONDS)
                break
            except OSError:
                if number == len(self._addresses):
                    raise
        if self._tls is not None and self.live is not None:
            # The handshake comes after `live` is set: what takes too long can be ended by it.
            self.live = secured = self._tls.wrap_socket(
                self.live, server_hostname=self.host, do_handshake_on_connect=False
            )
            secured.do_handshake()
        self.sock = self.live

    def end(self) -> None:
        """Break off, from another thread."""
        self.ended = True
        with suppress(OSError):
            if self.live is not None:
                self.live.shutdown(socket.SHUT_RDWR)


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _exchange(
    target: ada_url.URL,
    body: bytes,
    headers: Mapping[str, str],
    networks: Networks,
    ends: float,
) -> tuple[Answer, str | None]:
    tls = _tls() if target.protocol == "https:" else None
    port = int(target.port or (443 if tls else 80))
    addresses = _resolve(target, port, networks)
    connection = _Pinned(target.hostname.strip("[]"), port, addresses=addresses, tls=tls)
    # A time-out of a socket begins anew with each byte: this one does not.
    watchdog = threading.Timer(max(0.0, ends - time.monotonic()), connection.end)
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request(
            "POST",
            target.pathname + target.search,
            body,
            {"Host": target.host, "Connection": "close", **headers},
        )
        response = connection.getresponse()
        if connection.ended:
            raise TimeoutError  # what came of the headers looks like all of them
        answer = Answer(response.status, _seconds(response.getheader("Retry-After")))
        location = response.getheader("Location")
        with suppress(OSError, http.client.HTTPException):
            if connection.live is not None:
                connection.live.settimeout(_ANSWER_SECONDS)
            response.read(MAX_ANSWER)
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(f"Its certificate does not hold: {error.verify_message}.") from error
    except TimeoutError as error:
        raise DeliveryError("It did not answer in time.") from error
    except (OSError, http.client.HTTPException) as error:
        if connection.ended:
            raise DeliveryError("It did not answer in time.") from error
        raise DeliveryError(f"The connection failed: {_named(error)}.") from error
    finally:
        watchdog.cancel()
        connection.close()
    return answer, location


def _named(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _seconds(text: str | None) -> float | None:
    """Read `Retry-After` where it is a number; a date is left aside."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 1e9 else None
