"""A line to the storage that can be cut: a TCP proxy on the loopback."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import threading


def reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset, whatever was still under way."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Proxy:
    """Passes on what comes to its port; `cut` drops a share of the connections."""

    def __init__(self, port: int) -> None:
        self._onward = port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self, chosen: random.Random, share: float = 0.5) -> int:
        """Reset some connections in the middle of whatever they carry; answers how many."""
        with self._lock:
            pairs = [pair for pair in self._pairs if chosen.random() < share]
        for pair in pairs:
            self._drop(pair)
        return len(pairs)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._drop(pair)

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            try:
                onward = socket.create_connection(("127.0.0.1", self._onward), 5)
            except OSError:
                reset(caller)
                continue
            onward.settimeout(None)
            pair = (caller, onward)
            with self._lock:
                self._pairs.add(pair)
            for source, target in (pair, pair[::-1]):
                threading.Thread(target=self._pass, args=(pair, source, target)).start()

    def _pass(
        self,
        pair: tuple[socket.socket, socket.socket],
        source: socket.socket,
        target: socket.socket,
    ) -> None:
        try:
            while data := source.recv(65_536):
                target.sendall(data)
        except OSError:
            pass
        self._drop(pair)

    def _drop(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for end in pair:
            # `recv` in another thread only ends when the connection is shut down.
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            reset(end)
