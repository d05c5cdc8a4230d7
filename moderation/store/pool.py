"""redis-py's pool of connections, without what it tells of itself."""

from __future__ import annotations

import os
import weakref
from typing import Any

import redis


class Pool(redis.ConnectionPool):
    """Gives and takes a connection that is well; all else is the library's own way.

    For each connection that is given and taken back the library also counts for OpenTelemetry,
    dispatches an event, which nobody here listens to, and asks the system whether the process was
    forked, which tells a forked process itself. That costs more than the rest.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        pool = weakref.ref(self)

        def begin_anew() -> None:
            if (known := pool()) is not None:
                known.reset()

        os.register_at_fork(after_in_child=begin_anew)

    def get_connection(self, *args: Any, **options: Any) -> Any:
        """Give a connection that is ready to send; raises what connecting raises."""
        with self._lock:
            if not self._available_connections:
                connection = None
            else:
                connection = self._available_connections.pop()
                self._in_use_connections.add(connection)
        if connection is None:
            return super().get_connection()
        try:
            if connection.is_connected and not connection.can_read():
                return connection
        except (redis.exceptions.RedisError, OSError):
            pass
        # What is found on it now is the answer to nothing, or its end: the library begins anew.
        with self._lock:
            self._in_use_connections.remove(connection)
            self._available_connections.append(connection)
        return super().get_connection()

    def release(self, connection: Any) -> None:
        """Take a connection back."""
        with self._lock:
            known = connection in self._in_use_connections
            if known and self.owns_connection(connection) and not connection.should_reconnect():
                self._in_use_connections.remove(connection)
                self._available_connections.append(connection)
                return
        super().release(connection)
