"""The way of a reply, as one function: read the facts, score, judge, weigh, write.

HTTP and the demo come through `submit`, an edit through `edit`: a few round trips to the store,
with the scoring between them. The worker's second try comes through `rescore`, an import through
`bring_in`.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from random import SystemRandom

from uuid_utils import uuid7

from . import repeats, tokens, urls
from . import text as texts
from .assessment import Assessment, assess
from .clock import DAY, MINUTE
from .errors import (
    AuthorBannedError,
    AuthorBarredError,
    AuthorSuspendedError,
    ChangedError,
    CommentNotFoundError,
    EditWindowOverError,
    ForeignUrlError,
    NotFoundError,
    NudgeError,
    ParentNotFoundError,
    ReservedNameError,
    SiteNotFoundError,
    ThreadClosedError,
    UnavailableError,
)
from .explanation import explained
from .names import is_reserved
from .nudges import answered, nudge_for
from .policy import Policy
from .priority import prioritise
from .records import (
    NO_SCORES,
    Author,
    Comment,
    Credential,
    Idempotency,
    Lane,
    Limit,
    Part,
    Priority,
    Reason,
    Site,
    Standing,
    Thread,
    Verdict,
)
from .schemas.comments import fragment, without_edit_token, written
from .scoring import scorer_unavailable
from .services import Services
from .store import (
    MAX_RETRIES,
    Context,
    Judged,
    Replay,
    Store,
    Submitted,
    too_many_conflicts,
)

_BY_A_PERSON = frozenset({"trusted", "edited_by_moderator", "imported"})
_draw = SystemRandom().random


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A comment as it came in: shaped by the schemas, not yet judged.

    `address` is None for a program's key, whose address says nothing of the author. `key` is the
    id of that key. `has_token` says that the author is known by a token. `presumed` is the key as
    this process knows it, where it was not looked up before: whether it stands is found out on the
    way. `url` is None for a reply that stands where its parent does. `trusted` is what the site
    itself says. `nudge` is `ask`, or the token of the nudge that the author has seen.
    """

    site: str
    url: str | None
    text: str
    author: Author
    title: str = ""
    thread: str | None = None
    parent: str | None = None
    trusted: bool = False
    address: str | None = None
    has_token: bool = False
    key: str | None = None
    presumed: Credential | None = None
    idempotency: Idempotency | None = None
    nudge: str | None = None


class PresumedWrongly(Exception):
    """The key is revoked or changed by now; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to answer with; `replayed` if the same request had been answered before."""

    status: int
    body: bytes
    comment: Comment | None = None
    replayed: bool = False


def submit(
    services: Services, draft: Draft, *, now: int, admit: Callable[[Site], None] = lambda site: None
) -> Answer:
    """Take in a new comment; `admit` may refuse it once the site is known.

    Raises `NotFoundError` (site), `InvalidError` (text, name, URL, parent), `RateLimitedError`,
    `ForbiddenError` (`author-banned`, `author-suspended`), `ConflictError` (`thread-closed`),
    `UnavailableError`; `PresumedWrongly` for a draft with a key that is not what it was.
    """
    for _ in range(MAX_RETRIES):
        answer = _submit(services, draft, now=now, admit=admit)
        if answer is not None:
            return answer
    raise too_many_conflicts()


