"""Every public verb must answer `UnavailableError` when the server is dead. New ones join here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from moderation.errors import UnavailableError
from moderation.records import Priority, Site, Suggestion
from moderation.store import Store
from moderation.store.connection import Connection
from tests.support.store_verbs import LOGIN
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
    "create_site": lambda s, w: s.create_site(S, credential=credential(), now=1),
    "get_site": lambda s, w: s.get_site(SITE),
    "list_sites": lambda s, w: s.list_sites(),
    "update_site": lambda s, w: s.update_site(SITE, name="N", actor="a", now=1),
    "create_moderator": lambda s, w: s.create_moderator(moderator(), [], actor="a", now=1),
    "get_moderator": lambda s, w: s.get_moderator(SITE, "m"),
    "find_moderator": lambda s, w: s.find_moderator(SITE, "m"),
    "list_moderators": lambda s, w: s.list_moderators(SITE),
    "remove_moderator": lambda s, w: s.remove_moderator(SITE, "m", "a", 1),
    "end_sessions": lambda s, w: s.end_sessions(SITE, "m", "a", 1),
    "set_role": lambda s, w: s.set_role(SITE, "m", "admin", ("queue",), actor="a", now=1),
    "set_password": lambda s, w: s.set_password(SITE, "m", "h", 1),
    "add_credential": lambda s, w: s.add_credential(credential(), "a", 1),
    "get_credential": lambda s, w: s.get_credential(SITE, "c"),
    "list_credentials": lambda s, w: s.list_credentials(SITE),
    "revoke_credential": lambda s, w: s.revoke_credential(SITE, "c", "a", 1),
    "use_login": lambda s, w: s.use_login(
        SITE, LOGIN.id, "h", credential("session", moderator="m"), 1
    ),
    "update_credential_settings": lambda s, w: s.update_credential_settings(SITE, "c", {}, "a", 1),
    "context": lambda s, w: s.context(SITE, thread_id="t", author_id="a", text_hash="h"),
    "submit": lambda s, w: w.send(w.comment()),
    "edit": lambda s, w: w.rewrite(w.comment(), "x"),
    "rescore": lambda s, w: s.rescore(w.comment(), priority=None, now=1),
    "delete": lambda s, w: s.delete(SITE, "c", actor="a", by_author=True, now=1),
    "get_comment": lambda s, w: s.get_comment(SITE, "c"),
    "vote": lambda s, w: s.vote(SITE, "c", "a", 1, now=1),
    "report": lambda s, w: s.report(
        SITE,
        "c",
        "a",
        "spam",
        "",
        weight=1.0,
        priority_of=lambda *_: Priority(total=0, terms={}),
        now=1,
    ),
    "mine": lambda s, w: s.mine(SITE, "t", "a"),
    "author_comments": lambda s, w: s.author_comments(SITE, "a", limit=1),
    "author_record": lambda s, w: s.author_record(SITE, "a"),
    "get_thread": lambda s, w: s.get_thread(SITE, "t"),
    "thread_page": lambda s, w: s.thread_page(SITE, thread_record().id),
    "replies_page": lambda s, w: s.replies_page(SITE, "c"),
    "neighbours": lambda s, w: s.neighbours(w.comment(), limit=1),
    "threads": lambda s, w: list(s.threads(SITE)),
    "thread_comments": lambda s, w: list(s.thread_comments(SITE, "t")),
    "counts": lambda s, w: s.counts(SITE, ["t"]),
    "close_thread": lambda s, w: s.close_thread(SITE, "t", True, actor="a", now=1),
    "queue_page": lambda s, w: s.queue_page(SITE, now=1),
    "get_case": lambda s, w: s.get_case(SITE, "c", now=1),
    "claim": lambda s, w: s.claim(SITE, "m", limit=1, now=1),
    "renew": lambda s, w: s.renew(SITE, "c", "m", now=1),
    "release": lambda s, w: s.release(SITE, "c", "m", now=1),
    "decide": lambda s, w: s.decide(SITE, "c", action="approve", moderator="m", version=1, now=1),
    "undo": lambda s, w: s.undo(SITE, "d", moderator="m", now=1),
    "create_batch": lambda s, w: s.create_batch(
        SITE, "b", action="approve", moderator="m", items=[], now=1
    ),
    "get_batch": lambda s, w: s.get_batch(SITE, "b"),
    "undo_batch": lambda s, w: s.undo_batch(SITE, "b", moderator="m", now=1),
    "get_decision": lambda s, w: s.get_decision(SITE, "d"),
    "audit_page": lambda s, w: s.audit_page(SITE, limit=1),
    "events": lambda s, w: s.events(SITE),
    "outbox_read": lambda s, w: s.outbox_read(SITE, "w"),
    "outbox_ack": lambda s, w: s.outbox_ack(SITE, "1-1"),
    "outbox_reclaim": lambda s, w: s.outbox_reclaim(SITE, "w", 1),
    "outbox_dead": lambda s, w: s.outbox_dead(SITE, "1-1", "r"),
    "trim": lambda s, w: s.trim(SITE, 1),
    "stats": lambda s, w: s.stats(SITE),
    "check": lambda s, w: s.check(SITE),
    "repair_registry": lambda s, w: s.repair_registry(),
    "suggest": lambda s, w: s.suggest(SUGGESTION, now=1),
    "suggestions_page": lambda s, w: s.suggestions_page(SITE, accepted=True, limit=1),
    "review_suggestion": lambda s, w: s.review_suggestion(
        SITE, "s", accept=True, created=1, moderator="m", now=1
    ),
    "add_usage": lambda s, w: s.add_usage(SITE, "c", "2026-11", {"calls": 1}),
    "usage": lambda s, w: s.usage(SITE, "c", "2026-11"),
}


@pytest.fixture
def dead() -> Store:
    client = redis.Redis(unix_socket_path="/nowhere/redis.sock", retry=Retry(NoBackoff(), 0))
    return Store(Connection(client))


def test_no_verb_is_left_out(dead: Store) -> None:
    assert set(vars(dead)) - {"connection"} == set(CALLS)


@pytest.mark.parametrize("verb", sorted(CALLS))
def test_a_dead_server_is_unavailable(verb: str, dead: Store) -> None:
    with pytest.raises(UnavailableError) as error:
        CALLS[verb](dead, World(dead))
    assert error.value.status == 503
    assert error.value.headers["Retry-After"] == "1"
