"""A real browser, the real service on a real server, and a page of somebody else's to embed it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from selenium import webdriver

from classifiers import Scorer
from moderation.app import create_app
from moderation.scoring import ScoringService
from moderation.settings import Settings, load_settings
from moderation.store import Store
from moderation.store.connection import Connection, connect
from tests.browser.chromium import chromium
from tests.browser.desk import Desk
from tests.browser.page import Page
from tests.browser.site import POLICY, Host, Service, hosting
from tests.support.app import renewed
from tests.support.tiny_model import tiny_scorer

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
    with chromium() as browser:
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
        yield browser


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
    with hosting() as site:
        yield site


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
def scorer() -> Scorer:
    """A small model that was really trained."""
    return tiny_scorer()


@pytest.fixture(scope="session")
def browsed_app(storage: tuple[Settings, Connection]) -> Flask:
    """Routes and their description, which never change."""
    settings, connection = storage
    return create_app(settings, store=Store(connection), scoring=ScoringService(tiny_scorer()))


@pytest.fixture
def service(
    storage: tuple[Settings, Connection], browsed_app: Flask, host: Host, scorer: Scorer
) -> Iterator[Service]:
    """A site with nothing on it yet."""
    settings, connection = storage
    connection.call(lambda client: client.flushall())
    app = renewed(browsed_app, settings, Store(connection), ScoringService(scorer))
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
