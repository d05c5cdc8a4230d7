"""Sites, their policy, keys, moderators, sessions, and the call that only scores."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from .. import languages, urls
from ..errors import ContradictingThresholdsError, InvalidError
from ..names import appearance
from ..policy import PRESETS
from ..tokens import SCOPES
from .base import Complaint, Flag, Line, Mapped, Note, Schema, Text, Time
from .comments import MAX_NAME, HelpLink
from .queue import InfluenceOut, SpanOut

_CHOICE = ma.validate.OneOf(("publish", "flag", "hold", "reject"))
# Who may be in danger is not turned away unseen.
_SEEN = ma.validate.OneOf(("publish", "flag", "hold"))
_SHARE = ma.validate.Range(0, 1)

# The upper bounds below are choices, and no advice: they keep a record small and a mistake visible.


class Origin(Text):
    """An origin, normalised."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(300, empty=False, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            return urls.origin(super()._deserialize(value, attr, data, **kwargs))
        except InvalidError as error:
            raise ma.ValidationError(Complaint(error)) from error


class Language(ma.fields.String):
    """A language by its ISO 639 code, of two letters where it has one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        try:
            return languages.primary_code(super()._deserialize(value, attr, data, **kwargs))
        except InvalidError as error:
            raise ma.ValidationError(error.detail) from error


class ThresholdsSchema(Schema):
    """From which score on an attribute flags or holds; null or left out: never.

    `flag` is at most `hold`: above a lower `hold` it could never be reached.
    """

    flag = ma.fields.Float(allow_none=True, load_default=None, validate=_SHARE)
    hold = ma.fields.Float(allow_none=True, load_default=None, validate=_SHARE)

    @ma.validates_schema
    def _in_order(self, data: dict[str, float | None], **kwargs: Any) -> None:
        flag, hold = data["flag"], data["hold"]
        if flag is not None and hold is not None and flag > hold:
            raise ma.ValidationError(Complaint(ContradictingThresholdsError()), "flag")


class WordsSchema(Schema):
    """Whole words, any case; `*` at an end stands for any letters."""

    hold = ma.fields.List(Text(100, empty=False), validate=ma.validate.Length(max=2000))
    flag = ma.fields.List(Text(100, empty=False), validate=ma.validate.Length(max=2000))

    @ma.validates_schema
    def _no_bare_wildcards(self, data: dict[str, list[str]], **kwargs: Any) -> None:
        for name, words in data.items():
            if any(not word.strip("* ") for word in words):
                raise ma.ValidationError("A word needs a letter beside its wildcard.", name)


class NoticesSchema(Schema):
    """The site's words for who wrote a held or rejected comment; an empty text says nothing."""

    held = Note(500)
    rejected = Note(500)


class HelpSchema(Schema):
    """What an author in despair is told, and where help is found; nothing of either says nothing.

    What is left out is the service's: a text in the reader's language, and directories of help
    lines in many countries.
    """

    text = Note(1000)
    links = ma.fields.List(ma.fields.Nested(HelpLink), validate=ma.validate.Length(max=10))


class LimitsSchema(Schema):
    """Writes a minute: of one author, or, in `key_comments_per_minute`, of one program's key."""

    comments_per_minute = ma.fields.Integer(strict=True, validate=ma.validate.Range(1, 1_000_000))
    votes_per_minute = ma.fields.Integer(strict=True, validate=ma.validate.Range(1, 1_000_000))
    reports_per_minute = ma.fields.Integer(strict=True, validate=ma.validate.Range(1, 1_000_000))
    key_comments_per_minute = ma.fields.Integer(
        strict=True, validate=ma.validate.Range(1, 1_000_000)
    )


