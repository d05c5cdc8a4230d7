"""Gives a storage node up for a while that does not answer, so that it holds no more threads.

A node that is dead refuses at once. One that hangs lets each request wait for its time-out, until
all threads wait, for other nodes' sites too. Here each node has a circuit breaker, on the
connections themselves, since of a cluster only they know which node they speak to. The libraries
for that guard a whole function, which may be halfway through several nodes, or let one caller
through at a time.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

import redis

LOST = 3
"""Answers that were waited for in vain, one after another, from which on a node counts as hung. By
choice: a slow disk may cost one or two."""

PAUSE = 3.0
"""Seconds, by choice, in which a hung node is asked nothing; then it is asked once."""


class NodeHangs(redis.exceptions.RedisError):
    """The node hung a moment ago and was not asked: nothing was sent.

    No `ConnectionError` or `TimeoutError`: after those a cluster's client looks for the nodes anew.
    """

    def __init__(self, node: str, wait: float) -> None:
        super().__init__(f"{node} does not answer; it is asked again in {wait:.1f} s")
        self.wait = wait


class Breaker:
    """Whether one node may be asked; shared by all threads of a process."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._lock = threading.Lock()
        self._lost = 0
        self._until = 0.0
        self._probe: int | None = None

    def check(self) -> None:
        """Let the caller ask the node.

        Raises:
            NodeHangs: the node hangs, and it is not yet time, or another thread's turn, to try.
        """
        if self._lost < LOST:
            return
        with self._lock:
            now, thread = time.monotonic(), threading.get_ident()
            if self._lost < LOST or self._probe == thread:
                return
            if now < self._until:
                raise NodeHangs(self._node, self._until - now)
            # Until then its answer has come or not; this is for a probe that comes to neither.
            self._until, self._probe = now + PAUSE, thread

    def answered(self) -> None:
        """Note that the node answers, or is gone in a way that is found out at once."""
        if self._lost:
            with self._lock:
                self._lost, self._probe = 0, None

    def timed_out(self) -> None:
        """Note that an answer did not come in time."""
        with self._lock:
            self._lost += 1
            self._until, self._probe = time.monotonic() + PAUSE, None


class Breakers:
    """The breakers of all nodes that a client speaks to."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, Breaker] = {}

    def of(self, node: str) -> Breaker:
        """Give a node's breaker; its name is its address."""
        found = self._of.get(node)
        if found is None:
            with self._lock:
                found = self._of.setdefault(node, Breaker(node))
        return found


if TYPE_CHECKING:
    _Base = redis.Connection
else:
    _Base = object


class _Guarded(_Base):
    """What is put before a class of redis-py's connections."""

    breakers: Breakers

    def _breaker(self) -> Breaker:
        # A connection that Sentinel manages goes to another address after a failover.
        path = getattr(self, "path", None)
        return self.breakers.of(path or f"{self.host}:{self.port}")

    def _connect(self) -> Any:
        breaker = self._breaker()
        breaker.check()
        try:
            return super()._connect()  # type: ignore[no-untyped-call]
        except TimeoutError:
            breaker.timed_out()
            raise
        except OSError:
            breaker.answered()
            raise

    def send_packed_command(self, command: Any, check_health: bool = True) -> None:
        try:
            self._breaker().check()
        except NodeHangs:
            # So that the next try asks Sentinel who is the primary now.
            self.disconnect()  # type: ignore[no-untyped-call]
            raise
        super().send_packed_command(command, check_health)  # type: ignore[no-untyped-call]

    def read_next(self) -> Any:
        """Read what follows an answer that came already, without telling the breaker again."""
        try:
            return super().read_response()
        except redis.exceptions.TimeoutError:
            self._breaker().timed_out()
            raise

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            response = super().read_response(*args, **options)
        except redis.exceptions.TimeoutError:
            self._breaker().timed_out()
            raise
        except Exception:
            self._breaker().answered()
            raise
        self._breaker().answered()
        return response


C = TypeVar("C", bound=redis.connection.AbstractConnection)


def guarded(connection_class: type[C], breakers: Breakers) -> type[C]:
    """Make a class of connections that ask no node that hangs; `breakers` belong to one client."""
    name = f"Guarded{connection_class.__name__.lstrip('_')}"
    made: type[C] = type(name, (_Guarded, connection_class), {"breakers": breakers})
    return made
