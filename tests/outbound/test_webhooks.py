"""From an event to a receiver that verifies it: at least once, in order, whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from moderation import clock
from moderation.errors import NotFoundError
from moderation.json_text import read_json
from moderation.outbound.webhooks.events import events_of, fan_out
from moderation.outbound.webhooks.message import written
from moderation.outbound.webhooks.sender import BACKOFF_MS, OVERLAP_MS, Sender
from moderation.records import Delivery, Webhook
from moderation.services import Services, services_of
from moderation.store import Store
from moderation.store.webhooks import MAX_WAITING
from moderation.tokens import webhook_secret
from moderation.worker import Worker
from tests.support.app import Blog
from tests.support.receiver import Received, Receiver, receiving
from tests.support.store_world import World

HERE = (ip_network("127.0.0.0/8"),)


class Clock:
    """A clock that is moved on by hand; it begins now, since receivers look at the time."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return clock.now() + self.ahead


@pytest.fixture
def services(app: Any) -> Services:
    found = services_of(app)
    here = replace(found.settings, webhook_networks=HERE)
    made = replace(found, settings=here)
    made.attach(app)
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def at() -> Clock:
    return Clock()


@pytest.fixture
def hook(services: Services, blog: Blog, receiver: Receiver) -> Webhook:
    return add(blog.store, receiver)


def add(store: Store, receiver: Receiver, name: str = "hook", **fields: Any) -> Webhook:
    values: dict[str, Any] = {"url": receiver.url, "events": ("*",), "created": clock.now()}
    made = Webhook(site="blog", id=name, **{**values, **fields})
    store.webhooks.add(made, actor="test", now=clock.now())
    return made


def secret(services: Services, hook: Webhook, generation: int = 1) -> str:
    return webhook_secret(services.settings.secret_key, hook.site, hook.id, generation)


def deliver(services: Services, at: Callable[[], int] = clock.now) -> int:
    fan_out(services.store, "blog", now=at())
    return Sender(services, clock=at).run_once()


# what is sent


def test_what_happens_to_a_comment_arrives_signed_and_in_order(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver
) -> None:
    held = blog.made("You idiot.", author={"name": "Ann", "website": "https://ann.example/"})
    blog.decide(held["id"], "approve", reason="fine")
    deliver(services)
    messages = receiver.verified(secret(services, hook))
    assert [m["type"] for m in messages] == [
        "comment.created",
        "comment.held",
        "decision.made",
        "comment.published",
    ]
    created, was_held, decided, published = messages
    comment = created["data"]["comment"]
    assert created["data"]["site"] == "blog"
    assert (comment["id"], comment["text"]) == (held["id"], "You idiot.")
    assert comment["author"]["name"] == "Ann"
    assert comment["link"] == f"https://blog.example/post#rejoinder-comment-{held['id']}"
    assert comment["verdict"]["reasons"][0]["rule"] == "score"
    assert created["data"]["thread"]["title"] == "Post"
    assert (was_held["data"]["status"], published["data"]["status"]) == ("held", "published")
    assert published["data"]["before"] == "held"
    assert decided["data"]["decision"]["action"] == "approve"
    assert created["timestamp"].endswith("Z")
    ids = [received.headers["webhook-id"] for received in receiver.got]
    assert len(set(ids)) == 4
    assert all(each.startswith("msg_") for each in ids)


def test_a_message_that_was_changed_on_the_way_does_not_verify(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver
) -> None:
    blog.made()
    deliver(services)
    verifier = Verifier(secret(services, hook))
    with pytest.raises(WebhookVerificationError):
        verifier.verify(receiver.got[0].body.replace(b"fair", b"foul"), receiver.got[0].headers)


