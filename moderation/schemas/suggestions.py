"""Suggestions: the scores that other systems suggested, and a moderator's review of one."""

from __future__ import annotations

import marshmallow as ma

from .base import Flag, PageQuery, Schema, Time


class SuggestionOut(Schema):
    """Scores that another system suggested of a text.

    `key` is the id of the key that brought them; `accepted` and `accepted_by` are null until a
    moderator accepts them.
    """

    id = ma.fields.String()
    version = ma.fields.Integer(
        attribute="created", metadata={"description": "to be sent back with a review"}
    )
    source = ma.fields.String(metadata={"description": "perspective or akismet"})
    community = ma.fields.String(metadata={"description": "whose norms; as the caller named it"})
    text = ma.fields.String()
    language = ma.fields.String()
    labels = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Float(),
        metadata={"description": "attribute → suggested share of raters"},
    )
    key = ma.fields.String(attribute="credential")
    created = Time(dump_only=True)
    accepted_by = ma.fields.String(allow_none=True)
    accepted = Time(allow_none=True)


class SuggestionsQuery(PageQuery):
    """Which page: of those that wait for a review, or of those that were accepted."""

    state = ma.fields.String(
        load_default="waiting", validate=ma.validate.OneOf(["waiting", "accepted"])
    )


class SuggestionsOut(Schema):
    """A page of suggestions, oldest first; `next_cursor` is null on the last page."""

    suggestions = ma.fields.List(ma.fields.Nested(SuggestionOut))
    next_cursor = ma.fields.String(allow_none=True)


class ReviewIn(Schema):
    """A moderator's review of the version that was read; not accepting it erases it."""

    accept = Flag(required=True)
    version = ma.fields.Integer(required=True, strict=True)
