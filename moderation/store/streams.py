"""What the scripts write down as they change things: audit, live events, the outbox."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from redis.exceptions import ResponseError

from ..records import AuditEntry
from .keys import key
from .queries import Reading, position
from .results import Event, Task
from .scripts import Scripts

_GROUP = "workers"
_MOST_TRIES = 8
_PENDING = 100
_MOST_BLOCK_MS = 1000

Entries = list[tuple[bytes, Mapping[bytes, bytes]]]


class Journal:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._reading = Reading(scripts)

    def audit_page(
        self, site: str, *, limit: int, cursor: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Changes, newest first, and the next cursor; raises `InvalidError` (`bad-cursor`)."""
        before = position(f"s{cursor}" if cursor is not None else None, "s")
        stream = key("audit", site)
        if before and not before.strip("0-"):
            return [], None  # nothing is older than 0-0, and the server refuses to look
        start = f"({before}" if before else "+"

        def call(client: Any) -> Entries:
            found: Entries = client.xrevrange(stream, start, "-", count=limit + 1)
            return found

        entries = self._scripts.connection.call(call, read=True)
        page = [
            AuditEntry(
                id=i.decode(),
                at=int(f[b"at"]),
                actor=f[b"actor"].decode(),
                verb=f[b"verb"].decode(),
                subject=f[b"subject"].decode(),
                detail=json.loads(f[b"detail"]),
            )
            for i, f in entries[:limit]
        ]
        return page, page[-1].id if len(entries) > limit else None

    def events(
        self, site: str, after: str | None = None, *, limit: int = 100, block_ms: int = 0
    ) -> list[Event]:
        """Live changes after a cursor, oldest first; without one the latest `limit`.

        `block_ms` waits for the first new one, at most a second (the socket's time-out is two).
        Raises `InvalidError` (`bad-cursor`).
        """
        start = position(f"s{after}" if after is not None else None, "s")
        stream = key("events", site)

        def call(client: Any) -> Entries:
            if start is None:
                latest: Entries = client.xrevrange(stream, count=limit)
                return latest[::-1]
            wait = min(block_ms, _MOST_BLOCK_MS) or None
            return _entries(client.xread({stream: start}, count=limit, block=wait))

        found = self._scripts.connection.call(call, read=True)
        return [Event(id=i.decode(), type=f[b"type"].decode(), data=_data(f)) for i, f in found]

    def outbox_read(
        self, site: str, consumer: str, count: int = 10, block_ms: int = 0
    ) -> list[Task]:
        """Take new tasks for a consumer of the group `workers`."""
        stream = key("outbox", site)

        def call(client: Any) -> Entries:
            wait = min(block_ms, _MOST_BLOCK_MS) or None
            try:
                return _entries(client.xreadgroup(_GROUP, consumer, {stream: ">"}, count, wait))
            except ResponseError as error:
                if not str(error).startswith("NOGROUP"):
                    raise
            # The site has no outbox yet, or it was restored without its group.
            client.xgroup_create(stream, _GROUP, "0", mkstream=True)
            return []

        found = self._scripts.connection.call(call)
        return [Task(id=i.decode(), type=f[b"type"].decode(), data=_data(f)) for i, f in found]

    def outbox_ack(self, site: str, task_id: str) -> None:
        """The task is done: forget it."""
        stream = key("outbox", site)

        def call(client: Any) -> None:
            pipe = client.pipeline(transaction=False)
            pipe.xack(stream, _GROUP, task_id)
            pipe.xdel(stream, task_id)
            pipe.execute()

        self._scripts.connection.call(call)

    def outbox_reclaim(
        self, site: str, consumer: str, min_idle_ms: int, count: int = 10
    ) -> list[Task]:
        """Take over tasks that were begun and not finished, by a dead worker or a failed try.

        A task is due `min_idle_ms` after its first try, twice that after the second, and so on;
        one tried too often becomes a dead letter.
        """
        stream = key("outbox", site)

        def call(client: Any) -> tuple[Entries, dict[bytes, int]]:
            due: dict[bytes, int] = {}
            start = "-"
            while len(due) < count:
                try:
                    pending = client.xpending_range(
                        stream, _GROUP, start, "+", _PENDING, idle=min_idle_ms
                    )
                except ResponseError as error:
                    if not str(error).startswith("NOGROUP"):
                        raise
                    return [], {}
                for p in pending:
                    tries = p["times_delivered"]
                    if p["time_since_delivered"] >= min_idle_ms * 2 ** min(tries - 1, _MOST_TRIES):
                        due[p["message_id"]] = tries
                if len(pending) < _PENDING:
                    break
                start = f"({pending[-1]['message_id'].decode()}"
            wanted = list(due)[:count]
            if not wanted:
                return [], {}
            taken = client.xclaim(stream, _GROUP, consumer, min_idle_ms, wanted)
            # Redis < 7 answers empty for entries that were trimmed while pending.
            return [entry for entry in taken if entry and entry[1]], due

        entries, tries = self._scripts.connection.call(call)
        tasks = []
        for i, f in entries:
            count_so_far = tries[i] + 1
            if count_so_far > _MOST_TRIES:
                self.outbox_dead(site, i.decode(), "tried too often")
                continue
            task = Task(id=i.decode(), type=f[b"type"].decode(), data=_data(f), tries=count_so_far)
            tasks.append(task)
        return tasks

    def outbox_dead(self, site: str, task_id: str, reason: str) -> None:
        """Move a task to the dead letters."""
        self._scripts.run("bury", {"id": task_id, "reason": reason, "now": 0}, site=site)


def _entries(reply: Any) -> Entries:
    """What XREAD gives for the one stream asked: a list of pairs in RESP2, a map in RESP3."""
    if not reply:
        return []
    found = next(iter(reply.values())) if isinstance(reply, dict) else reply[0][1]
    if found and isinstance(found[0], list) and found[0] and isinstance(found[0][0], tuple):
        found = found[0]
    entries: Entries = list(found)
    return entries


def _data(fields: Mapping[bytes, bytes]) -> dict[str, object]:
    data: dict[str, object] = json.loads(fields[b"data"])
    return data
