"""Audit, live events, the outbox, and how long they are kept."""

from __future__ import annotations

import hashlib
import time
from typing import Any
from unittest.mock import ANY

import pytest

from moderation import clock
from moderation.clock import DAY
from moderation.errors import InvalidError, NotFoundError
from moderation.records import AuditEntry, Idempotency
from moderation.store.keys import key
from tests.support.store_world import NOW, SITE, World


def test_every_change_is_in_the_audit_without_a_word_of_it(world: World) -> None:
    comment = world.post("secret words", status="held")
    decision = world.decide(comment, "approve", reason="secret reason")
    edited = world.rewrite(comment, "secret again")
    world.report(edited, "rita", note="secret note")
    world.store.comments.delete(SITE, comment.id, actor="anna", by_author=True, now=world.tick())
    entries, cursor = world.store.streams.audit(SITE, limit=100)
    assert cursor is None
    assert [e.verb for e in entries] == [
        "delete",
        "report",
        "edit",
        "approve",
        "submit",
        "create-site",
    ]
    assert "secret" not in repr(entries)
    approve = entries[3]
    assert (approve.actor, approve.subject, approve.at) == ("mo", comment.id, NOW + 2000)
    assert approve.detail["decision"] == decision.id
    assert (approve.detail["before"], approve.detail["after"]) == ("held", "published")
    assert entries[4].detail["hash"] != entries[2].detail["hash"]
    first, cursor = world.store.streams.audit(SITE, limit=4)
    rest, end = world.store.streams.audit(SITE, limit=4, cursor=cursor)
    assert world.store.streams.audit(SITE, limit=4, cursor="0-0") == ([], None)
    assert (first + rest, end) == (entries, None)
    for bad in ("x", "1", "1-1-1", "+", ""):
        with pytest.raises(InvalidError):
            world.store.streams.audit(SITE, limit=4, cursor=bad)


