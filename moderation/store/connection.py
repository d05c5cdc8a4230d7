"""The one door to Redis or Valkey: which server, how it is called, what a failure means."""

from __future__ import annotations

import contextlib
import errno
import math
import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

import redis
import structlog
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry
from redis.sentinel import Sentinel, SentinelManagedConnection, SentinelManagedSSLConnection

from moderation import tracing
from moderation.errors import ConfigurationError, RejoinderError, UnavailableError
from moderation.settings import Settings
from moderation.store.breaker import Breakers, NodeHangs, guarded
from moderation.store.pool import Pool
from moderation.store.server.embedded import EmbeddedServer
from moderation.store.server.facts import MIN_FREE_DISK, ServerInfo, ask, version_key

logger = structlog.get_logger(__name__)

__all__ = ["Connection", "ServerInfo", "connect"]

T = TypeVar("T")
Client = redis.Redis | RedisCluster

TIMEOUT = 2.0
"""Seconds, to connect and for each answer: a blocking read must ask for less."""

WAITAOF_MS = int(0.9 * TIMEOUT * 1000)
"""Less than `TIMEOUT`: the server says what is not on the disk before the socket gives up."""

WAITAOF_SINCE = (7, 2)

HEAL_TIMEOUT = 10.0
HEAL_PAUSE = 1.0
"""Seconds after a failed attempt to heal in which nobody tries again."""

STABLE = 10.0
"""Seconds that a healed server must live to count as healed."""

MAX_PAUSE = 30.0
"""Seconds that writes wait at most for the next try, when each try has killed the server."""

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
        self._healed_at = -STABLE
        self._deaths = 0
        self._writes_after = 0.0
        self._knows_waitaof = False
        self._disk_was_full = False

    def call(self, fn: Callable[[Client], T], *, read: bool = False) -> T:
        """Run `fn(client)`, and make every failure of the server an `UnavailableError`.

        `fn` may write at most once, in one script, as its last step. Nothing is sent twice when
        the outcome of the first time is unknown: after a lost answer the embedded server is
        healed for the next call, and this one raises. Only what was never sent, and with `read`
        anything, runs a second time.

        Raises:
            UnavailableError: with `Retry-After`; of a write, the outcome is unknown.
        """
        with tracing.span("storage", what=getattr(fn, "__qualname__", ""), read=read):
            return self._call(fn, read=read)

    def _call(self, fn: Callable[[Client], T], *, read: bool) -> T:
        generation = self._healed
        if not read:
            self._check_writable()
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
        """Ask the server what it is, how safe its writes are, and whether it takes any."""
        facts = self.call(ask, read=True)
        if self.embedded is None:
            return facts
        free = self.embedded.free()
        return replace(facts, disk_free=free, writes_ok=facts.writes_ok and free >= MIN_FREE_DISK)

    def refuse_at_start(self) -> None:
        """Raise `ConfigurationError` for a server that cannot do what the settings ask of it.

        One that is not up yet is asked before the first write.
        """
        if self._waitaof:
            with contextlib.suppress(UnavailableError):
                self._knows_waitaof = self._check_waitaof()

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
            self._count_death()
            logger.warning("storage.healed", deaths=self._deaths)

    def _count_death(self) -> None:
        """When a server dies again and again as soon as it is healed, let writes wait longer.

        It reads well, so what kills it is most likely the write that is tried again.
        """
        now = time.monotonic()
        again = now - self._healed_at < STABLE + self._pause()
        self._deaths = self._deaths + 1 if again else 1
        self._healed_at = now
        if self._pause() > 0:
            self._writes_after = now + self._pause()
            logger.error("storage.dies-again", deaths=self._deaths, pause=self._pause())

    def _pause(self) -> float:
        return min(2.0 ** (self._deaths - 3), MAX_PAUSE) if self._deaths > 2 else 0.0

    def _check_writable(self) -> None:
        """Refuse a write that would kill the embedded server, or be answered wrongly."""
        if self._waitaof and not self._knows_waitaof:
            self._knows_waitaof = self._check_waitaof()
        if self.embedded is None:
            return
        free = self.embedded.free()
        if (free < MIN_FREE_DISK) != self._disk_was_full:
            self._disk_was_full = not self._disk_was_full
            said = "storage.disk-full" if self._disk_was_full else "storage.disk-has-room"
            logger.error(said, free=free, folder=str(self.embedded.folder))
        if self._disk_was_full:
            raise UnavailableError(headers={"Retry-After": "5"}) from OSError(
                errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.embedded.folder)
            )
        wait = self._writes_after - time.monotonic()
        if wait > 0:
            raise UnavailableError(headers={"Retry-After": str(int(wait) + 1)})

    def _check_waitaof(self) -> bool:
        """Say that the server knows WAITAOF.

        Raises:
            ConfigurationError: it does not: a write would be stored and then answered 503.
        """
        info: dict[str, Any] = self.call(lambda client: client.info("server"), read=True)
        # Valkey names here the Redis that it is compatible with.
        version = str(info.get("redis_version", ""))
        if version_key(version) < WAITAOF_SINCE:
            raise ConfigurationError(
                f"REJOINDER_WAITAOF: the server is Redis {version}, and WAITAOF came with 7.2; "
                "set appendfsync always there instead"
            )
        return True


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
        pool = Pool(
            connection_class=guarded(_EmbeddedConnection, Breakers()),
            path=str(server.socket),
            retry=Retry(NoBackoff(), 0),
            **{key: value for key, value in OPTIONS.items() if key != "socket_keepalive"},
        )
        client = redis.Redis.from_pool(pool)
        return Connection(client, server=server, waitaof=settings.waitaof)
    try:
        connection = Connection(
            _remote(settings.redis_url, settings.waitaof), waitaof=settings.waitaof
        )
        connection.refuse_at_start()
        return connection
    except (ValueError, TypeError) as error:
        raise ConfigurationError(f"REJOINDER_REDIS_URL: {error}") from error
    except FAILURES as error:
        raise _unavailable(error) from error


