"""What waits to be told by mail, who sends it now, and who wants which mails.

Boxes hold names of what is to be told, never text: that is read when the mail is written. An item
is in a box once, and what was told is remembered, so a task of the outbox may run again. A sender
leases a box; if it dies, the box is due again when the lease is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..clock import MINUTE
from ..records import MailBox, MailChoice, MailPost
from . import codec, site_codec
from .keys import TOLD_MS, key
from .queries import Queries
from .scripts import Scripts

# By choice: a mail shows far fewer; those above are counted only.
ROOM = 500
MAX_BOUNCES = 3
"""Refusals of an address in a row, after which nothing is sent to it."""
# Longer than the slowest mail server takes for all that one sender leases at once.
LEASE_MS = 10 * MINUTE
_AT_ONCE = 200


class Mail:
    """`store.mail`: the boxes, and the moderators' choices."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def post(self, site: str, posts: Sequence[MailPost], *, now: int) -> int:
        """Put items into boxes, each once; answers how many are new."""
        added = 0
        for start in range(0, len(posts), _AT_ONCE):
            part = posts[start : start + _AT_ONCE]
            reply = self._scripts.run(
                "post_mail",
                {
                    "posts": [[post.recipient, post.item, post.due, post.gap] for post in part],
                    "room": ROOM,
                    "bounces": MAX_BOUNCES,
                    "kept": TOLD_MS,
                    "now": now,
                },
                more=[key("mail_box", site, recipient=post.recipient) for post in part],
                site=site,
            )
            added += int(reply[0])
        return added

    def lease(self, site: str, *, limit: int, now: int) -> list[MailBox]:
        """Take boxes whose mail is due; nobody else gets them within the lease."""
        reply = self._scripts.run(
            "lease_mail", {"limit": limit, "until": now + LEASE_MS, "now": now}, site=site
        )
        return self.boxes(site, [name.decode() for name in reply])

    def boxes(self, site: str, recipients: Sequence[str]) -> list[MailBox]:
        """Read boxes, empty ones too."""
        bounced = key("mail_bounces", site)
        found = self._queries.pipeline(
            [
                command
                for recipient in recipients
                for command in (
                    ("HGETALL", key("mail_box", site, recipient=recipient)),
                    ("HGET", bounced, recipient),
                )
            ]
        )
        pairs = zip(recipients, found[::2], found[1::2], strict=True)
        return [_box(recipient, stored, bounces) for recipient, stored, bounces in pairs]

    def settle(
        self,
        site: str,
        recipient: str,
        items: Sequence[str] = (),
        *,
        sent: bool = False,
        spaced: bool = True,
        failed: bool = False,
        bounced: bool = False,
        dead: str | None = None,
        again: int,
        now: int,
    ) -> int:
        """End a lease; answers how many items are left, whose mail is due at `again`.

        `items` were told, had nothing to tell, or, with `dead`, are given up. The next mail keeps
        its distance from one that was `sent`, if that is `spaced`. `failed`: the mail
        did not go, for a reason of its own; `bounced`: since its address is refused.
        """
        reply = self._scripts.run(
            "settle_mail",
            {
                "recipient": recipient,
                "items": list(items),
                "sent": sent or None,
                "spaced": spaced or None,
                "failed": failed or None,
                "bounced": bounced or None,
                "dead": dead,
                "next": again,
                "remembered": TOLD_MS,
                "now": now,
            },
            site=site,
            recipient=recipient,
        )
        return int(reply[0])

    def choices(self, site: str) -> Mapping[str, MailChoice]:
        """What moderators have chosen, by their ids; who is not among them has not."""
        stored = self._queries.one("HGETALL", key("mail_choices", site))
        return {i.decode(): site_codec.mail_choice_from(raw) for i, raw in stored.items()}

    def choose(
        self, site: str, moderator_id: str, choice: MailChoice, *, actor: str, now: int
    ) -> None:
        """Keep what a moderator wants; raises `ModeratorNotFoundError`, for a removed one too."""
        self._scripts.run(
            "choose_mail",
            {
                "id": moderator_id,
                "recipient": moderator_box(moderator_id),
                "choice": site_codec.mail_choice_json(choice),
                "wants": choice.wants,
                "actor": actor,
                "now": now,
            },
            site=site,
        )


def moderator_box(moderator_id: str) -> str:
    """Give the name of a moderator's box."""
    return f"m-{moderator_id}"


def _box(recipient: str, stored: codec.Hash, bounces: bytes | None) -> MailBox:
    fields: dict[str, Any] = {name.decode(): int(value) for name, value in stored.items()}
    return MailBox(
        recipient=recipient,
        sent=fields.pop("=sent", None),
        tries=fields.pop("=tries", 0),
        more=fields.pop("=more", 0),
        bounces=int(bounces or 0),
        items=fields,
    )
