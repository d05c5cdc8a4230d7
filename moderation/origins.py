"""Which origins a site has, remembered for a moment, so that a read costs no look-up for CORS."""

from __future__ import annotations

import threading
import time

from .errors import RejoinderError
from .store import Store

# By choice: so long does an origin that was taken away still read; writes look it up each time.
SECONDS = 1.0
# Sites that are remembered: a bound on memory. Beyond it, all are looked up again.
MAX_KNOWN = 10_000


class Origins:
    """The sites' origins; one for each process, safe to share between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[float, tuple[str, ...]]] = {}
        self._lock = threading.Lock()

    def of(self, slug: str) -> tuple[str, ...]:
        """Give a site's origins, at most a second old; none if they cannot be looked up."""
        now = time.monotonic()
        known = self._known.get(slug)
        if known is not None and now - known[0] < SECONDS:
            return known[1]
        try:
            origins = self._store.sites.get(slug).origins
        except RejoinderError:
            return ()
        with self._lock:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            self._known[slug] = (now, origins)
        return origins
