"""Texts that never change while the process lives: compressed once, known by what is in them."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass

from flask import Response, request
from zopfli import gzip as zopfli

KEPT_FOR_EVER = "public, max-age=31536000, immutable"
"""`Cache-Control` of what has an address made of its content: a year, and no asking again."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A text, plain and compressed; `digest` names its content."""

    plain: bytes
    packed: bytes
    digest: str
    mimetype: str

    @classmethod
    def of(cls, plain: bytes, mimetype: str, *, smallest: bool = False) -> Asset:
        """Compress a text; `smallest` takes a hundred times as long for the last twentieth."""
        digest = hashlib.blake2b(plain, digest_size=12).hexdigest()
        packed = zopfli.compress(plain) if smallest else gzip.compress(plain, 9, mtime=0)
        return cls(plain, packed, digest, mimetype)

    def send(self, *, shared_with: str) -> Response:
        """Answer the present request with it: compressed if accepted, 304 if it is known already.

        `shared_with` is the `Cross-Origin-Resource-Policy`.
        """
        packed = request.accept_encodings.quality("gzip") > 0
        response = Response(self.packed if packed else self.plain, mimetype=self.mimetype)
        response.set_etag(f"{self.digest}-gzip" if packed else self.digest)
        if packed:
            response.headers["Content-Encoding"] = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = shared_with
        response.make_conditional(request)
        return response
