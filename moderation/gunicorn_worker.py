"""gunicorn's threaded worker, with requests gathered before a thread takes them.

gunicorn gives a connection to one of a few threads, which then waits for what the client sends: a
handful of clients that send slowly, or nothing, would hold all threads. Here the event loop reads,
as a buffering proxy does, and a thread gets a request that is whole. What the client does not take
of an answer is waited for with a limit, and a connection that ends is drained by the event loop.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections import deque
from functools import partial
from typing import Any

from gunicorn import http, util  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from .balance import balance
from .framing import Framing

# By choice. So long may a request take to arrive: a comment is a packet or two.
ARRIVAL_SECONDS = 20.0
# By choice. So long may a client let us wait with one write; then the thread is wanted elsewhere.
SEND_SECONDS = 15.0
# Bytes that wait in the system for a slow client, where the system allows so many; most pages fit,
# and then their thread is free at once.
SEND_BUFFER = 1 << 20
# Bytes of requests on their way, for each process; above it the largest goes.
MAX_GATHERED = 64 << 20
LINGER_SECONDS = 2.0
# So long does a worker with more connections than another leave a new one to it, by choice: more
# than one that is at work needs to come by, less than a reader notices.
HESITATE_SECONDS = 0.002
_MAX_LINGERING = 256
_MAX_DRAINED = 65_536
_TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)


class _Socket(socket.socket):
    """A client's socket; blocking means: for a bounded time."""

    def setblocking(self, flag: bool) -> None:
        self.settimeout(SEND_SECONDS if flag else 0.0)

    def sendall(self, *args: Any) -> None:
        try:
            super().sendall(*args)
        except TimeoutError as error:
            # To gunicorn the same as a client that went away, which it passes over in silence.
            raise BrokenPipeError(errno.EPIPE, "the client does not read") from error


def _received(sock: socket.socket) -> bytes:
    """Give what has come already; nothing where more, or the end, is to be waited for."""
    try:
        data: bytes = sock.recv(65_536)
    except OSError:
        return b""
    return data


class _Connection(TConn):  # type: ignore[misc]
    """A connection with the request that is on its way; the worker ends it."""

    def __init__(self, worker: BufferingWorker, *args: Any) -> None:
        super().__init__(*args)
        self.worker = worker
        self.framing = Framing(worker.max_body)
        self.parser = http.get_parser(self.cfg, self.sock, self.client)
        # What `wait_for_data` waits for is there when a thread takes the connection.
        self.data_ready = True

    def close(self, graceful: bool = False) -> None:
        if graceful and self.worker.alive:
            self.worker.linger(self)
        else:
            super().close(graceful)


