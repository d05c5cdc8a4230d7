"""The wire of OpenAI's moderation endpoint."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

# By choice, as many as `POST /api/v1/score` takes.
MAX_INPUTS = 1_000

MISSING = "Missing required field."
EMPTY = "Expected an array with minimum length 1, but got an empty array."
TOO_MANY = f"Expected an array with maximum length {MAX_INPUTS}."
# What the service calls these complaints; all others are of the type.
CODES = {EMPTY: "empty_array", TOO_MANY: "array_above_max_length"}


class ModerationInput(fields.Field[Any]):
    """A text, a list of texts, or one list of parts that are texts and images."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if isinstance(value, str):
            return value
        if not isinstance(value, list):
            raise ValidationError("Expected a string or an array of strings or objects.")
        if not value:
            raise ValidationError(EMPTY)
        if len(value) > MAX_INPUTS:
            raise ValidationError(TOO_MANY)
        if all(isinstance(item, str) for item in value):
            return value
        for position, item in enumerate(value):
            _check_part(position, item)
        return value


def _check_part(position: int, item: Any) -> None:
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "text" and isinstance(item.get("text"), str):
        return
    if kind == "image_url":
        image = item.get("image_url")
        if isinstance(image, dict) and isinstance(image.get("url"), str):
            return
    raise ValidationError(
        f"Item {position} is neither a string nor a text or image_url object.",
    )


class ModerationRequestSchema(Schema):
    """Unknown fields are let pass, as the service itself does for its clients' extras."""

    class Meta:
        """What is not listed here is ignored."""

        unknown = EXCLUDE

    input = ModerationInput(required=True, error_messages={"required": MISSING})
    model = fields.String(load_default="omni-moderation-latest", allow_none=True)


class ModerationResultSchema(Schema):
    """What is said of one text, or of all parts together: each map has every category."""

    flagged = fields.Boolean()
    categories = fields.Raw()
    category_scores = fields.Raw()
    category_applied_input_types = fields.Raw()


class ModerationResponseSchema(Schema):
    """The answer: one result for each text, in order; `model` is the version that scored."""

    id = fields.String()
    model = fields.String()
    results = fields.List(fields.Nested(ModerationResultSchema))
