"""When an author is told."""

from __future__ import annotations

from ...clock import DAY
from ...records import MailAddress

# The hour of the daily mail, UTC: we know of no author's time zone.
DAILY_HOURS = (17,)
# What waits for an address to be confirmed is looked at when that can no longer happen.
UNCONFIRMED_MS = 31 * DAY


def hours_of(address: MailAddress) -> tuple[int, ...]:
    """Give the hours of an author's mails; none means at once."""
    return DAILY_HOURS if address.daily else ()
