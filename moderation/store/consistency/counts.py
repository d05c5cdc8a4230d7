"""The counts of a site, of its authors and of its readers, against the comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from .. import codec
from ..keys import key
from ..scripts import RETRY
from .looking import Counted, Difference, Looking, chunks

# By choice: what more than so many entries changed is not compared with a count.
_MOST_MEANWHILE = 50_000
_RECORD = ("comments", "published", "approved", "rejected")


class Counts(Looking):
    """What is counted over many comments, while some of them may change."""

    def look(self, site: str, counted: Counted, begin: str) -> Iterator[Difference]:
        """Compare with what was counted since the entry `begin` of the audit."""
        totals = self._queries.one("HGETALL", key("totals", site))
        authors = list(counted.authors)
        stored = [
            row
            for chunk in chunks(authors)
            for row in self._queries.pipeline(
                [("HMGET", key("author", site, author=a), *_RECORD) for a in chunk]
            )
        ]
        reporters = self._queries.one("HGETALL", key("reporters", site))
        changes = self._meanwhile(site, begin)
        if changes is None:
            return
        wrong: dict[str, Any] = {"totals": {}, "authors": {}, "reporters": {}}

        def mend() -> bool:
            return self._mend_counts(site, wrong, begin)

        has = {name.decode(): int(count) for name, count in totals.items() if int(count)}
        should = {status: n for status, n in counted.totals.items() if n}
        if any(
            abs(has.get(status, 0) - should.get(status, 0)) > changes.total()
            for status in codec.LETTER
        ):
            wrong["totals"] = {status: should.get(status, 0) for status in codec.LETTER}
            yield Difference(f"totals are {has}, the comments say {should}", mend)
        for author, row in zip(authors, stored, strict=True):
            record = dict(zip(_RECORD, (int(value or 0) for value in row), strict=True))
            expected = {name: counted.authors[author][name] for name in _RECORD}
            if any(abs(record[name] - expected[name]) > changes[author] for name in _RECORD):
                wrong["authors"][author] = expected
                yield Difference(
                    f"the record of {author} is {record}, the comments say {expected}", mend
                )
        for reporter, made in counted.made.items():
            least = counted.upheld[reporter] - changes.total()
            has_made, has_upheld = map(int, reporters.get(reporter.encode(), b"0 0").split())
            # Reports on what was deleted since are counted still.
            if has_made < made or has_upheld < least or has_upheld > has_made:
                upheld = max(has_upheld, counted.upheld[reporter])
                wrong["reporters"][reporter] = f"{max(has_made, made, upheld)} {upheld}"
                yield Difference(
                    f"the reports of {reporter} are counted as {has_made}, {has_upheld} upheld; "
                    f"there are {made}, {counted.upheld[reporter]} upheld",
                    mend,
                )

    def _meanwhile(self, site: str, begin: str) -> Counter[str] | None:
        """How many entries the audit got since, by the author of the comment that each is about.

        None if these are too many to say, or a thread was moved.
        """
        subjects: list[bytes] = []
        last = begin
        while entries := self._after(site, last):
            last = entries[-1][0].decode()
            if any(fields[b"verb"] == b"move" for _, fields in entries):
                return None
            subjects += [fields[b"subject"] for _, fields in entries]
            if len(subjects) > _MOST_MEANWHILE:
                return None
        found: Counter[str] = Counter()
        for chunk in chunks(subjects):
            authors = self._queries.pipeline(
                [("HGET", key("comment", site, comment=s.decode()), "a") for s in chunk]
            )
            found.update((author or b"").decode() for author in authors)
        return found

    def _mend_counts(self, site: str, wrong: Mapping[str, Any], begin: str) -> bool:
        authors = list(wrong["authors"])
        args = {
            "totals": wrong["totals"],
            "reporters": wrong["reporters"],
            "authors": [wrong["authors"][author] for author in authors],
            "last": begin,
        }
        more = [key("author", site, author=author) for author in authors]
        return self._scripts.run("mend_counts", args, more=more, site=site) != RETRY
