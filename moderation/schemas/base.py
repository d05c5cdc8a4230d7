"""The field types and shapes that the other schemas are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import marshmallow as ma

from .. import text, urls
from ..email_addresses import MAX_EMAIL, email_address
from ..errors import InvalidError
from ..identifiers import UUID
from ..visible import escaped


def time_text(at: int) -> str:
    """Write milliseconds since the epoch as RFC 3339, UTC."""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Complaint(str):
    """A message for the caller that brings its problem's `code`."""

    code: str

    def __new__(cls, error: InvalidError) -> Complaint:
        """Take the error's sentence and its `code`."""
        made = super().__new__(cls, error.detail)
        made.code = error.code
        return made


class Time(ma.fields.Field[int]):
    """A time: milliseconds inside, RFC 3339 in UTC outside. Only ever sent."""

    def _serialize(self, value: int | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else time_text(value)


class Text(ma.fields.String):
    """A text from outside: no control characters or lone surrogates, at most `limit` long."""

    def __init__(
        self, limit: int, *, empty: bool = True, indented: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(metadata={"maxLength": limit, **kwargs.pop("metadata", {})}, **kwargs)
        self.limit = limit
        self.empty = empty
        self.indented = indented

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        given = super()._deserialize(value, attr, data, **kwargs)
        try:
            return text.clean(
                given, limit=self.limit, where="", empty=self.empty, indented=self.indented
            )
        except InvalidError as error:
            raise ma.ValidationError(Complaint(error)) from error


class Line(Text):
    """A text of one line: a name, a title.

    White space within it becomes single spaces, characters that turn others round are left out,
    and what shows nothing is empty.
    """

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return text.line(super()._deserialize(value, attr, data, **kwargs))


class Note(Text):
    """A short text to people, of some lines, that reads forwards, whenever it was stored."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return text.note(super()._deserialize(value, attr, data, **kwargs))

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else text.note(value)


class Shown(ma.fields.String):
    """A name, or what else `by` makes fit to be shown, whenever it was stored. Only ever sent."""

    def __init__(self, by: Callable[[str], str] = text.line, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.by = by

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self.by(value)


class Url(Text):
    """An absolute http or https URL; empty only where `empty` says so."""

    def __init__(self, limit: int = urls.MAX_URL, **kwargs: Any) -> None:
        super().__init__(limit, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        given = super()._deserialize(value, attr, data, **kwargs)
        if given:
            try:
                urls.canonical(given)
            except InvalidError as error:
                raise ma.ValidationError(Complaint(error)) from error
        return given


class Website(Url):
    """An author's own address; what shows nothing or turns others round is escaped in it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        return escaped(super()._deserialize(value, attr, data, **kwargs))


class Email(Text):
    """An e-mail address that a mail can be sent to; empty for none. Only ever read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MAX_EMAIL, load_only=True, **kwargs)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> str:
        given = super()._deserialize(value, attr, data, **kwargs)
        try:
            return email_address(given) if given.strip() else ""
        except InvalidError as error:
            raise ma.ValidationError(Complaint(error)) from error


class Mapped(ma.fields.Dict):
    """A dictionary whose errors stand at their key, as a JSON pointer names it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ma.ValidationError as error:
            if isinstance(error.messages, dict):
                found = {
                    key: parts.get("value", parts.get("key"))
                    for key, parts in error.messages.items()
                }
                raise ma.ValidationError(found) from error
            raise


class Flag(ma.fields.Boolean):
    """`true` or `false`, not what merely looks like one."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


def identifier(**kwargs: Any) -> ma.fields.String:
    """An id of ours: a UUID in its canonical form."""
    return ma.fields.String(
        validate=ma.validate.Regexp(rf"{UUID}\Z", error="This is no id."),
        metadata={"format": "uuid"},
        **kwargs,
    )


class Schema(ma.Schema):
    """Keeps the order of its fields and refuses what it does not know."""

    class Meta:
        """An unknown field is an error, so that a misspelt one is not passed over."""

        unknown = ma.RAISE


def extended(record: Any, **more: Any) -> dict[str, Any]:
    """Give a record's fields and more, for a schema that shows more than the record has."""
    return {field.name: getattr(record, field.name) for field in fields(record)} | more


class ProblemItem(Schema):
    """One thing that is wrong with a request, and where it stands."""

    where = ma.fields.String(metadata={"description": "JSON pointer, header or parameter"})
    message = ma.fields.String()
    code = ma.fields.String(metadata={"description": "what is wrong with this one thing"})


class ProofOut(Schema):
    """A challenge: find for each of `parts` places a number, so that the hash has `bits` zero bits.

    The hash is SHA-256 of `challenge.place.number`. The header `Rejoinder-Proof` of the next try is
    `challenge~number.number…`; it is good once, in this thread, `until` a time.
    """

    challenge = ma.fields.String()
    parts = ma.fields.Integer()
    bits = ma.fields.Integer()
    until = ma.fields.String()


class NudgeOut(Schema):
    """What of a `text` may hurt somebody: its words, and where they stand, in code points.

    `token` goes with the next try, as `nudge`.
    """

    token = ma.fields.String()
    text = ma.fields.String()
    words = ma.fields.List(ma.fields.String())
    spans = ma.fields.List(ma.fields.List(ma.fields.Integer()))


class Problem(Schema):
    """RFC 9457; the shape of every error but those of other services' formats."""

    type = ma.fields.String(dump_default="about:blank")
    title = ma.fields.String()
    status = ma.fields.Integer()
    detail = ma.fields.String()
    code = ma.fields.String(metadata={"description": "stable, for programs"})
    where = ma.fields.String()
    errors = ma.fields.List(ma.fields.Nested(ProblemItem))
    until = Time(
        allow_none=True,
        metadata={"description": "of an author who may not write: until when; null: for good"},
    )
    reason = ma.fields.String(metadata={"description": "and why, in the moderators' words"})
    proof = ma.fields.Nested(ProofOut, metadata={"description": "with `proof-needed` only"})
    nudge = ma.fields.Nested(NudgeOut, metadata={"description": "with the code `nudge` only"})


class PageQuery(Schema):
    """Where a page of a list begins, and how long it is."""

    limit = ma.fields.Integer(load_default=20, validate=ma.validate.Range(1, 100))
    cursor = ma.fields.String(load_default=None, validate=ma.validate.Length(max=200))
