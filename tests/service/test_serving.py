"""`serve`, `worker` and `demo` as processes: start, answer, be killed, come back, end in order."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from moderation.demo import PAGES
from moderation.demo.start import forget, free_port
from moderation.errors import ConfigurationError
from moderation.store.server.embedded import EmbeddedServer

READY = 40


class Command:
    """A `rejoinder` command in a session of its own, as under a supervisor."""

    def __init__(self, log: Path, *arguments: str, **variables: str) -> None:
        self.log = log
        clean = {name: v for name, v in os.environ.items() if not name.startswith("REJOINDER_")}
        with log.open("a") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "moderation.cli", *arguments],
                env={**clean, **variables},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def said(self) -> str:
        return self.log.read_text()

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def destroy(self) -> None:
        """Kill it and its children without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Command]]:
    started: list[Command] = []

    def start(*arguments: str, **variables: str) -> Command:
        log = tmp_path / f"{len(started)}.log"
        variables = {"REJOINDER_DATA_DIR": str(tmp_path / "data"), **variables}
        started.append(Command(log, *arguments, **variables))
        return started[-1]

    yield start
    for command in started:
        command.destroy()
    # What a killed command left behind.
    for folder in (tmp_path / "data", tmp_path / "data" / "demo"):
        if (folder / "storage").exists():
            server = EmbeddedServer(folder)
            if server.is_running():
                server.ensure()
            server.close()


def get(port: int, path: str, **options: Any) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{port}{path}", timeout=10, **options)


def until_ready(command: Command, port: int) -> None:
    deadline = time.monotonic() + READY
    while True:
        assert command.process.poll() is None, command.said()
        assert time.monotonic() < deadline, command.said()
        with contextlib.suppress(requests.ConnectionError, requests.Timeout):
            if get(port, "/readyz").status_code == 200:
                return
        time.sleep(0.05)


def until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + READY
    while not true():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def workers_of(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(line) for line in done.stdout.split()]


def test_the_demo_shows_everything_and_keeps_it(start, tmp_path):
    port = free_port(18_200)
    with socket.create_server(("127.0.0.1", port)):
        demo = start("demo", "--port", str(port))
        port = free_port(port + 1)
        until_ready(demo, port)
    assert f"Port {port - 1} is taken; using {port}." in demo.said()
    for path in PAGES:
        assert "/embed.js" in get(port, path).text
    assert get(port, "/embed.js").status_code == 200
    address = f"http://127.0.0.1:{port}{PAGES[0]}"
    threads = f"/api/v1/sites/demo/threads?limit=100&url={address}"
    thread = get(port, threads).json()["thread"]
    assert thread["count"] > 5
    (link,) = re.findall(r"http\S+/dashboard/login#(\S+)", demo.said())
    held = queue(port, link)
    assert held
    assert all(case["comment"]["status"] == "held" for case in held if "harmful" in case["lanes"])
    assert demo.end(signal.SIGINT) == 0
    assert "Stopped" in demo.said()
    assert not EmbeddedServer(tmp_path / "data" / "demo").is_running()

    again = start("demo", "--port", str(port))
    until_ready(again, port)
    assert get(port, threads).json()["thread"] == thread
    # Two for the web, one for the outbox.
    until(lambda: len(workers_of(again.process.pid)) == 3, "not all processes were started")
    with pytest.raises(ConfigurationError, match="another demo is running"):
        forget(tmp_path / "data" / "demo")
    # However it ends, the next one starts, and afresh if so told.
    again.destroy()
    assert EmbeddedServer(tmp_path / "data" / "demo").is_running()
    deadline = time.monotonic() + 10
    while (tmp_path / "data" / "demo").exists():
        # Its killed children may take a moment to let go.
        with contextlib.suppress(ConfigurationError):
            forget(tmp_path / "data" / "demo")
        assert time.monotonic() < deadline
    assert not (tmp_path / "data" / "demo").exists()


def queue(port: int, link: str) -> list[Any]:
    """The cases that a moderator sees who comes by the one-time link."""
    session = requests.Session()
    body = {"site": "demo", "token": link}
    address = f"http://127.0.0.1:{port}/api/v1"
    assert session.post(f"{address}/session", json=body, timeout=10).status_code == 200
    assert requests.post(f"{address}/session", json=body, timeout=10).status_code == 401
    cases: list[Any] = session.get(f"{address}/sites/demo/queue", timeout=10).json()["cases"]
    return cases


