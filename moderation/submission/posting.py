"""The way of a reply, as one function: read the facts, score, judge, weigh, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import SystemRandom

from uuid_utils import uuid7

from .. import likeness, repeats, urls
from ..clock import DAY, MINUTE
from ..errors import (
    ForeignUrlError,
    NotFoundError,
    ParentNotFoundError,
    ReservedNameError,
    SiteNotFoundError,
    ThreadClosedError,
)
from ..names import is_reserved
from ..policy import Policy
from ..records import Author, Comment, Credential, Idempotency, Raid, Site, Thread
from ..services import Services
from ..store import MAX_RETRIES, Judged, Likeness, too_many_conflicts
from .answers import Answer, answer, refuse_barred, replayed, written_for
from .composing import address_hash, composed, for_thread, found_at, weigh
from .nudging import count_answer, show_nudge
from .paces import Pace, per_author
from .proving import check_proof, good_once

_draw = SystemRandom().random


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A comment as it came in: shaped by the schemas, not yet judged.

    `address` is None for a program's key, whose address says nothing of the author. `key` is the
    id of that key. `has_token` says that the author is known by a token. `presumed` is the key as
    this process knows it, where it was not looked up before: whether it stands is found out on the
    way. `url` is None for a reply that stands where its parent does. `trusted` is what the site
    itself says. `nudge` is `ask`, or the token of the nudge that the author has seen.
    `proof` is the work that was done for it, see `proofs`.
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
    proof: str | None = None


class PresumedWrongly(Exception):
    """The key is revoked or changed by now; nothing was done."""


def submit(
    services: Services, draft: Draft, *, now: int, admit: Callable[[Site], None] = lambda site: None
) -> Answer:
    """Take in a new comment; `admit` may refuse it once the site is known.

    Raises `NotFoundError` (site), `InvalidError` (text, name, URL, parent), `RateLimitedError`,
    `ForbiddenError` (`author-banned`, `author-suspended`), `ConflictError` (`thread-closed`),
    `ProofNeededError`, `UnavailableError`; `PresumedWrongly` for a draft with a key that is not
    what it was.
    """
    raid: Raid | None = None
    for _ in range(MAX_RETRIES):
        done = _submit(services, draft, raid=raid, now=now, admit=admit)
        if isinstance(done, Answer):
            return done
        raid = done
    raise too_many_conflicts()


def _submit(
    services: Services,
    draft: Draft,
    *,
    raid: Raid | None,
    now: int,
    admit: Callable[[Site], None],
) -> Answer | Raid | None:
    """Take it in once, judged by what is asked of a `raid`.

    If it is like a group of which something else is asked, the answer says what; None if a measure
    for its author came between, by which it is not judged.
    """
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
        wave=_is_reader(draft),
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
        return replayed(context.replay, draft.idempotency)
    refuse_barred(context.standing)
    policy = for_thread(services.policies.of(site), context.thread)
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
    proof = None
    if _is_reader(draft):
        where = {"site": site.slug, "thread": thread_id}
        proof = check_proof(services, policy, context, limits, draft.proof, **where, now=now)
    comment = Comment(
        id=str(uuid7()),
        site=site.slug,
        thread=thread_id,
        parent=draft.parent,
        status="held",
        text=draft.text,
        html="",
        author=_in_thread(draft.author, thread),
        created=now,
        edited=None,
        version=1,
        edit_until=now + policy.edit_minutes * MINUTE,
    )
    # A page's first author names it, unless a program does, which knows.
    title = draft.title if context.thread is None and draft.key is None else ""
    comment, assessed = composed(
        services,
        policy,
        comment,
        context=context,
        title=title,
        trusted=draft.trusted,
        repeat=context.repeat and repeats.is_long(draft.text),
        audit_draw=_draw(),
        standing=context.standing,
        raid=raid,
        limits=limits,
        now=now,
    )
    if draft.nudge == "ask":
        show_nudge(services, policy, comment, assessed, limits, now=now)
    if any(reason.part == "title" for reason in assessed.verdict.reasons):
        thread = replace(thread, title="")
    public, body = written_for(services, policy, comment, by_author=not draft.trusted)
    with good_once(services, site=site.slug, thread=thread_id, now=now):
        stored = services.store.comments.submit(
            comment,
            thread=thread,
            fragment=public,
            priority=weigh(assessed, reach=thread.count, created=now),
            text_hash=text_hash,
            ip_hash=unknown,
            idempotency=draft.idempotency,
            response=body,
            limits=limits,
            max_depth=policy.max_depth,
            found_at=found_at(thread_id, urls.thread_id(None, url, tracking=tracking)),
            judged=Judged(standing=context.standing, place=address),
            proof=(proof.nonce, proof.until) if proof else None,
            paced=None if draft.trusted else unknown or draft.author.id,
            likeness=_likeness(draft, policy, again=context.repeat, raid=raid),
            now=now,
        )
    if stored.is_out_of_date:
        return stored.raid
    if draft.key is not None and draft.url is not None and context.thread is not None:
        _name(services, draft, context.thread, url=url, now=now)
    if draft.nudge is not None and stored.replay is None:
        count_answer(services, site.slug, draft.nudge, comment.text, now=now)
    return answer(services, stored, 201, body, assessed, draft.idempotency)


def _thread_of_parent(services: Services, draft: Draft) -> Thread:
    services.store.sites.get(draft.site)
    try:
        parent = services.store.comments.get(draft.site, draft.parent or "")
        return services.store.threads.get(draft.site, parent.thread)
    except NotFoundError as error:
        raise ParentNotFoundError from error


def _is_closed(thread: Thread, policy: Policy, now: int) -> bool:
    days = policy.close_after_days
    shut = thread.closed or thread.hidden
    return shut or (days is not None and now > thread.created + days * DAY)


def _in_thread(author: Author, thread: Thread) -> Author:
    """Give a reader who wrote the thread's page as its author."""
    if author.role == "reader" and author.id in thread.authors:
        return replace(author, role="author")
    return author


def _is_reader(draft: Draft) -> bool:
    """Say whether nobody vouches for who writes: neither a program's key nor the site."""
    return draft.key is None and not draft.trusted


def _likeness(draft: Draft, policy: Policy, *, again: bool, raid: Raid | None) -> Likeness | None:
    if draft.trusted or policy.raids == "off":
        return None
    return Likeness(
        bands=likeness.bands(draft.text), hold=policy.raids == "hold", again=again, raid=raid
    )


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


def _paces(draft: Draft, address: str | None) -> list[Pace]:
    if draft.key is not None:
        return [Pace(f"comment:key:{draft.key}", "key_comments_per_minute")]
    if draft.trusted:
        return []
    paces = [per_author(draft.author)]
    if address is not None:
        # Several people may share an address; a few times the amount of one of them.
        paces.append(Pace(f"comment:address:{address}", "comments_per_minute", 3))
    return paces
