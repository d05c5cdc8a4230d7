"""All of a site, thread by thread: what an export reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..records import Comment, Thread
from . import codec
from .keys import key
from .queries import Queries
from .scripts import Scripts

_CHUNK = 200


class Export:
    """`store.export`: everything, in an order that an import can take."""

    def __init__(self, scripts: Scripts) -> None:
        self._connection = scripts.connection
        self._queries = Queries(scripts)

    def threads(self, site: str) -> Iterator[Thread]:
        """Every thread of a site, by id; those made meanwhile may be among them."""
        start = "-"
        while ids := self._queries.one(
            "ZRANGE", key("threads", site), start, "+", "BYLEX", "LIMIT", 0, _CHUNK
        ):
            found = self._queries.pipeline(
                [("HGETALL", key("thread", site, thread=i.decode())) for i in ids]
            )
            yield from (codec.thread_from(stored) for stored in found if stored)
            start = f"({ids[-1].decode()}"

    def comments(self, site: str, thread_id: str) -> Iterator[Comment]:
        """Every comment of a thread, whatever its status, in the order of writing."""
        name = key("nodes", site, thread=thread_id)

        def call(client: Any) -> set[bytes]:
            return {comment for comment, _ in client.hscan_iter(name, count=_CHUNK)}

        ids = sorted(i.decode() for i in self._connection.call(call, read=True))
        for first in range(0, len(ids), _CHUNK):
            yield from self._queries.comments(site, ids[first : first + _CHUNK])