class BufferingWorker(ThreadWorker):  # type: ignore[misc]
    """Hands a connection to a thread when its request is there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.lingering: deque[_Connection] = deque()
        # In the master, before the fork.
        self.place = balance.join()
        self._hesitates_until: float | None = None
        self._hesitated = False
        self.gathered = 0

    @property
    def max_body(self) -> int:
        """The longest body that the app reads."""
        found: int = self.wsgi.config["MAX_CONTENT_LENGTH"]
        return found

    def accept(self, listener: Any) -> None:
        """Take a connection; if there are too many, the one that let us wait longest goes.

        A worker with more than another first leaves it to that one for a moment.
        """
        balance.tell(self.place, self.nr_conns)
        if not self._hesitated and balance.is_ahead(self.place):
            self._hesitates_until = time.monotonic() + HESITATE_SECONDS
            for each in self.sockets:
                self.poller.unregister(each)
            return
        self._hesitated = False
        try:
            accepted, client = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        sock = _Socket(accepted.family, accepted.type, accepted.proto, accepted.detach())
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        self.nr_conns += 1
        self.enqueue_req(_Connection(self, self.cfg, sock, client, listener.getsockname()))
        if self.nr_conns >= self.worker_connections:
            self._make_room()

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections, or no more."""
        if self._hesitates_until is not None:
            self._take_part()
        super().set_accept_enabled(enabled)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Wait for what comes; for no longer than a worker hesitates."""
        until = self._hesitates_until
        if until is not None:
            timeout = min(timeout, max(0.0, until - time.monotonic()))
        super().wait_for_and_dispatch_events(timeout)
        balance.tell(self.place, self.nr_conns)
        if until is not None and time.monotonic() >= until:
            self._take_part()

    def _take_part(self) -> None:
        """Take the next connection that is still there, if nobody else did."""
        self._hesitates_until, self._hesitated = None, True
        for each in self.sockets:
            self.poller.register(each, selectors.EVENT_READ, self.accept)

    def enqueue_req(self, conn: _Connection) -> None:
        """Gather the next request of a connection; a thread gets it when it is whole."""
        conn.sock.setblocking(False)
        conn.framing = Framing(self.max_body)
        conn.timeout = time.monotonic() + ARRIVAL_SECONDS
        there = conn.parser.unreader.take_buffered() or _received(conn.sock)
        conn.framing.feed(there)
        if conn.framing.whole:
            # Most requests are there as soon as they are looked for, and are not waited for.
            self._submit(conn)
            return
        self.pending_conns.append(conn)
        self.poller.register(
            conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn)
        )
        if there:
            self.gathered += len(there)
            self._look_at(conn)

    def on_pending_socket_readable(self, conn: _Connection, client: Any) -> None:
        """Read what has come of a request."""
        try:
            data = client.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            self._drop(conn)
            return
        if data:
            self._feed(conn, data)
        elif conn.framing.has_head:
            # Cut short: the parser says so, and need not wait to see it.
            self._hand_over(conn)
        else:
            self._drop(conn)

    def _feed(self, conn: _Connection, data: bytes) -> None:
        conn.framing.feed(data)
        self.gathered += len(data)
        self._look_at(conn)

    def _look_at(self, conn: _Connection) -> None:
        """Do what follows from what has come of a request that is waited for."""
        framing = conn.framing
        if framing.whole:
            self._hand_over(conn)
        elif framing.too_large:
            self._drop(conn, _TOO_LARGE)
        elif framing.wants_continue:
            framing.wants_continue = False
            with contextlib.suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.gathered > max(MAX_GATHERED, 2 * self.max_body):
            self._drop(max(self.pending_conns, key=lambda one: len(one.framing.received)))

    def _hand_over(self, conn: _Connection) -> None:
        self._forget(conn)
        self._submit(conn)

    def _submit(self, conn: _Connection) -> None:
        conn.parser.unreader.unread(bytes(conn.framing.received))
        conn.framing = Framing(0)
        super().enqueue_req(conn)

    def _drop(self, conn: _Connection, answer: bytes = b"") -> None:
        self._forget(conn)
        self.nr_conns -= 1
        if answer:
            with contextlib.suppress(OSError):
                conn.sock.send(answer)
        conn.close(graceful=bool(answer))

    def _forget(self, conn: _Connection) -> None:
        self.pending_conns.remove(conn)
        self.poller.unregister(conn.sock)
        self.gathered -= len(conn.framing.received)

    def _make_room(self) -> None:
        if self.pending_conns:
            self._drop(self.pending_conns[0])
        elif self.keepalived_conns:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self.nr_conns -= 1
            conn.close()

    def murder_pending(self) -> None:
        """Give up requests that did not arrive in time, and ends that no client saw."""
        now = time.monotonic()
        while self.pending_conns and self.pending_conns[0].timeout <= now:
            conn = self.pending_conns[0]
            self._drop(conn, _TIMED_OUT if conn.framing.received else b"")
        while self.lingering and self.lingering[0].timeout <= now:
            self._end(self.lingering[0])

    def _cap_keepalive(self, deadline: float) -> None:
        """Let what is idle or still on its way not hold up an orderly end."""
        super()._cap_keepalive(deadline)
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, deadline)

    def linger(self, conn: _Connection) -> None:
        """Say that nothing follows, and wait for the client to have read it (RFC 9112, 9.6)."""
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            util.close(conn.sock)
            return
        conn.sock.setblocking(False)
        conn.timeout = time.monotonic() + LINGER_SECONDS
        conn.drained = 0
        self.lingering.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        if len(self.lingering) > _MAX_LINGERING:
            self._end(self.lingering[0])

    def _drain(self, conn: _Connection, client: Any) -> None:
        try:
            data = client.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        conn.drained += len(data)
        if not data or conn.drained > _MAX_DRAINED:
            self._end(conn)

    def _end(self, conn: _Connection) -> None:
        self.lingering.remove(conn)
        self.poller.unregister(conn.sock)
        util.close(conn.sock)
