"""The service's processes, as a supervisor runs them: what ends by itself is started again."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from moderation.demo.start import free_port
from tests.service.test_serving import Command, is_there

READY = 60.0


class Service:
    """`rejoinder serve` and `rejoinder worker` on one storage."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *, workers: int = 2) -> None:
        self.folder = folder
        # Readers come from addresses of their own, as behind a proxy; who reads a text twice is
        # not what is tried.
        self.environment = {
            **environment,
            "REJOINDER_TRUSTED_PROXIES": "127.0.0.1/32",
            "REJOINDER_SECOND_READER": "false",
            "REJOINDER_LOG_LEVEL": "WARNING",
        }
        # Of its own: while a master is dead, its port looks free.
        self.port = free_port(24_000 + os.getpid() % 4_000)
        self.restarts = 0
        self._workers = workers
        self._over = threading.Event()
        self._commands: dict[str, Command] = {}
        self._lock = threading.Lock()
        self._watch = threading.Thread(target=self._supervise)

    def run(self, *arguments: str) -> str:
        """Run another command of the service; answers what it said, whatever its status."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith("REJOINDER_")}
        done = subprocess.run(
            [sys.executable, "-m", "moderation.cli", *arguments],
            env={**clean, **self.environment},
            capture_output=True,
            text=True,
        )
        return done.stdout or done.stderr

    def start(self) -> None:
        for name in ("web", "worker"):
            self._start(name)
        self._watch.start()

    def until_ready(self) -> None:
        deadline = time.monotonic() + READY
        while True:
            with contextlib.suppress(requests.ConnectionError, requests.Timeout):
                answer = requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=5)
                if answer.status_code == 200:
                    return
            if time.monotonic() > deadline:
                raise TimeoutError(self.said())
            time.sleep(0.05)

    def master(self) -> int:
        return self._commands["web"].process.pid

    def web_workers(self) -> list[int]:
        return children(self.master())

    def worker(self) -> int:
        return self._commands["worker"].process.pid

    def storage_pid(self) -> int | None:
        """The embedded server, if there is one."""
        path = Path(self.environment["REJOINDER_DATA_DIR"]) / "storage" / "server.pid"
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_text())
        return None

    def said(self) -> str:
        return "".join(log.read_text(errors="replace") for log in self.folder.glob("*.log"))

    def end(self) -> None:
        """End for good."""
        self._over.set()
        if self._watch.ident is not None:
            self._watch.join()
        for command in self._commands.values():
            command.destroy()

    def _start(self, name: str) -> None:
        arguments = {
            "web": ("serve", "--port", str(self.port), "--workers", str(self._workers)),
            "worker": ("worker",),
        }[name]
        log = self.folder / f"{name}.log"
        self._commands[name] = Command(log, *arguments, **self.environment)

    def _supervise(self) -> None:
        orphans: list[int] = []
        while not self._over.wait(0.1):
            for name, command in list(self._commands.items()):
                if name == "web" and (there := children(command.process.pid)):
                    orphans = there
                if command.process.poll() is None:
                    continue
                # They hold the port until they see that their master is gone.
                if name == "web" and any(is_there(pid) for pid in orphans):
                    continue
                self.restarts += 1
                self._start(name)


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    try:
        return [
            int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        ]
    except OSError:
        return []
