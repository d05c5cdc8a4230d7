"""Which text is an e-mail address that a mail can be sent to."""

from __future__ import annotations

import re

import ada_url

from .errors import BadEmailError

# RFC 5321: 64 octets before the @, 254 in all.
_MOST_LOCAL, MAX_EMAIL = 64, 254
# RFC 5322's atom, dots between; what would need quotes is typed wrong more often than right.
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?")


def email_address(text: str, *, where: str | None = None) -> str:
    """Give an address as it is written to: its domain in small letters and ASCII.

    Raises `BadEmailError` for what is none, a domain without a dot, and a name that is not ASCII.
    """
    local, at, domain = text.strip().rpartition("@")
    ascii_domain = _ascii(domain) if at else ""
    address = f"{local}@{ascii_domain}"
    if (
        not _LOCAL.fullmatch(local)
        or len(local) > _MOST_LOCAL
        or not _DOMAIN.fullmatch(ascii_domain)
        or len(address) > MAX_EMAIL
    ):
        raise BadEmailError(where=where)
    return address


def same_mailbox(address: str) -> str:
    """Give an address so that two spellings of one are equal; no server tells capitals apart."""
    return address.lower()


def _ascii(domain: str) -> str:
    """Give a domain as the name system has it; empty for what is none."""
    if any(character in domain for character in "/\\?#:@%[] \t\r\n"):
        return ""
    try:
        return str(ada_url.URL(f"http://{domain}/").hostname)
    except ValueError:
        return ""
