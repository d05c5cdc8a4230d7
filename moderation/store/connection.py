"""The one door to Redis or Valkey: which server, how it is called, what a failure means."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel

from moderation.errors import ConfigurationError, RejoinderError, UnavailableError
from moderation.settings import Settings
from moderation.store.server.embedded import EmbeddedServer

logger = structlog.get_logger(__name__)

T = TypeVar("T")
Client = redis.Redis | RedisCluster

TIMEOUT = 2.0
"""Seconds, to connect and for each answer: a blocking read must ask for less."""

WAITAOF_MS = int(0.9 * TIMEOUT * 1000)
"""Less than `TIMEOUT`: the server says what is not on the disk before the socket gives up."""

HEAL_TIMEOUT = 10.0
HEAL_PAUSE = 1.0
"""Seconds after a failed attempt to heal in which nobody tries again."""

OPTIONS: dict[str, Any] = {
    "protocol": 3,
    "decode_responses": False,
    "socket_timeout": TIMEOUT,
    "socket_connect_timeout": TIMEOUT,
    "socket_keepalive": True,
    "maint_notifications_config": MaintNotificationsConfig(enabled=False),
}
"""For every client. redis-py would by default send a command again after a lost answer."""

FAILURES = (
    redis.exceptions.RedisError,
    redis.exceptions.RedisClusterException,  # not a RedisError
    OSError,
)
REFUSALS = (
    redis.exceptions.RedisClusterException,
    redis.exceptions.OutOfMemoryError,
    redis.exceptions.ReadOnlyError,
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
    redis.exceptions.TryAgainError,
)
REFUSAL_CODES = ("MISCONF", "NOREPLICAS", "BUSY", "UNKILLABLE")
"""Answers of a server that is well but does not take the command now; it changed nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerInfo:
    """What the server says of itself; of a cluster, the weakest of its primaries.

    None means that the server does not let us know. `memory` and `maxmemory` are bytes, 0 for no
    limit.
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
    nodes: int = 1

    @property
    def durable(self) -> bool:
        """Whether an acknowledged write is on the disk when its answer is sent."""
        return self.aof is True and self.fsync == "always"


class NotSent(redis.exceptions.ConnectionError):
    """The server could not be reached at all: nothing was sent, so trying again is safe."""


class _EmbeddedConnection(redis.UnixDomainSocketConnection):
    def connect_check_health(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().connect_check_health(*args, **kwargs)
        except redis.exceptions.BusyLoadingError:
            raise
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError) as error:
            raise NotSent(str(error)) from error


class Connection:
    """A client with its failures made plain; shared by all threads of a process, and fork-safe."""

    def __init__(
        self, client: Client, *, server: EmbeddedServer | None = None, waitaof: bool = False
    ) -> None:
        self.client = client
        self.embedded = server
        self._waitaof = waitaof
        self._healing = threading.Lock()
        self._healed = 0
        self._heal_after = 0.0

    def call(self, fn: Callable[[Client], T], *, read: bool = False) -> T:
        """Run `fn(client)`, and make every failure of the server an `UnavailableError`.

        `fn` may write at most once, in one script, as its last step. Nothing is sent twice when
        the outcome of the first time is unknown: after a lost answer the embedded server is
        healed for the next call, and this one raises. Only what was never sent, and with `read`
        anything, runs a second time.

        Raises:
            UnavailableError: with `Retry-After: 1`; of a write, the outcome is unknown.
        """
        generation = self._healed
        try:
            return self._run(fn, read=read)
        except FAILURES as error:
            gone = isinstance(error, redis.exceptions.ConnectionError)
            if self.embedded is None or not gone:
                raise _unavailable(error) from error
            self._heal(generation)
            if not (read or isinstance(error, (NotSent, redis.exceptions.BusyLoadingError))):
                raise _unavailable(error) from error
        try:
            return self._run(fn, read=read)
        except FAILURES as error:
            raise _unavailable(error) from error

    def server(self) -> ServerInfo:
        """Ask the server what it is and how safe its writes are."""
        return self.call(_facts, read=True)

    def close(self) -> None:
        """Give the connections back; the last user of an embedded server shuts it down."""
        self.client.close()
        if self.embedded is not None:
            self.embedded.close()

    def _run(self, fn: Callable[[Client], T], *, read: bool) -> T:
        if read or not self._waitaof or not isinstance(self.client, redis.Redis):
            return fn(self.client)
        # WAITAOF speaks of the writes of its own connection, so both must use the same one.
        with self.client.client() as pinned:  # type: ignore[no-untyped-call]
            result = fn(pinned)
            local, _ = pinned.waitaof(1, 0, WAITAOF_MS)
            if local < 1:
                raise redis.exceptions.TimeoutError("the write was not confirmed as on disk")
            return result

    def _heal(self, generation: int) -> None:
        """Bring the embedded server back; of many threads that ask, one does it."""
        assert self.embedded is not None  # noqa: S101
        with self._healing:
            if self._healed != generation:
                return
            if time.monotonic() < self._heal_after:
                raise UnavailableError(headers={"Retry-After": "1"})
            try:
                self.embedded.ensure(HEAL_TIMEOUT)
            except RejoinderError as error:
                self._heal_after = time.monotonic() + HEAL_PAUSE
                logger.error("storage.not-healed", detail=error.detail)
                raise UnavailableError(headers={"Retry-After": "1"}) from error
            self._healed += 1
            logger.warning("storage.healed")


def connect(settings: Settings) -> Connection:
    """Open the storage that the settings name, the embedded server if they name none.

    Addresses: `redis://` and `rediss://` (TLS) `[user:password@]host[:port][/db]`,
    `unix://[user:password@]/path[?db=n]`, `redis+sentinel://[user:password@]host[:port],…/name
    [?db=n]` and `redis+cluster://[user:password@]host[:port],…`; the last two also as
    `rediss+…`. A remote server need not be up yet: each call finds out anew.

    Raises:
        ConfigurationError: the address makes no sense, or the embedded server cannot be used.
        UnavailableError: no node of the cluster answers, or the embedded server does not come up.
    """
    if settings.redis_url is None:
        server = EmbeddedServer(settings.data_dir, settings.durability)
        try:
            server.ensure()
        except BaseException:
            server.close()
            raise
        pool = redis.ConnectionPool(
            connection_class=_EmbeddedConnection,
            path=str(server.socket),
            retry=Retry(NoBackoff(), 0),
            **{key: value for key, value in OPTIONS.items() if key != "socket_keepalive"},
        )
        client = redis.Redis.from_pool(pool)
        return Connection(client, server=server, waitaof=settings.waitaof)
    try:
        return Connection(_remote(settings.redis_url, settings.waitaof), waitaof=settings.waitaof)
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"REJOINDER_REDIS_URL: {error}") from error
    except FAILURES as error:
        raise _unavailable(error) from error


def _remote(url: str, waitaof: bool) -> Client:
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    options = OPTIONS | {"health_check_interval": 30}
    if not kind:
        if scheme == "unix":
            del options["socket_keepalive"]
        return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    options |= {
        "username": unquote(name) or None,
        "password": unquote(password) or None,
        "ssl": scheme == "rediss",
    }
    if kind == "cluster":
        if waitaof:
            raise ValueError("REJOINDER_WAITAOF cannot be used with a cluster: set its nodes to "
                             "appendfsync always instead")  # fmt: skip
        nodes = [ClusterNode(*host) for host in _hosts(hosts, 6379)]  # type: ignore[no-untyped-call]
        return RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 0), **options)
    service = parts.path.strip("/")
    if not service:
        raise ValueError("a sentinel address ends in the name of the primary: …/mymaster")
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        _hosts(hosts, 26379),
        sentinel_kwargs={
            key: options[key] for key in ("socket_timeout", "socket_connect_timeout", "ssl")
        },
    )
    primary: redis.Redis = sentinel.master_for(  # type: ignore[no-untyped-call]
        service,
        db=int(parse_qs(parts.query).get("db", ["0"])[0]),
        retry=Retry(NoBackoff(), 0),
        **options,
    )
    return primary


def _hosts(netloc: str, port: int) -> list[tuple[str, int]]:
    found = []
    for item in netloc.split(","):
        parts = urlsplit(urlunsplit(("redis", item, "", "", "")))
        if not parts.hostname:
            raise ValueError(f"{item!r} is no host")
        found.append((parts.hostname, parts.port or port))
    return found


def _unavailable(error: Exception) -> UnavailableError:
    """One answer for every failure. The words for operators go to the log, not to the caller."""
    lost = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
    expected = isinstance(error, (*lost, *REFUSALS)) or str(error).startswith(REFUSAL_CODES)
    if expected:
        logger.error("storage.failed", detail=str(error))
    else:
        logger.error("storage.unexpected-answer", exc_info=error)
    return UnavailableError(headers={"Retry-After": "1"})


def _facts(client: Client) -> ServerInfo:
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
        writes_ok=info.get("aof_last_write_status", "ok") == "ok"
        and info.get("aof_last_bgrewrite_status", "ok") == "ok",
    )


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value


def _weakest(each: list[ServerInfo]) -> ServerInfo:
    worst = min(each, key=lambda facts: (facts.durable, facts.aof or False))
    policies = {facts.maxmemory_policy for facts in each} - {"noeviction"}
    return ServerInfo(
        name=worst.name,
        version=min((facts.version for facts in each), key=_version_key),
        mode="cluster",
        aof=worst.aof,
        fsync=worst.fsync,
        maxmemory_policy=policies.pop() if policies else "noeviction",
        memory=max(facts.memory for facts in each),
        maxmemory=min(facts.maxmemory for facts in each),
        writes_ok=all(facts.writes_ok for facts in each),
        nodes=len(each),
    )


def _version_key(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