def _submit(
    services: Services, draft: Draft, *, now: int, admit: Callable[[Site], None]
) -> Answer | None:
    """Take it in once; None if a measure for its author came between, by which it is not judged."""
    tracking = services.settings.tracking
    if draft.url is None:
        above = _thread_of_parent(services, draft)
        thread_id, page = above.id, above.url
    else:
        page = draft.url
        thread_id = services.store.threads.stored_under(
            draft.site, urls.thread_ids(draft.thread, page, tracking=tracking)
        )
    text_hash = repeats.fingerprint(thread_id, draft.text)
    address = address_hash(services, draft.address)
    unknown = None if draft.has_token else address
    paces = _paces(draft, address)
    context = services.store.comments.context(
        draft.site,
        thread_id=thread_id,
        author_id=draft.author.id,
        text_hash=text_hash,
        ip_hash=unknown,
        place=address,
        idempotency=draft.idempotency,
        presumed=draft.presumed,
        counters=[pace.limit() for pace in paces],
        now=now,
        staff=bool(draft.author.name) and not draft.trusted,
    )
    if not context.stands:
        raise PresumedWrongly
    site = context.site
    if site is None:
        raise SiteNotFoundError
    admit(site)
    if draft.url is not None and not urls.belongs(page, site.origins):
        raise ForeignUrlError
    if context.replay is not None:
        return _replayed(context.replay, draft.idempotency)
    _refuse_barred(context.standing)
    policy = services.policies.of(site)
    if not draft.trusted and is_reserved(
        draft.author.name, (*context.staff, *policy.reserved_names)
    ):
        raise ReservedNameError
    # As everybody will see it: how the first reader came to the page is nobody's business.
    url = urls.public(page, tracking=tracking)
    thread = context.thread or Thread(id=thread_id, url=url, title=draft.title, created=now)
    if _is_closed(thread, policy, now):
        raise ThreadClosedError
    limits = [pace.limit(policy) for pace in paces]
    comment = Comment(
        id=str(uuid7()),
        site=site.slug,
        thread=thread_id,
        parent=draft.parent,
        status="held",
        text=draft.text,
        html="",
        author=draft.author,
        created=now,
        edited=None,
        version=1,
        edit_until=now + policy.edit_minutes * MINUTE,
    )
    # A page's first author names it, unless a program does, which knows.
    title = draft.title if context.thread is None and draft.key is None else ""
    comment, assessed = _composed(
        services,
        policy,
        comment,
        context=context,
        title=title,
        trusted=draft.trusted,
        repeat=context.repeat and repeats.is_long(draft.text),
        audit_draw=_draw(),
        standing=context.standing,
        limits=limits,
        now=now,
    )
    if draft.nudge == "ask":
        _nudge(services, policy, comment, assessed, limits, now=now)
    if any(reason.part == "title" for reason in assessed.verdict.reasons):
        thread = replace(thread, title="")
    comment = _judged(comment, assessed)
    public, body = _written(services, policy, comment, by_author=not draft.trusted)
    stored = services.store.comments.submit(
        comment,
        thread=thread,
        fragment=public,
        priority=_weigh(assessed, reach=thread.count, created=now),
        text_hash=text_hash,
        ip_hash=unknown,
        idempotency=draft.idempotency,
        response=body,
        limits=limits,
        max_depth=policy.max_depth,
        found_at=_found_at(thread_id, urls.thread_id(None, url, tracking=tracking)),
        judged=Judged(standing=context.standing, place=address),
        now=now,
    )
    if stored.is_out_of_date:
        return None
    if draft.key is not None and draft.url is not None and context.thread is not None:
        _name(services, draft, context.thread, url=url, now=now)
    if draft.nudge is not None and stored.replay is None:
        _count_answer(services, site.slug, draft.nudge, comment.text, now=now)
    return _answer(services, stored, 201, body, assessed, draft.idempotency)


def edit(
    services: Services,
    comment: Comment,
    text: str,
    *,
    actor: str | None,
    version: int | None,
    address: str | None = None,
    idempotency: Idempotency | None = None,
    now: int,
) -> Answer:
    """Replace a comment's text; it is scored and judged anew. `actor` None is the author.

    The old text stays visible only if the new verdict is `publish` or `flag`; what a moderator
    rejected is not published again by an edit. An author's edit counts as one of their comments.
    A moderator's edit is no decision: the status stays. The same text again is no edit: the comment
    is answered as it is. `address` is where an author is who edits.

    Raises `ForbiddenError` (`edit-window-over`, `author-banned`, `author-suspended`),
    `InvalidError`, `ConflictError` (`changed`), `NotFoundError`, `RateLimitedError`.
    """
    for _ in range(MAX_RETRIES):
        answer = _edit(
            services,
            comment,
            text,
            actor=actor,
            version=version,
            place=address_hash(services, address),
            idempotency=idempotency,
            now=now,
        )
        if answer is not None:
            return answer
    raise too_many_conflicts()


