"""The formats behind gunicorn, as `rejoinder serve` runs them: connections, a worker's end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from moderation.demo.start import free_port
from moderation.records import Site
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.tokens import new_credential
from moderation.usage import month_of
from tests.compat.conftest import SITE, now
from tests.support.tiny_model import tiny_path

BODY = {"comment": {"text": "you idiot"}, "requestedAttributes": {"INSULT": {}}}


class Served:
    """`rejoinder serve` with one worker on a folder of its own, and a key for it."""

    def __init__(self, folder: Path) -> None:
        self.variables = {
            "REJOINDER_DATA_DIR": str(folder / "data"),
            "REJOINDER_MODEL": str(tiny_path()),
            "REJOINDER_DURABILITY": "everysec",
        }
        self.key, self.key_text = new_credential(SITE, kind="key", role="client", now=now())
        site = Site(
            slug=SITE, name="News", origins=("https://news.example",), policy={}, created=now()
        )
        with self.store() as store:
            store.sites.create(site, credential=self.key, now=now())
        self.port = free_port(18_600)
        self.log = (folder / "log").open("w+")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "moderation.cli", "serve", "--port", str(self.port),
             "--workers", "1"],
            env={**os.environ, **self.variables}, stdout=self.log, stderr=self.log,
            start_new_session=True,
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.ConnectionError):
                if requests.get(f"{self.address}/readyz", timeout=10).ok:
                    return
            time.sleep(0.05)
        raise AssertionError(self.said())

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    @contextlib.contextmanager
    def store(self) -> Iterator[Store]:
        with contextlib.closing(connect(load_settings(self.variables))) as connection:
            yield Store(connection)

    def usage(self) -> dict[str, int]:
        with self.store() as store:
            return store.usage.get(SITE, self.key.id, month_of(now()))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    with contextlib.suppress(ProcessLookupError):
        os.killpg(served.process.pid, signal.SIGKILL)
    served.process.wait(30)
    served.log.close()
    # What a killed server left behind ends with its last client.
    served.usage()


def test_connections_and_counts(served: Served) -> None:
    analyze = f"{served.address}/v1alpha1/comments:analyze?key={served.key_text}"
    with requests.Session() as session:
        large = session.post(analyze, json={"comment": {"text": "a" * 2_000_000}})
        assert (large.status_code, large.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
        assert large.headers["Connection"] == "close", "the rest of the body is not read"
        for _ in range(3):
            answer = session.post(analyze, json=BODY)
            assert answer.status_code == 200
            assert answer.headers["Connection"] == "keep-alive"
    assert served.process.poll() is None
    served.process.terminate()
    assert served.process.wait(30) == 0
    assert served.usage() == {"calls": 4}, "a worker that ends in order writes its counts"
