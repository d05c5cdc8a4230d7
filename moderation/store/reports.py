"""Readers' reports of comments."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import CommentNotFoundError
from ..records import Crowd, Idempotency, Limit, Priority
from . import codec
from .keys import key
from .queries import Queries
from .results import Reported
from .scripts import RETRY, Scripts


class Reports:
    """`store.reports`: one for each reader and comment; each raises the case's priority."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def context(self, site: str, comment_id: str, crowd: Crowd | None = None) -> Reported:
        """Read all that the priority of a comment rests on that somebody in this crowd reports.

        Raises `CommentNotFoundError`.
        """
        heard = f"w{crowd.network}" if crowd else ""
        stored, heavy = self._queries.pipeline(
            [
                ("HGETALL", key("comment", site, comment=comment_id)),
                ("HGET", key("crowd", site, comment=comment_id), heard),
            ]
        )
        if not stored:
            raise CommentNotFoundError
        seen = stored.get(b"rw", b"0").decode()
        comment = codec.comment_from(site, comment_id, stored)
        return Reported(comment=comment, weight=float(seen), seen=seen, heard=float(heavy or 0))

    def add(
        self,
        reported: Reported,
        reporter: str,
        reason: str,
        note: str,
        *,
        weight: float,
        priority: Priority,
        crowd: Crowd | None = None,
        limits: Sequence[Limit] = (),
        idempotency: Idempotency | None = None,
        now: int,
    ) -> int | None:
        """Add a reader's report and queue the comment; answers the number of reports on it.

        `weight` is what this reporter's record is worth, of which counts what `reported.adds` says;
        `priority` is the case's with that counted in. None, and nothing is written, if another
        report came since `reported` was read: read it again. A second report by the same reader
        changes nothing, nor does one for whose `crowd` there is no room.

        Raises `CommentNotFoundError` (also if it is not published), `RateLimitedError`,
        `IdempotencyMismatchError`.
        """
        comment, added = reported.comment, reported.adds(weight)
        reply = self._scripts.run(
            "report",
            {
                "id": comment.id,
                "author": reporter,
                "report": codec.report_json(reason, note, now, added),
                "seen": reported.seen,
                "weight": repr(reported.weight + added),
                "heard": repr(reported.heard),
                "heavy": repr(max(reported.heard, weight)),
                "case": codec.case_args("", priority, now),
                **codec.crowd_args(crowd),
                **codec.idem_args(idempotency),
                "now": now,
            },
            limits=limits,
            site=comment.site,
            comment=comment.id,
            idem=idempotency.key if idempotency else None,
        )
        if reply == RETRY:
            return None
        return int(reply[2] if reply[0] == b"replay" else reply[0])
