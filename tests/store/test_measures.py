"""Measures for authors: what holds, what replaces what, taking it back, and no way round it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.clock import DAY
from moderation.errors import (
    AuthorBannedError,
    AuthorNotFoundError,
    AuthorSuspendedError,
    IdempotencyMismatchError,
    LastOwnerError,
    MeasureNotFoundError,
    OwnMeasureError,
    SupersededError,
)
from moderation.records import Idempotency, Measure, MeasureKind, Standing
from moderation.store import Judged, Store
from moderation.store.keys import key
from tests.support.store_verbs import a_measure
from tests.support.store_world import SITE, World, moderator

KINDS: tuple[MeasureKind, ...] = ("review", "suspend", "ban")


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.create()
    for author in ("cat", "dan"):
        world.post(f"by {author}", author=author)
    return world


def impose(world: World, kind: MeasureKind = "ban", **fields: object) -> Measure:
    return world.store.measures.set(SITE, a_measure(kind=kind, **fields), now=world.tick())


def undo(world: World, measure: Measure, by: str = "mo") -> Measure:
    return world.store.measures.undo(SITE, measure.id, moderator=by, now=world.tick())


def holds(world: World, author: str = "cat", place: str | None = None) -> Standing | None:
    return world.store.measures.standing(SITE, author, place, now=world.now)


def kind_of(found: Standing | None) -> str | None:
    return found.kind if found else None


def test_a_later_measure_takes_the_place_of_an_earlier_one_and_says_so(world: World) -> None:
    trust = impose(world, "trust")
    ban = impose(world, "ban", reason="Enough.", note="third time")
    assert ban.replaces == (trust.id,)
    assert holds(world) == Standing(id=ban.id, kind="ban", until=None, reason="Enough.")
    assert world.store.measures.of_author(SITE, "cat") == [ban, trust]
    assert (ban.note, ban.moderator, ban.undone) == ("third time", "mo", None)
    with pytest.raises(SupersededError):
        undo(world, trust)
    undone = undo(world, ban, "li")
    assert (undone.undone, undone.undone_by) == (world.now, "li")
    assert kind_of(holds(world)) == "trust"
    with pytest.raises(SupersededError, match="already"):
        undo(world, ban)
    with pytest.raises(MeasureNotFoundError):
        undo(world, replace(ban, id="none"))
    verbs = [entry.verb for entry in world.store.streams.audit(SITE, limit=3)[0]]
    assert verbs == ["undo-measure", "measure", "measure"]


def test_a_measure_is_over_at_its_time(world: World) -> None:
    review = impose(world, "review")
    suspended = impose(world, "suspend", until=world.now + 60_000)
    assert suspended.replaces == (review.id,)
    with pytest.raises(AuthorSuspendedError) as refused:
        world.send(world.comment("again", author="cat"), judged=Judged(standing=holds(world)))
    assert refused.value.until == suspended.until
    world.tick(60_000)
    # What it replaced does not come back by itself.
    assert holds(world) is None
    assert world.send(world.comment("again", author="cat"), judged=Judged(standing=None)).comment
    assert impose(world, "ban").replaces == ()


def test_nothing_is_written_that_was_judged_under_another_measure(world: World) -> None:
    """Whatever came between: the caller judges anew, or is refused."""
    none = Judged(standing=None)
    impose(world, "review")
    assert world.send(world.comment("x", author="cat"), judged=none).is_out_of_date
    under_review = Judged(standing=holds(world))
    assert world.send(world.comment("x", author="cat"), judged=under_review).comment
    impose(world, "trust")
    assert world.send(world.comment("y", author="cat"), judged=under_review).is_out_of_date
    impose(world, "ban", reason="Enough.")
    for judged in (none, under_review, Judged(standing=holds(world))):
        with pytest.raises(AuthorBannedError) as refused:
            world.send(world.comment("z", author="cat"), judged=judged)
        assert (refused.value.until, refused.value.reason) == (None, "Enough.")
    assert world.send(world.comment("of another", author="dan"), judged=none).comment
    assert world.store.maintenance.check(SITE) == []


def test_an_address_is_known_for_a_month_and_measured_for_one(world: World) -> None:
    at_home = Judged(standing=None, place="home")
    world.send(world.comment("hello", author="cat"), judged=at_home)
    assert world.store.measures.place_of(SITE, "cat") == "home"
    assert world.store.measures.place_of(SITE, "dan") is None
    client = world.store.connection.client
    assert 0 < client.pttl(key("place", SITE, author="cat")) <= 30 * DAY
    ban = impose(world, "ban", place="home")
    for author in ("cat", "somebody-new"):
        with pytest.raises(AuthorBannedError):
            world.send(world.comment("x", author=author), judged=at_home)
    assert kind_of(holds(world, "new", "elsewhere")) is None
    # Whom a moderator trusts may write from there all the same.
    impose(world, "trust", author="dan")
    assert kind_of(holds(world, "dan", "home")) == "trust"
    world.tick(31 * DAY)
    assert kind_of(holds(world, "new", "home")) is None
    assert kind_of(holds(world)) == "ban"
    undo(world, ban)
    assert holds(world) is None


def test_a_measure_without_the_address_frees_it(world: World) -> None:
    ban = impose(world, "ban", place="home")
    review = impose(world, "review")
    assert kind_of(holds(world, "new", "home")) is None
    undo(world, review)
    assert kind_of(holds(world, "new", "home")) == "ban"
    undo(world, ban)
    assert kind_of(holds(world, "new", "home")) is None


def test_two_at_one_address(world: World) -> None:
    """The later one is the address's; either may be taken back first."""
    first = impose(world, "suspend", until=world.now + DAY, place="home")
    second = impose(world, "ban", author="dan", place="home")
    assert second.replaces == (first.id,)
    assert kind_of(holds(world, "new", "home")) == "ban"
    assert kind_of(holds(world, "cat")) == "suspend"
    undo(world, first)
    assert holds(world, "cat") is None
    assert kind_of(holds(world, "new", "home")) == "ban"
    undo(world, second)
    # What was there before it was taken back meanwhile.
    assert holds(world, "new", "home") is None


