"""What the scripts write down as they change things: audit, live events, the outbox."""

from __future__ import annotations

from ..records import AuditEntry
from .results import Event, Task
from .scripts import Scripts


class Journal:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def audit_page(
        self, site: str, *, limit: int, cursor: str | None = None
    ) -> tuple[list[AuditEntry], str | None]:
        """Changes, newest first, and the next cursor; raises `Invalid` (`bad-cursor`)."""
        raise NotImplementedError

    def events(
        self, site: str, after: str | None = None, *, limit: int = 100, block_ms: int = 0
    ) -> list[Event]:
        """Live changes after a cursor, oldest first; without one the latest `limit`.

        `block_ms` waits for the first new one, at most a second (the socket's time-out is two).
        Raises `Invalid` (`bad-cursor`).
        """
        raise NotImplementedError

    def outbox_read(
        self, site: str, consumer: str, count: int = 10, block_ms: int = 0
    ) -> list[Task]:
        """Take new tasks for a consumer of the group `workers`."""
        raise NotImplementedError

    def outbox_ack(self, site: str, task_id: str) -> None:
        """The task is done: forget it."""
        raise NotImplementedError

    def outbox_reclaim(
        self, site: str, consumer: str, min_idle_ms: int, count: int = 10
    ) -> list[Task]:
        """Take over tasks that another consumer left; one tried too often becomes a dead letter."""
        raise NotImplementedError

    def outbox_dead(self, site: str, task_id: str, reason: str) -> None:
        """Move a task to the dead letters."""
        raise NotImplementedError
