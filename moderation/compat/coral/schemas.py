"""The wire of Coral's external moderation phases (Coral 6.1 and later)."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_dump
from marshmallow.validate import OneOf


class _Lenient(Schema):
    class Meta:
        unknown = EXCLUDE


class CoralCommentSchema(_Lenient):
    """The comment that Coral asks about; `body` is HTML."""

    body = fields.String(required=True)
    parentID = fields.String(allow_none=True)


class CoralAuthorSchema(_Lenient):
    """Who wrote it; one without a role is an ordinary commenter."""

    id = fields.String()
    role = fields.String(load_default="COMMENTER")


class ExternalModerationRequestSchema(_Lenient):
    """What Coral sends for a new or edited comment; its other fields are passed over."""

    action = fields.String(required=True, validate=OneOf(["NEW", "EDIT"]))
    comment = fields.Nested(CoralCommentSchema, required=True)
    author = fields.Nested(CoralAuthorSchema, load_default=lambda: {"role": "COMMENTER"})


class CoralActionSchema(Schema):
    """A flag that Coral sets on the comment."""

    actionType = fields.String(validate=OneOf(["FLAG"]))
    reason = fields.String(validate=OneOf(["COMMENT_DETECTED_TOXIC", "COMMENT_DETECTED_SPAM"]))


class ExternalModerationResponseSchema(Schema):
    """`status` is left out when the comment may appear: Coral then goes on by itself."""

    status = fields.String(validate=OneOf(["SYSTEM_WITHHELD", "REJECTED"]))
    actions = fields.List(fields.Nested(CoralActionSchema))

    @post_dump
    def leave_out_unset(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out what is None; `status` must be absent, not null."""
        return {name: value for name, value in data.items() if value is not None}
