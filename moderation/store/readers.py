"""What readers and authors do with comments: votes, reports, one's own view of a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import InvalidError, NotFoundError
from ..records import AuthorRecord, Comment, Idempotency, Limit, Priority
from . import codec
from .keys import key
from .queries import ATTEMPTS, Reading, busy
from .results import Mine
from .scripts import Scripts

# The comment, its author's record, the weight of all open reports on it, this one included.
PriorityOf = Callable[[Comment, AuthorRecord, float], Priority]


class Readers:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._reading = Reading(scripts)

    def vote(
        self,
        site: str,
        comment_id: str,
        author_id: str,
        value: int,
        *,
        limits: Sequence[Limit] = (),
        idempotency: Idempotency | None = None,
        now: int,
    ) -> tuple[int, int]:
        """Set the author's vote (-1, 0 or 1) on a published comment; answers (up, down).

        Raises `NotFoundError` (also if it is not published), `ForbiddenError` (`own-comment`),
        `RateLimitedError`, `InvalidError` (`idempotency-mismatch`).
        """
        if value not in (-1, 0, 1):
            raise InvalidError("a vote is -1, 0 or 1", where="/value")
        thread, _, _ = self._reading.facts(site, comment_id)
        reply = self._scripts.run(
            "vote",
            {
                "id": comment_id,
                "author": author_id,
                "value": value,
                **codec.idem_args(idempotency),
                "now": now,
            },
            limits=limits,
            site=site,
            thread=thread,
            comment=comment_id,
            author=author_id,
            idem=idempotency.key if idempotency else None,
        )
        if reply[0] == b"replay":
            reply = reply[2].split()
        return int(reply[0]), int(reply[1])

    def report(
        self,
        site: str,
        comment_id: str,
        author_id: str,
        reason: str,
        note: str,
        *,
        weight: float,
        priority_of: PriorityOf,
        limits: Sequence[Limit] = (),
        idempotency: Idempotency | None = None,
        now: int,
    ) -> int:
        """Add a reader's report and queue the comment; answers the number of reports on it.

        A second report by the same author changes nothing. `weight` is what this reporter's
        record is worth. Raises as `vote` does.
        """
        for _ in range(ATTEMPTS):
            comment, record, seen = self._reported(site, comment_id)
            total = float(seen) + weight
            reply = self._scripts.run(
                "report",
                {
                    "id": comment_id,
                    "author": author_id,
                    "report": codec.report_json(reason, note, now, weight),
                    "seen": seen,
                    "weight": repr(total),
                    "case": codec.case_args("", priority_of(comment, record, total), now),
                    **codec.idem_args(idempotency),
                    "now": now,
                },
                limits=limits,
                site=site,
                comment=comment_id,
                idem=idempotency.key if idempotency else None,
            )
            if reply[0] == b"replay":
                return int(reply[2])
            if reply[0] != b"again":
                return int(reply[0])
        raise busy()

    def mine(self, site: str, thread_id: str, author_id: str) -> Mine:
        """The author's own votes and unpublished comments in a thread, oldest first."""
        stored = self._reading.one("HGETALL", key("mine", site, thread=thread_id, author=author_id))
        votes = {k.decode(): int(v) for k, v in stored.items() if not k.startswith(b"~")}
        ids = sorted(k[1:].decode() for k in stored if k.startswith(b"~"))
        comments = (
            c for c in self._reading.comments(site, ids) if c.status in ("held", "rejected")
        )
        return Mine(votes=votes, comments=tuple(comments))

    def _reported(self, site: str, comment_id: str) -> tuple[Comment, AuthorRecord, str]:
        """The comment, its author's record, and the weight of its open reports as stored."""
        stored = self._reading.one("HGETALL", key("comment", site, comment=comment_id))
        if not stored:
            raise NotFoundError("no such comment")
        comment = codec.comment_from(site, comment_id, stored)
        record = self._reading.author(site, comment.author.id)
        return comment, record, stored.get(b"rw", b"0").decode()
