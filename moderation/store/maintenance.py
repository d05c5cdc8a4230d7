"""Retention, figures and consistency: what the worker, `/metrics` and `doctor` call."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from ..records import LANES
from . import codec
from .keys import (
    AUDIT_MS,
    EVENTS_MS,
    OUTBOX_MS,
    REGISTRY,
    UNDELIVERED_MS,
    key,
    lex_member,
    lex_prefix,
)
from .queries import Queries
from .scripts import Scripts
from .streams import Streams

T = TypeVar("T")

_CHUNK = 500
_LATEST = 1000
_DEPTHS = ("all", *LANES)


class Maintenance:
    """`store.maintenance`: for those who run the service."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

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
        ids = self._nodes(site, thread)
        newest = key("comment", site, comment=max(ids)) if ids else ""
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

    def check(self, site: str) -> list[str]:
        """Compare every index with the records; a sentence for each difference found.

        Meant for a quiet site: what is written meanwhile may show as a difference.
        """
        problems: list[str] = []
        totals: Counter[str] = Counter()
        queue: set[str] = set()
        listing: set[str] = set()
        listed = set(self._members(key("listing", site)))
        if not self._queries.one("SISMEMBER", REGISTRY, site):
            problems.append(f"site {site} is not in the registry")
        for thread in self._members(key("threads", site)):
            problems += self._check_thread(site, thread, totals, queue)
            last, count = self._queries.one(
                "HMGET", key("thread", site, thread=thread), "last", "count"
            )
            by_count = lex_member("c/", int(count or 0), thread)
            if last:
                listing |= {lex_member("a/", int(last), thread), by_count}
            elif by_count in listed:
                listing.add(by_count)
        stored = self._queries.one("HGETALL", key("totals", site))
        counted = {k.decode(): int(v) for k, v in stored.items() if int(v)}
        if counted != dict(totals):
            problems.append(f"totals are {counted}, the comments say {dict(totals)}")
        problems += _differences("list of threads", listed, listing)
        problems += _differences("queue", set(self._members(key("queue", site))), queue)
        problems += [
            f"the claim on {comment} is on no case" for comment in self._stray_claims(site)
        ]
        return problems

    def mend_top(self, site: str) -> list[str]:
        """Put the order by votes right where it is broken; answers those threads.

        A release before this one left a comment under two ranks, or one that is gone.
        """
        mended = []
        for thread in self._members(key("threads", site)):
            roots = set(self._members(key("roots", site, thread=thread)))
            tops, expected = self._tops(site, thread, roots)
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
        ids = self._stray_claims(site)
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

    def _check_thread(
        self, site: str, thread: str, totals: Counter[str], queue: set[str]
    ) -> list[str]:
        problems = []
        nodes = self._nodes(site, thread)
        shown_by_list: dict[str, set[str]] = {"roots": set(), "top": set(), "replies": set()}
        above = {comment: under for comment, (_, under) in nodes.items()}
        shown: set[str] = set()
        for comment, (status, _) in nodes.items():
            while status == "p" and comment and comment not in shown:
                shown.add(comment)
                comment = above.get(comment, "")
        for comment in shown:
            if above[comment]:
                shown_by_list["replies"].add(f"{above[comment]}/{comment}")
            else:
                shown_by_list["roots"].add(comment)
        tops, expected = self._tops(site, thread, shown_by_list["roots"])
        problems += _differences(f"top of {thread}", tops, expected)
        for row in ("roots", "replies"):
            stored = set(self._members(key(row, site, thread=thread)))
            problems += _differences(f"{row} of {thread}", stored, shown_by_list[row])
        published = sum(status == "p" for status, _ in nodes.values())
        count = int(self._queries.one("HGET", key("thread", site, thread=thread), "count") or 0)
        if count != published:
            problems.append(f"thread {thread} counts {count}, has {published} published")
        for chunk in _chunks(nodes):
            names = [key("comment", site, comment=comment) for comment in chunk]
            stored_comments = self._queries.pipeline(
                [("HMGET", name, "t", "s", "ql", "qp") for name in names]
            )
            for comment, (of, letter, lanes, total) in zip(chunk, stored_comments, strict=True):
                if of is None or of.decode() != thread or letter.decode() != nodes[comment][0]:
                    problems.append(f"comment {comment} and its place in {thread} differ")
                    continue
                totals[codec.STATUS[letter.decode()]] += 1
                if lanes:
                    queue |= codec.queue_members(
                        comment, lanes.decode().split(","), float(total), thread
                    )
        return problems

    def _stray_claims(self, site: str) -> list[str]:
        claims, cases = self._queries.pipeline(
            [
                ("HKEYS", key("claims", site)),
                ("ZRANGE", key("queue", site), *lex_prefix("all/t/"), "BYLEX"),
            ]
        )
        queued = {member.removeprefix(b"all/t/") for member in cases}
        return sorted(comment.decode() for comment in claims if comment not in queued)

    def _tops(self, site: str, thread: str, roots: set[str]) -> tuple[set[str], set[str]]:
        """The members of the order by votes, as they stand and as they should."""
        votes = self._queries.one("HGETALL", key("votes", site, thread=thread))
        expected = set()
        for root in roots:
            up, down = votes.get(root.encode(), b"0 0").split()
            expected.add(codec.top_member(root, int(up), int(down)))
        return set(self._members(key("top", site, thread=thread))), expected

    def _nodes(self, site: str, thread: str) -> dict[str, tuple[str, str]]:
        name = key("nodes", site, thread=thread)

        def call(client: Any) -> dict[str, tuple[str, str]]:
            found = {}
            for comment, node in client.hscan_iter(name, count=_CHUNK):
                status, under, _ = node.decode().split("|", 2)
                found[comment.decode()] = (status, under)
            return found

        return self._scripts.connection.call(call, read=True)

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


def _differences(what: str, stored: set[str], expected: set[str]) -> list[str]:
    return [f"{what}: {member} is missing" for member in sorted(expected - stored)] + [
        f"{what}: {member} should not be there" for member in sorted(stored - expected)
    ]


def _chunks(items: Iterable[T]) -> Iterator[Sequence[T]]:
    each = iter(items)
    while chunk := list(islice(each, _CHUNK)):
        yield chunk
