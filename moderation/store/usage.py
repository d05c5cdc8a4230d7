"""How much each key is used, by month."""

from __future__ import annotations

from collections.abc import Mapping

from .keys import USAGE_MS, key
from .queries import Queries
from .scripts import Scripts

MAX_USAGE_FIELDS = 2_000


class Usage:
    """`store.usage`: counters of a key and a month."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def add(
        self, site: str, credential_id: str, month: str, counts: Mapping[str, int]
    ) -> dict[str, int]:
        """Add to a key's counters of a month (`YYYY-MM`); answers its `calls` so far."""
        if not counts:
            return {}
        reply = self._scripts.run(
            "add_usage",
            {"counts": dict(counts), "kept": USAGE_MS, "most": MAX_USAGE_FIELDS},
            site=site,
            credential=credential_id,
            month=month,
        )
        return {"calls": int(reply[0])}

    def get(self, site: str, credential_id: str, month: str) -> dict[str, int]:
        """Read a key's counters of a month; empty if it was not used."""
        name = key("usage", site, credential=credential_id, month=month)
        stored: Mapping[bytes, bytes] = self._queries.one("HGETALL", name)
        return {field.decode(): int(count) for field, count in stored.items()}