class ReservedName(Line):
    """A name, or with `*` at an end all that begin or end so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(MAX_NAME, empty=False, **kwargs)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        name = super()._deserialize(value, attr, data, **kwargs)
        if not appearance(name):
            raise ma.ValidationError("A name needs a letter or a digit.")
        return name


class PolicySchema(Schema):
    """A site's policy; what it leaves out the preset says."""

    preset = ma.fields.String(validate=ma.validate.OneOf(tuple(PRESETS)))
    language = Language(
        allow_none=True,
        metadata={
            "description": "ISO 639 code of what the site's comments are written in; null: not said"
        },
    )
    thresholds = Mapped(
        keys=ma.fields.String(validate=ma.validate.Regexp(r"[a-z_]{1,40}\Z")),
        values=ma.fields.Nested(ThresholdsSchema),
    )
    words = ma.fields.Nested(WordsSchema)
    max_links = ma.fields.Integer(strict=True, allow_none=True, validate=ma.validate.Range(0, 1000))
    first_comment = ma.fields.String(validate=_CHOICE)
    unsupported_language = ma.fields.String(validate=_CHOICE)
    scorer_down = ma.fields.String(validate=_CHOICE)
    repeat = ma.fields.String(validate=_CHOICE)
    self_harm = ma.fields.String(validate=_SEEN)
    audit_rate = ma.fields.Float(validate=_SHARE)
    close_after_days = ma.fields.Integer(
        strict=True, allow_none=True, validate=ma.validate.Range(1, 36_500)
    )
    max_length = ma.fields.Integer(strict=True, validate=ma.validate.Range(1, 50_000))
    edit_minutes = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 525_600))
    max_depth = ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 20))
    votes = Flag()
    notices = ma.fields.Nested(NoticesSchema)
    help = ma.fields.Nested(HelpSchema)
    limits = ma.fields.Nested(LimitsSchema)
    spam = ma.fields.String(validate=ma.validate.OneOf(("hold", "reject")))
    premoderate = ma.fields.String(
        validate=ma.validate.OneOf(("none", "first", "links", "all")),
        metadata={"description": "what waits for a moderator, whatever it says"},
    )
    premoderate_first = ma.fields.Integer(
        strict=True,
        validate=ma.validate.Range(1, 1000),
        metadata={"description": "with `first`: until so many of the author's are published"},
    )
    reserved_names = ma.fields.List(
        ReservedName(),
        validate=ma.validate.Length(max=500),
        metadata={
            "description": "names that only the staff post under, beside their own; `*` at an end "
            "stands for anything"
        },
    )
    raids = ma.fields.String(
        validate=ma.validate.OneOf(("off", "show", "hold")),
        metadata={"description": "of many near-duplicates: show them as one, or hold them too"},
    )
    proof = ma.fields.String(
        validate=ma.validate.OneOf(("off", "risen", "second")),
        metadata={
            "description": "when a reader's browser is asked for a proof of work: when comments or "
            "spam of the site rise, or also for a reader's second comment in a minute"
        },
    )
    held_expire_days = ma.fields.Integer(
        strict=True,
        allow_none=True,
        validate=ma.validate.Range(1, 36_500),
        metadata={"description": "erase what has been held or rejected for so long; null: never"},
    )
    nudge = Flag(metadata={"description": "whether authors are shown once what may hurt somebody"})


RANGES = {
    name: {"min": validator.min, "max": validator.max}
    for name, field in PolicySchema().fields.items()
    for validator in field.validators
    if isinstance(validator, ma.validate.Range)
}
"""The least and the most that each setting with a number takes."""


class RefusalOut(Schema):
    """From which score on spam is rejected where the site asks for it.

    `clean_share` is the share of clean comments that was measured to lie there at most.
    """

    threshold = ma.fields.Float()
    clean_share = ma.fields.Float()


class SiteOut(Schema):
    """A site's settings, for its moderators: `policy` is what was set, `effective` what follows."""

    slug = ma.fields.String()
    name = ma.fields.String()
    origins = ma.fields.List(ma.fields.String())
    policy = ma.fields.Dict()
    effective = ma.fields.Dict(metadata={"description": "thresholds in force, by attribute"})
    languages = ma.fields.List(
        ma.fields.String(), metadata={"description": "what the model in use reads; ISO 639"}
    )
    presets = ma.fields.Dict(
        metadata={"description": "what each preset says, with its thresholds for this model"}
    )
    ranges = ma.fields.Dict(
        metadata={"description": "the `min` and `max` of each of the policy's numbers"}
    )
    spam_refusal = ma.fields.Nested(
        RefusalOut,
        allow_none=True,
        metadata={"description": "null: not measured for the model in use, so nothing is rejected"},
    )
    expired = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        metadata={"description": "how many comments expired so far, by the status they had"},
    )
    created = Time()
    version = ma.fields.Integer()


class SiteChange(Schema):
    """New settings of a site; what is left out stays, of the policy too.

    With `version`, a site that has another one by now is not changed (`changed`).
    """

    name = Line(200, empty=False)
    origins = ma.fields.List(Origin(), validate=ma.validate.Length(min=1, max=100))
    policy = ma.fields.Nested(PolicySchema)
    version = ma.fields.Integer(strict=True, load_default=None)


