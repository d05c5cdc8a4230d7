"""What a mail says, and how it is written: the same content as text and as HTML.

Nothing in it is fetched from anywhere: no image, no style sheet, no counting of who opened it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ... import text as texts
from ...settings import Settings
from .server import ON_THE_WIRE
from .words import RIGHT_TO_LEFT

# By choice: the subject is read in a list; a text beyond this is read on the page.
MAX_SUBJECT = 120
MAX_QUOTE = 1_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a reader of the mail may go; the `main` ones stand out."""

    label: str
    url: str
    main: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One comment in a mail: who wrote it and where, its text, what is to be known of it."""

    title: str = ""
    quote: str = ""
    notes: Sequence[str] = ()
    links: Sequence[Link] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail's content. `unsubscribe` is the address of RFC 8058's one click; `key` what it is of.

    Two letters of one key to one address are the same mail, sent again.
    """

    language: str
    subject: str
    key: str
    opening: Sequence[str] = ()
    entries: Sequence[Entry] = ()
    closing: Sequence[str] = ()
    links: Sequence[Link] = ()
    """Below all, in small print."""
    list_name: str = ""
    unsubscribe: str | None = None


def compose(letter: Letter, settings: Settings, to: str, *, now: int) -> EmailMessage:
    """Write the mail."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    message = EmailMessage(policy=ON_THE_WIRE)
    sender = settings.mail_from
    if sender is not None:
        message["From"] = sender
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = format_datetime(datetime.fromtimestamp(now / 1000, UTC))
    # Of the content, so that a mail which is sent again after a crash can be known as the same.
    digest = hashlib.sha256(f"{to}\0{letter.key}".encode()).hexdigest()[:40]
    message["Message-ID"] = f"<{digest}@{host}>"
    # RFC 3834: no out-of-office answers, please.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    if letter.unsubscribe is not None:
        message["List-Id"] = f"<{letter.list_name}.{host}>"
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(as_text(letter))
    message.add_alternative(as_html(letter), subtype="html")
    # Last, since `set_content` takes such headers away.
    message["Content-Language"] = letter.language
    return message


def as_text(letter: Letter) -> str:
    """Write the letter as plain text."""
    return _environment().get_template("letter.txt").render(letter=letter).strip() + "\n"


def as_html(letter: Letter) -> str:
    """Write the letter as HTML that needs nothing from elsewhere."""
    direction = "rtl" if letter.language in RIGHT_TO_LEFT else "ltr"
    template = _environment().get_template("letter.html")
    return template.render(letter=letter, direction=direction)


def quoted(text: str) -> str:
    """Give a comment's text for a mail: readable in its order, and not endless."""
    text = texts.note(text).strip()
    return text if len(text) <= MAX_QUOTE else f"{text[:MAX_QUOTE].rstrip()} …"


def _one_line(text: str) -> str:
    line = texts.line("".join(c if c.isprintable() else " " for c in text))
    return line if len(line) <= MAX_SUBJECT else f"{line[: MAX_SUBJECT - 1].rstrip()}…"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__),
        # By the name of the template: nothing is escaped in plain text.
        autoescape=select_autoescape(("html",), default=False),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters["quote"] = lambda text: "\n".join(
        f"> {line}".rstrip() for line in text.splitlines()
    )
    return environment