def _edit(
    services: Services,
    comment: Comment,
    text: str,
    *,
    actor: str | None,
    version: int | None,
    place: str | None,
    idempotency: Idempotency | None,
    now: int,
) -> Answer | None:
    """Replace it once; None if a measure for its author came between."""
    if comment.status == "deleted":
        raise CommentNotFoundError("This comment was deleted.")
    text_hash = repeats.fingerprint(comment.thread, text)
    paces = [_per_author(comment.author)] if actor is None else []
    context = services.store.comments.context(
        comment.site,
        thread_id=comment.thread,
        author_id=comment.author.id,
        place=place,
        idempotency=idempotency,
        counters=[pace.limit() for pace in paces],
        now=now,
    )
    # Before all else: what was answered once is answered again, whatever it changed.
    if context.replay is not None:
        return _replayed(context.replay)
    if actor is None and now > comment.edit_until:
        raise EditWindowOverError
    # What holds for the author is no matter of a moderator who mends a word.
    standing = context.standing if actor is None else None
    _refuse_barred(standing)
    expected = comment.version if version is None else version
    if expected != comment.version:
        raise ChangedError("This comment has been changed elsewhere. Check it and save again.")
    if context.site is None or context.thread is None:
        raise CommentNotFoundError
    policy = services.policies.of(context.site)
    if text == comment.text:
        _, body = _written(services, policy, comment, by_author=actor is None)
        return Answer(status=200, body=body, comment=comment)
    limits = [pace.limit(policy) for pace in paces]
    changed, assessed = _composed(
        services,
        policy,
        replace(comment, text=text, edited=now, version=expected + 1),
        context=context,
        trusted=actor is not None or comment.author.is_staff,
        standing=standing,
        limits=limits,
        now=now,
    )
    after = _after_rejection if actor is None else _kept
    assessed = replace(assessed, verdict=after(comment, assessed.verdict))
    changed = _judged(changed, assessed)
    public, body = _written(services, policy, changed, by_author=actor is None)
    weighed = prioritise(
        assessed.scored,
        assessed.verdict,
        reach=context.thread.count,
        reports=services.store.reports.context(comment.site, comment.id).weight,
        created=comment.created,
    )
    stored = services.store.comments.edit(
        changed,
        expected_version=expected,
        expected_status=comment.status,
        fragment=public,
        priority=None if assessed.verdict.lane is None else weighed,
        stays=weighed,
        text_hash=text_hash,
        idempotency=idempotency,
        response=body,
        limits=limits,
        actor=actor,
        judged=Judged(standing=standing, place=place) if actor is None else None,
        now=now,
    )
    if stored.is_out_of_date:
        return None
    return _answer(services, stored, 200, body, assessed)


def rescore(services: Services, site: str, comment: Comment, *, now: int) -> None:
    """Score a comment that could not be scored when it came, and judge it by the policy.

    What rests on a person's word (a moderator wrote or edited it) keeps its verdict.

    Raises `UnavailableError` if it still cannot be scored, `ConflictError` if it was edited
    (`changed`) or decided (`superseded`) meanwhile.
    """
    context = services.store.comments.context(
        site, thread_id=comment.thread, author_id=comment.author.id, now=now
    )
    if context.site is None or context.thread is None:
        return
    assessed = assess(
        services,
        services.policies.of(context.site),
        comment.text,
        author=context.author,
        rendered=texts.render(comment.text),
        beside=_beside(comment.author),
        site=site,
        standing=context.standing,
    )
    if assessed.scored.failed:
        raise scorer_unavailable()
    verdict = comment.verdict
    if verdict is None or not any(reason.rule in _BY_A_PERSON for reason in verdict.reasons):
        verdict = _after_rejection(comment, assessed.verdict)
    assessed = replace(assessed, verdict=verdict)
    services.store.comments.rescore(
        _judged(comment, assessed),
        priority=_weigh(assessed, reach=context.thread.count, created=comment.created),
        now=now,
    )


