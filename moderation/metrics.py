"""Counters and times for Prometheus; no label ever holds a text, an address or an id."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from .records import StoredScores, Verdict
from .settings import METRICS_FOLDER
from .store import Store

# From a page that is ready to send (about a millisecond) to the storage's time-out (two seconds).
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
# A caller may make up methods, and each would be kept as a label for ever.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# By choice: less than the time between two scrapes, which is a quarter of a minute or more.
FRESH_SECONDS = 5.0
_registry = CollectorRegistry()
_REQUESTS = Histogram(
    "rejoinder_request_seconds",
    "Time to answer, by route",
    ["method", "route", "status"],
    buckets=_SECONDS,
    registry=_registry,
)
_JUDGED = Counter(
    "rejoinder_verdicts", "Comments judged, by verdict and first reason", ["action", "rule"],
    registry=_registry,
)  # fmt: skip
_FAILED = Counter(
    "rejoinder_scoring_failed", "Comments that could not be scored", registry=_registry
)
_NUDGES = Counter(
    "rejoinder_nudges",
    "Texts shown to their authors again, and sent after that changed or unchanged",
    ["outcome"],
    registry=_registry,
)


class Metrics:
    """What this process counts; `render` adds what the other workers counted, and the queues."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._told = b""
        self._stale_at = 0.0

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request; `route` is the rule that matched, never the path itself."""
        known = method if method in _METHODS else "other"
        _REQUESTS.labels(known, route, str(status)).observe(seconds)

    def judged(self, verdict: Verdict, scored: StoredScores) -> None:
        """Count a verdict by its first reason's rule, and the failure if it could not be scored."""
        _JUDGED.labels(verdict.action, verdict.reasons[0].rule).inc()
        if scored.failed:
            _FAILED.inc()

    def nudged(self, outcome: str) -> None:
        """Count a nudge, or what its author did."""
        _NUDGES.labels(outcome).inc()

    def render(self, store: Store) -> bytes:
        """Write everything in Prometheus' text format; raises `UnavailableError`."""
        registry = CollectorRegistry()
        if os.environ.get(METRICS_FOLDER):
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
            counted: bytes = generate_latest(registry)
        else:
            counted = generate_latest(_registry)
        return counted + self._of_storage(store)

    def _of_storage(self, store: Store) -> bytes:
        """Ask the storage, one caller at a time; what it said stands for some seconds."""
        with self._asking:
            if time.monotonic() >= self._stale_at:
                stored = CollectorRegistry()
                stored.register(_Stored(store))
                self._told = generate_latest(stored)
                self._stale_at = time.monotonic() + FRESH_SECONDS
            return self._told


class _Stored(Collector):
    """What the storage says when it is asked.

    No `Gauge`: those of every process would be kept in the folder of the workers' counters, and
    told again beside these.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        cases = GaugeMetricFamily(
            "rejoinder_queue_cases", "Cases that wait", labels=["site", "lane"]
        )
        comments = GaugeMetricFamily("rejoinder_comments", "Comments", labels=["site", "status"])
        slugs = [site.slug for site in self._store.sites.list()]
        for slug, counts in self._store.maintenance.all_stats(slugs).items():
            for name, amount in counts.items():
                kind, _, label = name.partition(".")
                (cases if kind == "queue" else comments).add_metric([slug, label], amount)
        yield cases
        yield comments
