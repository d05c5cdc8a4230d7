"""How many connections each web worker holds, so that none takes them all while another idles.

All workers wait at one listening socket, and whoever wakes first takes what comes: of the kept
connections of a proxy or of a few readers, one worker may hold every one. Separate sockets for each
(`SO_REUSEPORT`) would leave it to chance, and lose what waits at a worker that dies. So each worker
writes down how many it has, and one that has more than another hesitates for a moment.
"""

from __future__ import annotations

import mmap

# More workers than gunicorn is started with anywhere.
_MOST = 1_024
# A worker may have so many more than the one with the fewest, and beyond that a quarter of those:
# where there are hundreds, a few more or less are no matter.
_AHEAD, _SHARE = 1, 4


class Balance:
    """Counts in memory that the master shares with all its workers; one count for each worker."""

    def __init__(self) -> None:
        # 0 is nobody's; a worker with n connections has n + 1.
        self._counts = memoryview(mmap.mmap(-1, 4 * _MOST)).cast("I")
        self._used = 0

    def join(self) -> int | None:
        """Give a new worker its place, in the master; None if there is none left."""
        for place in range(_MOST):
            if not self._counts[place]:
                self._counts[place] = 1
                self._used = max(self._used, place + 1)
                return place
        return None

    def leave(self, place: int | None) -> None:
        """Free the place of a worker that has ended, in the master."""
        if place is not None:
            self._counts[place] = 0

    def tell(self, place: int | None, connections: int) -> None:
        """Say how many connections a worker has now."""
        if place is not None:
            self._counts[place] = connections + 1

    def is_ahead(self, place: int | None) -> bool:
        """Say whether a worker has more than its share."""
        if place is None:
            return False
        # A worker may have been started after this one was forked.
        counts = [count for count in self._counts[: self._used + 64].tolist() if count]
        fewest = min(counts, default=1)
        return self._counts[place] > fewest + max(_AHEAD, (fewest - 1) // _SHARE) - 1


balance = Balance()
"""Of this master and its workers, which find it in the memory that they were forked with."""