def test_the_audit_is_filtered_however_far_down_it_lies(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = world.store
    first = world.post("first", status="held")
    world.decide(first, "approve", who="mo")
    for number in range(30):
        world.post(f"comment {number}", author=f"a{number}")
    second = world.post("second", status="held")
    world.decide(second, "reject", who="li")

    def read(at_once: int, most: int, **wanted: Any) -> tuple[list[tuple[str, str]], int]:
        monkeypatch.setattr("moderation.store.streams._SEEN_AT_ONCE", at_once)
        monkeypatch.setattr("moderation.store.streams._MOST_SEEN", most)
        found: list[tuple[str, str]] = []
        cursor, pages = None, 0
        while True:
            page, cursor = store.streams.audit(SITE, limit=1, cursor=cursor, **wanted)
            assert len(page) <= 1
            found += [(entry.verb, entry.actor) for entry in page]
            pages += 1
            if cursor is None:
                return found, pages

    both = [("reject", "li"), ("approve", "mo")]
    for at_once, most in ((500, 10_000), (7, 10_000), (1, 1), (7, 7), (3, 10)):
        assert read(at_once, most, verbs=["approve", "reject"])[0] == both
        assert read(at_once, most, actor="mo", verbs=["approve", "reject"])[0] == both[1:]
        assert read(at_once, most, verbs=["no-such"])[0] == []
    assert read(500, 10_000, verbs=["approve", "reject"])[1] == 2
    assert read(500, 10_000, actor="li")[0] == both[:1]


def test_the_audits_hash_proves_a_text_while_the_salt_lives(world: World) -> None:
    comment = world.post("these very words")
    client = world.store.connection.client
    name = key("comment", SITE, comment=comment.id)
    salt = client.hget(name, "k")
    entry = world.store.streams.audit(SITE, limit=1)[0][0]
    assert entry.detail["hash"] == hashlib.sha256(salt + b"these very words").hexdigest()
    world.store.comments.delete(SITE, comment.id, actor="anna", by_author=True, now=world.tick())
    assert client.hget(name, "k") is None


def test_events_are_read_from_a_cursor_on(world: World) -> None:
    store = world.store
    start = store.streams.events(SITE)[-1].id
    comment = world.post("words", status="held")
    store.queue.claim(SITE, "mo", limit=1, now=world.tick())
    store.queue.release(SITE, comment.id, "mo", now=world.tick())
    decision = world.decide(comment, "reject")
    world.rewrite(comment, "other words")
    found = store.streams.events(SITE, start)
    assert [event.type for event in found] == [
        "comment.created",
        "case.queued",
        "case.claimed",
        "case.released",
        "case.decided",
        "comment.changed",
    ]
    assert found[4].data == {
        "comment": comment.id,
        "thread": comment.thread,
        "decision": decision.id,
        "action": "reject",
        "moderator": "mo",
        "status": "rejected",
        "before": "held",
    }
    assert "words" not in repr(found)
    assert store.streams.events(SITE, found[1].id, limit=2) == found[2:4]
    assert store.streams.events(SITE, limit=2) == found[-2:]
    assert store.streams.events(SITE, found[-1].id) == []
    begun = time.monotonic()
    assert store.streams.events(SITE, found[-1].id, block_ms=100) == []
    assert time.monotonic() - begun >= 0.09
    with pytest.raises(InvalidError):
        store.streams.events(SITE, "$")


def test_tasks_are_worked_on_once_and_survive_a_dead_worker(world: World) -> None:
    store = world.store
    for n in range(3):
        world.post(str(n))
    first = store.outbox.read(SITE, "w1", count=2)
    assert [task.type for task in first] == ["comment.created"] * 2
    second = store.outbox.read(SITE, "w2", count=10)
    assert len(second) == 1
    assert store.outbox.read(SITE, "w2") == []
    store.outbox.acknowledge(SITE, first[0].id)
    # w1 dies: what it had not acknowledged goes to another one.
    assert store.outbox.reclaim(SITE, "w2", min_idle_ms=60_000, now=world.now) == []
    time.sleep(0.02)
    taken = store.outbox.reclaim(SITE, "w2", min_idle_ms=10, now=world.now)
    assert first[1].id in [task.id for task in taken]
    assert {task.tries for task in taken} == {2}
    for task in taken:
        store.outbox.acknowledge(SITE, task.id)
    assert store.maintenance.stats(SITE)["outbox"] == 0


def test_what_fails_too_often_is_buried(world: World) -> None:
    store = world.store
    world.post()
    task = store.outbox.read(SITE, "w1")[0]
    seen = []
    for _ in range(20):
        # The test of the back-off is the worker's: here no time has to pass.
        store.connection.client.xclaim(
            key("outbox", SITE), "workers", "w1", 0, [task.id], idle=10_000_000
        )
        found = store.outbox.reclaim(SITE, "w1", min_idle_ms=1, now=world.now)
        if not found:
            break
        seen.append(found[0].tries)
    assert store.maintenance.stats(SITE)["dead"] == 1
    assert store.maintenance.stats(SITE)["outbox"] == 0
    dead = store.connection.client.xrange(key("dead", SITE))[0][1]
    assert dead[b"task"] == task.id.encode()
    assert dead[b"type"] == b"comment.created"
    assert len(seen) >= 3
    assert store.streams.audit(SITE, limit=1)[0][0] == AuditEntry(
        id=ANY, at=world.now, actor="worker", verb="bury", subject=task.id, detail={}
    )
    with pytest.raises(NotFoundError):
        store.outbox.dead_letter(SITE, task.id, "again", now=world.now)


def test_an_outbox_without_its_group_gets_one(world: World) -> None:
    world.post()
    world.store.connection.client.xgroup_destroy(key("outbox", SITE), "workers")
    assert world.store.outbox.reclaim(SITE, "w1", min_idle_ms=1, now=world.now) == []
    world.store.outbox.read(SITE, "w1")
    assert len(world.store.outbox.read(SITE, "w1")) == 1


def test_retention_bounds_every_stream_and_record(world: World) -> None:
    store, client = world.store, world.store.connection.client
    for n in range(120):
        world.post(str(n), idempotency=Idempotency(key=str(n), fingerprint="f"))
    for n in range(120):
        assert 0 < client.pttl(key("idem", SITE, idem=str(n))) <= DAY
        break
    assert 0 < client.pttl(key("recent", SITE, who="anna")) <= DAY
    assert client.zcard(key("recent", SITE, who="anna")) <= 50
    real = clock.now()
    untouched = store.maintenance.trim(SITE, real)
    assert not any(untouched.values())
    assert client.xlen(key("audit", SITE)) == 121
    gone = store.maintenance.trim(SITE, real + 3 * DAY)
    assert gone["events"] >= 100
    assert gone["audit"] == gone["outbox"] == 0
    gone = store.maintenance.trim(SITE, real + 366 * DAY)
    assert gone["audit"] >= 100
    assert gone["outbox"] >= 100


def test_expired_claims_are_swept(world: World) -> None:
    world.post(status="held")
    world.store.queue.claim(SITE, "mo", limit=1, lease=60, now=world.now)
    assert world.store.maintenance.trim(SITE, world.now + 59_000)["claims"] == 0
    assert world.store.maintenance.trim(SITE, world.now + 60_000)["claims"] == 1


def test_stats_count_what_is_there(world: World) -> None:
    world.post()
    held = world.post(status="held")
    world.post(status="rejected")
    gone = world.post(thread="b")
    world.store.comments.delete(SITE, gone.id, actor="mo", by_author=False, now=world.tick())
    world.decide(held, "approve")
    stats = world.store.maintenance.stats(SITE)
    assert {k: v for k, v in stats.items() if v} == {
        "queue.all": 1,
        "queue.rejected": 1,
        "comments.published": 2,
        "comments.rejected": 1,
        "comments.deleted": 1,
        "threads": 2,
        "outbox": 6,
    }
