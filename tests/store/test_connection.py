"""The door to the server, against real ones: plain, with a password, Sentinel, Cluster."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis
import structlog
from structlog.testing import capture_logs

from moderation.errors import ConfigurationError, UnavailableError
from moderation.settings import Settings
from moderation.store import breaker
from moderation.store.breaker import LOST
from moderation.store.connection import OPTIONS, Connection, connect
from moderation.store.server import binaries


def free_port() -> int:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        # A cluster node's second port is this one plus 10,000.
        port = int(listener.getsockname()[1])
    return port - 20_000 if port > 45_000 else port


class RemoteServer:
    """A server as an administrator would run it, on a port."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder, self.port, self.options = folder, free_port(), options
        self.start()

    def start(self, *mode: str) -> None:
        binary = binaries.candidates()[0].path
        self.process = subprocess.Popen(
            [binary, *mode, "--port", str(self.port), "--dir", self.folder, "--save", "",
             *self.options],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except ConnectionRefusedError:
                assert self.process.poll() is None
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., RemoteServer]]:
    servers: list[RemoteServer] = []

    def start(*options: str) -> RemoteServer:
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(RemoteServer(folder, *options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


def settings(url: str, *, waitaof: bool = False) -> Settings:
    return Settings(
        redis_url=url,
        data_dir=Path("/nowhere"),
        secret_key=b"s" * 32,
        public_url="http://127.0.0.1:8000",
        waitaof=waitaof,
    )


def test_a_server_with_a_password_that_dies_and_comes_back(start):
    server = start("--requirepass", "p@ss", "--appendonly", "yes", "--appendfsync", "always")
    connection = connect(settings(f"redis://:p%40ss@127.0.0.1:{server.port}/2"))
    assert connection.call(lambda client: client.incr("n")) == 1
    facts = connection.server()
    assert (facts.name, facts.mode, facts.aof, facts.fsync) == (
        "valkey", "standalone", True, "always")  # fmt: skip
    assert facts.durable
    assert facts.version.startswith("9.")
    server.stop()
    for _ in range(2):
        with pytest.raises(UnavailableError) as caught:
            connection.call(lambda client: client.incr("n"))
        assert caught.value.headers == {"Retry-After": "1"}
    server.start()
    assert connection.call(lambda client: client.incr("n")) == 2
    connection.close()


def test_a_wrong_password_is_unavailable_and_never_told(start):
    server = start("--requirepass", "secret-word")
    connection = connect(settings(f"redis://:wrong-word@127.0.0.1:{server.port}"))
    with pytest.raises(UnavailableError) as caught:
        connection.call(lambda client: client.incr("n"))
    assert "word" not in caught.value.detail
    connection.close()


def test_a_socket_address(start, tmp_path):
    start("--unixsocket", str(tmp_path / "s"))
    connection = connect(settings(f"unix://{tmp_path}/s?db=1"))
    assert connection.call(lambda client: client.client_info())["db"] in (1, "1")
    facts = connection.server()
    assert (facts.aof, facts.durable, facts.maxmemory_policy) == (False, False, "noeviction")
    connection.close()


def test_a_server_that_is_not_up_yet_is_found_later(start):
    server = start()
    server.stop()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.ping())
    server.start()
    assert connection.call(lambda client: client.ping())
    connection.close()


def test_a_write_whose_answer_is_lost_is_never_sent_again(start):
    server = start()
    listener = socket.create_server(("127.0.0.1", 0))

    def lose_answers() -> None:
        """Let the handshake through, pass one INCR on to the server, and hang up."""
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller, socket.create_connection(("127.0.0.1", server.port)) as onward:
                caller.settimeout(5)
                while request := caller.recv(65_536):
                    onward.sendall(request)
                    answer = onward.recv(65_536)
                    if b"INCR" in request:
                        break
                    caller.sendall(answer)

    thread = threading.Thread(target=lose_answers)
    thread.start()
    connection = connect(settings(f"redis://127.0.0.1:{listener.getsockname()[1]}"))
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.incr("n"))
    connection.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()
    with redis.Redis(port=server.port) as direct:
        assert direct.get("n") == b"1"


def test_a_server_that_hangs_is_given_up_after_two_seconds(start):
    server = start()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    connection.call(lambda client: client.ping())
    os.kill(server.process.pid, signal.SIGSTOP)
    before = time.monotonic()
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.incr("n"))
    assert 1.5 < time.monotonic() - before < 4
    os.kill(server.process.pid, signal.SIGCONT)
    assert connection.call(lambda client: client.ping())
    connection.close()


