"""Cases, claims, decisions, batches, undoing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from moderation.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    NotQueuedError,
    RejoinderError,
)
from moderation.records import Case, Claim, Comment, Decision, Idempotency, Verdict
from moderation.store.keys import key
from tests.support.store_world import SITE, World, escalate_without_its_lane, uuid7


def ids(cases: tuple[Case, ...] | list[Case]) -> list[str]:
    return [case.comment.id for case in cases]


def queued(world: World, count: int) -> list[Comment]:
    return [world.post(str(n), status="held", total=float(n)) for n in range(count)]


def test_the_best_first_by_lane_and_by_time(world: World) -> None:
    low = world.post(status="held", total=-7000.25)
    high = world.post(status="held", total=3.000002)
    middle = world.post(lane="uncertain", total=3.000001)
    page = world.store.queue.page(SITE, now=world.now)
    assert ids(page.cases) == [high.id, middle.id, low.id]
    assert page.counts == {
        "all": 3,
        "self-harm": 0,
        "escalated": 0,
        "harmful": 2,
        "uncertain": 1,
        "reported": 0,
        "rejected": 0,
        "audit": 0,
        "language": 0,
        "spam": 0,
    }
    assert ids(world.store.queue.page(SITE, sort="oldest", now=world.now).cases) == [
        low.id,
        high.id,
        middle.id,
    ]
    assert ids(world.store.queue.page(SITE, sort="newest", now=world.now).cases) == [
        middle.id,
        high.id,
        low.id,
    ]
    only = world.store.queue.page(SITE, lane="harmful", now=world.now)
    assert ids(only.cases) == [high.id, low.id]
    case = only.cases[0]
    assert case.priority.total == 3.000002
    assert case.thread.title == "Page “a”"
    assert case.author.comments == 3


@pytest.mark.parametrize("sort", ["priority", "newest", "oldest"])
def test_the_queue_pages(world: World, sort: str) -> None:
    sent = [world.post(status="held", total=float(n % 3)) for n in range(7)]
    found: list[str] = []
    cursor = None
    while True:
        page = world.store.queue.page(
            SITE,
            sort=sort,  # type: ignore[arg-type]
            limit=2,
            cursor=cursor,
            now=world.now,
        )
        found += ids(page.cases)
        cursor = page.next_cursor
        if cursor is None:
            break
    assert sorted(found) == [c.id for c in sent]
    assert len(found) == 7
    with pytest.raises(InvalidError, match="cursor"):
        world.store.queue.page(SITE, cursor="zzz", now=world.now)


def test_claims_lease_and_come_back(world: World) -> None:
    sent = queued(world, 3)
    taken = world.store.queue.claim(SITE, "mo", limit=2, lease=60, now=world.now)
    assert ids(taken) == [sent[2].id, sent[1].id]
    assert taken[0].claim == Claim(moderator="mo", until=world.now + 60_000)
    assert ids(world.store.queue.claim(SITE, "jo", limit=5, lease=60, now=world.now)) == [
        sent[0].id
    ]
    with pytest.raises(ConflictError) as error:
        world.store.queue.renew(SITE, sent[2].id, "jo", lease=60, now=world.now)
    assert error.value.code == "claimed"
    assert error.value.extra["moderator"] == "mo"
    with pytest.raises(ConflictError):
        world.store.queue.release(SITE, sent[2].id, "jo", now=world.now)
    renewed = world.store.queue.renew(SITE, sent[2].id, "mo", lease=120, now=world.now)
    assert renewed.until == world.now + 120_000
    # Sixty seconds later only the renewed one is still taken.
    later = world.now + 60_000
    assert ids(world.store.queue.claim(SITE, "li", limit=5, now=later)) == [sent[1].id, sent[0].id]
    world.store.queue.release(SITE, sent[2].id, "mo", now=later)
    assert ids(world.store.queue.claim(SITE, "li", limit=5, now=later)) == [sent[2].id]
    with pytest.raises(NotFoundError):
        world.store.queue.renew(SITE, world.post().id, "mo", now=later)


def test_racing_moderators_never_get_the_same_case(world: World) -> None:
    sent = queued(world, 60)

    def take(name: str) -> list[str]:
        found: list[str] = []
        while cases := world.store.queue.claim(SITE, name, limit=3, now=world.now):
            found += ids(cases)
        return found

    with ThreadPoolExecutor(8) as pool:
        shares = list(pool.map(take, [f"m{n}" for n in range(8)]))
    handed_out = [comment for share in shares for comment in share]
    assert len(handed_out) == 60
    assert set(handed_out) == {c.id for c in sent}


def test_racing_decisions_on_one_version_all_stand_in_order(world: World) -> None:
    comment = world.post(status="held")

    def decide(n: int) -> str:
        try:
            return world.decide(comment, "approve" if n % 2 else "reject").id
        except ConflictError as error:
            return error.code

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(decide, range(16)))
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert len(case.decisions) == len(set(results)) == 16
    record = world.store.comments.author_record(SITE, "anna")
    assert record.approved + record.rejected == 1
    assert world.store.maintenance.check(SITE) == []


def test_approve_publishes_and_reject_hides(world: World) -> None:
    comment = world.post("Hm", status="held")
    decision = world.decide(comment, "approve", reason="fine")
    assert (decision.status_before, decision.status_after) == ("held", "published")
    assert (decision.reason, decision.moderator, decision.version) == ("fine", "mo", 1)
    assert world.store.queue.decision(SITE, decision.id) == decision
    assert world.tree()["comments"][0]["text"] == "Hm"
    assert world.store.queue.page(SITE, now=world.now).cases == ()
    record = world.store.comments.author_record(SITE, "anna")
    assert (record.approved, record.rejected, record.published) == (1, 0, 1)
    # A moderator may decide on what is not queued.
    world.decide(comment, "reject")
    assert world.tree()["comments"] == []
    record = world.store.comments.author_record(SITE, "anna")
    assert (record.approved, record.rejected, record.published) == (0, 1, 0)
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert [d.action for d in case.decisions] == ["approve", "reject"]
    assert case.lanes == ()


def test_a_decision_needs_the_version_and_respects_a_claim(world: World) -> None:
    comment = world.post(status="held")
    world.store.queue.claim(SITE, "jo", limit=1, lease=60, now=world.now)
    with pytest.raises(ConflictError) as claimed:
        world.decide(comment, "approve")
    assert claimed.value.code == "claimed"
    new = world.rewrite(comment, "Other words", status="held")
    with pytest.raises(ConflictError) as changed:
        world.decide(comment, "approve", who="jo")
    assert (changed.value.code, changed.value.extra) == ("changed", {"version": 2})
    world.decide(new, "approve", who="jo")
    with pytest.raises(NotFoundError):
        world.store.queue.decide(
            SITE, "nobody", action="approve", moderator="mo", version=1, now=world.now
        )


def test_an_escalated_case_stays_and_says_so(world: World) -> None:
    comment = world.post(status="held", total=2.0)
    before = world.store.queue.case(SITE, comment.id, now=world.now)
    decision = world.decide(comment, "escalate", reason="a lawyer's")
    case = world.store.queue.page(SITE, now=world.now).cases[0]
    assert case.escalated
    assert (case.lanes, case.priority, case.queued) == (
        (*before.lanes, "escalated"),
        before.priority,
        before.queued,
    )
    world.store.queue.undo(SITE, decision.id, moderator="mo", now=world.tick())
    assert not world.store.queue.case(SITE, comment.id, now=world.now).escalated
    quiet = world.post("Nothing")
    world.decide(quiet, "escalate")
    assert world.store.queue.case(SITE, quiet.id, now=world.now).lanes == ("uncertain", "escalated")


def test_the_same_key_decides_once(world: World) -> None:
    comment = world.post(status="held")
    once = Idempotency(key="d", fingerprint="f")
    first = world.decide(comment, "approve", idempotency=once)
    assert world.decide(comment, "approve", idempotency=once) == first
    assert len(world.store.queue.case(SITE, comment.id, now=world.now).decisions) == 1
    with pytest.raises(InvalidError):
        world.decide(comment, "reject", idempotency=Idempotency(key="d", fingerprint="g"))


def test_undo_restores_status_case_and_records(world: World) -> None:
    comment = world.post(lane="uncertain", total=1.5)
    world.report(comment, "rita", 0.5)
    before = world.store.queue.case(SITE, comment.id, now=world.now)
    reject = world.decide(comment, "reject")
    assert world.store.comments.author_record(SITE, "rita").reports_upheld == 1
    assert world.tree()["comments"] == []
    undo = world.store.queue.undo(SITE, reject.id, moderator="jo", now=world.tick())
    assert (undo.undoes, undo.action) == (reject.id, "undo")
    assert (undo.status_before, undo.status_after) == ("rejected", "published")
    after = world.store.queue.case(SITE, comment.id, now=world.now)
    assert (after.comment.status, after.lanes, after.priority, after.queued) == (
        "published",
        ("uncertain", "reported"),
        before.priority,
        before.queued,
    )
    assert after.author == before.author
    assert world.store.comments.author_record(SITE, "rita").reports_upheld == 0
    assert world.store.queue.decision(SITE, reject.id).undone_by == undo.id
    for gone in (reject.id, undo.id):
        with pytest.raises(RejoinderError) as error:
            world.store.queue.undo(SITE, gone, moderator="mo", now=world.tick())
        assert error.value.code in ("superseded", "not-undoable")
    assert world.store.maintenance.check(SITE) == []


def test_undo_goes_back_step_by_step_but_never_over_something_newer(world: World) -> None:
    comment = world.post(status="held")
    first = world.decide(comment, "approve")
    second = world.decide(comment, "reject")
    with pytest.raises(ConflictError) as error:
        world.store.queue.undo(SITE, first.id, moderator="mo", now=world.tick())
    assert error.value.code == "superseded"
    world.store.queue.undo(SITE, second.id, moderator="mo", now=world.tick())
    assert world.store.comments.get(SITE, comment.id).status == "published"
    world.store.queue.undo(SITE, first.id, moderator="mo", now=world.tick())
    assert world.store.comments.get(SITE, comment.id).status == "held"
    assert ids(world.store.queue.page(SITE, now=world.now).cases) == [comment.id]
    third = world.decide(comment, "approve")
    edited = world.rewrite(comment, "Edited since")
    with pytest.raises(ConflictError):
        world.store.queue.undo(SITE, third.id, moderator="mo", now=world.tick())
    world.store.comments.delete(SITE, edited.id, actor="anna", by_author=True, now=world.tick())
    with pytest.raises(ConflictError):
        world.store.queue.undo(SITE, third.id, moderator="mo", now=world.tick())
    with pytest.raises(NotFoundError):
        world.store.queue.undo(SITE, "nothing", moderator="mo", now=world.tick())


def test_a_report_after_the_decision_survives_its_undoing(world: World) -> None:
    comment = world.post(status="held")
    approve = world.decide(comment, "approve")
    world.report(comment, "rita")
    world.store.queue.undo(SITE, approve.id, moderator="mo", now=world.tick())
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert (case.comment.status, case.lanes) == ("held", ("harmful", "reported"))
    assert world.store.maintenance.check(SITE) == []


def test_settled_reports_weigh_nothing_in_a_new_case(world: World) -> None:
    comment = world.post()
    world.report(comment, "rita", 0.5)
    world.decide(comment, "approve")
    world.report(comment, "sam", 2.0)
    case = world.store.queue.case(SITE, comment.id, now=world.now)
    assert case.priority.terms == {"reports": 2.0}
    assert len(case.reports) == 2


def test_a_batch_answers_for_each_and_is_undone_as_one(world: World) -> None:
    sent = queued(world, 3)
    world.store.queue.claim(SITE, "jo", limit=1, now=world.now)  # the best: the last one
    batch = uuid7()
    answered, outcomes = world.store.queue.decide_batch(
        SITE,
        batch,
        action="reject",
        reason="raid",
        moderator="mo",
        items=[(c.id, 1) for c in sent] + [("nobody", 1)],
        now=world.tick(),
    )
    assert answered == batch
    assert [name for name, _ in outcomes] == [*(c.id for c in sent), "nobody"]
    kinds = [o.action if isinstance(o, Decision) else o.code for _, o in outcomes]
    assert kinds == ["reject", "reject", "claimed", "not-found"]
    made = [world.store.queue.decision(SITE, o.id) for _, o in outcomes if isinstance(o, Decision)]
    assert [(d.moderator, d.reason, d.batch) for d in made] == [("mo", "raid", batch)] * 2
    with pytest.raises(ConflictError):
        world.store.queue.decide_batch(
            SITE, batch, action="reject", moderator="mo", items=[], now=world.tick()
        )
    world.decide(sent[0], "approve")
    undone = world.store.queue.undo_batch(SITE, batch, moderator="mo", now=world.tick())
    assert [o.action if isinstance(o, Decision) else o.code for _, o in undone] == [
        "superseded",
        "undo",
    ]
    with pytest.raises(NotFoundError):
        world.store.queue.undo_batch(SITE, "none", moderator="mo", now=world.tick())
    with pytest.raises(NotFoundError):
        world.decide(sent[1], "approve", batch="none")


def test_an_undo_and_a_batch_are_made_once_for_one_key(world: World) -> None:
    first, second = queued(world, 2)
    decision = world.decide(first, "reject")
    once = Idempotency(key="undo", fingerprint="f")
    undone = [
        world.store.queue.undo(
            SITE, decision.id, moderator="mo", idempotency=once, now=world.tick()
        )
        for _ in range(2)
    ]
    assert undone[0] == undone[1]
    with pytest.raises(InvalidError):
        world.store.queue.undo(
            SITE,
            decision.id,
            moderator="mo",
            idempotency=Idempotency(key="undo", fingerprint="g"),
            now=world.tick(),
        )

    def batch(*comments: Comment) -> Any:
        return world.store.queue.decide_batch(
            SITE,
            uuid7(),
            action="reject",
            moderator="mo",
            items=[(comment.id, 1) for comment in comments],
            idempotency=Idempotency(key="batch", fingerprint="f"),
            now=world.tick(),
        )

    # As if the answer to the first had been lost when only one of two was decided.
    name, made = batch(first)
    again, whole = batch(first, second)
    assert again == name
    assert whole[0] == made[0]
    once = Idempotency(key="back", fingerprint="f")
    back = [
        world.store.queue.undo_batch(SITE, name, moderator="mo", idempotency=once, now=world.tick())
        for _ in range(2)
    ]
    assert back[0] == back[1]
    assert [type(outcome) for _, outcome in back[0]] == [Decision, Decision]
    assert world.store.maintenance.check(SITE) == []


def test_a_case_is_taken_over_and_the_audit_says_from_whom(world: World) -> None:
    (comment,) = queued(world, 1)
    store = world.store
    store.queue.renew(SITE, comment.id, "ada", now=world.tick())
    for _ in range(2):
        claim = store.queue.renew(SITE, comment.id, "bob", take_over=True, now=world.tick())
        assert store.queue.case(SITE, comment.id, now=world.now).claim == claim
    assert claim.moderator == "bob"
    with pytest.raises(ConflictError):
        store.queue.renew(SITE, comment.id, "ada", now=world.tick())
    entries, _ = store.streams.audit(SITE, limit=9, verbs=["take-over"])
    assert [(e.actor, e.subject, e.detail) for e in entries] == [
        ("bob", comment.id, {"from": "ada"})
    ]
    world.decide(comment, "approve", who="bob")
    with pytest.raises(NotQueuedError):
        store.queue.renew(SITE, comment.id, "ada", take_over=True, now=world.tick())


def test_an_escalated_case_has_a_lane_until_it_is_decided_on(world: World) -> None:
    first, second = queued(world, 2)
    public = world.post("nobody queued this")
    store = world.store

    def lane() -> set[str]:
        page = store.queue.page(SITE, lane="escalated", now=world.now)
        assert page.counts["escalated"] == len(page.cases)
        assert store.maintenance.check(SITE) == []
        return set(ids(page.cases))

    made = world.decide(first, "escalate")
    world.decide(public, "escalate")
    assert lane() == {first.id, public.id}
    assert store.queue.case(SITE, first.id, now=world.now).lanes == ("harmful", "escalated")
    world.report(public, "rita")
    assert lane() == {first.id, public.id}
    store.queue.undo(SITE, made.id, moderator="mo", now=world.tick())
    assert lane() == {public.id}
    assert store.queue.case(SITE, first.id, now=world.now).lanes == ("harmful",)
    decided = world.decide(public, "approve")
    assert lane() == set()
    store.queue.undo(SITE, decided.id, moderator="mo", now=world.tick())
    assert lane() == {public.id}
    [claimed] = store.queue.claim(SITE, "mo", limit=9, lane="escalated", now=world.tick())
    assert claimed.comment.id == public.id
    assert second.id in ids(store.queue.page(SITE, now=world.now).cases)


def test_what_was_escalated_before_there_was_a_lane_enters_it(world: World) -> None:
    old, reported, new = queued(world, 3)
    store = world.store
    for comment in (old, reported):
        escalate_without_its_lane(world, comment)
    assert store.maintenance.check(SITE) == []
    world.decide(new, "escalate")
    assert store.maintenance.enter_cases(SITE) == 2
    assert store.maintenance.enter_cases(SITE) == 0
    page = store.queue.page(SITE, lane="escalated", now=world.now)
    assert set(ids(page.cases)) == {old.id, reported.id, new.id}
    assert all(case.escalated for case in page.cases)
    assert store.maintenance.check(SITE) == []


PUBLISHED = Verdict(action="publish", reasons=())


def _claimed(world: World) -> dict[bytes, bytes]:
    return world.store.connection.client.hgetall(key("claims", SITE))


@pytest.mark.parametrize("how", ["delete", "edit", "rescore", "approve", "undo"])
def test_a_claim_ends_with_its_case(world: World, how: str) -> None:
    store = world.store
    comment = world.post("You fool", status="held", lane="harmful")
    decision = world.decide(comment, "escalate") if how == "undo" else None
    assert ids(store.queue.claim(SITE, "mo", limit=1, now=world.now)) == [comment.id]
    if how == "delete":
        store.comments.delete(SITE, comment.id, actor="anna", by_author=True, now=world.tick())
    elif how == "edit":
        world.rewrite(comment, "You fellow")
    elif how == "rescore":
        judged = replace(comment, status="published", verdict=PUBLISHED)
        store.comments.rescore(judged, priority=None, now=world.tick())
    elif decision is None:
        world.decide(comment, how)
    else:
        store.queue.undo(SITE, decision.id, moderator="mo", now=world.tick())
    assert _claimed(world) == {}
    assert store.maintenance.check(SITE) == []


def test_a_case_that_stays_stays_claimed(world: World) -> None:
    comment = world.post("You fool", status="held", lane="harmful")
    world.store.queue.claim(SITE, "mo", limit=1, now=world.now)
    world.rewrite(comment, "You idiot", status="held", lane="harmful")
    assert list(_claimed(world)) == [comment.id.encode()]
    public = world.post("Hello", author="ben", lane="uncertain")
    world.store.queue.claim(SITE, "mo", limit=1, now=world.now)
    world.report(public, "rita")
    assert set(_claimed(world)) == {comment.id.encode(), public.id.encode()}


def test_claims_on_no_case_are_told_and_dropped(world: World) -> None:
    store = world.store
    gone, case = world.post("Hello"), world.post("You fool", status="held", lane="harmful")
    store.queue.claim(SITE, "mo", limit=1, now=world.now)
    name = key("claims", SITE)
    # As a release left it that forgot them.
    store.connection.client.hset(name, gone.id, f"{world.now + 60_000}|mo")
    assert store.maintenance.check(SITE) == [f"the claim on {gone.id} is on no case"]
    assert store.maintenance.drop_claims(SITE) == 1
    assert list(_claimed(world)) == [case.id.encode()]
    assert (store.maintenance.drop_claims(SITE), store.maintenance.check(SITE)) == (0, [])
