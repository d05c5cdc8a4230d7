"""What reads, posts, claims and the queue's page cost as a thread, the sites and the queue grow.

    python -m benchmarks.growth [--most 100000] [--plot docs/images/growth.png]

Grows one thing at a time, on an embedded server that fsyncs each second, and asks the whole app for
it without HTTP: a thread of 100 comments and ten times as many each step, up to `--most`; from one
site to a hundredth of that (10,000 at a million); a queue of 100 open cases, up to a tenth. At each
size, medians of 60 calls in milliseconds: the first page as it is kept ready, the first
page when a comment has come since, a post with its scores, the claim of the next case, the queue's
first page. `--plot` draws the same with matplotlib.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from uuid_utils import uuid7

from moderation.app import create_app
from moderation.load import comment
from moderation.records import (
    Author,
    Comment,
    Priority,
    Reason,
    Site,
    StoredScores,
    Thread,
    Verdict,
)
from moderation.schemas.comments import fragment
from moderation.services import services_of
from moderation.settings import load_settings
from moderation.store import Store
from moderation.tokens import new_credential
from moderation.urls import thread_id

ORIGIN = "https://bench.example"
CALLS = 60
WHAT = ("read, kept ready", "read after a comment", "post", "next claim", "queue page")


class App:
    """An app with a storage of its own, asked as a WSGI server asks it."""

    def __init__(self, folder: str) -> None:
        settings = {"REJOINDER_DATA_DIR": folder, "REJOINDER_DURABILITY": "everysec"}
        self._app = create_app(load_settings(settings))
        self.store: Store = services_of(self._app).store
        self._numbers = itertools.count()
        self._rng = random.Random(1)

    def site(self, slug: str) -> str:
        """Make a site; give a key that may do everything but speak for it."""
        now = time.time_ns() // 1_000_000
        policy = {"audit_rate": 0, "limits": {"key_comments_per_minute": 1_000_000}}
        key, secret = new_credential(slug, kind="key", role="admin", now=now)
        site = Site(slug=slug, name=slug, origins=(ORIGIN,), policy=policy, created=now)
        self.store.sites.create(site, credential=key, now=now)
        return secret

    def ask(self, method: str, path: str, key: str, body: Any = None) -> tuple[float, Any]:
        """Send a request; give how long it took, in milliseconds, and the answer."""
        path, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        environment = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_AUTHORIZATION": f"Bearer {key}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(raw),
            "wsgi.errors": io.StringIO(),
        }
        status: list[str] = []

        def start(code: str, headers: Any, error: Any = None, /) -> Any:
            status.append(code)

        begun = time.perf_counter()
        answer = b"".join(self._app.wsgi_app(environment, start))
        took = (time.perf_counter() - begun) * 1e3
        if not status[0].startswith("2"):
            raise SystemExit(f"{method} {path}: {status[0]} {answer.decode()}")
        return took, json.loads(answer) if answer else None

    def fill(self, slug: str, page: str, count: int, *, held: bool = False) -> None:
        """Write comments to a page past scoring; every other one is a reply, or all wait."""
        now = time.time_ns() // 1_000_000
        thread = Thread(
            id=thread_id(None, f"{ORIGIN}{page}", tracking=()),
            url=f"{ORIGIN}{page}",
            title="A title",
            created=now,
        )
        lately: list[str] = []
        for made in self._comments(slug, thread.id, now, count, held):
            if lately and not held and self._rng.random() < 0.5:
                made = replace(made, parent=self._rng.choice(lately))
            weighed = Priority(total=self._rng.random() * 5, terms={"severity": 1.0})
            self.store.comments.submit(
                made,
                thread=thread,
                fragment=fragment(made),
                priority=weighed if held else None,
                text_hash=made.id.replace("-", "")[::-1] * 2,
                now=now,
            )
            lately = [*lately[-50:], made.id]

    def _comments(
        self, slug: str, thread: str, now: int, count: int, held: bool
    ) -> Iterator[Comment]:
        for _ in range(count):
            number = next(self._numbers)
            words = comment()
            reason = Reason(rule="score", attribute="insult", threshold=0.7, score=0.8)
            yield Comment(
                id=str(uuid7()),
                site=slug,
                thread=thread,
                parent=None,
                status="held" if held else "published",
                text=words,
                html=f"<p>{words}</p>",
                author=Author(id=f"author-{number % 5_000}", kind="anonymous", name="Reader"),
                created=now,
                edited=None,
                version=1,
                edit_until=now + 900_000,
                scored=StoredScores(scores={"insult": 0.8}, language="en", model="bench"),
                verdict=Verdict(
                    action="hold" if held else "publish",
                    reasons=(reason,) if held else (Reason(rule="below_thresholds"),),
                    lane="harmful" if held else None,
                ),
            )


def measured(app: App, slug: str, key: str, page: str) -> dict[str, float]:
    """Ask for everything some times over; give the medians, in milliseconds."""
    base = f"/api/v1/sites/{slug}"
    read = f"{base}/threads?url={ORIGIN}{page}"
    took: dict[str, list[float]] = {what: [] for what in WHAT}
    for _ in range(CALLS):
        thread, author = {"url": f"{ORIGIN}{page}"}, {"name": "Reader"}
        body = {"thread": thread, "text": comment(), "author": author}
        took["post"].append(app.ask("POST", f"{base}/comments", key, body)[0])
        took["read after a comment"].append(app.ask("GET", read, key)[0])
        took["read, kept ready"].append(app.ask("GET", read, key)[0])
        took["queue page"].append(app.ask("GET", f"{base}/queue", key)[0])
        spent, claimed = app.ask("POST", f"{base}/queue/claims", key, {"limit": 1})
        took["next claim"].append(spent)
        for case in claimed["cases"]:
            app.ask("DELETE", f"{base}/queue/claims/{case['comment']['id']}", key)
    return {what: statistics.median(each) for what, each in took.items()}


def grown(
    sizes: list[int], grow: Callable[[int], None], ask: Callable[[], dict[str, float]]
) -> Any:
    """Measure at each size, having grown to it by what is missing."""
    found, there = [], 0
    for size in sizes:
        grow(size - there)
        there = size
        found.append((size, ask()))
        told = "  ".join(f"{what} {value:.2f}" for what, value in found[-1][1].items())
        print(f"  {size:>9,}: {told}", flush=True)
    return found


def steps(first: int, most: int) -> list[int]:
    """Ten times as many each time, from the first to the most."""
    return list(itertools.takewhile(lambda n: n <= most, (first * 10**i for i in range(9))))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--most", type=int, default=100_000, help="comments of the longest thread")
    parser.add_argument("--plot", type=Path, help="draw it into this file")
    given = parser.parse_args()
    curves: dict[str, list[tuple[int, dict[str, float]]]] = {}
    for about in ("comments of the thread", "sites", "open cases"):
        print(about)
        with tempfile.TemporaryDirectory(prefix="rejoinder-growth-") as folder:
            app = App(folder)
            key = app.site("bench")
            app.fill("bench", "/a", 100)
            app.fill("bench", "/held", 100, held=True)
            more = itertools.count()

            def grow(count: int, about: str = about, app: App = app, more: Any = more) -> None:
                if about == "comments of the thread":
                    app.fill("bench", "/grown", count)
                elif about == "open cases":
                    app.fill("bench", "/held", count, held=True)
                else:
                    for _ in range(count):
                        slug = f"site{next(more)}"
                        app.site(slug)
                        app.fill(slug, "/a", 1)

            most = {"sites": given.most // 100, "open cases": given.most // 10}
            sizes = steps(1 if about == "sites" else 100, most.get(about, given.most))
            page = "/grown" if about == "comments of the thread" else "/a"
            curves[about] = grown(sizes, grow, partial(measured, app, "bench", key, page))
    if given.plot:
        _plot(curves, given.plot)


def _plot(curves: dict[str, list[tuple[int, dict[str, float]]]], path: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4), layout="constrained")
    axes = figure.subplots(1, len(curves), sharey=True)
    for axis, (about, curve) in zip(axes, curves.items(), strict=True):
        for what in WHAT:
            axis.plot(*zip(*((size, each[what]) for size, each in curve), strict=True),
                      marker="o", label=what)  # fmt: skip
        axis.set_xscale("log")
        axis.set_xlabel(about)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("milliseconds, median")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