def test_a_server_that_refuses_writes_is_unavailable(start):
    server = start()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    script = "redis.call('SET', KEYS[1], 'x') return 1"
    connection.client.config_set("maxmemory", "1")
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.eval(script, 1, "k"))
    connection.client.config_set("maxmemory", "0")
    connection.client.config_set("min-replicas-to-write", "1")
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.eval(script, 1, "k"))
    connection.client.config_set("min-replicas-to-write", "0")
    connection.client.replicaof("127.0.0.1", free_port())
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.eval(script, 1, "k"))
    connection.client.replicaof("NO", "ONE")
    assert connection.call(lambda client: client.exists("k")) == 0
    assert connection.call(lambda client: client.eval(script, 1, "k")) == 1
    connection.close()


@pytest.fixture
def unfiltered_log():
    """Every level is logged; afterwards the log is as other tests set it up."""
    configured = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**configured)


def test_an_unexpected_answer_is_logged_and_unavailable(start, unfiltered_log):
    server = start()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    connection.call(lambda client: client.set("text", "x"))
    with capture_logs() as said, pytest.raises(UnavailableError):
        connection.call(lambda client: client.lpush("text", "y"))
    assert [entry["event"] for entry in said] == ["storage.unexpected-answer"]
    connection.close()


def test_waiting_for_the_disk(start):
    server = start("--appendonly", "yes", "--appendfsync", "everysec")
    connection = connect(settings(f"redis://127.0.0.1:{server.port}", waitaof=True))
    before = time.monotonic()
    assert connection.call(lambda client: client.incr("n")) == 1
    waited = time.monotonic() - before
    info = connection.call(lambda client: client.info("persistence"), read=True)
    assert info["aof_pending_bio_fsync"] == 0
    assert waited < 2
    connection.client.config_set("appendonly", "no")
    with pytest.raises(UnavailableError):  # nothing will ever reach the disk
        connection.call(lambda client: client.incr("n"))
    connection.close()


def asked_at_once(connection: Connection, script: str, key: str) -> float:
    """How long somebody waits who is refused."""
    before = time.monotonic()
    with pytest.raises(UnavailableError) as caught:
        connection.call(lambda client: client.eval(script, 1, key))
    assert 1 <= int(caught.value.headers["Retry-After"]) <= 3
    return time.monotonic() - before


def until_answered(connection: Connection, script: str, key: str) -> None:
    deadline = time.monotonic() + 10
    while True:
        with contextlib.suppress(UnavailableError):
            connection.call(lambda client: client.eval(script, 1, key))
            return
        assert time.monotonic() < deadline
        time.sleep(0.1)


SCRIPT = "return redis.call('INCR', KEYS[1])"
WAIT, PAUSE = 0.8, 1.2
"""Two fifths of the real ones, so that what is tested several times over ends soon."""


@pytest.fixture
def short_waits(monkeypatch):
    for name in ("socket_timeout", "socket_connect_timeout"):
        monkeypatch.setitem(OPTIONS, name, WAIT)
    monkeypatch.setattr(breaker, "PAUSE", PAUSE)


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("socket_file", [False, True])
def test_a_server_that_hangs_is_asked_once_in_a_while(start, tmp_path, socket_file):
    server = start("--unixsocket", str(tmp_path / "s"))
    url = f"unix://{tmp_path}/s" if socket_file else f"redis://127.0.0.1:{server.port}"
    connection = connect(settings(url))
    connection.call(lambda client: client.eval(SCRIPT, 1, "n"))
    os.kill(server.process.pid, signal.SIGSTOP)
    for _ in range(LOST):
        with pytest.raises(UnavailableError):
            connection.call(lambda client: client.eval(SCRIPT, 1, "n"))
    assert max(asked_at_once(connection, SCRIPT, "n") for _ in range(20)) < WAIT / 2
    time.sleep(PAUSE)
    # One asks; the others are not held meanwhile.
    waited: list[float] = []
    threads = [
        threading.Thread(target=lambda: waited.append(asked_at_once(connection, SCRIPT, "n")))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waited) == 12
    assert sorted(seconds > WAIT / 2 for seconds in waited) == [False] * 11 + [True]
    os.kill(server.process.pid, signal.SIGCONT)
    until_answered(connection, SCRIPT, "n")
    for _ in range(20):
        connection.call(lambda client: client.eval(SCRIPT, 1, "n"))
    connection.close()


