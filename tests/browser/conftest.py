"""A real browser, the real service on a real server, and a page of somebody else's to embed it."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service as Driver
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from moderation.app import create_app
from moderation.records import Site
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.tokens import new_credential

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,1400",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.path).parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def session_browser() -> Iterator[webdriver.Chrome]:
    profile = tempfile.mkdtemp(prefix="rejoinder-browser-")
    options = Options()
    options.binary_location = shutil.which("chromium") or "/usr/bin/chromium"
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Driver(shutil.which("chromedriver") or "/usr/bin/chromedriver")
    browser = webdriver.Chrome(options=options, service=driver)
    browser.set_script_timeout(10)
    yield browser
    browser.quit()
    shutil.rmtree(profile, ignore_errors=True)


@pytest.fixture
def browser(session_browser: webdriver.Chrome) -> webdriver.Chrome:
    """The browser with nothing stored, light, left to right and a clean log."""
    session_browser.get("about:blank")
    session_browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    session_browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    session_browser.execute_cdp_cmd("Network.enable", {})
    session_browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    session_browser.get_log("browser")
    return session_browser


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


@pytest.fixture(scope="session")
def host() -> Iterator[Host]:
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
    yield site
    server.shutdown()
    server.server_close()


# Tests write many short comments at once, some of them twice; what is judged is the text alone.
POLICY: dict[str, Any] = {
    "repeat": "publish",
    "unsupported_language": "publish",
    "audit_rate": 0.0,
    "limits": {
        f"{what}_per_minute": 100_000 for what in ("comments", "key_comments", "votes", "reports")
    },
}


class Service:
    """The real service on a port of its own, and what a client with an owner's key does there."""

    site = "gazette"

    def __init__(self, app: Flask, origin: str) -> None:
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
            policy=POLICY,
            created=now,
        )
        store = app.extensions["rejoinder"].store
        store.create_site(site, credential=credential, now=now)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", self._port, self._answer, threaded=True, request_handler=_Quiet
        )
        self._port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

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
        for _ in self.app(environ, lambda *_: None):
            pass
        headers = [("Access-Control-Allow-Origin", environ["HTTP_ORIGIN"]), ("Retry-After", "1")]
        start_response("503 Service Unavailable", headers)
        return [b""]

    def ask(self, method: str, path: str, body: object = None, **params: str) -> Any:
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


@pytest.fixture(scope="session")
def service(host: Host) -> Iterator[Service]:
    folder = Path(tempfile.mkdtemp(prefix="rejoinder-browser-test-"))
    settings = load_settings(
        {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
    )
    connection = connect(settings)
    app = create_app(settings, store=Store(connection))
    service = Service(app, host.origin)
    yield service
    service.stop()
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)
