"""Counters and times for Prometheus; no label ever holds a text, an address or an id."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

from .gauges import StorageGauges
from .records import Comment, StoredScores, Verdict
from .settings import METRICS_FOLDER
from .store import Store

if TYPE_CHECKING:
    from classifiers import Score

# From a page that is ready to send (about a millisecond) to the storage's time-out (two seconds).
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
# A caller may make up methods, and each would be kept as a label for ever.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# The fast model takes a fifth of a millisecond for a comment, the second reader some ten.
_SCORING = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
            0.5, 1, 2.5)  # fmt: skip
# Narrow at both ends, where most scores are and where thresholds are set.
_SCORES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0)
# By choice: less than the time between two scrapes, which is a quarter of a minute or more.
FRESH_SECONDS = 5.0
# By choice: with very many sites it takes long to ask about them all; it is done at most so large a
# share of the time.
_MOST_OF_TIME = 0.05
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
_SCORING_SECONDS = Histogram(
    "rejoinder_scoring_seconds",
    "Time to score a text, by the model: fast, or second for those that it reads too",
    ["reader"],
    buckets=_SCORING,
    registry=_registry,
)
_FAST, _SECOND = (_SCORING_SECONDS.labels(reader) for reader in ("fast", "second"))
_READ = Counter(
    "rejoinder_second_reader",
    "Texts that the second reader was asked about, by whether it answered",
    ["outcome"],
    registry=_registry,
)
_SCORED = Histogram(
    "rejoinder_scores",
    "Scores of the comments judged, by attribute",
    ["attribute"],
    buckets=_SCORES,
    registry=_registry,
)
# Looking one up by its label costs as much as counting, and a comment has several scores.
_by_attribute = cache(_SCORED.labels)
_UNEXPLAINED = Counter(
    "rejoinder_unexplained",
    "Cases shown to moderators without the words that counted",
    registry=_registry,
)
_NUDGES = Counter(
    "rejoinder_nudges",
    "Texts shown to their authors again, and sent after that changed or unchanged",
    ["outcome"],
    registry=_registry,
)
_PROOFS = Counter(
    "rejoinder_proofs_asked", "Comments for which a proof of work was asked", registry=_registry
)


def known_method(method: str) -> str:
    """Give a request's method as it may be noted: one that a caller made up is `other`."""
    return method if method in _METHODS else "other"


class Metrics:
    """What this process counts; `render` adds what the other workers counted, and the queues."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._told = b""
        self._stale_at = 0.0

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answered request.

        `method` is a `known_method`, `route` the rule that matched, never the path itself.
        """
        _REQUESTS.labels(method, route, str(status)).observe(seconds)

    def judged(self, verdict: Verdict, scored: StoredScores) -> None:
        """Count a verdict by its first reason's rule, and the failure if it could not be scored."""
        _JUDGED.labels(verdict.action, verdict.reasons[0].rule).inc()
        if scored.failed:
            _FAILED.inc()
        for attribute, score in scored.scores.items():
            _by_attribute(attribute).observe(score)

    def scored(self, score: Score, seconds: float) -> None:
        """Count a text that was scored, and the fast model's time for it."""
        _FAST.observe(seconds)
        if score.reading is not None:
            _SECOND.observe(score.reading.seconds)
            _READ.labels("failed" if score.reading.failed else "read").inc()

    def shown(self, comments: Iterable[Comment]) -> None:
        """Count the comments that are shown without the words that their scores come from."""
        for comment in comments:
            if comment.scored is not None and comment.scored.unexplained is not None:
                _UNEXPLAINED.inc()

    def nudged(self, outcome: str) -> None:
        """Count a nudge, or what its author did."""
        _NUDGES.labels(outcome).inc()

    def proof_asked(self) -> None:
        """Count that a reader's browser was asked for a proof of work."""
        _PROOFS.inc()

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
                begun = time.monotonic()
                stored = CollectorRegistry(auto_describe=False)
                stored.register(StorageGauges(store))
                self._told = generate_latest(stored)
                ended = time.monotonic()
                self._stale_at = ended + max(FRESH_SECONDS, (ended - begun) / _MOST_OF_TIME)
            return self._told
