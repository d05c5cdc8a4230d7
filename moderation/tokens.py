"""Credentials and signed tokens: how they are made, read and compared.

A credential (key, session, one-time log-in) is `rj_<site>_<id>_<secret>`: 12 characters of id, 256
random bits in hex. Only the SHA-256 of the secret is stored. Author and edit tokens are signed
with the service's secret key and need no storage.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from itsdangerous import BadData, URLSafeSerializer

from .identifiers import CREDENTIAL_ID, SLUG
from .records import Author, Credential, Role

SCOPES = (
    "comments",
    "score",
    "queue",
    "admin",
    "perspective",
    "openai",
    "akismet",
    "coral",
    "staff",
)
CLIENT_SCOPES = tuple(scope for scope in SCOPES if scope not in ("queue", "admin", "staff"))
# No role brings `staff`: an account posts as itself, and a key that passes on what readers write,
# an owner's too, must not publish it unread.
_EVERYTHING_ELSE = tuple(scope for scope in SCOPES if scope != "staff")
SCOPES_OF_ROLE: Mapping[Role, tuple[str, ...]] = {
    "owner": _EVERYTHING_ELSE,
    "admin": _EVERYTHING_ELSE,
    "moderator": ("comments", "score", "queue"),
    "client": CLIENT_SCOPES,
}

_FORM = re.compile(rf"rj_(?P<site>{SLUG})_(?P<id>{CREDENTIAL_ID})_(?P<secret>[0-9a-f]{{64}})")
_ID_ALPHABET = string.ascii_lowercase + string.digits
# Compared when there is no such credential, so that a miss takes as long as a wrong secret.
_NOBODY = hashlib.sha256(b"nobody").hexdigest()


@dataclass(frozen=True, slots=True)
class Presented:
    """A credential as somebody sent it: well-formed, not yet believed."""

    site: str
    id: str
    secret: str

    @property
    def secret_hash(self) -> str:
        """SHA-256 of the secret (hex), as the storage has it."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def proves(self, stored: Credential | None) -> bool:
        """Compare with what is stored, in a time that does not depend on it."""
        wanted = _NOBODY if stored is None else stored.secret_hash
        return hmac.compare_digest(self.secret_hash, wanted) and stored is not None


def new_credential(
    site: str,
    *,
    kind: Literal["key", "session", "login", "feed"],
    role: Role,
    scopes: Sequence[str] = (),
    moderator: str | None = None,
    name: str = "",
    expires: int | None = None,
    now: int,
) -> tuple[Credential, str]:
    """Make a credential; the second value is what its owner gets, once. No scopes: the role's."""
    identifier = "".join(secrets.choice(_ID_ALPHABET) for _ in range(12))
    secret = secrets.token_hex(32)
    credential = Credential(
        site=site,
        id=identifier,
        kind=kind,
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        role=role,
        scopes=tuple(scopes) or SCOPES_OF_ROLE[role],
        moderator=moderator,
        name=name,
        created=now,
        expires=expires,
    )
    return credential, f"rj_{site}_{identifier}_{secret}"


def read_credential(text: str) -> Presented | None:
    """Take a credential apart; None if it has not the form of one."""
    match = _FORM.fullmatch(text)
    return None if match is None else Presented(match["site"], match["id"], match["secret"])


def author_token(secret_key: bytes, site: str, author_id: str) -> str:
    """Sign the id of an anonymous author, for that author's browser to keep."""
    token: str = _signer(secret_key).dumps([site, author_id])
    return token


def read_author_token(secret_key: bytes, site: str, token: str) -> Author | None:
    """Give the author that a token names; None if it was not signed here, for this site."""
    try:
        content = _signer(secret_key).loads(token)
    except BadData:
        return None
    if not isinstance(content, list) or len(content) != 2 or content[0] != site:
        return None
    return Author(id=str(content[1]), kind="anonymous")


def edit_token(secret_key: bytes, site: str, comment_id: str) -> str:
    """Sign the right to edit and erase one comment."""
    return _mac(secret_key, "edit", site, comment_id)


def is_edit_token(secret_key: bytes, site: str, comment_id: str, token: str) -> bool:
    """Compare in constant time; false for what was signed for another comment or not at all."""
    return hmac.compare_digest(
        edit_token(secret_key, site, comment_id).encode(), token.encode(errors="replace")
    )


def nudge_token(secret_key: bytes, site: str, nudge: str, fingerprint: str) -> str:
    """Sign that a text was shown to its author again; `fingerprint` tells it from another."""
    return f"{nudge}.{fingerprint}.{_mac(secret_key, 'nudge', site, nudge, fingerprint)}"


def read_nudge_token(secret_key: bytes, site: str, token: str) -> tuple[str, str] | None:
    """Give the nudge and the fingerprint; None if it was not signed here, for this site."""
    nudge, _, rest = token.partition(".")
    fingerprint = rest.partition(".")[0]
    made = nudge_token(secret_key, site, nudge, fingerprint)
    if not hmac.compare_digest(made.encode(), token.encode(errors="replace")):
        return None
    return nudge, fingerprint


def proof_signature(secret_key: bytes, site: str, thread: str, signed: str) -> str:
    """Sign a challenge for one thread of a site."""
    return _mac(secret_key, "proof", site, thread, signed)


def login_code_hash(secret_key: bytes, site: str, address: str, code: str) -> str:
    """Hash a code that an address's owner types in; without the secret it cannot be tried out."""
    return _mac(secret_key, "login code", site, address, code)


def csrf_token(secret_key: bytes, session: Credential) -> str:
    """Sign what a page of ours must send beside the session's cookie."""
    return _mac(secret_key, "csrf", session.site, session.id)


def is_csrf_token(secret_key: bytes, session: Credential | None, token: str) -> bool:
    """Compare in constant time; false for another session's, and without a session."""
    return session is not None and hmac.compare_digest(
        csrf_token(secret_key, session).encode(), token.encode(errors="replace")
    )


def webhook_secret(secret_key: bytes, site: str, webhook_id: str, generation: int) -> str:
    """Derive the secret that a webhook's messages are signed with, as Standard Webhooks writes it.

    It is stored nowhere: who reads the storage, or a backup of it, can sign nothing.
    """
    mac = bytes.fromhex(_mac(secret_key, "webhook", site, webhook_id, str(generation)))
    return f"whsec_{base64.b64encode(mac).decode()}"


@functools.lru_cache(maxsize=4)
def _signer(secret_key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_key, salt="rejoinder author", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _mac(secret_key: bytes, *parts: str) -> str:
    return hmac.digest(secret_key, "\0".join(parts).encode(), "sha256").hex()
