"""What an id looks like; whatever has another form names nothing here."""

from __future__ import annotations

import re

# A site's slug; it stands in addresses, keys and host names, so it is a DNS label of 32 at most.
SLUG = r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?"
# A key's, a session's or a log-in link's.
CREDENTIAL_ID = r"[a-z0-9]{12}"
# A comment's, a decision's, a batch's, a moderator's.
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# A thread's or an author's: a UUID, a digest, or what a site's sign-in or a program named.
NAME = r"[0-9A-Za-z._@-]{1,200}"

# An entry's of a stream: of the audit, of what was not delivered. Two numbers of 64 bits.
ENTRY = r"[0-9]{1,19}-[0-9]{1,19}"

_SLUG, _CREDENTIAL_ID, _UUID, _NAME, _ENTRY = map(
    re.compile, (SLUG, CREDENTIAL_ID, UUID, NAME, ENTRY)
)


def is_slug(text: str) -> bool:
    """Say whether a site may have this slug."""
    return _SLUG.fullmatch(text) is not None


def is_credential_id(text: str) -> bool:
    """Say whether a key may have this id."""
    return _CREDENTIAL_ID.fullmatch(text) is not None


def is_uuid(text: str) -> bool:
    """Say whether a comment, a decision, a batch or a moderator may have this id."""
    return _UUID.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Say whether a thread or an author may have this id."""
    return _NAME.fullmatch(text) is not None


def is_entry(text: str) -> bool:
    """Say whether an entry of a stream may have this id."""
    return _ENTRY.fullmatch(text) is not None
