"""Sends what waits for webhooks: signs it, tries again over a day, gives up.

Each webhook is served beside the others, so that one that hangs keeps nobody else waiting.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog
from standardwebhooks import Webhook as Signer

from ...clock import DAY, HOUR, MINUTE, now
from ...errors import BadTargetError, DeliveryError, RejoinderError, UnavailableError
from ...records import Delivery, Webhook
from ...services import Services
from ...tokens import webhook_secret
from .message import written
from .transport import Answer, post

logger = structlog.get_logger(__name__)

BACKOFF_MS: Sequence[int] = (
    5_000,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    8 * HOUR,
    10 * HOUR,
)
"""After each try that failed; after the last, a day and two hours later, it is given up."""
OVERLAP_MS = DAY
"""How long messages are signed with the secret before, too, after there is a new one."""
LEASE_MS = 2 * MINUTE
"""Well above what a try takes: who has it longer is dead."""

# By choice. A webhook that hangs holds so many threads, and no more.
_AT_ONCE = 4
_THREADS = 32
_IDLE_SECONDS = 1.0
_PAUSE_MAX = 30.0
_SITES_MS = 10_000
# What a receiver may ask for with `Retry-After`, by choice.
_RETRY_AFTER_MAX = HOUR
_GONE = 410


@dataclass
class Sender:
    """The deliveries of all sites; any number may run, in any number of processes."""

    services: Services
    clock: Callable[[], int] = now
    _busy: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _sites: Sequence[str] = ()
    _sites_at: int = 0

    def run(self, stop: threading.Event) -> None:
        """Send until told to stop; what is being sent then is finished first."""
        pause = _IDLE_SECONDS
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="webhooks") as pool:
            while not stop.is_set():
                self._wake.clear()
                try:
                    begun = self._round(pool)
                except UnavailableError as error:
                    logger.warning("webhooks.storage-unavailable", detail=error.detail)
                    stop.wait(pause)
                    pause = min(pause * 2, _PAUSE_MAX)
                    continue
                except Exception:
                    # A defect here must not end the deliveries of every site.
                    logger.exception("webhooks.round-failed")
                    begun = 0
                pause = _IDLE_SECONDS
                if not begun and not stop.is_set():
                    self._wake.wait(_IDLE_SECONDS)

    def run_once(self) -> int:
        """Send what is due, and what becomes due by that; answers how many tries that were."""
        tries = 0
        with ThreadPoolExecutor(_THREADS) as pool:
            while True:
                self._wake.clear()
                # Asked before: what ends meanwhile may leave something due.
                idle = not self._busy
                begun = self._round(pool)
                tries += begun
                if not begun:
                    if idle:
                        return tries
                    self._wake.wait(_IDLE_SECONDS)

    def send(self, webhook: Webhook, delivery: Delivery) -> None:
        """Try a delivery once, and note how it ended."""
        log = logger.bind(site=webhook.site, webhook=webhook.id, message=delivery.id)
        try:
            answer = self._post(webhook, delivery)
        except (BadTargetError, DeliveryError) as error:
            self._failed(webhook, delivery, error.detail)
            log.info("webhooks.failed", tries=delivery.tries, detail=error.detail)
            return
        if answer.taken:
            self.services.store.webhooks.finish(webhook.site, delivery, now=self.clock())
            return
        log.info("webhooks.refused", tries=delivery.tries, status=answer.status)
        if answer.status == _GONE:
            self.services.store.webhooks.change(
                webhook.site, webhook.id, {"off": "gone"}, actor="worker", now=self.clock()
            )
        self._failed(webhook, delivery, f"It answered {answer.status}.", answer.retry_after)

    def _post(self, webhook: Webhook, delivery: Delivery) -> Answer:
        at = self.clock()
        body = written(self.services, delivery, site=webhook.site, style=webhook.format)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Rejoinder",
            **self._signed(webhook, delivery, body, at),
        }
        networks = self.services.settings.webhook_networks
        return post(webhook.url, body, headers, networks=networks)

    def _signed(self, webhook: Webhook, delivery: Delivery, body: bytes, at: int) -> dict[str, str]:
        generations = [webhook.generation]
        if webhook.overlap > at:
            generations.append(webhook.generation - 1)
        moment = datetime.fromtimestamp(at // 1000, UTC)
        signatures = [
            Signer(
                webhook_secret(
                    self.services.settings.secret_key, webhook.site, webhook.id, generation
                )
            ).sign(delivery.id, moment, body.decode())
            for generation in generations
        ]
        return {
            "webhook-id": delivery.id,
            "webhook-timestamp": str(at // 1000),
            "webhook-signature": " ".join(signatures),
        }

    def _failed(
        self, webhook: Webhook, delivery: Delivery, error: str, retry_after: float | None = None
    ) -> None:
        at, due = self.clock(), None
        if delivery.tries <= len(BACKOFF_MS):
            asked = min(int((retry_after or 0) * 1000), _RETRY_AFTER_MAX)
            due = at + max(BACKOFF_MS[delivery.tries - 1], asked)
        self.services.store.webhooks.finish(webhook.site, delivery, error=error, due=due, now=at)

    def _round(self, pool: ThreadPoolExecutor) -> int:
        """Begin what is due and has a place; answers how many deliveries that are."""
        begun = 0
        away: UnavailableError | None = None
        at = self.clock()
        for site in self._known_sites(at):
            try:
                for webhook in self.services.store.webhooks.list(site):
                    begun += self._begin(pool, webhook, at)
            except UnavailableError as error:
                # Of a cluster, one site's shard may be away while the others' are not.
                away = error
        if away is not None:
            raise away
        return begun

    def _begin(self, pool: ThreadPoolExecutor, webhook: Webhook, at: int) -> int:
        place = (webhook.site, webhook.id)
        free = _AT_ONCE - self._busy[place]
        if webhook.off is not None or free <= 0:
            return 0
        claimed = self.services.store.webhooks.claim(
            webhook.site, webhook.id, count=free, lease_ms=LEASE_MS, now=at
        )
        for delivery in claimed:
            with self._lock:
                self._busy[place] += 1
            pool.submit(self._work, webhook, delivery)
        return len(claimed)

    def _work(self, webhook: Webhook, delivery: Delivery) -> None:
        try:
            self.send(webhook, delivery)
        except RejoinderError as error:
            # Its lease ends, and it is tried again.
            logger.warning("webhooks.not-noted", code=error.code, detail=error.detail)
        except Exception:
            logger.exception("webhooks.send-failed", webhook=webhook.id, message=delivery.id)
        finally:
            place = (webhook.site, webhook.id)
            with self._lock:
                self._busy[place] -= 1
                if not self._busy[place]:
                    del self._busy[place]
            self._wake.set()

    def _known_sites(self, at: int) -> Sequence[str]:
        """The sites to serve, looked up anew every ten seconds."""
        if at - self._sites_at >= _SITES_MS:
            self._sites = [site.slug for site in self.services.store.sites.list()]
            self._sites_at = at
        return self._sites
