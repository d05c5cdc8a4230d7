"""Retention, figures and consistency: what the worker, `/metrics` and `doctor` call."""

from __future__ import annotations

from collections.abc import Mapping

from .scripts import Scripts


class Upkeep:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def trim(self, site: str, now: int) -> Mapping[str, int]:
        """Apply the retentions; answers how many entries went, by kind."""
        raise NotImplementedError

    def stats(self, site: str) -> Mapping[str, int]:
        """`queue.<lane>`, `queue.all`, `comments.<status>`, `threads`, `outbox`, `dead`."""
        raise NotImplementedError

    def check(self, site: str) -> list[str]:
        """Compare every index with the records; a sentence for each difference found."""
        raise NotImplementedError

    def repair_registry(self) -> list[str]:
        """Enter sites that exist but are not registered; answers their slugs."""
        raise NotImplementedError
