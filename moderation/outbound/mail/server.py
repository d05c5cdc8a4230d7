"""Hands mail over to the operator's server, and says what it answered.

A failure is told apart by whose it is: the server's (everything waits), this mail's for now (it is
tried again), or this mail's for good.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP

from ...errors import (
    MailBouncedError,
    MailDeferredError,
    MailOffError,
    MailRefusedError,
    MailServerError,
)
from ...settings import MailServer, Settings

# By choice: a server that looks names up before it answers may take some seconds.
TIMEOUT = 20
_MOST_SHOWN = 300
# Lines of ASCII, which every server takes.
ON_THE_WIRE = SMTP.clone(cte_type="7bit")


@dataclass
class Delivery:
    """A conversation with the server: one mail after the other."""

    _smtp: smtplib.SMTP
    _sender: str

    def send(self, message: EmailMessage, to: str) -> str:
        """Hand over one mail; give what the server answered.

        Raises `MailServerError`, `MailDeferredError`, `MailRefusedError`, `MailBouncedError`.
        """
        content = message.as_bytes(policy=ON_THE_WIRE)
        with _told_apart():
            self._expect(*self._smtp.mail(self._sender), MailServerError)
            self._expect(*self._smtp.rcpt(to), MailBouncedError)
            code, reply = self._smtp.data(content)
            self._expect(code, reply, MailRefusedError)
        return f"{code} {_shown(reply)}"

    def _expect(
        self, code: int, reply: bytes, refused: type[MailRefusedError] | type[MailServerError]
    ) -> None:
        if code in (250, 251):
            return
        told = f"The mail server answered {code} {_shown(reply)}"
        if code == 421 or refused is MailServerError:
            raise MailServerError(told)
        self._smtp.rset()
        raise refused(told) if code >= 500 else MailDeferredError(told)


@contextmanager
def connected(settings: Settings) -> Iterator[Delivery]:
    """Talk to the server of the settings.

    Raises `MailOffError` if there is none, `MailServerError` if it cannot be talked to.
    """
    server, sender = settings.mail_server, settings.mail_from
    if server is None or sender is None:
        raise MailOffError
    with _told_apart():
        smtp = _open(server)
    try:
        with _told_apart():
            _greet(smtp, server)
        yield Delivery(smtp, sender.addr_spec)
    finally:
        try:
            smtp.quit()
        except (smtplib.SMTPException, OSError):
            smtp.close()


class _LocalSmtp(smtplib.SMTP):
    """SMTP over a socket of this machine, named by its path."""

    def __init__(self, path: str) -> None:
        self._path = path
        super().__init__("localhost", timeout=TIMEOUT)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            made.settimeout(timeout)
            made.connect(self._path)
        except OSError:
            made.close()
            raise
        return made


def _open(server: MailServer) -> smtplib.SMTP:
    if server.socket is not None:
        return _LocalSmtp(server.socket)
    if server.implicit_tls:
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)


def _greet(smtp: smtplib.SMTP, server: MailServer) -> None:
    smtp.ehlo_or_helo_if_needed()
    if server.starttls != "never":
        if smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        elif server.starttls == "always":
            raise MailServerError(
                "The mail server offers no STARTTLS, and without it a password would be readable "
                "on the way."
                if server.user
                else "The mail server offers no STARTTLS."
            )
    if server.user is not None:
        smtp.login(server.user, server.password)


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn what the library raises into errors of ours."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise MailServerError(
            f"The mail server answered {error.smtp_code} {_shown(error.smtp_error)}"
        ) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MailServerError(f"The mail server cannot be used: {_shown(why)}") from error


def _shown(reply: bytes | str) -> str:
    text = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:_MOST_SHOWN]
