"""What is the same for all formats: who calls, may they, how often; what is read, who answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, current_app, request

from ..errors import ForbiddenError, RateLimitedError, UnauthorizedError
from ..json_body import read_json
from ..records import Credential
from ..tokens import read_credential
from .key_settings import KeySettings, is_alias_of, read_alias
from .usage import Meter

if TYPE_CHECKING:
    from ..app import Services


_NO_SETTINGS = KeySettings()
_MOST_READ = 1_000
_read: dict[tuple[str, str], tuple[Mapping[str, Any], KeySettings]] = {}


@dataclass(frozen=True, slots=True)
class Caller:
    """A key that may use the format it came by."""

    credential: Credential
    settings: KeySettings


class LimitReached(RateLimitedError):
    """The key's own `rate` (per minute) or `quota` (per month), and its `value`."""

    def __init__(self, limit: str, value: int, retry_after: int) -> None:
        super().__init__(
            f"This key may make {value} requests per {'minute' if limit == 'rate' else 'month'}.",
            code=f"{limit}-exceeded",
            headers={"Retry-After": str(retry_after)},
        )
        self.limit = limit
        self.value = value


def services() -> Services:
    """Give the parts that the app was made of."""
    found: Services = current_app.extensions["rejoinder"]
    return found


def meter() -> Meter:
    """Give this process's counter of calls per key."""
    found: Meter = current_app.extensions["rejoinder-meter"]
    return found


def json_body() -> Any:
    """Read the request's JSON; raises `MalformedBody`."""
    encoding = request.headers.get("Content-Encoding", "")
    return read_json(request.get_data(), content_encoding=encoding)


def name_the_model(response: Response) -> Response:
    """Say on every answer, errors too, which model stands behind the format."""
    response.headers["X-Model-Version"] = services().scoring.scorer.version
    return response


def admit(presented: str, scope: str, *, counted: bool = True) -> Caller:
    """Find the key, check its scope and limits, and count the call.

    Raises:
        UnauthorizedError: there is no such key, or it was revoked or has expired.
        ForbiddenError: the key lacks the scope (code `scope`).
        LimitReached: its rate or quota is used up; the call is not counted.
        UnavailableError: the storage does not answer.
    """
    credential = _find(presented) or (_find_alias(presented) if scope == "akismet" else None)
    if credential is None:
        raise UnauthorizedError("There is no such key.", code="bad-key")
    if scope not in credential.scopes:
        raise ForbiddenError(f"The key lacks the scope '{scope}'.", code="scope")
    return admit_credential(credential, counted=counted)


def admit_credential(credential: Credential, *, counted: bool = True) -> Caller:
    """Check the limits of a key that is known to be genuine, and count the call."""
    caller = Caller(credential, _settings_of(credential))
    if counted:
        counter = meter()
        now = time.time_ns() // 1_000_000
        settings = caller.settings
        if wait := counter.take(credential, settings.rate_per_minute):
            raise LimitReached("rate", settings.rate_per_minute or 0, wait)
        if not counter.within_quota(credential, settings.quota_per_month, now):
            raise LimitReached("quota", settings.quota_per_month or 0, 3_600)
        counter.count(credential, {"calls": 1}, now)
    return caller


def _settings_of(credential: Credential) -> KeySettings:
    """Read a key's settings; those with scales are long, and most calls are by the same keys."""
    if not credential.settings:
        return _NO_SETTINGS
    name = (credential.site, credential.id)
    kept = _read.get(name)
    if kept is None or kept[0] != credential.settings:
        if len(_read) >= _MOST_READ:
            _read.clear()
        _read[name] = kept = (credential.settings, KeySettings.from_json(credential.settings))
    return kept[1]


def _find(text: str) -> Credential | None:
    """Look a key up by its own form."""
    presented = read_credential(text)
    if presented is None:
        return None
    credential = services().store.get_credential(presented.site, presented.id)
    if not presented.proves(credential) or credential is None or credential.kind != "key":
        return None
    return credential


def _find_alias(text: str) -> Credential | None:
    """Look a key up by the form that Akismet's older clients can put into a host name."""
    alias = read_alias(text)
    if alias is None:
        return None
    credential = services().store.get_credential(alias.site, alias.credential_id)
    if credential is None or credential.kind != "key":
        return None
    genuine = is_alias_of(alias, credential, services().settings.secret_key)
    return credential if genuine else None
