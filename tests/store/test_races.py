"""Many at once: exact counts, and nothing left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation.errors import NotFoundError, RejoinderError, UnavailableError
from moderation.records import Comment, Idempotency, Limit
from moderation.store.keys import SCHEMA, key
from tests.support.store_world import SITE, World


def race(act: Callable[[int], object], times: int = 24) -> Counter[str]:
    """Run it from eight threads; counts `done` and the codes of the errors."""

    def one(n: int) -> str:
        try:
            act(n)
        except RejoinderError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(one, range(times)))


def test_one_key_writes_one_comment(world: World) -> None:
    once = Idempotency(key="k", fingerprint="f")
    sent = [world.comment(str(n)) for n in range(24)]
    found: list[bool] = []

    def act(n: int) -> None:
        found.append(world.send(sent[n], idempotency=once).replay is None)

    assert race(act) == {"done": 24}
    assert found.count(True) == 1
    assert world.tree()["thread"]["count"] == 1


def test_a_limit_lets_exactly_its_amount_through(world: World) -> None:
    limit = (Limit(name="comments:anna", amount=5, window=3600),)
    now = world.now

    def act(n: int) -> None:
        world.now = now
        world.send(world.comment(str(n)), limits=limit)

    assert race(act) == {"done": 5, "rate-limited": 19}
    assert world.tree()["thread"]["count"] == 5


def test_reports_at_once_all_weigh(world: World) -> None:
    comment = world.post()
    assert race(lambda n: world.report(comment, f"reader{n}", 0.25), 16) == {"done": 16}
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert case.priority.terms == {"reports": 4.0}
    assert len(case.reports) == 16


def test_votes_at_once_all_count(world: World) -> None:
    comment = world.post()
    race(
        lambda n: world.store.votes.cast(
            SITE, comment.id, f"v{n}", 1 if n % 3 else -1, now=world.now
        )
    )
    stored = world.store.comments.get(SITE, comment.id)
    assert (stored.up, stored.down) == (16, 8)


def test_replies_at_once_are_all_counted(world: World) -> None:
    root = world.post("root")
    assert race(lambda n: world.post(str(n), parent=root.id)) == {"done": 24}
    tree = world.tree()
    assert tree["thread"]["count"] == 25
    assert tree["comments"][0]["reply_count"] == 24
    assert world.store.maintenance.check(SITE) == []


def test_of_racing_edits_one_wins_each_version(world: World) -> None:
    comment = world.post("first")
    results = race(lambda n: world.rewrite(comment, f"edit {n}"), 16)
    assert results == {"done": 1, "changed": 15}
    assert world.store.comments.get(SITE, comment.id).version == 2


def test_erasing_in_the_midst_of_edits_leaves_nothing(world: World) -> None:
    for trial in range(5):
        comment = world.post("xylophone", idempotency=Idempotency(key=f"p{trial}", fingerprint="f"))

        def act(n: int, comment: Comment = comment, trial: int = trial) -> None:
            if n == 6:
                world.store.comments.delete(
                    SITE, comment.id, actor="a", by_author=True, now=world.tick()
                )
                return
            once = Idempotency(key=f"e{trial}-{n}", fingerprint="f")
            version = world.store.comments.get(SITE, comment.id).version
            world.rewrite(replace(comment, version=version), f"xylophone {n}", idempotency=once)

        race(act, 12)
        stored = world.store.comments.get(SITE, comment.id)
        assert (stored.status, stored.text) == ("deleted", "")
        client = world.store.connection.client
        for name in client.keys(f"*idem:?{trial}*"):
            assert client.hgetall(name) == {b"s": b"deleted"}
    assert world.tree()["comments"] == []
    assert world.store.maintenance.check(SITE) == []


def test_decisions_and_edits_at_once_agree(world: World) -> None:
    for _ in range(4):
        comment = world.post(status="held")

        def act(n: int, comment: Comment = comment) -> None:
            if n % 4 == 0:
                world.rewrite(comment, f"edit {n}", status="held")
            else:
                world.decide(comment, "approve" if n % 2 else "reject")

        race(act, 12)
    assert world.store.maintenance.check(SITE) == []


def test_a_flushed_script_cache_is_filled_again(world: World) -> None:
    client = world.store.connection.client
    client.script_flush()
    comment = world.post()
    client.script_flush()
    assert world.page().version == 1
    assert world.store.comments.get(SITE, comment.id).id == comment.id


def test_what_a_newer_release_wrote_is_left_alone(world: World) -> None:
    comment = world.post()
    client = world.store.connection.client
    client.hset(key("comment", SITE, comment=comment.id), "v", SCHEMA + 1)
    for act in (
        lambda: world.store.comments.get(SITE, comment.id),
        lambda: world.store.votes.cast(SITE, comment.id, "ben", 1, now=world.now),
        lambda: world.decide(comment, "reject"),
        lambda: world.store.comments.delete(
            SITE, comment.id, actor="a", by_author=True, now=world.now
        ),
    ):
        with pytest.raises(UnavailableError) as error:
            act()
        assert error.value.code == "newer-record"


def test_a_batch_does_not_wait_for_a_dead_server_again_and_again(world: World) -> None:
    sent = [world.post(str(n), status="held") for n in range(4)]
    client = world.store.connection.client
    items = [(c.id, 1) for c in sent]
    # The second comment's record is unreadable: the server answers, but not with the comment.
    name = key("comment", SITE, comment=sent[1].id)
    client.delete(name)
    client.set(name, "corrupt")
    _, outcomes = world.store.queue.decide_batch(
        SITE, "b1", action="reject", moderator="mo", items=items, now=world.tick()
    )
    kinds = [type(outcome).__name__ for _, outcome in outcomes]
    assert kinds == ["Decision", "UnavailableError", "UnavailableError", "UnavailableError"]
    assert [comment for comment, _ in outcomes] == [c.id for c in sent]
    with pytest.raises(NotFoundError):
        world.store.queue.undo_batch(SITE, "b2", moderator="mo", now=world.tick())
