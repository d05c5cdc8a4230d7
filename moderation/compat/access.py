"""What is the same for all formats: who calls, may they, how often; what is read, who answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request

from ..auth import authorize, find_credential
from ..clock import now
from ..errors import BadKeyError, QuotaExceededError, RateExceededError
from ..json_text import read_json
from ..key_settings import KeySettings, is_alias_of, read_alias
from ..records import Credential
from ..services import services
from ..tokens import read_credential


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A key that may use the format it came by."""

    credential: Credential
    settings: KeySettings


def json_body() -> Any:
    """Read the request's JSON; raises `MalformedBody`."""
    encoding = request.headers.get("Content-Encoding", "")
    return read_json(request.get_data(), content_encoding=encoding)


def add_model_header(response: Response) -> Response:
    """Say on every answer, errors too, which model stands behind it; no cache is to keep it."""
    response.headers.setdefault("Cache-Control", "private, no-store")
    response.headers["X-Model-Version"] = services().scoring.scorer.version
    return response


def authenticate_key(presented: str, scope: str, *, counted: bool = True) -> ApiClient:
    """Find the key, check its scope and limits, and count the call.

    Raises:
        UnauthorizedError: there is no such key, or it was revoked or has expired.
        ForbiddenError: the key lacks the scope (code `scope`).
        KeyLimitError: its rate or quota is used up; the call is not counted.
        UnavailableError: the storage does not answer.
    """
    credential = find_credential(services(), read_credential(presented), "key") or (
        _find_alias(presented) if scope == "akismet" else None
    )
    if credential is None:
        raise BadKeyError
    return count_call(authorize(credential, scope), counted=counted)


def count_call(credential: Credential, *, counted: bool = True) -> ApiClient:
    """Check the limits of a key that is known to be genuine, and count the call."""
    settings = services().key_settings.of(credential)
    if counted:
        meter, at = services().meter, now()
        if wait := meter.take(credential, settings.rate_per_minute):
            raise RateExceededError(settings.rate_per_minute or 0, wait)
        if not meter.within_quota(credential, settings.quota_per_month, at):
            # An hour, by choice: the month may be long, but the quota can be raised any day.
            raise QuotaExceededError(settings.quota_per_month or 0, 3_600)
        meter.count(credential, {"calls": 1}, at)
    return ApiClient(credential, settings)


def _find_alias(text: str) -> Credential | None:
    """Look a key up by the form that Akismet's older clients can put into a host name."""
    alias = read_alias(text)
    if alias is None:
        return None
    credential = services().store.credentials.get(alias.site, alias.credential_id, now=now())
    if credential is None or credential.kind != "key":
        return None
    genuine = is_alias_of(alias, credential, services().settings.secret_key)
    return credential if genuine else None