def test_every_event_of_a_comment_is_told(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver
) -> None:
    author = blog.author()
    made = blog.made(headers=author)
    token = {"Rejoinder-Edit-Token": made["edit_token"], **author}
    path = f"/api/v1/sites/blog/comments/{made['id']}"
    assert blog.client.patch(path, json={"text": "You idiot."}, headers=token).status_code == 200
    decision = blog.decide(made["id"], "reject", version=2).json
    undone = blog.client.post(
        f"/api/v1/sites/blog/decisions/{decision['id']}/undo", headers=blog.admin
    )
    assert undone.status_code == 201, undone.text
    other = blog.made("Another fair point.")
    reported = blog.client.post(
        f"/api/v1/sites/blog/comments/{other['id']}/reports",
        json={"reason": "spam"},
        headers=blog.author(),
    )
    assert reported.status_code in (200, 201)
    assert blog.client.delete(path, headers=token).status_code == 200
    deliver(services)
    of_comment = [kind for kind, comment in receiver.events() if comment == made["id"]]
    assert of_comment == [
        "comment.created",
        "comment.published",
        "comment.edited",
        "comment.held",
        "decision.made",
        "comment.rejected",
        "decision.undone",
        "comment.held",
        "comment.deleted",
    ]
    assert ("report.created", other["id"]) in receiver.events()


def test_text_that_was_erased_is_not_sent(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver
) -> None:
    made = blog.made("A secret that is regretted.")
    services.store.comments.delete("blog", made["id"], actor="a", by_author=True, now=clock.now())
    deliver(services)
    assert [kind for kind, _ in receiver.events()] == [
        "comment.created",
        "comment.published",
        "comment.deleted",
    ]
    assert not any(b"regretted" in received.body for received in receiver.got)
    assert not any(
        b"regretted" in value
        for name, value in blog.everything().items()
        if b"webhook" in name or b"undelivered" in name
    )


def test_only_what_was_asked_for_is_sent(
    services: Services, blog: Blog, receiver: Receiver
) -> None:
    add(blog.store, receiver, events=("comment.held",))
    blog.made()
    blog.made("You idiot.")
    deliver(services)
    assert [kind for kind, _ in receiver.events()] == ["comment.held"]


def test_an_import_is_not_told(services: Services, blog: Blog, receiver: Receiver) -> None:
    world = World(blog.store, now=clock.now())
    world.create("other")
    made = Webhook(site="other", id="h", url=receiver.url, events=("*",), created=1)
    blog.store.webhooks.add(made, actor="test", now=1)
    from moderation.submission import bring_in
    from tests.support.store_world import thread_record

    comment = world.comment("Written long ago.", site="other")
    bring_in(blog.store, comment, thread_record(), max_depth=6, tracking=())
    fan_out(blog.store, "other", now=clock.now())
    Sender(services).run_once()
    assert receiver.got == []


def test_a_webhook_does_not_hear_of_what_was_before_it(
    services: Services, blog: Blog, receiver: Receiver
) -> None:
    blog.made("Before.")
    add(blog.store, receiver)
    after = blog.made("After it.")
    deliver(services)
    assert {comment for _, comment in receiver.events()} == {after["id"]}


@pytest.mark.parametrize("style", ["slack", "discord", "mattermost", "matrix"])
def test_a_chat_gets_a_line_that_calls_nobody(
    services: Services, blog: Blog, receiver: Receiver, style: str
) -> None:
    add(blog.store, receiver, format=style, events=("comment.held",))
    text = "You idiot. <!channel> @everyone @room **bold** [x](https://evil.example) <b>&"
    blog.made(text, author={"name": "<@U1> _Ann_"})
    deliver(services)
    body = receiver.got[0].message
    said = body.get("content") or body["text"]
    assert "A comment waits for review" in said
    assert "/dashboard/cases/" in said
    assert "idiot" in said
    for call in ("<!channel>", "<@U1>") if style == "slack" else ("@everyone", "@room"):
        if style != "matrix" or call == "@room":
            assert call not in said
            assert call not in body.get("html", "")
    if style == "discord":
        assert body["allowed_mentions"] == {"parse": []}
        assert "](https://evil" not in said
    if style == "matrix":
        assert "<b>" not in body["html"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=4000))
def test_discord_gets_no_more_than_it_takes(services: Services, blog: Blog, text: str) -> None:
    answer = blog.post(text)
    if answer.status_code != 201:
        return
    made = Delivery(
        id="m", webhook="h", subject="s", event="comment.held", at=1,
        data={"comment": answer.json["id"]},
    )  # fmt: skip
    body = read_json(written(services, made, site="blog", style="discord"))
    assert len(body["content"]) <= 2000
    assert "/dashboard/cases/" in body["content"]


