"""What other systems say of texts: suggested scores that wait for a person's review."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import Any

from ..errors import InvalidError, UnavailableError
from ..records import Suggestion
from .keys import SCHEMA, SUGGESTION_MS, key
from .queries import Queries
from .scripts import Scripts, dumps

MAX_PENDING = 10_000


class Suggestions:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def add(self, suggestion: Suggestion, *, now: int) -> None:
        """Keep a suggestion for review; it takes the place of an earlier one with its id.

        Those nobody has reviewed after 180 days are dropped, and the oldest of more than 10,000.
        """
        self._scripts.run(
            "suggest",
            {
                "id": suggestion.id,
                "record": _json(suggestion),
                "created": suggestion.created,
                "actor": suggestion.credential,
                "source": suggestion.source,
                "now": now,
                "expired": now - SUGGESTION_MS,
                "most": MAX_PENDING,
            },
            site=suggestion.site,
        )

    def page(
        self, site: str, *, accepted: bool, limit: int, cursor: str | None = None
    ) -> tuple[list[Suggestion], str | None]:
        """Suggestions that wait for a review or were accepted, oldest first, and a cursor.

        Raises `InvalidError` with code `bad-cursor` for a cursor of another list.
        """
        state = "a" if accepted else "p"
        if cursor is not None and not re.fullmatch(rf"{state}/\d{{13}}[0-9a-z-]{{1,64}}", cursor):
            raise InvalidError("this is no cursor of this list", code="bad-cursor", where="cursor")
        begin = f"[{state}/" if cursor is None else f"({cursor}"
        members = self._queries.one(
            "ZRANGE", key("suggested", site), begin, f"({state}0", "BYLEX", "LIMIT", 0, limit + 1
        )
        shown = [member.decode() for member in members[:limit]]
        ids = [member[15:] for member in shown]
        if not ids:
            return [], None
        found = self._queries.one("HMGET", key("suggestions", site), *ids)
        page = [_read(site, i, raw) for i, raw in zip(ids, found, strict=True) if raw is not None]
        return page, shown[-1] if len(members) > limit else None

    def review(
        self, site: str, suggestion_id: str, *, accept: bool, created: int, moderator: str, now: int
    ) -> None:
        """Accept a suggestion as an example to learn from, or dismiss it, which erases its text.

        Raises `NotFoundError`, or `ConflictError` with code `changed` if another one took the place
        of the one that was `created` then.
        """
        self._scripts.run(
            "review_suggestion",
            {
                "id": suggestion_id,
                "accept": accept,
                "created": created,
                "moderator": moderator,
                "now": now,
            },
            site=site,
        )


def _json(suggestion: Suggestion) -> str:
    kept = asdict(suggestion)
    del kept["site"], kept["id"]
    return dumps({"v": SCHEMA, "state": "p", **{k: v for k, v in kept.items() if v is not None}})


def _read(site: str, suggestion_id: str, raw: bytes) -> Suggestion:
    kept: dict[str, Any] = json.loads(raw)
    if kept.pop("v") > SCHEMA:
        raise UnavailableError("this record was written by a newer release", code="newer-record")
    del kept["state"]
    return Suggestion(site=site, id=suggestion_id, **kept)
