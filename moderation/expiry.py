"""Held and rejected comments expire, where a site wants that: their texts go, some at a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import suppress

from .clock import DAY
from .errors import NotFoundError
from .policy import Policy
from .services import Services

# By choice: so that a round of the worker takes seconds at most, whatever there is.
_STEPS = 50
_AT_ONCE = 500


class Expiry:
    """One worker's way through the hidden comments of its sites.

    It begins at a place by chance, so that even workers that are restarted often come everywhere.
    Several may be under way at once: each comment expires once.
    """

    def __init__(self) -> None:
        self._ways: dict[str, tuple[int, Iterator[Sequence[str]]]] = {}

    def step(self, services: Services, site: str, *, now: int) -> int:
        """Go on for a while; answers how many comments expired."""
        days = Policy.from_json(services.store.sites.get(site).policy).held_expire_days
        if days is None:
            self._ways.pop(site, None)
            return 0
        before = now - days * DAY
        kept_days, way = self._ways.get(site) or (0, iter(()))
        if kept_days != days:
            start = secrets.token_hex(8)
            way = services.store.maintenance.hidden(site, before=before, start=start)
            self._ways[site] = days, way
        expired = 0
        for _ in range(_STEPS):
            found = next(way, None)
            if found is None:
                del self._ways[site]
                break
            expired += sum(_expire(services, site, i, before=before, now=now) for i in found)
            if expired >= _AT_ONCE:
                break
        return expired


def _expire(services: Services, site: str, comment: str, *, before: int, now: int) -> bool:
    store = services.store
    with suppress(NotFoundError):
        author = store.comments.expire(site, comment, before=before, now=now)
        if author is None:
            return False
        # Who has nothing left here is told of nothing any more.
        if not store.comments.by_author(site, author, limit=1)[0]:
            store.mail_addresses.forget_author(site, author, now=now)
        return True
    return False
