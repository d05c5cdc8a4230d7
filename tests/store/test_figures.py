"""What is told of sites: what waits, since when, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.clock import DAY, HOUR
from moderation.records import Delivery, MailPost, Webhook
from moderation.store import Store
from moderation.store.figures import SiteFigures
from moderation.store.mail import MAX_BOUNCES
from tests.support.store_world import NOW, SITE, World


def figures(store: Store, now: int) -> SiteFigures:
    (found,) = store.figures.of([SITE], now=now)
    return found


def write(world: World, at: int, status: Any) -> Any:
    """Write a comment whose id says when that was, as all ids do."""
    world.now = at
    comment = world.comment(status=status)
    written = f"{at:012x}"
    comment = replace(comment, id=f"{written[:8]}-{written[8:]}{comment.id[13:]}")
    sent = world.send(comment)
    assert sent.comment is not None
    return sent.comment


def waits(store: Store) -> Mapping[str, int]:
    """By lane since when the case waits that waits longest, from all of the cases."""
    since: dict[str, int] = {}
    for case in store.queue.page(SITE, limit=100, now=NOW).cases:
        for lane in ("all", *case.lanes):
            since[lane] = min(case.queued, since.get(lane, case.queued))
    return since


def test_a_site_with_nothing(store: Store, world: World) -> None:
    found = figures(store, NOW)
    assert set(found.cases.values()) == {0}
    assert (found.oldest, found.mail_oldest, found.dead) == ({}, None, 0)
    assert (found.addresses_off, found.webhooks_off, found.undelivered) == (0, 0, 0)
    assert dict(found.tallies) == {}


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 20)), max_size=8))
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_since_when_the_longest_waits_is_exact(store: Store, cases: list[tuple[bool, int]]) -> None:
    """Held as it comes, or reported some days later: the first need not wait longest."""
    store.connection.call(lambda client: client.flushall())
    world = World(store)
    world.create()
    reported = []
    for number, (held, days) in enumerate(cases):
        comment = write(world, NOW + number * HOUR, "held" if held else "published")
        if not held:
            reported.append((NOW + number * HOUR + days * DAY, comment))
    for at, comment in sorted(reported, key=lambda pair: pair[0]):
        world.now = at
        world.report(comment, "ben")
    assert figures(store, world.now).oldest == waits(store)


def test_what_the_worker_has_still_to_do(store: Store, world: World) -> None:
    first = write(world, NOW, "held")
    write(world, NOW + 1, "published")
    found = figures(store, NOW)
    assert (found.outbox, found.cases["harmful"], found.comments["held"]) == (2, 1, 1)
    assert found.outbox_oldest is not None
    tasks = store.outbox.read(SITE, "w", count=10)
    store.outbox.dead_letter(SITE, tasks[0].id, "broken", now=NOW)
    store.outbox.acknowledge(SITE, tasks[1].id)
    found = figures(store, NOW)
    assert (found.outbox, found.outbox_oldest, found.dead) == (0, None, 1)
    world.decide(first, "approve")
    assert figures(store, NOW).oldest == {}


def test_mail_and_what_became_of_it(store: Store, world: World) -> None:
    posts = [MailPost(recipient=f"m-{n}", item="w/c/1", due=NOW + n) for n in range(3)]
    store.mail.post(SITE, posts, now=NOW)
    found = figures(store, NOW + 1)
    assert (found.mail, found.mail_oldest) == (2, NOW)
    assert figures(store, NOW - 1).mail_oldest is None
    store.mail.settle(SITE, "m-0", ["w/c/1"], sent=True, again=NOW, now=NOW)
    for n in range(MAX_BOUNCES):
        over = "refused" if n == MAX_BOUNCES - 1 else None
        assert figures(store, NOW).addresses_off == 0
        store.mail.settle(
            SITE, "m-1", ["w/c/1"] if over else (), failed=True, bounced=True, dead=over,
            again=NOW, now=NOW,
        )  # fmt: skip
    found = figures(store, NOW)
    assert found.addresses_off == 1
    assert dict(found.tallies) == {"mail/sent": 1, "mail/failed": MAX_BOUNCES, "mail/dead": 1}


def test_deliveries_and_what_became_of_them(store: Store, world: World) -> None:
    hook = Webhook(
        site=SITE, id="hook", url="https://a.example/", events=("*",), created=NOW, off="gone"
    )
    store.webhooks.add(hook, actor="mo", now=NOW)
    deliveries = [
        Delivery(webhook="hook", subject=str(n), id=str(n), event="e", at=NOW, data={})
        for n in range(3)
    ]
    store.webhooks.enqueue(SITE, deliveries, now=NOW)
    assert figures(store, NOW).deliveries == 3
    one, other, third = store.webhooks.claim(SITE, "hook", count=3, lease_ms=1, now=NOW)
    store.webhooks.finish(SITE, one, now=NOW)
    store.webhooks.finish(SITE, other, error="500", due=NOW + 1, now=NOW)
    store.webhooks.finish(SITE, third, error="500", now=NOW)
    found = figures(store, NOW)
    assert (found.deliveries, found.undelivered, found.webhooks_off) == (1, 1, 1)
    assert dict(found.tallies) == {
        "webhooks/delivered": 1,
        "webhooks/failed": 2,
        "webhooks/dead": 1,
    }


def test_many_sites_are_a_few_round_trips(store: Store, world: World) -> None:
    slugs = [f"site-{n}" for n in range(40)]
    for slug in slugs:
        world.create(slug)
    calls: list[Any] = []
    call = store.connection.call
    store.connection.call = lambda *a, **k: (calls.append(a), call(*a, **k))[1]  # type: ignore[method-assign]
    try:
        found = store.figures.of(store.figures.slugs(), now=NOW)
    finally:
        store.connection.call = call  # type: ignore[method-assign]
    assert [each.slug for each in found] == sorted([SITE, *slugs])
    assert len(calls) <= 3
