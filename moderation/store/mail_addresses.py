"""Authors' addresses, apart from their comments: sealed, named by a keyed hash, with who has them.

An address belongs to an author once its owner has confirmed that. Until then it is kept for a
month, and nothing but that question is sent to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..clock import DAY, MINUTE
from ..records import Limit, MailAddress
from . import codec
from .keys import key
from .mail import MAX_BOUNCES
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import RETRY, Scripts

# By choice: who does not answer for a week may be asked again; who never does is forgotten.
ASK_AGAIN_MS = 7 * DAY
UNCONFIRMED_MS = 30 * DAY
BLOCKED_MS = 365 * DAY
# Browsers of one person; nobody has more, and the record stays small.
MOST_AUTHORS = 50


class MailAddresses:
    """`store.mail_addresses`: which authors are told by mail, and where."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def ask(
        self,
        site: str,
        address: str,
        author: str,
        *,
        sealed: str,
        language: str,
        guest: bool = False,
        limits: Sequence[Limit] = (),
        now: int,
    ) -> str:
        """Note an address that an author gave; its owner is asked, at most once a week.

        A `guest` is who writes in a browser: once it is confirmed, its owner may log in as them.

        Answers `asked`, `waits` (asked within the week), `known` (it is confirmed), or `off` (it
        is not to be written to). Raises `RateLimitedError`.
        """
        reply = self._scripts.run(
            "ask_mail",
            {
                "address": address,
                "recipient": author_box(address),
                "item": f"c/{author}",
                "author": author,
                "sealed": sealed,
                "language": language,
                "guest": guest or None,
                "bounces": MAX_BOUNCES,
                "most": MOST_AUTHORS,
                "pause": ASK_AGAIN_MS,
                "kept": UNCONFIRMED_MS,
                "now": now,
            },
            limits=limits,
            site=site,
            recipient=author_box(address),
            address=address,
            author=author,
        )
        return str(reply[0].decode())

    def confirm(self, site: str, address: str, author: str, *, daily: bool, now: int) -> None:
        """Tell an author at this address from now on; again changes only how often.

        Raises `MailAddressNotFoundError` if they did not give it, or it was forgotten.
        """
        for _ in range(MAX_RETRIES):
            before = self._queries.one("HGET", key("mail_of", site, author=author), "to")
            previous = before.decode() if before else ""
            reply = self._scripts.run(
                "confirm_mail",
                {
                    "address": address,
                    "previous": previous,
                    "author": author,
                    "recipient": author_box(address),
                    "when": "daily" if daily else "",
                    "due": now + MINUTE,
                    "now": now,
                },
                site=site,
                address=address,
                previous=previous or None,
                author=author,
                recipient=author_box(address),
            )
            if reply != RETRY:
                return
        raise too_many_conflicts()

    def mute(self, site: str, address: str, thread: str, *, now: int) -> None:
        """Tell this address no more of a thread; raises `MailAddressNotFoundError`."""
        self._scripts.run("mute_mail", {"thread": thread, "now": now}, site=site, address=address)

    def forget(self, site: str, address: str, *, now: int) -> None:
        """Forget an address with all that is kept of it; nothing happens without one.

        One that was never confirmed is not asked again: its owner wants nothing from here.
        """
        for _ in range(MAX_RETRIES):
            found = self.get(site, address)
            if found is None:
                return
            authors = [*found.confirmed, *found.asked]
            if self._forget(site, address, authors, all_of_them=True, now=now):
                return
        raise too_many_conflicts()

    def forget_author(self, site: str, author: str, *, now: int) -> None:
        """Forget an author's address, unless it is another author's too."""
        found = self.of(site, author)
        if found is not None:
            self._forget(site, found.id, [author], all_of_them=False, now=now)

    def get(self, site: str, address: str) -> MailAddress | None:
        """Read an address by its name."""
        stored = self._queries.one("HGETALL", key("mail_address", site, address=address))
        return _address(address, stored) if b"e" in stored else None

    def of(self, site: str, author: str) -> MailAddress | None:
        """The address that an author gave, confirmed or not."""
        name = self._queries.one("HGET", key("mail_of", site, author=author), "to")
        return None if name is None else self.get(site, name.decode())

    def _forget(
        self, site: str, address: str, authors: Sequence[str], *, all_of_them: bool, now: int
    ) -> bool:
        reply = self._scripts.run(
            "forget_mail",
            {
                "address": address,
                "recipient": author_box(address),
                "authors": list(authors),
                "all": all_of_them or None,
                "pause": ASK_AGAIN_MS,
                "blocked": BLOCKED_MS,
                "now": now,
            },
            more=[key("mail_of", site, author=author) for author in authors],
            site=site,
            address=address,
            recipient=author_box(address),
        )
        return reply != RETRY


def author_box(address: str) -> str:
    """Give the name of an address's box."""
    return f"a-{address}"


def _address(name: str, stored: codec.Hash) -> MailAddress:
    codec.check_version(stored.get(b"v"))
    fields = {field.decode(): value.decode() for field, value in stored.items()}
    authors = {field[2:]: state for field, state in fields.items() if field.startswith("u:")}
    return MailAddress(
        id=name,
        sealed=fields["e"],
        language=fields.get("l", "en"),
        daily=fields.get("w") == "daily",
        confirmed=frozenset(author for author, state in authors.items() if state == "c"),
        asked=frozenset(author for author, state in authors.items() if state == "a"),
        muted=frozenset(field[2:] for field in fields if field.startswith("t:")),
    )
