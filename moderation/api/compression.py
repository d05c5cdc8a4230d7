"""Long JSON answers, compressed for those who accept that."""

from __future__ import annotations

import gzip

from flask import Response, request

# By choice: below this a packet carries it either way.
_FROM = 1_000
_LEVEL = 5


def compress(response: Response) -> Response:
    """Compress a JSON answer if it is long and wanted so; for `Blueprint.after_request`.

    Not for answers that hold a secret: their length would tell of it (BREACH).
    """
    if response.mimetype != "application/json" or response.is_streamed:
        return response
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if not is_wanted(body):
        return response
    response.set_data(packed(body))
    response.headers["Content-Encoding"] = "gzip"
    return response


def is_wanted(body: bytes) -> bool:
    """Say whether an answer to the present request is worth compressing, and may be."""
    if len(body) < _FROM:
        return False
    accepted = request.accept_encodings
    # What is as good as plain to the caller is smaller; who does not name plain takes anything.
    return accepted.quality("gzip") > 0 and accepted.quality("gzip") >= accepted.quality("identity")


def packed(body: bytes) -> bytes:
    """Compress; the same bytes each time, so that they may have a tag."""
    return gzip.compress(body, _LEVEL, mtime=0)
