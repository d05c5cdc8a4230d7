"""Pages of a thread: order, nesting, tombstones, cursors, versions, and what they cost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moderation.errors import InvalidError, NotFoundError
from moderation.records import Comment
from moderation.store import Page, Store
from moderation.store.keys import key
from moderation.store.threads import PAGE_BYTES
from tests.support.store_world import SITE, World, thread_record


def texts(comments: list[Any]) -> list[str]:
    return [c.get("text", c["status"]) for c in comments]


def walk(world: World, limit: int = 2, **fields: Any) -> list[str]:
    found: list[str] = []
    cursor = None
    while True:
        page = world.tree(limit=limit, cursor=cursor, **fields)
        found += texts(page["comments"])
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_an_unknown_thread_is_empty(world: World) -> None:
    page = world.page("none", url="https://site.example/none")
    assert json.loads(page.body) == {
        "thread": {
            "id": thread_record("none").id,
            "url": "https://site.example/none",
            "title": "",
            "count": 0,
            "closed": False,
            "version": 0,
        },
        "comments": [],
        "next_cursor": None,
    }
    assert page.version == 0
    with pytest.raises(NotFoundError):
        world.store.threads.get(SITE, thread_record("none").id)
    with pytest.raises(NotFoundError):
        world.store.threads.change(SITE, "none", {"closed": True}, actor="mo", now=world.now)


@pytest.mark.parametrize(
    ("sort", "order"), [("newest", "43210"), ("oldest", "01234"), ("top", "20431")]
)
def test_every_sort_pages_without_gap_or_double(world: World, sort: Any, order: str) -> None:
    sent = [world.post(str(n)) for n in range(5)]
    for n, votes in ((2, [1, 1, 1]), (0, [1, 1]), (1, [-1])):
        for who, value in enumerate(votes):
            world.store.votes.cast(SITE, sent[n].id, f"voter{who}", value, now=world.tick(20_000))
    for limit in (1, 2, 3, 5, 100):
        assert walk(world, limit, sort=sort) == list(order)


def test_a_cursor_stays_where_it_was(world: World) -> None:
    sent = [world.post(str(n)) for n in range(6)]
    first = world.tree(limit=2)
    assert texts(first["comments"]) == ["5", "4"]
    world.post("new")
    # Even the comment that the cursor names may go.
    world.store.comments.delete(SITE, sent[4].id, actor="anna", by_author=True, now=world.tick())
    rest = world.tree(limit=2, cursor=first["next_cursor"])
    assert texts(rest["comments"]) == ["3", "2"]


@pytest.mark.parametrize("cursor", ["", "x", "n", "o0", "t12", "n" + "é", "n" + "a" * 65, "n[a"])
def test_a_malformed_cursor_is_refused(world: World, cursor: str) -> None:
    comment = world.post()
    with pytest.raises(InvalidError) as error:
        world.page(cursor=cursor)
    assert error.value.code == "bad-cursor"
    with pytest.raises(InvalidError):
        world.store.threads.replies(SITE, comment.id, cursor=cursor, now=world.now)


def test_replies_nest_three_by_three_and_the_rest_has_a_cursor(world: World) -> None:
    root = world.post("root")
    replies = [world.post(f"r{n}", parent=root.id) for n in range(5)]
    below = [world.post(f"r0.{n}", parent=replies[0].id) for n in range(4)]
    world.post("deep", parent=below[0].id)
    top = world.tree()["comments"][0]
    assert (top["reply_count"], texts(top["replies"])) == (5, ["r0", "r1", "r2"])
    nested = top["replies"][0]
    assert (nested["reply_count"], texts(nested["replies"])) == (4, ["r0.0", "r0.1", "r0.2"])
    assert texts(nested["replies"][0]["replies"]) == ["deep"]
    assert nested["replies"][0]["replies_cursor"] is None
    assert top["replies"][1] == json.loads(json.dumps(top["replies"][1]))
    assert top["replies"][1]["votes"] == {"up": 0, "down": 0}
    more = json.loads(
        world.store.threads.replies(
            SITE, root.id, limit=1, cursor=top["replies_cursor"], now=world.now
        ).body
    )
    assert texts(more["comments"]) == ["r3"]
    last = json.loads(
        world.store.threads.replies(SITE, root.id, cursor=more["next_cursor"], now=world.now).body
    )
    assert (texts(last["comments"]), last["next_cursor"]) == (["r4"], None)
    assert world.store.comments.get(SITE, root.id).reply_count == 5
    with pytest.raises(NotFoundError):
        world.store.threads.replies(SITE, "nobody", now=world.now)


def test_what_leads_to_a_comment_is_one_page_whatever_became_of_what_is_above(world: World) -> None:
    def around(comment: Comment, thread: str = "a") -> Any:
        page = world.store.threads.around(
            SITE, thread_record(thread).id, comment.id, url="https://site.example/", now=world.now
        )
        return json.loads(page.body)

    root = world.post("root")
    first = [world.post(f"r{n}", parent=root.id) for n in range(5)]
    middle = world.post("middle", parent=first[4].id)
    leaf = world.post("leaf", parent=middle.id)
    answers = [world.post(f"a{n}", parent=leaf.id) for n in range(4)]
    for _ in range(25):
        world.post("later")
    world.store.comments.delete(SITE, root.id, actor="ada", by_author=True, now=world.tick())
    world.decide(middle, "reject")

    page = around(leaf)
    assert page["thread"] == world.tree()["thread"]
    assert page["next_cursor"] is None
    [top] = page["comments"]
    assert (top["id"], top["status"], top["reply_count"]) == (root.id, "deleted", 5)
    assert texts(top["replies"]) == ["r4"]
    assert top["replies_cursor"] == "r0"
    [below] = top["replies"][0]["replies"]
    assert (below["id"], below["status"], below["replies_cursor"]) == (middle.id, "rejected", None)
    [found] = below["replies"]
    assert (found["text"], texts(found["replies"])) == ("leaf", ["a0", "a1", "a2"])
    assert found["replies_cursor"] == f"r{answers[2].id}"

    [alone] = around(root)["comments"]
    assert texts(alone["replies"]) == ["r0", "r1", "r2"]
    held = world.post("held", status="held")
    nothing = {**page, "comments": [], "thread": world.tree()["thread"]}
    assert around(held) == nothing
    assert around(leaf, "b")["comments"] == []
    assert around(leaf, "b")["thread"]["version"] == 0


def test_below_the_depth_what_is_answered_is_on_the_way_too(world: World) -> None:
    root = world.post("root")
    answered = world.post("answered", parent=root.id)
    for n in range(5):
        world.post(f"r{n}", parent=root.id)
    beside = world.post("beside", parent=answered.id, max_depth=1)
    thread = thread_record("a").id
    page = world.store.threads.around(SITE, thread, beside.id, now=world.now)
    [top] = json.loads(page.body)["comments"]
    assert texts(top["replies"]) == ["answered", "beside"]


def test_a_wide_tree_is_bounded_level_by_level(world: World) -> None:
    level = [world.post("root")]
    for _ in range(4):
        level = [world.post("x", parent=c.id) for c in level for _ in range(3)]

    def size(c: Any) -> int:
        return 1 + sum(size(reply) for reply in c["replies"])

    root = world.tree()["comments"][0]
    assert size(root) == 1 + 39
    leaf = root["replies"][0]["replies"][0]["replies"][0]
    assert (leaf["reply_count"], leaf["replies"], leaf["replies_cursor"]) == (3, [], "r0")
    body = world.store.threads.replies(SITE, leaf["id"], cursor="r0", now=world.now).body
    assert len(json.loads(body)["comments"]) == 3


def test_a_tombstone_stands_while_something_below_shows(world: World) -> None:
    root = world.post("root")
    middle = world.post("middle", parent=root.id)
    leaf = world.post("leaf", parent=middle.id)
    delete = world.store.comments.delete
    delete(SITE, root.id, actor="mo", by_author=False, now=world.tick())
    world.decide(middle, "reject")
    tree = world.tree()
    assert tree["thread"]["count"] == 1
    tombstone = tree["comments"][0]
    assert tombstone == {
        "id": root.id,
        "parent": None,
        "status": "deleted",
        "votes": {"up": 0, "down": 0},
        "reply_count": 1,
        "replies": tombstone["replies"],
        "replies_cursor": None,
    }
    assert tombstone["replies"][0]["status"] == "rejected"
    assert tombstone["replies"][0]["parent"] == root.id
    assert "middle" not in json.dumps(tree)
    world.decide(leaf, "reject")
    assert world.tree()["comments"] == []
    world.decide(leaf, "approve")
    assert texts(world.tree()["comments"]) == ["deleted"]
    assert world.store.maintenance.check(SITE) == []


def test_a_tombstone_goes_from_the_top_whatever_its_votes_were(world: World) -> None:
    gone = world.post("gone")
    other = world.post("other")
    reply = world.post("reply", parent=gone.id)
    for comment, value in ((gone, 1), (other, -1)):
        world.store.votes.cast(SITE, comment.id, "rita", value, now=world.tick())
    world.store.comments.delete(SITE, gone.id, actor="mo", by_author=False, now=world.tick())
    # Without its votes it stands where an unvoted comment does.
    assert texts(world.tree(sort="top")["comments"]) == ["deleted", "other"]
    assert world.store.maintenance.check(SITE) == []
    world.store.comments.delete(SITE, reply.id, actor="mo", by_author=False, now=world.tick())
    assert texts(world.tree(sort="top")["comments"]) == ["other"]
    assert world.store.maintenance.check(SITE) == []


def test_a_reply_under_a_held_comment_waits_for_none(world: World) -> None:
    held = world.post("held", status="held")
    world.post("reply", parent=held.id, status="held")
    assert world.tree()["comments"] == []
    shown = world.post("shown", parent=held.id)
    root = world.tree()["comments"][0]
    assert (root["status"], texts(root["replies"])) == ("held", ["shown"])
    world.store.comments.delete(SITE, shown.id, actor="anna", by_author=True, now=world.tick())
    assert world.tree()["comments"] == []


def test_a_version_names_one_page(world: World) -> None:
    comment = world.post("one")
    first = world.page()
    assert world.page() == first
    assert json.loads(first.body)["thread"]["version"] == first.version
    assert world.page(sort="oldest").etag != first.etag
    world.post("two")
    second = world.page()
    assert second.version > first.version
    assert second.etag != first.etag
    world.post("held", status="held")
    world.rewrite(comment, "one!")
    assert world.page().version > second.version


def test_votes_raise_the_version_at_most_every_ten_seconds(world: World) -> None:
    comment = world.post("one")
    thread, start = comment.thread, world.now

    def vote(who: str, at: int) -> None:
        world.store.votes.cast(SITE, comment.id, who, 1, now=start + at)

    def read(at: int) -> tuple[int, int]:
        page = world.store.threads.page(SITE, thread, now=start + at)
        return page.version, json.loads(page.body)["comments"][0]["votes"]["up"]

    before, _ = read(0)
    vote("a", 1_000)
    assert read(1_000) == (before + 1, 1)
    vote("b", 2_000)
    vote("c", 3_000)
    assert read(4_000) == (before + 1, 1)
    assert read(10_999) == (before + 1, 1)
    # The last votes of the ten seconds show without anybody writing again.
    assert read(11_000) == (before + 2, 3)
    vote("d", 12_000)
    assert read(12_000) == (before + 2, 3)
    vote("e", 22_000)
    assert read(22_000)[1] == 5
    world.now = start + 23_000
    last = read(23_000)[0]
    vote("f", 23_000)
    world.post("two")
    assert read(24_100)[0] > last


def test_a_reader_whose_clock_is_ahead_spoils_no_page(world: World) -> None:
    comment = world.post("one")
    start = world.now

    def vote(who: str, at: int) -> None:
        world.store.votes.cast(SITE, comment.id, who, 1, now=start + at)

    vote("a", 1_000)
    vote("b", 2_000)
    ahead = world.page(now=start + 12_000)
    assert json.loads(ahead.body)["comments"][0]["votes"]["up"] == 2
    vote("c", 3_000)
    later = world.page(now=start + 40_000)
    assert later.version > ahead.version
    assert json.loads(later.body)["comments"][0]["votes"]["up"] == 3
    vote("d", 41_000)
    vote("e", 42_000)
    ahead = world.page(now=start + 52_000)
    world.now = start + 43_000
    world.post("two")
    assert world.page(now=start + 44_000).version > ahead.version


def test_the_cache_serves_one_round_trip_and_stays_small(world: World) -> None:
    world.post("one")
    connection = world.store.connection
    world.page()
    calls = _commands(connection.client)
    page = world.page()
    made = {k: n - calls.get(k, 0) for k, n in _commands(connection.client).items()}
    assert made.get("evalsha") == 1
    assert made.get("zrange", 0) == 0, "a kept page is not built again"
    assert b"one" in page.body
    for limit in range(1, 90):
        world.page(limit=limit)
    for sort in ("newest", "oldest", "top"):
        world.page(sort=sort)
    world.page(cursor="n" + world.post("two").id)
    world.page()
    pages = key("pages", SITE, thread=thread_record().id)
    assert connection.client.hlen(pages) <= 4
    assert 0 < connection.client.pttl(pages) <= 3_600_000
    # A write drops them all.
    world.post("two")
    assert not connection.client.exists(pages)


def _commands(client: Any) -> dict[str, int]:
    stats = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in stats.items()}


@pytest.mark.parametrize("sort", ["newest", "oldest", "top"])
def test_a_page_costs_the_same_in_a_long_thread(world: World, sort: Any) -> None:
    def cost() -> dict[str, int]:
        world.post("change")  # so that no kept page answers
        before = _commands(world.store.connection.client)
        world.page(sort=sort, limit=10)
        after = _commands(world.store.connection.client)
        names = ("zrange", "zlexcount", "hmget", "hgetall", "hget")
        return {name: after.get(name, 0) - before.get(name, 0) for name in names}

    for _ in range(20):
        world.post("x")
    short = cost()
    for _ in range(300):
        world.post("x")
    assert cost() == short
    assert short["zrange"] == 1


def test_neighbours_stand_in_the_same_place(world: World) -> None:
    sent = [world.post(str(n)) for n in range(7)]
    world.store.comments.delete(SITE, sent[2].id, actor="mo", by_author=False, now=world.tick())
    assert texts_of(world.store.threads.neighbours(sent[3], limit=4)) == ["0", "1", "4", "5"]
    first = world.post("under 3", parent=sent[3].id, max_depth=1)
    # Answers the reply, but stands beside it.
    second = world.post("beside", parent=first.id, max_depth=1)
    assert texts_of(world.store.threads.neighbours(second, limit=4)) == ["under 3"]
    assert texts_of(world.store.threads.neighbours(first, limit=4)) == ["beside"]


def texts_of(comments: list[Any]) -> list[str]:
    return [c.text for c in comments]


def test_counts_of_many_threads(world: World) -> None:
    world.post()
    world.post(status="held")
    world.post(thread="b")
    ids = [thread_record(name).id for name in ("b", "none", "a")]
    assert world.store.threads.counts(SITE, ids) == [1, 0, 1]


LONG = "long " * 30_000


@pytest.mark.parametrize("sort", ["newest", "oldest", "top"])
def test_long_comments_make_a_short_page(world: World, sort: Any) -> None:
    sent = []
    for _ in range(12):
        root = world.post(LONG)
        sent.append(root.id)
        for _ in range(4):
            world.post(LONG, parent=root.id)
    found: list[str] = []
    cursor = None
    while True:
        page = world.page(sort=sort, limit=100, cursor=cursor)
        body = json.loads(page.body)
        assert body["comments"]
        # A few comments beyond the last that fitted, never a page of hundreds.
        assert len(page.body) < PAGE_BYTES + 8 * len(body["comments"][0]["text"]) * 3
        found += [comment["id"] for comment in body["comments"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == sorted(sent)
    assert len(set(found)) == len(found)
    replies = json.loads(world.store.threads.replies(SITE, sent[0], limit=100, now=world.now).body)
    assert replies["comments"]


def test_a_long_page_is_not_kept(world: World) -> None:
    world.post(LONG)
    world.post(LONG)
    world.page()
    assert not world.store.connection.client.exists(key("pages", SITE, thread=thread_record().id))


def test_a_broken_order_by_votes_is_found_and_mended(world: World) -> None:
    sent = [world.post(str(n)) for n in range(4)]
    for n, votes in ((0, 3), (1, 40), (2, 1)):
        for who in range(votes):
            world.store.votes.cast(
                SITE, sent[n].id, f"v{who}", -1 if n == 2 else 1, now=world.tick(20_000)
            )
    assert world.store.maintenance.check(SITE) == []
    right = texts(json.loads(world.page(sort="top").body)["comments"])
    client = world.store.connection.client
    top = key("top", SITE, thread=thread_record().id)
    # One under two ranks, one that is gone, one that was never there.
    client.zadd(top, {f"1000000001{sent[0].id}": 0, "1000000000nobody": 0})
    client.zrem(top, next(m for m in client.zrange(top, 0, -1) if m[10:] == sent[3].id.encode()))
    found = world.store.maintenance.check(SITE)
    # With the page that is kept from before.
    assert len(found) == 4, found
    assert world.store.maintenance.mend_top(SITE) == [thread_record().id]
    assert world.store.maintenance.check(SITE) == []
    assert texts(json.loads(world.page(sort="top").body)["comments"]) == right
    assert world.store.maintenance.mend_top(SITE) == []


def test_a_page_that_is_known_is_not_fetched_again(world: World) -> None:
    world.send(world.comment())
    threads = world.store.threads
    thread = thread_record().id

    def page(now: int = world.now) -> Page:
        return threads.page(SITE, thread, now=now)

    page()
    first = page()
    assert page() is first
    world.send(world.comment())
    changed = page()
    assert changed.version > first.version
    assert changed.etag != first.etag
    # Another process has other pages in mind, and the same answer.
    other = Store(world.store.connection).threads
    assert other.page(SITE, thread, now=world.now) == page()
    # A page of the same version with other comments, as after a failover, is another page.
    pages = key("pages", SITE, thread=thread)
    body = changed.body.replace(b'"count":2', b'"count":3')
    world.store.connection.client.hset(
        pages, mapping={"newest|20|3|": body, "newest|20|3||tag": "x"}
    )
    assert page().body == body


def test_pages_are_remembered_within_a_bound(world: World, monkeypatch: Any) -> None:
    world.send(world.comment())
    threads, thread = world.store.threads, thread_record().id
    monkeypatch.setattr("moderation.store.threads.REMEMBERED_BYTES", 10)
    for _ in range(3):
        assert b'"count":1' in threads.page(SITE, thread, now=world.now).body
    assert threads._pages._bytes == 0
