"""An author gives an address: it is sealed and noted, and its owner asked."""

from __future__ import annotations

from ...records import Limit
from ...services import Services
from .sealing import name_of, seal

# By choice, a day: what one person with some browsers needs, and too little to annoy others with.
_PER_AUTHOR, _PER_PLACE = 3, 20


def ask(
    services: Services,
    site: str,
    author: str,
    email: str,
    *,
    language: str,
    guest: bool,
    place: str | None,
    now: int,
) -> str:
    """Note an address, and ask its owner if they were not asked within the week.

    A `guest` writes in a browser, so the address's owner may log in as them (`guest_login`).
    `place` is a hash of where the author is. Answers as `store.mail_addresses.ask` does; `off`
    without a mail server, and then nothing is stored. Raises `RateLimitedError`.
    """
    settings = services.settings
    if not settings.mails:
        return "off"
    limits = [Limit(name=f"mail:{author}", amount=_PER_AUTHOR, window=86_400)]
    if place is not None:
        limits.append(Limit(name=f"mail:{place}", amount=_PER_PLACE, window=86_400))
    return services.store.mail_addresses.ask(
        site,
        name_of(settings.secret_key, site, email),
        author,
        sealed=seal(settings.secret_key, site, email),
        language=language,
        guest=guest,
        limits=limits,
        now=now,
    )
