"""Webhooks, as admins set them up, and the messages that they are sent."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from .base import Flag, Line, PageQuery, Schema, Shown, Time, Url
from .comments import Tombstone
from .queue import CaseComment

EVENTS = (
    "comment.created",
    "comment.held",
    "comment.published",
    "comment.rejected",
    "comment.edited",
    "comment.deleted",
    "report.created",
    "decision.made",
    "decision.undone",
    "author.measured",
)
"""What a webhook may ask for; `*` is all of them. `outbound/webhooks/events.py` makes them."""
FORMATS = ("standard", "slack", "discord", "mattermost", "matrix")
# By choice: addresses of webhooks carry tokens, but no browser's history.
MAX_URL = 1_000


def _events(**kwargs: Any) -> ma.fields.List[Any]:
    return ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf((*EVENTS, "*"))),
        validate=ma.validate.Length(min=1, max=len(EVENTS) + 1),
        metadata={"description": "names of events, or * for all"},
        **kwargs,
    )


class WebhookIn(Schema):
    """An address that is to be told of events; `format` says how.

    `standard` is a signed message as Standard Webhooks describes it; the others are what the chat
    services of that name take.
    """

    url = Url(MAX_URL, required=True, empty=False)
    events = _events(required=True)
    format = ma.fields.String(load_default="standard", validate=ma.validate.OneOf(FORMATS))
    name = Line(100, load_default="")


class WebhookChange(Schema):
    """What is given replaces what was there; `active` switches it on or off."""

    url = Url(MAX_URL, empty=False)
    events = _events()
    format = ma.fields.String(validate=ma.validate.OneOf(FORMATS))
    name = Line(100)
    active = Flag()

    @ma.validates_schema
    def _something(self, data: dict[str, Any], **kwargs: Any) -> None:
        if not data:
            raise ma.ValidationError("Give url, events, format, name or active.")


class WebhookOut(Schema):
    """A webhook and how it fares.

    `off` is null while it is told; else `gone`, since it answered 410, or `by-hand`. `waiting` are
    deliveries that are to be sent, or sent again. `error` is what went wrong last, until one
    arrives.
    """

    id = ma.fields.String()
    url = ma.fields.String()
    events = ma.fields.List(ma.fields.String())
    format = ma.fields.String()
    name = ma.fields.String()
    created = Time()
    active = ma.fields.Boolean()
    off = ma.fields.String(allow_none=True)
    waiting = ma.fields.Integer(attribute="state.waiting")
    delivered = Time(attribute="state.delivered", allow_none=True)
    failed = Time(attribute="state.failed", allow_none=True)
    error = ma.fields.String(attribute="state.error")


class WebhookMade(WebhookOut):
    """A new webhook with its secret, by which its messages are verified."""

    secret = ma.fields.String(metadata={"description": "shown once"})


class SecretOut(Schema):
    """A webhook's new secret. Until `overlap` messages are signed with the one before, too."""

    secret = ma.fields.String(metadata={"description": "shown once"})
    overlap = Time()


class WebhooksOut(Schema):
    """All webhooks of a site, oldest first, and what a webhook may ask for."""

    webhooks = ma.fields.List(ma.fields.Nested(WebhookOut))
    events = ma.fields.List(ma.fields.String())
    formats = ma.fields.List(ma.fields.String())


class UndeliveredQuery(PageQuery):
    """Which page of what was given up; with `webhook`, of one alone."""

    webhook = ma.fields.String(load_default=None, validate=ma.validate.Length(max=40))


class UndeliveredOut(Schema):
    """A delivery that was given up, and why; `at` is when."""

    id = ma.fields.String()
    at = Time()
    webhook = ma.fields.String(attribute="delivery.webhook")
    event = ma.fields.String(attribute="delivery.event")
    subject = ma.fields.String(attribute="delivery.subject")
    reason = ma.fields.String()


class UndeliveredPage(Schema):
    """A page of what was given up, newest first; with a filter it may be short of entries."""

    undelivered = ma.fields.List(ma.fields.Nested(UndeliveredOut))
    next_cursor = ma.fields.String(allow_none=True)


class ReplayedOut(Schema):
    """How many deliveries are tried anew."""

    replayed = ma.fields.Integer()


class MessageThread(Schema):
    """The page that a comment is on."""

    id = ma.fields.String()
    url = ma.fields.String()
    title = Shown()


class MessageComment(CaseComment):
    """A comment as moderators see it; `link` leads to it on its page."""

    link = ma.fields.String()

    def _votes(self, comment: Any) -> dict[str, int]:
        return {"up": comment["up"], "down": comment["down"]}


class MessageData(Schema):
    """What a message says: as it is when it is sent; `status` and `before` are of the event.

    Of a deleted comment there is neither text nor author. `author` is the id of one whom a
    `measure` is about.
    """

    site = ma.fields.String()
    comment = ma.fields.Method("_comment")
    thread = ma.fields.Nested(MessageThread)
    status = ma.fields.String()
    before = ma.fields.String()
    decision = ma.fields.Dict()
    reports = ma.fields.Integer()
    author = ma.fields.String()
    measure = ma.fields.Dict()

    def _comment(self, data: dict[str, Any]) -> Any:
        comment = data.get("comment")
        if comment is None:
            return ma.missing
        deleted = comment["status"] == "deleted"
        return (_TOMBSTONE if deleted else _COMMENT).dump(comment)


class Message(Schema):
    """What a webhook is sent: the body that Standard Webhooks recommends."""

    type = ma.fields.String()
    timestamp = Time()
    data = ma.fields.Nested(MessageData)


_COMMENT = MessageComment()
_TOMBSTONE = Tombstone()
MESSAGE = Message()
