"""Where the time of one reply goes: schema, scoring, policy, rendering, store, and the rest.

    python benchmarks/reply_way.py [--replies 500] [--durability always]

Posts replies through the whole WSGI app over an embedded server of its own, with the shipped model,
and adds up the time spent inside each part. As a yardstick for the machine, the same run times
`GET /healthz`, the cheapest answer of the same app.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from moderation import assessment, submission
from moderation import text as texts
from moderation.api.blueprint import StrictParser
from moderation.app import create_app
from moderation.records import Site
from moderation.schemas.comments import CommentIn
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.tokens import new_credential

ORIGIN = "https://bench.example"
_WORDS = (
    "the", "council", "road", "plan", "needs", "money", "people", "think", "again", "cost", "year",
    "bridge", "said", "maybe", "never", "because", "school", "bus", "late", "agree", "wrong",
)  # fmt: skip


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--replies", type=int, default=500)
    arguments.add_argument("--durability", choices=("always", "everysec"), default="always")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="rejoinder-bench-") as folder:
        run(given.replies, given.durability, Path(folder))


def run(replies: int, durability: str, folder: Path) -> None:
    """Print the median milliseconds of each part of a reply, and of the whole."""
    settings = load_settings(
        {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": durability}
    )
    connection = connect(settings)
    store = Store(connection)
    at = time.time_ns() // 1_000_000
    credential, key = new_credential("bench", kind="key", role="owner", now=at)
    limits = {"key_comments_per_minute": 1_000_000}
    site = Site(
        slug="bench", name="Bench", origins=(ORIGIN,), policy={"limits": limits}, created=at
    )
    store.sites.create(site, credential=credential, now=at)
    app = create_app(settings, store=store, scoring=ScoringService.load())
    client = app.test_client()
    headers = {"Authorization": f"Bearer {key}"}
    draw = random.Random(7)
    spent: dict[str, list[float]] = defaultdict(list)
    with _timed(store, services_of(app).scoring) as sums:
        for number in range(replies + 20):
            text = " ".join(draw.choices(_WORDS, k=35))
            body = {"thread": {"url": f"{ORIGIN}/{number % 10}"}, "text": text}
            sums.clear()
            begun = time.perf_counter()
            answer = client.post("/api/v1/sites/bench/comments", json=body, headers=headers)
            whole = time.perf_counter() - begun
            if answer.status_code != 201:
                raise SystemExit(f"{answer.status_code}: {answer.text}")
            if number >= 20:
                for name, seconds in sums.items():
                    spent[name].append(seconds)
                spent["the rest (Flask, auth, client)"].append(whole - sum(sums.values()))
                spent["whole"].append(whole)
    page: list[float] = []
    health: list[float] = []
    for _ in range(replies):
        page.append(_time(lambda: client.get(f"/api/v1/sites/bench/threads?url={ORIGIN}/1")))
        health.append(_time(lambda: client.get("/healthz")))
    spent["a thread's page, ready"] = page
    spent["GET /healthz (yardstick)"] = health
    print(f"{replies} replies of 35 words, durability {durability}; milliseconds")
    for name, values in spent.items():
        p99 = statistics.quantiles(values, n=100)[98]
        print(f"{name:32} median {statistics.median(values) * 1e3:7.3f}   p99 {p99 * 1e3:7.3f}")
    connection.close()


def _time(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


class _timed:
    """Wraps each part for as long as it lasts; the value is the seconds of the present reply."""

    def __init__(self, store: Store, scoring: ScoringService) -> None:
        self.sums: dict[str, float] = {}
        self.patches = [
            self._wrap("schema (in)", StrictParser, "load_json"),
            self._wrap("schema (in)", CommentIn, "load"),
            self._wrap("schema (out)", submission, "written"),
            self._wrap("scoring", scoring, "of_comment"),
            self._wrap("policy", assessment, "judge"),
            self._wrap("rendering", texts, "render"),
            self._wrap("store (context)", store.comments, "context"),
            self._wrap("store (submit)", store.comments, "submit"),
            self._wrap("store (key)", store.credentials, "get"),
        ]

    def _wrap(self, name: str, owner: Any, attribute: str) -> Any:
        inner = getattr(owner, attribute)

        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.perf_counter()
            try:
                return inner(*args, **kwargs)
            finally:
                self.sums[name] = self.sums.get(name, 0.0) + time.perf_counter() - begun

        return patch.object(owner, attribute, timed)

    def __enter__(self) -> dict[str, float]:
        for one in self.patches:
            one.start()
        return self.sums

    def __exit__(self, *error: object) -> None:
        for one in self.patches:
            one.stop()


if __name__ == "__main__":
    main()
