"""The parts that a request, a worker and the demo share: everything that an app keeps.

`create_app` makes them once; whoever answers a request finds them with `services()`, everybody
else is given them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from flask import Flask, current_app

from .key_settings import KeySettingsCache
from .metrics import Metrics
from .origins import Origins
from .policies import Policies
from .policy import Policy
from .scoring import ScoringService
from .settings import Settings
from .store import Store
from .throttle import Throttle
from .usage import Meter

_EXTENSION = "rejoinder"

# An event stream holds one of a process's four threads; the others must stay free to answer.
MAX_STREAMS = 2


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one app. `streams` bounds the event streams that may stay open at once."""

    settings: Settings
    store: Store
    scoring: ScoringService
    throttle: Throttle = field(default_factory=Throttle)
    metrics: Metrics = field(default_factory=Metrics)
    policies: Policies = field(default_factory=Policies)
    key_settings: KeySettingsCache = field(default_factory=KeySettingsCache)
    streams: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MAX_STREAMS)
    )
    meter: Meter = field(init=False)
    origins: Origins = field(init=False)

    def __post_init__(self) -> None:
        self.scoring.observe = self.metrics.scored
        object.__setattr__(self, "meter", Meter(self.store))
        object.__setattr__(self, "origins", Origins(self.store))

    def policy(self, site: str) -> Policy:
        """Give a site's policy as it is stored now; raises `NotFoundError` for an unknown site."""
        return self.policies.of(self.store.sites.get(site))

    def attach(self, app: Flask) -> None:
        """Make these the parts of an app, in place of any that it had."""
        app.extensions[_EXTENSION] = self


def services_of(app: Flask) -> Services:
    """Give the parts of an app."""
    found: Services = app.extensions[_EXTENSION]
    return found


def services() -> Services:
    """Give the parts of the app that answers the present request."""
    return services_of(current_app)
