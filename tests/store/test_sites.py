"""Sites, moderators, credentials."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from moderation import clock
from moderation.errors import (
    ConflictError,
    NotFoundError,
    OldPasswordError,
    UnauthorizedError,
    UnavailableError,
)
from moderation.store import Store
from tests.support.store_world import SITE, World, credential, moderator, thread_record


def test_sites_are_made_once_listed_and_changed(world: World) -> None:
    store = world.store
    world.create("another")
    assert [site.slug for site in store.sites.list()] == ["another", "blog"]
    with pytest.raises(ConflictError) as error:
        world.create()
    assert error.value.code == "exists"
    site = store.sites.get(SITE)
    assert (site.version, site.origins, site.policy) == (
        1,
        ("https://site.example",),
        {"preset": "balanced"},
    )
    changed = store.sites.update(
        SITE,
        origins=["https://a.example"],
        policy={"max_links": 0.5, "words": {"hold": ["ü"]}},
        expected_version=1,
        actor="mo",
        now=world.tick(),
    )
    assert changed == replace(
        site,
        origins=("https://a.example",),
        policy={"max_links": 0.5, "words": {"hold": ["ü"]}},
        version=2,
    )
    [entry], _ = store.streams.audit(SITE, limit=1)
    assert (entry.actor, entry.verb) == ("mo", "update-site")
    assert entry.detail["changes"] == {
        "origins": {"added": ["https://a.example"], "removed": ["https://site.example"]},
        "policy.max_links": {"before": None, "after": 0.5},
        "policy.preset": {"before": "balanced", "after": None},
        "policy.words.hold": {"added": ["ü"]},
    }
    with pytest.raises(ConflictError):
        store.sites.update(SITE, name="N", expected_version=1, actor="mo", now=world.tick())
    with pytest.raises(NotFoundError) as missing:
        store.sites.get("none")
    assert missing.value.code == "site-not-found"
    with pytest.raises(NotFoundError):
        store.sites.update("none", name="N", actor="mo", now=world.tick())


def test_of_many_makers_of_one_site_one_wins(store: Store) -> None:
    def make(_: int) -> str:
        try:
            World(store).create()
        except ConflictError as error:
            return error.code
        return "made"

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(make, range(12)))
    assert results.count("made") == 1
    assert results.count("exists") == 11


def test_a_lost_registry_is_repaired(world: World) -> None:
    client = world.store.connection.client
    world.create("another")
    client.delete("rejoinder:sites")
    assert world.store.sites.list() == []
    assert world.store.maintenance.check(SITE) == ["site blog is not in the registry"]
    assert world.store.maintenance.repair_registry() == ["another", "blog"]
    assert world.store.maintenance.repair_registry() == []
    assert world.store.maintenance.check(SITE) == []


def test_moderators_have_one_address_each(world: World) -> None:
    store = world.store
    first = moderator("mo", email="Mo@Site.example")
    store.accounts.create(first, [credential()], actor="system", now=world.tick())
    assert store.accounts.find(SITE, "mo@site.EXAMPLE") == first
    assert store.accounts.find(SITE, "li@site.example") is None
    with pytest.raises(ConflictError):
        store.accounts.create(
            moderator("other", email="MO@site.example"), [], actor="system", now=world.tick()
        )
    with pytest.raises(ConflictError):
        store.accounts.create(
            moderator("mo", email="x@site.example"), [], actor="system", now=world.tick()
        )
    second = moderator("jo", created=first.created + 1)
    store.accounts.create(second, [], actor="system", now=world.tick())
    assert store.accounts.list(SITE) == [first, second]
    store.accounts.set_password(SITE, "jo", "argon2 hash", world.tick())
    assert store.accounts.get(SITE, "jo") == replace(second, password_hash="argon2 hash")
    with pytest.raises(NotFoundError):
        store.accounts.set_password(SITE, "none", "x", world.tick())
    with pytest.raises(NotFoundError):
        store.accounts.get(SITE, "none")
    with pytest.raises(NotFoundError):
        store.accounts.create(moderator("mo", site="none"), [], actor="system", now=world.tick())


def test_credentials_live_until_revoked_or_past(world: World) -> None:
    store = world.store
    key = credential(scopes=("score", "queue"), name="bot", settings={"scale": {"x": [0.5]}})
    store.credentials.add(key, "mo", world.tick())
    assert store.credentials.get(SITE, key.id, now=clock.now()) == key
    past = credential(expires=1)
    store.credentials.add(past, "mo", world.tick())
    assert store.credentials.get(SITE, past.id, now=clock.now()) is None
    assert past.id not in [c.id for c in store.credentials.list(SITE, now=clock.now())]
    with pytest.raises(ConflictError):
        store.credentials.add(key, "mo", world.tick())
    scaled = store.credentials.update_settings(SITE, key.id, {"quota": 3}, "mo", world.tick())
    assert (
        store.credentials.get(SITE, key.id, now=clock.now())
        == scaled
        == replace(key, settings={"quota": 3})
    )
    assert store.maintenance.trim(SITE, world.tick())["credentials"] == 1
    store.credentials.revoke(SITE, key.id, "mo", world.tick())
    assert store.credentials.get(SITE, key.id, now=clock.now()) is None
    for again in (
        lambda: store.credentials.revoke(SITE, key.id, "mo", world.tick()),
        lambda: store.credentials.update_settings(SITE, key.id, {}, "mo", world.tick()),
    ):
        with pytest.raises(NotFoundError):
            again()


def test_settings_of_racing_admins_are_never_mixed(world: World) -> None:
    key = credential()
    world.store.credentials.add(key, "mo", world.tick())

    def change(n: int) -> None:
        try:
            world.store.credentials.update_settings(SITE, key.id, {"a": n, "b": n}, "mo", world.now)
        except UnavailableError:
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(30)))
    found = world.store.credentials.get(SITE, key.id, now=clock.now())
    assert found is not None
    assert found.settings["a"] == found.settings["b"]


def test_a_log_in_link_works_once(world: World) -> None:
    store = world.store
    login = credential("login", moderator="mo", secret_hash="a" * 64, expires=world.now + 60_000)
    store.accounts.create(moderator("mo"), [login], actor="system", now=world.tick())
    session = credential("session", moderator="mo", expires=4_000_000_000_000)
    with pytest.raises(UnauthorizedError):
        store.credentials.use_login(SITE, login.id, "b" * 64, session, world.now)
    with pytest.raises(UnauthorizedError):
        store.credentials.use_login(SITE, login.id, "a" * 64, session, world.now + 60_000)
    with pytest.raises(UnauthorizedError):
        store.credentials.use_login(SITE, login.id, "a" * 64, credential("session"), world.now)

    def use(n: int) -> str:
        own = replace(session, id=f"session{n}")
        try:
            return store.credentials.use_login(SITE, login.id, "a" * 64, own, world.now).name
        except UnauthorizedError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(use, range(12)))
    assert results.count("Mo") == 1
    assert results.count("unauthorized") == 11
    assert (
        len([c for c in store.credentials.list(SITE, now=clock.now()) if c.kind == "session"]) == 1
    )


SOON = 4_000_000_000_000


def _people(world: World) -> None:
    """Mo and Jo, each with a key, a link and two sessions named after them."""
    for name in ("mo", "jo"):
        own = [
            credential(kind, id=f"{name}-{kind}{n}", moderator=name, expires=expires)
            for kind, n, expires in (
                ("key", 1, None),
                ("login", 1, SOON),
                ("session", 1, SOON),
                ("session", 2, SOON),
            )
        ]
        world.store.accounts.create(moderator(name), own, actor="system", now=world.tick())


def _alive(world: World, name: str) -> list[str]:
    found = world.store.credentials.list(SITE, now=clock.now())
    return sorted(c.id.removeprefix(f"{name}-") for c in found if c.moderator == name)


ALL = ["key1", "login1", "session1", "session2"]


def test_of_a_removed_moderator_nothing_is_left_but_the_name(world: World) -> None:
    store = world.store
    _people(world)
    mine, other = world.post("a", status="held"), world.post("b", status="held")
    store.queue.renew(SITE, mine.id, "mo", lease=3600, now=world.now)
    store.queue.renew(SITE, other.id, "jo", lease=3600, now=world.now)
    seen = store.streams.events(SITE)[-1].id
    store.accounts.set_password(SITE, "mo", "argon2 hash", world.tick(), session="mo-session1")
    store.accounts.remove(SITE, "mo", "cli", world.tick())

    account = store.accounts.get(SITE, "mo")
    assert account == replace(moderator("mo"), email="", removed=world.now)
    assert [m.id for m in store.accounts.list(SITE)] == ["jo", "mo"]
    assert store.accounts.find(SITE, "mo@site.example") is None
    assert (_alive(world, "mo"), _alive(world, "jo")) == ([], ALL)
    assert store.queue.case(SITE, mine.id, now=world.now).claim is None
    assert store.queue.case(SITE, other.id, now=world.now).claim is not None
    assert world.decide(mine, "approve", "jo").moderator == "jo"
    new = [(event.type, event.data) for event in store.streams.events(SITE, seen)]
    assert ("case.released", {"comment": mine.id, "moderator": "mo"}) in new
    assert ("site.changed", {"moderator": "mo"}) in new
    entries, _ = store.streams.audit(SITE, limit=2)
    removal = entries[1]
    assert (removal.actor, removal.verb, removal.subject, removal.detail) == (
        "cli",
        "remove-moderator",
        "mo",
        {"role": "moderator"},
    )
    assert store.maintenance.check(SITE) == []


def test_a_removed_moderator_gets_nothing_any_more(world: World) -> None:
    store = world.store
    _people(world)
    held = world.post("a", status="held")
    store.accounts.remove(SITE, "mo", "cli", world.tick())
    before = store.streams.audit(SITE, limit=1)
    for late in (
        lambda: store.credentials.add(credential("login", moderator="mo"), "cli", world.now),
        lambda: store.queue.claim(SITE, "mo", limit=1, now=world.now),
        lambda: store.queue.renew(SITE, held.id, "mo", now=world.now),
    ):
        with pytest.raises(UnauthorizedError):
            late()
    for again in (
        lambda: store.accounts.remove(SITE, "mo", "cli", world.now),
        lambda: store.accounts.end_sessions(SITE, "mo", "cli", world.now),
        lambda: store.accounts.set_password(SITE, "mo", "x", world.now),
        lambda: store.accounts.remove(SITE, "none", "cli", world.now),
        lambda: store.accounts.end_sessions(SITE, "none", "cli", world.now),
    ):
        with pytest.raises(NotFoundError):
            again()
    assert store.streams.audit(SITE, limit=1) == before
    store.accounts.create(
        moderator("new", email="MO@site.example"), [], actor="cli", now=world.tick()
    )
    back = store.accounts.find(SITE, "mo@site.example")
    assert back is not None
    assert back.id == "new"


def test_another_role_counts_at_once_for_all_that_was_made_before(world: World) -> None:
    store = world.store
    _people(world)
    scale = {"scale": {"toxicity": [[0.1, 0.1234567890123456]]}, "empty": []}
    store.credentials.update_settings(SITE, "mo-key1", scale, "mo", world.tick())
    program = credential(role="client", scopes=("score",))
    store.credentials.add(program, "mo", world.tick())
    seen = store.streams.events(SITE)[-1].id
    rights = ("queue", "admin")
    assert (
        store.accounts.set_role(SITE, "mo", "admin", rights, actor="cli", now=world.tick())
        == "moderator"
    )

    assert store.accounts.get(SITE, "mo") == replace(moderator("mo"), role="admin")
    theirs = {c.id: c for c in store.credentials.list(SITE, now=clock.now())}
    assert _alive(world, "mo") == ALL
    assert {(theirs[f"mo-{n}"].role, theirs[f"mo-{n}"].scopes) for n in ALL} == {("admin", rights)}
    assert {theirs[f"jo-{n}"].role for n in ALL} == {"moderator"}
    assert theirs["mo-key1"].settings == scale
    assert theirs[program.id] == program
    assert [(e.type, e.data) for e in store.streams.events(SITE, seen)] == [
        ("site.changed", {"moderator": "mo"})
    ]
    before = store.streams.audit(SITE, limit=1)
    (entry,) = before[0]
    assert (entry.actor, entry.verb, entry.subject, entry.detail) == (
        "cli",
        "set-role",
        "mo",
        {"before": "moderator", "role": "admin"},
    )
    assert (
        store.accounts.set_role(SITE, "mo", "admin", rights, actor="cli", now=world.tick())
        == "admin"
    )
    assert store.streams.audit(SITE, limit=1) == before
    for nobody in ("none", "jo"):
        if nobody == "jo":
            store.accounts.remove(SITE, "jo", "cli", world.tick())
        with pytest.raises(NotFoundError):
            store.accounts.set_role(SITE, nobody, "admin", rights, actor="cli", now=world.now)
    assert store.maintenance.check(SITE) == []


def test_no_session_is_made_with_the_role_of_before(world: World) -> None:
    store = world.store
    _people(world)
    late = credential("session", moderator="mo", role="moderator")
    link = next(c for c in store.credentials.list(SITE, now=clock.now()) if c.id == "mo-login1")
    store.accounts.set_role(SITE, "mo", "admin", ("queue", "admin"), actor="cli", now=world.tick())
    for make in (
        lambda: store.credentials.add(late, "mo", world.now),
        lambda: store.credentials.use_login(SITE, link.id, link.secret_hash, late, world.now),
    ):
        with pytest.raises(UnauthorizedError):
            make()
    now_right = replace(late, role="admin")
    assert (
        store.credentials.use_login(SITE, link.id, link.secret_hash, now_right, world.now).role
        == "admin"
    )


def test_a_credential_made_while_a_role_changes_has_the_new_one(world: World) -> None:
    store = world.store
    _people(world)
    outcomes: list[bool] = []

    def log_in() -> None:
        for n in range(12):
            session = credential("session", id=f"s{n}", moderator="mo")
            try:
                store.credentials.add(session, "mo", world.now)
                outcomes.append(True)
            except UnauthorizedError:
                outcomes.append(False)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(log_in)
        store.accounts.set_role(SITE, "mo", "admin", ("admin",), actor="cli", now=world.now)
        running.result()
    roles = {c.role for c in store.credentials.list(SITE, now=clock.now()) if c.moderator == "mo"}
    assert (len(outcomes), roles) == (12, {"admin"})
    assert outcomes == sorted(outcomes, reverse=True)


def test_sessions_and_links_end_and_keys_stay(world: World) -> None:
    store = world.store
    _people(world)
    store.credentials.add(
        credential("session", moderator="mo", expires=world.now - 1), "mo", world.tick()
    )
    assert store.accounts.end_sessions(SITE, "mo", "cli", world.tick()) == 2
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1"], ALL)
    assert store.accounts.end_sessions(SITE, "mo", "cli", world.tick()) == 0
    entries, _ = store.streams.audit(SITE, limit=2)
    assert [(e.actor, e.verb, e.subject, e.detail["ended"]) for e in entries] == [
        ("cli", "end-sessions", "mo", 0),
        ("cli", "end-sessions", "mo", 2),
    ]


def test_a_new_password_leaves_one_session(world: World) -> None:
    store = world.store
    _people(world)
    store.accounts.set_password(SITE, "mo", "hash 1", world.tick(), session="mo-session2")
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1", "session2"], ALL)
    # Another's session is no exception to anything.
    store.accounts.set_password(SITE, "mo", "hash 2", world.tick(), session="jo-session1")
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1"], ALL)


def test_a_password_is_changed_by_who_knows_the_one_that_stands(world: World) -> None:
    store = world.store
    _people(world)
    store.accounts.set_password(SITE, "mo", "hash 1", world.tick(), old="")
    for stale in ("", "hash 0"):
        with pytest.raises(OldPasswordError):
            store.accounts.set_password(SITE, "mo", "hash 2", world.tick(), old=stale)
    assert store.accounts.get(SITE, "mo").password_hash == "hash 1"
    store.accounts.set_password(SITE, "mo", "hash 2", world.tick(), old="hash 1")
    assert store.accounts.get(SITE, "mo").password_hash == "hash 2"


def test_the_same_password_in_another_hash_ends_nothing(world: World) -> None:
    store = world.store
    _people(world)
    store.accounts.set_password(SITE, "mo", "hash 1", world.tick(), session="mo-session1")
    store.accounts.set_password(SITE, "mo", "hash 2", world.tick(), seen="hash 1")
    assert store.accounts.get(SITE, "mo").password_hash == "hash 2"
    assert _alive(world, "mo") == ["key1", "session1"]
    store.accounts.set_password(SITE, "mo", "hash 3", world.tick(), seen="hash 1")
    assert store.accounts.get(SITE, "mo").password_hash == "hash 2"
    late = credential("session", moderator="mo")
    with pytest.raises(UnauthorizedError):
        store.credentials.add(late, "mo", world.now, password_hash="hash 1")
    store.credentials.add(late, "mo", world.now, password_hash="hash 2")
    assert store.credentials.get(SITE, late.id, now=clock.now()) == late


def test_the_audit_says_what_became_of_each_setting(world: World) -> None:
    def change(**fields: Any) -> Any:
        world.store.sites.update(SITE, actor="mo", now=world.tick(), **fields)
        [entry], _ = world.store.streams.audit(SITE, limit=1)
        assert entry.detail["changed"] == list(fields)
        return entry.detail.get("changes") or {}

    limits = {"insult": {"flag": 0.1, "hold": 0.5}, "spam": {"flag": None, "hold": 0.5}}
    assert change(policy={"preset": "balanced", "thresholds": limits, "votes": False}) == {
        "policy.thresholds.insult": {"before": None, "after": {"flag": 0.1, "hold": 0.5}},
        "policy.thresholds.spam": {"before": None, "after": {"flag": None, "hold": 0.5}},
        "policy.votes": {"before": None, "after": False},
    }
    del limits["spam"]
    limits["insult"] = {"flag": 0.2, "hold": 0.5}
    assert change(policy={"preset": "balanced", "thresholds": limits, "votes": False}) == {
        "policy.thresholds.insult": {
            "before": {"flag": 0.1, "hold": 0.5},
            "after": {"flag": 0.2, "hold": 0.5},
        },
        "policy.thresholds.spam": {"before": {"flag": None, "hold": 0.5}, "after": None},
    }
    words = [f"word{number}" for number in range(2000)]
    listed = change(policy={"words": {"hold": words}})["policy.words.hold"]
    assert listed == {"added": words[:20]}
    assert len(change(name="x" * 9999)["name"]["after"]) == 200


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Blog"},
        {"origins": ["https://site.example"]},
        {"policy": {"preset": "balanced"}},
        {"policy": {"preset": "balanced", "words": {"hold": [], "flag": []}, "thresholds": {}}},
        {"name": "Blog", "origins": ("https://site.example",), "policy": {"preset": "balanced"}},
        {},
    ],
)
def test_what_changes_nothing_makes_no_version_and_no_entry(
    world: World, fields: dict[str, Any]
) -> None:
    store = world.store
    store.sites.update(SITE, name="Blog", actor="mo", now=world.tick())
    site, (entries, _) = store.sites.get(SITE), store.streams.audit(SITE, limit=100)
    for version in (None, site.version):
        given = {**fields, "expected_version": version}
        assert store.sites.update(SITE, actor="mo", now=world.tick(), **given) == site
    assert store.streams.audit(SITE, limit=100)[0] == entries
    if fields:
        with pytest.raises(ConflictError):
            store.sites.update(SITE, **fields, expected_version=9, actor="mo", now=1)


@pytest.mark.parametrize(
    "policy",
    [
        {"preset": "balanced", "max_links": None},  # no bound, instead of the preset's
        {"preset": "balanced", "max_links": 2},  # stays when the preset is another
        {"preset": "balanced", "notices": {"held": ""}},  # says nothing
        {},
    ],
)
def test_what_is_set_is_a_change_though_it_looks_alike(
    world: World, policy: dict[str, Any]
) -> None:
    before = world.store.sites.get(SITE)
    after = world.store.sites.update(SITE, policy=policy, actor="mo", now=world.tick())
    assert after == replace(before, policy=policy, version=before.version + 1)


def test_the_audit_says_what_a_thread_was_called(world: World) -> None:
    world.post()
    thread = world.store.threads.get(SITE, thread_record().id)
    for named, changed in (
        (replace(thread, title="Another"), ["title"]),
        (replace(thread, title="Third", url="https://site.example/new"), ["title", "url"]),
    ):
        before = world.store.threads.get(SITE, thread.id)
        world.store.threads.name(named, site=SITE, actor="mo", now=world.tick())
        [entry], _ = world.store.streams.audit(SITE, limit=1)
        assert (entry.verb, entry.subject) == ("name", thread.id)
        assert entry.detail["changes"] == {
            field: {"before": getattr(before, field), "after": getattr(named, field)}
            for field in changed
        }
    world.store.threads.name(named, site=SITE, actor="mo", now=world.tick())
    assert world.store.streams.audit(SITE, limit=1)[0] == [entry]


def test_changes_at_the_same_time_are_each_told_as_they_were(world: World) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(
            pool.map(
                lambda n: world.store.sites.update(SITE, name=f"N{n}", actor="mo", now=n), range(6)
            )
        )
    entries, _ = world.store.streams.audit(SITE, limit=6)
    told = [entry.detail["changes"]["name"] for entry in reversed(entries)]
    assert [change["before"] for change in told[1:]] == [change["after"] for change in told[:-1]]
    assert told[-1]["after"] == world.store.sites.get(SITE).name
