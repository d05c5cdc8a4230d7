"""What goes wrong during a run: processes killed and stopped, disks filled, lines cut."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from tests.faults.service import Service
from tests.faults.storages import Storage, stop_for


class FaultMaker:
    """Does one thing after another, in the order that its seed draws, and counts them."""

    def __init__(self, service: Service, storage: Storage, chosen: random.Random) -> None:
        self._service, self._chosen = service, chosen
        self._longest = storage.longest
        self.made: Counter[str] = Counter()
        self.errors: list[str] = []
        """Faults that could not be put right again."""
        self._kinds: Mapping[str, Callable[[random.Random], None]] = {
            "web worker killed": lambda _: self._kill(self._web_worker()),
            "web worker stopped": lambda _: self._stop(self._web_worker()),
            "master killed": lambda _: self._kill(service.master()),
            "reloaded": lambda _: self._signal(service.master(), signal.SIGHUP),
            "worker killed": lambda _: self._kill(service.worker()),
            "worker stopped": lambda _: self._stop(service.worker()),
            "everything killed": lambda _: self._kill_all(),
            **storage.faults,
        }

    @property
    def kinds(self) -> Sequence[str]:
        return list(self._kinds)

    def make(self, kind: str) -> None:
        """Do it, and put it right where nobody else does."""
        try:
            self._kinds[kind](self._chosen)
        except TimeoutError as error:
            self.errors.append(f"{kind}: {error}")
        self.made[kind] += 1

    def work(self, over: threading.Event, pause: float) -> None:
        """Go on until told to stop: every kind, shuffled, and again."""
        while True:
            for kind in self._chosen.sample(self.kinds, len(self.kinds)):
                if over.wait(self._chosen.uniform(0.3, 1.7) * pause):
                    return
                self.make(kind)

    def _web_worker(self) -> int | None:
        there = self._service.web_workers()
        return self._chosen.choice(there) if there else None

    def _kill(self, pid: int | None) -> None:
        self._signal(pid, signal.SIGKILL)

    def _signal(self, pid: int | None, number: signal.Signals) -> None:
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self, pid: int | None) -> None:
        stop_for(pid, self._chosen.uniform(0.1, self._longest))

    def _kill_all(self) -> None:
        service = self._service
        for pid in (service.master(), *service.web_workers(), service.worker()):
            self._kill(pid)
        self._kill(service.storage_pid())
