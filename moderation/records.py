"""The plain values that the parts of the service hand each other.

Times are integers: milliseconds since the epoch, UTC. Ids of comments, decisions, batches and
moderators are UUIDv7 as text; a thread's is derived from what identifies the thread
(`urls.thread_id`), a site's is its slug, a credential's 12 random characters (`tokens`). Authors'
are what their token, their program or an import says (`identifiers.NAME`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["published", "held", "rejected", "deleted"]
Part = Literal["name", "website", "title"]
Action = Literal["publish", "flag", "hold", "reject"]
Role = Literal["owner", "admin", "moderator", "client"]
AuthorRole = Literal["reader", "author", "moderator", "owner"]
DecisionAction = Literal["approve", "reject", "escalate"]
Lane = Literal[
    "self-harm",
    "escalated",
    "harmful",
    "uncertain",
    "reported",
    "rejected",
    "audit",
    "language",
    "spam",
]
Sort = Literal["newest", "oldest", "top"]
ThreadSort = Literal["active", "comments", "waiting"]
ThreadState = Literal["open", "closed", "hidden"]
QueueSort = Literal["priority", "newest", "oldest"]
MeasureKind = Literal["trust", "review", "suspend", "ban"]
Premoderate = Literal["none", "first", "links", "all"]

LANES: tuple[Lane, ...] = (
    "self-harm",
    "escalated",
    "harmful",
    "uncertain",
    "reported",
    "rejected",
    "audit",
    "language",
    "spam",
)

STAFF: frozenset[AuthorRole] = frozenset({"moderator", "owner"})

STATUS_OF_ACTION: Mapping[Action, Status] = {
    "publish": "published",
    "flag": "published",
    "hold": "held",
    "reject": "rejected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One tenant. `policy` is checked by `schemas.sites.PolicySchema`, read by `policy.Policy`."""

    slug: str
    name: str
    origins: tuple[str, ...]
    policy: Mapping[str, Any]
    created: int
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A key or session as stored: never the secret, only its SHA-256 (hex).

    A session's `name` is how it began: `link` or `password`; empty if that was before this was
    noted.
    """

    site: str
    id: str
    kind: Literal["key", "session", "login", "feed"]
    secret_hash: str
    role: Role
    scopes: tuple[str, ...] = ()
    moderator: str | None = None
    name: str = ""
    created: int = 0
    expires: int | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderator:
    """A person who decides. Accounts are per site; `email` is unique within one.

    One that was removed has the time of it, no e-mail address and no rights.
    """

    site: str
    id: str
    email: str
    name: str
    role: Role
    created: int
    password_hash: str | None = None
    removed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote a comment. `id` is stable per browser (signed token), SSO user or key.

    `role` is what they were to the site, or to the page, when they wrote it.
    """

    id: str
    kind: Literal["anonymous", "sso", "key"]
    name: str = ""
    website: str = ""
    role: AuthorRole = "reader"

    @property
    def is_staff(self) -> bool:
        """Whether they speak for the site; the author of its page does not."""
        return self.role in STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorRecord:
    """What is known of an author on a site: how their comments and reports ended."""

    id: str
    comments: int = 0
    approved: int = 0
    rejected: int = 0
    published: int = 0
    reports: int = 0
    reports_upheld: int = 0
    first_seen: int | None = None

    @property
    def is_known(self) -> bool:
        """Whether they ever wrote or reported anything."""
        return self.first_seen is not None or self.comments > 0 or self.reports > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for an author now, by the measure `id`; `until` None is without an end."""

    id: str
    kind: MeasureKind
    until: int | None = None
    reason: str = ""

    @property
    def is_barred(self) -> bool:
        """Whether they may not write."""
        return self.kind in ("suspend", "ban")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a moderator set for an author: the author reads `reason`, moderators alone `note`.

    `place` is the hash of an address for which it holds too; `batch` the rejections that came with
    it; `replaces` what held before, by its id.
    """

    id: str
    author: str
    kind: MeasureKind
    moderator: str
    created: int
    until: int | None = None
    reason: str = ""
    note: str = ""
    place: str | None = None
    batch: str | None = None
    replaces: tuple[str, ...] = ()
    undone: int | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """The discussion of one page. `count` is published comments, replies included.

    `premoderate` is its own, None as the site has it; `slow_seconds` pass between two comments of
    one author; `authors` are those who wrote the page; `last` is when somebody wrote last.
    """

    id: str
    url: str
    title: str
    created: int
    closed: bool = False
    count: int = 0
    version: int = 0
    premoderate: Premoderate | None = None
    slow_seconds: int = 0
    hidden: bool = False
    pinned: str | None = None
    authors: tuple[str, ...] = ()
    last: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why, in data. `rule` names a row of the policy's table; the rest is there if it applies.

    `part` is what stands beside the text: its author's `name` or `website`, its page's `title`;
    None is the text itself.
    """

    rule: str
    attribute: str | None = None
    threshold: float | None = None
    score: float | None = None
    detail: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    part: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the policy made of scores and rules; `lane` is None when nothing is queued."""

    action: Action
    reasons: tuple[Reason, ...]
    lane: Lane | None = None

    @property
    def status(self) -> Status:
        """The status that it gives a comment."""
        return STATUS_OF_ACTION[self.action]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfHarm:
    """What a text says of its author's own despair, as `classifiers.despair` finds it.

    `phrases` are stretches of the text in code points, each with its kind; `acute` is false where
    all of them speak of what is over. `rest` has the scores of what the text says beside it, for
    the attributes that such words may raise.
    """

    phrases: tuple[tuple[int, int, str], ...]
    acute: bool = True
    rest: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScores:
    """One text's scores as stored with a comment; `scores` is empty if it could not be scored.

    `spans` are the words that they come from: stored by releases up to 0.1, and made when somebody
    asks since then; `unexplained` says why there are none, and is never stored.
    """

    scores: Mapping[str, float]
    language: str
    model: str
    spans: tuple[Mapping[str, Any], ...] = ()
    failed: bool = False
    self_harm: SelfHarm | None = None
    unexplained: str | None = None

    @property
    def of_others(self) -> Mapping[str, float]:
        """The scores of what a text says of others: despair about oneself abuses nobody."""
        if self.self_harm is None:
            return self.scores
        return {name: self.self_harm.rest.get(name, score) for name, score in self.scores.items()}


