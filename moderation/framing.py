"""Where an HTTP/1.1 request ends, told while its bytes come in (RFC 9112, section 6).

It decides only whether there is anything to wait for: what is malformed counts as whole, and the
server's own parser says what is wrong with it.
"""

from __future__ import annotations

import re

# gunicorn's own bounds: a hundred fields and a request line of about 8 KiB each.
MAX_HEAD = 101 * 8192
# A chunk's size line with its extensions, and the lines after the last chunk.
_MAX_LINE = 8192
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
_EXPECT = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_SIZE = re.compile(rb"[0-9a-fA-F]{1,16}")


class Framing:
    """One request as far as it has come. `received` holds its bytes, and what follows them."""

    def __init__(self, max_body: int) -> None:
        self.received = bytearray()
        self.whole = False
        """Whether nothing more has to come before the request can be answered."""
        self.too_large = False
        """Whether its head, or what frames its body, is longer than any client sends."""
        self.wants_continue = False
        """Whether the client waits for `100 Continue` before it sends the body."""
        self.has_head = False
        self._max_body = max_body
        self._searched = 0
        self._end: int | None = None
        self._decoded = 0

    def feed(self, data: bytes) -> None:
        """Take in what has arrived."""
        self.received += data
        if not self.has_head:
            self._find_head()
        elif self._end is not None:
            self.whole = len(self.received) >= self._end
        elif not self.whole:
            self._walk_chunks()

    def _find_head(self) -> None:
        at = self.received.find(_HEAD_END, max(0, self._searched - 3))
        if at < 0:
            self._searched = len(self.received)
            self.too_large = self._searched > MAX_HEAD
            return
        self.has_head = True
        self._searched = body = at + len(_HEAD_END)
        head = bytes(self.received[:body])
        if _CHUNKED.search(head):
            self._walk_chunks()
        elif found := _LENGTH.search(head):
            length = int(found[1])
            # One that is too large is refused by its head alone.
            self._end = body + length if length <= self._max_body else body
            self.whole = len(self.received) >= self._end
        else:
            self.whole = True
        if not self.whole:
            self.wants_continue = _EXPECT.search(head) is not None

    def _walk_chunks(self) -> None:
        """Go on from the last chunk that was seen whole."""
        while not self.whole:
            line_end = self.received.find(b"\r\n", self._searched)
            if line_end < 0:
                self.whole = len(self.received) - self._searched > _MAX_LINE
                break
            text = bytes(self.received[self._searched : line_end]).partition(b";")[0].rstrip()
            if not _SIZE.fullmatch(text):
                self.whole = True
                break
            size, data = int(text, 16), line_end + 2
            if size == 0:
                trailers = self.received[data : data + 2] == b"\r\n"
                ended = trailers or self.received.find(_HEAD_END, line_end) >= 0
                self.whole = ended or len(self.received) - data > MAX_HEAD
                break
            if self._decoded + min(size, len(self.received) - data) > self._max_body:
                # The app reads no more than this of it.
                self.whole = True
                break
            if len(self.received) < data + size + 2:
                break
            self.whole = self.received[data + size : data + size + 2] != b"\r\n"
            self._decoded += size
            self._searched = data + size + 2
        # Chunks of a byte each take six; nobody frames a body so.
        self.too_large = len(self.received) > 4 * self._max_body + MAX_HEAD
