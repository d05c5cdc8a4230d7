"""What a server says of itself: its version, how safe its writes are, whether it takes any."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import Any

import redis
from redis.cluster import RedisCluster

MIN_FREE_DISK = 8 << 20
"""Bytes, by choice. With `always` the server ends itself when a write does not fit on the disk, so
the embedded one is sent none when there is less: room for a few of the largest writes at once."""

# A script that might write: a full server, a replica, one that cannot save and one that lacks a
# right refuse it as they would refuse ours; else it does nothing.
_PROBE = "#!lua\nreturn 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What the server says of itself; of a cluster, the weakest of its primaries.

    None means that the server does not let us know. `memory` and `maxmemory` are bytes, 0 for no
    limit. `refusal` is what it says to a write now, in its own words; `rewrite_ok` whether the last
    rewrite of the append-only file went well; `disk_free`, in bytes, is known of the embedded
    server only.
    """

    name: str
    version: str
    mode: str
    aof: bool | None
    fsync: str | None
    maxmemory_policy: str | None
    memory: int = 0
    maxmemory: int = 0
    writes_ok: bool = True
    rewrite_ok: bool = True
    nodes: int = 1
    refusal: str | None = None
    disk_free: int | None = None

    @property
    def trouble(self) -> str | None:
        """Why no write is taken now, if none is."""
        if self.writes_ok:
            return None
        if self.refusal is not None:
            return f"it answers “{self.refusal}”"
        if self.disk_free is not None and self.disk_free < MIN_FREE_DISK:
            return f"the disk has {self.disk_free >> 20} MiB left ({os.strerror(errno.ENOSPC)})"
        return "the last write to the append-only file failed"

    @property
    def durable(self) -> bool:
        """Whether an acknowledged write is on the disk when its answer is sent."""
        return self.aof is True and self.fsync == "always"


def ask(client: redis.Redis | RedisCluster) -> ServerInfo:
    """Ask a server what it is, and whether it would take a write."""
    if isinstance(client, RedisCluster):
        each = [
            _node_facts(client.get_redis_connection(node), "cluster")
            for node in client.get_primaries()  # type: ignore[no-untyped-call]
        ]
        return _weakest(each)
    return _node_facts(client)


def _node_facts(client: redis.Redis, mode: str | None = None) -> ServerInfo:
    info: dict[str, Any] = client.info()
    try:
        raw: dict[Any, Any] = client.config_get("appendfsync")
        fsync = _text(raw.get("appendfsync", raw.get(b"appendfsync")))
    except redis.exceptions.ResponseError:
        fsync = None  # managed services forbid CONFIG
    refusal = _refusal(client)
    name = str(info.get("server_name", "redis"))
    aof = info.get("aof_enabled")
    return ServerInfo(
        name=name,
        version=str(info.get(f"{name}_version", info["redis_version"])),
        mode=mode or str(info.get("server_mode", info.get("redis_mode", "standalone"))),
        aof=None if aof is None else bool(aof),
        fsync=fsync,
        maxmemory_policy=info.get("maxmemory_policy"),
        memory=int(info.get("used_memory", 0)),
        maxmemory=int(info.get("maxmemory", 0)),
        writes_ok=refusal is None and info.get("aof_last_write_status", "ok") == "ok",
        rewrite_ok=info.get("aof_last_bgrewrite_status", "ok") == "ok",
        refusal=refusal,
    )


def _refusal(client: redis.Redis) -> str | None:
    try:
        client.eval(_PROBE, 0)
    except redis.exceptions.ResponseError as error:
        return str(error)
    return None


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value


def _weakest(each: list[ServerInfo]) -> ServerInfo:
    worst = min(each, key=lambda facts: (facts.durable, facts.aof or False))
    policies = {facts.maxmemory_policy for facts in each} - {"noeviction"}
    return ServerInfo(
        name=worst.name,
        version=min((facts.version for facts in each), key=version_key),
        mode="cluster",
        aof=worst.aof,
        fsync=worst.fsync,
        maxmemory_policy=policies.pop() if policies else "noeviction",
        memory=max(facts.memory for facts in each),
        maxmemory=min(facts.maxmemory for facts in each),
        writes_ok=all(facts.writes_ok for facts in each),
        rewrite_ok=all(facts.rewrite_ok for facts in each),
        nodes=len(each),
        refusal=next((facts.refusal for facts in each if facts.refusal), None),
    )


def version_key(version: str) -> tuple[int, ...]:
    """Give a version as numbers, to be compared."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())