def test_a_measure_is_told(services: Services, blog: Blog, hook: Webhook) -> None:
    data = {"author": "an/na", "measure": "m1", "kind": "suspend", "until": 1_800_000_000_000}
    made = Delivery(
        id="m", webhook=hook.id, subject="an/na", event="author.measured", at=1, data=data
    )
    message = read_json(written(services, made, site="blog", style="standard"))
    assert message["data"] == {
        "site": "blog",
        "author": "an/na",
        "measure": {
            "id": "m1",
            "kind": "suspend",
            "until": "2027-01-15T08:00:00.000Z",
            "undone": False,
        },
    }
    line = read_json(written(services, made, site="blog", style="slack"))["text"]
    assert "A measure was set for an author: suspend" in line
    assert "/dashboard/authors/an%2Fna" in line


def test_rotating_the_secret_leaves_time_to_follow(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver, at: Clock
) -> None:
    changes = {"generation": 2, "overlap": clock.now() + OVERLAP_MS}
    services.store.webhooks.change("blog", hook.id, changes, actor="test", now=clock.now())
    blog.made()
    deliver(services)
    for generation in (1, 2):
        assert len(receiver.verified(secret(services, hook, generation))) == 2
    receiver.got.clear()
    services.store.webhooks.change(
        "blog", hook.id, {"overlap": clock.now() - 1}, actor="test", now=clock.now()
    )
    blog.made("Another.")
    deliver(services)
    assert receiver.verified(secret(services, hook, 2))
    with pytest.raises(WebhookVerificationError):
        receiver.verified(secret(services, hook, 1))


def test_no_secret_is_stored(services: Services, blog: Blog, hook: Webhook) -> None:
    wanted = secret(services, hook).removeprefix("whsec_").encode()
    assert not any(wanted in value for value in blog.everything().values())


# when it does not arrive


def test_it_is_tried_again_over_a_day_and_then_given_up(
    services: Services, blog: Blog, receiver: Receiver, at: Clock
) -> None:
    receiver.reply = lambda *_: (500, {}, b"")
    hook = add(blog.store, receiver, events=("comment.created",))
    made = blog.made()
    sender = Sender(services, clock=at)
    fan_out(services.store, "blog", now=at())
    assert sender.run_once() == 1
    for pause in BACKOFF_MS:
        at.ahead += pause - 4000
        assert sender.run_once() == 0
        at.ahead += 4001
        assert sender.run_once() == 1
    assert 24 * 3600_000 < sum(BACKOFF_MS) < 36 * 3600_000
    at.ahead += 10**9
    assert sender.run_once() == 0
    assert len(receiver.got) == len(BACKOFF_MS) + 1
    assert len({received.headers["webhook-id"] for received in receiver.got}) == 1
    state = services.store.webhooks.states("blog")[hook.id]
    assert (state.waiting, state.delivered, state.error) == (0, None, "It answered 500.")
    (given_up,), following = services.store.webhooks.undelivered("blog", limit=10)
    assert following is None
    assert (given_up.delivery.event, given_up.delivery.subject) == ("comment.created", made["id"])
    assert given_up.reason == "It answered 500."
    # Replayed, it arrives.
    receiver.reply = lambda *_: (200, {}, b"")
    services.store.webhooks.replay("blog", given_up.id, now=at())
    with pytest.raises(NotFoundError):
        services.store.webhooks.replay("blog", given_up.id, now=at())
    assert sender.run_once() == 1
    state = services.store.webhooks.states("blog")[hook.id]
    assert (state.waiting, state.error) == (0, "")
    assert services.store.webhooks.undelivered("blog", limit=10) == ([], None)


def test_what_fails_keeps_what_follows_it_waiting_and_nothing_else(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver, at: Clock
) -> None:
    first, second = blog.made("First."), blog.made("Second.")
    down = [first["id"]]

    def reply(receiver: Receiver, received: Received) -> Any:
        failing = received.message["data"]["comment"]["id"] in down
        return (503 if failing else 200), {}, b""

    receiver.reply = reply
    blog.decide(first["id"], "reject")
    sender = Sender(services, clock=at)
    fan_out(services.store, "blog", now=at())
    sender.run_once()
    told = receiver.events()
    assert [kind for kind, comment in told if comment == first["id"]] == ["comment.created"]
    assert [kind for kind, comment in told if comment == second["id"]] == [
        "comment.created",
        "comment.published",
    ]
    down.clear()
    at.ahead += BACKOFF_MS[0] + 1
    sender.run_once()
    assert [kind for kind, comment in receiver.events() if comment == first["id"]] == [
        "comment.created",
        "comment.created",
        "comment.published",
        "decision.made",
        "comment.rejected",
    ]


