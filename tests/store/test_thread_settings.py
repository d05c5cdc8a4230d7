"""What is set for a thread alone, and undoing it; the list of threads."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.errors import (
    BadCursorError,
    IdempotencyMismatchError,
    NotPinnableError,
    NotUndoableError,
    SlowModeError,
    SupersededError,
    ThreadChangeNotFoundError,
    ThreadClosedError,
)
from moderation.records import Comment, Idempotency, Thread, ThreadSort
from moderation.store.keys import key
from tests.support.store_world import NOW, SITE, World, thread_record, uuid7

A = thread_record().id


def change(world: World, thread: str = A, **changes: Any) -> str | None:
    return world.store.threads.change(SITE, thread, changes, actor="mo", now=world.tick())


def undo(world: World, change_id: str, thread: str = A) -> str | None:
    return world.store.threads.undo_change(SITE, thread, change_id, actor="mo", now=world.tick())


def read(world: World, thread: str = A) -> Thread:
    return world.store.threads.get(SITE, thread)


def test_each_change_is_audited_with_what_it_replaced_and_undone_by_its_id(world: World) -> None:
    root = world.post()
    version = read(world).version
    closed = change(world, closed=True)
    assert closed
    several = change(
        world, slow_seconds=60, premoderate="links", pinned=root.id, authors=("x", "y")
    )
    assert several
    found = read(world)
    assert (found.closed, found.slow_seconds, found.premoderate) == (True, 60, "links")
    assert (found.pinned, found.authors, found.hidden) == (root.id, ("x", "y"), False)
    assert found.version > version
    entries = {e.id: e for e in world.store.streams.audit(SITE, limit=9)[0]}
    assert (entries[closed].verb, entries[several].verb) == ("close", "thread")
    assert entries[several].detail["changes"] == {
        "slow_seconds": {"before": 0, "after": 60},
        "premoderate": {"before": None, "after": "links"},
        "pinned": {"before": None, "after": root.id},
        "authors": {"before": None, "after": "x y"},
    }
    assert change(world, closed=True, slow_seconds=60) is None
    back = undo(world, several)
    assert back
    found = read(world)
    assert (found.closed, found.slow_seconds, found.premoderate) == (True, 0, None)
    assert (found.pinned, found.authors) == (None, ())
    with pytest.raises(SupersededError):
        undo(world, several)
    with pytest.raises(NotUndoableError):
        undo(world, back)
    assert undo(world, closed)
    assert not read(world).closed


def test_what_was_changed_since_is_not_put_back_even_in_part(world: World) -> None:
    world.post()
    first = change(world, slow_seconds=60, hidden=True)
    change(world, slow_seconds=30)
    with pytest.raises(SupersededError):
        undo(world, first or "")
    assert (read(world).slow_seconds, read(world).hidden) == (30, True)
    # To the same value by way of another is a change too.
    change(world, slow_seconds=60)
    with pytest.raises(SupersededError):
        undo(world, first or "")


def test_nothing_else_in_the_audit_is_a_change_of_this_thread(world: World) -> None:
    world.post()
    world.post(thread="b")
    other = change(world, thread_record("b").id, closed=True)
    entries = world.store.streams.audit(SITE, limit=9)[0]
    for id in (other or "", *(e.id for e in entries if e.verb == "submit"), "1-1"):
        with pytest.raises(ThreadChangeNotFoundError):
            undo(world, id)


def test_the_same_key_changes_once(world: World) -> None:
    world.post()
    once = Idempotency(key="k", fingerprint="f")
    ask: Any = {"actor": "mo", "idempotency": once, "now": world.now}
    made = world.store.threads.change(SITE, A, {"closed": True}, **ask)
    undo(world, made or "")
    assert world.store.threads.change(SITE, A, {"closed": True}, **ask) == made
    assert not read(world).closed
    ask["idempotency"] = Idempotency(key="k", fingerprint="g")
    with pytest.raises(IdempotencyMismatchError):
        world.store.threads.change(SITE, A, {"closed": True}, **ask)


_CHANGES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "closed": st.booleans(),
            "hidden": st.booleans(),
            "slow_seconds": st.sampled_from((0, 5, 60)),
            "premoderate": st.sampled_from((None, "none", "all")),
            "authors": st.sampled_from(((), ("x",), ("x", "y"))),
        },
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_CHANGES)
def test_undoing_all_in_turn_gives_back_each_state(
    world: World, steps: list[dict[str, Any]]
) -> None:
    world.store.connection.client.delete(key("thread", SITE, thread=A))
    world.post()

    def state() -> dict[str, Any]:
        found = read(world)
        return {name: getattr(found, name) for name in ("closed", "hidden", "slow_seconds")} | {
            "premoderate": found.premoderate,
            "authors": found.authors,
        }

    states, made = [state()], []
    for step in steps:
        before = states[-1]
        done = change(world, **step)
        assert (done is None) == (before == before | step)
        if done:
            made.append(done)
            states.append(state())
            assert states[-1] == before | step
    for done, before in reversed(list(zip(made, states, strict=False))):
        undo(world, done)
        assert state() == before


def test_a_slow_thread_takes_one_comment_of_an_author_in_its_seconds(world: World) -> None:
    world.post(author="ann")
    change(world, slow_seconds=60)
    first = world.send(world.comment(author="ann"), paced="ann")
    assert first.comment
    for wait in (59, 30):
        with pytest.raises(SlowModeError) as refused:
            world.send(world.comment(author="ann"), paced="ann")
        assert (refused.value.status, refused.value.code) == (429, "slow-mode")
        left = int(refused.value.headers["Retry-After"])
        assert left == wait
        world.tick(28_000 if wait == 59 else 29_000)
    # Another author, another thread, and whom nobody paces do not wait.
    assert world.send(world.comment(author="ben"), paced="ben").comment
    assert world.send(world.comment(author="ann", thread="b"), thread="b", paced="ann").comment
    assert world.send(world.comment(author="ann")).comment
    assert world.send(world.comment(author="ann"), paced="ann").comment
    change(world, slow_seconds=1)
    world.tick()
    assert world.send(world.comment(author="ann"), paced="ann").comment
    # An edit is no comment.
    world.rewrite(first.comment, "other words")


def test_two_at_once_in_a_slow_thread_are_one(world: World) -> None:
    """Whoever comes second is refused, however close, and the first one's answer is repeated."""
    world.post()
    change(world, slow_seconds=3600)
    once = Idempotency(key="k", fingerprint="f")
    comment = world.comment(author="ann")
    assert world.send(comment, paced="ann", idempotency=once).comment
    assert world.send(comment, paced="ann", idempotency=once).replay
    with pytest.raises(SlowModeError):
        world.send(world.comment(author="ann"), paced="ann")
    assert world.store.maintenance.check(SITE) == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    count=st.integers(1, 9),
    at=st.integers(0, 8),
    limit=st.integers(1, 10),
    liked=st.lists(st.integers(0, 8), max_size=3),
)
def test_the_pinned_one_comes_first_and_once_in_every_order(
    world: World, count: int, at: int, limit: int, liked: list[int]
) -> None:
    name = uuid7()
    roots = [world.post(thread=name) for _ in range(count)]
    for n in liked:
        world.store.votes.cast(SITE, roots[n % count].id, "rita", 1, now=world.tick(20_000))
    world.tick(20_000)
    thread = thread_record(name).id
    pinned = roots[at % count].id

    def all_(sort: str) -> list[str]:
        seen, cursor = [], None
        while True:
            page = world.tree(name, sort=sort, limit=limit, cursor=cursor)
            assert page["thread"].get("pinned") == world.store.threads.get(SITE, thread).pinned
            seen += [c["id"] for c in page["comments"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return seen

    sorts = ("newest", "oldest", "top")
    before = {sort: all_(sort) for sort in sorts}
    change(world, thread, pinned=pinned)
    for sort in sorts:
        rest = [i for i in before[sort] if i != pinned]
        assert all_(sort) == [pinned, *rest]
    around = world.store.threads.around(SITE, thread, pinned, now=world.now)
    assert [c["id"] for c in json.loads(around.body)["comments"]] == [pinned]


def test_only_a_published_top_comment_is_pinned_and_shown_while_it_is(world: World) -> None:
    root = world.post()
    reply = world.post(parent=root.id)
    held = world.post(status="held")
    elsewhere = world.post(thread="b")
    for comment in (reply, held, elsewhere):
        with pytest.raises(NotPinnableError):
            change(world, pinned=comment.id)
    other = world.post()
    change(world, pinned=root.id)
    assert [c["id"] for c in world.tree()["comments"]] == [root.id, other.id]
    world.decide(root, "reject")
    tree = world.tree()
    # Its reply keeps its place, as under every comment that is hidden.
    assert [c["id"] for c in tree["comments"]] == [other.id, root.id]
    assert "pinned" not in tree["thread"]
    world.decide(root, "approve")
    assert [c["id"] for c in world.tree()["comments"]] == [root.id, other.id]


def test_a_hidden_thread_is_empty_for_readers_and_comes_back_whole(world: World) -> None:
    root = world.post()
    reply = world.post(parent=root.id)
    shown = world.page()
    counts = [[A], [thread_record("b").id]]
    hidden = change(world, hidden=True)
    page = world.tree()
    assert (page["comments"], page["next_cursor"]) == ([], None)
    assert (page["thread"]["hidden"], page["thread"]["closed"]) == (True, True)
    assert page["thread"]["count"] == 0
    assert world.page().etag != shown.etag
    threads, comments = world.store.threads, world.store.comments
    assert b'"comments":[]' in threads.around(SITE, A, reply.id, now=world.now).body
    assert b'"comments":[]' in threads.replies(SITE, root.id, now=world.now).body
    assert threads.counts_at(SITE, counts) == threads.counts(SITE, [A, "b"]) == [0, 0]
    assert comments.latest(SITE, limit=9) == []
    assert comments.latest(SITE, limit=9, thread_id=A) == []
    with pytest.raises(ThreadClosedError):
        world.post()
    assert read(world).count == 2
    undo(world, hidden or "")
    assert [c["id"] for c in world.tree()["comments"]] == [root.id]
    assert len(comments.latest(SITE, limit=9)) == 2


# the list


def listed(world: World, sort: ThreadSort = "active", limit: int = 2, **more: Any) -> list[str]:
    seen: list[str] = []
    cursor = None
    while True:
        page = world.store.listing.page(SITE, sort=sort, limit=limit, cursor=cursor, **more)
        seen += [each.thread.title for each in page.threads]
        cursor = page.next_cursor
        if cursor is None:
            return seen


def titles(*names: str) -> list[str]:
    return [thread_record(name).title for name in names]


def test_threads_are_listed_by_activity_size_and_what_waits(world: World) -> None:
    big = [world.post(thread="big") for _ in range(3)]
    world.post(thread="quiet")
    world.post(thread="waits", status="held")
    world.post(thread="waits", status="held")
    world.post(thread="busy", lane="uncertain")
    assert listed(world) == titles("busy", "waits", "quiet", "big")
    world.post(thread="quiet")
    assert listed(world) == titles("quiet", "busy", "waits", "big")
    assert listed(world, "comments") == titles("big", "quiet", "busy", "waits")
    assert listed(world, "waiting") == titles("waits", "busy")
    world.decide(big[0], "reject")
    world.decide(big[1], "reject")
    assert listed(world, "comments", limit=9)[0] == thread_record("quiet").title
    assert world.store.listing.waiting(SITE, [thread_record("waits").id]) == [2]
    assert listed(world, "waiting", search="WAITS page") == titles("waits")
    change(world, thread_record("big").id, closed=True)
    change(world, thread_record("busy").id, hidden=True)
    assert listed(world, state="open") == titles("quiet", "waits")
    assert listed(world, state="closed") == titles("big")
    assert listed(world, state="hidden") == titles("busy")
    over = world.store.threads.get(SITE, thread_record("waits").id).created
    assert listed(world, state="closed", over_before=over) == titles("quiet", "big")
    with pytest.raises(BadCursorError):
        world.store.listing.page(SITE, cursor="a1")
    assert world.store.maintenance.check(SITE) == []


def test_threads_and_cases_from_before_there_was_a_list_are_entered(world: World) -> None:
    client = world.store.connection.client
    for name in ("a", "b"):
        world.post(thread=name)
        world.post(thread=name, status="held")
        client.hdel(key("thread", SITE, thread=thread_record(name).id), "last")
    held = world.post(thread="b", status="held")
    client.hdel(key("thread", SITE, thread=thread_record("b").id), "last")
    client.delete(key("listing", SITE))
    for member in client.zrangebylex(key("queue", SITE), "[thread/", "(thread0"):
        client.zrem(key("queue", SITE), member)
    world.decide(held, "approve")
    assert listed(world) == []
    client.zadd(key("queue", SITE), {f"thread/{held.thread}/{held.id}": 0})
    world.post(thread="new")
    world.post(thread="a", status="held")
    assert listed(world) == titles("a", "new")
    assert world.store.maintenance.list_threads(SITE) == 1
    assert world.store.maintenance.enter_cases(SITE) == 2
    assert world.store.maintenance.list_threads(SITE) == 0
    assert world.store.maintenance.enter_cases(SITE) == 0
    assert listed(world) == titles("a", "new", "b")
    assert listed(world, "comments") == titles("b", "new", "a")
    assert listed(world, "waiting") == titles("a", "b")
    assert world.store.maintenance.check(SITE) == []


def test_a_search_looks_through_so_many_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.store.listing._LOOKED_THROUGH", 2)
    for n in range(5):
        world.post(thread=f"t{n}")
    first = world.store.listing.page(SITE, search="t0")
    assert (first.threads, bool(first.next_cursor)) == ((), True)
    assert listed(world, search="t0") == titles("t0")
    assert listed(world, search="none of these") == []


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(("post", "hold", "reject", "approve", "delete", "move")),
            st.sampled_from("abc"),
            st.integers(0, 9),
        ),
        max_size=14,
    )
)
def test_the_list_agrees_with_the_threads_whatever_happens(
    world: World, steps: list[tuple[str, str, int]]
) -> None:
    world.store.connection.client.flushall()
    world.create()
    made: list[Comment] = []
    for what, name, n in steps:
        if what in ("post", "hold"):
            status: Any = "published" if what == "post" else "held"
            made.append(world.post(thread=name, status=status))
        elif not made:
            continue
        elif what == "delete":
            gone = made.pop(n % len(made))
            world.store.comments.delete(SITE, gone.id, actor="mo", by_author=False, now=NOW)
        elif what == "move":
            source = world.store.comments.get(SITE, made[n % len(made)].id).thread
            authors = world.store.moves.authors(SITE, [source])[source]
            world.store.moves.move(
                SITE,
                source,
                thread_record(name),
                authors=authors,
                actor="cli",
                now=world.tick(),
            )
        else:
            world.decide(made[n % len(made)], "approve" if what == "approve" else "reject")
    assert world.store.maintenance.check(SITE) == []
    threads = {t.id: t for t in world.store.export.threads(SITE)}
    page = world.store.listing.page(SITE, sort="comments", limit=9)
    assert {each.thread.id for each in page.threads} == set(threads)
    sizes = [each.thread.count for each in page.threads]
    assert sizes == sorted(sizes, reverse=True)
    latest = [each.thread.last or 0 for each in world.store.listing.page(SITE, limit=9).threads]
    assert latest == sorted(latest, reverse=True)
    cases = world.store.queue.page(SITE, limit=50, now=world.now).cases
    assert sum(each.waiting for each in page.threads) == len(cases)


def test_a_merged_thread_keeps_what_either_was_kept_to(world: World) -> None:
    root = world.post()
    world.post(thread="b")
    change(world, slow_seconds=60, pinned=root.id, authors=("x",), premoderate="links")
    b = thread_record("b")
    change(world, b.id, hidden=True, slow_seconds=30, authors=("y", "x"), premoderate="all")
    world.store.moves.move(SITE, A, b, actor="cli", now=world.tick())
    found = read(world, b.id)
    assert (found.hidden, found.closed, found.slow_seconds) == (True, False, 60)
    assert (found.pinned, found.premoderate) == (root.id, "all")
    assert sorted(found.authors) == ["x", "y"]
    assert world.store.maintenance.check(SITE) == []
