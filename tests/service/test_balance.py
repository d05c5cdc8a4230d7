"""Connections that are kept are spread over the workers."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from moderation.balance import Balance
from moderation.demo.start import free_port
from tests.service.test_serving import Command, get, is_there, start, until, until_ready

__all__ = ["start"]


def answered(client: HTTPConnection) -> None:
    client.request("GET", "/healthz")
    answer = client.getresponse()
    assert answer.status == 200
    answer.read()


def held_by(master: int, port: int) -> dict[int, int]:
    """How many connections to a port each worker holds."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}")}
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    found = {}
    for child in map(int, children):
        descriptors = list(Path(f"/proc/{child}/fd").iterdir())
        # One of them listens.
        found[child] = sum(os.readlink(each) in ours for each in descriptors) - 1
    return found


def test_kept_connections_are_shared(start: Callable[..., Command]) -> None:
    port = free_port(24_000)
    command = start("serve", "--port", str(port), "--workers", "2")
    until_ready(command, port)
    until(lambda: sum(held_by(command.process.pid, port).values()) == 0, "none is left")
    for together in (True, False):
        # A worker that gets no processor time for some milliseconds takes no part, as on a machine
        # that is busy with other tests; but one that takes its share takes it at one of five times.
        assert any(shared_fairly(command, port, together) for _ in range(5))


def shared_fairly(command: Command, port: int, together: bool) -> bool:
    """Hold 16 connections; say whether each worker has at least six of them."""
    with ExitStack() as stack:
        clients = [
            stack.enter_context(closing(HTTPConnection("127.0.0.1", port, timeout=30)))
            for _ in range(16)
        ]
        for client in clients:
            client.connect()
            if not together:
                answered(client)
        for client in clients:
            answered(client)
        shares = held_by(command.process.pid, port)
        assert sum(shares.values()) == 16
    until(lambda: sum(held_by(command.process.pid, port).values()) == 0, "they end")
    return min(shares.values()) >= 6


def test_a_worker_that_died_is_not_waited_for(start: Callable[..., Command]) -> None:
    port = free_port(24_100)
    command = start("serve", "--port", str(port), "--workers", "2")
    until_ready(command, port)
    first = min(held_by(command.process.pid, port))
    os.kill(first, 9)
    until(lambda: not is_there(first), "it is gone")
    until(lambda: len(held_by(command.process.pid, port)) == 2, "another takes its place")
    for _ in range(10):
        assert get(port, "/healthz").status_code == 200
    assert command.end() == 0


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20))
def test_the_one_with_the_fewest_always_takes(held: list[int]) -> None:
    balance = Balance()
    places = [balance.join() for _ in held]
    for place, count in zip(places, held, strict=True):
        balance.tell(place, count)
    fewest = min(held)
    for place, count in zip(places, held, strict=True):
        assert balance.is_ahead(place) == (count >= fewest + max(1, fewest // 4))
    balance.leave(places[held.index(fewest)])
    assert balance.join() == places[held.index(fewest)]
