"""Readers' reports of comments."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import CommentNotFoundError
from ..records import AuthorRecord, Comment, Idempotency, Limit, Priority
from . import codec
from .keys import key
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import RETRY, Scripts

# The comment, its author's record, the weight of all open reports on it, this one included.
PriorityOf = Callable[[Comment, AuthorRecord, float], Priority]


class Reports:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def add(
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
        record is worth. Raises as `Votes.cast` does.
        """
        for _ in range(MAX_RETRIES):
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
            if reply != RETRY:
                return int(reply[0])
        raise too_many_conflicts()

    def _reported(self, site: str, comment_id: str) -> tuple[Comment, AuthorRecord, str]:
        """The comment, its author's record, and the weight of its open reports as stored."""
        stored = self._queries.one("HGETALL", key("comment", site, comment=comment_id))
        if not stored:
            raise CommentNotFoundError
        comment = codec.comment_from(site, comment_id, stored)
        record = self._queries.author(site, comment.author.id)
        return comment, record, stored.get(b"rw", b"0").decode()
