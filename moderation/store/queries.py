"""Reads that several nouns share: comments and cases by id, and the cursors of lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ..errors import BadCursorError, CommentNotFoundError, UnavailableError
from ..identifiers import ENTRY, NAME
from ..records import AuthorRecord, Case, Comment
from . import codec
from .keys import key, lex_prefix
from .round_trip import answers
from .scripts import Scripts

MAX_RETRIES = 20
"""How often a write that others overtook is tried again on what they left."""

# What begins a cursor names its list; what follows is the member to go on after.
_CURSORS = {
    "n": r"[0-9A-Za-z-]{1,64}",  # newest: a comment
    "o": r"[0-9A-Za-z-]{1,64}",  # oldest
    "t": r"\d{10}[0-9A-Za-z-]{1,64}",  # top: rank, comment
    "r": r"[0-9A-Za-z-]{1,64}",  # replies; 0 is before the first
    "p": r"\d{13}[0-9A-Za-z-]{1,64}",  # the queue by priority
    "p/": r"\d{13}[0-9a-z-]{1,64}",  # suggestions that wait: time, suggestion
    "a/": r"\d{13}[0-9a-z-]{1,64}",  # suggestions that were accepted
    **dict.fromkeys("acw", rf"\d{{13}}{NAME}"),  # threads: time or number, thread
    "": ENTRY,
}


def parse_cursor(cursor: str | None, kind: str) -> str | None:
    """Give the member of a list that a cursor names; `kind` is what the list's cursors begin with.

    Raises `BadCursorError` for anything else than this kind's own cursor.
    """
    if cursor is None:
        return None
    member = cursor.removeprefix(kind)
    if not cursor.startswith(kind) or not re.fullmatch(_CURSORS[kind], member, re.ASCII):
        raise BadCursorError
    return member


def too_many_conflicts() -> UnavailableError:
    """Make the error for what others overtook `MAX_RETRIES` times; it changed nothing."""
    return UnavailableError(
        "This is changing too fast. Please try again.", headers={"Retry-After": "1"}
    )


class Queries:
    """Each method is at most two round trips, however many comments are asked for."""

    def __init__(self, scripts: Scripts) -> None:
        self._connection = scripts.connection

    def pipeline(self, commands: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Run commands in one round trip."""
        if not commands:
            return []

        return self._connection.call(lambda client: answers(client, commands), read=True)

    def one(self, *command: Any) -> Any:
        """Run one command."""

        (found,) = self.pipeline([command])
        return found

    def comment_keys(self, site: str, comment_id: str) -> tuple[str, str, str]:
        """Thread, author and parent of a comment; only a move of its thread changes the first.

        Who writes by an earlier one finds no place of the comment in that thread. Raises
        `CommentNotFoundError`.
        """
        name = key("comment", site, comment=comment_id)
        *found, version = self.one("HMGET", name, "t", "a", "p", "v")
        if found[0] is None:
            raise CommentNotFoundError
        codec.check_version(version)
        return found[0].decode(), found[1].decode(), (found[2] or b"").decode()

    def author(self, site: str, author_id: str) -> AuthorRecord:
        """What is known of an author; an empty record for somebody new."""
        stored, reporter = self.pipeline(
            [
                ("HGETALL", key("author", site, author=author_id)),
                ("HGET", key("reporters", site), author_id),
            ]
        )
        return codec.author_from(author_id, stored, reporter)

    def comments(self, site: str, ids: Sequence[str]) -> list[Comment]:
        """The comments that exist, in the order asked."""
        stored = self._hashes(site, ids)
        counts = self.pipeline([self._count_replies(site, i, c) for i, c in stored])
        return [codec.comment_from(site, i, c, n) for (i, c), n in zip(stored, counts, strict=True)]

    def approved_names(self, site: str, ids: Sequence[str]) -> frozenset[str]:
        """The authors' names on those of the comments whose last decision approved them."""
        stored = self._hashes(site, ids)
        return frozenset(
            codec.comment_from(site, i, c).author.name for i, c in stored if c.get(b"j") == b"p"
        )

    def cases(self, site: str, ids: Sequence[str], now: int, *, queued: bool) -> list[Case]:
        """The cases of the comments that exist; with `queued`, only of those in the queue."""
        stored = [(i, c) for i, c in self._hashes(site, ids) if b"ql" in c or not queued]
        commands: list[tuple[Any, ...]] = []
        for i, c in stored:
            author = c[b"a"].decode()
            commands += [
                ("HGETALL", key("thread", site, thread=c[b"t"].decode())),
                ("HGETALL", key("author", site, author=author)),
                ("HGET", key("reporters", site), author),
                ("HGETALL", key("reports", site, comment=i)),
                ("HGETALL", key("decisions", site, comment=i)),
                ("HGET", key("claims", site), i),
                self._count_replies(site, i, c),
            ]
        found = self.pipeline(commands)
        cases = []
        for n, (i, c) in enumerate(stored):
            thread, author_hash, reporter, reports, decisions, claim, count = found[
                7 * n : 7 * n + 7
            ]
            cases.append(
                Case(
                    comment=codec.comment_from(site, i, c, count),
                    thread=codec.thread_from(thread),
                    lanes=codec.lanes_from(c),
                    queued=int(c.get(b"qt", 0)),
                    priority=codec.priority_from(c),
                    author=codec.author_from(c[b"a"].decode(), author_hash, reporter),
                    reports=codec.reports_from(reports),
                    claim=codec.claim_from(claim, now),
                    escalated=c.get(b"qe") == b"1",
                    decisions=codec.decisions_from(decisions),
                )
            )
        return cases

    def _hashes(self, site: str, ids: Sequence[str]) -> list[tuple[str, codec.Hash]]:
        found = self.pipeline([("HGETALL", key("comment", site, comment=i)) for i in ids])
        return [(i, c) for i, c in zip(ids, found, strict=True) if c]

    @staticmethod
    def _count_replies(site: str, comment_id: str, stored: codec.Hash) -> tuple[Any, ...]:
        replies = key("replies", site, thread=stored[b"t"].decode())
        return ("ZLEXCOUNT", replies, *lex_prefix(f"{comment_id}/"))
