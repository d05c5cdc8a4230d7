"""How soon a page with comments and the dashboard are there, and how fast the queue is worked.

    .venv/bin/python -m benchmarks.screens [--loads 5] [--cases 50]

Needs chromium and chromium-driver, as the browser tests do. The shipped models score. Printed for
each page, loaded with an empty cache: the bytes over the wire and the requests (for a page with the
widget, those of the widget alone), the milliseconds until the first content is painted and until
the first comments or rows are, and how much moved (CLS); each the median of all loads. Then the
milliseconds from the key that decides a case until the next case is painted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from selenium.webdriver import Chrome, Keys

from benchmarks.load_more import PAINTED, embedding, fill, say, serving
from moderation import demo
from moderation.demo.start import prepare
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import load_settings
from tests.browser.chromium import chromium
from tests.browser.desk import INSULTS, Desk
from tests.browser.site import ROOM, Service, hosting

FOOTER = "<footer>Imprint<svg height=200 width=200></svg></footer>"
DESKTOP, PHONE = (1280, 900), (390, 844)
# What a reader on a slow mobile connection has: milliseconds, bytes a second.
SLOW = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
FAST = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}

# Before any script of a page: when the first comment or row is painted, and what moves.
LOADING = """{
window.seen = { first: 0, shift: 0 };
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) seen.shift += value;
}).observe({ type: "layout-shift", buffered: true });
const look = () => {
  const root = document.querySelector("rejoinder-thread")?.shadowRoot;
  if (root?.querySelector("article .body") || document.querySelector(".rows .row-text"))
    painted((now) => (seen.first = now));
  else requestAnimationFrame(look);
};
look();
}"""
LOADED = """
const [paint] = performance.getEntriesByName("first-contentful-paint");
return seen.first && paint ? { ...seen, paint: paint.startTime } : null;
"""
# From the key that decides: `a` approves at once, Enter sends the dialog that `r` opened.
DECIDING = """
window.took = [];
addEventListener("keydown", ({ key }) => {
  if (key !== (document.querySelector("dialog[open]") ? "Enter" : "a")) return;
  const begin = performance.now();
  const text = () => document.querySelector(".comment-text")?.textContent;
  const before = text();
  const look = () => {
    if (text() && text() !== before) painted((now) => took.push(now - begin));
    else requestAnimationFrame(look);
  };
  look();
}, true);
"""


@dataclass(frozen=True)
class Load:
    """What one load with an empty cache took."""

    sent: float
    requests: float
    paint: float
    first: float
    shift: float


def open_demo(service: Service) -> None:
    """Let the service have the demo's site and pages too, as `rejoinder demo` does."""
    service.app.register_blueprint(demo.bp)
    services = services_of(service.app)
    services = replace(services, settings=replace(services.settings, public_url=service.url))
    prepare(services, urlsplit(service.url).port or 0, int(time.time() * 1000))


def log(browser: Chrome) -> list[dict[str, Any]]:
    """What the browser has told of the network since this was last read."""
    entries = browser.get_log("performance")  # type: ignore[no-untyped-call]
    return [json.loads(entry["message"])["message"] for entry in entries]


def wire(browser: Chrome, url: str, *, whole: bool) -> tuple[int, int]:
    """Bytes and requests since the log was last read: all to the origin, or the widget's alone."""
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
    wanted: set[str] = set()
    sent = 0
    for message in log(browser):
        event: dict[str, Any] = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            asked = event["request"]["url"]
            if asked.startswith(f"{origin}/") and (
                whole or asked.startswith((f"{origin}/embed", f"{origin}/api/"))
            ):
                wanted.add(event["requestId"])
        elif message["method"] == "Network.loadingFinished" and event["requestId"] in wanted:
            sent += int(event["encodedDataLength"])
    return sent, len(wanted)


def load(browser: Chrome, url: str, origin: str, *, whole: bool) -> Load:
    """Load a page with an empty cache, until nothing more is to come."""
    browser.get("about:blank")
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    log(browser)
    browser.get(url)
    until = time.monotonic() + 30
    while not (seen := browser.execute_script(LOADED)):
        if time.monotonic() > until:
            raise SystemExit(f"{url}: nothing came")
        time.sleep(0.1)
    time.sleep(1)
    seen = browser.execute_script(LOADED)
    sent, requests = wire(browser, origin, whole=whole)
    return Load(sent, requests, seen["paint"], seen["first"], seen["shift"])


def tell(name: str, loads: list[Load]) -> None:
    sent, requests, paint, first, shift = (
        statistics.median(getattr(each, what) for each in loads)
        for what in ("sent", "requests", "paint", "first", "shift")
    )
    print(
        f"{name}: {sent:,.0f} bytes in {requests:.0f} requests, first content {paint:.0f} ms, "
        f"first comments or rows {first:.0f} ms, CLS {shift:.4f}"
    )


def look_like(browser: Chrome, size: tuple[int, int], network: Mapping[str, float]) -> None:
    width, height = size
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    conditions = {"offline": False, **network}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", conditions)


def decide(desk: Desk, cases: int) -> list[float]:
    """Approve and reject in turn by keyboard; gives the milliseconds until each next case."""

    def decided() -> list[float]:
        took: list[float] = desk.script("return took")
        return took

    desk.script(DECIDING)
    desk.press("j")
    while len(before := decided()) < cases:
        desk.until(lambda: desk.all(".around[aria-busy=false]"))
        if len(before) % 2:
            desk.press("r")
            desk.until(lambda: desk.all("dialog[open]"))
            desk.press(Keys.ENTER)
        else:
            desk.press("a")
        desk.until(partial(lambda known: decided() != known, before))
    return decided()


def measure(
    browser: Chrome, service: Service, pages: dict[str, str], options: argparse.Namespace
) -> None:
    """Load and work everything, and say how long it took."""

    def loads(url: str, *, whole: bool = False) -> list[Load]:
        return [load(browser, url, service.url, whole=whole) for _ in range(options.loads)]

    look_like(browser, DESKTOP, FAST)
    for name, url in pages.items():
        tell(name, loads(url))
    look_like(browser, PHONE, SLOW)
    tell("60 comments on a slow phone", loads(pages["60 comments"]))
    look_like(browser, DESKTOP, FAST)
    desk = Desk(browser, service)
    # One more than are decided: something is next after the last, too.
    for n in range(options.cases + 1):
        desk.held(f"{INSULTS[n % len(INSULTS)]}, number {n}", name=f"Reader {n}")
    desk.enter()
    tell("the dashboard", loads(f"{service.url}/dashboard/", whole=True))
    say(f"{options.cases} cases by keyboard, key to next case", decide(desk, options.cases))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--cases", type=int, default=50)
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    settings = load_settings({})
    scoring = ScoringService.load(settings.model, second_reader=settings.second_reader)
    with (
        hosting() as host,
        serving(host, scoring) as service,
        chromium(network=True) as browser,
    ):
        browser.execute_cdp_cmd(
            "Page.addScriptToEvaluateOnNewDocument", {"source": PAINTED + LOADING}
        )
        open_demo(service)
        pages = {
            "60 comments": embedding(host, service, "/plain", style=ROOM),
            "60, a footer in view": embedding(host, service, "/footer", below=FOOTER),
            "60, a footer, room kept": embedding(host, service, "/room", style=ROOM, below=FOOTER),
        }
        for url in pages.values():
            fill(service, url, 60)
        pages = {"the demo's page": service.url + demo.PAGES[0]} | pages
        measure(browser, service, pages, options)


if __name__ == "__main__":
    main()
