"""Background work: what the outbox asks for, and maintenance by the clock.

Every site has an outbox, a stream that each write adds to in its own atomic step. Workers share it
as one consumer group: a task is taken, done, then acknowledged. One that fails, or whose worker
dies, comes back after a pause that doubles with each try, and ends as a dead letter after the
last. So a task may run more than once, and every handler must stand that.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from . import (
    raids,
    submission,
    tracing,
)
from .clock import MINUTE, now
from .errors import NotFoundError, RejoinderError, UnavailableError
from .expiry import Expiry
from .outbound.mail import posting as mail
from .outbound.webhooks.events import fan_out
from .outbound.webhooks.sender import Sender
from .services import Services
from .store.results import Task

logger = structlog.get_logger(__name__)

# These periods are choices; none was measured.

# After the first try. It doubles, so the store's eight tries end after two hours: long enough for a
# model or a server to be put right, short enough for a defect to be seen the same day.
RETRY_MS = 30_000
# Nothing waits for it: what has expired is not used any more, it only takes room.
MAINTENANCE_MS = 10 * MINUTE
# A new site's first task waits as long at most.
SITES_MS = 10_000
# Between rounds without work: how late a task may begin, against two calls a site.
IDLE_SECONDS = 1.0
# The longest pause while the storage is away; the work is taken up that late after it is back.
PAUSE_MAX = 30.0
# Well above a round; a worker whose storage is away as long is not alive either.
ALIVE_MS = MINUTE

Handler = Callable[[Services, str, Task], None]


def rescore(services: Services, site: str, task: Task) -> None:
    """Score a comment that could not be scored when it came, and judge it by the site's policy.

    Raises `UnavailableError` if it still cannot be scored: the task comes back later.
    """
    at = now()
    try:
        case = services.store.queue.case(site, str(task.data["comment"]), now=at)
    except NotFoundError:
        return
    comment = case.comment
    failed = comment.scored is not None and comment.scored.failed
    decided = any(made.action != "undo" and made.undone_by is None for made in case.decisions)
    # What a person has decided meanwhile stands.
    if failed and not decided and comment.status != "deleted":
        submission.rescore(services, site, comment, now=at)


def tell_and_rescore(services: Services, site: str, task: Task) -> None:
    """Note whom to tell, which a second try does not repeat; then score it if that failed."""
    mail.post(services, site, task)
    rescore(services, site, task)


def hold_raid(services: Services, site: str, task: Task) -> None:
    """Hold what of a raid was published before it was known as one, where the site wants that."""
    raids.hold_published(services, site, str(task.data["group"]), now=now())


HANDLERS: Mapping[str, Handler] = {
    "comment.created": tell_and_rescore,
    "comment.changed": tell_and_rescore,
    "comment.reported": mail.post,
    "case.decided": mail.post,
    "group.began": hold_raid,
}
"""By type of task. A type without a row needs no work here and is acknowledged as it comes."""


@dataclass
class Worker:
    """One consumer. `clock` gives milliseconds; `handlers` may be replaced in tests."""

    services: Services
    handlers: Mapping[str, Handler] = field(default_factory=lambda: HANDLERS)
    clock: Callable[[], int] = now
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{secrets.token_hex(4)}")
    retry_ms: int = RETRY_MS
    _sites: list[str] = field(default_factory=list)
    _sites_at: int = 0
    _maintained_at: dict[str, int] = field(default_factory=dict)
    _expiry: Expiry = field(default_factory=Expiry)

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; the task at hand is finished first."""
        pause = IDLE_SECONDS
        logger.info("worker.started", worker=self.name)
        # Beside the tasks, since a receiver may take long to answer.
        sending = threading.Thread(target=Sender(self.services).run, args=(stop,), daemon=True)
        sending.start()
        while not stop.is_set():
            try:
                done = self.run_once()
                heartbeat_file(self.services.settings.data_dir).touch()
            except UnavailableError as error:
                logger.warning("worker.storage-unavailable", detail=error.detail, pause=pause)
                stop.wait(pause)
                pause = min(pause * 2, PAUSE_MAX)
            else:
                pause = IDLE_SECONDS
                if not done:
                    stop.wait(IDLE_SECONDS)
        sending.join()
        logger.info("worker.stopped", worker=self.name)

    def run_once(self) -> int:
        """Look at every site once; return how many tasks were worked on.

        Raises:
            UnavailableError: the storage does not answer, or not for one of the sites.
        """
        now, done = self.clock(), 0
        away: UnavailableError | None = None
        for site in self.sites(now):
            try:
                done += self._serve(site, now)
            except UnavailableError as error:
                # Of a cluster, one site's shard may be away while the others' are not.
                away = error
        if away is not None:
            raise away
        return done

    def _serve(self, site: str, now: int) -> int:
        store = self.services.store
        tasks = store.outbox.reclaim(site, self.name, self.retry_ms, now=now)
        # Ten and ten at most: a site with many tasks does not keep the others waiting.
        tasks += store.outbox.read(site, self.name, 10, 0)
        if tasks:
            # Before any of them is acknowledged: webhooks are told of each, in their order.
            self._tell_webhooks(site, now)
        for task in tasks:
            self.work(site, task)
        if now - self._maintained_at.get(site, 0) >= MAINTENANCE_MS:
            if site not in self._maintained_at:
                store.maintenance.fill_latest(site)
                store.maintenance.list_threads(site)
            self._maintained_at[site] = now
            dropped = store.maintenance.trim(site, now)
            store.maintenance.enter_cases(site)
            dropped = {**dropped, "expired": self._expiry.step(self.services, site, now=now)}
            logger.info("worker.trimmed", site=site, **dropped)
        return len(tasks)

    def _tell_webhooks(self, site: str, now: int) -> None:
        try:
            fan_out(self.services.store, site, now=now)
        except RejoinderError:
            raise
        except Exception:
            # A defect there must not end the work for every site.
            logger.exception("worker.webhooks-failed", site=site)

    def work(self, site: str, task: Task) -> None:
        """Do one task and acknowledge it; a failure leaves it to come back."""
        handler = self.handlers.get(task.type)
        log = logger.bind(site=site, task=task.id, type=task.type, tries=task.tries)
        if handler is not None:
            try:
                with tracing.span("task", type=task.type, tries=task.tries):
                    handler(self.services, site, task)
            except RejoinderError as error:
                log.warning("worker.task-failed", code=error.code, detail=error.detail)
                return
            except Exception:
                # A defect in one handler must not end the work for every site.
                log.exception("worker.task-failed")
                return
        self.services.store.outbox.acknowledge(site, task.id)

    def sites(self, now: int) -> list[str]:
        """The sites to serve, looked up anew every ten seconds."""
        if now - self._sites_at >= SITES_MS:
            self._sites = [site.slug for site in self.services.store.sites.list()]
            self._sites_at = now
        return self._sites


def heartbeat_file(data_dir: Path) -> Path:
    """Touched after each round, for health checks."""
    return data_dir / "worker.alive"


def is_alive(data_dir: Path, now: int) -> bool:
    """Whether a worker of this machine finished a round within the last minute."""
    try:
        touched = os.stat(heartbeat_file(data_dir)).st_mtime_ns // 1_000_000
    except FileNotFoundError:
        return False
    return now - touched < ALIVE_MS
