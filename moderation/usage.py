"""How often each key is used: rates in this process, months in the store.

Counting must not cost a request a write: calls are gathered, and a thread writes them after 100
calls or 5 seconds. A killed process loses at most those. Counters hold numbers under a key's id;
nothing of what was sent.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from .errors import RejoinderError
from .records import Credential

if TYPE_CHECKING:
    from .store import Store

# By choice: more of either costs fewer writes, and forgets more when a process is killed.
FLUSH_SECONDS = 5.0
FLUSH_CALLS = 100
# Keys whose month is remembered: a bound on memory. Beyond it, all are looked up again.
MAX_KNOWN = 10_000

_log = structlog.get_logger(__name__)
_Account = tuple[str, str, str]  # site, credential id, month


class Meter:
    """Counts the calls of keys; one for each process, safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rates = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._changed = threading.Condition()
        # One writes at a time, so that a flush ends after what another has taken is written.
        self._flushing = threading.Lock()
        self._pending: defaultdict[_Account, Counter[str]] = defaultdict(Counter)
        self._calls = 0
        self._writer: threading.Thread | None = None
        self._closed = False
        # Of accounts with a quota: the month's calls in the store when last seen, and those
        # counted here that are not among them yet.
        self._known: dict[_Account, int] = {}
        self._unwritten: Counter[_Account] = Counter()

    def take(self, credential: Credential, per_minute: int | None) -> int:
        """Take one call from the key's rate; if none is left, the seconds until one may be."""
        if per_minute is None:
            return 0
        item = RateLimitItemPerMinute(per_minute)
        if self._rates.hit(item, credential.site, credential.id):
            return 0
        stats = self._rates.get_window_stats(item, credential.site, credential.id)
        return max(1, math.ceil(stats.reset_time - time.time()))

    def within_quota(self, credential: Credential, per_month: int | None, now: int) -> bool:
        """Say whether this month's calls, as far as known here, leave one more."""
        if per_month is None:
            return True
        account = (credential.site, credential.id, month_of(now))
        if account not in self._known:
            stored = self._store.usage.get(*account).get("calls", 0)
            with self._changed:
                if len(self._known) >= MAX_KNOWN:
                    self._known.clear()
                self._known.setdefault(account, stored)
        with self._changed:
            return self._known.get(account, 0) + self._unwritten[account] < per_month

    def count(self, credential: Credential, counts: Mapping[str, int], now: int) -> None:
        """Add to this month's counters; they reach the store a little later."""
        account = (credential.site, credential.id, month_of(now))
        with self._changed:
            self._pending[account].update(counts)
            self._unwritten[account] += counts.get("calls", 0)
            self._calls += 1
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write, name="usage", daemon=True)
                self._writer.start()
            elif self._calls >= FLUSH_CALLS:
                self._changed.notify_all()

    def flush(self) -> None:
        """Write what is pending; what cannot be written now stays for the next time."""
        with self._flushing:
            self._flush()

    def _flush(self) -> None:
        with self._changed:
            pending, self._pending = self._pending, defaultdict(Counter)
            self._calls = 0
        for account, counts in pending.items():
            try:
                calls = self._store.usage.add(*account, counts).get("calls", 0)
            except RejoinderError as error:
                _log.warning("usage.not_written", code=error.code)
                with self._changed:
                    self._pending[account].update(counts)
            else:
                with self._changed:
                    self._written(account, counts["calls"], calls)

    def close(self) -> None:
        """Write what is pending and end the thread; of a process that stops in order."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self.flush()
        if self._writer is not None:
            self._writer.join()

    def _written(self, account: _Account, counted: int, stored: int) -> None:
        if account in self._known:
            self._known[account] = max(self._known[account], stored)
        self._unwritten[account] -= counted
        if self._unwritten[account] <= 0:
            del self._unwritten[account]

    def _write(self) -> None:
        """Write now and then while anything is pending, then end."""
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._closed or self._calls >= FLUSH_CALLS, FLUSH_SECONDS
                )
            self.flush()
            with self._changed:
                if self._closed or not self._pending:
                    self._writer = None
                    return


def month_of(now: int) -> str:
    """Give the month, `YYYY-MM` in UTC, of a time in milliseconds."""
    return datetime.fromtimestamp(now / 1_000, UTC).strftime("%Y-%m")
