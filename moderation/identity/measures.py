"""Set a measure for an author, with what is there already rejected, and take both back at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from uuid_utils import uuid7

from ..errors import (
    BatchNotFoundError,
    NoAddressError,
    OwnMeasureError,
    PastExpiryError,
    sentence,
)
from ..records import Idempotency, Measure, MeasureKind, Standing
from ..services import Services
from ..store import BatchDone
from ..submission import barred

MOST_REJECTED = 2_000
"""How many comments a measure rejects, the latest first: each is a write of its own, and the answer
waits for all of them."""
_PAGE = 100
_THERE = ("published", "held")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a moderator asks for; `address` is whether it is to hold for the author's address."""

    author: str
    kind: MeasureKind
    until: int | None = None
    reason: str = ""
    note: str = ""
    address: bool = False
    reject_existing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Done(BatchDone):
    """A measure as it stands, and what became of the comments that came with it.

    `more` says that the author has more comments than were rejected.
    """

    measure: Measure
    more: bool = False


def impose(
    services: Services,
    site: str,
    asked: Request,
    *,
    moderator: str,
    own_place: str | None = None,
    idempotency: Idempotency | None = None,
    now: int,
) -> Done:
    """Set a measure from now on, then reject what is there, if that is asked for.

    The measure comes first, so that nothing comes in while the rest is rejected. `own_place` is the
    hash of the moderator's own address. Sent again with the same key, it goes on where it ended.

    Raises `PastExpiryError`, `NoAddressError`, `OwnMeasureError`, `LastOwnerError`,
    `AuthorNotFoundError`, `IdempotencyMismatchError`, `UnavailableError`.
    """
    if asked.until is not None and asked.until <= now:
        raise PastExpiryError
    place = None
    if asked.address:
        place = services.store.measures.place_of(site, asked.author)
        if place is None:
            raise NoAddressError
        if place == own_place and asked.kind != "trust":
            raise OwnMeasureError("You are at this address yourself.")
    measure = services.store.measures.set(
        site,
        Measure(
            id=str(uuid7()),
            author=asked.author,
            kind=asked.kind,
            moderator=moderator,
            created=now,
            until=asked.until,
            reason=asked.reason,
            note=asked.note,
            place=place,
            batch=str(uuid7()) if asked.reject_existing else None,
        ),
        idempotency=idempotency,
        now=now,
    )
    if measure.batch is None:
        return Done(measure=measure)
    items, more = _what_is_there(services, site, asked.author)
    _, outcomes = services.store.queue.decide_batch(
        site,
        measure.batch,
        action="reject",
        reason=asked.reason,
        moderator=moderator,
        items=items,
        idempotency=_step(idempotency, "reject"),
        now=now,
    )
    return Done(measure=measure, outcomes=outcomes, more=more)


def lift(
    services: Services,
    site: str,
    measure_id: str,
    *,
    moderator: str,
    idempotency: Idempotency | None = None,
    now: int,
) -> Done:
    """Take a measure back, and with it every rejection that came with it and stands.

    Raises `MeasureNotFoundError`, `SupersededError`, `IdempotencyMismatchError`,
    `UnavailableError`.
    """
    measure = services.store.measures.undo(
        site, measure_id, moderator=moderator, idempotency=idempotency, now=now
    )
    if measure.batch is None:
        return Done(measure=measure)
    try:
        outcomes = services.store.queue.undo_batch(
            site,
            measure.batch,
            moderator=moderator,
            idempotency=_step(idempotency, "restore"),
            now=now,
        )
    except BatchNotFoundError:
        # It is older than batches are kept, or nothing was there to reject.
        outcomes = []
    return Done(measure=measure, outcomes=outcomes)


def told(standing: Standing | None) -> dict[str, Any] | None:
    """Give what an author is told of what holds for them; nobody is told that they are trusted."""
    if standing is None or standing.kind == "trust":
        return None
    extra = {"until": standing.until, "reason": standing.reason}
    if standing.is_barred:
        error = barred(standing)
        code, said = error.code, error.detail
    else:
        code = "author-review"
        said = sentence(
            "The moderators of this site read your comments before they are shown",
            standing.until,
            standing.reason,
        )
    return {
        "kind": standing.kind,
        "barred": standing.is_barred,
        "code": code,
        "detail": said,
        **extra,
    }


def _what_is_there(
    services: Services, site: str, author: str
) -> tuple[list[tuple[str, int]], bool]:
    """An author's comments that are shown or may be, with their versions; and whether not all."""
    items: list[tuple[str, int]] = []
    cursor: str | None = None
    while True:
        comments, cursor = services.store.comments.by_author(
            site, author, limit=_PAGE, cursor=cursor
        )
        items += [(found.id, found.version) for found in comments if found.status in _THERE]
        if cursor is None or len(items) >= MOST_REJECTED:
            break
    return items[:MOST_REJECTED], cursor is not None or len(items) > MOST_REJECTED


def _step(idempotency: Idempotency | None, name: str) -> Idempotency | None:
    """Give one step of a repeatable request a key of its own."""
    if idempotency is None:
        return None
    step = hashlib.sha256(f"{idempotency.key}\0{name}".encode()).hexdigest()[:40]
    return Idempotency(key=step, fingerprint=idempotency.fingerprint)
