"""What one worker process has seen before never outlives a change that another one made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests

from moderation.demo.start import free_port
from tests.service.test_serving import Command, until_ready

ORIGIN = "https://blog.example"
# So many connections that each of two workers has some of them.
CONNECTIONS = 12


class Site:
    """A site served by two processes, asked over connections that both of them hold."""

    def __init__(self, port: int, key: str, connections: list[requests.Session]) -> None:
        self.root = f"http://127.0.0.1:{port}/api/v1/sites/blog"
        self.owner = {"Authorization": f"Bearer {key}"}
        self.connections = connections
        self.posted = 0

    def post(self, session: requests.Session, headers: dict[str, str]) -> requests.Response:
        self.posted += 1
        body = {
            "thread": {"url": f"{ORIGIN}/page"},
            "text": f"A remark that nobody made before, of which this is number {self.posted}.",
        }
        return session.post(f"{self.root}/comments", json=body, headers=headers, timeout=30)

    def everywhere(self, headers: dict[str, str]) -> list[requests.Response]:
        return [self.post(session, headers) for session in self.connections]

    def call(self, method: str, path: str = "", **options: Any) -> Any:
        answer = requests.request(
            method, f"{self.root}{path}", headers=self.owner, timeout=30, **options
        )
        answer.raise_for_status()
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("two")
    port = free_port(23_000)
    data = {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
    create = "site create blog --origin https://blog.example --json"
    made = subprocess.run(
        [sys.executable, "-m", "moderation.cli", *create.split()],
        env={**os.environ, **data},
        capture_output=True,
        check=True,
    )
    command = Command(folder / "log", "serve", "--port", str(port), "--workers", "2", **data)
    try:
        until_ready(command, port)
        with ExitStack() as stack:
            sessions = [stack.enter_context(requests.Session()) for _ in range(CONNECTIONS)]
            found = Site(port, json.loads(made.stdout)["api_key"], sessions)
            # So many comments a minute would have readers asked for a proof of work.
            found.call("PATCH", json={"policy": {"proof": "off"}})
            assert {answer.status_code for answer in found.everywhere(found.owner)} == {201}
            assert len(_busy(command)) == 2
            yield found
        assert "Traceback" not in command.said()
    finally:
        command.destroy()


def _busy(command: Command) -> list[int]:
    """The workers that hold a connection of ours."""
    pid = command.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    held = _sockets()
    return [
        int(worker)
        for worker in workers
        if any(os.readlink(fd) in held for fd in Path(f"/proc/{worker}/fd").iterdir())
    ]


def _sockets() -> set[str]:
    """Every established connection of this machine, as a descriptor names it."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return {f"socket:[{line.split()[9]}]" for line in lines if line.split()[3] == "01"}


def statuses(answers: list[requests.Response]) -> set[int]:
    return {answer.status_code for answer in answers}


def test_a_revoked_key_stops_at_once(site: Site) -> None:
    key = site.call("POST", "/keys", json={"name": "client"})
    headers = {"Authorization": f"Bearer {key['api_key']}"}
    assert statuses(site.everywhere(headers)) == {201}
    site.call("DELETE", f"/keys/{key['id']}")
    assert statuses(site.everywhere(headers)) == {401}


def test_a_closed_thread_takes_nothing_more(site: Site) -> None:
    thread = site.everywhere(site.owner)[0].json()["thread"]
    site.call("PATCH", f"/threads/{thread}", json={"closed": True})
    assert statuses(site.everywhere(site.owner)) == {409}
    site.call("PATCH", f"/threads/{thread}", json={"closed": False})
    assert statuses(site.everywhere(site.owner)) == {201}


@pytest.mark.parametrize(
    ("setting", "usual", "change", "seen"),
    [
        ("words", {"hold": []}, {"hold": ["remark"]}, lambda answer: answer.json()["status"]),
        ("max_length", 5_000, 10, lambda answer: answer.status_code),
    ],
)
def test_changed_settings_count_at_once(
    site: Site, setting: str, usual: Any, change: Any, seen: Callable[[requests.Response], Any]
) -> None:
    before = {seen(answer) for answer in site.everywhere(site.owner)}
    site.call("PATCH", json={"policy": {setting: change}})
    after = {seen(answer) for answer in site.everywhere(site.owner)}
    site.call("PATCH", json={"policy": {setting: usual}})
    assert (before, after) in (({"published"}, {"held"}), ({201}, {422}))


def test_an_origin_that_is_taken_away_writes_no_more(site: Site) -> None:
    token = requests.post(f"{site.root}/authors", headers={"Origin": ORIGIN}, timeout=30).json()
    reader = {"Origin": ORIGIN, "Rejoinder-Author": token["token"]}
    assert statuses(site.everywhere(reader)) == {201}
    site.call("PATCH", json={"origins": ["https://other.example"]})
    assert statuses(site.everywhere(reader)) == {403}
    site.call("PATCH", json={"origins": [ORIGIN]})
    assert statuses(site.everywhere(reader)) == {201}
