"""What a post and a read cost in processor time, under load, and how workers share the load.

    python -m benchmarks.processor_time [--beside PATH] [--rounds 3] [--posts 1500]

Serves this working tree with `rejoinder serve --workers 2` and an fsync for each write, and sends
posts (each another text, with a key), reads of a thread of 100 comments (plain, with gzip, and with
the tag of what is known already) and counts of 100 pages over 16 kept connections. With `--beside`
another working tree, the same in turn with it, round by round.

Printed for each: milliseconds of processor time (user and system) in the web workers and in the
storage server for a request, the time that the server spent in commands, and how the work was
shared: each worker's percentage, round by round. Processor time says something on a busy machine
too, where a clock on the wall does not; but a core that others share has cold caches, so compare
what one run has measured in turn.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from moderation.load import comment, free_port

CONNECTIONS = 16
WORKERS = 2
ORIGIN = "https://bench.example"
SITE = "/api/v1/sites/bench"
_TICK = os.sysconf("SC_CLK_TCK")

Request = tuple[str, str, bytes | None, dict[str, str]]


@dataclass(frozen=True)
class Cost:
    """Of one kind of request: milliseconds each, and each worker's percentage of the work."""

    workers: float
    storage: float
    commands: float
    shares: tuple[int, ...]


class Served:
    """A working tree that is being served."""

    def __init__(self, port: int, master: int, client: Any, key: str) -> None:
        self.port = port
        self._master = master
        self._client = client
        self._key = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._number = 0
        self.reads = self._fill()

    def _fill(self) -> dict[str, Callable[[], Request]]:
        limits = {"limits": {"key_comments_per_minute": 1_000_000}, "audit_rate": 0}
        self.ask("PATCH", SITE, json.dumps({"policy": limits}).encode(), self._key)
        for _ in range(100):
            self.ask(*self._written("/read"))
        path = f"{SITE}/threads?url={ORIGIN}/read"
        headers = {"Accept-Encoding": "gzip"}
        tag = self.ask("GET", path, None, headers)[1]["etag"]
        pages = json.dumps({"urls": [f"{ORIGIN}/posts/{n}" for n in range(100)]}).encode()
        json_type = {"Content-Type": "application/json"}
        return {
            "read": lambda: ("GET", path, None, {}),
            "read, gzip": lambda: ("GET", path, None, headers),
            "read, 304": lambda: ("GET", path, None, {**headers, "If-None-Match": tag}),
            "counts of 100": lambda: ("POST", f"{SITE}/counts", pages, json_type),
        }

    def post(self) -> Request:
        return self._written(f"/posts/{self._number % 100}")

    def _written(self, page: str) -> Request:
        self._number += 1
        body = {
            "thread": {"url": f"{ORIGIN}{page}", "title": "Article"},
            "text": comment(),
            "author": {"name": "Reader"},
        }
        return "POST", f"{SITE}/comments", json.dumps(body).encode(), self._key

    def ask(self, *request: Any) -> tuple[int, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            return _ask(connection, request)
        finally:
            connection.close()

    def cost(self, make: Callable[[], Request], count: int) -> Cost:
        """Send `count` requests over kept connections, and give what each cost."""
        requests = [make() for _ in range(count)]
        lock, errors = threading.Lock(), []
        workers = self._workers()
        # Made one after another, as readers come.
        connections = [
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            for _ in range(CONNECTIONS)
        ]
        for connection in connections:
            connection.connect()
            time.sleep(0.01)

        def send(connection: http.client.HTTPConnection) -> None:
            while True:
                with lock:
                    if not requests:
                        return
                    request = requests.pop()
                status, _ = _ask(connection, request)
                if status >= 400:
                    errors.append(status)

        before = {worker: _seconds(worker) for worker in workers}
        storage, commands = self._storage()
        threads = [threading.Thread(target=send, args=(each,)) for each in connections]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        each = [_seconds(worker) - before[worker] for worker in workers]
        spent = sum(each)
        storage_after, commands_after = self._storage()
        if errors:
            raise SystemExit(f"{len(errors)} answers with an error, such as {errors[0]}")
        for connection in connections:
            connection.close()
        return Cost(
            workers=spent / count * 1e3,
            storage=(storage_after - storage) / count * 1e3,
            commands=(commands_after - commands) / count * 1e3,
            shares=tuple(round(100 * one / spent) for one in each),
        )

    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self._master}/task/{self._master}/children").read_text()
        return [int(child) for child in children.split()]

    def _storage(self) -> tuple[float, float]:
        cpu = self._client.info("cpu")
        stats = self._client.info("commandstats")
        inside = sum(each["usec"] for name, each in stats.items() if name != "cmdstat_info")
        return cpu["used_cpu_user"] + cpu["used_cpu_sys"], inside / 1e6


