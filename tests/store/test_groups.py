"""Near-duplicates in the storage: when they are a group, what is asked of the next ones, bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from moderation.errors import GroupNotFoundError
from moderation.records import Comment, Raid
from moderation.store import Likeness, Store
from moderation.store.keys import GROUP_MS, key
from tests.support.store_world import SITE, World, uuid7

BANDS = tuple(f"{i:012x}" for i in range(12))
OTHER = tuple(f"{i:012x}" for i in range(100, 112))
MINUTE = 60_000


@pytest.fixture
def world(store: Store) -> World:
    made = World(store)
    made.create()
    # Ids have the time of the clock, by which a group's first comment is dated.
    made.now = int(uuid7().replace("-", "")[:12], 16)
    return made


def send(world: World, bands: tuple[str, ...] = BANDS, **fields: object) -> Comment | Raid | None:
    comment = world.comment("alike", author=f"bot-{uuid7()}")
    sent = world.send(comment, likeness=Likeness(bands=bands, **fields))  # type: ignore[arg-type]
    return sent.comment or sent.raid


def test_five_within_ten_minutes_are_a_group(world: World) -> None:
    groups = world.store.groups
    made = [send(world) for _ in range(4)]
    assert groups.waiting(SITE, now=world.now) == []
    made.append(send(world))
    (found,) = groups.waiting(SITE, now=world.now)
    ids = [c.id for c in made if isinstance(c, Comment)]
    assert (found.id, found.count, list(found.open)) == (ids[0], 5, ids)
    assert set(found.open.values()) == {"published"}
    send(world, OTHER)
    assert groups.get(SITE, found.id).count == 5
    assert [e.data for e in world.store.streams.events(SITE) if e.type == "group.began"] == [
        {"group": found.id, "count": 5}
    ]
    with pytest.raises(GroupNotFoundError):
        groups.get(SITE, ids[1])


def test_slow_ones_and_the_same_author_again_begin_none(world: World) -> None:
    groups = world.store.groups
    for _ in range(12):
        send(world, again=True)
    assert groups.waiting(SITE, now=world.now) == []
    for _ in range(12):
        send(world, OTHER)
        world.tick(3 * MINUTE)
    assert groups.waiting(SITE, now=world.now) == []
    # But of a group that there is they are members too.
    for _ in range(4):
        send(world, OTHER)
    (found,) = groups.waiting(SITE, now=world.now)
    before = found.count
    send(world, OTHER, again=True)
    assert groups.get(SITE, found.id).count == before + 1


def test_two_bands_make_a_member_and_one_does_not(world: World) -> None:
    for _ in range(5):
        send(world)
    (found,) = world.store.groups.waiting(SITE, now=world.now)
    for shared, count in ((1, 5), (0, 5), (2, 6), (11, 7)):
        send(world, (*BANDS[:shared], *(f"{shared:04x}{band[4:]}" for band in OTHER[shared:])))
        assert world.store.groups.get(SITE, found.id).count == count


def test_what_is_asked_of_the_next_ones(world: World) -> None:
    groups = world.store.groups
    for _ in range(5):
        send(world)
    (found,) = groups.waiting(SITE, now=world.now)

    def decide(action: str, next_like: str | None) -> str:
        batch, comments = groups.open_batch(
            SITE,
            found.id,
            uuid7(),
            action=action,  # type: ignore[arg-type]
            moderator="mo",
            next_like=next_like,  # type: ignore[arg-type]
            comments=len(found.open),
            now=world.tick(),
        )
        assert comments[:5] == list(found.open)
        return batch

    first = decide("reject", "reject")
    asked = send(world)
    assert asked == Raid(group=found.id, asks="reject")
    assert groups.get(SITE, found.id).count == 5, "nothing was written"
    assert isinstance(send(world, raid=asked), Comment)
    assert isinstance(send(world, OTHER), Comment)
    # Judged by what is not asked any more: told so, and nothing written.
    second = decide("approve", "leave")
    assert send(world, raid=asked, hold=True) is None
    assert isinstance(send(world, hold=True), Comment)
    # A later decision stands when an earlier one is taken back.
    assert groups.lift(SITE, first, moderator="mo", now=world.tick()) == found.id
    assert isinstance(send(world), Comment)
    assert groups.lift(SITE, second, moderator="mo", now=world.tick()) == found.id
    assert send(world) == asked
    world.tick(61 * MINUTE)
    assert isinstance(send(world), Comment), "after an hour it is over"
    assert groups.lift(SITE, uuid7(), moderator="mo", now=world.now) is None


def test_a_site_that_holds_raids_holds_from_the_beginning_on(world: World) -> None:
    for _ in range(4):
        assert isinstance(send(world, hold=True), Comment)
    asked = send(world, hold=True)
    assert isinstance(asked, Raid)
    assert asked.asks == "hold"
    assert world.store.groups.waiting(SITE, now=world.now) == []
    assert isinstance(send(world, hold=True, raid=asked), Comment)
    (found,) = world.store.groups.waiting(SITE, now=world.now)
    assert (found.id, found.count) == (asked.group, 5)


def test_the_memory_is_bounded_and_what_is_old_goes(world: World) -> None:
    client = world.store.connection.client
    alike, groups, members = (key(row, SITE) for row in ("alike", "groups", "group_members"))
    for _ in range(5):
        send(world)
    (found,) = world.store.groups.waiting(SITE, now=world.now)
    client.hset(alike, mapping={f"x{i}": "y" for i in range(24_000)})
    send(world, OTHER)
    assert client.hlen(alike) == len(OTHER)
    assert 0 < client.pttl(alike) <= 20 * MINUTE
    # With two hundred groups the one that is quiet longest makes room.
    record = client.hget(groups, found.id)
    client.hset(groups, mapping={f"{found.id[:-4]}{i:04x}": record for i in range(199)})
    world.tick()
    for _ in range(4):
        send(world, OTHER)
    assert client.hlen(groups) == 200
    world.store.maintenance.trim(SITE, world.now + GROUP_MS + MINUTE)
    assert client.hlen(groups) == client.zcard(members) == 0


def test_members_that_were_decided_on_or_erased_are_not_open(world: World) -> None:
    made = [c for c in (send(world) for _ in range(6)) if isinstance(c, Comment)]
    world.decide(made[0], "reject")
    world.store.comments.delete(SITE, made[1].id, actor="x", by_author=True, now=world.tick())
    world.decide(made[2], "escalate")
    found = world.store.groups.get(SITE, made[0].id)
    assert list(found.open) == [c.id for c in made[2:]]
    assert found.waits
    assert not replace(found, open={}).waits
