"""Cases, claims, decisions, batches, audit, events: what moderators send and see."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

import marshmallow as ma

from ..errors import RejoinderError
from ..records import LANES, Decision, Preview
from ..text import note
from .base import Flag, Note, PageQuery, Schema, Shown, Time, identifier
from .comments import AuthorOut, CommentCounted, ThreadOut

ACTIONS = ("approve", "reject", "escalate")
# By choice. A batch is one script for each comment, so its size bounds how long the answer takes;
# an excerpt only has to tell one comment from another.
MAX_REASON = 500
MAX_BATCH = 200
EXCERPT = 160


class ReasonOut(Schema):
    """Why a comment got its verdict: one rule that spoke.

    `attribute`, `threshold`, `score` and `detail` are null where the rule has none; `spans` are
    stretches of the author's text, as pairs of code points, the second exclusive. `part` says where
    it was found if not in the text: in the author's `name` or `website`, or the page's `title`.
    """

    rule = ma.fields.String()
    attribute = ma.fields.String(allow_none=True)
    threshold = ma.fields.Float(allow_none=True)
    score = ma.fields.Float(allow_none=True)
    detail = ma.fields.String(allow_none=True)
    spans = ma.fields.List(ma.fields.List(ma.fields.Integer()))
    part = ma.fields.String(allow_none=True)


class VerdictOut(Schema):
    """What the policy made of a comment, and why; `lane` is null if nothing was queued."""

    action = ma.fields.String()
    lane = ma.fields.String(allow_none=True)
    reasons = ma.fields.List(ma.fields.Nested(ReasonOut))


class SpanOut(Schema):
    """A stretch of the author's text, in code points, with what it adds to each logit."""

    start = ma.fields.Integer()
    end = ma.fields.Integer()
    contributions = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())


class InfluenceOut(Schema):
    """A word or short run of words, in code points, and what the second reader made of it.

    `changes` is how much higher each score is than if the reader had not seen it: above 0 it raises
    the score, below it lowers it.
    """

    start = ma.fields.Integer()
    end = ma.fields.Integer()
    changes = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())


class SecondReadingOut(Schema):
    """What the second reader changed about a comment's scores, worked out when it is asked for.

    `state` is `read`, or why there is nothing to tell: `not-asked`, `not-read`, `fast-alone`,
    `another-model`, `failed`, `not-scored`; `detail` says it in words, and `in_use` names the
    models of today. Where it was read, `fast` is what the scores were without it and `scores` what
    they are with it, `part` the stretch of the text that was read, and `words` what changed them
    most, in the order of the text: twelve at most.
    """

    state = ma.fields.String()
    detail = ma.fields.String()
    in_use = ma.fields.String()
    model = ma.fields.String(allow_none=True)
    fast = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())
    scores = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())
    part = ma.fields.List(ma.fields.Integer(), allow_none=True)
    words = ma.fields.List(ma.fields.Nested(InfluenceOut))


class SelfHarmOut(Schema):
    """What a text says of its author's own despair, found by phrases and by no score.

    `phrases` are stretches of the author's text, as two code points, the second exclusive, and what
    they speak of: `plan`, `wish`, `despair`, `harm` or `past`. It is not `acute` where all of it is
    over. `rest` has the scores of what the text says beside it, by which it is judged.
    """

    phrases = ma.fields.List(ma.fields.Raw(metadata={"type": "array"}))
    acute = ma.fields.Boolean()
    rest = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())


class CaseComment(CommentCounted):
    """A comment with all that the service knows of it; for moderators only."""

    edit_until = Time()
    expired = Time(
        allow_none=True, metadata={"description": "when it was erased, held or rejected for long"}
    )
    language = ma.fields.String(attribute="scored.language")
    scores = ma.fields.Dict(
        keys=ma.fields.String(), values=ma.fields.Float(), attribute="scored.scores"
    )
    model = ma.fields.String(attribute="scored.model")
    scoring_failed = ma.fields.Boolean(attribute="scored.failed")
    spans = ma.fields.List(ma.fields.Nested(SpanOut), attribute="scored.spans")
    self_harm = ma.fields.Nested(SelfHarmOut, attribute="scored.self_harm", allow_none=True)
    unexplained = ma.fields.String(
        attribute="scored.unexplained",
        allow_none=True,
        metadata={"description": "why there are no spans, if that is not known of itself"},
    )
    verdict = ma.fields.Nested(VerdictOut, allow_none=True)


