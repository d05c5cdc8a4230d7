"""Readers and moderators who write without a pause, and try again until they are answered."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.journal import Journal
from tests.faults.proxy import reset

ORIGIN = "https://blog.example"
HOLD, FLAG = "quarantine", "hazard"
"""Words of the site's lists: a text says by them what becomes of it, whatever a model finds."""
MAX_DEPTH = 2
ATTRIBUTES = [
    "toxicity",
    "severe_toxicity",
    "insult",
    "profanity",
    "identity_attack",
    "threat",
    "spam",
]
POLICY: dict[str, Any] = {
    "words": {"hold": [HOLD], "flag": [FLAG]},
    "thresholds": {name: {"flag": None, "hold": None} for name in ATTRIBUTES},
    "max_links": None,
    "first_comment": "publish",
    "unsupported_language": "publish",
    "scorer_down": "publish",
    "repeat": "publish",
    "audit_rate": 0.0,
    "edit_minutes": 525_600,
    "max_depth": MAX_DEPTH,
    "nudge": False,
    "limits": {
        f"{what}_per_minute": 1_000_000 for what in ("comments", "votes", "reports", "key_comments")
    },
}
"""Nothing by chance, by a score or by the clock: what follows from a call is known beforehand."""

AGAIN = {408, 429, 502, 503}
PATIENCE = 5.0
"""Seconds a client waits for an answer before it asks again."""
GIVES_UP = 120.0


class Unanswered(Exception):
    """A call found no answer in all that time."""


class Gate:
    """Many may vote and report at once; who changes a comment is alone with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0

    @contextlib.contextmanager
    def enter(self, *, alone: bool) -> Iterator[bool]:
        """Answers whether there is room; nobody waits."""
        with self._lock:
            room = self._inside == 0 if alone else self._inside >= 0
            if room:
                self._inside += -1 if alone else 1
        try:
            yield room
        finally:
            if room:
                with self._lock:
                    self._inside -= -1 if alone else 1


@dataclass(eq=False)
class Known:
    """What the clients remember of a comment, to make calls that make sense."""

    id: str
    thread: str
    author: int
    version: int = 1
    decisions: list[str] = field(default_factory=list)
    deleted: bool = False
    gate: Gate = field(default_factory=Gate)


class Pool:
    """The comments that were acknowledged."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._list: list[Known] = []
        self._by_id: dict[str, Known] = {}
        self._decided: list[Known] = []

    def add(self, known: Known) -> None:
        with self._lock:
            self._list.append(known)
            self._by_id[known.id] = known

    def find(self, comment: str) -> Known | None:
        with self._lock:
            return self._by_id.get(comment)

    def decided(self, known: Known) -> None:
        with self._lock:
            self._decided.append(known)

    def pick_decided(self, chosen: random.Random) -> Known | None:
        """One of those that were decided on last."""
        with self._lock:
            return chosen.choice(self._decided[-20:]) if self._decided else None

    def pick(self, chosen: random.Random) -> Known | None:
        """One of all, or more likely one of the latest, where others are at work too."""
        with self._lock:
            if not self._list:
                return None
            latest = self._list[-40:] if chosen.random() < 0.7 else self._list
            return chosen.choice(latest)


@dataclass
class Figures:
    """What the calls had to wait for; shared by all clients."""

    failed_calls: int = 0
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
            return None
        if response.status in AGAIN:
            return None
        return response.status, response.headers.get("Idempotency-Replayed") == "true", text

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


@dataclass(frozen=True)
class Reader:
    """An author's token, at an address and in a network of their own."""

    id: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Moderator:
    """A program's key that works the queue."""

    actor: str
    headers: dict[str, str]


@dataclass
class Crowd:
    """What the clients of one site share."""

    site: str
    threads: list[str]
    owner: dict[str, str]
    pool: Pool
    readers: list[Reader] = field(default_factory=list)
    moderators: list[Moderator] = field(default_factory=list)
    texts: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def reader_headers(number: int) -> dict[str, str]:
    return {"Origin": ORIGIN, "X-Forwarded-For": f"10.{number // 200}.{number % 200}.7"}


