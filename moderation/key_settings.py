"""What a key carries: limits, scales, settings of a format, and a form that fits a host name."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import BadKeySettingsError, InvalidError, NotFoundError
from .identifiers import CREDENTIAL_ID, SLUG
from .records import Credential
from .scales import Scale
from .store import Store

AkismetVerdict = Literal["spam", "hold"]

# A DNS label has 63 characters: 12 of the id, 18 of the tag, a hyphen, at most 32 of the site.
_TAG_LENGTH = 18
_ALIAS = re.compile(rf"(?P<id>{CREDENTIAL_ID})(?P<tag>[a-z2-7]{{{_TAG_LENGTH}}})-(?P<site>{SLUG})")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySettings:
    """A key's own settings, as stored with its credential; every one may be absent.

    `rate_per_minute` is counted in each web process, `quota_per_month` across all of them.
    `akismet_verdict` says what comment-check answers: is it spam, or would the site hold it.
    `coral_secret` is the signing secret that Coral shows for its external moderation phase.
    """

    rate_per_minute: int | None = None
    quota_per_month: int | None = None
    scales: Mapping[str, Scale] = field(default_factory=dict)
    akismet_verdict: AkismetVerdict = "spam"
    coral_secret: str | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> KeySettings:
        """Read a credential's settings; raises `InvalidError` with code `bad-key-settings`."""
        unknown = set(stored) - NAMES
        if unknown:
            raise _invalid(min(unknown), "There is no such setting of a key.")
        for name in ("rate_per_minute", "quota_per_month"):
            value = stored.get(name)
            if value is not None and (type(value) is not int or value < 1):
                raise _invalid(name, "A whole number from 1 on is needed.")
        if stored.get("akismet_verdict", "spam") not in ("spam", "hold"):
            raise _invalid("akismet_verdict", "It is 'spam' or 'hold'.")
        secret = stored.get("coral_secret")
        if secret is not None and (not isinstance(secret, str) or not secret):
            raise _invalid("coral_secret", "Coral's signing secret is a text.")
        scales = stored.get("scale", {})
        if not isinstance(scales, Mapping):
            raise _invalid("scale", "An object of attribute and scale is needed.")
        try:
            read = {str(name): Scale.from_json(value) for name, value in scales.items()}
        except ValueError as error:
            raise _invalid("scale", str(error)) from error
        return cls(
            rate_per_minute=stored.get("rate_per_minute"),
            quota_per_month=stored.get("quota_per_month"),
            scales=read,
            akismet_verdict=stored.get("akismet_verdict", "spam"),
            coral_secret=secret,
        )

    def scale(self, attribute: str, score: float) -> float:
        """Give a score on this key's scale for the attribute; the same score if it has none."""
        scale = self.scales.get(attribute)
        return score if scale is None else scale(score)


class KeySettingsCache:
    """Settings as they were last read; those with scales are long, and most calls are by few keys.

    One for each process, safe to share between threads: a settings object never changes.
    """

    def __init__(self) -> None:
        self._read: dict[tuple[str, str], tuple[Mapping[str, Any], KeySettings]] = {}

    def of(self, credential: Credential) -> KeySettings:
        """Give a key's settings as they are stored now."""
        if not credential.settings:
            return _NO_SETTINGS
        name = (credential.site, credential.id)
        stored, settings = self._read.get(name, (None, _NO_SETTINGS))
        if stored != credential.settings:
            if len(self._read) >= _MAX_READ:
                self._read.clear()
            settings = KeySettings.from_json(credential.settings)
            self._read[name] = (credential.settings, settings)
        return settings


def change_settings(
    store: Store,
    site: str,
    key_id: str,
    changes: Mapping[str, Any],
    *,
    unset: Collection[str] = (),
    actor: str,
    now: int,
) -> dict[str, Any]:
    """Change what a key carries, and give all of it; scales of other attributes stay.

    Raises `NotFoundError` for an unknown site or key, `InvalidError` (code `bad-key-settings`).
    """
    store.sites.get(site)
    credential = store.credentials.get(site, key_id, now=now)
    if credential is None or credential.kind != "key":
        raise NotFoundError(f"There is no key {key_id} at the site {site}.")
    kept = {name: value for name, value in credential.settings.items() if name not in unset}
    settings = {**kept, **changes}
    if "scale" in changes:
        settings["scale"] = {**kept.get("scale", {}), **changes["scale"]}
    KeySettings.from_json(settings)
    if settings != credential.settings:
        store.credentials.update_settings(site, key_id, settings, actor, now)
    return settings


NAMES = {"rate_per_minute", "quota_per_month", "scale", "akismet_verdict", "coral_secret"}

_NO_SETTINGS = KeySettings()
# A bound on memory: beyond it, settings are read again.
_MAX_READ = 1_000


@dataclass(frozen=True, slots=True)
class Alias:
    """A key's other name, taken apart; only `is_alias_of` says that it is genuine."""

    site: str
    credential_id: str
    tag: str


def akismet_alias(credential: Credential, secret_key: bytes) -> str:
    """Give the form of a key that works as the first label of a host name (`KEY.host`).

    Akismet's older clients send their key so. Host names keep no case and allow neither `_` nor
    more than 63 characters, so the key's own form does not fit. The tag is 90 bits of an HMAC
    under the service's secret key over the stored credential: it cannot be guessed, it needs no
    storage of its own, and it ends when the key is revoked.
    """
    return f"{credential.id}{_tag(credential, secret_key)}-{credential.site}"


def read_alias(label: str) -> Alias | None:
    """Take a host label or submitted key apart; None if it has not that form."""
    match = _ALIAS.fullmatch(label.lower())
    return None if match is None else Alias(match["site"], match["id"], match["tag"])


def is_alias_of(alias: Alias, credential: Credential, secret_key: bytes) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(alias.tag.encode(), _tag(credential, secret_key).encode())


def _tag(credential: Credential, secret_key: bytes) -> str:
    message = "\0".join(("akismet", credential.site, credential.id, credential.secret_hash))
    digest = hmac.new(secret_key, message.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode().lower()[:_TAG_LENGTH]


def _invalid(name: str, message: str) -> InvalidError:
    return BadKeySettingsError(f"{name}: {message}", where=f"/settings/{name}")
