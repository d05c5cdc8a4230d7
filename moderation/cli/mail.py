"""`rejoinder mail`: whether mail goes out."""

from __future__ import annotations

import click

from .. import clock
from ..email_addresses import email_address
from ..errors import MailOffError
from ..outbound.mail.trial import send_trial
from ..outbound.mail.words import LANGUAGES
from ..settings import load_settings
from .base import as_json, show


@click.group()
def mail() -> None:
    """See whether mail goes out."""


@mail.command("test")
@click.argument("address")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@as_json
def mail_test(address: str, language: str, as_json: bool) -> None:
    """Send one mail to ADDRESS, and say what the mail server answered."""
    to = email_address(address)
    settings = load_settings()
    if settings.mail_server is None or settings.mail_from is None:
        raise MailOffError
    answer = send_trial(settings, to, language=language, now=clock.now())
    show(
        {
            "to": to,
            "from": str(settings.mail_from),
            "server": settings.mail_server.shown,
            "answer": answer,
        },
        as_json,
        f"{settings.mail_server.shown} took a mail from {settings.mail_from} to {to}: {answer}",
    )
