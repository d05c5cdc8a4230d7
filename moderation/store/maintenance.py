"""Retention, figures and consistency: what the worker, `/metrics` and `doctor` call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from ..records import LANES
from . import codec
from .consistency import Boxes, Consistency
from .keys import (
    AUDIT_MS,
    EVENTS_MS,
    GROUP_MS,
    OUTBOX_MS,
    REGISTRY,
    UNDELIVERED_MS,
    key,
    lex_prefix,
)
from .queries import Queries
from .scripts import Scripts
from .streams import Streams

T = TypeVar("T")

_CHUNK = 500
# Comments looked at in one step: about a millisecond of the server's.
_SCANNED = 2000
_LATEST = 1000
# What stands under a comment decides whether that is shown: one level after another.
_MOST_PASSES = 30
_DEPTHS = ("all", *LANES)


class Maintenance:
    """`store.maintenance`: for those who run the service."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)
        self._consistency = Consistency(scripts)

    def trim(self, site: str, now: int) -> Mapping[str, int]:
        """Apply the retentions; answers how many entries went, by kind.

        Streams are cut in whole nodes of about a hundred entries, so a little more is kept.
        """
        args = {
            "now": now,
            "audit": now - AUDIT_MS,
            "events": now - EVENTS_MS,
            "outbox": now - OUTBOX_MS,
            "undelivered": now - UNDELIVERED_MS,
            "groups": now - GROUP_MS,
        }
        reply = self._scripts.run("trim", args, site=site)
        dropped: dict[str, int] = json.loads(reply[0])
        return dropped

    def enter_cases(self, site: str) -> int:
        """Enter cases that were queued before the queue had a lane for escalated ones, or threads.

        Answers how many. What an earlier release left under a thread is taken out.
        """
        prefix = "all/t/"
        found = self._queries.one("ZRANGE", key("queue", site), *lex_prefix(prefix), "BYLEX")
        ids = [member.decode().removeprefix(prefix) for member in found]
        of_threads = self._queries.one(
            "ZRANGE", key("queue", site), *lex_prefix("thread/"), "BYLEX"
        )
        placed = {member.decode().rpartition("/")[2] for member in of_threads}
        entered = 0
        for chunk in _chunks(ids):
            stored = self._queries.pipeline(
                [("HMGET", key("comment", site, comment=i), "qe", "ql") for i in chunk]
            )
            for comment, (escalated, lanes) in zip(chunk, stored, strict=True):
                in_lane = escalated != b"1" or b"escalated" in (lanes or b"").split(b",")
                if not in_lane or comment not in placed:
                    entered += self._enter(site, comment)
        for comment in sorted(placed.difference(ids)):
            self._enter(site, comment)
        return entered

    def _enter(self, site: str, comment: str) -> int:
        args = {"id": comment, "now": 0}
        reply = self._scripts.run("enter_cases", args, site=site, comment=comment)
        return int(reply[0])

    def hidden(self, site: str, *, before: int, start: str = "") -> Iterator[Sequence[str]]:
        """The held and rejected comments written before a time, some of them at each step.

        It goes through the threads from `start` on, a part of an id, and begins anew at the end; a
        step may have none.
        """
        ranges = [(f"[{start}" if start else "-", "+")]
        if start:
            ranges.append(("-", f"({start}"))
        for chunk in self._node_keys(site, ranges):
            left, cursor = list(chunk), "0"
            while left:
                args = {"cursor": cursor, "most": _SCANNED, "now": 0}
                begun, at, *ids = self._scripts.run("hidden", args, more=left, site=site)
                cursor = at.decode()
                left = left[int(begun) - (cursor != "0") :]
                yield self._written_before(site, [i.decode() for i in ids], before)

    def _node_keys(self, site: str, ranges: Sequence[tuple[str, str]]) -> Iterator[list[str]]:
        """The keys of the threads' nodes whose ids lie in these ranges, some at a time."""
        for first, last in ranges:
            low = first
            while ids := self._queries.one(
                "ZRANGE", key("threads", site), low, last, "BYLEX", "LIMIT", 0, _CHUNK
            ):
                yield [key("nodes", site, thread=i.decode()) for i in ids]
                low = f"({ids[-1].decode()}"

    def _written_before(self, site: str, ids: Sequence[str], before: int) -> Sequence[str]:
        written = self._queries.pipeline(
            [("HGET", key("comment", site, comment=i), "c") for i in ids]
        )
        return [i for i, at in zip(ids, written, strict=True) if at and int(at) <= before]

    def fill_latest(self, site: str) -> int:
        """Enter what was written before there was a list of the latest; answers how many."""
        written = Streams(self._scripts).audit(site, limit=_LATEST, verbs=("submit",))[0]
        if self._queries.one("ZCARD", key("latest", site)) >= len(written):
            return 0
        for chunk in _chunks([[entry.subject, entry.at] for entry in written]):
            self._scripts.run("fill_latest", {"comments": chunk}, site=site)
        return len(written)

    def list_threads(self, site: str) -> int:
        """List the threads that were there before there was a list of them; answers how many."""
        index = key("listing", site)
        all_, listed = self._queries.pipeline(
            [("ZCARD", key("threads", site)), ("ZLEXCOUNT", index, *lex_prefix("a/"))]
        )
        entered = 0
        for chunk in _chunks(self._members(key("threads", site)) if listed < all_ else []):
            names = [key("thread", site, thread=thread) for thread in chunk]
            known = self._queries.pipeline([("HGET", name, "last") for name in names])
            new = [t for t, last in zip(chunk, known, strict=True) if last is None]
            if new:
                args = {"threads": [[t, self._written_last(site, t)] for t in new], "now": 0}
                more = [key("thread", site, thread=thread) for thread in new]
                entered += int(self._scripts.run("list_threads", args, more=more, site=site)[0])
        return entered

    def _written_last(self, site: str, thread: str) -> int:
        ids = self._queries.one("HKEYS", key("nodes", site, thread=thread))
        newest = key("comment", site, comment=max(ids).decode()) if ids else ""
        return int(self._queries.one("HGET", newest, "c") or 0) if newest else 0

    def stats(self, site: str) -> Mapping[str, int]:
        """`queue.<lane>`, `queue.all`, `comments.<status>`, `threads`, `outbox`, `dead`."""
        found = iter(
            self._queries.pipeline(
                [
                    *_counting(site),
                    ("ZCARD", key("threads", site)),
                    ("XLEN", key("outbox", site)),
                    ("XLEN", key("dead", site)),
                ]
            )
        )
        counts = _counted(found)
        threads, outbox, dead = found
        return counts | {"threads": threads, "outbox": outbox, "dead": dead}

    def processor_seconds(self) -> float:
        """Seconds of processor time that the server has used; of a cluster, one node's."""
        used: Mapping[str, float] = self._scripts.connection.call(
            lambda client: client.info("cpu"), read=True
        )
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])

    def check(self, site: str, boxes: Boxes | None = None) -> list[str]:
        """Compare every index with the records; a sentence for each difference found.

        A site may be written to meanwhile: what these writes explain is no difference. `boxes` are
        those of `ballot_boxes`, so that all keys are gone through once for many sites.
        """
        return [found.told for found in self._consistency.differences(site, boxes)]

    def mend(self, site: str, boxes: Boxes | None = None) -> list[str]:
        """Put right what can be derived; answers what was wrong, a sentence for each.

        Counts over many comments are only mended while nobody writes.
        """
        told: dict[str, None] = {}
        for _ in range(_MOST_PASSES):
            mended = [
                found.told
                for found in self._consistency.differences(site, boxes)
                if found.mend is not None and found.mend()
            ]
            told |= dict.fromkeys(mended)
            if not mended:
                break
        return list(told)

    def ballot_boxes(self) -> Boxes:
        """Find what readers keep of their own, such as votes: one way through all keys."""
        return self._consistency.boxes()

    def mend_top(self, site: str) -> list[str]:
        """Put the order by votes right where it is broken; answers those threads.

        A release before this one left a comment under two ranks, or one that is gone.
        """
        mended = []
        for thread in self._members(key("threads", site)):
            tops, expected = self._consistency.tops(site, thread)
            if tops == expected:
                continue
            stale = sorted(tops - expected)
            missing = sorted(member[10:] for member in expected - tops)
            for start in range(0, max(len(stale), len(missing)), _CHUNK):
                args = {
                    "stale": stale[start : start + _CHUNK],
                    "ids": missing[start : start + _CHUNK],
                }
                self._scripts.run("mend_top", args, site=site, thread=thread)
            mended.append(thread)
        return mended

    def drop_claims(self, site: str) -> int:
        """Drop the claims that are on no case; answers how many there were."""
        ids = self._consistency.stray_claims(site)
        dropped = 0
        for chunk in _chunks(ids):
            reply = self._scripts.run("drop_claims", {"ids": chunk, "now": 0}, site=site)
            dropped += int(reply[0])
        return dropped

    def repair_registry(self) -> list[str]:
        """Enter sites that exist but are not registered; answers their slugs.

        Raises `UnavailableError` if one is missing and nothing can be written.
        """

        def call(client: Any) -> list[str]:
            found = (name.decode() for name in client.scan_iter(match="{*}:site", count=1000))
            slugs = {name[1 : -len("}:site")] for name in found}
            # A full server refuses the command even for what is there.
            missing = slugs - {slug.decode() for slug in client.smembers(REGISTRY)}
            return sorted(slug for slug in missing if client.sadd(REGISTRY, slug))

        return self._scripts.connection.call(call)

    def _members(self, name: str) -> list[str]:
        def call(client: Any) -> list[str]:
            return [member.decode() for member, _ in client.zscan_iter(name, count=_CHUNK)]

        return self._scripts.connection.call(call, read=True)


def _counting(site: str) -> list[tuple[Any, ...]]:
    """The commands whose answers `_counted` reads."""
    depths = (("ZLEXCOUNT", key("queue", site), *lex_prefix(f"{name}/p/")) for name in _DEPTHS)
    return [*depths, ("HGETALL", key("totals", site))]


def _counted(found: Iterator[Any]) -> dict[str, int]:
    """What the next answers say of a site's queue and comments."""
    counts = {f"queue.{name}": int(next(found)) for name in _DEPTHS}
    totals = next(found)
    return counts | {f"comments.{s}": int(totals.get(s.encode(), 0)) for s in codec.LETTER}


def _chunks(items: Iterable[T]) -> Iterator[Sequence[T]]:
    each = iter(items)
    while chunk := list(islice(each, _CHUNK)):
        yield chunk
