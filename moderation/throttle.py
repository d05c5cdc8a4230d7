"""How fast one address or key may ask for tokens, sessions or scores; counted in this process.

What writes to a thread is counted by the script that writes it (`records.Limit`).
"""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from .errors import RateLimitedError

# By choice. Each process counts for itself, so four of them let four times as much pass.
# Authors and log-ins are counted by address: sixty readers of one school may come at once, and one
# person may mistype a password but not try a list of them. Log-ins are also counted by network, for
# who has many addresses, and by account, whoever tries: twenty a minute find no password, and its
# owner can still come in by a one-time link. Authors' codes are counted like log-ins; of one code
# five tries count, whoever makes them (`store.guest_logins`). Scoring is counted by key; its limit
# stops a program that runs away, and leaves a hundred calls a second. A second reading that is told
# again takes up to half a second; a moderator who leafs through the queue asks for three a second.
PER_MINUTE = {
    "authors": 60,
    "score": 6_000,
    "reading": 200,
    "login": 10,
    "login-network": 30,
    "login-account": 20,
    "guest-login": 10,
    "guest-login-network": 30,
}


class Throttle:
    """Sliding windows of a minute, by name and whom they count for."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def hit(self, name: str, who: str) -> None:
        """Count one; raises `RateLimitedError` with `Retry-After` above the limit."""
        item = RateLimitItemPerMinute(PER_MINUTE[name])
        if not self._limiter.hit(item, name, who):
            stats = self._limiter.get_window_stats(item, name, who)
            wait = max(1, int(stats.reset_time - time.time()) + 1)
            raise RateLimitedError(
                f"At most {PER_MINUTE[name]} a minute.",
                headers={"Retry-After": str(wait), "RateLimit-Limit": str(PER_MINUTE[name])},
            )
