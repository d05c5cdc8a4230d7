"""Near-duplicates of recent comments, decided as one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..clock import HOUR
from ..errors import GroupNotFoundError
from ..records import DecisionAction, Group, Idempotency, NextLike, Status
from . import codec
from .keys import BATCH_MS, key, lex_prefix
from .queries import Queries
from .scripts import Scripts

# Of members, in one round trip.
_AT_ONCE = 500


class Groups:
    """`store.groups`: raids, as `submit` finds them."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def waiting(self, site: str, *, now: int) -> Sequence[Group]:
        """The groups that wait for a decision, or of which the next ones are held or rejected.

        The one that grew last comes first.
        """
        stored = self._queries.one("HGETALL", key("groups", site))
        found = [_group(name.decode(), raw) for name, raw in stored.items()]
        live = [g for g in found if g.count > g.seen or g.holds_for(now) in ("hold", "reject")]
        live.sort(key=lambda group: (-group.last, group.id))
        filled = [self._filled(site, group) for group in live]
        return [g for g in filled if g.waits or g.holds_for(now) in ("hold", "reject")]

    def get(self, site: str, group_id: str) -> Group:
        """A group with its open members; raises `GroupNotFoundError`."""
        raw = self._queries.one("HGET", key("groups", site), group_id)
        if raw is None:
            raise GroupNotFoundError
        return self._filled(site, _group(group_id, raw))

    def members(self, site: str, group_id: str) -> list[str]:
        """All that ever belonged to a group, in the order of writing: at most 2,000."""
        prefix = f"{group_id}/"
        name = key("group_members", site)
        found = self._queries.one("ZRANGE", name, *lex_prefix(prefix), "BYLEX")
        return [member.decode()[len(prefix) :] for member in found]

    def open_batch(
        self,
        site: str,
        group_id: str,
        batch_id: str,
        *,
        action: DecisionAction,
        reason: str = "",
        moderator: str,
        next_like: NextLike | None,
        comments: int,
        idempotency: Idempotency | None = None,
        now: int,
    ) -> tuple[str, list[str]]:
        """Open the batch that decides on a group; answers its id and the comments that it is about.

        What comes from then on is one of the next, which for an hour are what `next_like` says. The
        same idempotency key answers the same batch again. Raises `GroupNotFoundError`,
        `IdempotencyMismatchError`.
        """
        reply = self._scripts.run(
            "decide_group",
            {
                "group": group_id,
                "batch": batch_id,
                "moderator": moderator,
                "action": action,
                "reason": reason,
                "next": next_like,
                "until": now + HOUR if next_like else None,
                "comments": comments,
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
        stored = self._queries.one("HGETALL", key("batch", site, batch=batch_id))
        decided = {comment for name, comment in stored.items() if name[:1] == b"="}
        upto = stored.get(b"upto", b"").decode()
        ids = self.members(site, group_id)
        still_open = self._open(site, ids)
        return batch_id, [
            comment
            for comment in ids
            if comment <= upto and (comment in still_open or comment.encode() in decided)
        ]

    def lift(self, site: str, batch_id: str, *, moderator: str, now: int) -> str | None:
        """Take back what a batch said of the next ones; answers the group, if it was about one."""
        reply = self._scripts.run(
            "undo_group",
            {"batch": batch_id, "moderator": moderator, "now": now},
            site=site,
            batch=batch_id,
        )
        return reply[0].decode() or None

    def _filled(self, site: str, group: Group) -> Group:
        """The group with those of its members on which nobody has decided."""
        return replace(group, open=self._open(site, self.members(site, group.id)))

    def _open(self, site: str, ids: Sequence[str]) -> dict[str, Status]:
        """Those of some comments on which nobody has decided, and their statuses."""
        still_open: dict[str, Status] = {}
        for start in range(0, len(ids), _AT_ONCE):
            chunk = ids[start : start + _AT_ONCE]
            states = self._queries.pipeline(
                [("HMGET", key("comment", site, comment=i), "s", "ql", "ld") for i in chunk]
            )
            for comment, (letter, lanes, decided) in zip(chunk, states, strict=True):
                status = codec.STATUS[letter.decode()] if letter else "deleted"
                if status != "deleted" and (lanes or not decided):
                    still_open[comment] = status
        return still_open


def _group(group_id: str, raw: bytes) -> Group:
    data: Mapping[str, Any] = json.loads(raw)
    codec.check_version(data["v"])
    return Group(
        id=group_id,
        count=data["count"],
        first=data["first"],
        last=data["last"],
        began=data["began"],
        seen=data["seen"],
        next=data.get("next"),
        until=data.get("until"),
        batch=data.get("batch"),
    )
