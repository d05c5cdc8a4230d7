"""Measures against authors, and for them: what moderators send and see."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import marshmallow as ma

from ..text import note as as_note
from .base import Flag, Note, Schema, Shown, Time
from .queue import MAX_REASON, BatchError, ModeratorRef

KINDS = ("trust", "review", "suspend", "ban")


class MeasureIn(Schema):
    """What is to hold for an author from now on; it takes the place of what holds until then.

    The author reads `reason`, moderators alone `note`. With `address` it holds for the address that
    the author wrote from last, for 30 days at most; with `reject_existing` what the author has
    published or waiting is rejected as one batch.
    """

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    until = ma.fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        default_timezone=UTC,
        metadata={"description": "RFC 3339; needed to suspend, else null is without an end"},
    )
    reason = Note(MAX_REASON, load_default="")
    note = Note(MAX_REASON, load_default="")
    address = Flag(load_default=False)
    reject_existing = Flag(load_default=False)

    @ma.validates_schema
    def _fit(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["kind"] == "suspend" and data["until"] is None:
            raise ma.ValidationError("A suspension has an end; without one it is a ban.", "until")
        if data["kind"] == "trust" and data["reject_existing"]:
            raise ma.ValidationError("Nothing is rejected of whom you trust.", "reject_existing")


class MeasureOut(Schema):
    """A measure, and whether it holds: it is neither over, undone nor replaced.

    `address` says that it holds for an address too. `batch` are the rejections that came with it,
    `replaces` what held before, by its ids; `undone` is when it was taken back.
    """

    id = ma.fields.String()
    author = ma.fields.String()
    kind = ma.fields.String()
    holds = ma.fields.Boolean()
    until = Time(allow_none=True)
    reason = Shown(as_note)
    note = Shown(as_note)
    address = ma.fields.Boolean()
    moderator = ma.fields.Nested(ModeratorRef)
    created = Time()
    batch = ma.fields.String(allow_none=True)
    replaces = ma.fields.List(ma.fields.String())
    undone = Time(allow_none=True)
    undone_by = ma.fields.Nested(ModeratorRef, allow_none=True)


class LeftOut(Schema):
    """A comment that stayed as it was, and why."""

    comment = ma.fields.String()
    error = ma.fields.Nested(BatchError)


class MeasureDone(MeasureOut):
    """A measure that was set or undone, with what became of the author's comments.

    `changed` were rejected, or restored; `left` were not. `more` says that there are older ones
    that were not looked at.
    """

    changed = ma.fields.Integer()
    left = ma.fields.List(ma.fields.Nested(LeftOut))
    more = ma.fields.Boolean()


class MeasuresOut(Schema):
    """An author's measures, newest first; of those that `hold` there is one at most."""

    measures = ma.fields.List(ma.fields.Nested(MeasureOut))