class NudgesOut(Schema):
    """How many texts were shown to their authors again, and what those did.

    `changed` and `unchanged` were sent, `withdrawn` not within a day; `open` may still be.
    """

    shown = ma.fields.Integer()
    changed = ma.fields.Integer()
    unchanged = ma.fields.Integer()
    withdrawn = ma.fields.Integer()
    open = ma.fields.Integer()


class RehearsalIn(Schema):
    """Settings to try, as in `SiteChange`; what is left out is as the site has it."""

    policy = ma.fields.Nested(PolicySchema, required=True)


class ActionsOut(Schema):
    """How many comments are published, flagged, held and rejected."""

    publish = ma.fields.Integer()
    flag = ma.fields.Integer()
    hold = ma.fields.Integer()
    reject = ma.fields.Integer()


class RehearsedOut(Schema):
    """A comment that would have been treated otherwise.

    `decision` is what a moderator decided on it last, or null.
    """

    id = ma.fields.String(attribute="comment.id")
    text = ma.fields.String(attribute="comment.text")
    name = ma.fields.String(attribute="comment.author.name")
    status = ma.fields.String(attribute="comment.status")
    before = ma.fields.String()
    after = ma.fields.String()
    decision = ma.fields.String(allow_none=True)


class RehearsalOut(Schema):
    """What the settings would have made of the latest comments, beside the site's own.

    `skipped` was deleted since, or the model in use has not scored it. Of what would be held and
    was not, moderators approved `held_approved`; of what would pass and did not, they rejected
    `passed_rejected`. Of all `changes` `changed` has at most 100, newest first.
    """

    comments = ma.fields.Integer()
    skipped = ma.fields.Integer()
    before = ma.fields.Nested(ActionsOut)
    after = ma.fields.Nested(ActionsOut)
    held_approved = ma.fields.Integer()
    passed_rejected = ma.fields.Integer()
    changes = ma.fields.Integer()
    changed = ma.fields.List(ma.fields.Nested(RehearsedOut))


class PublicSettings(Schema):
    """What the widget needs to know of a site."""

    name = ma.fields.String()
    max_length = ma.fields.Integer()
    max_depth = ma.fields.Integer()
    edit_minutes = ma.fields.Integer()
    votes = ma.fields.Boolean()
    mail = ma.fields.Boolean(metadata={"description": "authors can be told of answers by mail"})


class KeyIn(Schema):
    """A key to be made for a program."""

    name = Line(100, load_default="")
    scopes = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(SCOPES)),
        load_default=list,
        validate=ma.validate.Length(min=1),
        metadata={"description": "left out: all but queue and admin"},
    )


class KeyOut(Schema):
    """A key; `moderator` is null unless it was made with an account."""

    id = ma.fields.String()
    name = ma.fields.String()
    role = ma.fields.String()
    scopes = ma.fields.List(ma.fields.String())
    moderator = ma.fields.String(allow_none=True)
    created = Time()
    api_key = ma.fields.String(metadata={"description": "shown once, when it is made"})


class KeysOut(Schema):
    """All keys of a site; their secrets are not among what is stored."""

    keys = ma.fields.List(ma.fields.Nested(KeyOut))


class ModeratorOut(Schema):
    """A moderator's account, without the password's hash."""

    id = ma.fields.String()
    email = ma.fields.String()
    name = ma.fields.String()
    role = ma.fields.String()
    created = Time()


class ModeratorListed(ModeratorOut):
    """An account in the list; one that was `removed`, then, has neither rights nor address."""

    removed = Time(allow_none=True)


class ModeratorsOut(Schema):
    """Who moderates a site, and who did until they were removed."""

    moderators = ma.fields.List(ma.fields.Nested(ModeratorListed))


