"""Whether a write would be refused for its pace, told from its counters before the work for it.

The estimate is that of the scripts (`lua/prelude/limits.lua`), which look again as they write.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..errors import RateLimitedError
from ..records import Limit

Counter = Sequence[bytes | None]
"""A counter as it is stored: where its window starts, this window's count and the last one's."""


def written(limit: Limit, counter: Counter, *, now: int) -> float:
    """Estimate how much a limit has counted within the window that ends now."""
    passed, count, before = _state(limit, counter, now)
    return before * (1 - passed) + count


def check(limits: Sequence[Limit], counters: Sequence[Counter], *, now: int) -> None:
    """Raise `RateLimitedError` if one write more is too much for one of the limits."""
    for limit, counter in zip(limits, counters, strict=True):
        window = limit.window * 1000
        start = now - now % window
        passed, count, before = _state(limit, counter, now)
        amount = limit.amount
        if before * (1 - passed) + count + 1 <= amount:
            continue
        if amount < 1:
            wait: float = window
        elif count + 1 > amount:
            wait = start + window * (2 - (amount - 1) / count) - now
        else:
            wait = start + window * (1 - (amount - 1 - count) / before) - now
        seconds = max(1, math.ceil(wait / 1000))
        raise RateLimitedError(
            f"At most {amount} in {limit.window} seconds.",
            headers={"Retry-After": str(seconds)},
            extra={"limit": limit.name, "retry_after": seconds},
        )


def _state(limit: Limit, counter: Counter, now: int) -> tuple[float, int, int]:
    """What of the window has passed, and the counts of this one and of the last."""
    stored, this, last = counter
    window = limit.window * 1000
    start = now - now % window
    count, before = 0, 0
    if int(stored or 0) == start:
        count, before = int(this or 0), int(last or 0)
    elif int(stored or 0) == start - window:
        before = int(this or 0)
    return (now - start) / window, count, before
