"""The one clock: milliseconds since the epoch, as everything stored and sent counts them."""

from __future__ import annotations

import time

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> int:
    """Give the time in milliseconds since the epoch (UTC)."""
    return time.time_ns() // 1_000_000