class SessionIn(Schema):
    """Either the token of a one-time link, or e-mail and password."""

    site = ma.fields.String(load_default=None, validate=ma.validate.Length(max=32))
    token = ma.fields.String(load_default=None, validate=ma.validate.Length(max=200))
    email = Text(320, load_default=None)
    password = ma.fields.String(load_default=None, validate=ma.validate.Length(max=1000))

    @ma.validates_schema
    def _one_way(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["token"] is None and None in (data["site"], data["email"], data["password"]):
            raise ma.ValidationError("Give a token, or site, email and password.", "token")


class SessionOut(Schema):
    """Who is logged in where; `csrf` goes with each write as `Rejoinder-CSRF`.

    `old_password_needed` says whether a new password needs the old one. Without `has_password`
    there is no way back in but another link.
    """

    site = ma.fields.String()
    moderator = ma.fields.Nested(ModeratorOut)
    has_password = ma.fields.Boolean()
    csrf = ma.fields.String()
    old_password_needed = ma.fields.Boolean()


class PasswordIn(Schema):
    """A new password for one's own account, 10 to 1,000 characters long.

    `old_password` is needed where there is one, unless a one-time link began the session within the
    last quarter of an hour.
    """

    # By choice: tries are few (`throttle`), and the upper bound keeps a hash from taking long.
    password = ma.fields.String(required=True, validate=ma.validate.Length(min=10, max=1000))
    old_password = ma.fields.String(load_default=None, validate=ma.validate.Length(max=1000))


class MailChoiceIn(Schema):
    """Which mails a moderator wants: of what waits or of all, at once or at full hours."""

    wants = ma.fields.String(required=True, validate=ma.validate.OneOf(("never", "waiting", "all")))
    hours = ma.fields.List(
        ma.fields.Integer(strict=True, validate=ma.validate.Range(0, 23)),
        load_default=list,
        validate=ma.validate.Length(max=24),
        metadata={"description": "full hours; none: at once"},
    )
    zone = ma.fields.String(load_default="UTC", validate=ma.validate.Length(max=64))
    language = ma.fields.String(load_default="en", validate=ma.validate.Length(max=8))


class MailChoiceOut(Schema):
    """What they chose.

    Without `available` there is no mail server. `switched_off`: their address refused mail three
    times in a row; choosing again tries it again.
    """

    wants = ma.fields.String()
    hours = ma.fields.List(ma.fields.Integer())
    zone = ma.fields.String()
    language = ma.fields.String()
    languages = ma.fields.List(ma.fields.String())
    available = ma.fields.Boolean()
    switched_off = ma.fields.Boolean()


class ScoreIn(Schema):
    """Up to 1,000 texts to be scored; with `explain`, the words that made the scores too."""

    texts = ma.fields.List(
        ma.fields.String(validate=ma.validate.Length(max=50_000)),
        required=True,
        validate=ma.validate.Length(min=1, max=1000),
    )
    explain = Flag(load_default=False)


class ReadingOut(Schema):
    """What a second reader was asked: `fast` is what the scores were without it.

    If it `failed`, they still are. Only if an explanation was asked for there are `part`, the
    stretch of the text that it read, and `words`, those that mattered most to it: for the first ten
    texts of a call that it read, and null for the others.
    """

    model = ma.fields.String()
    fast = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())
    failed = ma.fields.Boolean()
    part = ma.fields.List(ma.fields.Integer(), allow_none=True)
    words = ma.fields.List(ma.fields.Nested(InfluenceOut), allow_none=True)


class PhraseOut(Schema):
    """A phrase that a signal rests on, in code points, and what it speaks of.

    `kind` is `plan`, `wish`, `despair`, `harm` (done to oneself) or `past`.
    """

    start = ma.fields.Integer()
    end = ma.fields.Integer()
    kind = ma.fields.String()


class SignalOut(Schema):
    """What a text says beside its scores: `self_harm`, that its author is in despair.

    It is not `acute` where all of it is over; `others` are threatened with harm too. It is found by
    phrases, in English only.
    """

    name = ma.fields.String()
    acute = ma.fields.Boolean()
    others = ma.fields.Boolean()
    phrases = ma.fields.List(ma.fields.Nested(PhraseOut))


class ScoreOut(Schema):
    """One text's scores.

    They are empty for a language that the model does not know; `spans` are there only if they were
    asked for, `reading` only where a second reader was asked, `signals` only where there are any.
    `model` names what the scores are of.
    """

    scores = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())
    language = ma.fields.String()
    model = ma.fields.String()
    spans = ma.fields.List(ma.fields.Nested(SpanOut))
    reading = ma.fields.Nested(ReadingOut)
    signals = ma.fields.List(ma.fields.Nested(SignalOut))

    @ma.post_dump
    def _without_what_is_not_there(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        if data["spans"] is None and data["reading"] is not None:
            del data["reading"]["part"], data["reading"]["words"]
        for name in ("spans", "reading", "signals"):
            if data[name] is None or (name == "signals" and not data[name]):
                del data[name]
        return data
