"""A real browser, the real service on a real server, and a page of somebody else's to embed it."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service as Driver

from moderation.app import create_app
from moderation.scoring import ScoringService
from moderation.settings import Settings, load_settings
from moderation.store import Store
from moderation.store.connection import Connection, connect
from tests.browser.desk import Desk
from tests.browser.page import Page
from tests.browser.site import POLICY, Host, Service
from tests.support.tiny_model import tiny_scorer

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--force-prefers-reduced-motion",
    "--window-size=1000,1400",
)
# Before any script of a page: what the page's policy refused, and what the widget told its page.
LISTEN = """
window.violations = [];
window.events = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ["rejoinder:loaded", "rejoinder:posted"])
  document.addEventListener(name, (event) => events.push([name, event.detail]));
"""


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
    browser.set_script_timeout(20)
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
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
    session_browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    session_browser.get_log("browser")
    return session_browser


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


@pytest.fixture(scope="session")
def storage() -> Iterator[tuple[Settings, Connection]]:
    folder = Path(tempfile.mkdtemp(prefix="rejoinder-browser-test-"))
    settings = load_settings(
        {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
    )
    connection = connect(settings)
    yield settings, connection
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def service(storage: tuple[Settings, Connection], host: Host) -> Iterator[Service]:
    """A site with nothing on it yet, with a small model that was really trained."""
    settings, connection = storage
    connection.call(lambda client: client.flushall())
    app = create_app(settings, store=Store(connection), scoring=ScoringService(tiny_scorer()))
    thresholds = {"insult": {"flag": 0.4, "hold": 0.6}, "threat": {"flag": 0.4, "hold": 0.6}}
    service = Service(app, host.origin, policy=POLICY | {"thresholds": thresholds})
    yield service
    service.stop()


@pytest.fixture
def page(browser: webdriver.Chrome, service: Service, host: Host) -> Iterator[Page]:
    """A page; at the end nothing may have broken the host's policy or spoken on the console."""
    browser.get(host.page("/clear", "<!doctype html><title>clear</title>"))
    browser.execute_script("localStorage.clear()")
    page = Page(browser, service, host)
    yield page
    assert browser.execute_script("return window.violations") == []
    assert [m for m in page.listen() if not any(word in m for word in page.forgiven)] == []


@pytest.fixture
def desk(browser: webdriver.Chrome, service: Service) -> Iterator[Desk]:
    """A desk; at the end nothing may have broken the page's policy or spoken on the console."""
    desk = Desk(browser, service)
    desk.resize(1300, 900)
    yield desk
    assert browser.execute_script("return window.violations") == []
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert [m for m in said if not any(word in m for word in desk.forgiven)] == []
    browser.get("about:blank")
