"""Comments: the way of a reply into the store, and what happens to it before a moderator."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..records import AuthorRecord, Comment, Idempotency, Limit, Priority, Thread
from .results import Context, Mine, Submitted
from .scripts import Scripts

# The comment, its author's record, the weight of all open reports on it, this one included.
PriorityOf = Callable[[Comment, AuthorRecord, float], Priority]


class Comments:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def context(
        self,
        site: str,
        *,
        thread_id: str,
        parent: str | None = None,
        author_id: str | None = None,
        credential_id: str | None = None,
        text_hash: str | None = None,
        ip_hash: str | None = None,
        idempotency: Idempotency | None = None,
    ) -> Context:
        """Read all that judging a new comment needs, in one round trip.

        Raises `Invalid` with code `idempotency-mismatch` if the key was used for another body.
        """
        raise NotImplementedError

    def submit(
        self,
        comment: Comment,
        *,
        thread: Thread,
        fragment: bytes,
        priority: Priority | None,
        text_hash: str,
        ip_hash: str | None = None,
        idempotency: Idempotency | None = None,
        response: bytes = b"",
        response_status: int = 201,
        limits: Sequence[Limit] = (),
        max_depth: int = 6,
        now: int,
    ) -> Submitted:
        """Write a new comment; makes its thread (url and title from `thread`) if it is the first.

        `fragment` is the comment's public JSON object; `priority` is given exactly if
        `comment.verdict.lane` is. A reply below `max_depth` is shown beside the comment it
        answers instead of under it; its `parent` stays what the author chose.

        Raises `Conflict` (`thread-closed`, `exists`), `Invalid` (`parent-not-found`,
        `parent-elsewhere`, `parent-deleted`, `idempotency-mismatch`), `RateLimited`.
        """
        raise NotImplementedError

    def edit(
        self,
        comment: Comment,
        *,
        expected_version: int,
        fragment: bytes,
        priority: Priority | None,
        text_hash: str,
        ip_hash: str | None = None,
        idempotency: Idempotency | None = None,
        response: bytes = b"",
        response_status: int = 200,
        limits: Sequence[Limit] = (),
        actor: str | None = None,
        now: int,
    ) -> Submitted:
        """Replace text, html, scores, verdict and status by `comment`'s; its version rises by 1.

        `actor` is who edits, if not the author. Raises `NotFound`, `Conflict` (`changed`),
        `Invalid` (`idempotency-mismatch`), `RateLimited`.
        """
        raise NotImplementedError

    def delete(
        self,
        site: str,
        comment_id: str,
        *,
        actor: str,
        by_author: bool,
        expected_version: int | None = None,
        now: int,
    ) -> Comment:
        """Erase the text and all that quotes it; stays as a tombstone under visible replies.

        Deleting twice changes nothing. Raises `NotFound`, `Conflict` (`changed`).
        """
        raise NotImplementedError

    def get_comment(self, site: str, comment_id: str) -> Comment:
        """The comment in any status (a deleted one without text); raises `NotFound`."""
        raise NotImplementedError

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

        Raises `NotFound` (also if it is not published), `Forbidden` (`own-comment`),
        `RateLimited`, `Invalid` (`idempotency-mismatch`).
        """
        raise NotImplementedError

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
        raise NotImplementedError

    def mine(self, site: str, thread_id: str, author_id: str) -> Mine:
        """The author's own votes and unpublished comments in a thread, oldest first."""
        raise NotImplementedError

    def author_comments(
        self, site: str, author_id: str, *, limit: int, cursor: str | None = None
    ) -> tuple[list[Comment], str | None]:
        """An author's comments in every status but deleted, newest first, and the next cursor."""
        raise NotImplementedError

    def author_record(self, site: str, author_id: str) -> AuthorRecord:
        """What is known of an author; an empty record for somebody new."""
        raise NotImplementedError
