"""A site's comments as a file: `rejoinder export` and `rejoinder import`.

The file is JSON lines. The first says what it is, `{"rejoinder": 1, "site": …}`; then each thread,
`{"thread": {…}}`, followed by its comments in the order of writing, `{"comment": {…}}`; last, what
holds for authors, `{"measure": {…}}`. Kept are ids, times, texts, authors, status, scores, verdicts
and measures, but not for which address they hold; not kept are votes, reports, decisions and
claims, which belong to people of that site.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, get_args

from marshmallow import EXCLUDE, Schema, ValidationError, fields, post_load, validate
from uuid_utils import uuid7

from . import text as texts
from . import urls
from .clock import now
from .errors import (
    AuthorNotFoundError,
    ConflictError,
    ExistsError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    NotPinnableError,
    ReservedNameError,
)
from .identifiers import NAME, UUID
from .json_text import write_json
from .names import is_reserved
from .policy import Policy
from .records import (
    LANES,
    STATUS_OF_ACTION,
    Author,
    AuthorRole,
    Comment,
    Measure,
    MeasureKind,
    Part,
    Premoderate,
    Reason,
    SelfHarm,
    Site,
    Status,
    StoredScores,
    Thread,
    Verdict,
)
from .schemas.comments import MAX_TEXT, MAX_THREAD_ID
from .schemas.threads import MAX_AUTHORS, MAX_SLOW
from .settings import SHIPPED_TRACKING
from .store import Store
from .submission import bring_in

FORMAT = 1
_ID = validate.Regexp(rf"^{UUID}\Z", error="not a UUID")
# To the largest integer that every JSON reader keeps exactly.
_TIME = validate.Range(0, 2**53)
# The lengths below are choices, wider than the API's: lowering those must refuse no older file.


@dataclass
class Tally:
    """What an import did; `refused` says, for each line that was left out, why.

    `measures` are those that hold here now and did not before.

    Of `threads`, those are left out whose comments here are in other threads already.
    """

    threads: int
    comments: int
    present: int
    refused: list[str]
    measures: int = 0


class _Part(Schema):
    class Meta:
        unknown = EXCLUDE


class _AuthorSchema(_Part):
    id = fields.String(required=True, validate=validate.Regexp(rf"^{NAME}\Z"))
    kind = fields.String(required=True, validate=validate.OneOf(["anonymous", "sso", "key"]))
    name = fields.String(load_default="", validate=validate.Length(max=200))
    website = fields.String(load_default="", validate=validate.Length(max=2_000))
    role = fields.String(load_default="reader", validate=validate.OneOf(get_args(AuthorRole)))


class _SelfHarmSchema(_Part):
    phrases = fields.List(
        fields.Tuple((fields.Integer(), fields.Integer(), fields.String())), required=True
    )
    acute = fields.Boolean(load_default=True)
    rest = fields.Dict(
        fields.String(), fields.Float(validate=validate.Range(0, 1)), load_default=dict
    )

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> SelfHarm:
        return SelfHarm(**data | {"phrases": tuple(data["phrases"])})


class _ScoredSchema(_Part):
    scores = fields.Dict(
        fields.String(), fields.Float(validate=validate.Range(0, 1)), required=True
    )
    language = fields.String(required=True)
    model = fields.String(required=True)
    failed = fields.Boolean(load_default=False)
    self_harm = fields.Nested(_SelfHarmSchema, allow_none=True, load_default=None)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> StoredScores:
        return StoredScores(**data)


class _ReasonSchema(_Part):
    rule = fields.String(required=True)
    attribute = fields.String(allow_none=True)
    threshold = fields.Float(allow_none=True)
    score = fields.Float(allow_none=True)
    detail = fields.String(allow_none=True)
    part = fields.String(
        allow_none=True, load_default=None, validate=validate.OneOf(get_args(Part))
    )


class _VerdictSchema(_Part):
    action = fields.String(required=True, validate=validate.OneOf(list(STATUS_OF_ACTION)))
    lane = fields.String(allow_none=True, load_default=None, validate=validate.OneOf(LANES))
    reasons = fields.List(fields.Nested(_ReasonSchema), load_default=list)

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Verdict:
        reasons = tuple(Reason(**reason) for reason in data.pop("reasons"))
        return Verdict(reasons=reasons, **data)


class _ThreadSchema(_Part):
    id = fields.String(load_default="", validate=validate.Regexp(r"^([0-9a-f]{32})?\Z"))
    own_id = fields.String(load_default=None, validate=validate.Length(1, MAX_THREAD_ID))
    named = fields.Boolean(load_default=None)
    url = fields.String(required=True, validate=validate.Length(1, urls.MAX_URL))
    title = fields.String(load_default="", validate=validate.Length(max=500))
    created = fields.Integer(required=True, strict=True, validate=_TIME)
    closed = fields.Boolean(load_default=False)
    hidden = fields.Boolean(load_default=False)
    premoderate = fields.String(
        allow_none=True, load_default=None, validate=validate.OneOf(get_args(Premoderate))
    )
    slow_seconds = fields.Integer(load_default=0, strict=True, validate=validate.Range(0, MAX_SLOW))
    pinned = fields.String(allow_none=True, load_default=None, validate=_ID)
    authors = fields.List(
        fields.String(validate=validate.Regexp(rf"^{NAME}\Z")),
        load_default=list,
        validate=validate.Length(max=MAX_AUTHORS),
    )


class _CommentSchema(_Part):
    id = fields.String(required=True, validate=_ID)
    parent = fields.String(allow_none=True, load_default=None, validate=_ID)
    status = fields.String(required=True, validate=validate.OneOf(get_args(Status)))
    text = fields.String(required=True, validate=validate.Length(max=MAX_TEXT))
    author = fields.Nested(_AuthorSchema, required=True)
    created = fields.Integer(required=True, strict=True, validate=_TIME)
    edited = fields.Integer(allow_none=True, load_default=None, strict=True, validate=_TIME)
    expired = fields.Integer(allow_none=True, load_default=None, strict=True, validate=_TIME)
    version = fields.Integer(load_default=1, strict=True, validate=validate.Range(1, 10**6))
    scored = fields.Nested(_ScoredSchema, allow_none=True, load_default=None)
    verdict = fields.Nested(_VerdictSchema, allow_none=True, load_default=None)


class _MeasureSchema(_Part):
    author = fields.String(required=True, validate=validate.Regexp(rf"^{NAME}\Z"))
    kind = fields.String(required=True, validate=validate.OneOf(get_args(MeasureKind)))
    until = fields.Integer(allow_none=True, load_default=None, strict=True, validate=_TIME)
    reason = fields.String(load_default="", validate=validate.Length(max=1_000))
    note = fields.String(load_default="", validate=validate.Length(max=1_000))


_THREAD, _COMMENT, _MEASURE = _ThreadSchema(), _CommentSchema(), _MeasureSchema()
_SETTINGS = ("closed", "hidden", "premoderate", "slow_seconds", "pinned", "authors")


def export_lines(
    store: Store, site: Site, *, tracking: Sequence[str] = SHIPPED_TRACKING
) -> Iterator[str]:
    """Give the lines of a site's file, without line ends."""
    yield write_json({"rejoinder": FORMAT, "site": site.slug, "name": site.name})
    for thread in store.export.threads(site.slug):
        named = thread.id not in urls.ids_of_address(thread.url, tracking=tracking)
        yield write_json({"thread": _THREAD.dump(thread) | {"named": named}})
        for comment in store.export.comments(site.slug, thread.id):
            yield write_json({"comment": _COMMENT.dump(asdict(comment))})
    for measure in store.measures.holding(site.slug, now=now()):
        yield write_json({"measure": _MEASURE.dump(measure)})