def _remote(url: str, waitaof: bool) -> Client:
    parts = urlsplit(url)
    scheme, _, kind = parts.scheme.partition("+")
    options = OPTIONS | {"health_check_interval": 30}
    tls = scheme == "rediss"
    breakers = Breakers()
    plain = guarded(redis.SSLConnection if tls else redis.Connection, breakers)
    if not kind:
        options["connection_class"] = plain
        if scheme == "unix":
            del options["socket_keepalive"]
            options["connection_class"] = guarded(redis.UnixDomainSocketConnection, breakers)
        return redis.Redis.from_pool(Pool.from_url(url, retry=Retry(NoBackoff(), 0), **options))
    user, _, hosts = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    options |= {
        "username": unquote(name) or None,
        "password": unquote(password) or None,
    }
    if kind == "cluster":
        if waitaof:
            raise ValueError("REJOINDER_WAITAOF cannot be used with a cluster: set its nodes to "
                             "appendfsync always instead")  # fmt: skip
        first, *others = _hosts(hosts, 6379)
        # Only for an address does it make its pools itself, so that they take a class.
        at = urlunsplit(("redis", _netloc(*first), "", "", ""))
        nodes = [ClusterNode(*host) for host in others]  # type: ignore[no-untyped-call]
        return RedisCluster(
            url=at,
            startup_nodes=nodes,
            retry=Retry(NoBackoff(), 0),
            connection_class=plain,
            **options,
        )
    service = parts.path.strip("/")
    if not service:
        raise ValueError("a sentinel address ends in the name of the primary: …/mymaster")
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        _hosts(hosts, 26379),
        sentinel_kwargs={
            **{key: options[key] for key in ("socket_timeout", "socket_connect_timeout")},
            "ssl": tls,
        },
    )
    managed = SentinelManagedSSLConnection if tls else SentinelManagedConnection
    primary: redis.Redis = sentinel.master_for(  # type: ignore[no-untyped-call]
        service,
        db=int(parse_qs(parts.query).get("db", ["0"])[0]),
        retry=Retry(NoBackoff(), 0),
        connection_class=guarded(managed, breakers),
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


def _netloc(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _unavailable(error: Exception) -> UnavailableError:
    """One answer for every failure. The words for operators go to the log, not to the caller."""
    lost = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError)
    expected = isinstance(error, (*lost, *REFUSALS, NodeHangs)) or str(error).startswith(
        REFUSAL_CODES
    )
    if expected:
        logger.error("storage.failed", detail=str(error))
    else:
        logger.error("storage.unexpected-answer", exc_info=error)
    wait = error.wait if isinstance(error, NodeHangs) else 1.0
    return UnavailableError(headers={"Retry-After": str(math.ceil(wait))})