NO_SCORES = StoredScores(scores={}, language="und", model="")
"""Of a comment that was never scored, as an import may bring it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment or reply, whole, as the store keeps it. Never sent as it is: schemas choose."""

    id: str
    site: str
    thread: str
    parent: str | None
    status: Status
    text: str
    html: str
    author: Author
    created: int
    edited: int | None
    version: int
    edit_until: int
    up: int = 0
    down: int = 0
    reply_count: int = 0
    scored: StoredScores | None = None
    verdict: Verdict | None = None
    depth: int = 0
    root: str | None = None
    expired: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """Scope (already hashed with site, credential or author, method, path) and body's SHA-256.

    `shared`: the caller is known by an address alone, so another there may have the same key.
    """

    key: str
    fingerprint: str
    shared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `amount` writes per `window` seconds for `name`; counted by the guarded script."""

    name: str
    amount: int
    window: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Where a reader is: keyed hashes of the address and of the network around it.

    Of the readers of one address `at_address` count for a comment within a day, of those of one
    network `in_network`.
    """

    address: str
    network: str
    at_address: int
    in_network: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority:
    """The worth of a review: `total` orders a lane (higher first), `terms` say why."""

    total: float
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A lease of a case up to `until`; `moderator` is an account's id, or `key:` and a key's."""

    moderator: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A reader's flag on a comment; `weight` is by the reporter's record when they reported it."""

    author: str
    reason: str
    note: str
    created: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a moderator did. An undo is a decision with `undoes` set."""

    id: str
    comment: str
    action: DecisionAction | Literal["undo"]
    moderator: str
    reason: str
    created: int
    version: int
    status_before: Status
    status_after: Status
    batch: str | None = None
    undoes: str | None = None
    undone_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A comment in the queue with all that speaks for and against it."""

    comment: Comment
    thread: Thread
    lanes: tuple[Lane, ...]
    queued: int
    priority: Priority
    author: AuthorRecord
    reports: tuple[Report, ...] = ()
    claim: Claim | None = None
    escalated: bool = False
    decisions: tuple[Decision, ...] = ()


