"""What was read of stored bytes, kept so that the same bytes are not read again.

Nothing that `of` gives is stale: who asks brings what the storage holds now, and what differs is
read anew. So a change counts in every process with the next request, without a word between them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Stored = TypeVar("Stored")
Record = TypeVar("Record")


class Remembered(Generic[Stored, Record]):
    """Records by name, each with what it was read from; safe to share between threads.

    `most` bounds how many are kept: beyond it, all are read again. The records are shared, so they
    must be what nobody changes.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Hashable, tuple[Stored, Record]] = {}

    def of(self, name: Hashable, stored: Stored, read: Callable[[Stored], Record]) -> Record:
        """Give the record of what is stored under a name; `read` makes it if it is another."""
        known = self._known.get(name)
        if known is not None and known[0] == stored:
            return known[1]
        record = read(stored)
        if len(self._known) >= self._most:
            self._known.clear()
        self._known[name] = (stored, record)
        return record

    def last(self, name: Hashable) -> Record | None:
        """Give what was read last under a name, for who finds out later whether it still stands."""
        known = self._known.get(name)
        return None if known is None else known[1]
