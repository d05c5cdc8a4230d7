"""What the store's verbs answer with, where a record alone does not say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import RejoinderError
from ..records import (
    AuthorRecord,
    Case,
    Comment,
    Decision,
    Delivery,
    Limit,
    Raid,
    Site,
    Standing,
    Thread,
)
from .pace import Counter, check, written


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The stored answer to an earlier request with the same idempotency key."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that judging a new comment needs to know, from one round trip.

    `author` is an empty record for somebody new. `repeat`: the same text was noted for this author
    or address within a day. `stands`: the key that was presumed is live and unchanged; without it
    nothing else may be used. `counters` are those of the limits that were asked for. `standing` is
    what moderators set for this author or address. `staff` has the names of the site's moderators,
    if they were asked for. `written` are the comments of the last minute on all of the site, `spam`
    those of the last ten that wait as spam or are rejected, if that was asked for.
    """

    site: Site | None
    thread: Thread | None
    author: AuthorRecord
    repeat: bool
    replay: Replay | None
    stands: bool = True
    counters: tuple[Counter, ...] = ()
    standing: Standing | None = None
    staff: tuple[str, ...] = ()
    written: int = 0
    spam: int = 0

    def check_limits(self, limits: Sequence[Limit], *, now: int) -> None:
        """Raise `RateLimitedError` if a write with these limits would be refused; counts nothing.

        They are those that were asked for. The write itself looks again; this is for what is costly
        before it.
        """
        check(limits, self.counters, now=now)

    def wrote_lately(self, limits: Sequence[Limit], *, now: int) -> bool:
        """Say whether one of the limits has counted a write within its last window."""
        return any(
            written(limit, counter, now=now) >= 0.5
            for limit, counter in zip(limits, self.counters, strict=True)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """`replay` is set, and nothing was written, if the request had been answered before.

    `comment` is what was stored: its depth, root and version as the store set them. Neither is set
    if a measure for its author came between, so that it is to be judged anew; or if it is like
    others, which `raid` is then about.
    """

    replay: Replay | None
    comment: Comment | None
    raid: Raid | None = None

    @property
    def is_out_of_date(self) -> bool:
        """Whether nothing was written since another measure holds by now."""
        return self.replay is None and self.comment is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A comment before a reader's report of it: `weight` is that of its open reports.

    `seen` is that weight as it is stored, by which `Reports.add` knows whether others came between.
    `heard` is what a report from the reader's network weighs in it already.
    """

    comment: Comment
    weight: float
    seen: str
    heard: float = 0.0

    def adds(self, weight: float) -> float:
        """Give what a report of this weight adds: a network has one voice, its heaviest."""
        return max(0.0, weight - self.heard)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A ready-to-send JSON body. `etag` lacks quotes; add the content encoding before sending.

    `packed` has what was made of the body by content encodings; who makes one leaves it there.
    """

    body: bytes
    etag: str
    version: int
    packed: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """What one author sees of a thread beyond the public page: votes, unpublished comments."""

    votes: Mapping[str, int]
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """`counts` has every lane and `all`."""

    cases: tuple[Case, ...]
    next_cursor: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A thread in a list, and how many of its comments wait for a moderator."""

    thread: Thread
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadList:
    """Some threads of a list. There may be none of them here, and more after `next_cursor`."""

    threads: tuple[Listed, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A live change: ids only, never text. `id` is the cursor to read on from."""

    id: str
    type: str
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """An outbox entry to work on. `tries` counts deliveries, this one included."""

    id: str
    type: str
    data: Mapping[str, object]
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookState:
    """How a webhook fares: times are those of its last deliveries; `error` is gone with the next
    that arrives."""

    waiting: int = 0
    delivered: int | None = None
    failed: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A delivery that was given up. `id` names it here, and is the cursor to go on from."""

    id: str
    at: int
    delivery: Delivery
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeCounts:
    """What authors did after they were shown a text again: `open` are those of the last day."""

    shown: int
    changed: int
    unchanged: int
    withdrawn: int
    open: int


Outcome = Decision | RejoinderError
"""What became of one item of a batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchDone:
    """What became of the comments of a batch, by their ids."""

    outcomes: Sequence[tuple[str, Outcome]] = ()

    @property
    def changed(self) -> int:
        """How many were decided on, or restored."""
        return sum(isinstance(outcome, Decision) for _, outcome in self.outcomes)

    @property
    def left(self) -> Sequence[tuple[str, RejoinderError]]:
        """What stayed as it was, and why."""
        return [(i, what) for i, what in self.outcomes if isinstance(what, RejoinderError)]