NextLike = Literal["leave", "hold", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raid:
    """What is to happen to a comment that is like those of a group."""

    group: str
    asks: Literal["hold", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Near-duplicate comments of a short time, by the id of the first.

    `count` are all, `seen` those of them that were there at the last decision, whose `batch` says
    what happens to the `next` ones until a time. `open` are the members that nobody has decided on,
    in the order of writing, with their status.
    """

    id: str
    count: int
    first: int
    last: int
    began: int
    seen: int = 0
    next: NextLike | None = None
    until: int | None = None
    batch: str | None = None
    open: Mapping[str, Status] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Whether something of it came after the last decision that nobody has decided on."""
        return self.count > self.seen and any(s != "rejected" for s in self.open.values())

    def holds_for(self, at: int) -> NextLike | None:
        """Give what happens at a time to what is like it."""
        return self.next if self.until is not None and self.until > at else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a decision would do, with the text that it would be about."""

    status_before: Status
    status_after: Status
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change, by ids and salted hashes only; never text. `id` is also the paging cursor."""

    id: str
    at: int
    actor: str
    verb: str
    subject: str
    detail: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What another system says of a text; it trains nothing until a person accepts it.

    `labels` maps our attributes to the suggested share of raters. A later suggestion with the
    same id takes the place of an earlier one.
    """

    id: str
    site: str
    source: Literal["perspective", "akismet"]
    community: str
    text: str
    language: str
    labels: Mapping[str, float]
    credential: str
    created: int
    accepted_by: str | None = None
    accepted: int | None = None


MailWants = Literal["never", "waiting", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChoice:
    """Which mails a moderator wants: none, of what waits for them, or of every comment.

    At the full `hours` of their time zone; without hours, at once.
    """

    wants: MailWants = "waiting"
    hours: tuple[int, ...] = ()
    zone: str = "UTC"
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPost:
    """Something that a recipient is to be told: `item` names it, `due` is when a mail may go.

    `gap` is the least time, in milliseconds, from one mail to the next.
    """

    recipient: str
    item: str
    due: int
    gap: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBox:
    """What waits to be told to one recipient: `items` by since when, and `more` that had no room.

    `tries` failed since the last mail, `bounces` of them because the address is refused.
    """

    recipient: str
    items: Mapping[str, int]
    more: int = 0
    sent: int | None = None
    tries: int = 0
    bounces: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAddress:
    """An address that authors gave: `id` is its keyed hash, `sealed` the address, encrypted.

    Those who `confirmed` it are told of answers there, but for the `muted` threads; those `asked`
    have not yet.
    """

    id: str
    sealed: str
    language: str = "en"
    daily: bool = False
    confirmed: frozenset[str] = frozenset()
    asked: frozenset[str] = frozenset()
    muted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLogin:
    """A link that was mailed so that its owner can log in; good once, and `until` a time."""

    id: str
    until: int
    opened: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of a site's events. Its secret is derived (`tokens`), not stored.

    `generation` counts its secrets; the one before is good until `overlap`. One that was switched
    off says in `off` why: `gone` (it answered 410) or `by-hand`.
    """

    site: str
    id: str
    url: str
    events: tuple[str, ...]
    format: str = "standard"
    name: str = ""
    created: int
    generation: int = 1
    overlap: int = 0
    off: str | None = None

    def wants(self, event: str) -> bool:
        """Whether it is to be told of an event."""
        return self.off is None and (event in self.events or "*" in self.events)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event on its way to a webhook: ids only; the text is looked up when it is sent.

    `id` is the same at each try and each webhook. What is about the same `subject` is sent in the
    order in which it happened.
    """

    id: str
    webhook: str
    subject: str
    event: str
    at: int
    data: Mapping[str, Any]
    tries: int = 0
