"""The outbox worker on a real store: nothing is lost, nothing blocks, bad tasks end aside."""

from __future__ import annotations

import os
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from moderation import clock
from moderation.errors import UnavailableError
from moderation.services import services_of
from moderation.store import Store
from moderation.store.results import Task
from moderation.worker import MAINTENANCE_MS, Worker, is_alive
from tests.support.store_world import SITE, World


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.create()
    return world


@pytest.fixture
def services(store: Store, tmp_path: Path) -> Any:
    return SimpleNamespace(store=store, settings=SimpleNamespace(data_dir=tmp_path))


def outbox(world: World) -> int:
    return world.store.maintenance.stats(SITE)["outbox"]


def until(done: Any, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_tasks_are_done_in_order_and_forgotten(world, services):
    posted = [world.post(f"remark {n}").id for n in range(25)]
    seen: list[Any] = []
    worker = Worker(
        services,
        {"comment.created": lambda _, site, task: seen.append((site, task.data["comment"]))},
    )
    while worker.run_once():
        pass
    assert seen == [(SITE, comment) for comment in posted]
    assert outbox(world) == 0


def test_a_task_without_a_handler_is_forgotten(world, services):
    world.post()
    assert Worker(services, {}).run_once() == 1
    assert outbox(world) == 0


def test_workers_share_the_tasks(world, services):
    posted = {world.post(f"remark {n}").id for n in range(60)}
    seen: list[tuple[int, Any]] = []

    def note(_: Any, site: str, task: Task) -> None:
        seen.append((threading.get_ident(), task.data["comment"]))
        time.sleep(0.002)

    def work() -> None:
        worker = Worker(services, {"comment.created": note})
        while worker.run_once():
            pass

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(comment for _, comment in seen) == sorted(posted)
    assert len({thread for thread, _ in seen}) > 1


def test_a_failed_task_comes_back_more_and_more_slowly_and_ends_as_a_dead_letter(world, services):
    world.post()
    begun = 0.0
    tries: list[tuple[float, float]] = []  # each was delivered between these two times

    def fail(_: Any, site: str, task: Task) -> None:
        tries.append((begun, time.monotonic()))
        raise ZeroDivisionError if len(tries) % 2 else UnavailableError("not now")

    worker = Worker(services, {"comment.created": fail}, retry_ms=2)

    def buried() -> bool:
        nonlocal begun
        begun = time.monotonic()
        worker.run_once()
        return world.store.maintenance.stats(SITE)["dead"] == 1

    until(buried)
    assert outbox(world) == 0
    longest = [later - sooner for (sooner, _), (_, later) in pairwise(tries)]
    assert len(tries) == 8
    # The server counts whole milliseconds.
    assert all(pause >= 0.002 * 2**n - 0.002 for n, pause in enumerate(longest))


def test_one_bad_task_does_not_hold_up_the_others(world, services):
    bad, good = world.post("bad").id, world.post("good").id
    seen = []

    def handle(_: Any, site: str, task: Task) -> None:
        if task.data["comment"] == bad:
            raise ValueError
        seen.append(task.data["comment"])

    Worker(services, {"comment.created": handle}).run_once()
    assert seen == [good]
    assert outbox(world) == 1


def test_a_killed_workers_task_is_taken_over(world, services):
    comment = world.post().id
    child = os.fork()
    if child == 0:
        die = Worker(services, {"comment.created": lambda *_: os.kill(os.getpid(), signal.SIGKILL)})
        die.run_once()
        os._exit(1)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert outbox(world) == 1
    seen: list[Any] = []
    handlers = {
        "comment.created": lambda _, site, task: seen.append((task.data["comment"], task.tries))
    }
    assert Worker(services, handlers, retry_ms=60_000).run_once() == 0
    until(Worker(services, handlers, retry_ms=50).run_once)
    assert seen == [(comment, 2)]
    assert outbox(world) == 0


def test_it_stops_when_told_and_shows_that_it_lives(world, services, tmp_path):
    now = clock.now()
    assert not is_alive(tmp_path, now)
    stop = threading.Event()
    thread = threading.Thread(target=Worker(services, {}).run, args=(stop,))
    thread.start()
    until(lambda: is_alive(tmp_path, now))
    assert not is_alive(tmp_path, now + 120_000)
    before = time.monotonic()
    stop.set()
    thread.join()
    assert time.monotonic() - before < 2


def test_it_waits_for_a_storage_that_is_away(world, services, tmp_path):
    calls = []

    class Away(Worker):
        def run_once(self) -> int:
            calls.append(1)
            if len(calls) == 1:
                raise UnavailableError
            return super().run_once()

    world.post()
    stop = threading.Event()
    thread = threading.Thread(target=Away(services, {}).run, args=(stop,))
    thread.start()
    until(lambda: outbox(world) == 0)
    stop.set()
    thread.join()
    assert len(calls) >= 2


def test_a_site_whose_storage_is_away_does_not_hold_up_the_others(world, services):
    other = World(world.store)
    other.create("a-site-before-it")
    other.post(site="a-site-before-it")
    world.post()
    away = ["a-site-before-it"]

    outbox_of = world.store.outbox

    def reclaim(site: str, *more: Any, now: int) -> Any:
        if site in away:
            raise UnavailableError
        return outbox_of.reclaim(site, *more, now=now)

    services.store = SimpleNamespace(
        sites=world.store.sites,
        outbox=SimpleNamespace(
            read=outbox_of.read, reclaim=reclaim, acknowledge=outbox_of.acknowledge
        ),
        maintenance=world.store.maintenance,
    )
    worker = Worker(services, {})
    with pytest.raises(UnavailableError):
        worker.run_once()
    assert outbox(world) == 0
    away.clear()
    assert worker.run_once() == 1


def test_upkeep_follows_the_clock(world, services):
    now = [world.now]
    worker = Worker(services, {}, clock=lambda: now[0])
    trimmed: list[int] = []

    def trim(site: str, at: int) -> Any:
        trimmed.append(at)
        return world.store.maintenance.trim(site, at)

    services.store = SimpleNamespace(
        sites=world.store.sites,
        outbox=world.store.outbox,
        maintenance=SimpleNamespace(
            trim=trim,
            enter_cases=world.store.maintenance.enter_cases,
            fill_latest=world.store.maintenance.fill_latest,
            list_threads=world.store.maintenance.list_threads,
        ),
    )
    for step in (0, 1000, MAINTENANCE_MS - 1001, 1, MAINTENANCE_MS):
        now[0] += step
        worker.run_once()
    assert trimmed == [
        world.now,
        world.now + MAINTENANCE_MS - 1 + 1,
        world.now + 2 * MAINTENANCE_MS,
    ]


def test_new_sites_are_found(world, services):
    now = [world.now]
    seen: list[str] = []
    worker = Worker(
        services,
        {"comment.created": lambda _, site, task: seen.append(site)},
        clock=lambda: now[0],
    )
    worker.run_once()
    other = World(world.store)
    other.create("other")
    other.post(site="other")
    now[0] += 60_000
    worker.run_once()
    assert seen == ["other"]


@pytest.fixture
def held(app, blog, scorer) -> Any:
    """A comment that came while the scorer was down."""
    scorer.down = True
    made = blog.made("A fair point about the river.")
    assert made["status"] == "held"
    return made


def worker_of(app: Any) -> Worker:
    return Worker(services_of(app), retry_ms=1)


def test_what_could_not_be_scored_is_scored_when_it_can(app, blog, scorer, held):
    worker = worker_of(app)
    worker.run_once()
    assert blog.store.comments.get("blog", held["id"]).scored.failed
    assert blog.store.maintenance.stats("blog")["outbox"] == 1
    assert blog.thread()["comments"] == []
    scorer.down = False
    until(worker.run_once)
    comment = blog.store.comments.get("blog", held["id"])
    assert (comment.status, comment.version, comment.text) == (
        "published",
        1,
        "A fair point about the river.",
    )
    assert not comment.scored.failed
    assert comment.scored.scores["toxicity"] < 0.1
    assert [(c["id"], c["status"]) for c in blog.thread()["comments"]] == [
        (held["id"], "published")
    ]
    worker.run_once()  # the change is itself a task
    stats = blog.store.maintenance.stats("blog")
    assert (stats["outbox"], stats["queue.all"], stats["dead"]) == (0, 0, 0)
    assert blog.store.maintenance.check("blog") == []


def test_rescoring_finds_what_is_abusive(app, blog, scorer):
    scorer.down = True
    made = blog.made("You idiot.")
    scorer.down = False
    worker_of(app).run_once()
    comment = blog.store.comments.get("blog", made["id"])
    assert comment.status == "held"
    assert comment.verdict.lane == "harmful"
    assert blog.store.maintenance.check("blog") == []


def test_what_moderators_wrote_or_edited_keeps_its_status(app, blog, scorer):
    link = blog.moderator("mod@blog.example")[1]
    session = blog.client.post("/api/v1/session", json={"token": link})
    waiting = blog.made("You idiot.")
    scorer.down = True
    written = blog.made(
        "Do not call him an idiot.", headers={"Rejoinder-CSRF": session.json["csrf"]}
    )
    edited = blog.client.patch(
        f"/api/v1/sites/blog/comments/{waiting['id']}",
        json={"text": "A fair point."},
        headers=blog.admin,
    )
    assert (written["status"], edited.json["status"]) == ("published", "held")
    scorer.down = False
    worker_of(app).run_once()
    for made, status in ((written, "published"), (waiting, "held")):
        comment = blog.store.comments.get("blog", made["id"])
        assert (comment.status, comment.scored.failed) == (status, False)
    assert blog.store.maintenance.stats("blog")["queue.all"] == 1
    assert blog.store.maintenance.check("blog") == []


@pytest.mark.parametrize("action", ["approve", "reject"])
def test_a_persons_decision_stands(app, blog, scorer, held, action):
    decided = blog.client.post(
        f"/api/v1/sites/blog/queue/{held['id']}/decisions",
        json={"action": action, "version": 1},
        headers=blog.admin,
    )
    assert decided.status_code in (200, 201), decided.text
    before = blog.store.comments.get("blog", held["id"])
    scorer.down = False
    worker_of(app).run_once()
    assert blog.store.comments.get("blog", held["id"]) == before
    assert blog.store.maintenance.stats("blog")["outbox"] == 0


def test_a_comment_deleted_meanwhile_is_left_alone(app, blog, scorer, held):
    blog.store.comments.delete("blog", held["id"], actor="a", by_author=True, now=clock.now())
    scorer.down = False
    worker_of(app).run_once()
    assert blog.store.comments.get("blog", held["id"]).status == "deleted"
    assert blog.store.maintenance.stats("blog")["outbox"] == 0
