"""A program that webhooks are sent to: it verifies them with the reference library."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook


@dataclass
class Received:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> Any:
        return json.loads(self.body)


Reply = Callable[["Receiver", Received], tuple[int, dict[str, str], bytes]]


def ok(receiver: Receiver, received: Received) -> tuple[int, dict[str, str], bytes]:
    return 204, {}, b""


@dataclass
class Receiver:
    """Notes what it gets; `reply` says what it answers."""

    reply: Reply = ok
    got: list[Received] = field(default_factory=list)
    port: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    def verified(self, secret: str) -> list[Any]:
        """What came, each verified."""
        return [Webhook(secret).verify(each.body, each.headers) for each in self.got]

    def events(self) -> list[tuple[str, str]]:
        """Type and subject of each message."""
        return [(m["type"], m["data"]["comment"]["id"]) for m in (r.message for r in self.got)]


@contextmanager
def receiving(reply: Reply = ok) -> Iterator[Receiver]:
    receiver = Receiver(reply)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            received = Received(self.path, dict(self.headers), self.rfile.read(length))
            with receiver.lock:
                receiver.got.append(received)
            status, headers, body = receiver.reply(receiver, received)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return

        def log_message(self, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *args: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
