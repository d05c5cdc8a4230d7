"""What other systems say of texts: suggested scores that wait for a person's review."""

from __future__ import annotations

from ..records import Suggestion
from . import site_codec
from .keys import SUGGESTION_MS, key, lex_prefix
from .queries import Queries, parse_cursor
from .scripts import Scripts

MAX_PENDING = 10_000


class Suggestions:
    """`store.suggestions`: examples that train nothing until a person accepts them."""

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
                "record": site_codec.suggestion_json(suggestion),
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

        Those of one millisecond stand in the order of their ids: several processes write them,
        so there is no order of writing to keep. Raises `BadCursorError`.
        """
        state = "a/" if accepted else "p/"
        after = parse_cursor(cursor, state)
        first, last = lex_prefix(state)
        if after:
            first = f"({state}{after}"
        members = self._queries.one(
            "ZRANGE", key("suggested", site), first, last, "BYLEX", "LIMIT", 0, limit + 1
        )
        shown = [member.decode() for member in members[:limit]]
        ids = [member[15:] for member in shown]
        if not ids:
            return [], None
        found = self._queries.one("HMGET", key("suggestions", site), *ids)
        page = [
            site_codec.suggestion_from(site, i, raw)
            for i, raw in zip(ids, found, strict=True)
            if raw is not None
        ]
        return page, shown[-1] if len(members) > limit else None

    def review(
        self, site: str, suggestion_id: str, *, accept: bool, created: int, moderator: str, now: int
    ) -> None:
        """Accept a suggestion as an example to learn from, or dismiss it, which erases its text.

        Raises `SuggestionNotFoundError`, or `ChangedError` if another one took the place of the one
        that was `created` then.
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
