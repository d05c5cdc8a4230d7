"""Readers' votes on comments."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import InvalidError
from ..records import Crowd, Idempotency, Limit
from . import codec
from .queries import Queries
from .scripts import Scripts


class Votes:
    """`store.votes`: one for each reader and comment."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def cast(
        self,
        site: str,
        comment_id: str,
        author_id: str,
        value: int,
        *,
        crowd: Crowd | None = None,
        limits: Sequence[Limit] = (),
        idempotency: Idempotency | None = None,
        now: int,
    ) -> tuple[int, int]:
        """Set the author's vote (-1, 0 or 1) on a published comment; answers (up, down).

        One for whose `crowd` there is no room is the reader's own and changes neither number.

        Raises `CommentNotFoundError` (also if it is not published), `OwnCommentError`,
        `RateLimitedError`, `IdempotencyMismatchError`.
        """
        if value not in (-1, 0, 1):
            raise InvalidError("A vote is -1, 0 or 1.", where="/value")
        thread, _, _ = self._queries.comment_keys(site, comment_id)
        reply = self._scripts.run(
            "vote",
            {
                "id": comment_id,
                "author": author_id,
                "value": value,
                **codec.crowd_args(crowd),
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
