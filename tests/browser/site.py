"""A site of somebody else's to embed the widget on, and the real service that it embeds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
from flask import Flask
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from moderation.records import Site
from moderation.services import services_of
from moderation.tokens import new_credential


@dataclass
class Host:
    """A site of its own origin, whose pages the tests write."""

    origin: str
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def page(self, path: str, html: str, **headers: str) -> str:
        """Publish a page; header names are written with underscores. Gives its URL."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (html, named)
        return self.origin + path


@contextmanager
def hosting() -> Iterator[Host]:
    """Serve a site's pages at an origin of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = site.pages.get(self.path.partition("?")[0])
            html, headers = found or ("", {})
            # Browsers ask for /favicon.ico and complain when there is none.
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Host(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


# As docs/embed.md says, for the time before the script is there.
ROOM = "rejoinder-thread:not(:defined) { display: block; min-height: 100vh }"

# Tests write many short comments at once, some of them twice; what is judged is the text alone.
POLICY: dict[str, Any] = {
    "repeat": "publish",
    "unsupported_language": "publish",
    "audit_rate": 0.0,
    "nudge": False,
    "proof": "off",
    "limits": {
        f"{what}_per_minute": 100_000 for what in ("comments", "key_comments", "votes", "reports")
    },
}


class Service:
    """The real service on a port of its own, and what a client with an owner's key does there."""

    site = "gazette"

    def __init__(self, app: Flask, origin: str, *, policy: dict[str, Any]) -> None:
        self.app = app
        self.origin = origin
        self._losing = 0
        self._port = 0
        self.start()
        now = int(time.time() * 1000)
        credential, self.key = new_credential(self.site, kind="key", role="owner", now=now)
        site = Site(
            slug=self.site,
            name="The Gazette",
            origins=(origin, self.url),
            policy=policy,
            created=now,
        )
        store = services_of(app).store
        store.sites.create(site, credential=credential, now=now)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", self._port, self._answer, threaded=True, request_handler=_Quiet
        )
        self._port = self._server.server_port
        # How long a stop waits, which there is after every test.
        serve = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        serve.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def lose_answers(self, count: int) -> None:
        """Do what the next `count` posts ask for, but answer 503 as if it were not known."""
        self._losing = count

    def _answer(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        posted = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith("/comments")
        if not (self._losing and posted):
            return self.app(environ, start_response)
        self._losing -= 1
        for _ in self.app(environ, lambda *_: lambda _: None):
            pass
        headers = [("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]), ("Retry-After", "1")]
        start_response("503 Service Unavailable", headers)
        return [b""]

    def ask(self, method: str, path: str, body: Any = None, **params: str) -> Any:
        """Make a request with the owner's key; gives the answer's JSON."""
        answer = requests.request(
            method,
            f"{self.url}/api/v1/sites/{self.site}{path}",
            json=body,
            params=params,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=10,
        )
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def thread(self, url: str) -> Any:
        return self.ask("GET", "/threads", url=url)

    def post(
        self, url: str, text: str, *, parent: str | None = None, name: str = "Somebody"
    ) -> dict[str, Any]:
        body = {"thread": {"url": url}, "text": text, "author": {"name": name}}
        if parent:
            body["parent"] = parent
        answer: dict[str, Any] = self.ask("POST", "/comments", body)
        assert answer["status"] == "published", answer
        return answer

    def case(self, comment: str) -> Any:
        return self.ask("GET", f"/queue/{comment}")

    def decide(self, comment: str, action: str) -> None:
        version = self.case(comment)["comment"]["version"]
        body = {"action": action, "version": version}
        self.ask("POST", f"/queue/{comment}/decisions", body)

    def close(self, url: str) -> None:
        self.ask("PATCH", f"/threads/{self.thread(url)['thread']['id']}", {"closed": True})


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        pass