def import_lines(
    store: Store,
    site: Site,
    lines: Iterable[str],
    *,
    dry_run: bool,
    keep_ids: bool = False,
    keep_names: bool = False,
    tracking: Sequence[str] = SHIPPED_TRACKING,
) -> Tally:
    """Write the comments of a file into a site; what is there already stays as it is.

    Each comment is written as any other, with its own id and times; its text is rendered anew. A
    line that cannot be used is left out and named. A thread gets the id that its address makes,
    unless the file says that the site gave it one; where the file does not say and the id is of
    neither, the thread is left out, or keeps its id with `keep_ids`. A comment under a name that is
    reserved here is left out, unless the file says that the site's staff wrote it; with
    `keep_names` it is taken as it is.

    Raises `InvalidError` if this is not such a file, `UnavailableError`.
    """
    tally = Tally(threads=0, comments=0, present=0, refused=[])
    policy = Policy.from_json(site.policy)
    max_depth = policy.max_depth
    staff = (m.name for m in store.accounts.list(site.slug) if m.removed is None and m.name)
    reserved = () if keep_names else (*staff, *policy.reserved_names)
    thread: Thread | None = None
    used: set[str] = set()
    elsewhere: set[str] = set()
    settings: dict[str, dict[str, Any]] = {}
    authors: set[str] = set()
    deleted: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            kind, data = _read(line, number)
            if kind == "thread":
                thread = None
                read = _thread(_THREAD.load(data), keep_ids=keep_ids, tracking=tracking)
                if not urls.belongs(read.url, site.origins):
                    raise InvalidError(f"{read.url} is on none of the site's origins")
                thread = read
                tally.threads += 1
                own = {name: getattr(thread, name) for name in _SETTINGS}
                settings.setdefault(thread.id, {}).update(
                    (name, value) for name, value in own.items() if value
                )
                thread = replace(thread, closed=False)
            elif kind == "comment":
                if thread is None:
                    raise InvalidError("its thread was left out")
                comment = _comment(site.slug, thread, _COMMENT.load(data))
                if not comment.author.is_staff and is_reserved(comment.author.name, reserved):
                    _must_be_new(store, comment)
                    raise ReservedNameError(
                        f"the name {comment.author.name!r} is reserved on this site: say with "
                        '"role" that its staff wrote it, or import with --keep-names'
                    )
                if dry_run:
                    _must_be_new(store, comment)
                else:
                    bring_in(store, comment, thread, max_depth=max_depth, tracking=tracking)
                used.add(thread.id)
                authors.add(comment.author.id)
                tally.comments += 1
                if data["status"] == "deleted":
                    deleted.append(comment.id)
            elif kind == "measure":
                tally.measures += _bring_in_measure(
                    store, site.slug, _MEASURE.load(data), authors, dry_run=dry_run
                )
        except ConflictError as error:
            if error.code == "exists" and thread is not None:
                other = _other_thread(store, site.slug, thread, data["id"])
                if other is None:
                    used.add(thread.id)
                    tally.present += 1
                else:
                    elsewhere.add(thread.id)
                    tally.refused.append(
                        f"line {number}: the comment is in the thread of {other} already; to move "
                        f"that: rejoinder thread move {other} {thread.url} --site {site.slug}"
                    )
            else:
                tally.refused.append(f"line {number}: {error.detail}")
        except NotFoundError:
            tally.refused.append(f"line {number}: there is nothing of its author here")
        except ForbiddenError as error:
            tally.refused.append(f"line {number}: {error.detail}")
        except ValidationError as error:
            tally.refused.append(f"line {number}: {_explain(error.messages)}")
        except InvalidError as error:
            if number == 1:
                raise
            tally.refused.append(f"line {number}: {error.detail}")
    tally.threads -= len(elsewhere - used)
    if not dry_run:
        for comment_id in deleted:
            stored = store.comments.get(site.slug, comment_id)
            store.comments.delete(
                site.slug, comment_id, actor="import", by_author=False, now=stored.created
            )
        for thread_id, own in settings.items():
            _set(store, site.slug, thread_id, own)
    return tally


