"""The wire of Akismet: forms in, plain words or a small JSON out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields
from marshmallow.validate import Length, OneOf, Range, Regexp

THANKS = "Thanks for making the web a better place."
"""What Akismet answers to a submission; clients look for these very words."""


class Flag(fields.Field[Any]):
    """`1` and `true` in any case are yes, everything else is no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        return str(value).strip().lower() in ("1", "true", "yes")


def _web_address(value: str) -> None:
    try:
        urlsplit(value)
    except ValueError as error:
        raise ValidationError("a full URI is needed") from error
    if not value.startswith(("http://", "https://")) or len(value) > 2_000:
        raise ValidationError("a full URI is needed")


class _Form(Schema):
    """Callers may send every variable of their web server; those are passed over."""

    class Meta:
        unknown = EXCLUDE


class VerifyKeySchema(_Form):
    """What verify-key reads beside the key: the blog that asks, which may be any."""

    blog = fields.String(required=True, validate=_web_address)


class CommentSchema(_Form):
    """What comment-check, submit-spam and submit-ham read; the rest tells nothing to us."""

    blog = fields.String(required=True, validate=_web_address)
    user_ip = fields.String(required=True, validate=Length(1, 100))
    comment_content = fields.String(load_default="")
    comment_author = fields.String(load_default="")
    comment_author_email = fields.String(load_default="")
    user_role = fields.String(load_default="")
    is_test = Flag(load_default=False)


class KeySitesSchema(_Form):
    """What key-sites reads: a month (`YYYY-MM`, UTC; this one if missing), and which rows of it."""

    month = fields.String(validate=Regexp(r"^\d{4}-(0[1-9]|1[0-2])$"))
    filter = fields.String(load_default="")
    format = fields.String(load_default="json", validate=OneOf(["json", "csv"]))
    order = fields.String(
        load_default="total",
        validate=OneOf(["total", "spam", "ham", "missed_spam", "false_positives"]),
    )
    limit = fields.Integer(load_default=500, validate=Range(1, 500))
    offset = fields.Integer(load_default=0, validate=Range(min=0))


class SiteActivitySchema(Schema):
    """Counts are texts, as the service sends them."""

    site = fields.String()
    api_calls = fields.String()
    spam = fields.String()
    ham = fields.String()
    missed_spam = fields.String()
    false_positives = fields.String()
    is_revoked = fields.Boolean()


class UsageLimitSchema(Schema):
    """`limit` is a number, or `none` for a key without one."""

    limit = fields.Raw()
    usage = fields.Integer()
    percentage = fields.String()
    throttled = fields.Boolean()
