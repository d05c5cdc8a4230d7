"""Credentials of a site: keys, sessions, one-time log-ins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import CredentialNotFoundError, UnauthorizedError
from ..records import Credential, Moderator
from . import site_codec
from .keys import key
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import RETRY, Scripts


class Credentials:
    """`store.credentials`: what a caller of a site shows to be let in."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def add(
        self, credential: Credential, actor: str, now: int, *, password_hash: str | None = None
    ) -> None:
        """Add a key, a session or a one-time log-in.

        Raises `ExistsError` if the id is taken, `UnauthorizedError` if its moderator was removed,
        or has by now another role, or another password than that of `password_hash`.
        """
        self._scripts.run(
            "add_credential",
            {
                "id": credential.id,
                "kind": credential.kind,
                "moderator": credential.moderator,
                "password_hash": password_hash,
                "record": site_codec.credential_json(credential),
                "actor": actor,
                "now": now,
            },
            site=credential.site,
        )

    def get(self, site: str, credential_id: str, *, now: int) -> Credential | None:
        """Give a live credential; None for an unknown, revoked or expired one."""
        record = self._queries.one("HGET", key("credentials", site), credential_id)
        return site_codec.live_credential(site, credential_id, record, now)

    def recall(self, site: str, credential_id: str) -> Credential | None:
        """Give a credential as this process read it last, without asking.

        It may be revoked or changed since: `Comments.context` says what is stored now.
        """
        return site_codec.recalled_credential(site, credential_id)

    def list(self, site: str, *, now: int) -> Sequence[Credential]:
        """All live credentials, oldest first."""
        stored = self._queries.one("HGETALL", key("credentials", site))
        found = (
            site_codec.credential_from(site, i.decode(), record) for i, record in stored.items()
        )
        live = (credential for credential in found if _is_live(credential, now))
        return sorted(live, key=lambda credential: (credential.created, credential.id))

    def revoke(self, site: str, credential_id: str, actor: str, now: int) -> None:
        """Forget a credential; raises `CredentialNotFoundError` for an unknown id."""
        self._scripts.run(
            "revoke_credential", {"id": credential_id, "actor": actor, "now": now}, site=site
        )

    def use_login(
        self, site: str, credential_id: str, secret_hash: str, session: Credential, now: int
    ) -> Moderator:
        """Burn a one-time log-in and write the session in the same step.

        Raises `UnauthorizedError` for an unknown, used or expired one, another secret, or a session
        with a role that is the account's no more.
        """
        if session.moderator is None:
            raise UnauthorizedError("This log-in link is used up or not valid.")
        reply = self._scripts.run(
            "use_login",
            {
                "id": credential_id,
                "secret_hash": secret_hash,
                "moderator": session.moderator,
                "session": [session.id, site_codec.credential_json(session)],
                "now": now,
            },
            site=site,
        )
        return site_codec.moderator_from(site, session.moderator, reply[0])

    def update_settings(
        self, site: str, credential_id: str, settings: Mapping[str, Any], actor: str, now: int
    ) -> Credential:
        """Replace a key's own settings (scale, quotas); raises `CredentialNotFoundError`."""
        for _ in range(MAX_RETRIES):
            seen = self._queries.one("HGET", key("credentials", site), credential_id)
            if seen is None:
                raise CredentialNotFoundError
            credential = replace(
                site_codec.credential_from(site, credential_id, seen), settings=dict(settings)
            )
            reply = self._scripts.run(
                "update_credential",
                {
                    "id": credential_id,
                    "seen": seen.decode(),
                    "record": site_codec.credential_json(credential),
                    "actor": actor,
                    "now": now,
                },
                site=site,
            )
            if reply != RETRY:
                return credential
        raise too_many_conflicts()


def _is_live(credential: Credential, now: int) -> bool:
    return credential.expires is None or credential.expires > now