def test_nothing_answered_is_lost_whatever_is_killed(start, tmp_path):
    made = start("site", "create", "blog", "--origin", "https://blog.example", "--json")
    assert made.process.wait(timeout=30) == 0
    key = json.loads(made.said())["api_key"]
    port = free_port(18_300)
    serve = start("serve", "--port", str(port), "--workers", "2")
    until_ready(serve, port)
    posted: list[str] = []
    codes: set[int] = set()
    over = threading.Event()

    def post() -> None:
        session = requests.Session()
        while not over.is_set():
            try:
                answer = session.post(
                    f"http://127.0.0.1:{port}/api/v1/sites/blog/comments",
                    json={
                        "thread": {"url": "https://blog.example/a"},
                        "text": f"Remark {time.monotonic_ns()} on the river, with thanks.",
                    },
                    headers={"Authorization": f"Bearer {key}"},
                    timeout=10,
                )
            except requests.RequestException:
                time.sleep(0.01)  # a killed worker's connection, or nobody listens: not answered
                continue
            codes.add(answer.status_code)
            if answer.status_code == 201:
                posted.append(answer.json()["id"])

    def goes_on() -> None:
        wanted = len(posted) + 5
        until(lambda: len(posted) >= wanted, "nothing is answered any more")

    threads = [threading.Thread(target=post) for _ in range(3)]
    for thread in threads:
        thread.start()
    storage = tmp_path / "data" / "storage" / "server.pid"
    try:
        for _ in range(2):
            goes_on()
            os.kill(workers_of(serve.process.pid)[0], signal.SIGKILL)
            goes_on()
            os.kill(int(storage.read_text()), signal.SIGKILL)
        goes_on()
        orphans = workers_of(serve.process.pid)
        serve.end(signal.SIGKILL)
        # Not only when the last kept-alive connection is done: they hold the port.
        until(lambda: not any(map(is_there, orphans)), "the workers outlive their master")
        again = start("serve", "--port", str(port), "--workers", "1")
        goes_on()
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert codes <= {201, 429, 503}, codes
    again.destroy()

    again = start("serve", "--port", str(port), "--workers", "1")
    until_ready(again, port)
    headers = {"Authorization": f"Bearer {key}"}
    for comment in posted:
        answer = get(port, f"/api/v1/sites/blog/comments/{comment}", headers=headers)
        assert answer.status_code == 200
    assert again.end() == 0
    assert not EmbeddedServer(tmp_path / "data").is_running()


def test_a_worker_beside_the_server_ends_in_order(start, tmp_path):
    worker = start("worker")
    deadline = time.monotonic() + READY
    while start("worker", "--check").process.wait(timeout=30) != 0:
        assert worker.process.poll() is None, worker.said()
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert worker.end() == 0
    assert not EmbeddedServer(tmp_path / "data").is_running()


def test_a_taken_port_is_one_clear_line(start):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        serve = start("serve", "--port", str(taken.getsockname()[1]))
        assert serve.process.wait(timeout=READY) != 0
    assert re.fullmatch(r"Error: cannot listen on 127.0.0.1 port \d+: .* in use\n", serve.said())


def test_several_workers_tell_each_queue_once(start):
    site = start("site", "create", "blog", "--origin", "https://blog.example")
    assert site.process.wait(timeout=READY) == 0, site.said()
    port = free_port(21_000)
    until_ready(start("serve", "--port", str(port), "--workers", "2"), port)
    told = [get(port, "/metrics").text for _ in range(6)][-1].splitlines()
    cases = [line for line in told if line.startswith("rejoinder_queue_cases{")]
    assert len(cases) == len(set(cases)) > 0
    assert not [line for line in cases if "pid=" in line]
    assert [line for line in told if line.startswith("# TYPE rejoinder_queue_cases")] == [
        "# TYPE rejoinder_queue_cases gauge"
    ]


def test_what_a_killed_master_left_is_removed_at_the_next_start(start, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()

    def folders() -> set[Path]:
        return set(temporary.glob("rejoinder-metrics-*"))

    def serve(port: int, data: str) -> Command:
        there = folders()
        serving = start(
            "serve", "--port", str(port), "--workers", "1",
            TMPDIR=str(temporary), REJOINDER_DATA_DIR=str(tmp_path / data),
        )  # fmt: skip
        until(lambda: bool(folders() - there), serving.said())
        return serving

    first, second = free_port(21_100), free_port(21_200)
    beside = serve(second, "beside")
    (kept,) = folders()
    killed = serve(first, "data")
    until_ready(killed, first)
    (left,) = folders() - {kept}
    workers = workers_of(killed.process.pid)
    killed.process.kill()
    killed.process.wait()
    until(lambda: not any(map(is_there, workers)), "the workers outlive their master")
    assert folders() == {kept, left}

    again = serve(first, "data")
    until_ready(again, first)
    # The other service on this machine is untouched.
    until_ready(beside, second)
    assert kept in folders()
    assert left not in folders()
    assert get(second, "/metrics").status_code == 200
    assert again.end() == 0
    assert beside.end() == 0
    assert folders() == set()
    server = EmbeddedServer(tmp_path / "beside")
    assert not server.is_running()
    server.close()


def test_workers_end_in_silence(start: Callable[..., Command]) -> None:
    """No native library says at the end of a worker that it misses what the fork left behind."""
    port = free_port(23_700)
    command = start("serve", "--port", str(port), "--workers", "2")
    until_ready(command, port)
    assert command.end() == 0
    said = command.said()
    assert "terminate called" not in said
    assert "SIGABRT" not in said
