"""A confirmed address is a guest's lasting identity: by a link in a mail, and the code behind it.

The link's page shows a code once its button is pressed, and the code is typed in where the link was
asked for. So no right to be somebody stands in an address, a mail or a mail program's preview;
nobody can be logged in as somebody else by a link that they follow; and there is nothing to guess
before the owner of the address has pressed the button.
"""

from __future__ import annotations

import secrets

from uuid_utils import uuid7

from ...errors import LoginCodeError, MailOffError
from ...records import Limit, MailAddress, Site
from ...services import Services
from ...settings import Settings
from ...text import line
from ...tokens import login_code_hash
from . import links
from .letter import Entry, Letter, Link
from .links import MailLink
from .sealing import name_of
from .words import Words

# By choice, a day: some people behind one address who have new browsers.
_PER_PLACE = 20
_DIGITS = 6
ITEM = "l/"
"""What a link's item in its owner's box begins with; its id follows."""


def ask(services: Services, site: str, email: str, *, place: str | None, now: int) -> None:
    """Have the owner of an address sent a link, if an author confirmed it.

    `place` is a hash of where they are who ask. Raises `MailOffError`, `RateLimitedError`; nothing
    else says whether the address is known.
    """
    if not services.settings.mails:
        raise MailOffError
    limits = []
    if place is not None:
        limits.append(Limit(name=f"guest-login:{place}", amount=_PER_PLACE, window=86_400))
    services.store.guest_logins.ask(
        site,
        name_of(services.settings.secret_key, site, email),
        new_id=str(uuid7()),
        limits=limits,
        now=now,
    )


def letter(
    services: Services, site: Site, say: Words, address: MailAddress, login: str, *, now: int
) -> Letter | None:
    """Write the mail with a link; None if the link is not good any more."""
    known = services.store.guest_logins.get(site.slug, address.id)
    if known is None or known.id != login or known.opened or known.until <= now:
        return None
    return _letter(services.settings, site, say, address, login, known.until, now)


def _letter(
    settings: Settings,
    site: Site,
    say: Words,
    address: MailAddress,
    login: str,
    until: int,
    now: int,
) -> Letter:
    name = line(site.name)
    enter = MailLink(
        act="login",
        site=site.slug,
        of=address.id,
        about=login,
        language=say.language,
        expires=until,
    )
    stop = MailLink(act="stop-all", site=site.slug, of=address.id, language=say.language)
    button = Link(label=say("login.action"), url=links.url(settings, enter), main=True)
    return Letter(
        language=say.language,
        subject=say("login.subject", site=name),
        key=f"login {login} {now}",
        opening=(say("login.opening", site=name),),
        entries=(Entry(links=(button,)),),
        closing=(say("login.once"), say("login.otherwise")),
        links=(Link(label=say("stop.all", site=name), url=links.url(settings, stop)),),
        list_name=site.slug,
    )


def is_open(services: Services, link: MailLink, *, now: int) -> bool:
    """Whether a link would show a code."""
    known = services.store.guest_logins.get(link.site, link.of)
    return known is not None and known.id == link.about and not known.opened and known.until > now


def show_code(services: Services, link: MailLink, *, now: int) -> str | None:
    """Make a code, which is good in any browser that has the address; None if the link is not."""
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    digest = login_code_hash(services.settings.secret_key, link.site, link.of, code)
    opened = services.store.guest_logins.open(link.site, link.of, link.about, code=digest, now=now)
    return code if opened else None


def enter(services: Services, site: str, email: str, code: str, *, now: int) -> str:
    """Give the author of an address to who has its code; raises `LoginCodeError`."""
    secret = services.settings.secret_key
    address = name_of(secret, site, email)
    digest = login_code_hash(secret, site, address, digits_of(code))
    author = services.store.guest_logins.use(site, address, code=digest, now=now)
    if author is None:
        raise LoginCodeError(where="/code")
    return author


def digits_of(code: str) -> str:
    """Give a code as it was made, however people write it: in parts, in their own digits."""
    return "".join(str(int(character)) for character in code if character.isdecimal())