def _set(store: Store, site: str, thread_id: str, own: Mapping[str, Any]) -> None:
    """Set what the file says was set for a thread, as far as its comments are here."""
    if not own:
        return
    try:
        store.threads.change(site, thread_id, own, actor="import", now=now())
    except NotPinnableError:
        _set(store, site, thread_id, {name: own[name] for name in own if name != "pinned"})
    except NotFoundError:  # none of its comments could be used
        return


def _read(line: str, number: int) -> tuple[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise InvalidError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise InvalidError("not a JSON object")
    if number == 1:
        if value.get("rejoinder") != FORMAT:
            raise InvalidError(f"this is no export of Rejoinder in format {FORMAT}")
        return "head", value
    for kind in ("thread", "comment", "measure"):
        if isinstance(value.get(kind), dict):
            return kind, value[kind]
    raise InvalidError("neither a thread nor a comment nor a measure")


def _bring_in_measure(
    store: Store, site: str, data: Mapping[str, Any], authors: Collection[str], *, dry_run: bool
) -> bool:
    """Let a measure hold here too, unless it is over, or one holds for its author already.

    `authors` are those whose comments would be here by now, were it no dry run.

    Raises `AuthorNotFoundError`, `OwnMeasureError`, `LastOwnerError`.
    """
    at = now()
    over = data["until"] is not None and data["until"] <= at
    if over or store.measures.standing(site, data["author"], now=at) is not None:
        return False
    if not dry_run:
        made = Measure(id=str(uuid7()), moderator="import", created=at, **data)
        store.measures.set(site, made, now=at)
    elif not (
        data["author"] in authors or store.comments.author_record(site, data["author"]).is_known
    ):
        raise AuthorNotFoundError
    return True


def _thread(data: Mapping[str, Any], *, keep_ids: bool, tracking: Sequence[str]) -> Thread:
    """Give the thread of a line, with the id that it has here."""
    url = data["url"]
    given, named = data["id"], data["named"]
    made = urls.thread_id(data["own_id"], url, tracking=tracking)
    if data["own_id"] is not None or not given or named is False:
        thread_id = made
    elif named or keep_ids:
        thread_id = given
    elif given in urls.ids_of_address(url, tracking=tracking):
        thread_id = made
    else:
        raise InvalidError(
            f"the id of {url} is not the one of this address: if the page moved, leave the id "
            "out; if it is one of the site's own, import with --keep-ids"
        )
    return Thread(
        id=thread_id,
        url=urls.public(url, tracking=tracking),
        title=texts.line(data["title"]),
        created=data["created"],
        closed=data["closed"],
        hidden=data["hidden"],
        premoderate=data["premoderate"],
        slow_seconds=data["slow_seconds"],
        pinned=data["pinned"],
        authors=tuple(data["authors"]),
    )


def _comment(site: str, thread: Thread, data: Mapping[str, Any]) -> Comment:
    gone = data["status"] == "deleted"
    # What was taken in once is not refused now for showing nothing.
    text = texts.clean(data["text"], limit=MAX_TEXT, where="/text", empty=True, indented=True)
    verdict = data["verdict"]
    status = "rejected" if gone else data["status"]
    if gone or verdict is None or verdict.status != status:
        # Decided by a person, or not known: out of the queue, but for what still waits.
        action = {"published": "publish", "held": "hold", "rejected": "reject"}[status]
        lane = "uncertain" if status == "held" else None
        verdict = Verdict(action=action, reasons=(Reason(rule="imported"),), lane=lane)  # type: ignore[arg-type]
    return Comment(
        id=data["id"],
        site=site,
        thread=thread.id,
        parent=data["parent"],
        status=status,  # type: ignore[arg-type]
        text=text,
        html=texts.render(text).html,
        author=Author(**data["author"] | {"name": texts.line(data["author"]["name"])}),
        created=data["created"],
        edited=data["edited"],
        version=data["version"],
        edit_until=data["created"],
        scored=data["scored"],
        verdict=verdict,
    )


def _must_be_new(store: Store, comment: Comment) -> None:
    with suppress(NotFoundError):
        store.comments.get(comment.site, comment.id)
        raise ExistsError("it is there already")


def _other_thread(store: Store, site: str, thread: Thread, comment_id: str) -> str | None:
    """Give the address of the thread in which a comment is, if it is another than this one."""
    stored = store.comments.get(site, comment_id).thread
    if stored == thread.id:
        return None
    try:
        return store.threads.get(site, stored).url
    except NotFoundError:  # moved meanwhile
        return stored


def _explain(messages: Any, path: str = "") -> str:
    if isinstance(messages, dict):
        return "; ".join(_explain(inner, f"{path}/{name}") for name, inner in messages.items())
    return f"{path or '/'}: {' '.join(map(str, messages))}"
