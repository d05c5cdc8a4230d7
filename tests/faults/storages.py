"""What a run stores in, and how its servers are killed, stopped, cut off and brought back."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import redis

from moderation.store.server import binaries
from moderation.store.server.embedded import EmbeddedServer
from tests.faults.proxy import Proxy
from tests.store.test_connection import RemoteServer, free_port

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
LONGEST = 3.0
NODE_TIMEOUT = 2.0
"""Seconds after which the others take a server for dead."""


class Storage(Protocol):
    """What the fault maker may do to it; each kind of fault puts itself right in the end."""

    environment: Mapping[str, str]
    longest: float
    """Seconds for which it is stopped, cut off or full at most."""

    @property
    def faults(self) -> Mapping[str, Callable[[random.Random], None]]:
        """What may be done to it, by name."""

    def close(self) -> None:
        """End its servers."""


class Embedded:
    """The service's own server in the data folder: the service brings it back itself."""

    environment: Mapping[str, str]
    longest = LONGEST

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        self.environment = {"REJOINDER_DATA_DIR": str(self.folder)}
        self.full = can_fill(self.folder)

    @property
    def faults(self) -> Mapping[str, Callable[[random.Random], None]]:
        always = {"storage killed": self._kill, "storage stopped": self._stop}
        return always | ({"disk full": self._fill} if self.full else {})

    def pid(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            return int((self.folder / "storage" / "server.pid").read_text())
        return None

    def close(self) -> None:
        if EmbeddedServer(self.folder).is_running():
            _signal(self.pid(), signal.SIGKILL)
        if self.full:
            subprocess.run(["umount", "--lazy", self.folder], check=True)

    def _kill(self, chosen: random.Random) -> None:
        _signal(self.pid(), signal.SIGKILL)

    def _stop(self, chosen: random.Random) -> None:
        stop_for(self.pid(), chosen.uniform(0.1, self.longest))

    def _fill(self, chosen: random.Random) -> None:
        """Leave no room on the disk for a while, or so little that the service itself refuses."""
        found = os.statvfs(self.folder)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize
        _resize(self.folder, used + chosen.choice((65_536, 6 << 20)))
        time.sleep(chosen.uniform(0.1, self.longest))
        _resize(self.folder, ROOM)


ROOM = 4 << 30
"""The most that a run may write; a memory file system takes only what is in use."""


def can_fill(folder: Path) -> bool:
    """Put the folder on a small disk of its own, which needs root; answers whether that is so."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return False
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", folder],
        capture_output=True,
    )
    return done.returncode == 0


def _resize(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


class Server:
    """One server as an administrator runs it, reached by a line that can be cut."""

    environment: Mapping[str, str]
    longest = LONGEST

    def __init__(self, folder: Path) -> None:
        (folder / "server").mkdir(parents=True)
        self._server = RemoteServer(folder / "server", *DURABLE)
        self._proxy = Proxy(self._server.port)
        self.environment = {
            "REJOINDER_DATA_DIR": str(folder / "data"),
            "REJOINDER_REDIS_URL": f"redis://127.0.0.1:{self._proxy.port}",
        }

    @property
    def faults(self) -> Mapping[str, Callable[[random.Random], None]]:
        return {
            "storage killed": self._kill,
            "storage stopped": self._stop,
            "storage cut off": self._cut,
        }

    def close(self) -> None:
        self._proxy.close()
        self._server.stop()

    def _kill(self, chosen: random.Random) -> None:
        self._server.stop()
        time.sleep(chosen.uniform(0.0, 1.0))
        self._server.start()

    def _stop(self, chosen: random.Random) -> None:
        stop_for(self._server.process.pid, chosen.uniform(0.1, self.longest))

    def _cut(self, chosen: random.Random) -> None:
        for _ in range(chosen.randint(1, 10)):
            self._proxy.cut(chosen)
            time.sleep(0.05)


class _Replicated:
    """Servers of which others take over; the next fault waits until there is one that can."""

    environment: Mapping[str, str]
    servers: list[RemoteServer]
    longest = NODE_TIMEOUT + 4

    def __init__(self) -> None:
        self.servers = []

    @property
    def faults(self) -> Mapping[str, Callable[[random.Random], None]]:
        return {"primary killed": self._kill, "primary stopped": self._stop}

    def close(self) -> None:
        for server in self.servers:
            server.stop()

    def primary(self, chosen: random.Random) -> RemoteServer:
        raise NotImplementedError

    def revive(self, server: RemoteServer) -> None:
        raise NotImplementedError

    def _kill(self, chosen: random.Random) -> None:
        server = self.primary(chosen)
        server.stop()
        until(lambda: self._replaced(server), 60)
        self.revive(server)
        until(self.is_whole, 60)

    def _stop(self, chosen: random.Random) -> None:
        # Sometimes so short that nobody takes over.
        server = self.primary(chosen)
        stop_for(server.process.pid, chosen.choice((0.5, 1.5, self.longest)))
        until(self.is_whole, 60)

    def _replaced(self, gone: RemoteServer) -> bool:
        raise NotImplementedError

    def is_whole(self) -> bool:
        raise NotImplementedError

    def _start(self, folder: Path, *options: str) -> RemoteServer:
        folder.mkdir(parents=True)
        self.servers.append(RemoteServer(folder, *DURABLE, *options))
        return self.servers[-1]


class Sentinels(_Replicated):
    """A primary, a replica and three sentinels."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        fast = ("--repl-diskless-sync-delay", "0")
        primary = self._start(folder / "0", *fast)
        self._start(folder / "1", *fast, "--replicaof", f"127.0.0.1 {primary.port}")
        self._sentinels: list[subprocess.Popen[bytes]] = []
        self.ports = []
        for number in range(3):
            port = free_port()
            config = folder / f"sentinel{number}" / "sentinel.conf"
            config.parent.mkdir()
            config.write_text(
                f"port {port}\ndir {config.parent}\n"
                f"sentinel monitor main 127.0.0.1 {primary.port} 2\n"
                f"sentinel down-after-milliseconds main {int(NODE_TIMEOUT * 1000)}\n"
                "sentinel failover-timeout main 5000\n"
            )
            self.ports.append(port)
            self._sentinels.append(
                subprocess.Popen(
                    [binaries.candidates()[0].path, config, "--sentinel"],
                    stdout=subprocess.DEVNULL,
                )
            )
        until(self.is_whole, 60)
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        self.environment = {
            "REJOINDER_DATA_DIR": str(folder / "data"),
            "REJOINDER_REDIS_URL": f"redis+sentinel://{hosts}/main",
        }

    def close(self) -> None:
        for sentinel in self._sentinels:
            sentinel.kill()
            sentinel.wait()
        super().close()

    def primary(self, chosen: random.Random) -> RemoteServer:
        return next(server for server in self.servers if server.port == self._primary_port())

    def revive(self, server: RemoteServer) -> None:
        port = self._primary_port()
        server.options = (*DURABLE, "--repl-diskless-sync-delay", "0")
        server.options += ("--replicaof", f"127.0.0.1 {port}")
        server.start()

    def _replaced(self, gone: RemoteServer) -> bool:
        return self._primary_port() != gone.port

    def is_whole(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError):
            port = self._primary_port()
            others = [other for other in self.servers if other.port != port]
            return all(_follows(other.port, port) for other in others) and all(
                self._ask(port)["num-other-sentinels"] == 2 for port in self.ports
            )
        return False

    def _primary_port(self) -> int:
        return int(self._ask(self.ports[0])["port"])

    def _ask(self, port: int) -> dict[str, Any]:
        with redis.Redis(port=port, decode_responses=True, socket_timeout=2) as sentinel:
            found: dict[str, Any] = sentinel.sentinel_master("main")
            return found


class Cluster(_Replicated):
    """Three primaries with a replica each."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        options = (
            *("--cluster-enabled", "yes", "--repl-diskless-sync-delay", "0"),
            *("--cluster-node-timeout", str(int(NODE_TIMEOUT * 1000))),
        )
        nodes = [self._start(folder / str(number), *options) for number in range(6)]
        primaries, replicas = nodes[:3], nodes[3:]
        for primary, (first, last) in zip(
            primaries, ((0, 5460), (5461, 10922), (10923, 16383)), strict=True
        ):
            _told(primary, "CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in nodes[1:]:
            _told(nodes[0], "CLUSTER", "MEET", "127.0.0.1", node.port)
        until(lambda: all(len(self._nodes(node)) == 6 for node in nodes), 60)
        for primary, replica in zip(primaries, replicas, strict=True):
            identity = _told(primary, "CLUSTER", "MYID")
            until(partial(_becomes_replica, replica, identity), 60)
        until(self.is_whole, 60)
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes)
        self.environment = {
            "REJOINDER_DATA_DIR": str(folder / "data"),
            "REJOINDER_REDIS_URL": f"redis+cluster://{hosts}",
        }

    def primary(self, chosen: random.Random) -> RemoteServer:
        ports = [port for port, flags in self._roles().items() if "master" in flags]
        port = chosen.choice(ports)
        return next(server for server in self.servers if server.port == port)

    def revive(self, server: RemoteServer) -> None:
        server.start()

    def _replaced(self, gone: RemoteServer) -> bool:
        with contextlib.suppress(redis.RedisError, OSError):
            alive = [flags for port, flags in self._roles(but=gone).items() if port != gone.port]
            return sum("master" in flags and "fail" not in flags for flags in alive) == 3
        return False

    def is_whole(self) -> bool:
        with contextlib.suppress(redis.RedisError, OSError):
            for server in self.servers:
                said = _info(_told(server, "CLUSTER", "INFO"))
                if said["cluster_state"] != "ok" or said["cluster_slots_ok"] != "16384":
                    return False
            roles = self._roles()
            primaries = [port for port, flags in roles.items() if "master" in flags]
            followers = [port for port in roles if port not in primaries]
            whole = len(primaries) == 3 and not any("fail" in flags for flags in roles.values())
            return whole and all(_follows(port) for port in followers)
        return False

    def _roles(self, but: RemoteServer | None = None) -> dict[int, list[str]]:
        asked = next(server for server in self.servers if server is not but)
        return self._nodes(asked)

    def _nodes(self, asked: RemoteServer) -> dict[int, list[str]]:
        """Every node's flags, by its port, as one of them sees it."""
        found = {}
        for line in str(_told(asked, "CLUSTER", "NODES")).splitlines():
            fields = line.split()
            port = int(fields[1].partition("@")[0].rpartition(":")[2])
            found[port] = fields[2].split(",")
        return found


STORAGES: Mapping[str, Callable[[Path], Storage]] = {
    "embedded": Embedded,
    "server": Server,
    "sentinel": Sentinels,
    "cluster": Cluster,
}


def until(true: Callable[[], bool], seconds: float) -> None:
    """Wait for something; raises `TimeoutError`."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not so after {seconds} s")
        time.sleep(0.05)


def stop_for(pid: int | None, seconds: float) -> None:
    """Let a process stand still for a while."""
    if _signal(pid, signal.SIGSTOP):
        time.sleep(seconds)
        _signal(pid, signal.SIGCONT)


def _signal(pid: int | None, number: signal.Signals) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _becomes_replica(server: RemoteServer, of: str) -> bool:
    return bool(_told(server, "CLUSTER", "REPLICATE", of) == "OK")


def _told(server: RemoteServer, *command: Any) -> Any:
    with redis.Redis(port=server.port, decode_responses=True, socket_timeout=2) as client:
        try:
            # The plain answer: the client would parse some of them into other shapes.
            client.response_callbacks.clear()
            return client.execute_command(*command)
        except redis.ResponseError as error:
            return str(error)


def _info(text: str) -> dict[str, str]:
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def _follows(port: int, primary: int | None = None) -> bool:
    with redis.Redis(port=port, decode_responses=True, socket_timeout=2) as client:
        said = client.info("replication")
    there = primary is None or int(said.get("master_port", 0)) == primary
    return there and said["role"] == "slave" and said["master_link_status"] == "up"
