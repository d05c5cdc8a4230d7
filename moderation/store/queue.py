"""The moderators' queue: cases, claims, decisions and their undoing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence

import uuid_utils

from ..errors import (
    BatchNotFoundError,
    ChangedError,
    ClaimedError,
    CommentNotFoundError,
    DecisionNotFoundError,
    RejoinderError,
    UnavailableError,
)
from ..records import (
    LANES,
    Case,
    Claim,
    Decision,
    DecisionAction,
    Idempotency,
    Lane,
    Preview,
    QueueSort,
    Status,
)
from . import codec
from .keys import BATCH_MS, key, lex_prefix
from .queries import Queries, parse_cursor
from .results import Outcome, QueuePage
from .scripts import Scripts

_KIND = {"priority": "p", "newest": "n", "oldest": "o"}
_MOST_CLAIMED = 100
# An escalation leaves the status as it is.
_STATUS_AFTER: Mapping[DecisionAction, Status] = {"approve": "published", "reject": "rejected"}


class Queue:
    """`store.queue`: what waits for a moderator, and what moderators did."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def page(
        self,
        site: str,
        *,
        lane: Lane | None = None,
        sort: QueueSort = "priority",
        limit: int = 20,
        cursor: str | None = None,
        without: Collection[str] = (),
        now: int,
    ) -> QueuePage:
        """Cases of a lane, or of all, but for those `without`; raises `BadCursorError`."""
        queue, kind = key("queue", site), _KIND[sort]
        prefix = f"{lane or 'all'}/{'p' if sort == 'priority' else 't'}/"
        after = parse_cursor(cursor, kind)
        first, last = lex_prefix(prefix)
        begin = f"({prefix}{after}" if after else None
        bounds: tuple[str, ...]
        if sort == "oldest":
            bounds = (begin or first, last, "BYLEX")
        else:
            bounds = (begin or last, first, "BYLEX", "REV")
        names = ("all", *LANES)
        # Beside what is left out there must be a page, so those few more are read.
        members, *depths = self._queries.pipeline(
            [
                ("ZRANGE", queue, *bounds, "LIMIT", 0, limit + 1 + len(without)),
                *(("ZLEXCOUNT", queue, *lex_prefix(f"{name}/p/")) for name in names),
            ]
        )
        places = [member.decode()[len(prefix) :] for member in members]
        places = [place for place in places if place[-36:] not in without]
        page = places[:limit]
        ids = [place[13:] if sort == "priority" else place for place in page]
        return QueuePage(
            cases=tuple(self._queries.cases(site, ids, now, queued=True)),
            next_cursor=f"{kind}{page[-1]}" if len(places) > limit else None,
            counts=dict(zip(names, depths, strict=True)),
        )

    def case(self, site: str, comment_id: str, *, now: int) -> Case:
        """The case of any comment; one that is not queued has no lanes.

        Raises `CommentNotFoundError`.
        """
        found = self._queries.cases(site, [comment_id], now, queued=False)
        if not found:
            raise CommentNotFoundError
        return found[0]

    def cases(self, site: str, comment_ids: Sequence[str], *, now: int) -> list[Case]:
        """The cases of those comments that exist, queued or not, in the order asked."""
        return self._queries.cases(site, comment_ids, now, queued=False)

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
        until = now + lease * 1000
        reply = self._scripts.run(
            "claim",
            {
                "moderator": moderator,
                "lane": lane or "all",
                "limit": min(limit, _MOST_CLAIMED),
                "until": until,
                "now": now,
            },
            site=site,
        )
        cases = self._queries.cases(site, [i.decode() for i in reply], now, queued=True)
        # What was decided between the two steps is no longer this moderator's.
        mine = Claim(moderator=moderator, until=until)
        return [case for case in cases if case.claim == mine]

    def renew(
        self,
        site: str,
        comment_id: str,
        moderator: str,
        *,
        lease: int = 300,
        take_over: bool = False,
        now: int,
    ) -> Claim:
        """Extend one's own claim; takes a free queued case too, with `take_over` any.

        A claim that is taken from somebody stands in the audit. Raises `NotQueuedError`,
        `ClaimedError`, `UnauthorizedError` for a removed account.
        """
        until = now + lease * 1000
        self._scripts.run(
            "renew",
            {
                "id": comment_id,
                "moderator": moderator,
                "take_over": take_over,
                "until": until,
                "now": now,
            },
            site=site,
            comment=comment_id,
        )
        return Claim(moderator=moderator, until=until)

    def release(self, site: str, comment_id: str, moderator: str, *, now: int) -> None:
        """Give a claim back; nothing happens without one. Raises `ClaimedError`."""
        self._scripts.run(
            "release", {"id": comment_id, "moderator": moderator, "now": now}, site=site
        )

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

        The same idempotency key answers the same decision again. Raises `CommentNotFoundError`,
        `BatchNotFoundError`, `ClaimedError` (by another), `ChangedError` (since that version),
        `IdempotencyMismatchError`.
        """
        thread, author, _ = self._queries.comment_keys(site, comment_id)
        decision_id = str(uuid_utils.uuid7())
        reply = self._scripts.run(
            "decide",
            {
                "id": comment_id,
                "decision": decision_id,
                "action": action,
                "reason": reason,
                "moderator": moderator,
                "version": version,
                "batch": batch,
                **codec.idem_args(idempotency),
                "now": now,
            },
            site=site,
            thread=thread,
            comment=comment_id,
            author=author,
            decision=decision_id,
            batch=batch,
            idem=idempotency.key if idempotency else None,
        )
        if reply[0] == b"replay":
            return self.decision(site, reply[2].decode())
        return codec.decision_from(decision_id, reply[0])

    def undo(
        self,
        site: str,
        decision_id: str,
        *,
        moderator: str,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> Decision:
        """Restore status and case as they were before the decision.

        The same idempotency key answers the same undo again. Raises `DecisionNotFoundError`,
        `SupersededError`, `ClaimedError` (by another), `NotUndoableError` (it is an undo),
        `IdempotencyMismatchError`.
        """
        comment_id = self._comment_of(site, decision_id)
        thread, author, _ = self._queries.comment_keys(site, comment_id)
        undo_id = str(uuid_utils.uuid7())
        reply = self._scripts.run(
            "undo",
            {
                "id": comment_id,
                "decision": undo_id,
                "undoes": decision_id,
                "moderator": moderator,
                **codec.idem_args(idempotency),
                "now": now,
            },
            site=site,
            thread=thread,
            comment=comment_id,
            author=author,
            decision=undo_id,
            idem=idempotency.key if idempotency else None,
        )
        if reply[0] == b"replay":
            return self.decision(site, reply[2].decode())
        return codec.decision_from(undo_id, reply[0])

    def decision(self, site: str, decision_id: str) -> Decision:
        """Read a decision or an undo; raises `DecisionNotFoundError`."""
        comment_id = self._comment_of(site, decision_id)
        record = self._queries.one("HGET", key("decisions", site, comment=comment_id), decision_id)
        if record is None:
            raise DecisionNotFoundError
        return codec.decision_from(decision_id, record)

    def decide_batch(
        self,
        site: str,
        batch_id: str,
        *,
        action: DecisionAction,
        reason: str = "",
        moderator: str,
        items: Sequence[tuple[str, int]],
        idempotency: Idempotency | None = None,
        now: int,
    ) -> tuple[str, list[tuple[str, Outcome]]]:
        """Decide on several (comment id, version); a decision or an error for each, in order.

        Answers the batch's id too: with an idempotency key that was used, the id of then. The
        decisions that were made then are answered again, those that were not are made now.
        """
        reply = self._scripts.run(
            "create_batch",
            {
                "batch": batch_id,
                "moderator": moderator,
                "action": action,
                "reason": reason,
                "comments": len(items),
                "ttl": BATCH_MS,
                **codec.idem_args(idempotency),
                "now": now,
            },
            site=site,
            batch=batch_id,
            idem=idempotency.key if idempotency else None,
        )
        if reply:
            batch_id = reply[2].decode()
        outcomes = self.decide_in_batch(
            site,
            batch_id,
            action=action,
            reason=reason,
            moderator=moderator,
            items=items,
            idempotency=idempotency,
            now=now,
        )
        return batch_id, outcomes

    def decide_in_batch(
        self,
        site: str,
        batch_id: str,
        *,
        action: DecisionAction,
        reason: str = "",
        moderator: str,
        items: Sequence[tuple[str, int]],
        idempotency: Idempotency | None = None,
        now: int,
    ) -> list[tuple[str, Outcome]]:
        """Decide on several (comment id, version) in a batch that is there already."""
        outcomes: list[tuple[str, Outcome]] = []
        for comment_id, version in items:
            try:
                decision = self.decide(
                    site,
                    comment_id,
                    action=action,
                    reason=reason,
                    moderator=moderator,
                    version=version,
                    batch=batch_id,
                    idempotency=_part(idempotency, comment_id),
                    now=now,
                )
                outcomes.append((comment_id, decision))
            except UnavailableError as error:
                # The rest would only wait for the same dead server, one time-out after another.
                outcomes += [(left, error) for left, _ in items[len(outcomes) :]]
                return outcomes
            except RejoinderError as error:
                outcomes.append((comment_id, error))
        return outcomes

    def preview(
        self,
        site: str,
        items: Sequence[tuple[str, int]],
        *,
        action: DecisionAction,
        moderator: str,
        now: int,
    ) -> list[tuple[str, Preview | RejoinderError]]:
        """Say what deciding on several (comment id, version) would do, in order; write nothing."""
        ids = [comment_id for comment_id, _ in items]
        cases = {
            case.comment.id: case for case in self._queries.cases(site, ids, now, queued=False)
        }
        return [
            (comment_id, _preview(cases.get(comment_id), version, action, moderator))
            for comment_id, version in items
        ]

    def undo_batch(
        self,
        site: str,
        batch_id: str,
        *,
        moderator: str,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> list[tuple[str, Outcome]]:
        """Undo each decision of a batch; (comment id, undo or error).

        Raises `BatchNotFoundError`.
        """
        stored = self._batch(site, batch_id)
        made = sorted((i[1:].decode(), c.decode()) for i, c in stored.items() if i[:1] == b"=")
        outcomes: list[tuple[str, Outcome]] = []
        for decision_id, comment_id in made:
            try:
                undone = self.undo(
                    site,
                    decision_id,
                    moderator=moderator,
                    idempotency=_part(idempotency, decision_id),
                    now=now,
                )
                outcomes.append((comment_id, undone))
            except UnavailableError as error:
                return outcomes + [(left, error) for _, left in made[len(outcomes) :]]
            except RejoinderError as error:
                outcomes.append((comment_id, error))
        return outcomes

    def _comment_of(self, site: str, decision_id: str) -> str:
        found = self._queries.one("GET", key("decision", site, decision=decision_id))
        if found is None:
            raise DecisionNotFoundError
        return str(found.decode())

    def _batch(self, site: str, batch_id: str) -> codec.Hash:
        stored: codec.Hash = self._queries.one("HGETALL", key("batch", site, batch=batch_id))
        if not stored:
            raise BatchNotFoundError
        return stored


def _preview(
    case: Case | None, version: int, action: DecisionAction, moderator: str
) -> Preview | RejoinderError:
    """Refuse what `decide.lua` would refuse, in its order."""
    if case is None or case.comment.status == "deleted":
        return CommentNotFoundError()
    comment = case.comment
    if comment.version != version:
        return ChangedError("The comment has changed since that version.")
    if case.claim is not None and case.claim.moderator != moderator:
        return ClaimedError()
    return Preview(
        status_before=comment.status,
        status_after=_STATUS_AFTER.get(action, comment.status),
        text=comment.text,
    )


def _part(idempotency: Idempotency | None, of: str) -> Idempotency | None:
    """Give one step of a repeatable request a key of its own."""
    if idempotency is None:
        return None
    step = hashlib.sha256(f"{idempotency.key}\0{of}".encode()).hexdigest()[:40]
    return Idempotency(key=step, fingerprint=idempotency.fingerprint)