class RecordOut(Schema):
    """How an author's comments and reports on this site ended.

    `approved` and `rejected` count comments by their last decision that stands, `published` what is
    visible now; `first_seen` is null for who has written nothing.
    """

    comments = ma.fields.Integer()
    approved = ma.fields.Integer()
    rejected = ma.fields.Integer()
    published = ma.fields.Integer()
    reports = ma.fields.Integer()
    reports_upheld = ma.fields.Integer()
    first_seen = Time(allow_none=True)


class ReportShown(Schema):
    """A reader's report; `weight` is 0.1 to 2 by how the reporter's earlier ones ended.

    It is less by what an earlier report from the same network weighs.
    """

    reason = ma.fields.String()
    note = Shown(note)
    created = Time()
    weight = ma.fields.Float()


class ClaimOut(Schema):
    """Who has a case leased, and until when; no `name` in the answer to a renewal."""

    moderator = ma.fields.String()
    name = ma.fields.String(metadata={"description": "the moderator's, where cases are shown"})
    until = Time()


class PriorityOut(Schema):
    """The worth of a review at the time of the answer: `total` is the sum of the `terms`."""

    total = ma.fields.Float()
    terms = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Float())


class ModeratorRef(Schema):
    """Who decided; where a program's key did, both fields are `key:` and the key's id."""

    id = ma.fields.String()
    name = ma.fields.String()


class DecisionOut(Schema):
    """What a moderator did to a case, and to which `version` of the comment.

    `action` is `undo` for the undoing of the decision that `undoes` names. `batch`, `undoes` and
    `undone_by` are null where there is none.
    """

    id = ma.fields.String()
    comment = ma.fields.String()
    action = ma.fields.String()
    moderator = ma.fields.Nested(ModeratorRef)
    reason = Shown(note)
    created = Time()
    version = ma.fields.Integer()
    status_before = ma.fields.String()
    status_after = ma.fields.String()
    batch = ma.fields.String(allow_none=True)
    undoes = ma.fields.String(allow_none=True)
    undone_by = ma.fields.String(allow_none=True)


class ContextOut(Schema):
    """What a comment answers, null for a top comment, and the shown ones beside it."""

    parent = ma.fields.Nested(CaseComment, allow_none=True)
    siblings = ma.fields.List(ma.fields.Nested(CaseComment))


class CaseOut(Schema):
    """A comment with all that speaks for and against it.

    One that is not queued has no `lanes`. `context` is there only where a single case is read;
    `claim` is null while nobody has the case.
    """

    comment = ma.fields.Nested(CaseComment)
    thread = ma.fields.Nested(ThreadOut)
    context = ma.fields.Nested(ContextOut)
    lanes = ma.fields.List(ma.fields.String())
    queued = Time(allow_none=True)
    priority = ma.fields.Nested(PriorityOut)
    author = ma.fields.Method("_author", metadata={"type": "object"})
    reports = ma.fields.List(ma.fields.Nested(ReportShown))
    claim = ma.fields.Nested(ClaimOut, allow_none=True)
    escalated = ma.fields.Boolean()
    decisions = ma.fields.List(ma.fields.Nested(DecisionOut))

    def _author(self, case: Mapping[str, Any]) -> Any:
        return _AUTHOR.dump(case["comment"].author) | {"record": _RECORD.dump(case["author"])}


_AUTHOR = AuthorOut()
_RECORD = RecordOut()


class QueueQuery(PageQuery):
    """Which page of the queue: without `lane`, of all of them."""

    lane = ma.fields.String(load_default=None, validate=ma.validate.OneOf(LANES))
    sort = ma.fields.String(
        load_default="priority", validate=ma.validate.OneOf(("priority", "newest", "oldest"))
    )
    grouped = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "leave out the cases for which one of `queue/groups` stands"},
    )


class QueuePageOut(Schema):
    """A page of the queue; `counts` are the cases that wait in each lane, and in `all`."""

    cases = ma.fields.List(ma.fields.Nested(CaseOut))
    next_cursor = ma.fields.String(allow_none=True)
    counts = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())


class ClaimIn(Schema):
    """How many of the next cases to lease, and from which lane; null is any."""

    limit = ma.fields.Integer(load_default=1, strict=True, validate=ma.validate.Range(1, 20))
    lane = ma.fields.String(load_default=None, allow_none=True, validate=ma.validate.OneOf(LANES))


class CasesOut(Schema):
    """The cases that were leased: fewer than asked for if no more are free."""

    cases = ma.fields.List(ma.fields.Nested(CaseOut))


