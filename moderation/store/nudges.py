"""How many authors were shown a text again before it was sent, and what they did then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..clock import DAY
from ..records import Limit
from .keys import key
from .queries import Queries
from .results import NudgeCounts
from .scripts import Scripts

# By choice: who has not sent a text within a day after it was shown will not.
OPEN_MS = DAY


class Nudges:
    """`store.nudges`: counters of a site, and the nudges that are open."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def show(self, site: str, nudge: str, *, limits: Sequence[Limit] = (), now: int) -> None:
        """Count a nudge; it counts as one of its author's comments.

        Raises `RateLimitedError`.
        """
        self._scripts.run(
            "count_nudge",
            {"id": nudge, "outcome": "shown", "kept": OPEN_MS, "now": now},
            limits=limits,
            site=site,
        )

    def answer(
        self, site: str, nudge: str, outcome: Literal["changed", "unchanged"], *, now: int
    ) -> bool:
        """Count what an author did, once; says whether it was counted."""
        reply = self._scripts.run(
            "count_nudge",
            {"id": nudge, "outcome": outcome, "kept": OPEN_MS, "now": now},
            site=site,
        )
        return int(reply[0]) == 1

    def counts(self, site: str, *, now: int) -> NudgeCounts:
        """Read how many were shown, and what became of those that are no longer open."""
        stored, waiting = self._queries.pipeline(
            [
                ("HGETALL", key("nudges", site)),
                ("ZCOUNT", key("nudged", site), f"({now - OPEN_MS}", "+inf"),
            ]
        )
        shown, changed, unchanged = (
            int(stored.get(name, 0)) for name in (b"shown", b"changed", b"unchanged")
        )
        return NudgeCounts(
            shown=shown,
            changed=changed,
            unchanged=unchanged,
            open=int(waiting),
            withdrawn=max(0, shown - changed - unchanged - int(waiting)),
        )
