"""What `/metrics` and `doctor` tell of sites: how much there is, what waits, and since when.

Every number is kept by the scripts or is the end of an index, so a site costs the same however much
it holds. Only the refused addresses and a site's webhooks, at most twenty, are looked through.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..records import LANES
from . import codec
from .keys import REGISTRY, key, lex_prefix
from .mail import MAX_BOUNCES
from .queries import Queries
from .scripts import Scripts

_AT_ONCE = 500
_DEPTHS = ("all", *LANES)
# How many of a lane's first cases are looked at to find the one that waits longest: nearly always
# the first is it, and the second shows that. By choice, the second number is where looking ends.
_FIRST, _MOST = 2, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFigures:
    """What is to be told of one site. Times are milliseconds, None where nothing waits.

    `cases` and `oldest` are by lane, with `all`: how many wait, and since when the one does that
    waits longest. `outbox` counts tasks, `mail` boxes and `deliveries` those of webhooks that are
    to go out; `tallies` are counts of what was, by the names of `keys.TABLE`.
    """

    slug: str
    cases: Mapping[str, int]
    oldest: Mapping[str, int]
    comments: Mapping[str, int]
    outbox: int
    outbox_oldest: int | None
    dead: int
    mail: int
    mail_oldest: int | None
    addresses_off: int
    webhooks_off: int
    deliveries: int
    undelivered: int
    tallies: Mapping[str, int]


class Figures:
    """`store.figures`: many sites in a few round trips to each node."""

    def __init__(self, scripts: Scripts) -> None:
        self._queries = Queries(scripts)

    def slugs(self) -> list[str]:
        """The registered sites."""
        return sorted(slug.decode() for slug in self._queries.one("SMEMBERS", REGISTRY))

    def of(self, sites: Sequence[str], *, now: int) -> list[SiteFigures]:
        """Look at sites; two round trips for each five hundred, a third where cases came back."""
        found: list[SiteFigures] = []
        for start in range(0, len(sites), _AT_ONCE):
            found += self._of(sites[start : start + _AT_ONCE], now)
        return found

    def _of(self, sites: Sequence[str], now: int) -> list[SiteFigures]:
        replies = iter(self._queries.pipeline([c for site in sites for c in _asked(site, now)]))
        read = [_Read(site, replies) for site in sites]
        waits = self._waits({(each.slug, lane): ids for each in read for lane, ids in each.first()})
        return [each.figures(now, waits) for each in read]

    def _waits(self, first: Mapping[tuple[str, str], list[str]]) -> dict[tuple[str, str], int]:
        """Find since when the case of each lane waits that waits longest.

        Lanes are in the order of writing, and nothing waits longer than it is there: what was
        written after the earliest wait that was found need not be looked at.
        """
        since = self._queued({(site, i) for (site, _), ids in first.items() for i in ids})
        more = {
            lane: ids
            for lane, ids in first.items()
            if len(ids) == _FIRST and _earliest(since, lane[0], ids) > _written(ids[-1])
        }
        if more:
            replies = self._queries.pipeline([_first(*lane, _MOST) for lane in more])
            first = {**first, **{lane: _ids(r) for lane, r in zip(more, replies, strict=True)}}
            since |= self._queued({(lane[0], i) for lane in more for i in first[lane]})
        return {lane: _earliest(since, lane[0], ids) for lane, ids in first.items() if ids}

    def _queued(self, cases: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
        asked = sorted(cases)
        replies = self._queries.pipeline(
            [("HGET", key("comment", site, comment=i), "qt") for site, i in asked]
        )
        # A case may be decided between two questions.
        return {
            case: int(float(reply))
            for case, reply in zip(asked, replies, strict=True)
            if reply is not None
        }


def _asked(site: str, now: int) -> Iterator[tuple[Any, ...]]:
    """The commands whose answers `_Read` reads, in its order."""
    for lane in _DEPTHS:
        yield ("ZLEXCOUNT", key("queue", site), *lex_prefix(f"{lane}/p/"))
        yield _first(site, lane, _FIRST)
    yield ("HGETALL", key("totals", site))
    yield ("XLEN", key("outbox", site))
    yield ("XRANGE", key("outbox", site), "-", "+", "COUNT", 1)
    yield ("XLEN", key("dead", site))
    yield ("ZCOUNT", key("mail_due", site), "-inf", now)
    yield ("ZRANGE", key("mail_due", site), 0, 0, "WITHSCORES")
    yield ("HVALS", key("mail_bounces", site))
    yield ("HVALS", key("webhooks", site))
    yield ("HGETALL", key("webhook_state", site))
    yield ("XLEN", key("undelivered", site))
    yield ("HGETALL", key("tallies", site))


class _Read:
    """What was answered of one site."""

    def __init__(self, slug: str, replies: Iterator[Any]) -> None:
        self.slug = slug
        self._lanes = {lane: (int(next(replies)), _ids(next(replies))) for lane in _DEPTHS}
        self._totals, self._outbox, self._outbox_first = (next(replies) for _ in range(3))
        self._dead, self._mail, self._mail_first = (next(replies) for _ in range(3))
        self._bounces, self._webhooks, self._state = (next(replies) for _ in range(3))
        self._undelivered, self._tallies = (next(replies) for _ in range(2))

    def first(self) -> Iterator[tuple[str, list[str]]]:
        """The first cases of each lane."""
        return ((lane, ids) for lane, (_, ids) in self._lanes.items())

    def figures(self, now: int, waits: Mapping[tuple[str, str], int]) -> SiteFigures:
        """What is told of it."""
        totals = {name.decode(): int(value) for name, value in self._totals.items()}
        mail = _score(self._mail_first)
        return SiteFigures(
            slug=self.slug,
            cases={lane: count for lane, (count, _) in self._lanes.items()},
            oldest={lane: waits[self.slug, lane] for lane in _DEPTHS if (self.slug, lane) in waits},
            comments={status: totals.get(status, 0) for status in codec.LETTER},
            outbox=int(self._outbox),
            outbox_oldest=_entered(self._outbox_first),
            dead=int(self._dead),
            mail=int(self._mail),
            mail_oldest=mail if mail is not None and mail <= now else None,
            addresses_off=sum(int(count) >= MAX_BOUNCES for count in self._bounces),
            webhooks_off=sum(bool(json.loads(raw).get("off")) for raw in self._webhooks),
            deliveries=sum(
                int(value)
                for name, value in self._state.items()
                if name.decode().endswith("/waiting")
            ),
            undelivered=int(self._undelivered),
            tallies={name.decode(): int(value) for name, value in self._tallies.items()},
        )


def _first(site: str, lane: str, count: int) -> tuple[Any, ...]:
    start, end = lex_prefix(f"{lane}/t/")
    return ("ZRANGE", key("queue", site), start, end, "BYLEX", "LIMIT", 0, count)


def _ids(reply: Any) -> list[str]:
    return [member.decode().rpartition("/")[2] for member in reply]


def _written(comment: str) -> int:
    """When a comment was written, which the first 48 bits of its id say."""
    try:
        return int(comment.replace("-", "")[:12], 16)
    except ValueError:
        return 0


def _earliest(since: Mapping[tuple[str, str], int], site: str, ids: Sequence[str]) -> int:
    """The earliest of the waits; where none is known any more, when the first was written."""
    known = [since[site, i] for i in ids if (site, i) in since]
    return min(known, default=_written(ids[0]))


def _score(reply: Any) -> int | None:
    """The score of the first member, which servers and clients give in lists of several shapes."""
    while reply and isinstance(reply[0], (list, tuple)):
        reply = reply[0]
    return int(float(reply[1])) if reply else None


def _entered(reply: Any) -> int | None:
    """When the first entry of a stream was made."""
    return int(reply[0][0].partition(b"-")[0]) if reply else None