class DecisionIn(Schema):
    """A decision about the version that was read; on another one it is refused (`changed`)."""

    action = ma.fields.String(required=True, validate=ma.validate.OneOf(ACTIONS))
    reason = Note(MAX_REASON, load_default="")
    version = ma.fields.Integer(
        required=True, strict=True, metadata={"description": "of the comment that was read"}
    )


class BatchItem(Schema):
    """A comment of a batch, in the version that was read."""

    id = identifier(required=True)
    version = ma.fields.Integer(required=True, strict=True)


class BatchIn(Schema):
    """One decision about up to 200 comments; with `preview` nothing is changed."""

    action = ma.fields.String(required=True, validate=ma.validate.OneOf(ACTIONS))
    reason = Note(MAX_REASON, load_default="")
    comments = ma.fields.List(
        ma.fields.Nested(BatchItem),
        required=True,
        validate=ma.validate.Length(min=1, max=MAX_BATCH),
    )
    preview = Flag(load_default=False)


class BatchError(Schema):
    """Why one comment of a batch was left as it is: a problem's `code` and `detail`."""

    code = ma.fields.String()
    detail = ma.fields.String()


class BatchResult(Schema):
    """What became of one comment of a batch, or would."""

    comment = ma.fields.String()
    ok = ma.fields.Boolean()
    status_before = ma.fields.String()
    status_after = ma.fields.String()
    decision = ma.fields.String()
    excerpt = ma.fields.String()
    error = ma.fields.Nested(BatchError)

    @ma.pre_dump
    def _read(
        self, result: tuple[str, Decision | Preview | RejoinderError], **kwargs: Any
    ) -> dict[str, Any]:
        comment, outcome = result
        if isinstance(outcome, RejoinderError):
            return {"comment": comment, "ok": False, "error": outcome}
        body: dict[str, Any] = {
            "comment": comment,
            "ok": True,
            "status_before": outcome.status_before,
            "status_after": outcome.status_after,
        }
        if isinstance(outcome, Preview):
            return body | {"excerpt": outcome.text[:EXCERPT]}
        return body | {"decision": outcome.id}


class BatchOut(Schema):
    """What became of each comment, in the order asked; `id` is null for a preview."""

    id = ma.fields.String(allow_none=True)
    preview = ma.fields.Boolean()
    results = ma.fields.List(ma.fields.Nested(BatchResult))
    judged_anew = ma.fields.Integer(
        metadata={"description": "undone: what came after a group's decision, and for its sake"}
    )


class AuditQuery(PageQuery):
    """Which page of the audit: of all of it, or by verb, by actor, before a time."""

    verb = ma.fields.String(
        load_default=None,
        validate=ma.validate.Regexp(r"[a-z-]{1,40}(,[a-z-]{1,40}){0,19}\Z"),
        metadata={"description": "verbs, by comma"},
    )
    actor = ma.fields.String(load_default=None, validate=ma.validate.Length(1, 100))
    before = ma.fields.AwareDateTime(
        load_default=None, default_timezone=UTC, metadata={"description": "RFC 3339"}
    )


class AuditEntryOut(Schema):
    """One change, by ids and salted hashes only: who (`actor`) did what (`verb`) to what."""

    id = ma.fields.String()
    at = Time()
    actor = ma.fields.String()
    verb = ma.fields.String()
    subject = ma.fields.String()
    detail = ma.fields.Dict()


class AuditPage(Schema):
    """A page of the audit, newest first; `next_cursor` is null on the last page."""

    entries = ma.fields.List(ma.fields.Nested(AuditEntryOut))
    next_cursor = ma.fields.String(allow_none=True)


class EventsQuery(Schema):
    """Live changes after the event with the id `after`; without it, the latest ones."""

    after = ma.fields.String(load_default=None, validate=ma.validate.Length(max=64))
    limit = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 500))


class EventOut(Schema):
    """One live change; what `data` holds follows from its `type`."""

    id = ma.fields.String()
    type = ma.fields.String()
    data = ma.fields.Dict()


class EventsPage(Schema):
    """Live changes, oldest first.

    `next` is what to send as `after` next time; null if the site has had none yet.
    """

    events = ma.fields.List(ma.fields.Nested(EventOut))
    next = ma.fields.String(allow_none=True)


class AuthorHistory(Schema):
    """An author's record and comments, newest first, for moderators."""

    author = ma.fields.Dict()
    comments = ma.fields.List(ma.fields.Nested(CaseComment))
    next_cursor = ma.fields.String(allow_none=True)


RECORD = RecordOut()
