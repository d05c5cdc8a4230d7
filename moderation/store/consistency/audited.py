"""Each comment's status, as the audit tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator

from .. import codec
from ..keys import key
from ..scripts import Scripts
from .looking import LOOKS, Difference, Looking

_STATUS_IN = {
    b"submit": "status",
    b"edit": "status",
    b"rescore": "status",
    b"approve": "after",
    b"reject": "after",
    b"escalate": "after",
    b"undo": "after",
}
"""Where an entry of the audit says which status a comment had from then on."""


class Audited(Looking):
    """What was read of a site's audit so far; `last` is its last entry, '' for none."""

    def __init__(self, scripts: Scripts, site: str) -> None:
        super().__init__(scripts)
        self._site = site
        self._status: dict[bytes, str] = {}
        self.last = ""
        self._read_on()

    def look(self, comment: str, status: bytes) -> Iterator[Difference]:
        """Compare with a record's status, which may be newer than what was read of the audit."""
        known = self._status.get(comment.encode())
        stored = codec.STATUS[status.decode()]
        if known is None or known == stored:
            return
        for _ in range(LOOKS):
            (letter,) = self._queries.one("HMGET", key("comment", self._site, comment=comment), "s")
            stored = codec.STATUS[letter.decode()]
            # What the record says is told in the audit by now.
            self._read_on()
            if self._status[comment.encode()] == stored:
                return
        told = self._status[comment.encode()]
        yield Difference(f"comment {comment} is {stored}, the audit says {told}")

    def _read_on(self) -> None:
        while entries := self._after(self._site, self.last):
            self.last = entries[-1][0].decode()
            for _, fields in entries:
                verb, subject = fields[b"verb"], fields[b"subject"]
                if verb in (b"delete", b"expire"):
                    self._status[subject] = "deleted"
                elif verb in _STATUS_IN:
                    self._status[subject] = json.loads(fields[b"detail"])[_STATUS_IN[verb]]