@pytest.mark.usefixtures("short_waits")
def test_a_server_that_is_slow_now_and_then_is_not_given_up(start):
    server = start()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    for _ in range(LOST):
        os.kill(server.process.pid, signal.SIGSTOP)
        with pytest.raises(UnavailableError):
            connection.call(lambda client: client.eval(SCRIPT, 1, "n"))
        os.kill(server.process.pid, signal.SIGCONT)
        connection.call(lambda client: client.eval(SCRIPT, 1, "n"))
    connection.close()


@pytest.mark.usefixtures("short_waits")
def test_a_hung_server_that_is_killed_and_started_answers_soon(start):
    server = start()
    connection = connect(settings(f"redis://127.0.0.1:{server.port}"))
    os.kill(server.process.pid, signal.SIGSTOP)
    for _ in range(LOST):
        with pytest.raises(UnavailableError):
            connection.call(lambda client: client.ping())
    server.stop()
    server.start()
    until_answered(connection, SCRIPT, "n")
    connection.close()


@pytest.mark.usefixtures("short_waits")
def test_a_shard_that_hangs_holds_nobody_of_another(start):
    one, two = start("--cluster-enabled", "yes"), start("--cluster-enabled", "yes")
    ranges = {one: (0, 8191), two: (8192, 16383)}
    for server, (first, last) in ranges.items():
        with redis.Redis(port=server.port) as node:
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            node.config_set("cluster-require-full-coverage", "no")
    with redis.Redis(port=one.port) as node:
        node.execute_command("CLUSTER", "MEET", "127.0.0.1", two.port)
    for server in (one, two):
        with redis.Redis(port=server.port, decode_responses=True) as node:
            while node.cluster("INFO")["cluster_slots_assigned"] != "16384":
                time.sleep(0.02)
            while node.cluster("INFO")["cluster_state"] != "ok":
                time.sleep(0.02)
    connection = connect(settings(f"redis+cluster://127.0.0.1:{one.port},127.0.0.1:{two.port}"))
    names = [f"{{site{n}}}n" for n in range(50)]
    slots = {name: connection.client.keyslot(name) for name in names}
    hung = next(name for name in names if slots[name] > 8191)
    well = next(name for name in names if slots[name] <= 8191)
    for name in (hung, well):
        assert connection.call(lambda client, name=name: client.eval(SCRIPT, 1, name)) == 1
    os.kill(two.process.pid, signal.SIGSTOP)
    while True:
        before = time.monotonic()
        with pytest.raises(UnavailableError):
            connection.call(lambda client: client.eval(SCRIPT, 1, hung))
        if time.monotonic() - before < WAIT / 2:
            break
    assert max(asked_at_once(connection, SCRIPT, hung) for _ in range(20)) < WAIT / 2
    # A few who ask again and again, as a site's readers do, while another site goes on.
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            with contextlib.suppress(UnavailableError):
                connection.call(lambda client: client.eval(SCRIPT, 1, hung))
            time.sleep(0.01)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    waited = []
    end = time.monotonic() + 2 * PAUSE
    while time.monotonic() < end:
        before = time.monotonic()
        connection.call(lambda client: client.eval(SCRIPT, 1, well))
        waited.append(time.monotonic() - before)
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert max(waited) < WAIT
    os.kill(two.process.pid, signal.SIGCONT)
    until_answered(connection, SCRIPT, hung)
    connection.close()


def test_a_cluster(start):
    server = start("--cluster-enabled", "yes", "--appendonly", "yes")
    with redis.Redis(port=server.port, decode_responses=True) as node:
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        while node.cluster("INFO")["cluster_state"] != "ok":
            time.sleep(0.02)
    connection = connect(settings(f"redis+cluster://127.0.0.1:{server.port},127.0.0.1:1"))
    script = "return redis.call('INCR', KEYS[1])"
    assert connection.call(lambda client: client.eval(script, 1, "{a}n")) == 1
    facts = connection.server()
    assert (facts.mode, facts.nodes, facts.aof, facts.fsync) == ("cluster", 1, True, "everysec")
    server.stop()
    with pytest.raises(UnavailableError):
        connection.call(lambda client: client.eval(script, 1, "{a}n"))
    server.start()
    deadline = time.monotonic() + 10
    while True:  # a cluster node needs a moment to call itself well
        try:
            assert connection.call(lambda client: client.eval(script, 1, "{a}n")) >= 2
            break
        except UnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    connection.close()
    with pytest.raises(ConfigurationError, match="REJOINDER_WAITAOF"):
        connect(settings(f"redis+cluster://127.0.0.1:{server.port}", waitaof=True))


