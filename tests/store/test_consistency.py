"""Whatever of a site's indexes is broken is told, and what can be derived is put right."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest

from moderation.clock import HOUR, now
from moderation.errors import RejoinderError
from moderation.store import Store
from moderation.store.connection import Connection
from moderation.store.keys import key
from tests.support.store_verbs import Stage, set_up
from tests.support.store_world import SITE, World


@pytest.fixture
def stage(connection: Connection) -> Stage:
    stage = set_up(World(Store(connection)))
    world = stage.world
    deleted = world.post("gone soon")
    world.store.comments.delete(SITE, deleted.id, actor="mo", by_author=False, now=world.tick())
    for _ in range(2):
        world.page()
    assert world.store.maintenance.check(SITE) == []
    return stage


def of(row: str, **ids: str) -> str:
    return key(row, SITE, **ids)


def record(comment: Any) -> str:
    return of("comment", comment=comment.id)


def in_thread(row: str, s: Stage) -> str:
    return of(row, thread=s.root.thread)


def own(author: str, s: Stage) -> str:
    return of("mine", thread=s.root.thread, author=author)


def out_of_date(client: Any, s: Stage) -> None:
    pages = in_thread("pages", s)
    body = client.hget(pages, "newest|20|3|")
    assert body
    client.hset(pages, "newest|20|3|", body.replace(b"flagged", b"flogged"))


MENDED: dict[str, tuple[Callable[[Any, Stage], Any], str]] = {
    "a top comment is not listed": (
        lambda c, s: c.zrem(in_thread("roots", s), s.root.id),
        "does not stand where it should",
    ),
    "a hidden comment is listed": (
        lambda c, s: c.zadd(in_thread("roots", s), {s.held.id: 0}),
        "does not stand where it should",
    ),
    "a reply is listed though rejected": (
        lambda c, s: c.zadd(in_thread("replies", s), {f"{s.root.id}/{s.reply.id}": 0}),
        "does not stand where it should",
    ),
    "nobody's comment is listed": (
        lambda c, s: c.zadd(in_thread("roots", s), {"nobody": 0}),
        "roots of .*: nobody should not be there",
    ),
    "a reply stands under another": (
        lambda c, s: c.zadd(in_thread("replies", s), {f"{s.held.id}/{s.reply.id}": 0}),
        "replies of .* should not be there",
    ),
    "a comment has two ranks": (
        lambda c, s: c.zadd(in_thread("top", s), {f"0000000001{s.root.id}": 0}),
        "top of .* should not be there",
    ),
    "a comment has another rank": (
        lambda c, s: (
            c.zrem(in_thread("top", s), f"1000000000{s.flagged.id}"),
            c.zadd(in_thread("top", s), {f"0000000001{s.flagged.id}": 0}),
        ),
        "does not stand where it should",
    ),
    "a thread counts wrongly": (
        lambda c, s: c.hincrby(in_thread("thread", s), "count", 2),
        "counts 5, has 3",
    ),
    "a thread is not listed": (
        lambda c, s: c.zrem(of("listing"), *c.zrange(of("listing"), 0, 0)),
        "list of threads: .* does not stand where it should",
    ),
    "a thread is listed under two counts": (
        lambda c, s: c.zadd(of("listing"), {f"c/0000000000099{s.root.thread}": 0}),
        "list of threads: c/0000000000099.* should not be there",
    ),
    "no thread is listed": (
        lambda c, s: c.zadd(of("listing"), {"c/0000000000001nothing": 0}),
        "list of threads: .*nothing should not be there",
    ),
    "a case is not under its thread": (
        lambda c, s: c.zrem(of("queue"), f"thread/{s.held.thread}/{s.held.id}"),
        "the case of .* is not whole",
    ),
    "a page is out of date": (out_of_date, "a kept page of .* is out of date"),
    "a page says other votes": (
        lambda c, s: c.hset(in_thread("votes", s), s.root.id, "1 7"),
        "says other votes than its page",
    ),
    "a record says other votes": (
        lambda c, s: c.hset(record(s.root), "u", 9),
        "says other votes than its page",
    ),
    "votes were counted twice": (
        lambda c, s: (
            c.hset(in_thread("votes", s), s.reported.id, "2 0"),
            c.hset(record(s.reported), mapping={"u": 2, "w": 0}),
        ),
        "has the votes 2 0, its readers gave 0 0",
    ),
    "a vote was not counted": (
        lambda c, s: c.hset(own("zoe", s), s.flagged.id, 1),
        "has the votes 0 0, its readers gave 1 0",
    ),
    "a case is not in a lane": (
        lambda c, s: c.zrem(of("queue"), f"harmful/t/{s.held.id}"),
        "the case of .* is not whole",
    ),
    "a case has two priorities": (
        lambda c, s: c.zadd(of("queue"), {f"all/p/0000000000001{s.held.id}": 0}),
        "queue: all/p/0000000000001.* should not be there",
    ),
    "nobody's case is in the queue": (
        lambda c, s: c.zadd(of("queue"), {"all/t/nobody": 0}),
        "queue: all/t/nobody should not be there",
    ),
    "a decided case is in the queue": (
        lambda c, s: c.zadd(of("queue"), {f"all/t/{s.root.id}": 0}),
        "queue: all/t/.* should not be there",
    ),
    "reports are counted wrongly": (
        lambda c, s: c.hset(record(s.reported), mapping={"rn": 5, "rw": "7.5"}),
        "counts its reports wrongly",
    ),
    "a comment is not among its author's": (
        lambda c, s: c.zrem(of("history", author="cat"), s.held.id),
        "wrongly among its author's",
    ),
    "its author does not see a held comment": (
        lambda c, s: c.hdel(own("cat", s), f"~{s.held.id}"),
        "only its author sees",
    ),
    "totals are wrong": (
        lambda c, s: c.hincrby(of("totals"), "held", 3),
        "totals are .*'held': 4",
    ),
    "an author's record is wrong": (
        lambda c, s: c.hincrby(of("author", author="anna"), "approved", 4),
        "the record of anna is",
    ),
    "a reporter's record is wrong": (
        lambda c, s: c.hset(of("reporters"), "rita", "1 0"),
        "the reports of rita are counted as 1, 0 upheld",
    ),
    "a comment is not among the latest": (
        lambda c, s: c.zrem(of("latest"), s.held.id),
        "1 of the latest comments are not listed",
    ),
    "nobody's comment is among the latest": (
        lambda c, s: c.zadd(of("latest"), {"nobody": 1}),
        "1 are listed among the latest that are none",
    ),
}

ONLY_TOLD: dict[str, tuple[Callable[[Any, Stage], Any], str]] = {
    "a record is gone": (lambda c, s: c.delete(record(s.held)), "has no record"),
    "a page shows what was rejected": (
        lambda c, s: c.hset(
            in_thread("nodes", s),
            s.reply.id,
            c.hget(in_thread("nodes", s), s.reply.id).replace(b"r|", b"p|", 1),
        ),
        "and its place in .* differ",
    ),
    "a page shows another text": (
        lambda c, s: c.hset(record(s.root), "x", "rout"),
        "pages show another text of comment",
    ),
    "the audit says otherwise": (
        lambda c, s: c.xadd(
            of("audit"),
            {
                "at": 1,
                "actor": "mo",
                "verb": "reject",
                "subject": s.flagged.id,
                "detail": json.dumps({"before": "published", "after": "rejected"}),
            },
        ),
        "is published, the audit says rejected",
    ),
    "tasks wait and wait": (
        lambda c, s: (
            c.delete(of("outbox")),
            c.xadd(of("outbox"), {"type": "t", "data": "{}"}, id=f"{now() - 5 * HOUR}-0"),
        ),
        "tasks wait for 5 hours",
    ),
}


def contents(client: Any) -> dict[str, Any]:
    """Everything but the versions that pages had, and the order in which it is kept."""
    read = {
        b"hash": client.hgetall,
        b"zset": lambda name: client.zrange(name, 0, -1, withscores=True),
        b"string": client.get,
        b"stream": client.xrange,
        b"set": client.smembers,
    }
    found = {}
    for name in client.keys("*"):
        if name.endswith(b":pages"):
            continue
        found[name.decode()] = read[client.type(name)](name)
    for name, content in found.items():
        if ":thread:" in name and name.count(":") == 2:
            for counter in (b"version", b"raised", b"due"):
                content.pop(counter, None)
        if ":comment:" in name:
            # Nothing and none are the same.
            for counter in (b"u", b"w", b"rn", b"ro", b"rw"):
                content[counter] = float(content.get(counter, 0))
        if ":author:" in name and name.count(":") == 2:
            for counter in (b"published", b"approved", b"rejected"):
                content.setdefault(counter, b"0")
        if name.endswith(":latest"):
            # Here a comment is written a second after it was made.
            found[name] = [comment for comment, _ in content]
    return found


@pytest.mark.parametrize("what", MENDED)
def test_what_can_be_derived_is_told_and_mended(what: str, stage: Stage) -> None:
    maintenance, client = stage.store.maintenance, stage.store.connection.client
    before = contents(client)
    break_it, told = MENDED[what]
    break_it(client, stage)
    found = maintenance.check(SITE)
    assert any(re.search(told, one) for one in found), found
    assert maintenance.mend(SITE) != []
    assert maintenance.check(SITE) == []
    assert maintenance.mend(SITE) == []
    after = contents(client)
    if what == "a vote was not counted":
        return  # what a reader gave is what counts
    assert after == before


@pytest.mark.parametrize("what", ONLY_TOLD)
def test_what_nothing_says_better_is_told_and_left(what: str, stage: Stage) -> None:
    maintenance, client = stage.store.maintenance, stage.store.connection.client
    break_it, told = ONLY_TOLD[what]
    break_it(client, stage)
    assert any(re.search(told, one) for one in maintenance.check(SITE))
    maintenance.mend(SITE)
    assert any(re.search(told, one) for one in maintenance.check(SITE))


def test_a_whole_branch_is_listed_again(stage: Stage) -> None:
    world, client = stage.world, stage.store.connection.client
    top = world.post("top", status="rejected")
    under = world.post("under", parent=top.id, status="held")
    world.post("shown", parent=under.id)
    before = contents(client)
    for row in ("roots", "top", "replies"):
        client.delete(in_thread(row, stage))
    assert stage.store.maintenance.mend(SITE) != []
    assert stage.store.maintenance.check(SITE) == []
    assert contents(client) == before


def test_a_site_that_is_written_to_is_not_told_of_what_is_on_its_way(stage: Stage) -> None:
    over = threading.Event()
    failures: list[BaseException] = []

    def write(number: int) -> None:
        world = World(stage.store, now=stage.world.now + number)
        try:
            while not over.is_set():
                comment = world.post("Another one.", author=f"a{number}")
                reply = world.post("A reply.", parent=comment.id, author="ben", status="held")
                # Of a new reader each time.
                voter = f"v{comment.id}"
                stage.store.votes.cast(SITE, comment.id, voter, 1, now=world.tick())
                world.report(comment, f"r{number}")
                made = world.decide(reply, "approve")
                stage.store.queue.undo(SITE, made.id, moderator="mo", now=world.tick())
                stage.store.votes.cast(SITE, comment.id, voter, -1, now=world.tick())
                stage.store.comments.delete(
                    SITE, comment.id, actor="mo", by_author=False, now=world.tick()
                )
                world.page()
        except RejoinderError as error:
            failures.append(error)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        told = [stage.store.maintenance.check(SITE) for _ in range(8)]
    finally:
        over.set()
        for writer in writers:
            writer.join()
    assert failures == []
    assert told == [[]] * 8
    assert stage.store.maintenance.check(SITE) == []


def test_counts_are_not_mended_by_what_is_out_of_date(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes between the look and the mending: the next run does it."""
    maintenance, client = stage.store.maintenance, stage.store.connection.client
    client.hincrby(of("totals"), "held", 3)
    found = list(maintenance._consistency.differences(SITE))
    stage.world.post("in between", status="held")
    assert [one.mend() for one in found if one.mend] == [False]
    assert client.hget(of("totals"), "held") == b"5"
    assert len(maintenance.mend(SITE)) == 1
    assert client.hget(of("totals"), "held") == b"2"
