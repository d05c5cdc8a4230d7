"""The wire of Perspective v1alpha1, field by field, as its discovery document names them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, fields, post_dump, pre_load
from marshmallow.validate import OneOf, Range

SCORE_TYPES = ("SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW")
TEXT_TYPES = ("TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML")

_UNDERSCORE = re.compile(r"_([a-z])")


def _field(kind: type[fields.Field[Any]], proto: str, **options: Any) -> fields.Field[Any]:
    """Make a field whose complaint is the name of the type that the protocol wants."""
    messages: dict[str, Any] = dict.fromkeys(
        ("invalid", "too_large", "special", "validator_failed"), proto
    )
    return kind(error_messages=messages, **options)


def _string(**options: Any) -> fields.Field[Any]:
    return _field(fields.String, "TYPE_STRING", **options)


def _boolean() -> fields.Field[Any]:
    return _field(
        fields.Boolean, "TYPE_BOOL", load_default=False, truthy={True}, falsy={False}
    )  # "yes" is no boolean here


def _enum(proto: str, values: tuple[str, ...]) -> fields.Field[Any]:
    return _string(validate=OneOf(values, error=proto))


def _strings() -> fields.Field[Any]:
    return fields.List(_string(), load_default=list, error_messages={"invalid": "TYPE_LIST"})


class _Message(Schema):
    """A protocol buffer in JSON: unset is null, names in snake_case are as good."""

    class Meta:
        unknown = RAISE

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.error_messages = {**self.error_messages, "type": "TYPE_MESSAGE"}

    @pre_load
    def accept_other_spellings(self, data: Any, **_: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        return {
            name if name in self.fields else _UNDERSCORE.sub(_capital, name): value
            for name, value in data.items()
            if value is not None
        }


class TextEntrySchema(_Message):
    """A text; without a type it is plain."""

    text = _string(load_default="")
    type = _enum("TextType", TEXT_TYPES)


class ArticleAndParentCommentSchema(_Message):
    """What the comment answers; read and checked, but the score does not depend on it."""

    article = fields.Nested(TextEntrySchema)
    parentComment = fields.Nested(TextEntrySchema)


class ContextSchema(_Message):
    """What stands around the comment, in one of two ways; the score does not depend on it."""

    entries = fields.List(fields.Nested(TextEntrySchema))
    articleAndParentComment = fields.Nested(ArticleAndParentCommentSchema)


class AttributeParametersSchema(_Message):
    """How one attribute is asked for; below `scoreThreshold` it is left out of the answer."""

    scoreType = _string(validate=OneOf(SCORE_TYPES, error="ScoreType"))
    scoreThreshold = _field(fields.Float, "TYPE_FLOAT")


class ScoreSchema(_Message):
    """A suggested score in [0, 1]."""

    value = _field(
        fields.Float, "TYPE_FLOAT", required=True, validate=Range(0, 1, error="PROBABILITY")
    )
    type = _string(validate=OneOf(SCORE_TYPES, error="ScoreType"), load_default="PROBABILITY")


class SpanScoreSchema(_Message):
    """A score of a stretch of the text, in UTF-16 code units; `end` is exclusive."""

    begin = fields.Integer(
        required=True, strict=True, validate=Range(min=0), error_messages={"invalid": "TYPE_INT32"}
    )
    end = fields.Integer(
        required=True, strict=True, validate=Range(min=0), error_messages={"invalid": "TYPE_INT32"}
    )
    score = fields.Nested(ScoreSchema, required=True)


class AttributeScoresSchema(_Message):
    """The scores that are suggested for one attribute: of the whole, of stretches, or both."""

    summaryScore = fields.Nested(ScoreSchema)
    spanScores = fields.List(fields.Nested(SpanScoreSchema))


class _CommentRequestSchema(_Message):
    comment = fields.Nested(TextEntrySchema, load_default=lambda: {"text": ""})
    context = fields.Nested(ContextSchema)
    languages = _strings()
    clientToken = _string()
    sessionId = _string()
    communityId = _string(load_default="")
    doNotStore = _boolean()


class AnalyzeCommentRequestSchema(_CommentRequestSchema):
    """What `comments:analyze` reads; without `languages` the language is detected."""

    requestedAttributes = fields.Dict(
        keys=_string(),
        values=fields.Nested(AttributeParametersSchema),
        load_default=dict,
        error_messages={"invalid": "TYPE_MAP"},
    )
    spanAnnotations = _boolean()

    @pre_load
    def unset_parameters_are_empty(self, data: Any, **_: Any) -> Any:
        """Read `"TOXICITY": null` as `"TOXICITY": {}`."""
        name = "requestedAttributes"
        if isinstance(data, Mapping) and isinstance(data.get(name), Mapping):
            asked = {key: {} if value is None else value for key, value in data[name].items()}
            return {**data, name: asked}
        return data


class SuggestCommentScoreRequestSchema(_CommentRequestSchema):
    """`doNotStore` is ours: such a suggestion is checked, answered and forgotten."""

    attributeScores = fields.Dict(
        keys=_string(),
        values=fields.Nested(AttributeScoresSchema),
        load_default=dict,
        error_messages={"invalid": "TYPE_MAP"},
    )


class _AnswerSchema(Schema):
    @post_dump
    def leave_out_unset(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value is not None}


class AnalyzeCommentResponseSchema(_AnswerSchema):
    """`attributeScores` is absent, not empty, when every score is below its threshold."""

    attributeScores = fields.Raw()
    languages = fields.List(fields.String())
    detectedLanguages = fields.List(fields.String())
    clientToken = fields.String()


class SuggestCommentScoreResponseSchema(_AnswerSchema):
    """What `comments:suggestscore` answers; what the call left out is absent here."""

    clientToken = fields.String()
    detectedLanguages = fields.List(fields.String())
    requestedLanguages = fields.List(fields.String())


def _capital(match: re.Match[str]) -> str:
    return match.group(1).upper()
