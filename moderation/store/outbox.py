"""The outbox: tasks for the worker, written by the same script as the change they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from redis.exceptions import ResponseError

from .keys import key
from .results import Task
from .scripts import Scripts
from .streams import MAX_BLOCK_MS, Entries, data_of, entries_of

_GROUP = "workers"
_PENDING_PAGE = 100

MAX_TRIES = 8
"""Deliveries of one task, after which it becomes a dead letter."""


class Outbox:
    """`store.outbox`: tasks that are worked on once, whoever dies meanwhile."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def read(self, site: str, consumer: str, count: int = 10, block_ms: int = 0) -> list[Task]:
        """Take new tasks for a consumer of the group `workers`."""
        stream = key("outbox", site)

        def call(client: Any) -> Entries:
            wait = min(block_ms, MAX_BLOCK_MS) or None
            try:
                return entries_of(client.xreadgroup(_GROUP, consumer, {stream: ">"}, count, wait))
            except ResponseError as error:
                _expect_no_group(error)
            # The site has no outbox yet, or it was restored without its group.
            client.xgroup_create(stream, _GROUP, "0", mkstream=True)
            return []

        found = self._scripts.connection.call(call)
        return [_task(i, f, tries=1) for i, f in found]

    def acknowledge(self, site: str, task_id: str) -> None:
        """The task is done: forget it."""
        stream = key("outbox", site)

        def call(client: Any) -> None:
            pipe = client.pipeline(transaction=False)
            pipe.xack(stream, _GROUP, task_id)
            pipe.xdel(stream, task_id)
            pipe.execute()

        self._scripts.connection.call(call)

    def reclaim(
        self, site: str, consumer: str, min_idle_ms: int, count: int = 10, *, now: int
    ) -> list[Task]:
        """Take over tasks that were begun and not finished, by a dead worker or a failed try.

        A task is due `min_idle_ms` after its first try, twice that after the second, and so on;
        one tried too often becomes a dead letter, at `now`; the server itself measures how long
        a task lies idle.
        """
        stream = key("outbox", site)

        def call(client: Any) -> tuple[Entries, dict[bytes, int]]:
            due: dict[bytes, int] = {}
            start = "-"
            while len(due) < count:
                try:
                    pending = client.xpending_range(
                        stream, _GROUP, start, "+", _PENDING_PAGE, idle=min_idle_ms
                    )
                except ResponseError as error:
                    _expect_no_group(error)
                    return [], {}
                for p in pending:
                    tries = p["times_delivered"]
                    if p["time_since_delivered"] >= min_idle_ms * 2 ** min(tries - 1, MAX_TRIES):
                        due[p["message_id"]] = tries
                if len(pending) < _PENDING_PAGE:
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
            task = _task(i, f, tries=tries[i] + 1)
            if task.tries > MAX_TRIES:
                self.dead_letter(site, task.id, "tried too often", now=now)
            else:
                tasks.append(task)
        return tasks

    def dead_letter(self, site: str, task_id: str, reason: str, *, now: int) -> None:
        """Move a task to the dead letters; raises `TaskNotFoundError`."""
        self._scripts.run("dead_letter", {"id": task_id, "reason": reason, "now": now}, site=site)


def _task(entry_id: bytes, fields: Mapping[bytes, bytes], *, tries: int) -> Task:
    return Task(
        id=entry_id.decode(), type=fields[b"type"].decode(), data=data_of(fields), tries=tries
    )


def _expect_no_group(error: ResponseError) -> None:
    """Raise any other error than that the outbox, or its group, is not there yet."""
    if not str(error).startswith("NOGROUP"):
        raise error
