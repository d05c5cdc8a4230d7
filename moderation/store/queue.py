"""The moderators' queue: cases, claims, decisions and their undoing."""

from __future__ import annotations

from collections.abc import Sequence

from ..records import Case, Claim, Decision, DecisionAction, Idempotency, Lane, QueueSort
from .results import Batch, Outcome, QueuePage
from .scripts import Scripts


class Queue:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def queue_page(
        self,
        site: str,
        *,
        lane: Lane | None = None,
        sort: QueueSort = "priority",
        limit: int = 20,
        cursor: str | None = None,
        now: int,
    ) -> QueuePage:
        """Cases of a lane, or of all; raises `Invalid` (`bad-cursor`)."""
        raise NotImplementedError

    def get_case(self, site: str, comment_id: str, *, now: int) -> Case:
        """The case of any comment; one that is not queued has no lanes. Raises `NotFound`."""
        raise NotImplementedError

    def claim(
        self,
        site: str,
        moderator: str,
        *,
        limit: int,
        lane: Lane | None = None,
        lease: int = 300,
        now: int,
    ) -> list[Case]:
        """Lease the best unclaimed cases for `lease` seconds, each to exactly one moderator."""
        raise NotImplementedError

    def renew(
        self, site: str, comment_id: str, moderator: str, *, lease: int = 300, now: int
    ) -> Claim:
        """Extend one's own claim; takes a free queued case too.

        Raises `NotFound` if it is not queued, `Conflict` (`claimed`).
        """
        raise NotImplementedError

    def release(self, site: str, comment_id: str, moderator: str, *, now: int) -> None:
        """Give a claim back; nothing happens without one. Raises `Conflict` (`claimed`)."""
        raise NotImplementedError

    def decide(
        self,
        site: str,
        comment_id: str,
        *,
        action: DecisionAction,
        reason: str = "",
        moderator: str,
        version: int,
        batch: str | None = None,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> Decision:
        """Approve, reject or escalate a comment, whether it is queued or not.

        The same idempotency key answers the same decision again. Raises `NotFound`,
        `Conflict` (`claimed` by another, `changed` since that version),
        `Invalid` (`idempotency-mismatch`).
        """
        raise NotImplementedError

    def undo(self, site: str, decision_id: str, *, moderator: str, now: int) -> Decision:
        """Restore status and case as they were before the decision.

        Raises `NotFound`, `Conflict` (`superseded`), `Invalid` (`not-undoable`: it is an undo).
        """
        raise NotImplementedError

    def get_decision(self, site: str, decision_id: str) -> Decision:
        """Raise `NotFound` for an unknown id."""
        raise NotImplementedError

    def create_batch(
        self,
        site: str,
        batch_id: str,
        *,
        action: DecisionAction,
        reason: str = "",
        moderator: str,
        items: Sequence[tuple[str, int]],
        now: int,
    ) -> list[tuple[str, Outcome]]:
        """Decide on several (comment id, version); a decision or an error for each, in order."""
        raise NotImplementedError

    def get_batch(self, site: str, batch_id: str) -> Batch:
        """Raise `NotFound` for an unknown id."""
        raise NotImplementedError

    def undo_batch(
        self, site: str, batch_id: str, *, moderator: str, now: int
    ) -> list[tuple[str, Outcome]]:
        """Undo each decision of a batch; (comment id, undo or error). Raises `NotFound`."""
        raise NotImplementedError
