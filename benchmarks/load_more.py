"""Read a very long thread to its end: how long a click on "Load more comments" takes.

    .venv/bin/python -m benchmarks.load_more [--comments 10000] [--clicks 100]

Needs chromium and chromium-driver, as the browser tests do. Writes a thread, three in five of its
comments at the top level, and clicks through it in a real browser. Printed: milliseconds from each
click until the next comments are there, the first of them has the focus, and that is painted; as
median, p95 and most, of all clicks and of the first and the last ten; the processor time of the
page's main thread for each, which other work on the machine does not lengthen; and the tasks that
held the page up for more than 50 ms.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uuid_utils
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from moderation.app import create_app
from moderation.archive import import_lines
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from tests.browser.chromium import chromium
from tests.browser.site import POLICY, Host, Service, hosting
from tests.support.tiny_model import tiny_scorer

LETTERS = "etaoinshrdlu"
ROOT = "document.querySelector('rejoinder-thread').shadowRoot"
READY = f"return {ROOT}?.querySelectorAll('h2').length"
WATCH = """
window.tasks = [];
new PerformanceObserver((list) => tasks.push(...list.getEntries().map((e) => e.duration)))
  .observe({ type: "longtask" });
"""
# A frame is painted before the next message is taken from the queue.
PAINTED = """
window.painted = (done) => requestAnimationFrame(() => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => done(performance.now());
  port2.postMessage(0);
});
"""
# Nothing is asked meanwhile: that would make frames of its own.
CLICK = """
const done = arguments[0];
const root = document.querySelector("rejoinder-thread").shadowRoot;
const more = root.querySelector(".frame > .further");
if (more.hidden) return done(null);
const begin = performance.now();
root.addEventListener("focusin", () => painted((now) => done(now - begin)), { once: true });
more.click();
"""


def lines(url: str, count: int, rng: random.Random) -> Iterator[str]:
    """A thread in the format of `rejoinder export`."""
    begin = int(time.time() * 1000) - count
    yield json.dumps({"rejoinder": 1, "site": Service.site, "name": "The Gazette"})
    yield json.dumps({"thread": {"url": url, "created": begin}})
    made: list[str] = []
    for n in range(count):
        words = ("".join(rng.choices(LETTERS, k=rng.randint(2, 9))) for _ in range(100))
        made.append(str(uuid_utils.uuid7()))
        comment = {
            "id": made[-1],
            "parent": rng.choice(made[-51:-1]) if n and rng.random() < 0.4 else None,
            "status": "published",
            "text": " ".join(words)[: rng.randint(20, 400)],
            "author": {"id": f"a{n}", "kind": "anonymous", "name": f"Reader {n}"},
            "created": begin + n,
        }
        yield json.dumps({"comment": comment})


@contextmanager
def serving(host: Host, scoring: ScoringService) -> Iterator[Service]:
    """Run the service for the pages of `host`, on storage of its own that is thrown away."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="rejoinder-benchmark-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings = load_settings(
            {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
        )
        connection = connect(settings)
        stack.callback(connection.close)
        app = create_app(settings, store=Store(connection), scoring=scoring)
        service = Service(app, host.origin, policy=POLICY)
        stack.callback(service.stop)
        yield service


def embedding(host: Host, service: Service, path: str, *, style: str = "", below: str = "") -> str:
    """Publish a page with the widget on it, and `below` under it; gives its URL."""
    return host.page(
        path,
        "<!doctype html><html lang=en><title>A thread</title><meta charset=utf-8>"
        f'<meta name="viewport" content="width=device-width"><style>{style}</style>'
        f'<script src="{service.url}/embed.js" data-site="{service.site}" async></script>'
        f"<main><rejoinder-thread></rejoinder-thread></main>{below}",
    )


def fill(service: Service, url: str, count: int) -> None:
    """Write a thread of `count` comments."""
    store = services_of(service.app).store
    written = lines(url, count, random.Random(1))
    tally = import_lines(store, store.sites.get(service.site), written, dry_run=False)
    if tally.comments != count:
        raise SystemExit(f"{tally.comments} of {count} were written: {tally.refused[:3]}")


def work(browser: Chrome) -> float:
    """Milliseconds of processor time that the page's main thread has taken."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    [seconds] = [m["value"] for m in metrics if m["name"] == "TaskDuration"]
    return 1000 * float(seconds)


def click_through(browser: Chrome, clicks: int) -> tuple[list[float], list[float]]:
    """Click until there is nothing more; gives the milliseconds and the work of each click."""
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    took: list[float] = []
    works: list[float] = []
    for _ in range(clicks):
        before = work(browser)
        each = browser.execute_async_script(CLICK)
        if each is None:
            break
        took.append(each)
        # As soon as anybody could click again.
        time.sleep(0.2)
        works.append(work(browser) - before)
    return took, works


def say(name: str, took: list[float]) -> None:
    ninety_fifth = sorted(took)[max(0, round(len(took) * 0.95) - 1)]
    print(
        f"{name}: median {statistics.median(took):.0f}, p95 {ninety_fifth:.0f}, "
        f"most {max(took):.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--comments", type=int, default=10_000)
    parser.add_argument("--clicks", type=int, default=100)
    options = parser.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    with (
        hosting() as host,
        serving(host, ScoringService(tiny_scorer())) as service,
        chromium() as browser,
    ):
        url = embedding(host, service, "/long")
        fill(service, url, options.comments)
        browser.get(url)
        WebDriverWait(browser, 60).until(lambda _: browser.execute_script(READY))
        browser.execute_script(PAINTED + WATCH)
        took, works = click_through(browser, options.clicks)
        tasks: list[float] = browser.execute_script("return tasks")
        shown = browser.execute_script(f"return {ROOT}.querySelectorAll('article').length")
    print(f"{len(took)} clicks, {shown} comments shown")
    say("a click", took)
    say("the first ten", took[:10])
    say("the last ten", took[-10:])
    say("processor time", works)
    say("of the last ten", works[-10:])
    longest = f", the longest {max(tasks):.0f} ms" if tasks else ""
    print(f"tasks over 50 ms: {len(tasks)}{longest}")


if __name__ == "__main__":
    main()
