"""The links in mails: signed, so that who has one may do what it says without logging in.

A link is `{public address}/mail/{token}`. Opening it asks; only the button acts, because programs
that look through mail open what they find. What a token holds can be read by who has it: it is
ids, never an address.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from ...clock import DAY
from ...errors import LinkBrokenError, LinkOldError
from ...settings import Settings

# By choice: a mail that was not opened for a week is not what a queue should wait for.
DECISION_MS = 7 * DAY
# As long as the address itself is kept without an answer, or nearly.
CONFIRM_MS = 28 * DAY

Act = Literal["approve", "reject", "stop-moderator", "confirm", "login", "stop-thread", "stop-all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLink:
    """What a link says. `of` is who it was sent to: a moderator, or an address by its name.
    `about` is a comment, an author, a log-in or a thread.

    A decision's link is for the comment's `version`, and while as many decisions were made on it
    as when the mail was written: so it is good once, and not after somebody else decided.
    """

    act: Act
    site: str
    of: str
    about: str = ""
    version: int = 0
    decisions: int = 0
    language: str = "en"
    expires: int | None = None


def url(settings: Settings, link: MailLink) -> str:
    """Give a link's address."""
    content = [
        link.act,
        link.site,
        link.of,
        link.about,
        link.version,
        link.decisions,
        link.language,
        link.expires,
    ]
    return f"{settings.public_url}/mail/{_signer(settings).dumps(content)}"


def read(settings: Settings, token: str, *, now: int) -> MailLink:
    """Read a token; raises `LinkBrokenError`, `LinkOldError`."""
    try:
        act, site, of, about, version, decisions, language, expires = _signer(settings).loads(token)
    except (BadData, ValueError, TypeError):
        raise LinkBrokenError from None
    link = MailLink(
        act=act,
        site=site,
        of=of,
        about=about,
        version=version,
        decisions=decisions,
        language=language,
        expires=expires,
    )
    if expires is not None and now > expires:
        raise LinkOldError(extra={"language": language})
    return link


def _signer(settings: Settings) -> URLSafeSerializer:
    return URLSafeSerializer(
        settings.secret_key,
        salt="rejoinder mail link",
        signer_kwargs={"digest_method": hashlib.sha256},
    )
