"""What is set for one thread alone, and the list of threads; for moderators."""

from __future__ import annotations

from typing import Any, get_args

import marshmallow as ma

from ..identifiers import NAME
from ..records import Premoderate, ThreadSort, ThreadState
from .base import Flag, Line, PageQuery, Schema, Shown, Time, Url, identifier
from .comments import MAX_TITLE, ThreadOut

# By choice: nobody asks for more than a day between two comments, and pages have few authors.
MAX_SLOW = 86_400
MAX_AUTHORS = 20
MAX_SEARCH = 200


class ThreadChange(Schema):
    """What moderators may change of a thread; what is left out stays.

    `closed` takes no new comments; `hidden` shows none to readers, who find an empty, closed
    thread. `premoderate` is as the site's policy has it, null to follow that. `slow_seconds` pass
    between two comments of one author, staff excepted; 0 is none. `pinned` is a published comment
    that answers no other: it comes first. `authors` wrote the page: what they write from now on has
    the role `author`.
    """

    closed = Flag()
    hidden = Flag()
    premoderate = ma.fields.String(
        allow_none=True, validate=ma.validate.OneOf(get_args(Premoderate))
    )
    slow_seconds = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, MAX_SLOW))
    pinned = identifier(allow_none=True)
    authors = ma.fields.List(
        ma.fields.String(validate=ma.validate.Regexp(rf"{NAME}\Z", error="This is no id.")),
        validate=ma.validate.Length(max=MAX_AUTHORS),
        metadata={"description": "their ids, as `author.id` of their comments has them"},
    )
    title = Line(MAX_TITLE)
    url = Url(empty=False)

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ma.ValidationError(f"Give one of {', '.join(self.fields)}.")


class ThreadSettings(ThreadOut):
    """A thread with what is set for it alone, and what goes on there.

    It is `expired` past the site's last day for comments. `last` is when somebody wrote last, null
    where that is not known yet; `waiting` is how many of its comments are in the queue.
    """

    hidden = ma.fields.Boolean()
    premoderate = ma.fields.String(
        allow_none=True, validate=ma.validate.OneOf((*get_args(Premoderate), None))
    )
    slow_seconds = ma.fields.Integer()
    pinned = ma.fields.String(allow_none=True)
    authors = ma.fields.List(ma.fields.String())
    created = Time()
    last = Time(allow_none=True)
    waiting = ma.fields.Integer()
    expired = ma.fields.Boolean()


class PinnedOut(Schema):
    """The comment that is pinned, shortly."""

    id = ma.fields.String()
    status = ma.fields.String()
    name = Shown()
    excerpt = ma.fields.String()


class ThreadDetails(ThreadSettings):
    """The same, with whom and what the ids in it name.

    `names` maps those of `authors` who wrote on the site to the name that they used last.
    """

    names = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    pinned_comment = ma.fields.Nested(PinnedOut, allow_none=True)


class ThreadChanged(ThreadSettings):
    """A thread as it is after a change, whose id undoes it; `change` is null if nothing changed."""

    change = ma.fields.String(allow_none=True)


class ThreadListQuery(PageQuery):
    """Which threads, and in which order.

    `search` is for words of the title and the address. By `waiting` only those with cases are
    listed. A page may have fewer than `limit` and yet a `next_cursor`: a search looks through some
    2,000 threads for one answer.
    """

    sort = ma.fields.String(load_default="active", validate=ma.validate.OneOf(get_args(ThreadSort)))
    state = ma.fields.String(load_default=None, validate=ma.validate.OneOf(get_args(ThreadState)))
    search = ma.fields.String(load_default="", validate=ma.validate.Length(max=MAX_SEARCH))


class ThreadListOut(Schema):
    """Some of a site's threads."""

    threads = ma.fields.List(ma.fields.Nested(ThreadSettings))
    next_cursor = ma.fields.String(allow_none=True)
