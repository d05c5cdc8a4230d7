"""Near-duplicate comments that are decided as one: what moderators see and send."""

from __future__ import annotations

import marshmallow as ma

from .base import Note, PageQuery, Schema, Time
from .queue import MAX_REASON, BatchResult, CaseOut

EXCERPT = 160
EXAMPLES = 3


class NextOut(Schema):
    """What happens to the next ones like a group, and until when: `leave`, `hold` or `reject`."""

    action = ma.fields.String()
    until = Time()


class ExampleOut(Schema):
    """The beginning of one of a group's comments."""

    id = ma.fields.String()
    status = ma.fields.String()
    author = ma.fields.String()
    excerpt = ma.fields.String()


class GroupOut(Schema):
    """Comments that are nearly the same, from the `first` to the `last`; `count` are all of them.

    `published`, `held` and `rejected` are those that nobody has decided on, of the first 2,000.
    `next` is null where the next ones are judged like any other. `batch` is the last decision.
    """

    id = ma.fields.String()
    count = ma.fields.Integer()
    first = Time()
    last = Time()
    began = Time()
    waits = ma.fields.Boolean(metadata={"description": "something of it is to be decided on"})
    published = ma.fields.Integer()
    held = ma.fields.Integer()
    rejected = ma.fields.Integer()
    next = ma.fields.Nested(NextOut, allow_none=True)
    batch = ma.fields.String(allow_none=True)
    examples = ma.fields.List(ma.fields.Nested(ExampleOut))


class GroupsOut(Schema):
    """The groups that wait, and those whose next ones are held or rejected; the latest first."""

    groups = ma.fields.List(ma.fields.Nested(GroupOut))


class GroupQuery(PageQuery):
    """Which page of a group's members."""


class GroupMembersOut(Schema):
    """A group, and a page of its members that nobody has decided on, newest first."""

    group = ma.fields.Nested(GroupOut)
    cases = ma.fields.List(ma.fields.Nested(CaseOut))
    next_cursor = ma.fields.String(allow_none=True)


class GroupDecisionIn(Schema):
    """One decision about all of a group that nobody has decided on, published ones too.

    `next` says what happens for an hour to what is like it: `hold` or `reject` after a rejection;
    what is like an approved group is left alone, whatever the site's `raids` says.
    """

    action = ma.fields.String(required=True, validate=ma.validate.OneOf(("approve", "reject")))
    reason = Note(MAX_REASON, load_default="")
    next = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.OneOf(("hold", "reject"))
    )

    @ma.validates_schema
    def _fit(self, data: dict[str, str | None], **kwargs: object) -> None:
        if data["action"] == "approve" and data["next"] is not None:
            raise ma.ValidationError("The next ones like an approved group are left alone.", "next")


class GroupDecided(Schema):
    """What became of a group: `batch` undoes it all, with `POST S/batches/{id}/undo`.

    `changed` comments were decided on; `left` were not, and why.
    """

    batch = ma.fields.String()
    changed = ma.fields.Integer()
    left = ma.fields.List(ma.fields.Nested(BatchResult))
    group = ma.fields.Nested(GroupOut)
