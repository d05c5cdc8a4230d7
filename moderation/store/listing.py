"""The list of a site's threads, for those who look after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..records import Thread, ThreadSort, ThreadState
from . import codec
from .keys import key, lex_prefix
from .queries import Queries, parse_cursor
from .results import Listed, ThreadList
from .scripts import Scripts

_ORDER = {"active": "a", "comments": "c", "waiting": "w"}
_CHUNK = 200
# So many threads are looked through for one answer, by choice: some 50 ms of the storage.
_LOOKED_THROUGH = 2_000
# So many cases are counted for the order by what waits, by choice: more than anybody decides.
_CASES = 20_000
_DIGITS = 13


class Listing:
    """`store.listing`: threads by their latest comment, by size, or by what waits in them."""

    def __init__(self, scripts: Scripts) -> None:
        self._queries = Queries(scripts)

    def page(
        self,
        site: str,
        *,
        sort: ThreadSort = "active",
        state: ThreadState | None = None,
        search: str = "",
        over_before: int = 0,
        limit: int = 20,
        cursor: str | None = None,
    ) -> ThreadList:
        """Threads in this order, the latest or the largest first.

        `search` is for words, each of which is in the title or the address. `over_before`: a
        thread that began earlier takes no more comments, so it is a closed one. By `waiting` only
        threads with cases are listed. At most 2,000 threads are looked through for an answer, so
        it may have fewer than `limit` and yet go on. Raises `BadCursorError`.
        """
        order = _ORDER[sort]
        after = parse_cursor(cursor, order)
        members = (
            self._by_waiting(site, after) if sort == "waiting" else self._by(site, order, after)
        )
        words = search.casefold().split()
        found: list[Thread] = []
        looked = 0
        for chunk in members:
            stored = self._queries.pipeline(
                [("HGETALL", key("thread", site, thread=m[_DIGITS:])) for m in chunk]
            )
            for member, each in zip(chunk, stored, strict=True):
                looked += 1
                thread = codec.thread_from(each) if each else None
                if thread and _fits(thread, state, words, over_before):
                    found.append(thread)
                if len(found) == limit or looked == _LOOKED_THROUGH:
                    following = self._is_more(site, sort, member)
                    return self._list(site, found, f"{order}{member}" if following else None)
        return self._list(site, found, None)

    def waiting(self, site: str, thread_ids: Sequence[str]) -> list[int]:
        """How many comments of each thread wait for a moderator."""
        return self._queries.pipeline(
            [
                ("ZLEXCOUNT", key("queue", site), *lex_prefix(codec.of_thread(thread)))
                for thread in thread_ids
            ]
        )

    def _list(self, site: str, threads: Sequence[Thread], cursor: str | None) -> ThreadList:
        counts = self.waiting(site, [thread.id for thread in threads])
        return ThreadList(
            threads=tuple(
                Listed(thread=thread, waiting=count)
                for thread, count in zip(threads, counts, strict=True)
            ),
            next_cursor=cursor,
        )

    def _by(self, site: str, order: str, after: str | None) -> Iterator[list[str]]:
        """The members of an order, from the highest down, without what they begin with."""
        prefix = f"{order}/"
        first, last = lex_prefix(prefix)
        start = f"({prefix}{after}" if after else last
        while members := self._queries.one(
            *("ZRANGE", key("listing", site), start, first, "BYLEX", "REV", "LIMIT", 0, _CHUNK)
        ):
            yield [member.decode()[len(prefix) :] for member in members]
            start = f"({members[-1].decode()}"

    def _by_waiting(self, site: str, after: str | None) -> Iterator[list[str]]:
        """The same of an order that is made when it is asked for: most threads have no case."""
        members = self._queries.one(
            *("ZRANGE", key("queue", site), *lex_prefix("thread/"), "BYLEX", "LIMIT", 0, _CASES)
        )
        counts = Counter(member.decode().split("/")[1] for member in members)
        ordered = sorted((f"{n:0{_DIGITS}d}{thread}" for thread, n in counts.items()), reverse=True)
        left = [member for member in ordered if after is None or member < after]
        for start in range(0, len(left), _CHUNK):
            yield left[start : start + _CHUNK]

    def _is_more(self, site: str, sort: ThreadSort, member: str) -> bool:
        rest = (
            self._by_waiting(site, member)
            if sort == "waiting"
            else self._by(site, _ORDER[sort], member)
        )
        return next(rest, None) is not None


def _fits(
    thread: Thread, state: ThreadState | None, words: Sequence[str], over_before: int
) -> bool:
    closed = thread.closed or thread.created < over_before
    states = {"open": not closed and not thread.hidden, "closed": closed, "hidden": thread.hidden}
    where = f"{thread.title} {thread.url}".casefold()
    return (state is None or states[state]) and all(word in where for word in words)
