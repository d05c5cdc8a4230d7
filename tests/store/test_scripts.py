"""Every script: a failed one has changed nothing, a whole one runs on each kind of server."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.crc import key_slot

from moderation.errors import RejoinderError, UnavailableError
from moderation.records import Idempotency, Limit
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import Connection, connect
from moderation.store.scripts import load, script_names
from tests.support.store_verbs import LIMITS, VERBS, Stage, set_up
from tests.support.store_world import NOW, SITE, World, thread_record

Dump = dict[bytes, bytes]
Call = tuple[str, int, list[Any]]


class Spy(Connection):
    """A connection that writes down the scripts that ran through it."""

    def __init__(self, client: Any) -> None:
        super().__init__(client)
        self.calls: list[tuple[str, list[str], list[Any]]] = []
        self._names = {load(name).sha: name for name in script_names()}

    def call(self, fn: Callable[[Any], Any], *, read: bool = False) -> Any:
        return super().call(lambda client: fn(_Recorded(client, self)), read=read)

    def last(self, name: str) -> tuple[list[str], list[Any]]:
        return next((keys, args) for called, keys, args in self.calls[::-1] if called == name)


class _Recorded:
    def __init__(self, client: Any, spy: Spy) -> None:
        self._client, self._spy = client, spy

    def execute_command(self, command: str, *rest: Any) -> Any:
        if command == "EVALSHA":
            sha, count, *values = rest
            self._spy.calls.append((self._spy._names[sha], values[:count], values[count:]))
        return self._client.execute_command(command, *rest)

    def pipeline(self, **options: Any) -> _Recorded:
        return _Recorded(self._client.pipeline(**options), self._spy)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def spy(connection: Connection) -> Spy:
    return Spy(connection.client)


@pytest.fixture
def stage(spy: Spy) -> Stage:
    return set_up(World(Store(spy)))


def dump(client: Any) -> Dump:
    names = sorted(client.keys("*"))
    pipe = client.pipeline(transaction=False)
    for name in names:
        pipe.dump(name)
    return dict(zip(names, pipe.execute(), strict=True))


def restore(client: Any, state: Dump) -> None:
    pipe = client.pipeline(transaction=False)
    pipe.flushall()
    for name, value in state.items():
        pipe.restore(name, 0, value)
    pipe.execute()


def test_every_script_has_a_call_here() -> None:
    assert set(VERBS) == set(script_names())


@pytest.mark.parametrize("name", script_names())
def test_a_key_of_another_type_stops_it_before_it_writes(name: str, stage: Stage, spy: Spy) -> None:
    client = spy.client
    before = dump(client)
    VERBS[name](stage)
    keys, args = spy.last(name)
    restore(client, before)
    for key in keys:
        kept = before.get(key.encode())
        client.delete(key)
        if (
            ":decision:" in key or ":slow:" in key or key.endswith(":place")
        ):  # the strings of the table
            client.lpush(key, "x")
        else:
            client.set(key, "corrupt")
        corrupt = dump(client)
        reply: Any = client.evalsha(load(name).sha, len(keys), *keys, *args)
        assert reply[:2] == [b"error", b"storage-corrupt"], key
        assert dump(client) == corrupt, key
        client.delete(key)
        if kept is not None:
            client.restore(key, 0, kept)
    # The same call on the healthy state does its work.
    restore(client, before)
    assert client.evalsha(load(name).sha, len(keys), *keys, *args)[0] == b"ok"


def test_a_corrupt_key_is_an_error_with_a_name(stage: Stage, spy: Spy) -> None:
    spy.client.delete("{blog}:queue")
    spy.client.set("{blog}:queue", "corrupt")
    with pytest.raises(UnavailableError) as error:
        VERBS["submit"](stage)
    assert error.value.code == "storage-corrupt"
    assert "{blog}:queue is a string" in error.value.detail


@pytest.fixture
def full(spy: Spy) -> Iterator[Callable[[], None]]:
    """Fills the memory to the brim, for real."""
    client = spy.client

    def fill() -> None:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 3_000_000)
        size, n = 1_000_000, 0
        while size >= 16:
            try:
                n += 1
                client.set(f"filler:{n}", b"x" * size)
            except redis.exceptions.OutOfMemoryError:
                size //= 4
        # The server shrinks its clients' buffers after a while: what that frees must not be room.
        client.config_set("maxmemory", client.info("memory")["used_memory"] // 2)

    yield fill
    client.config_set("maxmemory", 0)
    client.flushall()


@pytest.mark.parametrize("name", script_names())
def test_a_full_server_refuses_it_whole(
    name: str, stage: Stage, spy: Spy, full: Callable[[], None]
) -> None:
    client = spy.client
    state = dump(client)
    VERBS[name](stage)
    keys, args = spy.last(name)
    restore(client, state)
    full()
    before = dump(client)

    def run() -> Any:
        return client.evalsha(load(name).sha, len(keys), *keys, *args)

    if load(name).reads or load(name).on_full:
        assert run()[0] == b"ok"
        return
    with pytest.raises(redis.exceptions.OutOfMemoryError):
        run()
    assert dump(client) == before


def test_a_full_server_is_unavailable_for_writes_and_still_reads(
    stage: Stage, spy: Spy, full: Callable[[], None]
) -> None:
    full()
    before = dump(spy.client)
    for name in ("submit", "edit", "vote"):
        with pytest.raises(UnavailableError) as error:
            VERBS[name](stage)
        assert error.value.headers["Retry-After"] == "1"
    # A page that is not kept is built and sent, though it cannot be kept.
    assert b"flagged" in stage.world.page(sort="oldest", limit=7).body
    assert dump(spy.client) == before
    spy.client.config_set("maxmemory", 0)
    VERBS["submit"](stage)


# Whether a server without room runs it. What frees room may, and what those need who see to it;
# what brings more may not, nor what can wait.
FULL = {
    "ask_guest_login": False,  # brings more
    "ask_mail": False,  # brings more
    "confirm_mail": False,  # can wait
    "forget_mail": True,  # erases
    "open_guest_login": True,  # the author may want to erase
    "use_guest_login": True,
    "mute_mail": True,  # who is flooded with mail can end it
    "add_credential": True,  # a moderator logs in
    "add_usage": False,  # a key's counters
    "cache": False,  # a page is built again
    "choose_mail": True,  # who is flooded with mail can end it
    "claim": True,
    "claim_deliveries": True,  # what waits goes out
    "change_thread": True,
    "count_nudge": False,  # brings more
    "create_batch": True,
    "decide_group": True,
    "undo_group": True,
    "create_moderator": False,  # brings more
    "create_site": False,  # brings more
    "dead_letter": True,  # moves a task; the list it moves to is bounded
    "decide": True,
    "delete": True,
    "drop_claims": True,  # as `mend_top`
    "edit": False,  # brings more
    "end_sessions": True,
    "enqueue_deliveries": False,  # brings more; it waits in the outbox
    "enter_cases": False,  # can wait
    "list_threads": False,  # can wait
    "lease_mail": True,  # what waits is told, and makes room
    "fill_latest": False,  # can wait
    "finish_delivery": True,
    "examine": False,  # reads
    "mend": True,  # as `mend_top`
    "mend_counts": True,
    "mend_thread": True,
    "mend_votes": True,
    "hidden": False,  # reads
    "mend_top": True,  # takes out what is wrong; `doctor` goes on
    "move_thread": False,  # copies before it frees; can wait
    "name_thread": True,  # one title for another
    "page": False,  # reads
    "counts": False,  # reads
    "post_mail": False,  # brings more; the task comes back
    "release": True,
    "remove_moderator": True,
    "remove_webhook": True,
    "renew": True,  # somebody works on the case
    "replay_delivery": False,  # can wait
    "report": False,  # brings more
    "review_suggestion": True,  # erases it, or marks it
    "revoke_credential": True,
    "set_measure": True,  # whoever floods is stopped
    "set_password": True,  # ends what somebody else got hold of
    "set_role": True,
    "settle_mail": True,  # what was sent must not be sent again
    "set_webhook": True,  # one is switched off; there are few
    "submit": False,  # brings more
    "suggest": False,  # brings more
    "trim": True,
    "undo": True,
    "undo_measure": True,
    "update_credential": True,  # a lower quota stops a flood
    "update_site": True,
    "use_login": True,
    "vote": False,  # brings more
}


def test_a_full_server_can_be_emptied_by_its_moderators() -> None:
    assert {name: load(name).on_full for name in script_names()} == FULL


def test_memory_that_ends_within_a_script_does_not_stop_it_half_way(stage: Stage, spy: Spy) -> None:
    client = spy.client
    client.config_set("maxmemory-policy", "noeviction")
    world = stage.world
    refused = 0
    try:
        # Each post is larger than the room that is left for the next one.
        for _ in range(12):
            client.config_set("maxmemory", client.info("memory")["used_memory"] + 4_000)
            for _ in range(4):
                try:
                    world.post("x" * 3000)
                except UnavailableError:
                    refused += 1
    finally:
        client.config_set("maxmemory", 0)
    assert refused > 0
    assert world.store.maintenance.check(SITE) == []


def _refusals() -> Iterator[Any]:
    def other_fingerprint(s: Stage) -> None:
        s.world.send(s.world.comment(), idempotency=Idempotency(key="old", fingerprint="g"))

    def over_the_limit(s: Stage) -> None:
        s.world.send(s.world.comment(), limits=(*LIMITS, Limit(name="l", amount=0, window=9)))

    def into_a_closed_thread(s: Stage) -> None:
        s.world.post(thread="closed")

    def under_no_parent(s: Stage) -> None:
        s.world.post(parent="none")

    def parent_elsewhere(s: Stage) -> None:
        s.world.post(parent=s.root.id, thread="b")

    def twice(s: Stage) -> None:
        s.world.send(s.root)

    def to_no_site(s: Stage) -> None:
        s.world.send(s.world.comment(site="none"))

    def edit_of_an_old_version(s: Stage) -> None:
        s.world.rewrite(replace(s.root, version=0), "x")

    def delete_of_an_old_version(s: Stage) -> None:
        s.store.comments.delete(
            SITE, s.root.id, actor="anna", by_author=True, expected_version=7, now=s.world.now
        )

    def vote_on_ones_own(s: Stage) -> None:
        s.store.votes.cast(SITE, s.root.id, "anna", 1, now=s.world.now)

    def vote_on_a_held_one(s: Stage) -> None:
        s.store.votes.cast(SITE, s.held.id, "ben", 1, now=s.world.now)

    def decision_on_an_old_version(s: Stage) -> None:
        s.world.decide(s.held, "approve", version=9)

    def decision_on_a_claimed_case(s: Stage) -> None:
        s.store.queue.claim(SITE, "jo", limit=9, now=s.world.now)
        before.append(dump(s.store.connection.client))
        s.world.decide(s.held, "approve", who="li")

    def undo_of_what_is_past(s: Stage) -> None:
        s.store.queue.undo(SITE, s.world.decide(s.reply, "approve").id, moderator="mo", now=NOW)
        before.append(dump(s.store.connection.client))
        s.store.queue.undo(
            SITE,
            s.store.queue.case(SITE, s.reply.id, now=NOW).decisions[1].id,
            moderator="m",
            now=1,
        )

    def moderator_twice(s: Stage) -> None:
        VERBS["create_moderator"](s)
        before.append(dump(s.store.connection.client))
        VERBS["create_moderator"](s)

    def log_in_twice(s: Stage) -> None:
        VERBS["use_login"](s)
        before.append(dump(s.store.connection.client))
        VERBS["use_login"](s)

    def site_twice(s: Stage) -> None:
        s.world.create()

    def site_of_an_old_version(s: Stage) -> None:
        s.store.sites.update(SITE, name="N", expected_version=9, actor="mo", now=1)

    before: list[Dump] = []
    for code, test in (
        ("idempotency-mismatch", other_fingerprint),
        ("rate-limited", over_the_limit),
        ("thread-closed", into_a_closed_thread),
        ("parent-not-found", under_no_parent),
        ("parent-elsewhere", parent_elsewhere),
        ("exists", twice),
        ("site-not-found", to_no_site),
        ("changed", edit_of_an_old_version),
        ("changed", delete_of_an_old_version),
        ("own-comment", vote_on_ones_own),
        ("not-found", vote_on_a_held_one),
        ("changed", decision_on_an_old_version),
        ("claimed", decision_on_a_claimed_case),
        ("superseded", undo_of_what_is_past),
        ("exists", moderator_twice),
        ("unauthorized", log_in_twice),
        ("exists", site_twice),
        ("changed", site_of_an_old_version),
    ):
        yield pytest.param(code, test, before, id=test.__name__)


@pytest.mark.parametrize(("code", "act", "later"), list(_refusals()))
def test_what_is_refused_has_changed_nothing(
    code: str, act: Callable[[Stage], Any], later: list[Dump], stage: Stage, spy: Spy
) -> None:
    stage.world.post(thread="closed")
    closed = thread_record("closed").id
    stage.store.threads.change(SITE, closed, {"closed": True}, actor="mo", now=NOW)
    later.clear()
    before = dump(spy.client)
    with pytest.raises(RejoinderError) as error:
        act(stage)
    assert error.value.code == code
    assert dump(spy.client) == (later[-1] if later else before)


def test_all_keys_of_a_call_are_in_one_slot(stage: Stage, spy: Spy) -> None:
    for name, verb in VERBS.items():
        if name not in ("delete", "revoke_credential"):  # others need what these take away
            with contextlib.suppress(RejoinderError):
                verb(stage)
    VERBS["delete"](stage)
    VERBS["revoke_credential"](stage)
    assert {name for name, _, _ in spy.calls} == set(script_names())
    for name, keys, _ in spy.calls:
        assert len({key_slot(key.encode()) for key in keys}) == 1, name


@pytest.fixture(scope="module", params=["redis", "redis+cluster"])
def debian(request: pytest.FixtureRequest) -> Iterator[Connection]:
    """The distribution's redis-server, alone and as a cluster of one that owns every slot."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("no redis-server on PATH")
    folder = Path(tempfile.mkdtemp(prefix="rejoinder-redis-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = request.param == "redis+cluster"
    options = ["--port", str(port), "--save", "", "--bind", "127.0.0.1", "--dir", str(folder)]
    if cluster:
        # Its bus is on port + 10000 unless told.
        bus = str(port + 1 if port < 65535 else port - 1)
        options += ["--cluster-enabled", "yes", "--cluster-port", bus]
    process = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        for _ in range(100):
            with contextlib.suppress(redis.exceptions.ConnectionError):
                if client.ping():
                    break
            time.sleep(0.05)
        if cluster:
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
            while "cluster_state:ok" not in str(client.execute_command("CLUSTER", "INFO")):
                time.sleep(0.05)
        connection = connect(
            load_settings(
                {
                    "REJOINDER_REDIS_URL": f"{request.param}://127.0.0.1:{port}",
                    "REJOINDER_SECRET_KEY": "0123456789abcdef" * 4,
                    "REJOINDER_DATA_DIR": str(folder),
                }
            )
        )
        yield connection
        connection.close()
    finally:
        client.close()
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def test_every_verb_on_the_oldest_server_and_on_a_cluster(debian: Connection) -> None:
    store = Store(debian)
    stage = set_up(World(store))
    for name, verb in VERBS.items():
        if name not in ("delete", "revoke_credential", "trim", "undo"):
            verb(stage)
    # The decision on `reply` is the last that stands: nothing else touched it.
    for name in ("undo", "delete", "revoke_credential"):
        VERBS[name](stage)
    assert store.maintenance.check(SITE) == []
    assert [site.slug for site in store.sites.list()] == ["blog", "new"]
    debian.call(lambda client: client.srem("rejoinder:sites", "blog"))
    assert store.maintenance.repair_registry() == ["blog"]
    page, _ = store.streams.audit(SITE, limit=100)
    assert page
    assert store.streams.events(SITE, limit=5)
    told, new = store.figures.of(["blog", "new"], now=stage.world.now)
    assert told.cases["all"] == len(store.queue.page(SITE, now=stage.world.now).cases)
    assert set(new.oldest) == set()
    assert set(told.oldest) >= {"all"}
    assert (told.outbox > 0, told.outbox_oldest is not None) == (True, True)
    assert told.tallies
    assert store.outbox.read(SITE, "w2", count=100)
    VERBS["trim"](stage)
    assert store.streams.audit(SITE, limit=100) == ([], None)
