"""Comments, threads, votes, reports: what readers and authors send and see."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

import marshmallow as ma

from ..json_text import write_json
from ..records import AuthorRole, Comment
from ..text import note
from ..visible import escaped
from .base import (
    Email,
    Line,
    Note,
    PageQuery,
    Schema,
    Shown,
    Text,
    Time,
    Url,
    Website,
    extended,
    identifier,
)

# Characters, by choice: they bound what one request may store. For texts a site's policy has a
# limit of its own, 5,000 unless it says otherwise.
MAX_TEXT = 50_000
MAX_TITLE = 300
MAX_NAME = 80
MAX_WEBSITE = 300
MAX_NOTE = 500
MAX_THREAD_ID = 200
MAX_NUDGE = 200
REPORT_REASONS = ("abuse", "hate", "spam", "off-topic", "other")


class ThreadRef(Schema):
    """Which page: by its URL, or by an id of the site's own, which then wins."""

    url = Url(required=True, empty=False)
    title = Line(MAX_TITLE, load_default="")
    id = Text(MAX_THREAD_ID, load_default=None, allow_none=True)


class AuthorIn(Schema):
    """What an author wants to be shown with a comment; each may be left out.

    `email` is not shown: it is where they are told of answers, once they have confirmed it.

    Only who posts for the site may give a `role`: by the scope `staff`, or as a moderator. Without
    one it is their own, of such a key `moderator`; what is given the role `reader` is judged as
    what readers write.
    """

    name = Line(MAX_NAME, load_default="")
    website = Website(MAX_WEBSITE, load_default="")
    email = Email(load_default="")
    role = ma.fields.String(load_default=None, validate=ma.validate.OneOf(get_args(AuthorRole)))


