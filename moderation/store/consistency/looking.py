"""How a site is looked at that others write to meanwhile, and what is found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from ..keys import key
from ..queries import Queries
from ..scripts import Scripts
from ..streams import Entries

T = TypeVar("T")

CHUNK = 500
LATEST = 1000
LOOKS = 3
"""What is seen so often, one time after another, is so."""

Boxes = Mapping[str, Sequence[tuple[str, str]]]
"""By site, the thread and the reader of all that readers keep of their own."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence on what does not agree; `mend` puts it right, if that still can be."""

    told: str
    mend: Callable[[], bool] | None = None


@dataclass
class Counted:
    """What the comments say that were walked through."""

    totals: Counter[str] = field(default_factory=Counter)
    authors: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    made: Counter[str] = field(default_factory=Counter)
    upheld: Counter[str] = field(default_factory=Counter)
    latest: list[tuple[int, str]] = field(default_factory=list)
    """A heap of time and comment."""


class Looking:
    """Reads that several looks share."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def _after(self, site: str, last: str) -> Entries:
        start = f"({last}" if last else "-"

        def call(client: Any) -> Entries:
            found: Entries = client.xrange(key("audit", site), start, "+", count=CHUNK)
            return found

        return self._scripts.connection.call(call, read=True)

    @staticmethod
    def _persistent(look: Callable[[], set[T]]) -> set[T]:
        """What is seen again and again: what a write left half seen is not."""
        found = look()
        for _ in range(LOOKS - 1):
            if found:
                found = found & look()
        return found

    def _version(self, record: str) -> int:
        return int(self._queries.one("HGET", record, "version") or 0)

    def _members(self, name: str) -> list[str]:
        def call(client: Any) -> list[str]:
            return [member.decode() for member, _ in client.zscan_iter(name, count=CHUNK)]

        return self._scripts.connection.call(call, read=True)

    def _mend(
        self, site: str, thread: str, comment: str, author: bytes | None, stray: Sequence[str] = ()
    ) -> bool:
        args = {"id": comment, "thread": thread, "stray": stray}
        self._scripts.run(
            "mend",
            args,
            site=site,
            thread=thread,
            comment=comment,
            author=(author or b"-").decode(),
        )
        return True


def chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Give a few at a time."""
    each = iter(items)
    while chunk := list(islice(each, size)):
        yield chunk
