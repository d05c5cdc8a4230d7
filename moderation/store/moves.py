"""Threads that get another id or address, with everything in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from ..records import Thread
from . import codec
from .keys import key
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import RETRY, Scripts

_CHUNK = 1000


class Moves:
    """`store.moves`: for those who run the service, when pages have moved."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def authors(self, site: str, thread_ids: Collection[str]) -> Mapping[str, set[str]]:
        """Who has votes or unpublished comments in which thread: one way through all keys."""
        wanted = set(thread_ids)
        before = key("mine", site, thread="", author="").removesuffix(":")

        def call(client: Any) -> list[str]:
            names = client.scan_iter(match=f"{before}*", count=_CHUNK)
            return [name.decode().removeprefix(before) for name in names]

        found: dict[str, set[str]] = defaultdict(set)
        for name in self._scripts.connection.call(call, read=True) if wanted else ():
            thread, _, author = name.partition(":")
            if thread in wanted:
                found[thread].add(author)
        return found

    def move(
        self,
        site: str,
        thread_id: str,
        target: Thread,
        *,
        authors: Collection[str] = (),
        found_at: str | None = None,
        actor: str,
        now: int,
    ) -> None:
        """Give a thread the id, address and title of `target`, whole or not at all.

        A thread that is there already takes it in: comments by time, votes and all. `authors` are
        those of `authors()`; `found_at` as for `comments.submit`. Raises `ThreadNotFoundError`.
        """
        nodes = key("nodes", site, thread=thread_id)
        for _ in range(MAX_RETRIES):
            same = thread_id == target.id
            ids = [] if same else [i.decode() for i in self._queries.one("HKEYS", nodes)]
            more = [key("comment", site, comment=i) for i in ids]
            for author in () if same else sorted(authors):
                more += [
                    key("mine", site, thread=thread, author=author)
                    for thread in (thread_id, target.id)
                ]
            reply = self._scripts.run(
                "move_thread",
                {
                    "from": thread_id,
                    "to": target.id,
                    "comments": ids,
                    "thread_fields": codec.flat(codec.thread_fields(target)),
                    "found_at": found_at,
                    "actor": actor,
                    "now": now,
                },
                more=more,
                site=site,
                thread=thread_id,
                to_thread=target.id,
                to_nodes=target.id,
                to_roots=target.id,
                to_top=target.id,
                to_replies=target.id,
                to_votes=target.id,
                to_pages=target.id,
            )
            if reply != RETRY:
                return
        raise too_many_conflicts()
