"""Who writes to a site, what they know of its comments, and by which rules they are judged."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.calls import Caller
from tests.support.scorer import ATTRIBUTES

ORIGIN = "https://blog.example"
HOLD, FLAG = "quarantine", "hazard"
"""Words of the site's lists: a text says by them what becomes of it, whatever a model finds."""
MAX_DEPTH = 2
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
    # The crowd writes as programs do, more a minute than people.
    "proof": "off",
    "raids": "off",
    "limits": {
        f"{what}_per_minute": 1_000_000 for what in ("comments", "votes", "reports", "key_comments")
    },
}
"""Nothing by chance, by a score or by the clock: what follows from a call is known beforehand."""


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
