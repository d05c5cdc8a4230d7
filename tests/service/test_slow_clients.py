"""Clients that send slowly, not at all or wrongly, or do not read, and those beside them."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from moderation.demo.start import free_port
from tests.service.test_serving import Command, get, start, until_ready

__all__ = ["start"]

SLOW = {
    "half a head": b"GET /healthz HTTP/1.1\r\nHost: x\r\n",
    "a body's first byte": b"POST /api/v1/sites/blog/comments HTTP/1.1\r\nHost: x\r\n"
    b"Content-Length: 1000\r\n\r\n{",
    "a chunk's first byte": b"POST /api/v1/sites/blog/comments HTTP/1.1\r\nHost: x\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n5\r\nx",
    "nothing": b"",
    "no end": b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    "the next half": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /hea",
}


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    folder = tmp_path_factory.mktemp("slow")
    port = free_port(22_000)
    data = {"REJOINDER_DATA_DIR": str(folder / "data")}
    command = Command(folder / "log", "serve", "--port", str(port), "--workers", "1", **data)
    try:
        until_ready(command, port)
        yield port
        assert command.end() == 0
        assert "Traceback" not in command.said()
    finally:
        command.destroy()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.parametrize("how", SLOW)
def test_slow_clients_hold_up_nobody(port: int, how: str) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(300):
            slow = held.enter_context(connect(port))
            slow.sendall(SLOW[how])
        began = time.monotonic()
        for _ in range(5):
            assert get(port, "/healthz").status_code == 200
        # By choice, for a machine that does other things too: held threads took a minute.
        assert time.monotonic() - began < 5


def test_clients_that_do_not_read_hold_up_nobody(port: int) -> None:
    ask = b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    with contextlib.ExitStack() as held:
        for _ in range(20):
            slow = held.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(("127.0.0.1", port))
            slow.sendall(ask)
        assert get(port, "/healthz").status_code == 200


def test_a_request_in_many_pieces_is_answered(port: int) -> None:
    with connect(port) as slow:
        for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n":
            slow.sendall(bytes([byte]))
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 3)
        answers = b""
        while answers.count(b"HTTP/1.1 200") < 3:
            answers += slow.recv(10_000)


@pytest.mark.parametrize(
    "body",
    [b"zz\r\n", b"-5\r\nabc\r\n", b"3\r\nabcdef\r\n", b"5\r\nab", b"5\r\nabcde\r\n", b"\r\n\r\n",
     b"1;" + b"x" * 9000 + b"\r\n", b"FFFFFFFFFFFFFFFFFFFF\r\n", b"0\r\nbad trailer\r\n\r\n"],
)  # fmt: skip
@pytest.mark.parametrize("path", [b"GET /healthz", b"POST /api/v1/sites/blog/comments", b"GET /no"])
def test_a_body_that_is_framed_wrong_is_the_clients_error(
    port: int, path: bytes, body: bytes
) -> None:
    with connect(port) as client:
        client.sendall(
            path + b" HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/json\r\n\r\n" + body
        )
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while data := client.recv(10_000):
            answer += data
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"malformed-body" in answer


def test_a_client_that_asks_first_is_told_to_go_on(port: int) -> None:
    with connect(port) as client:
        client.sendall(
            b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(1000).startswith(b"HTTP/1.1 100")
        client.sendall(b"{}")
        answer = b""
        while b"HTTP/1.1 422" not in answer:
            answer += client.recv(10_000)


def test_a_stop_does_not_wait_for_a_slow_client(
    start: Callable[..., Command], tmp_path: Path
) -> None:
    port = free_port(22_200)
    command = start("serve", "--port", str(port), "--workers", "1")
    until_ready(command, port)
    with connect(port) as slow:
        slow.sendall(SLOW["half a head"])
        time.sleep(0.2)
        began = time.monotonic()
        assert command.end() == 0
        assert time.monotonic() - began < 10
