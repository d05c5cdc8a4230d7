"""Where a post may go, and that it never takes long: real sockets on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import BadTargetError, DeliveryError
from moderation.outbound.webhooks import transport
from moderation.outbound.webhooks.transport import check_url, is_reachable, post
from tests.support.receiver import Received, Receiver, receiving

HERE = (ip_network("127.0.0.1/32"),)
PRIVATE = [
    "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://x.localhost/",
    "https://0x7f.1/", "https://2130706433/", "https://[::1]/", "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://10.0.0.1/",
    "https://192.168.1.1/", "https://172.16.0.9/", "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/", "https://[fd00::1]/", "https://100.64.0.1/", "https://0.0.0.0/",
    "https://224.0.0.1/", "https://255.255.255.255/",
]  # fmt: skip
WRONG = [
    "ftp://example.org/", "https://", "nonsense", "http://example.org/", "http://8.8.8.8/",
    "https://user:word@example.org/", "javascript:alert(1)", "",
]  # fmt: skip


@pytest.mark.parametrize("url", [*PRIVATE, *WRONG])
def test_an_address_that_may_not_be_posted_to_is_refused(url: str) -> None:
    with pytest.raises(BadTargetError):
        check_url(url, ())
    with pytest.raises((BadTargetError, DeliveryError)):
        post(url, b"{}", {})


@pytest.mark.parametrize("url", ["https://example.org/in?token=1", "https://8.8.8.8:8443/"])
def test_a_public_address_may(url: str) -> None:
    check_url(url, ())


def test_a_network_that_was_named_may_without_tls() -> None:
    check_url("http://127.0.0.1:9/", HERE)
    check_url("http://chat.internal/", HERE)
    with pytest.raises(BadTargetError):
        check_url("http://127.0.0.2/", HERE)


@given(st.ip_addresses())
def test_only_what_is_global_is_reachable(address: Any) -> None:
    if is_reachable(address, ()):
        assert address.is_global
        wrong = ("private", "loopback", "link_local", "multicast", "unspecified")
        assert not any(getattr(address, f"is_{name}") for name in wrong)


@given(st.ip_addresses(v=4))
def test_one_of_ipv6_that_stands_for_one_of_ipv4_is_what_that_is(address: Any) -> None:
    number = int(address)
    for inner in (
        ip_address(f"::ffff:{address}"),
        ip_address((0x2002 << 112) | (number << 80)),
        ip_address((0x0064FF9B << 96) | number),
    ):
        if not is_reachable(address, ()):
            assert not is_reachable(inner, ())


def test_a_name_that_leads_to_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the name resolves to counts, and the connection goes to just that."""
    with receiving() as receiver:
        asked: list[str] = []

        def resolve(host: str, port: int, **kwargs: Any) -> Any:
            asked.append(host)
            address = "127.0.0.1" if host == "inside.example" else "127.0.0.2"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        monkeypatch.setattr(transport.socket, "getaddrinfo", resolve)
        with pytest.raises(BadTargetError, match="private"):
            post(f"https://inside.example:{receiver.port}/", b"{}", {})
        assert receiver.got == []
        assert asked == ["inside.example"]


def test_the_connection_goes_to_the_address_that_was_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    original = socket.getaddrinfo
    answers = iter(["127.0.0.1", "10.0.0.1"])

    def rebinding(host: str, port: int, *more: Any, **kwargs: Any) -> Any:
        if host == "rebound.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]
        return original(host, port, *more, **kwargs)

    monkeypatch.setattr(transport.socket, "getaddrinfo", rebinding)
    with receiving() as receiver:
        url = f"http://rebound.example:{receiver.port}/in"
        assert post(url, b"{}", {}, networks=HERE).taken
        assert receiver.got[0].headers["Host"] == f"rebound.example:{receiver.port}"


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:1/",
        "https://169.254.169.254/",
        "http://10.0.0.1/",
        "//[::1]/",
        "ftp://127.0.0.1/",
    ],
)
def test_a_redirect_to_where_it_may_not_go_is_refused(location: str) -> None:
    with (
        receiving(lambda *_: (307, {"Location": location}, b"")) as receiver,
        pytest.raises(BadTargetError),
    ):
        post(receiver.url, b"{}", {}, networks=HERE)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_followed_with_the_body(status: int) -> None:
    def reply(receiver: Receiver, received: Received) -> Any:
        if received.path == "/in":
            return status, {"Location": "/there"}, b""
        return 200, {}, b"fine"

    with receiving(reply) as receiver:
        assert post(receiver.url, b"the body", {"X": "y"}, networks=HERE).status == 200
        assert [(r.path, r.body, r.headers["X"]) for r in receiver.got] == [
            ("/in", b"the body", "y"),
            ("/there", b"the body", "y"),
        ]


def test_an_endless_redirect_ends() -> None:
    with receiving(lambda *_: (308, {"Location": "/in"}, b"")) as receiver:
        with pytest.raises(DeliveryError, match="redirects more than"):
            post(receiver.url, b"{}", {}, networks=HERE)
        assert len(receiver.got) == transport.MAX_REDIRECTS + 1


def test_see_other_is_an_answer_not_a_redirect() -> None:
    with receiving(lambda *_: (303, {"Location": "/in"}, b"")) as receiver:
        assert post(receiver.url, b"{}", {}, networks=HERE).status == 303


def test_of_ten_megabytes_little_is_read() -> None:
    with receiving(lambda *_: (200, {}, b"x" * 10_000_000)) as receiver:
        begun = time.monotonic()
        assert post(receiver.url, b"{}", {}, networks=HERE).taken
        assert time.monotonic() - begun < 5


@contextmanager
def speaking(*parts: bytes, pause: float) -> Iterator[str]:
    """A server that sends some bytes, slowly, and never ends."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                try:
                    for part in parts:
                        peer.sendall(part)
                        ended.wait(pause)
                    while not ended.wait(pause):
                        peer.sendall(b"x")
                except OSError:
                    return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        ended.set()
    thread.join()


@pytest.mark.parametrize("parts", [[], [b"HTTP/1.1 200 OK\r\n", b"X-Slow: "]])
def test_one_that_hangs_or_drips_is_left(
    parts: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 1.0)
    begun = time.monotonic()
    with speaking(*parts, pause=0.1) as url, pytest.raises(DeliveryError):
        post(url, b"{}", {}, networks=HERE)
    assert time.monotonic() - begun < 4


def test_a_body_that_never_ends_does_not_undo_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TOTAL_SECONDS", 1.0)
    begun = time.monotonic()
    with speaking(b"HTTP/1.1 200 OK\r\n\r\n", pause=0.1) as url:
        assert post(url, b"{}", {}, networks=HERE).taken
    assert time.monotonic() - begun < 4


def test_nobody_there_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(DeliveryError, match="Connection refused"):
        post(f"http://127.0.0.1:{port}/", b"{}", {}, networks=HERE)
    with pytest.raises(DeliveryError, match="cannot be resolved"):
        post("https://no-such-name.invalid/", b"{}", {})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30", 30.0), ("0.5", 0.5), ("-1", None), ("inf", None), ("nan", None), ("Fri, 1", None)],
)
def test_retry_after_is_read_as_a_number(text: str, seconds: float | None) -> None:
    with receiving(lambda *_: (429, {"Retry-After": text}, b"")) as receiver:
        assert post(receiver.url, b"{}", {}, networks=HERE).retry_after == seconds
