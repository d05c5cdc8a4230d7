"""Suggestions: the scores that other systems suggested, and a moderator's review of one."""

from __future__ import annotations

import marshmallow as ma

from .base import Flag, PageQuery, Schema, Time


class SuggestionOut(Schema):
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
    state = ma.fields.String(
        load_default="waiting", validate=ma.validate.OneOf(["waiting", "accepted"])
    )


class SuggestionsOut(Schema):
    suggestions = ma.fields.List(ma.fields.Nested(SuggestionOut))
    next_cursor = ma.fields.String(allow_none=True)


class ReviewIn(Schema):
    accept = Flag(required=True)
    version = ma.fields.Integer(required=True, strict=True)