class CommentIn(Schema):
    """A new comment or, with `parent`, a reply; without `author` it has no name.

    A reply needs no `thread`: it is its parent's.
    """

    thread = ma.fields.Nested(ThreadRef, load_default=None)
    parent = identifier(load_default=None, allow_none=True)
    text = Text(MAX_TEXT, empty=False, indented=True, required=True)
    author = ma.fields.Nested(AuthorIn, load_default=lambda: AuthorIn().load({}))
    nudge = ma.fields.String(
        load_default=None,
        validate=ma.validate.Length(1, MAX_NUDGE),
        metadata={
            "description": "`ask`: rather than to store what may hurt somebody, show it to the "
            "author once (422 `nudge`); then the `token` of that answer"
        },
    )

    @ma.validates_schema
    def _somewhere(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["thread"] is None and data["parent"] is None:
            raise ma.ValidationError("Missing data for required field.", "thread")


class CommentEdit(Schema):
    """An author's or a moderator's new text.

    With `version`, a comment that has another one by now is not changed (`changed`).
    """

    text = Text(MAX_TEXT, empty=False, indented=True, required=True)
    version = ma.fields.Integer(
        strict=True, load_default=None, metadata={"description": "the version that was read"}
    )


class AuthorOut(Schema):
    """Who wrote a comment, as everybody may see it; no `website` if none was given.

    `role` is what they were when they wrote it: `owner` and `moderator` are the site's staff,
    `author` wrote the page, and everybody else is a `reader`.
    """

    id = ma.fields.String()
    name = Shown()
    website = Shown(escaped)
    kind = ma.fields.String(validate=ma.validate.OneOf(("anonymous", "sso", "key")))
    role = ma.fields.String(validate=ma.validate.OneOf(get_args(AuthorRole)))

    @ma.post_dump
    def _drop_empty(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        if not data["website"]:
            del data["website"]
        return data


class CommentOut(Schema):
    """A comment as everybody may see it."""

    id = ma.fields.String(metadata={"format": "uuid"})
    thread = ma.fields.String()
    parent = ma.fields.String(allow_none=True)
    status = ma.fields.String()
    text = ma.fields.String()
    html = ma.fields.String()
    author = ma.fields.Nested(AuthorOut)
    created = Time()
    edited = Time(allow_none=True)
    version = ma.fields.Integer()


class CommentCounted(CommentOut):
    """A comment with its votes and the number of its visible replies."""

    votes = ma.fields.Method("_votes", metadata={"type": "object"})
    reply_count = ma.fields.Integer()

    def _votes(self, comment: Comment) -> dict[str, int]:
        return {"up": comment.up, "down": comment.down}


class HelpLink(Schema):
    """Where help is found: a directory of help lines, or a line's own page."""

    title = Line(MAX_NAME, required=True, empty=False)
    url = Url(required=True, empty=False)


class HelpOut(Schema):
    """What somebody in despair is told and where help is found, for the author's eyes only.

    `own` says whether the site wrote the text itself; else it is the service's, in English.
    """

    text = Shown(note)
    links = ma.fields.List(ma.fields.Nested(HelpLink))
    own = ma.fields.Boolean()


class CommentMade(CommentOut):
    """What the author gets for a new or edited comment: never scores or rules.

    `help` is there only where the text speaks of its author's own despair.
    """

    edit_until = Time()
    edit_token = ma.fields.String()
    notice = Shown(note)
    help = ma.fields.Nested(HelpOut)


class OwnComment(CommentOut):
    """An author's own comment that others do not see.

    `notice` is left out if the site has no words for its status.
    """

    edit_until = Time()
    notice = Shown(note)


class OwnCommentCounted(CommentCounted, OwnComment):
    """The same with its votes and replies, which it may have from when others saw it."""

    def _votes(self, comment: Any) -> dict[str, int]:
        return {"up": comment["up"], "down": comment["down"]}


class Tombstone(Schema):
    """What is shown of a comment that was deleted: neither text nor author."""

    id = ma.fields.String()
    parent = ma.fields.String(allow_none=True)
    status = ma.fields.String()


class AuthorToken(Schema):
    """A new anonymous author; the token is sent as `Rejoinder-Author` from then on."""

    id = ma.fields.String()
    token = ma.fields.String()


class GuestLoginIn(Schema):
    """Whose address a link to log in is asked for."""

    email = Email(required=True, validate=ma.validate.Length(min=1))


class GuestLoginOut(Schema):
    """A mail is on its way if an author confirmed the address; its link is good for `minutes`."""

    minutes = ma.fields.Integer()


class GuestCodeIn(GuestLoginIn):
    """The code that the link's page shows; spaces and the like do not matter."""

    code = Line(40, required=True)


class GuestAuthor(AuthorToken):
    """The author whose address it is, and how they signed their last comment."""

    name = ma.fields.String()
    website = ma.fields.String()


class AuthorMail(Schema):
    """Whether an author is told of answers by mail.

    `state` is `on`, `asked` (the address is not confirmed yet) or `none`. The address is not given.
    """

    state = ma.fields.String(validate=ma.validate.OneOf(("on", "asked", "none")))


class ThreadQuery(PageQuery):
    """Which thread, and which page of it: one of `url` and `id` is needed, `id` wins."""

    url = Url(load_default="")
    id = Text(MAX_THREAD_ID, load_default=None)
    sort = ma.fields.String(
        load_default="newest", validate=ma.validate.OneOf(("newest", "oldest", "top"))
    )


class ThreadPageQuery(ThreadQuery):
    """Which page, or with `around` what leads to one comment, whatever page it is on.

    That is its top comment, with only the way down to it and its first replies; no comment if it is
    not shown in this thread.
    """

    around = identifier(load_default=None)


class ThreadOut(Schema):
    """The discussion of one page.

    `count` is its published comments, replies included. A thread that nobody has written in has the
    version 0; it rises with each visible change.
    """

    id = ma.fields.String()
    url = ma.fields.String()
    title = Shown()
    count = ma.fields.Integer()
    closed = ma.fields.Boolean()
    version = ma.fields.Integer()


class ThreadOnPage(ThreadOut):
    """The same as readers see it.

    `hidden` is there, and true, where moderators show its comments to nobody: it is empty and
    closed. `slow_seconds` is there where an author must let some pass between two comments;
    `pinned` where a comment stands before all others, on the first page and on no other.
    """

    hidden = ma.fields.Boolean()
    slow_seconds = ma.fields.Integer()
    pinned = ma.fields.String()


class CommentInThread(CommentCounted):
    """A comment on a thread's page with the first of its replies, oldest first.

    `replies_cursor` is null when all of them are there. One that is hidden but has visible replies
    is sent without text, author and times.
    """

    replies = ma.fields.List(ma.fields.Nested(lambda: CommentInThread()))
    replies_cursor = ma.fields.String(allow_none=True)


class ThreadPage(Schema):
    """A page of a thread: top comments in the order asked for; the last has no `next_cursor`.

    On the first page the pinned one comes before them, beyond `limit`.
    """

    thread = ma.fields.Nested(ThreadOnPage)
    comments = ma.fields.List(ma.fields.Nested(CommentInThread))
    next_cursor = ma.fields.String(allow_none=True)


class RepliesPage(Schema):
    """More replies to one comment, oldest first; `next_cursor` is null on the last page."""

    comments = ma.fields.List(ma.fields.Nested(CommentInThread))
    next_cursor = ma.fields.String(allow_none=True)


class StandingOut(Schema):
    """What an author is told that moderators set for them; `until` is null without an end.

    `code` and `detail` are as in the problem that answers who is `barred` from writing; who is
    under review has the code `author-review`.
    """

    kind = ma.fields.String()
    until = Time(allow_none=True)
    reason = Shown(note)
    code = ma.fields.String()
    detail = ma.fields.String()
    barred = ma.fields.Boolean()


class Mine(Schema):
    """An author's own part in a thread.

    `votes` maps comments' ids to 1 or -1; `comments` are the held and rejected ones, oldest first.
    `measure` is what moderators set for the author, left out if nothing holds them back.
    """

    votes = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    comments = ma.fields.List(ma.fields.Nested(OwnComment))
    measure = ma.fields.Nested(StandingOut)


class LatestQuery(Schema):
    """How many of the latest comments."""

    limit = ma.fields.Integer(load_default=10, validate=ma.validate.Range(1, 50))


class PageRef(Schema):
    """The page that a comment is on."""

    url = ma.fields.String()
    title = Shown()


class LatestComment(CommentOut):
    """One of a site's latest comments; `link` leads to it on its page.

    `excerpt` is how it begins, without markup.
    """

    page = ma.fields.Nested(PageRef)
    excerpt = ma.fields.String()
    link = ma.fields.String()


class LatestOut(Schema):
    """A site's latest published comments, on whichever page, newest first."""

    comments = ma.fields.List(ma.fields.Nested(LatestComment))


class FeedQuery(Schema):
    """Which thread: by its page's URL, or by the site's own id for it, which wins."""

    url = Url(load_default="")
    id = Text(MAX_THREAD_ID, load_default=None)


class FeedKeyQuery(Schema):
    """The secret part of the address of the queue's feed."""

    key = ma.fields.String(required=True, validate=ma.validate.Length(max=200))


class FeedOut(Schema):
    """The secret address of one's own feed of the queue; whoever has it reads the queue."""

    url = ma.fields.String(metadata={"description": "shown once"})


class VoteIn(Schema):
    """A vote up (1) or down (-1) in place of the author's earlier one; 0 takes it back."""

    value = ma.fields.Integer(required=True, strict=True, validate=ma.validate.OneOf((-1, 0, 1)))


class VotesOut(Schema):
    """The votes of a comment, with the one that was just cast."""

    up = ma.fields.Integer()
    down = ma.fields.Integer()


class ReportIn(Schema):
    """A reader's report; the note is for moderators only and may be left out."""

    reason = ma.fields.String(required=True, validate=ma.validate.OneOf(REPORT_REASONS))
    note = Note(MAX_NOTE, load_default="")


class ReportOut(Schema):
    """How many readers have reported the comment by now; it stops at a hundred."""

    reports = ma.fields.Integer()


MAX_COUNTS, MAX_COUNTS_QUERY = 100, 10


class CountsIn(Schema):
    """What is to be counted: pages by URL, threads by the site's own ids; up to 100 in all."""

    urls = ma.fields.List(
        Url(empty=False), load_default=list, validate=ma.validate.Length(max=MAX_COUNTS)
    )
    ids = ma.fields.List(
        Text(MAX_THREAD_ID, empty=False),
        load_default=list,
        validate=ma.validate.Length(max=MAX_COUNTS),
    )

    @ma.validates_schema
    def _bound(self, data: dict[str, Any], **kwargs: Any) -> None:
        _check_number("urls", [*data["urls"], *data["ids"]], MAX_COUNTS)


class CountsQuery(Schema):
    """The same for up to 10, as `url` and `id` repeated."""

    url = ma.fields.List(
        Url(empty=False), load_default=list, validate=ma.validate.Length(max=MAX_COUNTS_QUERY)
    )
    id = ma.fields.List(
        Text(MAX_THREAD_ID, empty=False),
        load_default=list,
        validate=ma.validate.Length(max=MAX_COUNTS_QUERY),
    )

    @ma.validates_schema
    def _bound(self, data: dict[str, Any], **kwargs: Any) -> None:
        _check_number("url", [*data["url"], *data["id"]], MAX_COUNTS_QUERY)


class CountsOut(Schema):
    """Each URL as it was given, and its published comments; 0 where nobody wrote yet.

    `ids` has the same for the ids, if any were given.
    """

    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    ids = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())


def _check_number(where: str, given: list[str], most: int) -> None:
    if not 1 <= len(given) <= most:
        raise ma.ValidationError(f"Length must be between 1 and {most}.", where)


_COMMENT = CommentOut()
_MADE = CommentMade()
_HELP = HelpOut()


def fragment(comment: Comment) -> bytes:
    """Write a comment's public JSON, as the store keeps it ready for pages.

    It reaches a page only while it is published, and an approval does not write it again.
    """
    return write_json(_COMMENT.dump(comment) | {"status": "published"}).encode()


def written(
    comment: Comment,
    *,
    edit_token: str,
    notice: str | None,
    help_offered: Mapping[str, Any] | None = None,
) -> tuple[bytes, bytes]:
    """Write a comment's public JSON, as `fragment`, and the answer to who wrote or edited it."""
    body = _MADE.dump(comment) | {"edit_token": edit_token}
    public = {name: body[name] for name in _COMMENT.fields} | {"status": "published"}
    if notice:
        body["notice"] = notice
    if help_offered:
        body["help"] = _HELP.dump(help_offered)
    return write_json(public).encode(), write_json(body).encode()


def without_edit_token(body: bytes) -> bytes:
    """Give the answer that `written` wrote without the right to edit the comment."""
    found = json.loads(body)
    del found["edit_token"]
    return write_json(found).encode()


def with_notice(comment: Comment, notice: str | None) -> dict[str, Any]:
    """Give what `OwnComment` shows: the comment with the site's words for its status, if any."""
    return extended(comment, notice=notice) if notice else extended(comment)
