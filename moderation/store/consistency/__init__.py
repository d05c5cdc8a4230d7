"""Whether what is derived agrees with what it is derived from, and putting it right.

A site may be written to meanwhile. What is about one comment is looked at in one moment, by a
script. What is about many is compared with what was written between the first look and the last:
only what these writes cannot explain is told, and it is mended only if there were none.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..keys import REGISTRY, key
from ..scripts import Scripts
from .audited import Audited
from .counts import Counts
from .lists import Lists
from .looking import Boxes, Counted, Difference, Looking
from .threads import Threads
from .votes import Ballots

__all__ = ["Boxes", "Consistency", "Difference"]


class Consistency(Looking):
    """The indexes of a site, against its records."""

    def __init__(self, scripts: Scripts) -> None:
        super().__init__(scripts)
        self._threads = Threads(scripts)
        self._ballots = Ballots(scripts)
        self._counts = Counts(scripts)
        self._lists = Lists(scripts)

    def differences(self, site: str, boxes: Boxes | None = None) -> Iterator[Difference]:
        """Look at everything; without `boxes` all keys are gone through for this site alone."""
        if not self._queries.one("SISMEMBER", REGISTRY, site):
            yield Difference(f"site {site} is not in the registry")
        audited = Audited(self._scripts, site)
        begin = audited.last
        counted = Counted()
        for thread in self._members(key("threads", site)):
            yield from self._threads.look(site, thread, counted, audited)
        yield from self._threads.strays_listed(site)
        yield from self._lists.queue(site)
        boxes = self.boxes() if boxes is None else boxes
        yield from self._ballots.look(site, boxes.get(site, ()))
        yield from self._lists.latest(site, counted)
        yield from self._counts.look(site, counted, begin)
        yield from self._lists.outbox(site)

    def boxes(self) -> Boxes:
        """Go through all keys once, for the votes of all sites."""
        return self._ballots.boxes()

    def tops(self, site: str, thread: str) -> tuple[set[str], set[str]]:
        """The members of the order by votes, as they stand and, by the top comments, should."""
        return self._threads.tops(site, thread)

    def stray_claims(self, site: str) -> list[str]:
        """The comments that are claimed and not in the queue."""
        return self._lists.stray_claims(site)
