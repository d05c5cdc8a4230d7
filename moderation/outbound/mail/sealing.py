"""Addresses as they are stored: sealed with a key made of the service's secret.

The storage alone, or a backup of it, tells no address. With another secret they cannot be opened,
and their owners have to give them again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ...email_addresses import same_mailbox

_NONCE = 12


def name_of(secret_key: bytes, site: str, address: str) -> str:
    """Give the keyed hash that an address is known by on one site; it tells nobody which it is."""
    said = f"{site}\0{same_mailbox(address)}".encode()
    return hmac.new(_derived(secret_key, b"name"), said, hashlib.sha256).hexdigest()[:32]


def seal(secret_key: bytes, site: str, address: str) -> str:
    """Encrypt an address; it can be opened for this site only."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = AESGCM(_derived(secret_key, b"seal")).encrypt(nonce, address.encode(), site.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(secret_key: bytes, site: str, sealed: str) -> str | None:
    """Give the address; None if it was sealed with another secret, or is damaged."""
    try:
        raw = base64.urlsafe_b64decode(sealed)
        opened = AESGCM(_derived(secret_key, b"seal")).decrypt(
            raw[:_NONCE], raw[_NONCE:], site.encode()
        )
    except (InvalidTag, ValueError):
        return None
    return opened.decode()


@lru_cache(maxsize=8)
def _derived(secret_key: bytes, what: bytes) -> bytes:
    return HKDF(
        algorithm=SHA256(), length=32, salt=None, info=b"rejoinder mail address " + what
    ).derive(secret_key)
