"""Sites, moderators, credentials."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from moderation.errors import ConflictError, NotFoundError, UnauthorizedError, UnavailableError
from moderation.store import Store
from tests.support.store_world import SITE, World, credential, moderator


@pytest.fixture
def world(store: Store) -> World:
    world = World(store)
    world.create()
    return world


def test_sites_are_made_once_listed_and_changed(world: World) -> None:
    store = world.store
    world.create("another")
    assert [site.slug for site in store.list_sites()] == ["another", "blog"]
    with pytest.raises(ConflictError) as error:
        world.create()
    assert error.value.code == "exists"
    site = store.get_site(SITE)
    assert (site.version, site.origins, site.policy) == (
        1,
        ("https://site.example",),
        {"preset": "balanced"},
    )
    changed = store.update_site(
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
    with pytest.raises(ConflictError):
        store.update_site(SITE, name="N", expected_version=1, actor="mo", now=world.tick())
    with pytest.raises(NotFoundError) as missing:
        store.get_site("none")
    assert missing.value.code == "site-not-found"
    with pytest.raises(NotFoundError):
        store.update_site("none", name="N", actor="mo", now=world.tick())


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
    assert world.store.list_sites() == []
    assert world.store.check(SITE) == ["site blog is not in the registry"]
    assert world.store.repair_registry() == ["another", "blog"]
    assert world.store.repair_registry() == []
    assert world.store.check(SITE) == []


def test_moderators_have_one_address_each(world: World) -> None:
    store = world.store
    first = moderator("mo", email="Mo@Site.example")
    store.create_moderator(first, [credential()], actor="system", now=world.tick())
    assert store.find_moderator(SITE, "mo@site.EXAMPLE") == first
    assert store.find_moderator(SITE, "li@site.example") is None
    with pytest.raises(ConflictError):
        store.create_moderator(
            moderator("other", email="MO@site.example"), [], actor="system", now=world.tick()
        )
    with pytest.raises(ConflictError):
        store.create_moderator(
            moderator("mo", email="x@site.example"), [], actor="system", now=world.tick()
        )
    second = moderator("jo", created=first.created + 1)
    store.create_moderator(second, [], actor="system", now=world.tick())
    assert store.list_moderators(SITE) == [first, second]
    store.set_password(SITE, "jo", "argon2 hash", world.tick())
    assert store.get_moderator(SITE, "jo") == replace(second, password_hash="argon2 hash")
    with pytest.raises(NotFoundError):
        store.set_password(SITE, "none", "x", world.tick())
    with pytest.raises(NotFoundError):
        store.get_moderator(SITE, "none")
    with pytest.raises(NotFoundError):
        store.create_moderator(moderator("mo", site="none"), [], actor="system", now=world.tick())


def test_credentials_live_until_revoked_or_past(world: World) -> None:
    store = world.store
    key = credential(scopes=("score", "queue"), name="bot", settings={"scale": {"x": [0.5]}})
    store.add_credential(key, "mo", world.tick())
    assert store.get_credential(SITE, key.id) == key
    past = credential(expires=1)
    store.add_credential(past, "mo", world.tick())
    assert store.get_credential(SITE, past.id) is None
    assert past.id not in [c.id for c in store.list_credentials(SITE)]
    with pytest.raises(ConflictError):
        store.add_credential(key, "mo", world.tick())
    scaled = store.update_credential_settings(SITE, key.id, {"quota": 3}, "mo", world.tick())
    assert store.get_credential(SITE, key.id) == scaled == replace(key, settings={"quota": 3})
    assert store.trim(SITE, world.tick())["credentials"] == 1
    store.revoke_credential(SITE, key.id, "mo", world.tick())
    assert store.get_credential(SITE, key.id) is None
    for again in (
        lambda: store.revoke_credential(SITE, key.id, "mo", world.tick()),
        lambda: store.update_credential_settings(SITE, key.id, {}, "mo", world.tick()),
    ):
        with pytest.raises(NotFoundError):
            again()


def test_settings_of_racing_admins_are_never_mixed(world: World) -> None:
    key = credential()
    world.store.add_credential(key, "mo", world.tick())

    def change(n: int) -> None:
        try:
            world.store.update_credential_settings(SITE, key.id, {"a": n, "b": n}, "mo", world.now)
        except UnavailableError:
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(change, range(30)))
    found = world.store.get_credential(SITE, key.id)
    assert found is not None
    assert found.settings["a"] == found.settings["b"]


def test_a_log_in_link_works_once(world: World) -> None:
    store = world.store
    login = credential("login", moderator="mo", secret_hash="a" * 64, expires=world.now + 60_000)
    store.create_moderator(moderator("mo"), [login], actor="system", now=world.tick())
    session = credential("session", moderator="mo", expires=4_000_000_000_000)
    with pytest.raises(UnauthorizedError):
        store.use_login(SITE, login.id, "b" * 64, session, world.now)
    with pytest.raises(UnauthorizedError):
        store.use_login(SITE, login.id, "a" * 64, session, world.now + 60_000)
    with pytest.raises(UnauthorizedError):
        store.use_login(SITE, login.id, "a" * 64, credential("session"), world.now)

    def use(n: int) -> str:
        own = replace(session, id=f"session{n}")
        try:
            return store.use_login(SITE, login.id, "a" * 64, own, world.now).name
        except UnauthorizedError as error:
            return error.code

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(use, range(12)))
    assert results.count("Mo") == 1
    assert results.count("unauthorized") == 11
    assert len([c for c in store.list_credentials(SITE) if c.kind == "session"]) == 1


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
        world.store.create_moderator(moderator(name), own, actor="system", now=world.tick())


def _alive(world: World, name: str) -> list[str]:
    found = world.store.list_credentials(SITE)
    return sorted(c.id.removeprefix(f"{name}-") for c in found if c.moderator == name)


ALL = ["key1", "login1", "session1", "session2"]


def test_of_a_removed_moderator_nothing_is_left_but_the_name(world: World) -> None:
    store = world.store
    _people(world)
    mine, other = world.post("a", status="held"), world.post("b", status="held")
    store.renew(SITE, mine.id, "mo", lease=3600, now=world.now)
    store.renew(SITE, other.id, "jo", lease=3600, now=world.now)
    seen = store.events(SITE)[-1].id
    store.set_password(SITE, "mo", "argon2 hash", world.tick(), session="mo-session1")
    store.remove_moderator(SITE, "mo", "cli", world.tick())

    account = store.get_moderator(SITE, "mo")
    assert account == replace(moderator("mo"), email="", removed=world.now)
    assert [m.id for m in store.list_moderators(SITE)] == ["jo", "mo"]
    assert store.find_moderator(SITE, "mo@site.example") is None
    assert (_alive(world, "mo"), _alive(world, "jo")) == ([], ALL)
    assert store.get_case(SITE, mine.id, now=world.now).claim is None
    assert store.get_case(SITE, other.id, now=world.now).claim is not None
    assert world.decide(mine, "approve", "jo").moderator == "jo"
    new = [(event.type, event.data) for event in store.events(SITE, seen)]
    assert ("case.released", {"comment": mine.id, "moderator": "mo"}) in new
    assert ("site.changed", {"moderator": "mo"}) in new
    entries, _ = store.audit_page(SITE, limit=2)
    removal = entries[1]
    assert (removal.actor, removal.verb, removal.subject, removal.detail) == (
        "cli",
        "remove-moderator",
        "mo",
        {"role": "moderator"},
    )
    assert store.check(SITE) == []


def test_a_removed_moderator_gets_nothing_any_more(world: World) -> None:
    store = world.store
    _people(world)
    held = world.post("a", status="held")
    store.remove_moderator(SITE, "mo", "cli", world.tick())
    before = store.audit_page(SITE, limit=1)
    for late in (
        lambda: store.add_credential(credential("login", moderator="mo"), "cli", world.now),
        lambda: store.claim(SITE, "mo", limit=1, now=world.now),
        lambda: store.renew(SITE, held.id, "mo", now=world.now),
    ):
        with pytest.raises(UnauthorizedError):
            late()
    for again in (
        lambda: store.remove_moderator(SITE, "mo", "cli", world.now),
        lambda: store.end_sessions(SITE, "mo", "cli", world.now),
        lambda: store.set_password(SITE, "mo", "x", world.now),
        lambda: store.remove_moderator(SITE, "none", "cli", world.now),
        lambda: store.end_sessions(SITE, "none", "cli", world.now),
    ):
        with pytest.raises(NotFoundError):
            again()
    assert store.audit_page(SITE, limit=1) == before
    store.create_moderator(
        moderator("new", email="MO@site.example"), [], actor="cli", now=world.tick()
    )
    back = store.find_moderator(SITE, "mo@site.example")
    assert back is not None
    assert back.id == "new"


def test_another_role_counts_at_once_for_all_that_was_made_before(world: World) -> None:
    store = world.store
    _people(world)
    scale = {"scale": {"toxicity": [[0.1, 0.1234567890123456]]}, "empty": []}
    store.update_credential_settings(SITE, "mo-key1", scale, "mo", world.tick())
    program = credential(role="client", scopes=("score",))
    store.add_credential(program, "mo", world.tick())
    seen = store.events(SITE)[-1].id
    rights = ("queue", "admin")
    assert store.set_role(SITE, "mo", "admin", rights, actor="cli", now=world.tick()) == "moderator"

    assert store.get_moderator(SITE, "mo") == replace(moderator("mo"), role="admin")
    theirs = {c.id: c for c in store.list_credentials(SITE)}
    assert _alive(world, "mo") == ALL
    assert {(theirs[f"mo-{n}"].role, theirs[f"mo-{n}"].scopes) for n in ALL} == {("admin", rights)}
    assert {theirs[f"jo-{n}"].role for n in ALL} == {"moderator"}
    assert theirs["mo-key1"].settings == scale
    assert theirs[program.id] == program
    assert [(e.type, e.data) for e in store.events(SITE, seen)] == [
        ("site.changed", {"moderator": "mo"})
    ]
    before = store.audit_page(SITE, limit=1)
    (entry,) = before[0]
    assert (entry.actor, entry.verb, entry.subject, entry.detail) == (
        "cli",
        "set-role",
        "mo",
        {"before": "moderator", "role": "admin"},
    )
    assert store.set_role(SITE, "mo", "admin", rights, actor="cli", now=world.tick()) == "admin"
    assert store.audit_page(SITE, limit=1) == before
    for nobody in ("none", "jo"):
        if nobody == "jo":
            store.remove_moderator(SITE, "jo", "cli", world.tick())
        with pytest.raises(NotFoundError):
            store.set_role(SITE, nobody, "admin", rights, actor="cli", now=world.now)
    assert store.check(SITE) == []


def test_no_session_is_made_with_the_role_of_before(world: World) -> None:
    store = world.store
    _people(world)
    late = credential("session", moderator="mo", role="moderator")
    link = next(c for c in store.list_credentials(SITE) if c.id == "mo-login1")
    store.set_role(SITE, "mo", "admin", ("queue", "admin"), actor="cli", now=world.tick())
    for make in (
        lambda: store.add_credential(late, "mo", world.now),
        lambda: store.use_login(SITE, link.id, link.secret_hash, late, world.now),
    ):
        with pytest.raises(UnauthorizedError):
            make()
    now_right = replace(late, role="admin")
    assert store.use_login(SITE, link.id, link.secret_hash, now_right, world.now).role == "admin"


def test_a_credential_made_while_a_role_changes_has_the_new_one(world: World) -> None:
    store = world.store
    _people(world)
    outcomes: list[bool] = []

    def log_in() -> None:
        for n in range(12):
            session = credential("session", id=f"s{n}", moderator="mo")
            try:
                store.add_credential(session, "mo", world.now)
                outcomes.append(True)
            except UnauthorizedError:
                outcomes.append(False)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(log_in)
        store.set_role(SITE, "mo", "admin", ("admin",), actor="cli", now=world.now)
        running.result()
    roles = {c.role for c in store.list_credentials(SITE) if c.moderator == "mo"}
    assert (len(outcomes), roles) == (12, {"admin"})
    assert outcomes == sorted(outcomes, reverse=True)


def test_sessions_and_links_end_and_keys_stay(world: World) -> None:
    store = world.store
    _people(world)
    store.add_credential(
        credential("session", moderator="mo", expires=world.now - 1), "mo", world.tick()
    )
    assert store.end_sessions(SITE, "mo", "cli", world.tick()) == 2
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1"], ALL)
    assert store.end_sessions(SITE, "mo", "cli", world.tick()) == 0
    entries, _ = store.audit_page(SITE, limit=2)
    assert [(e.actor, e.verb, e.subject, e.detail["ended"]) for e in entries] == [
        ("cli", "end-sessions", "mo", 0),
        ("cli", "end-sessions", "mo", 2),
    ]


def test_a_new_password_leaves_one_session(world: World) -> None:
    store = world.store
    _people(world)
    store.set_password(SITE, "mo", "hash 1", world.tick(), session="mo-session2")
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1", "session2"], ALL)
    # Another's session is no exception to anything.
    store.set_password(SITE, "mo", "hash 2", world.tick(), session="jo-session1")
    assert (_alive(world, "mo"), _alive(world, "jo")) == (["key1"], ALL)


def test_the_same_password_in_another_hash_ends_nothing(world: World) -> None:
    store = world.store
    _people(world)
    store.set_password(SITE, "mo", "hash 1", world.tick(), session="mo-session1")
    store.set_password(SITE, "mo", "hash 2", world.tick(), seen="hash 1")
    assert store.get_moderator(SITE, "mo").password_hash == "hash 2"
    assert _alive(world, "mo") == ["key1", "session1"]
    store.set_password(SITE, "mo", "hash 3", world.tick(), seen="hash 1")
    assert store.get_moderator(SITE, "mo").password_hash == "hash 2"
    late = credential("session", moderator="mo")
    with pytest.raises(UnauthorizedError):
        store.add_credential(late, "mo", world.now, password_hash="hash 1")
    store.add_credential(late, "mo", world.now, password_hash="hash 2")
    assert store.get_credential(SITE, late.id) == late
