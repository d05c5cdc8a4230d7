"""One call of every verb that writes, on a site where each of them has something to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from moderation.records import (
    Comment,
    Crowd,
    Decision,
    Delivery,
    Idempotency,
    Limit,
    MailChoice,
    MailPost,
    Measure,
    Priority,
    Raid,
    Site,
    Suggestion,
    Webhook,
)
from moderation.store import Judged, Likeness
from moderation.store.keys import key
from tests.support.store_world import (
    NOW,
    SITE,
    World,
    credential,
    escalate_without_its_lane,
    moderator,
    thread_record,
    uuid7,
)

LIMITS = (
    Limit(name="writes", amount=1000, window=60),
    Limit(name="day", amount=9000, window=86400),
)
WEBHOOK = Webhook(site=SITE, id="hook", url="https://hooks.example/in", events=("*",), created=NOW)
ALIKE = Likeness(bands=tuple(f"{i:012x}" for i in range(12)))
CROWD = Crowd(address="a", network="n", at_address=5, in_network=9)
LOGIN = credential("login", moderator="mo", secret_hash="1" * 64, expires=4_000_000_000_000)


@dataclass
class Stage:
    """What `set_up` made."""

    world: World
    root: Comment
    reply: Comment
    held: Comment
    flagged: Comment
    reported: Comment
    rejected: Decision
    task: str
    batch: str
    key: str
    suggestion: Suggestion
    claimed: Delivery
    undelivered: str
    measure: str
    group: str
    group_batch: str

    @property
    def once(self) -> Idempotency:
        return Idempotency(key=uuid7(), fingerprint="f")

    @property
    def store(self) -> Any:
        return self.world.store


def delivery(name: str = "m1", **fields: Any) -> Delivery:
    values: dict[str, Any] = {
        "id": name,
        "webhook": WEBHOOK.id,
        "subject": "c1",
        "event": "comment.held",
        "at": NOW,
        "data": {"comment": "c1"},
    }
    return Delivery(**{**values, **fields})


def set_up(world: World) -> Stage:
    """A site with every kind of record; the same calls always give the same shape."""
    store = world.store
    world.create()
    key = credential()
    store.credentials.add(key, "mo", world.tick())
    store.accounts.create(moderator(), [LOGIN], actor="mo", now=world.tick())
    session = credential("session", moderator="li", expires=4_000_000_000_000)
    store.accounts.create(moderator("li"), [session], actor="mo", now=world.tick())
    root = world.post("root", idempotency=Idempotency(key="old", fingerprint="f"), ip="ip")
    reply = world.post("reply", parent=root.id, author="ben")
    held = world.post("held", status="held", author="cat", ip="ip")
    flagged = world.post("flagged", lane="uncertain")
    reported = world.post("reported", author="dan")
    world.report(reported, "rita")
    world.report(flagged, "rita")
    store.votes.cast(SITE, root.id, "rita", 1, now=world.tick())
    store.votes.cast(SITE, root.id, "sam", -1, now=world.tick())
    store.queue.claim(SITE, "mo", limit=1, now=world.tick())
    rejected = world.decide(reply, "reject")
    world.decide(root, "approve")
    batch = uuid7()
    store.queue.decide_batch(
        SITE, batch, action="approve", moderator="mo", items=[], now=world.tick()
    )
    suggestion = Suggestion(
        id="s1",
        site=SITE,
        source="perspective",
        community="c",
        text="words",
        language="en",
        labels={"toxicity": 1.0},
        credential=key.id,
        created=world.now,
    )
    store.suggestions.add(suggestion, now=world.tick())
    store.usage.add(SITE, key.id, "2026-11", {"calls": 1})
    store.mail.post(SITE, [_to_be_told("w/1/1", world)], now=world.tick())
    store.mail_addresses.ask(SITE, "adr", "anna", sealed="x", language="en", now=world.tick())
    store.mail_addresses.ask(
        SITE, "ann", "gus", sealed="x", language="en", guest=True, now=world.tick()
    )
    store.mail_addresses.confirm(SITE, "ann", "gus", daily=False, now=world.tick())
    store.guest_logins.ask(SITE, "ann", new_id="l1", now=world.tick())
    measure = store.measures.set(SITE, a_measure(author="dan", kind="review"), now=world.tick()).id
    store.threads.change(SITE, root.thread, {"slow_seconds": 5}, actor="mo", now=world.tick())
    flood = [world.comment("flood", author=f"bot{i}", thread="f") for i in range(5)]
    for comment in flood:
        world.send(comment, thread="f", likeness=ALIKE)
    group_batch, _ = _decide_group(store, flood[0].id, world.tick())
    task = store.outbox.read(SITE, "w1", count=1)[0].id
    world.page()
    claimed, undelivered = _set_up_webhook(world)
    return Stage(
        world,
        root,
        reply,
        held,
        flagged,
        reported,
        rejected,
        task,
        batch,
        key.id,
        suggestion,
        claimed,
        undelivered,
        measure,
        flood[0].id,
        group_batch,
    )


def _decide_group(store: Any, group: str, now: int, **more: Any) -> Any:
    return store.groups.open_batch(
        SITE,
        group,
        uuid7(),
        action="reject",
        moderator="mo",
        next_like="hold",
        comments=5,
        now=now,
        **more,
    )


def _to_be_told(item: str, world: World) -> MailPost:
    return MailPost(recipient="m-mo", item=item, due=world.now, gap=1000)


def _set_up_webhook(world: World) -> tuple[Delivery, str]:
    """A webhook with a delivery that was given up, one that is tried and two that wait."""
    webhooks = world.store.webhooks
    webhooks.add(WEBHOOK, actor="mo", now=world.tick())
    waiting = [delivery("m1"), delivery("m2"), delivery("m3"), delivery("m4", subject="c2")]
    webhooks.enqueue(SITE, waiting, now=world.tick())
    for _ in range(2):
        claimed = webhooks.claim(SITE, WEBHOOK.id, count=1, lease_ms=1000, now=world.tick())[0]
        if claimed.id == "m1":
            webhooks.finish(SITE, claimed, error="It answered 500.", now=world.now)
    return claimed, webhooks.undelivered(SITE, limit=1)[0][0].id


def _submit(s: Stage) -> None:
    w = s.world
    w.send(
        w.comment("new reply", parent=s.root.id, author="ben", lane="uncertain"),
        idempotency=s.once,
        limits=LIMITS,
        ip="ip",
        judged=Judged(standing=None, place="ip"),
        paced="ben",
        likeness=replace(ALIKE, raid=Raid(group=s.group, asks="hold")),
        proof=(uuid7(), w.now + 60_000),
    )


def _edit(s: Stage) -> None:
    s.world.rewrite(s.flagged, "other words", status="held", idempotency=s.once)


def _vote(s: Stage) -> None:
    s.store.votes.cast(
        SITE,
        s.root.id,
        "eve",
        1,
        crowd=CROWD,
        limits=LIMITS,
        idempotency=s.once,
        now=s.world.tick(),
    )


def _report(s: Stage) -> None:
    s.store.reports.add(
        s.store.reports.context(SITE, s.reported.id),
        "eve",
        "spam",
        "n",
        weight=0.5,
        priority=Priority(total=1.5, terms={}),
        crowd=CROWD,
        limits=LIMITS,
        idempotency=s.once,
        now=s.world.tick(),
    )


def _mend_top(s: Stage) -> None:
    client = s.store.connection.client
    client.zadd(key("top", SITE, thread=s.root.thread), {f"0000000001{s.root.id}": 0})
    s.store.maintenance.mend_top(SITE)


def _mend(s: Stage) -> None:
    client = s.store.connection.client
    client.zrem(key("roots", SITE, thread=s.root.thread), s.root.id)
    s.store.maintenance.mend(SITE)


def _mend_thread(s: Stage) -> None:
    client = s.store.connection.client
    client.zadd(key("roots", SITE, thread=s.root.thread), {"nobody": 0})
    s.store.maintenance.mend(SITE)


def _mend_votes(s: Stage) -> None:
    client = s.store.connection.client
    client.hset(key("mine", SITE, thread=s.root.thread, author="zoe"), s.root.id, 1)
    s.store.maintenance.mend(SITE)


def _mend_counts(s: Stage) -> None:
    client = s.store.connection.client
    client.hset(key("totals", SITE), "published", 99)
    client.hset(key("author", SITE, author=s.root.author.id), "comments", 99)
    s.store.maintenance.mend(SITE)


def _leave_claim(s: Stage) -> None:
    s.store.connection.client.hset(key("claims", SITE), s.root.id, "4000000000000|mo")


def _drop_claims(s: Stage) -> None:
    _leave_claim(s)
    s.store.maintenance.drop_claims(SITE)


def _create_site(s: Stage) -> None:
    site = Site(slug="new", name="N", origins=(), policy={}, created=0)
    owner = moderator("own", site="new")
    s.store.sites.create(site, credential=credential(site="new"), moderator=owner, now=1)


def _use_login(s: Stage) -> None:
    session = credential("session", moderator="mo")
    s.store.credentials.use_login(SITE, LOGIN.id, LOGIN.secret_hash, session, s.world.tick())


def _enter_cases(s: Stage) -> None:
    escalate_without_its_lane(s.world, s.reported)
    s.store.maintenance.enter_cases(SITE)


def _fill_latest(s: Stage) -> None:
    s.store.connection.client.delete(key("latest", SITE))
    s.store.maintenance.fill_latest(SITE)


def _list_threads(s: Stage) -> None:
    client = s.store.connection.client
    client.delete(key("listing", SITE))
    client.hdel(key("thread", SITE, thread=s.root.thread), "last")
    s.store.maintenance.list_threads(SITE)


def a_measure(**fields: Any) -> Measure:
    """A measure for the author `cat`, unless `fields` say otherwise."""
    values: dict[str, Any] = {"id": uuid7(), "author": "cat", "kind": "ban", "moderator": "mo"}
    return Measure(**{**values, "created": 0, **fields})


# The script → a call that runs it (last) and changes something.
VERBS: dict[str, Callable[[Stage], Any]] = {
    "submit": _submit,
    "edit": _edit,
    "delete": lambda s: s.store.comments.delete(
        SITE, s.root.id, actor="anna", by_author=True, now=s.world.tick()
    ),
    "hidden": lambda s: list(s.store.maintenance.hidden(SITE, before=s.world.now, start="8")),
    "vote": _vote,
    "report": _report,
    "claim": lambda s: s.store.queue.claim(SITE, "jo", limit=2, now=s.world.tick()),
    "renew": lambda s: s.store.queue.renew(SITE, s.reported.id, "mo", now=s.world.tick(10**6)),
    "release": lambda s: s.store.queue.release(
        SITE,
        next(c for c in s.store.queue.page(SITE, now=s.world.now).cases if c.claim).comment.id,
        "mo",
        now=s.world.tick(),
    ),
    "enter_cases": _enter_cases,
    "decide": lambda s: s.world.decide(s.reported, "reject", batch=s.batch, idempotency=s.once),
    "undo": lambda s: s.store.queue.undo(
        SITE, s.rejected.id, moderator="mo", idempotency=s.once, now=s.world.tick()
    ),
    "create_batch": lambda s: s.store.queue.decide_batch(
        SITE,
        uuid7(),
        action="reject",
        moderator="mo",
        items=[],
        idempotency=s.once,
        now=s.world.tick(),
    ),
    "change_thread": lambda s: s.store.threads.change(
        SITE,
        thread_record().id,
        {"closed": True, "pinned": s.root.id},
        actor="mo",
        idempotency=s.once,
        now=s.world.tick(),
    ),
    "decide_group": lambda s: _decide_group(s.store, s.group, s.world.tick(), idempotency=s.once),
    "undo_group": lambda s: s.store.groups.lift(
        SITE, s.group_batch, moderator="mo", now=s.world.tick()
    ),
    "list_threads": _list_threads,
    "name_thread": lambda s: s.store.threads.name(
        replace(thread_record(), title="Another"), site=SITE, actor="mo", now=s.world.tick()
    ),
    "mend_top": _mend_top,
    "examine": lambda s: s.store.maintenance.check(SITE),
    "mend": _mend,
    "mend_thread": _mend_thread,
    "mend_votes": _mend_votes,
    "mend_counts": _mend_counts,
    "drop_claims": _drop_claims,
    "move_thread": lambda s: s.store.moves.move(
        SITE,
        thread_record().id,
        replace(thread_record("z"), title="Moved"),
        authors=s.store.moves.authors(SITE, [thread_record().id])[thread_record().id],
        actor="cli",
        now=s.world.tick(),
    ),
    "page": lambda s: s.world.page(sort="top"),
    "counts": lambda s: s.store.threads.counts_at(SITE, [[thread_record().id]]),
    "cache": lambda s: s.world.page(sort="oldest", now=s.world.now),
    "create_site": _create_site,
    "update_site": lambda s: s.store.sites.update(
        SITE, name="Other", origins=[], policy={}, actor="mo", now=s.world.tick()
    ),
    "create_moderator": lambda s: s.store.accounts.create(
        moderator("jo"), [credential("login")], actor="mo", now=s.world.tick()
    ),
    "set_password": lambda s: s.store.accounts.set_password(SITE, "li", "argon", s.world.tick()),
    "set_role": lambda s: s.store.accounts.set_role(
        SITE, "li", "admin", ("queue", "admin"), actor="mo", now=s.world.tick()
    ),
    "end_sessions": lambda s: s.store.accounts.end_sessions(SITE, "li", "mo", s.world.tick()),
    "remove_moderator": lambda s: s.store.accounts.remove(SITE, "li", "mo", s.world.tick()),
    "add_credential": lambda s: s.store.credentials.add(credential(), "mo", s.world.tick()),
    "revoke_credential": lambda s: s.store.credentials.revoke(SITE, s.key, "mo", s.world.tick()),
    "update_credential": lambda s: s.store.credentials.update_settings(
        SITE, s.key, {"scale": 1}, "mo", s.world.tick()
    ),
    "use_login": _use_login,
    "dead_letter": lambda s: s.store.outbox.dead_letter(SITE, s.task, "no use", now=s.world.tick()),
    "fill_latest": _fill_latest,
    "trim": lambda s: s.store.maintenance.trim(SITE, 4_100_000_000_000),
    "suggest": lambda s: s.store.suggestions.add(
        replace(s.suggestion, id="s2"), now=s.world.tick()
    ),
    "review_suggestion": lambda s: s.store.suggestions.review(
        SITE,
        "s1",
        accept=True,
        created=s.suggestion.created,
        moderator="mo",
        now=s.world.tick(),
    ),
    "post_mail": lambda s: s.store.mail.post(
        SITE, [_to_be_told("w/2/2", s.world)], now=s.world.tick()
    ),
    "lease_mail": lambda s: s.store.mail.lease(SITE, limit=5, now=s.world.tick(10**6)),
    "settle_mail": lambda s: s.store.mail.settle(
        SITE, "m-mo", ["w/1/1"], sent=True, dead="why", again=s.world.now, now=s.world.tick()
    ),
    "choose_mail": lambda s: s.store.mail.choose(
        SITE, "mo", MailChoice(wants="all"), actor="mo", now=s.world.tick()
    ),
    "ask_mail": lambda s: s.store.mail_addresses.ask(
        SITE, "adr", "ben", sealed="x", language="en", limits=LIMITS, now=s.world.tick()
    ),
    "confirm_mail": lambda s: s.store.mail_addresses.confirm(
        SITE, "adr", "anna", daily=True, now=s.world.tick()
    ),
    "ask_guest_login": lambda s: s.store.guest_logins.ask(
        SITE, "ann", new_id="l2", limits=LIMITS, now=s.world.tick(10**6)
    ),
    "open_guest_login": lambda s: s.store.guest_logins.open(
        SITE, "ann", "l1", code="c", now=s.world.tick()
    ),
    "use_guest_login": lambda s: s.store.guest_logins.use(
        SITE, "ann", code="c", now=s.world.tick()
    ),
    "mute_mail": lambda s: s.store.mail_addresses.mute(SITE, "adr", "t", now=s.world.tick()),
    "forget_mail": lambda s: s.store.mail_addresses.forget(SITE, "adr", now=s.world.tick()),
    "set_webhook": lambda s: s.store.webhooks.change(
        SITE, WEBHOOK.id, {"off": "by-hand"}, actor="mo", now=s.world.tick()
    ),
    "enqueue_deliveries": lambda s: s.store.webhooks.enqueue(
        SITE, [delivery("m5")], now=s.world.tick()
    ),
    "claim_deliveries": lambda s: s.store.webhooks.claim(
        SITE, WEBHOOK.id, count=5, lease_ms=1000, now=s.world.tick(10_000)
    ),
    "finish_delivery": lambda s: s.store.webhooks.finish(
        SITE, s.claimed, error="It answered 500.", now=s.world.tick()
    ),
    "replay_delivery": lambda s: s.store.webhooks.replay(SITE, s.undelivered, now=s.world.tick()),
    "remove_webhook": lambda s: s.store.webhooks.remove(
        SITE, WEBHOOK.id, actor="mo", now=s.world.tick()
    ),
    "set_measure": lambda s: s.store.measures.set(
        SITE, a_measure(place="ip"), idempotency=s.once, now=s.world.tick()
    ),
    "undo_measure": lambda s: s.store.measures.undo(
        SITE, s.measure, moderator="mo", idempotency=s.once, now=s.world.tick()
    ),
    "count_nudge": lambda s: s.store.nudges.show(SITE, "n", limits=LIMITS, now=s.world.tick()),
    "add_usage": lambda s: s.store.usage.add(SITE, s.key, "2026-11", {"calls": 2}),
}
