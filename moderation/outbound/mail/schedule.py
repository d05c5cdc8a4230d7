"""When a mail may go: at once, or at full hours of a time zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...clock import MINUTE
from ...errors import BadTimeZoneError
from ...records import MailPost

# By choice. At once is after a minute, so that what is taken back at once is not told, and what
# comes together goes together; and an answer to one mail comes before the next.
GATHER_MS = MINUTE
GAP_MS = 10 * MINUTE


def zone_named(name: str, *, where: str | None = None) -> str:
    """Give a time zone's name if there is such a zone; raises `BadTimeZoneError`."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        told = f"{name!r} is no time zone, such as Europe/Berlin."
        raise BadTimeZoneError(told, where=where) from None
    return name


def next_hour(hours: Collection[int], zone: str, *, now: int) -> int:
    """Give the time of the next of these full hours after `now`."""
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone))
    # Two days, since an hour that summer time leaves out or brings twice is none of one day.
    moments = (
        datetime.combine(here.date() + timedelta(days=days), here.time(), here.tzinfo).replace(
            hour=hour, minute=0, second=0, microsecond=0, fold=0
        )
        for days in (0, 1, 2)
        for hour in hours
    )
    return min(at for at in (round(moment.timestamp() * 1000) for moment in moments) if at > now)


def post(recipient: str, item: str, hours: Collection[int], zone: str, *, now: int) -> MailPost:
    """Make of an item what is put into its recipient's box."""
    if hours:
        return MailPost(recipient=recipient, item=item, due=next_hour(hours, zone, now=now))
    return MailPost(recipient=recipient, item=item, due=now + GATHER_MS, gap=GAP_MS)


def following(hours: Collection[int], zone: str, *, now: int) -> int:
    """Give when the mail after one that goes now may go."""
    return next_hour(hours, zone, now=now) if hours else now + GAP_MS
