"""How the owner of a confirmed address becomes its author again in another browser.

What is asked for is answered alike whether or not the address is known: that is decided inside the
scripts, which tell nobody.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..clock import DAY, MINUTE
from ..records import GuestLogin, Limit
from .keys import TOLD_MS, key
from .mail import MAX_BOUNCES
from .mail_addresses import author_box
from .queries import Queries
from .scripts import Scripts

# By choice: as long as a mail may be on its way and unread; as long as it takes to type a code.
LINK_MS = 30 * MINUTE
CODE_MS = 15 * MINUTE
# By choice: who did not get a mail asks again, and nobody's mailbox is filled by somebody else.
GAP_MS = 2 * MINUTE
MOST_A_DAY = 8
# Of a million: a guess is right once in 200,000 times that an owner opens a link.
MOST_TRIES = 5


class GuestLogins:
    """`store.guest_logins`: links that were mailed, and the codes behind them."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def ask(
        self, site: str, address: str, *, new_id: str, limits: Sequence[Limit] = (), now: int
    ) -> bool:
        """Have a link sent to an address that is confirmed; answers whether one will be.

        Raises `RateLimitedError`, whether or not the address is known.
        """
        reply = self._scripts.run(
            "ask_guest_login",
            {
                "recipient": author_box(address),
                "id": new_id,
                "until": now + LINK_MS,
                "gap": GAP_MS,
                "most": MOST_A_DAY,
                "day": DAY,
                "bounces": MAX_BOUNCES,
                "kept": TOLD_MS,
                "now": now,
            },
            limits=limits,
            site=site,
            address=address,
            recipient=author_box(address),
        )
        return bool(reply[0] == b"sent")

    def get(self, site: str, address: str) -> GuestLogin | None:
        """The link that an address was sent last; None if there was none within a day."""
        stored = self._queries.one("HGETALL", key("guest_login", site, address=address))
        if b"id" not in stored:
            return None
        login = stored[b"id"].decode()
        opened = stored.get(b"opened") == stored[b"id"]
        return GuestLogin(id=login, until=int(stored[b"until"]), opened=opened)

    def open(self, site: str, address: str, login: str, *, code: str, now: int) -> bool:
        """Make a code good, by its hash; answers whether the link was: each is once."""
        reply = self._scripts.run(
            "open_guest_login",
            {"id": login, "code": code, "good": now + CODE_MS, "kept": DAY, "now": now},
            site=site,
            address=address,
        )
        return bool(reply[0])

    def use(self, site: str, address: str, *, code: str, now: int) -> str | None:
        """Give the author of an address to who has the code; None if it is not good (any more)."""
        reply = self._scripts.run(
            "use_guest_login",
            {"code": code, "most": MOST_TRIES, "now": now},
            site=site,
            address=address,
        )
        return reply[0].decode() or None