def test_410_switches_it_off_and_what_waits_stays(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver, at: Clock
) -> None:
    receiver.reply = lambda *_: (410, {}, b"")
    blog.made()
    deliver(services, at)
    assert len(receiver.got) == 1
    assert services.store.webhooks.get("blog", hook.id).off == "gone"
    blog.made("Not told of this one.")
    at.ahead += 10**9
    deliver(services, at)
    assert len(receiver.got) == 1
    services.store.webhooks.change("blog", hook.id, {"off": None}, actor="test", now=at())
    receiver.reply = lambda *_: (200, {}, b"")
    receiver.got.clear()
    deliver(services, at)
    assert [kind for kind, _ in receiver.events()] == ["comment.created", "comment.published"]


def test_retry_after_is_heeded(
    services: Services, blog: Blog, receiver: Receiver, at: Clock
) -> None:
    add(blog.store, receiver, events=("comment.created",))
    receiver.reply = lambda *_: (429, {"Retry-After": "600"}, b"")
    blog.made()
    sender = Sender(services, clock=at)
    fan_out(services.store, "blog", now=at())
    sender.run_once()
    at.ahead += 590_000
    assert sender.run_once() == 0
    at.ahead += 11_000
    assert sender.run_once() == 1


def test_one_that_hangs_keeps_no_other_waiting(
    services: Services, blog: Blog, receiver: Receiver
) -> None:
    let_go = threading.Event()

    def hang(*_: Any) -> Any:
        let_go.wait(30)
        return 200, {}, b""

    with receiving(hang) as hanging:
        add(blog.store, hanging, "hanging")
        add(blog.store, receiver, "quick")
        for n in range(20):
            blog.made(f"Point {n}.", headers=blog.admin)
        fan_out(services.store, "blog", now=clock.now())
        stop = threading.Event()
        thread = threading.Thread(target=Sender(services).run, args=(stop,))
        thread.start()
        until(lambda: len(receiver.got) >= 40)
        assert len(hanging.got) <= 4
        let_go.set()
        stop.set()
        thread.join()


def test_more_than_may_wait_is_given_up_and_can_be_replayed(
    services: Services, blog: Blog, hook: Webhook
) -> None:
    store = services.store

    def waiting(n: int) -> Delivery:
        data = {"comment": f"s{n % 900}"}
        return Delivery(
            id=f"m{n}",
            webhook=hook.id,
            subject=data["comment"],
            event="comment.held",
            at=1,
            data=data,
        )

    for start in range(0, MAX_WAITING, 500):
        some = [waiting(n) for n in range(start, start + 500)]
        store.webhooks.enqueue("blog", some, now=1)
    more = [waiting(n) for n in range(MAX_WAITING, MAX_WAITING + 3)]
    store.webhooks.enqueue("blog", more, now=1)
    assert store.webhooks.states("blog")[hook.id].waiting == MAX_WAITING
    found, _ = store.webhooks.undelivered("blog", limit=10)
    assert [each.delivery.id for each in found] == ["m10002", "m10001", "m10000"]
    assert {each.reason for each in found} == {"Too many were waiting."}
    store.webhooks.remove("blog", hook.id, actor="test", now=1)
    assert store.webhooks.undelivered("blog", limit=10) == ([], None)
    left = {name for name in blog.everything() if b"webhook" in name}
    assert left <= {b"{blog}:webhooks:state"}


# whoever dies


