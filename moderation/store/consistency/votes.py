"""The votes that pages show, against what readers keep of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from ..keys import key
from ..scripts import RETRY
from .looking import Boxes, Difference, Looking, chunks

_SCANNED = 1000


class Ballots(Looking):
    """Counts what every reader gave."""

    def boxes(self) -> Boxes:
        """Go through all keys once, for the votes of all sites."""

        def call(client: Any) -> list[bytes]:
            every = key("mine", "*", thread="*", author="*")
            return list(client.scan_iter(match=every, count=_SCANNED))

        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in self._scripts.connection.call(call, read=True):
            site, _, thread, author = name.decode().split(":", 3)
            found[site[1:-1]].append((thread, author))
        return found

    def look(self, site: str, boxes: Sequence[tuple[str, str]]) -> Iterator[Difference]:
        """Compare the votes of all threads with what is in these boxes."""
        suspects = {suspect[:3] for suspect in self._wrong_votes(site, boxes)}
        if not suspects:
            return
        # Somebody may have voted for the first time since: then the votes are others by now.
        boxes = self.boxes().get(site, ())
        for thread, comment, stored, counted in sorted(self._wrong_votes(site, boxes)):
            if (thread, comment, stored) not in suspects:
                continue
            more = [key("mine", site, thread=t, author=a) for t, a in boxes if t == thread]

            def mend(
                thread: str = thread,
                comment: str = comment,
                seen: str = stored,
                more: Sequence[str] = more,
            ) -> bool:
                args = {"id": comment, "seen": seen, "now": 0}
                reply = self._scripts.run(
                    "mend_votes", args, more=more, site=site, thread=thread, comment=comment
                )
                return reply != RETRY

            yield Difference(
                f"comment {comment} has the votes {stored}, its readers gave {counted}", mend
            )

    def _wrong_votes(
        self, site: str, boxes: Sequence[tuple[str, str]]
    ) -> set[tuple[str, str, str, str]]:
        threads = sorted({thread for thread, _ in boxes} | set(self._members(key("threads", site))))
        before = self._votes(site, threads)
        given: dict[tuple[str, bytes], list[int]] = defaultdict(lambda: [0, 0])
        for chunk in chunks(boxes):
            owned = self._queries.pipeline(
                [("HGETALL", key("mine", site, thread=t, author=a)) for t, a in chunk]
            )
            for (thread, _), own in zip(chunk, owned, strict=True):
                for comment, value in own.items():
                    if value in (b"1", b"-1"):
                        given[thread, comment][value == b"-1"] += 1
        after = self._votes(site, threads)
        suspects = []
        for place in given.keys() | before.keys():
            up, down = given.get(place, (0, 0))
            stored = before.get(place, "0 0")
            if stored != f"{up} {down}" and stored == after.get(place, "0 0"):
                suspects.append((*place, stored, f"{up} {down}"))
        # A deleted comment has no votes, whatever readers keep of it.
        records = self._queries.pipeline(
            [
                ("HMGET", key("comment", site, comment=c.decode()), "s", "t")
                for _, c, _, _ in suspects
            ]
        )
        return {
            (thread, comment.decode(), stored, counted)
            for (thread, comment, stored, counted), (status, of) in zip(
                suspects, records, strict=True
            )
            if status not in (None, b"d") and of.decode() == thread
        }

    def _votes(self, site: str, threads: Sequence[str]) -> dict[tuple[str, bytes], str]:
        found: dict[tuple[str, bytes], str] = {}
        for chunk in chunks(threads):
            stored = self._queries.pipeline(
                [("HGETALL", key("votes", site, thread=thread)) for thread in chunk]
            )
            for thread, votes in zip(chunk, stored, strict=True):
                found |= {(thread, comment): row.decode() for comment, row in votes.items()}
        return found
