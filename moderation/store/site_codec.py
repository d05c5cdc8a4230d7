"""Sites, their people and keys, and suggestions, as they are stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from ..json_text import write_json
from ..records import Credential, MailChoice, Moderator, Site, Suggestion
from ..remembered import Remembered
from .codec import Hash, check_version
from .keys import SCHEMA

# Bounds on memory, by choice: a site has some kilobytes, more with long lists of words; a key some
# hundred bytes, more with scales of its own.
_SITES: Remembered[Hash, Site] = Remembered(1_000)
_CREDENTIALS: Remembered[bytes, Credential] = Remembered(10_000)

# sites and people


def site_fields(site: Site) -> dict[str, str | int | None]:
    """A new site's hash."""
    return {
        "v": SCHEMA,
        "name": site.name,
        "origins": write_json(list(site.origins)),
        **policy_fields(site.policy),
        "created": site.created,
        "version": site.version,
    }


def policy_fields(policy: Mapping[str, Any]) -> dict[str, str | int | None]:
    """The policy, and beside it what each read of a thread needs to know of it."""
    return {"policy": write_json(dict(policy)), "closes": policy.get("close_after_days") or 0}


def site_from(slug: str, stored: Hash) -> Site:
    """Read a site's hash."""

    def read(stored: Hash) -> Site:
        check_version(stored.get(b"v"))
        return Site(
            slug=slug,
            name=stored[b"name"].decode(),
            origins=tuple(json.loads(stored[b"origins"])),
            policy=json.loads(stored[b"policy"]),
            created=int(stored[b"created"]),
            version=int(stored[b"version"]),
        )

    return _SITES.of(slug, stored, read)


def credential_json(credential: Credential) -> str:
    """A credential as it is kept under its id."""
    data = asdict(credential) | {"v": SCHEMA, "settings": dict(credential.settings)}
    del data["site"], data["id"]
    return write_json({k: v for k, v in data.items() if v is not None})


def credential_from(site: str, credential_id: str, raw: bytes) -> Credential:
    """Read a credential's JSON."""

    def read(raw: bytes) -> Credential:
        data = json.loads(raw)
        check_version(data.pop("v"))
        data["scopes"] = tuple(data["scopes"])
        return Credential(site=site, id=credential_id, **data)

    return _CREDENTIALS.of((site, credential_id), raw, read)


def live_credential(
    site: str, credential_id: str, raw: bytes | None, now: int
) -> Credential | None:
    """Read a credential's JSON, if there is any and it has not expired."""
    if raw is None:
        return None
    credential = credential_from(site, credential_id, raw)
    return credential if credential.expires is None or credential.expires > now else None


def recalled_credential(site: str, credential_id: str) -> Credential | None:
    """Give a credential as this process read it last, which may be revoked or changed since."""
    return _CREDENTIALS.last((site, credential_id))


def moderator_json(moderator: Moderator) -> str:
    """An account as it is kept under its id."""
    data = asdict(moderator) | {"v": SCHEMA}
    del data["site"], data["id"]
    return write_json({k: v for k, v in data.items() if v is not None})


def moderator_from(site: str, moderator_id: str, raw: bytes) -> Moderator:
    """Read an account's JSON."""
    data = json.loads(raw)
    check_version(data.pop("v"))
    return Moderator(site=site, id=moderator_id, **data)


def mail_choice_json(choice: MailChoice) -> str:
    """Which mails a moderator wants, as it is kept under their id."""
    return write_json({"v": SCHEMA, **asdict(choice), "hours": list(choice.hours)})


def mail_choice_from(raw: bytes | None) -> MailChoice:
    """Read it; who never chose gets what waits, at once."""
    if raw is None:
        return MailChoice()
    data = json.loads(raw)
    check_version(data.pop("v"))
    return MailChoice(**{**data, "hours": tuple(data["hours"])})


def staff_names(records: Iterable[bytes]) -> Iterator[str]:
    """Give the names of those whose accounts were not removed."""
    for raw in records:
        data = json.loads(raw)
        check_version(data["v"])
        if data["name"] and data.get("removed") is None:
            yield data["name"]


# suggestions


def suggestion_json(suggestion: Suggestion) -> str:
    """A suggestion as it is kept under its id; `state` is `p` until it is accepted, then `a`."""
    data = asdict(suggestion)
    del data["site"], data["id"]
    return write_json(
        {"v": SCHEMA, "state": "p", **{k: v for k, v in data.items() if v is not None}}
    )


def suggestion_from(site: str, suggestion_id: str, raw: bytes) -> Suggestion:
    """Read a suggestion's JSON."""
    data = json.loads(raw)
    check_version(data.pop("v"))
    del data["state"]
    return Suggestion(site=site, id=suggestion_id, **data)
