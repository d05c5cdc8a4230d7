"""A site's own lists: the queue, the claims, the latest comments, the outbox."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...clock import HOUR, now
from .. import codec
from ..keys import key, lex_prefix
from ..streams import Entries
from .looking import LATEST, Counted, Difference, Looking, chunks

# What a worker tries again and again is a dead letter after two hours.
_WAITS_TOO_LONG = 3 * HOUR


class Lists(Looking):
    """One list after another."""

    def queue(self, site: str) -> Iterator[Difference]:
        """Tell of cases and claims that no comment explains."""
        for comment, stray in sorted(self._persistent(lambda: self._stray_cases(site))):
            thread, author = self._queries.one(
                "HMGET", key("comment", site, comment=comment), "t", "a"
            )
            yield Difference(
                f"queue: {stray} should not be there",
                lambda c=comment, s=stray, t=thread, a=author: self._mend(  # type: ignore[misc]
                    site, (t or b"-").decode(), c, a, [s]
                ),
            )
        for comment in self.stray_claims(site):
            yield Difference(f"the claim on {comment} is on no case")

    def _stray_cases(self, site: str) -> set[tuple[str, str]]:
        found = set()
        members = self._members(key("queue", site))
        for chunk in chunks(members):
            ids = [_case_of(member) for member in chunk]
            stored = self._queries.pipeline(
                [("HMGET", key("comment", site, comment=i), "ql", "qp", "t") for i in ids]
            )
            for member, comment, (lanes, total, thread) in zip(chunk, ids, stored, strict=True):
                split = lanes.decode().split(",") if lanes else []
                if not lanes or member not in codec.queue_members(
                    comment, split, float(total), thread.decode()
                ):
                    found.add((comment, member))
        return found

    def stray_claims(self, site: str) -> list[str]:
        """The comments that are claimed and not in the queue."""

        def look() -> set[str]:
            claims, cases = self._queries.pipeline(
                [
                    ("HKEYS", key("claims", site)),
                    ("ZRANGE", key("queue", site), *lex_prefix("all/t/"), "BYLEX"),
                ]
            )
            queued = {member.removeprefix(b"all/t/") for member in cases}
            return {comment.decode() for comment in claims if comment not in queued}

        return sorted(self._persistent(look))

    def latest(self, site: str, counted: Counted) -> Iterator[Difference]:
        """Compare the list of the latest; who was pushed out of it meanwhile is older than all."""
        stored = self._queries.one("ZRANGE", key("latest", site), 0, -1, "WITHSCORES")
        listed = {member.decode(): int(score) for member, score in _pairs(stored)}
        oldest = min(listed.values()) if len(listed) >= LATEST else -1
        missing = [(i, at) for at, i in counted.latest if i not in listed and at > oldest]
        known = self._queries.pipeline(
            [("EXISTS", key("comment", site, comment=comment)) for comment in listed]
        )
        gone = [comment for comment, there in zip(listed, known, strict=True) if not there]

        def mend() -> bool:
            for chunk in chunks([*missing, *((comment, None) for comment in gone)]):
                args = {
                    "comments": [each for each in chunk if each[1] is not None],
                    "gone": [comment for comment, at in chunk if at is None],
                }
                self._scripts.run("fill_latest", args, site=site)
            return True

        if missing:
            yield Difference(f"{len(missing)} of the latest comments are not listed", mend)
        if gone:
            yield Difference(f"{len(gone)} are listed among the latest that are none", mend)

    def outbox(self, site: str) -> Iterator[Difference]:
        """Tell of tasks that nobody works on."""

        def call(client: Any) -> Entries:
            oldest: Entries = client.xrange(key("outbox", site), count=1)
            return oldest

        for task, _ in self._scripts.connection.call(call, read=True):
            waited = now() - int(task.split(b"-")[0])
            if waited > _WAITS_TOO_LONG:
                yield Difference(
                    f"tasks wait for {waited // HOUR} hours: does `rejoinder worker` run?"
                )


def _case_of(member: str) -> str:
    """The comment of a member of the queue: lane/t/comment, or lane/p/priority+comment."""
    lane, by, rest = member.split("/", 2)
    # Or thread/thread/comment, where an id may be anything.
    return rest[13:] if by == "p" and lane != "thread" else rest


def _pairs(reply: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Members and scores: a list of pairs in RESP3, one flat list in RESP2."""
    if reply and isinstance(reply[0], list):
        yield from ((member, score) for member, score in reply)
    else:
        yield from zip(reply[::2], reply[1::2], strict=True)
