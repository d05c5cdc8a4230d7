"""Calls that are sent until they are answered, and written down."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.faults.journal import Journal
from tests.faults.proxy import reset

AGAIN = {408, 429, 502, 503}
PATIENCE = 5.0
"""Seconds a client waits for an answer before it asks again."""
GIVES_UP = 120.0


class Unanswered(Exception):
    """A call found no answer in all that time."""


@dataclass
class Figures:
    """What the calls had to wait for; shared by all clients."""

    failed_calls: int = 0
    failures: int = 0
    """Tries without an answer, or with "try again", that no client cut itself."""
    cuts: int = 0
    replays: int = 0
    waits: list[float] = field(default_factory=list)
    under_fault: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Caller:
    """One client's connection; every call is sent until it is answered."""

    def __init__(
        self, site: str, port: int, journal: Journal, figures: Figures, chosen: random.Random
    ) -> None:
        self.site, self._port, self._journal = site, port, journal
        self._figures, self._chosen = figures, chosen
        self._connection: http.client.HTTPConnection | None = None
        self.cut_share = 0.0
        """How many of the calls are cut by this client itself before they are answered."""

    def call(
        self,
        verb: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: dict[str, Any] | None = None,
        *,
        who: str,
        subject: str | None = None,
        keyed: bool = True,
    ) -> tuple[int, Any]:
        """Send, until answered, under one key; note it in the journal. Raises `Unanswered`."""
        number = self._journal.send(self.site, verb, who, subject, body or {})
        whole = {**headers, "Content-Type": "application/json"}
        if keyed:
            whole["Idempotency-Key"] = str(uuid.UUID(int=self._chosen.getrandbits(128)))
        payload = json.dumps(body).encode() if body is not None else b""
        began = time.monotonic()
        tries = 0
        while True:
            tries += 1
            answer = self._try(method, f"/api/v1/sites/{self.site}{path}", whole, payload)
            if answer is not None:
                break
            if time.monotonic() - began > GIVES_UP:
                raise Unanswered(f"{verb} {path}")
            time.sleep(self._chosen.uniform(0.05, 0.3))
        status, replayed, text = answer
        ended = time.monotonic()
        told = json.loads(text) if text else None
        with self._figures.lock:
            self._figures.waits.append(ended - began)
            if tries > 1:
                self._figures.failed_calls += 1
                self._figures.under_fault.append(ended - began)
            self._figures.replays += replayed
        self._journal.answer(
            number,
            began=began,
            ended=ended,
            tries=tries,
            status=status,
            answer=told,
            replayed=replayed,
        )
        return status, told

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _try(
        self, method: str, path: str, headers: dict[str, str], payload: bytes
    ) -> tuple[int, bool, bytes] | None:
        """Send it once; None if it was not answered, or with "try again"."""
        if self._chosen.random() < self.cut_share:
            self._cut(method, path, headers, payload)
            return None
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            self._connection.request(method, path, payload, headers)
            response = self._connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.close()
            self._failed()
            return None
        if response.status in AGAIN:
            self._failed()
            return None
        return response.status, response.headers.get("Idempotency-Replayed") == "true", text

    def _failed(self) -> None:
        with self._figures.lock:
            self._figures.failures += 1

    def _cut(self, method: str, path: str, headers: dict[str, str], payload: bytes) -> None:
        """Send the request, or a part of it, and reset the connection."""
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Content-Length: {len(payload)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + payload
        part = len(whole) if self._chosen.random() < 0.7 else self._chosen.randrange(len(whole))
        with contextlib.suppress(OSError):
            connection = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
            connection.sendall(whole[:part])
            time.sleep(self._chosen.uniform(0.0, 0.01))
            reset(connection)
            with self._figures.lock:
                self._figures.cuts += 1
