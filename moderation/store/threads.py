"""Threads: ready-to-send pages, replies, counts."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ThreadChangeNotFoundError, ThreadNotFoundError, UnavailableError
from ..identifiers import is_entry
from ..json_text import write_json
from ..records import Comment, Idempotency, Sort, Thread
from . import codec
from .keys import PAGES_MS, key, lex_prefix
from .queries import Queries, parse_cursor
from .results import Mine, Page
from .scripts import Scripts

_KIND = {"newest": "n", "oldest": "o", "top": "t"}
_OVERDUE = "|overdue"

PAGE_BYTES = 1_000_000
"""From so many bytes of comments on, a page shows no more of them. By choice: a page of a hundred
comments of ordinary length is a third of it."""
KEPT_BYTES = 262_144
"""A longer page is built anew each time: what is kept takes memory for every thread."""
REMEMBERED_BYTES = 16_000_000
"""Of pages, in each process, by choice: some hundreds of threads, packed a quarter more."""
_KEPT_LIMIT, _KEPT_REPLIES = 20, 3
_THE_SAME = 2


class Threads:
    """`store.threads`: what a page shows of its discussion."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)
        self._pages = _Pages()

    def get(self, site: str, thread_id: str) -> Thread:
        """Read a thread's record; raises `ThreadNotFoundError` if it has no comment yet."""
        stored = self._queries.one("HGETALL", key("thread", site, thread=thread_id))
        if not stored:
            raise ThreadNotFoundError
        return codec.thread_from(stored)

    def several(self, site: str, thread_ids: Sequence[str]) -> dict[str, Thread]:
        """Those of the threads that exist, by id."""
        wanted = list(dict.fromkeys(thread_ids))
        found = self._queries.pipeline(
            [("HGETALL", key("thread", site, thread=thread)) for thread in wanted]
        )
        return {
            thread: codec.thread_from(stored)
            for thread, stored in zip(wanted, found, strict=True)
            if stored
        }

    def stored_under(self, site: str, thread_ids: Sequence[str]) -> str:
        """Give the first of a thread's ids that there is a thread under, else the first.

        Costs nothing where there is one id only.
        """
        if len(thread_ids) > 1:
            found = self._queries.pipeline(
                [("EXISTS", key("thread", site, thread=thread)) for thread in thread_ids]
            )
            for thread, there in zip(thread_ids, found, strict=True):
                if there:
                    return thread
        return thread_ids[0]

    def neighbours(self, comment: Comment, *, limit: int) -> list[Comment]:
        """The shown comments beside one, at the same place in the thread, in order of time.

        Up to half of `limit` before it and as many after it; itself is not among them.
        """
        node = self._queries.one(
            "HGET", key("nodes", comment.site, thread=comment.thread), comment.id
        )
        # Beyond the site's depth it does not stand under its parent.
        under = (node or b"||").decode().split("|", 2)[1]
        index, before = ("replies", f"{under}/") if under else ("roots", "")
        first, last = lex_prefix(before) if before else ("-", "+")
        itself = f"({before}{comment.id}"
        name = key(index, comment.site, thread=comment.thread)
        earlier, later = self._queries.pipeline(
            [
                ("ZRANGE", name, itself, first, "BYLEX", "REV", "LIMIT", 0, limit // 2),
                ("ZRANGE", name, itself, last, "BYLEX", "LIMIT", 0, limit // 2),
            ]
        )
        members = [*reversed(earlier), *later]
        return self._queries.comments(comment.site, [m.decode()[len(before) :] for m in members])

    def page(
        self,
        site: str,
        thread_id: str,
        *,
        sort: Sort = "newest",
        limit: int = 20,
        cursor: str | None = None,
        replies: int = 3,
        url: str = "",
        now: int,
    ) -> Page:
        """A page of the thread: `{"thread": {...}, "comments": [...], "next_cursor": ...}`.

        An unknown thread is an empty one (version 0, with the `url` given). `now` lets votes of
        the last ten seconds wait, so that they do not change the page one by one. `closed` is
        also true past the site's `close_after_days`.
        Raises `BadCursorError`.
        """
        after = parse_cursor(cursor, _KIND[sort])
        field = f"{sort}|{limit}|{replies}|{cursor or ''}"
        args: dict[str, Any] = {"sort": sort, "limit": limit, "replies": replies, "after": after}
        args |= {"bytes": PAGE_BYTES, "now": now, "thread": write_json(thread_id)}
        known: Page | None = None
        # Only what the widget asks for first is kept, so that a thread has three pages at most.
        usual = (limit, replies, cursor) == (_KEPT_LIMIT, _KEPT_REPLIES, None)
        if usual:
            known = self._pages.get((site, thread_id, field))
            args |= {"field": field, "overdue": _OVERDUE, "have": known and known.etag}
        reply = self._scripts.run("page", args, site=site, thread=thread_id)
        if not reply:
            return _empty(thread_id, url, field)
        if reply[2] == _THE_SAME and known is not None:
            return known
        version, body = int(reply[0]), reply[1]
        page = _page(body, version, field + (_OVERDUE if reply[3] else ""))
        if usual and len(body) <= KEPT_BYTES:
            if not reply[2]:
                self._keep(site, thread_id, page, field + (_OVERDUE if reply[3] else ""), now)
            self._pages.put((site, thread_id, field), page)
        return page

    def around(
        self,
        site: str,
        thread_id: str,
        comment_id: str,
        *,
        replies: int = 3,
        url: str = "",
        now: int,
    ) -> Page:
        """What leads to a comment: a page of its top comment, with the way down and its replies.

        A list of replies on the way has only the next comment of the way; its cursor is before the
        first. No comment if it is not shown, or in another thread.
        """
        args = {"around": comment_id, "sort": "oldest", "limit": 1, "replies": replies, "now": now}
        args |= {"bytes": PAGE_BYTES, "thread": write_json(thread_id)}
        reply = self._scripts.run("page", args, site=site, thread=thread_id)
        field = f"{comment_id}||{replies}"
        if not reply:
            return _empty(thread_id, url, field)
        return _page(reply[1], int(reply[0]), field + (_OVERDUE if reply[3] else ""))

    def replies(
        self,
        site: str,
        comment_id: str,
        *,
        limit: int = 20,
        cursor: str | None = None,
        replies: int = 3,
        now: int,
    ) -> Page:
        """More replies to a comment, oldest first: `{"comments": [...], "next_cursor": ...}`.

        Raises `CommentNotFoundError`, `BadCursorError`.
        """
        after = parse_cursor(cursor, "r")
        thread, _, _ = self._queries.comment_keys(site, comment_id)
        reply = self._scripts.run(
            "page",
            {
                "under": comment_id,
                "sort": "oldest",
                "limit": limit,
                "replies": replies,
                "after": None if after == "0" else after,
                "bytes": PAGE_BYTES,
                "now": now,
                "thread": write_json(thread),
            },
            site=site,
            thread=thread,
        )
        return _page(reply[1], int(reply[0]), f"{comment_id}|{limit}|{replies}|{cursor or ''}")

    def counts(self, site: str, thread_ids: Sequence[str]) -> list[int]:
        """Published comments of each thread, in the order asked; 0 for an unknown or hidden one."""
        found = self._queries.pipeline(
            [
                ("HMGET", key("thread", site, thread=thread), "count", "hidden")
                for thread in thread_ids
            ]
        )
        return [0 if hidden == b"1" else int(count or 0) for count, hidden in found]

    def counts_at(self, site: str, addresses: Sequence[Sequence[str]]) -> list[int]:
        """Published comments on pages, each given by the ids that its address makes.

        Where those have no comments, it is the thread with an id of the site's own that is there.
        One round trip, and a second one where there are such threads. Raises `SiteNotFoundError`.
        """
        flat = [thread for ids in addresses for thread in ids]
        reply = self._scripts.run(
            "counts",
            {"pages": [ids[0] for ids in addresses]},
            more=[key("thread", site, thread=thread) for thread in flat],
            site=site,
        )
        own = dict(zip(flat, map(int, reply), strict=False))
        found = [next((own[i] for i in ids if own[i]), 0) for ids in addresses]
        there = [
            (n, name.decode()) for n, name in enumerate(reply[len(flat) :]) if name and not found[n]
        ]
        counts = self.counts(site, [name for _, name in there])
        for (n, _), count in zip(there, counts, strict=True):
            found[n] = count
        return found

    def mine(self, site: str, thread_id: str, author_id: str) -> Mine:
        """The author's own votes and unpublished comments in a thread, oldest first."""
        stored = self._queries.one("HGETALL", key("mine", site, thread=thread_id, author=author_id))
        votes = {k.decode(): int(v) for k, v in stored.items() if not k.startswith(b"~")}
        ids = sorted(k[1:].decode() for k in stored if k.startswith(b"~"))
        comments = (
            c for c in self._queries.comments(site, ids) if c.status in ("held", "rejected")
        )
        return Mine(votes=votes, comments=tuple(comments))

    def change(
        self,
        site: str,
        thread_id: str,
        changes: Mapping[str, Any],
        *,
        actor: str,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> str | None:
        """Change what is set for a thread alone, by the names of `Thread`'s fields.

        They are `closed`, `hidden`, `slow_seconds`, `premoderate`, `pinned` and `authors`. Answers
        the change's id, which is that of its entry in the audit; None if nothing changed. Raises
        `ThreadNotFoundError`, `NotPinnableError`, `IdempotencyMismatchError`.
        """
        plain = {
            name: " ".join(value) if isinstance(value, tuple) else value
            for name, value in changes.items()
        }
        return self._change(site, thread_id, {"changes": plain}, actor, idempotency, now)

    def undo_change(
        self,
        site: str,
        thread_id: str,
        change_id: str,
        *,
        actor: str,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> str | None:
        """Put back what a change replaced; answers the id of doing so.

        Raises `ThreadNotFoundError`, `ThreadChangeNotFoundError`, `NotUndoableError` (an undo),
        `SupersededError` where something it changed was changed again, `IdempotencyMismatchError`.
        """
        if not is_entry(change_id):
            raise ThreadChangeNotFoundError
        return self._change(site, thread_id, {"undoes": change_id}, actor, idempotency, now)

    def _change(
        self,
        site: str,
        thread_id: str,
        what: Mapping[str, Any],
        actor: str,
        idempotency: Idempotency | None,
        now: int,
    ) -> str | None:
        args = {"thread": thread_id, "actor": actor, **codec.idem_args(idempotency), "now": now}
        reply = self._scripts.run(
            "change_thread",
            {**what, **args},
            site=site,
            thread=thread_id,
            idem=idempotency.key if idempotency else None,
        )
        return (reply[2] if reply[0] == b"replay" else reply[0]).decode() or None

    def name(self, thread: Thread, *, site: str, actor: str, now: int) -> None:
        """Give a thread this title and address; raises `ThreadNotFoundError`."""
        self._scripts.run(
            "name_thread",
            {
                "thread": thread.id,
                "title": thread.title,
                "url": thread.url,
                "head": codec.thread_head(thread),
                "actor": actor,
                "now": now,
            },
            site=site,
            thread=thread.id,
        )

    def _keep(self, site: str, thread_id: str, page: Page, field: str, now: int) -> None:
        args = {
            "version": page.version,
            "field": field,
            "body": page.body.decode(),
            "tag": page.etag,
            "ttl": PAGES_MS,
            "now": now,
        }
        try:
            self._scripts.run("cache", args, site=site, thread=thread_id)
        except UnavailableError:
            # A full or read-only server still answers reads; the next one builds the page again.
            return


class _Pages:
    """The pages that this process sent last, each with what was made of it.

    Not to be asked what a page is, but what need not be fetched again: the storage says each time
    whether it is still the same. Bounded in bytes; safe to share between threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str, str], Page] = OrderedDict()
        self._bytes = 0

    def get(self, name: tuple[str, str, str]) -> Page | None:
        with self._lock:
            found = self._known.get(name)
            if found is not None:
                self._known.move_to_end(name)
            return found

    def put(self, name: tuple[str, str, str], page: Page) -> None:
        with self._lock:
            before = self._known.pop(name, None)
            self._bytes += len(page.body) - (len(before.body) if before else 0)
            self._known[name] = page
            while self._bytes > REMEMBERED_BYTES:
                _, oldest = self._known.popitem(last=False)
                self._bytes -= len(oldest.body)


def _empty(thread_id: str, url: str, field: str) -> Page:
    empty = {"id": thread_id, "url": url, "title": ""}
    thread = empty | {"count": 0, "closed": False, "version": 0}
    body = write_json({"thread": thread, "comments": [], "next_cursor": None}).encode()
    return _page(body, 0, field)


def _page(body: bytes, version: int, field: str) -> Page:
    # Not of the version alone: after a failover or a restored backup that lost writes, it counts up
    # to the same number again, for other comments.
    what = hashlib.blake2b(field.encode() + b"\0" + body, digest_size=8).hexdigest()
    return Page(body=body, etag=f"{version}-{what}", version=version)