def test_oneself_and_the_last_owner_are_spared(world: World) -> None:
    store = world.store
    store.accounts.create(moderator("boss", role="owner"), [], actor="cli", now=world.tick())
    for kind in KINDS:
        with pytest.raises(OwnMeasureError):
            impose(world, kind, author="cat", moderator="cat", until=world.now + DAY)
        with pytest.raises(LastOwnerError):
            impose(world, kind, author="boss", until=world.now + DAY)
    with pytest.raises(AuthorNotFoundError):
        impose(world, author="nobody")
    assert not store.connection.client.exists(key("measures", SITE))
    store.accounts.create(moderator("vice", role="owner"), [], actor="cli", now=world.tick())
    assert impose(world, author="boss").kind == "ban"
    store.accounts.remove(SITE, "boss", "cli", world.tick())
    with pytest.raises(LastOwnerError):
        impose(world, author="vice")


def test_the_same_key_sets_and_undoes_once(world: World) -> None:
    once = Idempotency(key="k", fingerprint="f")
    made = world.store.measures.set(SITE, a_measure(), idempotency=once, now=world.tick())
    again = world.store.measures.set(SITE, a_measure(), idempotency=once, now=world.tick())
    assert again == made
    other = replace(once, fingerprint="g")
    with pytest.raises(IdempotencyMismatchError):
        world.store.measures.set(SITE, a_measure(), idempotency=other, now=world.tick())
    back = Idempotency(key="u", fingerprint="f")
    for _ in range(2):
        undone = world.store.measures.undo(
            SITE, made.id, moderator="mo", idempotency=back, now=world.tick()
        )
        assert undone.undone is not None
    assert len(world.store.measures.of_author(SITE, "cat")) == 1


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(("cat", "dan")),
        st.sampled_from(("trust", "review", "ban")),
        st.sampled_from((None, "home", "work")),
    ),
    min_size=1,
    max_size=6,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=_STEPS)
def test_undoing_all_in_turn_gives_back_each_state(
    world: World, steps: list[tuple[str, MeasureKind, str | None]]
) -> None:
    client = world.store.connection.client
    for name in ("measures", "measured"):
        client.delete(key(name, SITE))

    def state() -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = client.hgetall(key("measured", SITE))
        return found

    states, made = [state()], []
    for author, kind, place in steps:
        made.append(impose(world, kind, author=author, place=place))
        states.append(state())
        assert states[-1] != states[-2]
    for measure, before in reversed(list(zip(made, states, strict=False))):
        undo(world, measure)
        assert state() == before
