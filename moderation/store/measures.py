"""Measures against authors, and for them: what holds, what held, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

from ..clock import DAY
from ..errors import MeasureNotFoundError
from ..records import Idempotency, Measure, Standing
from . import codec
from .keys import key
from .queries import Queries
from .scripts import Scripts

ADDRESS_MS = 30 * DAY
"""How long a measure holds for an address, at most: by then it may be somebody else's."""
# Of one author, by choice: more than anybody reads.
_MOST = 100


class Measures:
    """`store.measures`: one at a time holds for an author; a later one takes its place."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def set(
        self, site: str, measure: Measure, *, idempotency: Idempotency | None = None, now: int
    ) -> Measure:
        """Write a measure, which holds from now on; answers what it replaces.

        With `place` it holds for everybody at that address too, for 30 days at most. The same
        idempotency key answers the same measure again.

        Raises `AuthorNotFoundError`, `OwnMeasureError`, `LastOwnerError`,
        `IdempotencyMismatchError`.
        """
        latest = now + ADDRESS_MS
        reply = self._scripts.run(
            "set_measure",
            {
                "id": measure.id,
                "author": measure.author,
                "kind": measure.kind,
                "until": measure.until,
                "reason": measure.reason,
                "note": measure.note,
                "moderator": measure.moderator,
                "place": measure.place,
                "place_until": latest if measure.until is None else min(latest, measure.until),
                "batch": measure.batch,
                **codec.idem_args(idempotency),
                "now": now,
            },
            site=site,
            author=measure.author,
            idem=idempotency.key if idempotency else None,
        )
        if reply[0] == b"replay":
            return self.get(site, reply[2].decode())
        return codec.measure_from(measure.id, reply[0])

    def undo(
        self,
        site: str,
        measure_id: str,
        *,
        moderator: str,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> Measure:
        """Take a measure back: what it replaced holds again, as far as it is not over.

        Raises `MeasureNotFoundError`, `SupersededError` (undone, or replaced by a later one),
        `IdempotencyMismatchError`.
        """
        reply = self._scripts.run(
            "undo_measure",
            {
                "id": measure_id,
                "moderator": moderator,
                **codec.idem_args(idempotency),
                "now": now,
            },
            site=site,
            idem=idempotency.key if idempotency else None,
        )
        if reply[0] == b"replay":
            return self.get(site, reply[2].decode())
        return codec.measure_from(measure_id, reply[0])

    def get(self, site: str, measure_id: str) -> Measure:
        """Read a measure, an undone one too; raises `MeasureNotFoundError`."""
        record = self._queries.one("HGET", key("measures", site), measure_id)
        if record is None:
            raise MeasureNotFoundError
        return codec.measure_from(measure_id, record)

    def of_author(self, site: str, author_id: str) -> Sequence[Measure]:
        """The latest hundred measures for an author, newest first, undone ones too."""
        name = key("measures_of", site, author=author_id)
        found = self._queries.one("ZRANGE", name, "+", "-", "BYLEX", "REV", "LIMIT", 0, _MOST)
        ids = [measure.decode() for measure in found]
        records = self._queries.one("HMGET", key("measures", site), *ids) if ids else []
        return [codec.measure_from(i, record) for i, record in zip(ids, records, strict=True)]

    def standing(
        self, site: str, author_id: str, place: str | None = None, *, now: int
    ) -> Standing | None:
        """What holds for an author who is at an address, by its hash; None if nothing does."""
        own, there = self._queries.one(
            "HMGET", key("measured", site), author_id, codec.place_subject(place)
        )
        return codec.of_both(codec.standing_from(own, now), codec.standing_from(there, now))

    def holding(self, site: str, *, now: int) -> Sequence[Measure]:
        """What holds for authors now, one measure for each, in the order in which they were set."""
        found = self._queries.one("HGETALL", key("measured", site))
        ids = [
            standing.id
            for subject, raw in found.items()
            if not subject.startswith(b"~") and (standing := codec.standing_from(raw, now))
        ]
        records = self._queries.one("HMGET", key("measures", site), *ids) if ids else []
        measures = [codec.measure_from(i, raw) for i, raw in zip(ids, records, strict=True)]
        return sorted(measures, key=lambda measure: measure.id)

    def place_of(self, site: str, author_id: str) -> str | None:
        """The hash of the address that an author wrote from last, within 30 days."""
        found = self._queries.one("GET", key("place", site, author=author_id))
        return None if found is None else str(found.decode())
