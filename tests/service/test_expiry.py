"""What is held or rejected for long expires: in steps, once, and not what somebody works on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from moderation.archive import export_lines
from moderation.clock import DAY
from moderation.errors import CommentExpiredError
from moderation.expiry import Expiry
from moderation.records import Idempotency
from moderation.services import Services, services_of
from moderation.store.keys import key
from tests.support.app import ORIGIN
from tests.support.store_world import SITE, World

DAYS = 30


@pytest.fixture
def world(app: Flask) -> World:
    made = World(services_of(app).store)
    made.create()
    made.store.sites.update(
        SITE, origins=[ORIGIN], policy={"held_expire_days": DAYS}, actor="mo", now=made.now
    )
    return made


@pytest.fixture
def services(app: Flask) -> Services:
    return services_of(app)


def pass_over(services: Services, at: int, *workers: Expiry) -> int:
    """Let workers go their whole way, in turns."""
    workers = workers or (Expiry(),)
    return sum(worker.step(services, SITE, now=at) for worker in workers)


def test_what_expires_and_what_does_not(world: World, services: Services) -> None:
    store = world.store
    once = Idempotency(key="k", fingerprint="f")
    held = world.post("Held text", status="held", author="eve", ip="ip", idempotency=once)
    place = key("place", SITE, author="eve")
    store.connection.client.set(place, "ip")
    rejected = world.post("Rejected text", status="rejected", author="eve")
    store.mail_addresses.ask(SITE, "adr", "eve", sealed="x", language="en", now=world.now)
    store.mail_addresses.confirm(SITE, "adr", "eve", daily=False, now=world.now)
    published = world.post("Seen by all")
    flagged = world.post("Seen, and queued", lane="uncertain")
    escalated = world.post("For the owner", status="held")
    world.decide(escalated, "escalate")
    claimed = world.post("Somebody reads it", status="held", thread="b")
    late = world.post("Rejected late")
    at = world.tick(DAYS * DAY)
    store.queue.renew(SITE, claimed.id, "mo", now=at)
    decision = world.decide(late, "reject")
    made = world.decide(rejected, "reject")
    batch = "0b"
    store.queue.decide_batch(SITE, batch, action="reject", moderator="mo", items=[], now=at)

    at = world.tick(3000)
    assert pass_over(services, at) == 1
    gone = store.comments.get(SITE, held.id)
    assert (gone.status, gone.text, gone.author.name, gone.expired) == ("deleted", "", "", at)
    stored = store.connection.client.hgetall(key("comment", SITE, comment=held.id))
    assert not {b"x", b"o", b"ip", b"k", b"z", b"ik"} & set(stored)
    for kept in (rejected, published, flagged, escalated, claimed, late):
        assert store.comments.get(SITE, kept.id).text
    assert store.mail_addresses.of(SITE, "eve") is not None

    # A month later the decisions are old too, and nobody is at work any more.
    at = world.tick(DAYS * DAY)
    both = Expiry(), Expiry()
    assert pass_over(services, at, *both, *both) == 3
    assert store.comments.expired(SITE) == {"held": 2, "rejected": 2}
    assert store.mail_addresses.of(SITE, "eve") is None
    assert not store.connection.client.exists(place)
    for one in (made, decision):
        with pytest.raises(CommentExpiredError):
            store.queue.undo(SITE, one.id, moderator="mo", now=at)
    expired = [e for e in store.streams.audit(SITE, limit=50)[0] if e.verb == "expire"]
    assert sorted(e.subject for e in expired) == sorted(
        c.id for c in (held, rejected, claimed, late)
    )
    assert {e.actor for e in expired} == {"system"}
    assert store.maintenance.check(SITE) == []
    exported = [json.loads(line) for line in export_lines(store, store.sites.get(SITE))]
    told: dict[str, Any] = {
        line["comment"]["id"]: line["comment"] for line in exported if "comment" in line
    }
    assert (told[late.id]["status"], told[late.id]["text"]) == ("deleted", "")
    assert told[late.id]["expired"] == at
    assert told[published.id]["expired"] is None


def test_it_is_off_unless_the_site_says_so(world: World, services: Services) -> None:
    world.store.sites.update(SITE, policy={}, actor="mo", now=world.now)
    world.post("Held text", status="held")
    assert pass_over(services, world.tick(1000 * DAY)) == 0


def test_large_threads_take_several_steps(world: World, services: Services) -> None:
    hidden = {world.post(f"Held {n}", status="held", thread=f"t{n % 7}").id for n in range(21)}
    client = world.store.connection.client
    nodes = key("nodes", SITE, thread=world.store.comments.get(SITE, min(hidden)).thread)
    # A large thread by its index alone: what is looked at is the index.
    client.hset(nodes, mapping={f"other-{n}": "p|||{}" for n in range(5_000)})
    steps = list(world.store.maintenance.hidden(SITE, before=world.now, start="8"))
    assert len(steps) >= 3
    assert sorted(i for step in steps for i in step) == sorted(hidden)
    assert list(world.store.maintenance.hidden(SITE, before=0)) == [[]] * len(
        list(world.store.maintenance.hidden(SITE, before=world.now))
    )
