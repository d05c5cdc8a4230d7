"""The way of a reply into the store, and what its author and readers do with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from moderation.clock import DAY
from moderation.errors import (
    CommentDeletedError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RateLimitedError,
)
from moderation.records import Idempotency, Limit, Priority, Reason, StoredScores, Verdict
from moderation.store import Store
from moderation.store.keys import key
from tests.support.store_world import NOW, SITE, World, thread_record


def test_a_comment_comes_back_as_it_was_written(world: World) -> None:
    comment = world.comment("Grüße, “friend” — 👋", lane="uncertain")
    sent = world.send(comment)
    stored = world.store.comments.get(SITE, comment.id)
    assert stored == sent.comment
    assert stored.text == comment.text
    assert stored.verdict == comment.verdict
    assert stored.scored == comment.scored
    assert (stored.depth, stored.root) == (0, comment.id)
    with pytest.raises(NotFoundError):
        world.store.comments.get(SITE, "nobody")


def test_published_is_in_the_thread_and_held_is_in_the_queue(world: World) -> None:
    seen = world.post("Seen")
    held = world.post("Held back", status="held")
    tree = world.tree()
    assert [c["id"] for c in tree["comments"]] == [seen.id]
    assert tree["thread"]["count"] == 1
    queue = world.store.queue.page(SITE, now=world.now)
    assert [case.comment.id for case in queue.cases] == [held.id]
    assert queue.counts["harmful"] == queue.counts["all"] == 1


def test_a_reply_needs_a_parent_here(world: World) -> None:
    first = world.post("First")
    elsewhere = world.post("Elsewhere", thread="b")
    for parent, code in ((elsewhere.id, "parent-elsewhere"), ("none", "parent-not-found")):
        with pytest.raises(InvalidError) as error:
            world.post("Reply", parent=parent)
        assert (error.value.code, error.value.where) == (code, "/parent")
    reply = world.post("Reply", parent=first.id)
    assert (reply.depth, reply.root) == (1, first.id)
    world.store.comments.delete(SITE, first.id, actor="anna", by_author=True, now=world.tick())
    with pytest.raises(InvalidError, match="deleted"):
        world.post("Reply", parent=first.id)


def test_unknown_site_closed_thread_and_a_taken_id(world: World) -> None:
    with pytest.raises(NotFoundError) as missing:
        world.send(world.comment(site="other"))
    assert missing.value.code == "site-not-found"
    comment = world.post()
    with pytest.raises(ConflictError) as taken:
        world.send(comment)
    assert taken.value.code == "exists"
    thread = thread_record().id
    world.store.threads.change(SITE, thread, {"closed": True}, actor="mo", now=world.tick())
    assert world.store.threads.get(SITE, thread).closed
    with pytest.raises(ConflictError) as refused:
        world.post("Too late")
    assert refused.value.code == "thread-closed"
    assert world.tree()["thread"]["closed"] is True


def test_below_the_depth_a_reply_stands_beside_what_it_answers(world: World) -> None:
    chain = [world.post("0", max_depth=2)]
    for level in range(1, 5):
        chain.append(world.post(str(level), parent=chain[-1].id, max_depth=2))
    assert [c.depth for c in chain] == [0, 1, 2, 2, 2]
    assert all(c.root == chain[0].id for c in chain)
    middle = world.tree()["comments"][0]["replies"][0]
    assert [c["text"] for c in middle["replies"]] == ["2", "3", "4"]
    assert [c["parent"] for c in middle["replies"]] == [c.id for c in chain[1:4]]


def test_the_same_idempotency_key_writes_once(world: World) -> None:
    once = Idempotency(key="k1", fingerprint="f1")
    comment = world.comment()
    world.send(comment, idempotency=once)
    again = world.send(world.comment(), idempotency=once)
    assert again.comment is None
    assert again.replay is not None
    assert again.replay.status == 201
    assert json.loads(again.replay.body)["id"] == comment.id
    assert world.tree()["thread"]["count"] == 1
    context = world.store.comments.context(SITE, thread_id=comment.thread, idempotency=once, now=1)
    assert context.replay == again.replay
    other = Idempotency(key="k1", fingerprint="f2")
    with pytest.raises(InvalidError) as error:
        world.send(world.comment(), idempotency=other)
    assert error.value.code == "idempotency-mismatch"
    with pytest.raises(InvalidError):
        world.store.comments.context(SITE, thread_id=comment.thread, idempotency=other, now=1)


@pytest.mark.parametrize("by_author", [True, False])
def test_what_was_deleted_is_not_written_again_by_the_same_key(
    world: World, by_author: bool
) -> None:
    once, edited = Idempotency(key="k1", fingerprint="f1"), Idempotency(key="k2", fingerprint="f2")
    comment = world.post(idempotency=once)
    world.rewrite(comment, "Other words", idempotency=edited)
    store, client = world.store, world.store.connection.client
    store.comments.delete(SITE, comment.id, actor="x", by_author=by_author, now=world.tick())
    # Whatever is sent with them: what it was is forgotten.
    for used in (once, edited, Idempotency(key="k1", fingerprint="other")):
        with pytest.raises(CommentDeletedError):
            world.send(world.comment(), idempotency=used)
        with pytest.raises(CommentDeletedError):
            store.comments.context(SITE, thread_id=comment.thread, idempotency=used, now=1)
    assert world.tree()["thread"]["count"] == 0
    assert 0 < client.pttl(key("idem", SITE, idem="k1")) <= DAY
    assert world.send(world.comment(), idempotency=Idempotency(key="k3", fingerprint="f1")).comment


def test_a_rejected_comment_is_answered_again_as_it_was(world: World) -> None:
    once = Idempotency(key="k1", fingerprint="f1")
    comment = world.post(idempotency=once)
    world.decide(comment, "reject")
    again = world.send(world.comment(), idempotency=once)
    assert again.replay is not None
    assert json.loads(again.replay.body)["id"] == comment.id
    assert world.store.comments.get(SITE, comment.id).status == "rejected"
    assert world.store.comments.by_author(SITE, "anna", limit=5)[0][0].id == comment.id


def test_a_limit_slides(world: World) -> None:
    limit = (Limit(name="comments:anna", amount=3, window=60),)
    for _ in range(3):
        world.send(world.comment(), limits=limit)
    with pytest.raises(RateLimitedError) as error:
        world.send(world.comment(), limits=limit)
    wait = int(error.value.headers["Retry-After"])
    assert 1 <= wait <= 120
    # Just before the time that was named it is still too early, then it is not.
    refused_at = world.now
    world.now = refused_at + (wait - 2) * 1000 - 1000
    with pytest.raises(RateLimitedError):
        world.send(world.comment(), limits=limit)
    world.now = refused_at + wait * 1000 - 1000
    world.send(world.comment(), limits=limit)
    assert world.tree()["thread"]["count"] == 4


def test_context_knows_the_author_and_a_repeat(world: World) -> None:
    store = world.store
    comment = world.post("Buy my soap", ip="ip-1")
    text_hash = hashlib.sha256(b"Buy my soap").hexdigest()
    thread = comment.thread
    new = store.comments.context(
        SITE, thread_id=thread, author_id="zoe", text_hash=text_hash, now=1
    )
    assert not new.repeat
    assert new.author.first_seen is None
    assert new.thread is not None
    assert new.site is not None
    same = store.comments.context(
        SITE, thread_id=thread, author_id="anna", text_hash=text_hash, now=1
    )
    assert same.repeat
    assert (same.author.comments, same.author.published) == (1, 1)
    assert same.author.first_seen == world.now
    address = store.comments.context(
        SITE, thread_id=thread, author_id="zoe", text_hash=text_hash, ip_hash="ip-1", now=1
    )
    assert address.repeat
    assert store.comments.context("nowhere", thread_id=thread, now=1).site is None


def test_an_edit_needs_the_version_it_saw(world: World) -> None:
    comment = world.post("First words")
    edited = world.rewrite(comment, "Second words")
    assert world.store.comments.get(SITE, comment.id).text == "Second words"
    assert world.tree()["comments"][0]["text"] == "Second words"
    with pytest.raises(ConflictError) as error:
        world.rewrite(comment, "Third words")
    assert (error.value.code, error.value.extra) == ("changed", {"version": 2})
    held = world.rewrite(edited, "You fool", status="held")
    assert world.tree()["comments"] == []
    case = world.store.queue.case(SITE, held.id, now=world.now)
    assert case.lanes == ("harmful",)
    assert case.comment.version == 3
    back = world.rewrite(held, "Sorry")
    assert world.store.queue.page(SITE, now=world.now).cases == ()
    assert world.tree()["comments"][0]["version"] == back.version == 4


def test_a_new_verdict_leaves_text_and_version_and_yields_to_a_decision(world: World) -> None:
    held = world.post("Late scored", status="held")
    published = Verdict(action="publish", reasons=(Reason(rule="none"),))
    scored = StoredScores(scores={"toxicity": 0.5}, language="en", model="m2")
    new = replace(held, status="published", verdict=published, scored=scored)
    assert world.store.comments.rescore(new, priority=None, now=world.tick()) == new
    assert world.store.comments.get(SITE, held.id) == new
    assert world.tree()["comments"][0]["text"] == "Late scored"
    assert world.store.queue.page(SITE, now=world.now).cases == ()
    assert world.store.threads.mine(SITE, held.thread, "anna").comments == ()
    entry = world.store.streams.audit(SITE, limit=1)[0][0]
    assert (entry.verb, entry.actor) == ("rescore", "system")
    world.decide(new, "reject")
    with pytest.raises(ConflictError) as error:
        world.store.comments.rescore(new, priority=None, now=world.tick())
    assert error.value.code == "superseded"
    edited = world.rewrite(held, "New words")
    with pytest.raises(ConflictError) as changed:
        world.store.comments.rescore(new, priority=None, now=world.tick())
    assert (changed.value.code, edited.version) == ("changed", 2)
    assert world.store.maintenance.check(SITE) == []


def test_erasing_leaves_no_word(world: World, store: Store) -> None:
    once, twice = Idempotency(key="k1", fingerprint="f"), Idempotency(key="k2", fingerprint="f")
    secret = "xylophone"
    comment = world.post(f"My {secret} is broken", idempotency=once, ip="ip")
    comment = world.rewrite(comment, f"My old {secret}", idempotency=twice)
    world.report(comment, "rita", note=f"says {secret}")
    world.decide(comment, "approve", reason=f"{secret} is fine")
    world.page()
    world.store.votes.cast(SITE, comment.id, "rita", 1, now=world.tick())
    gone = store.comments.delete(SITE, comment.id, actor="anna", by_author=True, now=world.tick())
    assert (gone.status, gone.text, gone.author.name) == ("deleted", "", "")
    dump = b""
    client = store.connection.client
    for name in client.keys("*"):
        kind = client.type(name)
        if kind == b"hash":
            dump += repr(client.hgetall(name)).encode()
        elif kind == b"zset":
            dump += repr(client.zrange(name, 0, -1)).encode()
        elif kind == b"stream":
            dump += repr(client.xrange(name)).encode()
        elif kind == b"string":
            dump += client.get(name)
    assert secret.encode() not in dump
    assert b"Anna" not in dump
    for text in (f"My {secret} is broken", f"My old {secret}"):
        assert hashlib.sha256(text.encode()).hexdigest().encode() not in dump
    for name in ("k1", "k2"):
        assert client.hgetall(key("idem", SITE, idem=name)) == {b"s": b"deleted"}
    # Once more changes nothing.
    store.comments.delete(SITE, comment.id, actor="anna", by_author=True, now=world.tick())
    with pytest.raises(NotFoundError):
        world.rewrite(comment, "Back again")


def test_votes_count_once_and_not_on_ones_own(world: World) -> None:
    comment = world.post()
    vote = world.store.votes.cast
    assert vote(SITE, comment.id, "ben", 1, now=world.tick()) == (1, 0)
    assert vote(SITE, comment.id, "ben", 1, now=world.tick()) == (1, 0)
    assert vote(SITE, comment.id, "cat", -1, now=world.tick()) == (1, 1)
    assert vote(SITE, comment.id, "ben", -1, now=world.tick()) == (0, 2)
    assert vote(SITE, comment.id, "cat", 0, now=world.tick()) == (0, 1)
    with pytest.raises(ForbiddenError) as own:
        vote(SITE, comment.id, "anna", 1, now=world.tick())
    assert own.value.code == "own-comment"
    held = world.post(status="held")
    with pytest.raises(NotFoundError):
        vote(SITE, held.id, "ben", 1, now=world.tick())
    with pytest.raises(InvalidError):
        vote(SITE, comment.id, "ben", 2, now=world.tick())
    once = Idempotency(key="v", fingerprint="f")
    assert vote(SITE, comment.id, "dan", 1, idempotency=once, now=world.tick()) == (1, 1)
    assert vote(SITE, comment.id, "eve", 1, now=world.tick()) == (2, 1)
    assert vote(SITE, comment.id, "dan", 1, idempotency=once, now=world.tick()) == (1, 1)
    stored = world.store.comments.get(SITE, comment.id)
    assert (stored.up, stored.down) == (2, 1)
    assert world.store.threads.mine(SITE, comment.thread, "ben").votes == {comment.id: -1}


def test_reports_queue_once_per_reader_and_add_up(world: World) -> None:
    comment = world.post()
    assert world.report(comment, "rita", 0.5) == 1
    assert world.report(comment, "rita", 0.5) == 1
    assert world.report(comment, "sam", 1.5) == 2
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert case.lanes == ("reported",)
    assert case.priority == Priority(total=3.0, terms={"reports": 2.0})
    assert [(r.author, r.reason, r.weight) for r in case.reports] == [
        ("rita", "abuse", 0.5),
        ("sam", "abuse", 1.5),
    ]
    assert world.store.comments.author_record(SITE, "rita").reports == 1
    with pytest.raises(NotFoundError):
        world.report(world.post(status="held"), "rita")


def test_mine_has_what_the_page_lacks(world: World) -> None:
    held = world.post("Held", status="held")
    rejected = world.post("Rejected", status="rejected")
    world.post("Public")
    world.post("Not mine", status="held", author="ben")
    world.post("Elsewhere", status="held", thread="b")
    mine = world.store.threads.mine(SITE, held.thread, "anna")
    assert [c.id for c in mine.comments] == [held.id, rejected.id]
    world.decide(held, "approve")
    mine = world.store.threads.mine(SITE, held.thread, "anna")
    assert [c.id for c in mine.comments] == [rejected.id]


def test_an_authors_history_pages(world: World) -> None:
    sent = [world.post(str(n), status="held" if n % 2 else "published") for n in range(5)]
    world.post("Other", author="ben")
    world.store.comments.delete(SITE, sent[1].id, actor="mo", by_author=False, now=world.tick())
    first, cursor = world.store.comments.by_author(SITE, "anna", limit=3)
    assert [c.text for c in first] == ["4", "3", "2"]
    rest, end = world.store.comments.by_author(SITE, "anna", limit=3, cursor=cursor)
    assert ([c.text for c in rest], end) == (["0"], None)
    with pytest.raises(InvalidError) as error:
        world.store.comments.by_author(SITE, "anna", limit=3, cursor="t1")
    assert error.value.code == "bad-cursor"
    record = world.store.comments.author_record(SITE, "anna")
    assert (record.comments, record.published, record.first_seen) == (5, 3, NOW + 1000)


def test_a_comment_with_very_many_idempotency_keys_can_be_deleted(world: World) -> None:
    made = world.post("A text.", idempotency=Idempotency(key="first", fingerprint="f"))
    client = world.store.connection.client
    keys = [f"{n:040x}" for n in range(9_000)]
    # As that many edits would leave it.
    client.hset(key("comment", SITE, comment=made.id), "ik", " ".join(["first", *keys]))
    client.hset(key("idem", SITE, idem=keys[-1]), mapping={"f": "f", "s": 200, "b": "A text."})
    world.store.comments.delete(SITE, made.id, actor="anna", by_author=True, now=world.tick())
    assert world.store.comments.get(SITE, made.id).status == "deleted"
    for name in ("first", keys[-1]):
        assert client.hgetall(key("idem", SITE, idem=name)) == {b"s": b"deleted"}
    # Those that are out of date do not come back.
    assert not client.exists(key("idem", SITE, idem=keys[0]))
