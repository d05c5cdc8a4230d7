"""How often each key is used: rates in this process, months in the store.

Counting must not cost a write per request: calls are gathered and written together, when 5
seconds or 100 calls have passed since the last write. A killed process loses at most those.
Counters hold numbers under a key's id; nothing of what was sent.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import structlog
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..errors import RejoinderError
from ..records import Credential

if TYPE_CHECKING:
    from ..store import Store

FLUSH_SECONDS = 5.0
FLUSH_CALLS = 100

_log = structlog.get_logger(__name__)
_Account = tuple[str, str, str]  # site, credential id, month


class Meter:
    """Counts the calls of keys; one for each process, safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rates = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._lock = threading.Lock()
        self._pending: dict[_Account, Counter[str]] = {}
        self._known: dict[_Account, int] = {}
        self._calls = 0
        self._flushed = 0.0

    def within_rate(self, credential: Credential, per_minute: int | None) -> bool:
        """Take one call from the key's rate; False if none is left."""
        if per_minute is None:
            return True
        item = RateLimitItemPerMinute(per_minute)
        return self._rates.hit(item, credential.site, credential.id)

    def within_quota(self, credential: Credential, per_month: int | None, now: int) -> bool:
        """Say whether this month's calls, as far as known here, leave one more."""
        if per_month is None:
            return True
        account = (credential.site, credential.id, month_of(now))
        if account not in self._known:
            stored = self._store.usage(*account)
            self._known[account] = stored.get("calls", 0)
        with self._lock:
            pending = self._pending.get(account, Counter())["calls"]
        return self._known[account] + pending < per_month

    def count(self, credential: Credential, counts: Mapping[str, int], now: int) -> None:
        """Add to this month's counters; every now and then write them to the store."""
        account = (credential.site, credential.id, month_of(now))
        with self._lock:
            self._pending.setdefault(account, Counter()).update(counts)
            self._calls += 1
            due = self._calls >= FLUSH_CALLS or time.monotonic() - self._flushed >= FLUSH_SECONDS
        if due:
            self.flush()

    def flush(self) -> None:
        """Write what is pending; what cannot be written now stays for the next time."""
        with self._lock:
            pending, self._pending = self._pending, {}
            self._calls = 0
            self._flushed = time.monotonic()
        for account, counts in pending.items():
            try:
                self._known[account] = self._store.add_usage(*account, counts).get("calls", 0)
            except RejoinderError as error:
                _log.warning("usage.not_written", code=error.code)
                with self._lock:
                    self._pending.setdefault(account, Counter()).update(counts)


def month_of(now: int) -> str:
    """Give the month, `YYYY-MM` in UTC, of a time in milliseconds."""
    return datetime.fromtimestamp(now / 1_000, UTC).strftime("%Y-%m")