def settle_in(caller: Caller, crowd: Crowd, *, readers: int, moderators: int) -> None:
    """Set the site's policy, and let readers and moderators come."""
    owner = {**crowd.owner, "X-Forwarded-For": "10.250.0.1"}
    caller.call("settings", "PATCH", "", owner, {"policy": POLICY}, who="owner", keyed=False)
    for number in range(moderators):
        _, key = caller.call(
            "key",
            "POST",
            "/keys",
            owner,
            {"name": f"moderator {number}", "scopes": ["queue"]},
            who="owner",
            keyed=False,
        )
        headers = {"Authorization": f"Bearer {key['api_key']}"}
        crowd.moderators.append(Moderator(f"key:{key['id']}", headers))
    for number in range(readers):
        headers = reader_headers(number)
        _, made = caller.call("author", "POST", "/authors", headers, {}, who="", keyed=False)
        crowd.readers.append(Reader(made["id"], {**headers, "Rejoinder-Author": made["token"]}))


class Client:
    """One of the crowd at a time: what it does next is drawn."""

    def __init__(
        self, crowd: Crowd, caller: Caller, chosen: random.Random, *, seat: int = 0, seats: int = 1
    ) -> None:
        """Of `seats` clients each votes for its own readers: nobody is two people at once."""
        self._crowd, self._caller, self._chosen = crowd, caller, chosen
        self._voters = range(seat, len(crowd.readers), seats)
        self._deeds: list[tuple[int, Callable[[], None]]] = [
            (18, self._post),
            (20, self._reply),
            (26, self._vote),
            (8, self._report),
            (5, self._claim),
            (7, self._decide),
            (5, self._undo),
            (8, self._edit),
            (2, self._mend),
            (3, self._delete),
        ]

    def work(self, over: threading.Event, pause: float) -> None:
        weights, deeds = zip(*self._deeds, strict=True)
        while not over.is_set():
            (deed,) = self._chosen.choices(deeds, weights)
            deed()
            if pause:
                over.wait(self._chosen.uniform(0, 2 * pause))

    def close_up(self) -> None:
        """Write a last comment in each thread, so that no page waits to show the latest votes."""
        for thread in self._crowd.threads:
            self._submit(thread, None)

    def _post(self) -> None:
        self._submit(self._chosen.choice(self._crowd.threads), None)

    def _reply(self) -> None:
        above = self._crowd.pool.pick(self._chosen)
        if above is not None:
            self._submit(above.thread, above.id)

    def _submit(self, thread: str, parent: str | None) -> None:
        number = self._chosen.randrange(len(self._crowd.readers))
        reader = self._crowd.readers[number]
        body: dict[str, Any] = {"thread": {"url": thread}, "text": self._text()}
        if parent is not None:
            body["parent"] = parent
        status, told = self._caller.call(
            "submit", "POST", "/comments", reader.headers, body, who=reader.id, subject=parent
        )
        if status == 201:
            self._crowd.pool.add(Known(told["id"], thread, number))

    def _vote(self) -> None:
        with self._some(alone=False) as known:
            if known is None:
                return
            reader = self._other_than(known)
            self._caller.call(
                "vote",
                "POST",
                f"/comments/{known.id}/votes",
                reader.headers,
                {"value": self._chosen.choice((1, 1, 1, -1, 0))},
                who=reader.id,
                subject=known.id,
            )

    def _report(self) -> None:
        with self._some(alone=False) as known:
            if known is None:
                return
            reader = self._other_than(known)
            self._caller.call(
                "report",
                "POST",
                f"/comments/{known.id}/reports",
                reader.headers,
                {"reason": "abuse", "note": "Please look."},
                who=reader.id,
                subject=known.id,
            )

    def _edit(self) -> None:
        with self._some(alone=True) as known:
            if known is None or known.deleted:
                return
            reader = self._crowd.readers[known.author]
            self._change("edit", known, reader.headers, reader.id)

    def _mend(self) -> None:
        """A moderator puts a text right."""
        with self._some(alone=True) as known:
            if known is None or known.deleted:
                return
            moderator = self._moderator()
            self._change("mend", known, moderator.headers, moderator.actor)

    def _change(self, verb: str, known: Known, headers: dict[str, str], who: str) -> None:
        status, told = self._caller.call(
            verb,
            "PATCH",
            f"/comments/{known.id}",
            headers,
            {"text": self._text(), "version": known.version},
            who=who,
            subject=known.id,
        )
        if status == 200:
            known.version = told["version"]

    def _delete(self) -> None:
        with self._some(alone=True) as known:
            if known is None:
                return
            by_author = self._chosen.random() < 0.7
            reader, moderator = self._crowd.readers[known.author], self._moderator()
            status, _ = self._caller.call(
                "delete",
                "DELETE",
                f"/comments/{known.id}",
                reader.headers if by_author else moderator.headers,
                who=reader.id if by_author else moderator.actor,
                subject=known.id,
                keyed=False,
            )
            known.deleted = known.deleted or status == 200

    def _decide(self) -> None:
        with self._some(alone=True) as known:
            if known is not None:
                self._decide_on(known, self._moderator())

    def _decide_on(self, known: Known, moderator: Moderator) -> None:
        status, told = self._caller.call(
            "decide",
            "POST",
            f"/queue/{known.id}/decisions",
            moderator.headers,
            {
                "action": self._chosen.choice(("approve", "approve", "reject", "escalate")),
                "version": known.version,
            },
            who=moderator.actor,
            subject=known.id,
        )
        if status == 201:
            known.decisions.append(told["id"])
            self._crowd.pool.decided(known)

    def _undo(self) -> None:
        with self._enter(self._crowd.pool.pick_decided(self._chosen), alone=True) as known:
            if known is None or not known.decisions:
                return
            # Mostly the last one; an earlier one is refused.
            at = -1 if self._chosen.random() < 0.8 else self._chosen.randrange(len(known.decisions))
            moderator = self._moderator()
            status, _ = self._caller.call(
                "undo",
                "POST",
                f"/decisions/{known.decisions[at]}/undo",
                moderator.headers,
                {},
                who=moderator.actor,
                subject=known.decisions[at],
            )
            if status == 201:
                del known.decisions[at]

    def _claim(self) -> None:
        """Lease the next cases, and decide or give back each of them."""
        moderator = self._moderator()
        status, told = self._caller.call(
            "claim",
            "POST",
            "/queue/claims",
            moderator.headers,
            {"limit": 3},
            who=moderator.actor,
            keyed=False,
        )
        if status != 200:
            return
        for case in told["cases"]:
            known = self._crowd.pool.find(case["comment"]["id"])
            if known is not None and self._chosen.random() < 0.7:
                with known.gate.enter(alone=True) as room:
                    if room:
                        self._decide_on(known, moderator)
                        continue
            self._caller.call(
                "release",
                "DELETE",
                f"/queue/claims/{case['comment']['id']}",
                moderator.headers,
                who=moderator.actor,
                subject=case["comment"]["id"],
                keyed=False,
            )

    @contextlib.contextmanager
    def _some(self, *, alone: bool) -> Iterator[Known | None]:
        with self._enter(self._crowd.pool.pick(self._chosen), alone=alone) as known:
            yield known

    @contextlib.contextmanager
    def _enter(self, known: Known | None, *, alone: bool) -> Iterator[Known | None]:
        if known is None:
            yield None
            return
        with known.gate.enter(alone=alone) as room:
            yield known if room else None

    def _other_than(self, known: Known) -> Reader:
        return self._crowd.readers[
            self._chosen.choice([number for number in self._voters if number != known.author])
        ]

    def _moderator(self) -> Moderator:
        return self._chosen.choice(self._crowd.moderators)

    def _text(self) -> str:
        with self._crowd.lock:
            self._crowd.texts += 1
            number = self._crowd.texts
        kind = self._chosen.choices(("", f" There is a {HOLD}.", f" There is a {FLAG}."), (8, 1, 1))
        return f"Remark {number} on the river and the weather, with thanks.{kind[0]}"
