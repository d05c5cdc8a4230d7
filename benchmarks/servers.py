"""Which server carries the app best: `rejoinder serve`, and any others that are given.

    python -m venv /tmp/granian && /tmp/granian/bin/pip install granian -e .
    python -m benchmarks.servers \\
        --server 'granian=/tmp/granian/bin/granian --interface wsgi --workers 2 \\
            --blocking-threads 4 --port {port} moderation.wsgi:app'

Needs `wrk` (apt-get install wrk). Each serves with its own storage, an fsync for each write, and
two workers, and is asked in turn for what a comment service meets: reads and posts over 16 kept
connections; `GET /healthz` while 400 connections send half a request's head, and while 16 send one
byte of a body and no more; reads, one after another, while a worker is killed (`kill -9`) and while
the server is told to reload (SIGHUP). Printed: requests a second, the latency that 99 % stay below,
the memory of all its processes (PSS, so what is shared counts once), how many of 20 health checks
were answered within 5 s and how long the slowest took, how many reads failed and the longest gap.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from benchmarks.against_peers import Load, filled, wrk
from moderation.load import free_port

SLOW, HANGING = 400, 16
CHECKS = 20
WATCHED_SECONDS = 6.0


def processes(parent: int) -> list[int]:
    """Give a process and all below it."""
    found = [parent]
    for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        found += processes(int(child))
    return found


def memory(parent: int) -> float:
    """Give the MiB of a process and all below it, what they share counted once."""
    total = 0
    for each in processes(parent):
        with suppress(OSError):
            lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def asked(port: int, path: str, timeout: float) -> bool:
    """Ask once, on a connection of its own; say whether there was an answer without an error."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def healthy_while(port: int, sent: bytes, connections: int) -> str:
    """Hold connections that have sent this and no more, and check the server's health meanwhile."""
    with ExitStack() as stack:
        for _ in range(connections):
            with suppress(OSError):
                held = stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
                held.sendall(sent)
        answered, slowest = 0, 0.0
        for _ in range(CHECKS):
            begun = time.monotonic()
            answered += asked(port, "/healthz", 5)
            slowest = max(slowest, time.monotonic() - begun)
        return f"{answered}/{CHECKS}, {slowest * 1e3:.0f} ms"


def read_while(port: int, path: str, disturb: Callable[[], None]) -> str:
    """Read again and again while something is done to the server."""
    times, failed = [time.monotonic()], 0
    threading.Timer(1.0, disturb).start()
    end = time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < end:
        if asked(port, path, 10):
            times.append(time.monotonic())
        else:
            failed += 1
            time.sleep(0.01)
    gap = max(after - before for before, after in pairwise(times))
    return f"{failed} failed, {gap * 1e3:.0f} ms"


@contextmanager
def served(command: str) -> Iterator[tuple[int, int, dict[str, Load]]]:
    """Serve the app with a filled page; give port, process and loads."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rejoinder-server-")))
        port = free_port()
        started: list[subprocess.Popen[bytes]] = []
        loads = filled(
            stack, folder, port, shlex.split(command.format(port=port)), 100, started.append
        )
        yield port, started[0].pid, loads


def measure(name: str, command: str, seconds: int) -> None:
    """Print a server's row."""
    with served(command) as (port, process, loads):
        found = {
            what: wrk(loads[what], seconds=seconds, connections=16) for what in ("read", "post")
        }
        used = memory(process)
        head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        slow = healthy_while(port, head, SLOW)
        body = (
            b"POST /api/v1/sites/bench/comments HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        )
        hanging = healthy_while(port, body, HANGING)
        path = loads["read"].url.partition(f":{port}")[2]

        def kill() -> None:
            os.kill(processes(process)[-1], signal.SIGKILL)

        killed = read_while(port, path, kill)
        reloaded = read_while(port, path, lambda: os.kill(process, signal.SIGHUP))
    row = [
        name,
        f"{found['read'].rate:.0f}",
        f"{found['read'].p99:.0f}",
        f"{found['post'].rate:.0f}",
        f"{found['post'].p99:.0f}",
        f"{used:.0f}",
        slow,
        hanging,
        killed,
        reloaded,
    ]
    print("| " + " | ".join(row) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--server", action="append", default=[], metavar="NAME=COMMAND",
        help="another server, with {port} where its port belongs",
    )  # fmt: skip
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--seconds", type=int, default=4)
    given = parser.parse_args()
    own = f"{shlex.quote(sys.executable)} -m moderation.cli serve --workers 2 --port {{port}}"
    servers = {"rejoinder serve": own}
    servers |= dict(each.split("=", 1) for each in given.server)
    print(
        "| server | reads/s | p99 ms | posts/s | p99 ms | MiB | 400 slow heads | 16 hanging bodies "
        "| worker killed | reload |\n|" + "---|" * 10
    )
    for _ in range(given.rounds):
        for name, command in servers.items():
            measure(name, command, given.seconds)


if __name__ == "__main__":
    main()