def test_a_cluster_that_does_not_answer():
    with pytest.raises(UnavailableError):
        connect(settings(f"redis+cluster://127.0.0.1:{free_port()}"))


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_sentinel_names_the_primary_and_the_new_one_after_a_failover(start, tmp_path, how):
    primary = start("--repl-diskless-sync-delay", "0")
    replica = start("--replicaof", f"127.0.0.1 {primary.port}")
    port = free_port()
    config = tmp_path / "sentinel.conf"
    config.write_text(
        f"port {port}\ndir {tmp_path}\n"
        f"sentinel monitor main 127.0.0.1 {primary.port} 1\n"
        "sentinel down-after-milliseconds main 200\n"
        "sentinel failover-timeout main 1000\n"
    )
    sentinel = subprocess.Popen(
        [binaries.candidates()[0].path, config, "--sentinel"], stdout=subprocess.DEVNULL
    )
    try:
        connection = connect(settings(f"redis+sentinel://127.0.0.1:{port}/main?db=0"))
        deadline = time.monotonic() + 20

        def until(done: Callable[[], bool]) -> None:
            while not done():
                assert time.monotonic() < deadline
                time.sleep(0.1)

        def incremented() -> bool:
            try:
                return bool(connection.call(lambda client: client.incr("n")))
            except UnavailableError:
                return False

        until(incremented)
        with redis.Redis(port=port, decode_responses=True) as watcher:
            until(lambda: watcher.sentinel_master("main")["num-slaves"] == 1)
        with redis.Redis(port=replica.port) as copy:
            until(lambda: copy.get("n") == connection.call(lambda client: client.get("n")))
        primary.process.send_signal(how)
        until(incremented)
        assert connection.call(lambda client: client.role())[0] in (b"master", "master")
        connection.close()
    finally:
        sentinel.kill()
        sentinel.wait()


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://127.0.0.1:1",
        "redis+sentinel://127.0.0.1:1/main?db=x",
        "redis+cluster://",
        "redis+cluster://host:port",
        "redis://127.0.0.1:port",
    ],
)
def test_an_address_that_makes_no_sense(url):
    with pytest.raises(ConfigurationError, match="REJOINDER_REDIS_URL"):
        connect(settings(url))


def test_a_server_before_waitaof_is_refused_before_it_stores_anything(tmp_path):
    binary = shutil.which("redis-server")
    told = subprocess.run([binary or "false", "--version"], capture_output=True, text=True).stdout
    if not told.startswith("Redis server v=7.0"):
        pytest.skip("there is no Redis 7.0 here")
    url = f"unix://{tmp_path}/s"
    command = [binary, "--port", "0", "--unixsocket", f"{tmp_path}/s", "--dir", str(tmp_path)]

    def run():
        server = subprocess.Popen([*command, "--appendonly", "yes"], stdout=subprocess.DEVNULL)
        client = redis.Redis(unix_socket_path=f"{tmp_path}/s")
        deadline = time.monotonic() + 10
        while True:
            try:
                client.ping()
                return server, client
            except redis.exceptions.ConnectionError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    late = connect(settings(url, waitaof=True))
    server, client = run()
    try:
        with pytest.raises(ConfigurationError, match=r"Redis 7\.0"):
            connect(settings(url, waitaof=True))
        with pytest.raises(ConfigurationError):
            late.call(lambda c: c.set("x", 1))
        assert client.keys("*") == []
    finally:
        server.kill()
        server.wait()


def test_a_server_says_why_it_takes_no_writes(connection):
    client = connection.client
    assert connection.server().trouble is None
    try:
        client.config_set("maxmemory", 1)
        full = connection.server()
        assert not full.writes_ok
        assert "maxmemory" in str(full.trouble)
    finally:
        client.config_set("maxmemory", 0)
    try:
        client.replicaof("127.0.0.1", 1)
        replica = connection.server()
        assert "read only replica" in str(replica.trouble)
    finally:
        client.replicaof("NO", "ONE")
    assert connection.server().writes_ok
