"""Long JSON answers, compressed for those who accept that."""

from __future__ import annotations

import gzip

from flask import Response, request

# By choice: below this a packet carries it either way. The level is that of the thread pages.
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
    if len(body) < _FROM or request.accept_encodings.quality("gzip") <= 0:
        return response
    response.set_data(gzip.compress(body, _LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