def bring_in(
    store: Store, comment: Comment, thread: Thread, *, max_depth: int, tracking: Sequence[str]
) -> None:
    """Write a comment that was judged elsewhere, as an import has it, at the time it was written.

    Raises `ConflictError` (`exists`), `InvalidError` (its parent), `UnavailableError`.
    """
    if comment.verdict is None:
        raise ValueError("a comment is stored with a verdict")
    assessed = Assessment(comment.scored or NO_SCORES, comment.verdict)
    store.comments.submit(
        comment,
        thread=thread,
        fragment=fragment(comment),
        priority=_weigh(assessed, reach=0, created=comment.created),
        text_hash=repeats.fingerprint(thread.id, comment.text),
        max_depth=max_depth,
        found_at=_found_at(thread.id, urls.thread_id(None, thread.url, tracking=tracking)),
        imported=True,
        now=comment.created,
    )


def barred(standing: Standing) -> AuthorBarredError:
    """Make the error for an author who may not write."""
    kind = AuthorBannedError if standing.kind == "ban" else AuthorSuspendedError
    return kind(extra={"until": standing.until, "reason": standing.reason})


def address_hash(services: Services, address: str | None) -> str | None:
    """Give a keyed hash of an address: tells two apart, names none."""
    if address is None:
        return None
    return hmac.new(services.settings.secret_key, address.encode(), hashlib.sha256).hexdigest()[:24]


def _composed(
    services: Services,
    policy: Policy,
    comment: Comment,
    *,
    context: Context,
    title: str = "",
    trusted: bool,
    repeat: bool = False,
    audit_draw: float = 1.0,
    standing: Standing | None = None,
    limits: Sequence[Limit],
    now: int,
) -> tuple[Comment, Assessment]:
    """Make of a comment's text, as it came in, what is stored; and say what is thought of it.

    Raises `RateLimitedError` before the work, which is worth nothing if the comment is refused;
    `InvalidError` (text).
    """
    context.check_limits(limits, now=now)
    text, rendered = texts.compose(comment.text, limit=policy.max_length, where="/text")
    assessed = assess(
        services,
        policy,
        text,
        author=context.author,
        rendered=rendered,
        beside=_beside(comment.author, title=title),
        site=comment.site,
        trusted=trusted,
        repeat=repeat,
        audit_draw=audit_draw,
        standing=standing,
    )
    return replace(comment, text=text, html=rendered.html), assessed


def _refuse_barred(standing: Standing | None) -> None:
    """Spare the work for who may not write; the store looks again.

    Raises `AuthorBannedError`, `AuthorSuspendedError`.
    """
    if standing is not None and standing.is_barred:
        raise barred(standing)


def _nudge(
    services: Services,
    policy: Policy,
    comment: Comment,
    assessed: Assessment,
    limits: Sequence[Limit],
    *,
    now: int,
) -> None:
    """Raise `NudgeError` if the author should see the text once more; nothing is stored of it."""
    if not policy.nudge or assessed.verdict.status == "published":
        return
    # Which words it comes from is told only when it is asked for.
    told = explained(services.scoring, _judged(comment, assessed))
    nudge = nudge_for(
        told.verdict or assessed.verdict,
        comment.text,
        policy,
        services.scoring.scorer.card,
        secret=services.settings.secret_key,
        site=comment.site,
    )
    if nudge is None:
        return
    services.store.nudges.show(comment.site, nudge.id, limits=limits, now=now)
    services.metrics.nudged("shown")
    shown = {"token": nudge.token, "words": list(nudge.words), "spans": list(nudge.spans)}
    words = "”, “".join(nudge.words)
    raise NudgeError(
        f"Some of this may hurt somebody: “{words}”. You can change it, or post it as it is.",
        extra={"nudge": shown},
    )


def _count_answer(services: Services, site: str, token: str, text: str, *, now: int) -> None:
    answer = answered(services.settings.secret_key, site, token, text)
    # The comment is stored: what is only counted must not make its author send it again.
    with suppress(UnavailableError):
        if answer and services.store.nudges.answer(site, *answer, now=now):
            services.metrics.nudged(answer[1])


def _thread_of_parent(services: Services, draft: Draft) -> Thread:
    services.store.sites.get(draft.site)
    try:
        parent = services.store.comments.get(draft.site, draft.parent or "")
        return services.store.threads.get(draft.site, parent.thread)
    except NotFoundError as error:
        raise ParentNotFoundError from error


