"""Every public verb must answer `UnavailableError` when the server is dead. New ones join here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from moderation.errors import UnavailableError
from moderation.records import MailChoice, MailPost, Priority, Site, Suggestion
from moderation.store import Reported, Store
from moderation.store.connection import Connection
from tests.support.store_verbs import LOGIN, WEBHOOK, a_measure, delivery
from tests.support.store_world import SITE, World, credential, moderator, thread_record

S = Site(slug=SITE, name="N", origins=(), policy={}, created=0)
SUGGESTION = Suggestion(
    id="s",
    site=SITE,
    source="akismet",
    community="",
    text="",
    language="en",
    labels={},
    credential="k",
    created=1,
)

CALLS: dict[str, Callable[[Store, World], Any]] = {
    "sites.create": lambda s, w: s.sites.create(S, credential=credential(), now=1),
    "sites.get": lambda s, w: s.sites.get(SITE),
    "sites.list": lambda s, w: s.sites.list(),
    "sites.update": lambda s, w: s.sites.update(SITE, name="N", actor="a", now=1),
    "accounts.create": lambda s, w: s.accounts.create(moderator(), [], actor="a", now=1),
    "accounts.get": lambda s, w: s.accounts.get(SITE, "m"),
    "accounts.find": lambda s, w: s.accounts.find(SITE, "m"),
    "accounts.list": lambda s, w: s.accounts.list(SITE),
    "accounts.remove": lambda s, w: s.accounts.remove(SITE, "m", "a", 1),
    "accounts.end_sessions": lambda s, w: s.accounts.end_sessions(SITE, "m", "a", 1),
    "accounts.set_role": lambda s, w: s.accounts.set_role(
        SITE, "m", "admin", ("queue",), actor="a", now=1
    ),
    "accounts.set_password": lambda s, w: s.accounts.set_password(SITE, "m", "h", 1),
    "credentials.add": lambda s, w: s.credentials.add(credential(), "a", 1),
    "credentials.get": lambda s, w: s.credentials.get(SITE, "c", now=1),
    "credentials.list": lambda s, w: s.credentials.list(SITE, now=1),
    "credentials.revoke": lambda s, w: s.credentials.revoke(SITE, "c", "a", 1),
    "credentials.use_login": lambda s, w: s.credentials.use_login(
        SITE, LOGIN.id, "h", credential("session", moderator="m"), 1
    ),
    "credentials.update_settings": lambda s, w: s.credentials.update_settings(
        SITE, "c", {}, "a", 1
    ),
    "comments.context": lambda s, w: s.comments.context(
        SITE, thread_id="t", author_id="a", text_hash="h", now=1
    ),
    "comments.submit": lambda s, w: w.send(w.comment()),
    "comments.edit": lambda s, w: w.rewrite(w.comment(), "x"),
    "comments.rescore": lambda s, w: s.comments.rescore(w.comment(), priority=None, now=1),
    "comments.delete": lambda s, w: s.comments.delete(SITE, "c", actor="a", by_author=True, now=1),
    "comments.get": lambda s, w: s.comments.get(SITE, "c"),
    "votes.cast": lambda s, w: s.votes.cast(SITE, "c", "a", 1, now=1),
    "reports.add": lambda s, w: s.reports.add(
        Reported(comment=w.comment(), weight=0.0, seen="0"),
        "a",
        "spam",
        "",
        weight=1.0,
        priority=Priority(total=0, terms={}),
        now=1,
    ),
    "reports.context": lambda s, w: s.reports.context(SITE, "c"),
    "threads.mine": lambda s, w: s.threads.mine(SITE, "t", "a"),
    "comments.several": lambda s, w: s.comments.several(SITE, ["c"]),
    "comments.by_author": lambda s, w: s.comments.by_author(SITE, "a", limit=1),
    "comments.approved_names": lambda s, w: s.comments.approved_names(SITE, "a"),
    "comments.author_record": lambda s, w: s.comments.author_record(SITE, "a"),
    "threads.get": lambda s, w: s.threads.get(SITE, "t"),
    "threads.several": lambda s, w: s.threads.several(SITE, ["t"]),
    "threads.page": lambda s, w: s.threads.page(SITE, thread_record().id, now=1),
    "threads.around": lambda s, w: s.threads.around(SITE, thread_record().id, "c", now=1),
    "threads.replies": lambda s, w: s.threads.replies(SITE, "c", now=1),
    "threads.neighbours": lambda s, w: s.threads.neighbours(w.comment(), limit=1),
    "export.threads": lambda s, w: list(s.export.threads(SITE)),
    "export.comments": lambda s, w: list(s.export.comments(SITE, "t")),
    "moves.authors": lambda s, w: s.moves.authors(SITE, ["t"]),
    "moves.move": lambda s, w: s.moves.move(SITE, "t", thread_record(), actor="a", now=1),
    "threads.counts_at": lambda s, w: s.threads.counts_at(SITE, [["t"]]),
    "threads.stored_under": lambda s, w: s.threads.stored_under(SITE, ["t", "u"]),
    "threads.counts": lambda s, w: s.threads.counts(SITE, ["t"]),
    "threads.change": lambda s, w: s.threads.change(SITE, "t", {"closed": True}, actor="a", now=1),
    "threads.undo_change": lambda s, w: s.threads.undo_change(SITE, "t", "1-1", actor="a", now=1),
    "listing.page": lambda s, w: s.listing.page(SITE),
    "listing.waiting": lambda s, w: s.listing.waiting(SITE, ["t"]),
    "maintenance.list_threads": lambda s, w: s.maintenance.list_threads(SITE),
    "maintenance.enter_cases": lambda s, w: s.maintenance.enter_cases(SITE),
    "threads.name": lambda s, w: s.threads.name(thread_record(), site=SITE, actor="a", now=1),
    "queue.page": lambda s, w: s.queue.page(SITE, now=1),
    "queue.case": lambda s, w: s.queue.case(SITE, "c", now=1),
    "queue.claim": lambda s, w: s.queue.claim(SITE, "m", limit=1, now=1),
    "queue.renew": lambda s, w: s.queue.renew(SITE, "c", "m", now=1),
    "queue.release": lambda s, w: s.queue.release(SITE, "c", "m", now=1),
    "queue.decide": lambda s, w: s.queue.decide(
        SITE, "c", action="approve", moderator="m", version=1, now=1
    ),
    "queue.undo": lambda s, w: s.queue.undo(SITE, "d", moderator="m", now=1),
    "queue.preview": lambda s, w: s.queue.preview(
        SITE, [("c", 1)], action="approve", moderator="m", now=1
    ),
    "queue.decide_batch": lambda s, w: s.queue.decide_batch(
        SITE, "b", action="approve", moderator="m", items=[], now=1
    ),
    "queue.undo_batch": lambda s, w: s.queue.undo_batch(SITE, "b", moderator="m", now=1),
    "queue.decision": lambda s, w: s.queue.decision(SITE, "d"),
    "measures.set": lambda s, w: s.measures.set(SITE, a_measure(), now=1),
    "measures.undo": lambda s, w: s.measures.undo(SITE, "m", moderator="a", now=1),
    "measures.get": lambda s, w: s.measures.get(SITE, "m"),
    "measures.of_author": lambda s, w: s.measures.of_author(SITE, "a"),
    "measures.standing": lambda s, w: s.measures.standing(SITE, "a", now=1),
    "measures.place_of": lambda s, w: s.measures.place_of(SITE, "a"),
    "streams.audit": lambda s, w: s.streams.audit(SITE, limit=1),
    "streams.events": lambda s, w: s.streams.events(SITE),
    "outbox.read": lambda s, w: s.outbox.read(SITE, "w"),
    "outbox.acknowledge": lambda s, w: s.outbox.acknowledge(SITE, "1-1"),
    "outbox.reclaim": lambda s, w: s.outbox.reclaim(SITE, "w", 1, now=1),
    "outbox.dead_letter": lambda s, w: s.outbox.dead_letter(SITE, "1-1", "r", now=1),
    "webhooks.add": lambda s, w: s.webhooks.add(WEBHOOK, actor="a", now=1),
    "webhooks.get": lambda s, w: s.webhooks.get(SITE, "h"),
    "webhooks.list": lambda s, w: s.webhooks.list(SITE),
    "webhooks.change": lambda s, w: s.webhooks.change(SITE, "h", {}, actor="a", now=1),
    "webhooks.remove": lambda s, w: s.webhooks.remove(SITE, "h", actor="a", now=1),
    "webhooks.states": lambda s, w: s.webhooks.states(SITE),
    "webhooks.unread": lambda s, w: s.webhooks.unread(SITE),
    "webhooks.enqueue": lambda s, w: s.webhooks.enqueue(SITE, [], now=1),
    "webhooks.claim": lambda s, w: s.webhooks.claim(SITE, "h", count=1, lease_ms=1, now=1),
    "webhooks.finish": lambda s, w: s.webhooks.finish(SITE, delivery(), now=1),
    "webhooks.undelivered": lambda s, w: s.webhooks.undelivered(SITE, limit=1),
    "webhooks.replay": lambda s, w: s.webhooks.replay(SITE, "1-1", now=1),
    "comments.latest": lambda s, w: s.comments.latest(SITE, limit=1),
    "maintenance.fill_latest": lambda s, w: s.maintenance.fill_latest(SITE),
    "maintenance.trim": lambda s, w: s.maintenance.trim(SITE, 1),
    "figures.slugs": lambda s, w: s.figures.slugs(),
    "figures.of": lambda s, w: s.figures.of([SITE], now=1),
    "maintenance.mend_top": lambda s, w: s.maintenance.mend_top(SITE),
    "maintenance.drop_claims": lambda s, w: s.maintenance.drop_claims(SITE),
    "maintenance.processor_seconds": lambda s, w: s.maintenance.processor_seconds(),
    "maintenance.stats": lambda s, w: s.maintenance.stats(SITE),
    "maintenance.check": lambda s, w: s.maintenance.check(SITE),
    "maintenance.mend": lambda s, w: s.maintenance.mend(SITE),
    "maintenance.ballot_boxes": lambda s, w: s.maintenance.ballot_boxes(),
    "maintenance.repair_registry": lambda s, w: s.maintenance.repair_registry(),
    "suggestions.add": lambda s, w: s.suggestions.add(SUGGESTION, now=1),
    "suggestions.page": lambda s, w: s.suggestions.page(SITE, accepted=True, limit=1),
    "suggestions.review": lambda s, w: s.suggestions.review(
        SITE, "s", accept=True, created=1, moderator="m", now=1
    ),
    "queue.decide_in_batch": lambda s, w: _first(
        s.queue.decide_in_batch(SITE, "b", action="approve", moderator="m", items=[("c", 1)], now=1)
    ),
    "comments.expire": lambda s, w: s.comments.expire(SITE, "c", before=1, now=1),
    "comments.expired": lambda s, w: s.comments.expired(SITE),
    "maintenance.hidden": lambda s, w: list(s.maintenance.hidden(SITE, before=1)),
    "measures.holding": lambda s, w: s.measures.holding(SITE, now=1),
    "groups.waiting": lambda s, w: s.groups.waiting(SITE, now=1),
    "groups.get": lambda s, w: s.groups.get(SITE, "g"),
    "groups.members": lambda s, w: s.groups.members(SITE, "g"),
    "groups.open_batch": lambda s, w: s.groups.open_batch(
        SITE, "g", "b", action="reject", moderator="m", next_like="hold", comments=1, now=1
    ),
    "groups.lift": lambda s, w: s.groups.lift(SITE, "b", moderator="m", now=1),
    "queue.cases": lambda s, w: s.queue.cases(SITE, ["c"], now=1),
    "mail.post": lambda s, w: s.mail.post(
        SITE, [MailPost(recipient="m-m", item="w/c/1", due=1)], now=1
    ),
    "mail.lease": lambda s, w: s.mail.lease(SITE, limit=1, now=1),
    "mail.boxes": lambda s, w: s.mail.boxes(SITE, ["m-m"]),
    "mail.settle": lambda s, w: s.mail.settle(SITE, "m-m", again=1, now=1),
    "mail.choices": lambda s, w: s.mail.choices(SITE),
    "mail.choose": lambda s, w: s.mail.choose(SITE, "m", MailChoice(), actor="a", now=1),
    "mail_addresses.ask": lambda s, w: s.mail_addresses.ask(
        SITE, "d", "a", sealed="x", language="en", now=1
    ),
    "mail_addresses.confirm": lambda s, w: s.mail_addresses.confirm(
        SITE, "d", "a", daily=False, now=1
    ),
    "mail_addresses.mute": lambda s, w: s.mail_addresses.mute(SITE, "d", "t", now=1),
    "mail_addresses.forget": lambda s, w: s.mail_addresses.forget(SITE, "d", now=1),
    "mail_addresses.forget_author": lambda s, w: s.mail_addresses.forget_author(SITE, "a", now=1),
    "mail_addresses.get": lambda s, w: s.mail_addresses.get(SITE, "d"),
    "mail_addresses.of": lambda s, w: s.mail_addresses.of(SITE, "a"),
    "guest_logins.ask": lambda s, w: s.guest_logins.ask(SITE, "d", new_id="l", now=1),
    "guest_logins.get": lambda s, w: s.guest_logins.get(SITE, "d"),
    "guest_logins.open": lambda s, w: s.guest_logins.open(SITE, "d", "l", code="c", now=1),
    "guest_logins.use": lambda s, w: s.guest_logins.use(SITE, "d", code="c", now=1),
    "usage.add": lambda s, w: s.usage.add(SITE, "c", "2026-11", {"calls": 1}),
    "nudges.show": lambda s, w: s.nudges.show(SITE, "n", now=1),
    "nudges.answer": lambda s, w: s.nudges.answer(SITE, "n", "changed", now=1),
    "nudges.counts": lambda s, w: s.nudges.counts(SITE, now=1),
    "usage.get": lambda s, w: s.usage.get(SITE, "c", "2026-11"),
}


def _first(outcomes: Any) -> None:
    """Raise what became of the first of several."""
    raise outcomes[0][1]


@pytest.fixture
def dead() -> Store:
    client = redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))
    return Store(Connection(client))


def test_no_verb_is_left_out(dead: Store) -> None:
    verbs = {
        f"{noun}.{verb}"
        for noun, verbs in vars(dead).items()
        if noun != "connection"
        for verb in dir(verbs)
        if not verb.startswith("_")
    }
    # What a process recalls it asks nobody for.
    assert verbs - {"credentials.recall"} == set(CALLS)


@pytest.mark.parametrize("verb", sorted(CALLS))
def test_a_dead_server_is_unavailable(verb: str, dead: Store) -> None:
    with pytest.raises(UnavailableError) as error:
        CALLS[verb](dead, World(dead))
    assert error.value.status == 503
    assert error.value.headers["Retry-After"] == "1"
