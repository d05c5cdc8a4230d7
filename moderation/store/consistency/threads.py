"""A thread's comments, each with all that is derived of it; its lists, count and kept pages."""

from __future__ import annotations

import heapq
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...json_text import write_json
from .. import codec
from ..fragments import text_in
from ..keys import key, lex_member
from ..scripts import RETRY
from ..threads import PAGE_BYTES
from .audited import Audited
from .looking import CHUNK, LATEST, Counted, Difference, Looking, chunks

# A script for each of them, sent together.
_AT_ONCE = 100
# Where a thread's id begins in its place in the list of threads.
_PLACE = len(lex_member("a/", 0, ""))

_TOLD = {
    "gone": "comment {0} of {1} has no record",
    "place": "comment {0} and its place in {1} differ",
    "list": "comment {0} does not stand where it should in {1}",
    "case": "queue: the case of {0} is not whole",
    "history": "comment {0} is wrongly among its author's, or not",
    "mark": "comment {0} is wrongly among those that only its author sees, or not",
    "last": "comment {0} names a last decision that there is none of",
    "votes": "comment {0} says other votes than its page",
    "reports": "comment {0} counts its reports wrongly",
}
_PAST_MENDING = frozenset({"gone", "place"})


class Threads(Looking):
    """One thread after another."""

    def look(
        self, site: str, thread: str, counted: Counted, audited: Audited
    ) -> Iterator[Difference]:
        """Look at a thread and each of its comments, and count these."""
        record = key("thread", site, thread=thread)
        version = self._version(record)
        published = 0
        nodes = self._nodes(site, thread)
        # First, since a comment is shown for what is listed under it.
        yield from self._strays(site, thread, nodes)
        for chunk in chunks(nodes, _AT_ONCE):
            authors = self._queries.pipeline(
                [("HGET", key("comment", site, comment=i), "a") for i in chunk]
            )
            looked = self._scripts.read_many(
                "examine",
                [
                    ({"id": i, "thread": thread}, _ids(thread, i, author))
                    for i, author in zip(chunk, authors, strict=True)
                ],
                site=site,
            )
            for comment, author, (wrong, *facts) in zip(chunk, authors, looked, strict=True):
                for each in wrong:
                    name = each.decode()
                    if name not in _PAST_MENDING or not self._moved(site, thread, comment):
                        yield self._of_comment(site, thread, comment, author, name)
                if not facts:
                    continue
                published += facts[0] == b"p"
                self._count(counted, comment, author.decode(), facts)
                yield from self._text(comment, facts)
                yield from audited.look(comment, facts[0])
        yield from self._count_of(site, thread, published, version)
        yield from self._listed(site, thread)
        yield from self._kept_pages(site, thread)

    def _listed(self, site: str, thread: str) -> Iterator[Difference]:
        """Compare with its place in the list of threads; one that is not listed yet has none."""
        record, listing = key("thread", site, thread=thread), key("listing", site)
        before, last, count = self._queries.one("HMGET", record, "version", "last", "count")
        if not last:
            return
        places = [
            lex_member("a/", int(last), thread),
            lex_member("c/", int(count or 0), thread),
        ]
        found = self._queries.pipeline(
            [*(("ZSCORE", listing, place) for place in places), ("HGET", record, "version")]
        )
        # What changes its place raises its version.
        if found.pop() == before and None in found:
            yield Difference(
                f"list of threads: {thread} does not stand where it should",
                lambda: self._mend_thread(site, thread, {"listed": [""]}),
            )

    def strays_listed(self, site: str) -> Iterator[Difference]:
        """Tell of places in the list of threads that are no thread's."""
        for thread, member in sorted(self._persistent(lambda: self._wrongly_listed(site))):
            yield Difference(
                f"list of threads: {member} should not be there",
                lambda t=thread, m=member: self._mend_thread(  # type: ignore[misc]
                    site, t, {"listed": [m]}
                ),
            )

    def _wrongly_listed(self, site: str) -> set[tuple[str, str]]:
        found = set()
        for chunk in chunks(self._members(key("listing", site))):
            threads = [member[_PLACE:] for member in chunk]
            stored = self._queries.pipeline(
                [("HMGET", key("thread", site, thread=t), "last", "count", "v") for t in threads]
            )
            for member, thread, (last, count, known) in zip(chunk, threads, stored, strict=True):
                places = {lex_member("c/", int(count or 0), thread)} if known else set()
                if last:
                    places.add(lex_member("a/", int(last), thread))
                if member not in places:
                    found.add((thread, member))
        return found

    def _of_comment(
        self, site: str, thread: str, comment: str, author: bytes | None, name: str
    ) -> Difference:
        told = _TOLD[name].format(comment, thread)
        if name in _PAST_MENDING:
            return Difference(told)
        return Difference(told, lambda: self._mend(site, thread, comment, author))

    def _moved(self, site: str, thread: str, comment: str) -> bool:
        """Say whether the thread was moved since it was looked up, with all that is in it."""
        there, thread_now = self._queries.pipeline(
            [
                ("HEXISTS", key("nodes", site, thread=thread), comment),
                ("HGET", key("comment", site, comment=comment), "t"),
            ]
        )
        return not there and thread_now is not None and thread_now.decode() != thread

    @staticmethod
    def _count(counted: Counted, comment: str, author: str, facts: Sequence[Any]) -> None:
        status, judged, created, _, _, _, _, reports = facts
        counted.totals[codec.STATUS[status.decode()]] += 1
        record = counted.authors[author]
        record["comments"] += 1
        record["published"] += status == b"p"
        record["approved"] += judged == b"p"
        record["rejected"] += judged == b"r"
        for reporter, state in zip(reports[::2], reports[1::2], strict=True):
            counted.made[reporter.decode()] += 1
            counted.upheld[reporter.decode()] += state == b"u"
        place = (int(created), comment)
        if len(counted.latest) < LATEST:
            heapq.heappush(counted.latest, place)
        else:
            heapq.heappushpop(counted.latest, place)

    @staticmethod
    def _text(comment: str, facts: Sequence[Any]) -> Iterator[Difference]:
        status, _, _, version, text, fragment, _, _ = facts
        if status == b"d":
            return
        try:
            shown = text_in(fragment.decode())
        except ValueError:
            yield Difference(f"what pages show of comment {comment} cannot be read")
            return
        if shown is not None and shown != (text.decode(), int(version)):
            yield Difference(f"pages show another text of comment {comment} than its record")

    def _strays(
        self, site: str, thread: str, nodes: Mapping[str, tuple[str, str]]
    ) -> Iterator[Difference]:
        """Tell of members that no comment explains; that one's own is right was looked at."""
        found: dict[str, list[str]] = {"roots": [], "replies": []}
        for row, strays in found.items():
            for member in self._members(key(row, site, thread=thread)):
                under, _, comment = member.rpartition("/")
                known = nodes.get(comment) or self._node(site, thread, comment)
                if known is None or known[1] != under:
                    strays.append(member)
        # A moved thread has none of its lists any more.
        if any(found.values()) and not self._version(key("thread", site, thread=thread)):
            return
        for row, strays in found.items():
            for member in strays:
                yield Difference(
                    f"{row} of {thread}: {member} should not be there",
                    lambda: self._mend_thread(site, thread, found),
                )
        for member in sorted(self._persistent(lambda: self._stale_tops(site, thread))):
            yield Difference(
                f"top of {thread}: {member} should not be there",
                lambda member=member: self._mend_top(site, thread, member),  # type: ignore[misc]
            )

    def _stale_tops(self, site: str, thread: str) -> set[str]:
        tops, expected = self.tops(site, thread)
        wrong = tops - expected
        if not wrong:
            return wrong
        seen = Counter(member[10:] for member in tops)
        # One under a single wrong rank misses its right one, which was looked at.
        return {m for m in wrong if seen[m[10:]] > 1 or not self._is_root(site, thread, m[10:])}

    def _is_root(self, site: str, thread: str, comment: str) -> bool:
        known = self._node(site, thread, comment)
        return known is not None and not known[1]

    def tops(self, site: str, thread: str) -> tuple[set[str], set[str]]:
        """The members of the order by votes, as they stand and, by the top comments, should."""
        roots = self._members(key("roots", site, thread=thread))
        votes = self._queries.one("HGETALL", key("votes", site, thread=thread))
        expected = set()
        for root in roots:
            up, down = votes.get(root.encode(), b"0 0").split()
            expected.add(codec.top_member(root, int(up), int(down)))
        return set(self._members(key("top", site, thread=thread))), expected

    def _mend_top(self, site: str, thread: str, member: str) -> bool:
        args = {"stale": [member], "ids": [member[10:]]}
        self._scripts.run("mend_top", args, site=site, thread=thread)
        return True

    def _mend_thread(self, site: str, thread: str, strays: Mapping[str, Sequence[str]]) -> bool:
        for row, members in strays.items():
            for chunk in chunks(members):
                args = _for_thread(thread) | {row: chunk}
                self._scripts.run("mend_thread", args, site=site, thread=thread)
        return True

    def _count_of(
        self, site: str, thread: str, published: int, before: int
    ) -> Iterator[Difference]:
        record = key("thread", site, thread=thread)
        count, after = self._queries.one("HMGET", record, "count", "version")
        # Each change of a status raises the version, so that many may have changed meanwhile.
        if after is None or abs(int(count or 0) - published) <= int(after) - before:
            return

        def mend() -> bool:
            args = _for_thread(thread) | {"count": published, "version": before}
            return self._scripts.run("mend_thread", args, site=site, thread=thread) != RETRY

        yield Difference(
            f"thread {thread} counts {int(count or 0)}, has {published} published", mend
        )

    def _kept_pages(self, site: str, thread: str) -> Iterator[Difference]:
        record = key("thread", site, thread=thread)
        before, kept = self._queries.pipeline(
            [
                ("HMGET", record, "version", "due"),
                ("HGETALL", key("pages", site, thread=thread)),
            ]
        )
        # A page of another version is not sent; with `due`, votes wait to be shown.
        if kept.get(b"v") != before[0] or before[1] is not None:
            return
        for name, body in kept.items():
            words = name.decode().split("|")
            if len(words) < 4 or words[-1] == "tag":
                continue
            args = {"sort": words[0], "limit": int(words[1]), "replies": int(words[2])}
            args |= {"after": words[3][1:] or None, "bytes": PAGE_BYTES, "now": 0}
            args["thread"] = write_json(thread)
            built = self._scripts.run("page", args, site=site, thread=thread)
            after = self._queries.one("HMGET", record, "version", "due")
            if built and after == before and not _same_page(built[1], body):
                yield Difference(
                    f"a kept page of {thread} is out of date",
                    lambda: self._mend_thread(site, thread, {"roots": [""]}),
                )
                return

    def _node(self, site: str, thread: str, comment: str) -> tuple[str, str] | None:
        raw = self._queries.one("HGET", key("nodes", site, thread=thread), comment)
        return _node(raw) if raw is not None else None

    def _nodes(self, site: str, thread: str) -> dict[str, tuple[str, str]]:
        name = key("nodes", site, thread=thread)

        def call(client: Any) -> dict[str, tuple[str, str]]:
            found = client.hscan_iter(name, count=CHUNK)
            return {comment.decode(): _node(node) for comment, node in found}

        return self._scripts.connection.call(call, read=True)


def _for_thread(thread: str) -> dict[str, Any]:
    return {"thread": thread, "roots": [], "replies": [], "listed": []}


def _ids(thread: str, comment: str, author: bytes | None) -> dict[str, str]:
    return {"thread": thread, "comment": comment, "author": (author or b"-").decode()}


def _node(raw: bytes) -> tuple[str, str]:
    """The status of a comment's node, and what it stands under."""
    status, under, _ = raw.decode().split("|", 2)
    return status, under


def _same_page(built: bytes, kept: bytes) -> bool:
    """Compare two pages but for whether the thread is past the site's last day."""
    pages = [json.loads(page) for page in (built, kept)]
    for page in pages:
        page["thread"].pop("closed")
    return bool(pages[0] == pages[1])