def _judged(comment: Comment, assessed: Assessment) -> Comment:
    verdict = assessed.verdict
    return replace(comment, status=verdict.status, scored=assessed.scored, verdict=verdict)


def _found_at(thread_id: str, by_address: str) -> str | None:
    return None if by_address == thread_id else by_address


def _name(services: Services, draft: Draft, thread: Thread, *, url: str, now: int) -> None:
    """Take over what a program calls a page: whoever wrote there first may not have known."""
    named = replace(
        thread,
        title=draft.title or thread.title,
        url=url if draft.thread else thread.url,
    )
    if named != thread:
        actor = draft.key or draft.author.id
        services.store.threads.name(named, site=draft.site, actor=actor, now=now)


def _beside(author: Author, *, title: str = "") -> dict[Part, str]:
    return {"name": author.name, "website": author.website, "title": title}


def _after_rejection(comment: Comment, verdict: Verdict) -> Verdict:
    if comment.status != "rejected" or verdict.status != "published":
        return verdict
    reason = Reason(rule="edited_after_rejection")
    lane: Lane = "self-harm" if verdict.lane == "self-harm" else "uncertain"
    return Verdict(action="hold", reasons=(reason, *verdict.reasons), lane=lane)


def _kept(comment: Comment, verdict: Verdict) -> Verdict:
    if comment.status == "published":
        return verdict
    reason = Reason(rule="edited_by_moderator")
    if comment.status == "rejected":
        return Verdict(action="reject", reasons=(reason,), lane="rejected")
    lane = comment.verdict.lane if comment.verdict else None
    return Verdict(action="hold", reasons=(reason,), lane=lane or "uncertain")


def _is_closed(thread: Thread, policy: Policy, now: int) -> bool:
    days = policy.close_after_days
    return thread.closed or (days is not None and now > thread.created + days * DAY)


def _weigh(assessed: Assessment, *, reach: int, created: int) -> Priority | None:
    if assessed.verdict.lane is None:
        return None
    return prioritise(assessed.scored, assessed.verdict, reach=reach, reports=0.0, created=created)


def _written(
    services: Services, policy: Policy, comment: Comment, *, by_author: bool
) -> tuple[bytes, bytes]:
    token = tokens.edit_token(services.settings.secret_key, comment.site, comment.id)
    return written(
        comment,
        edit_token=token,
        notice=policy.notice(comment.status),
        help_offered=policy.help_for(comment.scored) if by_author else None,
    )


def _answer(
    services: Services,
    stored: Submitted,
    status: int,
    body: bytes,
    assessed: Assessment,
    idempotency: Idempotency | None = None,
) -> Answer:
    """Answer as the first time if the store says that there was one."""
    if stored.replay is not None:
        return _replayed(stored.replay, idempotency)
    services.metrics.judged(assessed.verdict, assessed.scored)
    return Answer(status=status, body=body, comment=stored.comment)


def _replayed(replay: Replay, idempotency: Idempotency | None = None) -> Answer:
    """Answer as the first time; but a key that others may have guessed gives nobody a comment."""
    shared = idempotency is not None and idempotency.shared
    body = without_edit_token(replay.body) if shared else replay.body
    return Answer(status=replay.status, body=body, replayed=True)


@dataclass(frozen=True, slots=True)
class _Pace:
    """What counts a write, and which of a policy's limits it has, how many times over."""

    name: str
    setting: str
    times: int = 1

    def limit(self, policy: Policy | None = None) -> Limit:
        """Give the limit; without a policy, which may not be known yet, only what counts it."""
        amount = 0 if policy is None else self.times * policy.limits[self.setting]
        return Limit(name=self.name, amount=amount, window=60)


def _paces(draft: Draft, address: str | None) -> list[_Pace]:
    if draft.key is not None:
        return [_Pace(f"comment:key:{draft.key}", "key_comments_per_minute")]
    if draft.trusted:
        return []
    paces = [_per_author(draft.author)]
    if address is not None:
        # Several people may share an address; a few times the amount of one of them.
        paces.append(_Pace(f"comment:address:{address}", "comments_per_minute", 3))
    return paces


def _per_author(author: Author) -> _Pace:
    return _Pace(f"comment:author:{author.id}", "comments_per_minute")
