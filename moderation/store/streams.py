"""What the scripts write down as they change things: the audit and the live events."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from ..records import AuditEntry
from .keys import key
from .queries import Queries, parse_cursor
from .results import Event
from .scripts import Scripts

MAX_BLOCK_MS = 1000
# By choice: what one page of a filtered audit looks through at most, so that its time is bounded
# (some 0.1 s), and how much of it at a time.
_MOST_SEEN = 10_000
_SEEN_AT_ONCE = 500

Entries = list[tuple[bytes, Mapping[bytes, bytes]]]


class Streams:
    """`store.streams`: the audit, and the live events."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def audit(
        self,
        site: str,
        *,
        limit: int,
        cursor: str | None = None,
        verbs: Collection[str] = (),
        actor: str | None = None,
    ) -> tuple[list[AuditEntry], str | None]:
        """Changes, newest first, and the next cursor; raises `BadCursorError`.

        With `verbs` or `actor` only such changes. A page of those may have fewer than `limit`, or
        none, and still a cursor: it looks through so many entries, and the next one goes on there.
        """
        before = parse_cursor(cursor, "")
        wanted = {verb.encode() for verb in verbs}
        by = actor.encode() if actor is not None else None
        chosen: Entries = []
        seen = 0
        at_once = _SEEN_AT_ONCE if wanted or by else limit + 1
        while True:
            if before and not before.strip("0-"):
                return _entries(chosen), None  # nothing is older than 0-0: the server refuses it
            entries = self._older(key("audit", site), before, at_once)
            seen += len(entries)
            for i, fields in entries:
                if wanted and fields[b"verb"] not in wanted:
                    continue
                if by is not None and fields[b"actor"] != by:
                    continue
                if len(chosen) == limit:
                    return _entries(chosen), chosen[-1][0].decode()
                chosen.append((i, fields))
            if len(entries) < at_once:
                return _entries(chosen), None
            before = entries[-1][0].decode()
            if seen >= _MOST_SEEN:
                return _entries(chosen), before

    def _older(self, stream: str, before: str | None, count: int) -> Entries:
        start = f"({before}" if before else "+"

        def call(client: Any) -> Entries:
            found: Entries = client.xrevrange(stream, start, "-", count=count)
            return found

        return self._scripts.connection.call(call, read=True)

    def events(
        self, site: str, after: str | None = None, *, limit: int = 100, block_ms: int = 0
    ) -> list[Event]:
        """Live changes after a cursor, oldest first; without one the latest `limit`.

        `block_ms` waits for the first new one, at most a second (the socket's time-out is two).
        Raises `BadCursorError`.
        """
        start = parse_cursor(after, "")
        stream = key("events", site)

        def call(client: Any) -> Entries:
            if start is None:
                latest: Entries = client.xrevrange(stream, count=limit)
                return latest[::-1]
            wait = min(block_ms, MAX_BLOCK_MS) or None
            return entries_of(client.xread({stream: start}, count=limit, block=wait))

        found = self._scripts.connection.call(call, read=True)
        return [Event(id=i.decode(), type=f[b"type"].decode(), data=data_of(f)) for i, f in found]


def _entries(found: Entries) -> list[AuditEntry]:
    return [
        AuditEntry(
            id=i.decode(),
            at=int(f[b"at"]),
            actor=f[b"actor"].decode(),
            verb=f[b"verb"].decode(),
            subject=f[b"subject"].decode(),
            detail=json.loads(f[b"detail"]),
        )
        for i, f in found
    ]


def entries_of(reply: Any) -> Entries:
    """What XREAD gives for the one stream asked: a list of pairs in RESP2, a map in RESP3."""
    if not reply:
        return []
    found = next(iter(reply.values())) if isinstance(reply, dict) else reply[0][1]
    if found and isinstance(found[0], list) and found[0] and isinstance(found[0][0], tuple):
        found = found[0]
    entries: Entries = list(found)
    return entries


def data_of(fields: Mapping[bytes, bytes]) -> dict[str, object]:
    """What an entry of the events or of the outbox says."""
    data: dict[str, object] = json.loads(fields[b"data"])
    return data