def until(done: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_late_end_of_a_try_is_not_taken_for_anothers(
    services: Services, blog: Blog, hook: Webhook
) -> None:
    blog.made()
    store, now = services.store.webhooks, clock.now()
    fan_out(services.store, "blog", now=now)
    (slow,) = store.claim("blog", hook.id, count=1, lease_ms=1000, now=now)
    assert store.claim("blog", hook.id, count=1, lease_ms=1000, now=now + 999) == []
    (quick,) = store.claim("blog", hook.id, count=1, lease_ms=1000, now=now + 1000)
    assert (quick.id, quick.tries) == (slow.id, 2)
    assert store.finish("blog", quick, now=now)
    assert not store.finish("blog", slow, now=now)
    (following,) = store.claim("blog", hook.id, count=1, lease_ms=1000, now=now + 1001)
    assert following.event == "comment.published"


def test_several_workers_take_each_event_once_and_in_order(
    services: Services, blog: Blog, hook: Webhook, receiver: Receiver
) -> None:
    comments = [blog.made(f"Point {n}.", headers=blog.admin)["id"] for n in range(10)]
    workers = [Worker(services) for _ in range(3)]
    for comment in comments:
        blog.decide(comment, "reject")

    def work(worker: Worker) -> None:
        while worker.run_once():
            pass

    threads = [threading.Thread(target=work, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    Sender(services).run_once()
    told: dict[str, list[str]] = defaultdict(list)
    for kind, comment in receiver.events():
        told[comment].append(kind)
    expected = ["comment.created", "comment.published", "decision.made", "comment.rejected"]
    assert told == dict.fromkeys(comments, expected)


def test_deliveries_survive_the_kill_of_the_worker(
    services: Services, blog: Blog, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers are killed at any moment; each event arrives at least once, in order, none twice
    under another id."""
    from moderation.outbound.webhooks import sender

    monkeypatch.setattr(sender, "LEASE_MS", 300)
    with receiving(lambda *_: (time.sleep(0.02), (200, {}, b""))[1]) as receiver:
        services.store.webhooks.change(
            "blog", hook.id, {"url": receiver.url}, actor="test", now=clock.now()
        )
        comments = []
        for round_ in range(6):
            for n in range(4):
                comment = blog.made(f"Point {round_} {n}.", headers=blog.admin)["id"]
                blog.decide(comment, "reject")
                comments.append(comment)
            child = os.fork()
            if child == 0:
                Worker(services, retry_ms=100).run(threading.Event())
                os._exit(1)
            time.sleep(0.05 + 0.07 * round_)
            os.kill(child, signal.SIGKILL)
            assert os.waitpid(child, 0)[1] == signal.SIGKILL
        stop = threading.Event()
        thread = threading.Thread(target=Worker(services, retry_ms=100).run, args=(stop,))
        thread.start()
        expected = ["comment.created", "comment.published", "decision.made", "comment.rejected"]

        def all_told() -> bool:
            state = services.store.webhooks.states("blog").get(hook.id)
            return len(set(receiver.events())) == 4 * len(comments) and (
                state is not None and state.waiting == 0
            )

        until(all_told, 60)
        stop.set()
        thread.join()
        assert services.store.maintenance.stats("blog")["outbox"] == 0
        receiver.verified(secret(services, hook))
        ids: dict[tuple[str, str], set[str]] = defaultdict(set)
        told: dict[str, list[str]] = defaultdict(list)
        for received, (kind, comment) in zip(receiver.got, receiver.events(), strict=True):
            ids[kind, comment].add(received.headers["webhook-id"])
            told[comment].append(kind)
        assert {len(found) for found in ids.values()} == {1}
        for comment in comments:
            # A try whose end was not noted comes again, before anything that follows it.
            assert told[comment] == sorted(told[comment], key=expected.index)
            assert set(told[comment]) == set(expected)


# which events a task is


@pytest.mark.parametrize(
    ("kind", "data", "expected"),
    [
        ("comment.created", {"status": "published"}, ["comment.created", "comment.published"]),
        ("comment.created", {"status": "held", "imported": True}, []),
        ("comment.changed", {"status": "deleted"}, ["comment.deleted"]),
        (
            "comment.changed",
            {"status": "published", "before": "published", "edited": True},
            ["comment.edited"],
        ),
        (
            "comment.changed",
            {"status": "published", "before": "held", "edited": False},
            ["comment.published"],
        ),
        ("case.decided", {"status": "held", "before": "held", "decision": "d"}, ["decision.made"]),
        ("author.measured", {"author": "a"}, ["author.measured"]),
        # As an earlier release wrote it.
        ("comment.changed", {"status": "held"}, []),
        ("site.created", {}, []),
    ],
)
def test_a_task_is_these_events(kind: str, data: dict[str, Any], expected: list[str]) -> None:
    assert list(events_of(kind, data)) == expected
