"""The mail that `rejoinder mail test` sends."""

from __future__ import annotations

from ...settings import Settings
from .letter import Letter, compose
from .server import connected
from .words import words


def send_trial(settings: Settings, to: str, *, language: str = "en", now: int) -> str:
    """Send a mail that says that mail works; give what the server answered.

    Raises `MailError`.
    """
    say = words(language)
    letter = Letter(
        language=say.language,
        subject=say("test.subject"),
        key=f"test {now}",
        opening=(say("test.opening", url=settings.public_url),),
    )
    with connected(settings) as delivery:
        return delivery.send(compose(letter, settings, to, now=now), to)