def _ask(connection: http.client.HTTPConnection, request: Any) -> tuple[int, dict[str, str]]:
    method, path, body, headers = request
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}


def _seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def served(tree: Path, durability: str, *, serve: Sequence[str] | None = None) -> Iterator[Served]:
    """Serve a working tree; `serve` is another command for it, which takes a port."""
    with tempfile.TemporaryDirectory(prefix="rejoinder-bench-") as folder:
        port = free_port()
        kept = {name: v for name, v in os.environ.items() if not name.startswith("REJOINDER_")}
        environment = {
            **kept,
            "PYTHONPATH": str(tree),
            "REJOINDER_DATA_DIR": f"{folder}/data",
            "REJOINDER_DURABILITY": durability,
        }
        command = [sys.executable, "-m", "moderation.cli"]
        made = subprocess.run(
            [*command, "site", "create", "bench", "--origin", ORIGIN, "--json"],
            env=environment, cwd=folder, capture_output=True, check=True,
        )  # fmt: skip
        usual = [*command, "serve", "--workers", str(WORKERS), "--port"]
        with Path(f"{folder}/log").open("w") as log:
            process = subprocess.Popen(
                [*(serve or usual), str(port)],
                env=environment, cwd=folder, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            _until_ready(port)
            path = next(Path(folder).rglob("*.sock"))
            client = redis.Redis(unix_socket_path=str(path))
            yield Served(port, process.pid, client, json.loads(made.stdout)["api_key"])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _until_ready(port: int) -> None:
    for _ in range(1800):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with suppress(OSError):
            if _ask(connection, ("GET", "/readyz", None, {}))[0] == 200:
                return
        time.sleep(0.1)
    raise SystemExit("the server did not start")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--beside", type=Path, help="another working tree, measured in turn")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--posts", type=int, default=1500, help="and twice as many reads")
    parser.add_argument("--durability", choices=("always", "everysec"), default="always")
    given = parser.parse_args()
    trees = {"here": Path(__file__).resolve().parents[1]}
    if given.beside:
        trees = {"beside": given.beside.resolve(), **trees}
    found: dict[tuple[str, str], list[Cost]] = {}
    for _ in range(given.rounds):
        for name, tree in trees.items():
            with served(tree, given.durability) as server:
                server.cost(server.post, 200)
                found.setdefault((name, "post"), []).append(server.cost(server.post, given.posts))
                for what, make in server.reads.items():
                    cost = server.cost(make, 2 * given.posts)
                    found.setdefault((name, what), []).append(cost)
    print(f"{'':8} {'':14} {'workers':>8} {'storage':>8} {'commands':>8}  shared by")
    for (name, what), costs in found.items():
        middle = [
            statistics.median(getattr(cost, part) for cost in costs)
            for part in ("workers", "storage", "commands")
        ]
        shares = " ".join("/".join(map(str, cost.shares)) for cost in costs)
        print(f"{name:8} {what:14} " + " ".join(f"{each:8.3f}" for each in middle), shares)


if __name__ == "__main__":
    main()
