"""Moderators and credentials (keys, sessions, one-time log-ins) of a site."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import NotFoundError, UnauthorizedError
from ..records import Credential, Moderator, Role
from . import codec
from .keys import key
from .queries import ATTEMPTS, Reading, busy
from .scripts import Scripts


class People:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._reading = Reading(scripts)

    def create_moderator(
        self, moderator: Moderator, credentials: Sequence[Credential], *, actor: str, now: int
    ) -> None:
        """Raise `ConflictError` with code `exists` if the e-mail address or the id is taken."""
        self._scripts.run(
            "create_moderator",
            {
                "id": moderator.id,
                "email": moderator.email.lower(),
                "role": moderator.role,
                "record": codec.moderator_json(moderator),
                "credentials": [[c.id, codec.credential_json(c)] for c in credentials],
                "actor": actor,
                "now": now,
            },
            site=moderator.site,
        )

    def get_moderator(self, site: str, moderator_id: str) -> Moderator:
        """Give the account, a removed one too; raises `NotFoundError` for an unknown id."""
        record = self._reading.one("HGET", key("moderators", site), moderator_id)
        if record is None:
            raise NotFoundError("no such moderator")
        return codec.moderator_from(site, moderator_id, record)

    def find_moderator(self, site: str, email: str) -> Moderator | None:
        """Look up by e-mail address, whatever its case; nobody who was removed."""
        found = self._reading.one("HGET", key("emails", site), email.lower())
        account = None if found is None else self.get_moderator(site, found.decode())
        return None if account is None or account.removed is not None else account

    def list_moderators(self, site: str) -> list[Moderator]:
        """All accounts of the site, removed ones too, oldest first."""
        stored = self._reading.one("HGETALL", key("moderators", site))
        everybody = [codec.moderator_from(site, i.decode(), record) for i, record in stored.items()]
        return sorted(everybody, key=lambda moderator: (moderator.created, moderator.id))

    def remove_moderator(self, site: str, moderator_id: str, actor: str, now: int) -> None:
        """Take all rights: sessions, links, keys, claims, address and password are gone at once.

        Id, name and role stay, for what they did. Raises `NotFoundError`, for a removed one too.
        """
        account = self.get_moderator(site, moderator_id)
        self._scripts.run(
            "remove_moderator",
            {"id": moderator_id, "email": account.email.lower(), "actor": actor, "now": now},
            site=site,
        )

    def end_sessions(self, site: str, moderator_id: str, actor: str, now: int) -> int:
        """End all sessions and unused links of an account; gives how many sessions there were.

        Raises `NotFoundError` for an unknown or removed one.
        """
        reply = self._scripts.run(
            "end_sessions", {"id": moderator_id, "actor": actor, "now": now}, site=site
        )
        return int(reply[0])

    def set_password(
        self,
        site: str,
        moderator_id: str,
        password_hash: str,
        now: int,
        *,
        session: str | None = None,
        seen: str | None = None,
    ) -> None:
        """Replace the password's hash; ends the account's sessions and links, `session` excepted.

        `seen` is the hash until now of the same password: then nothing ends, and a password that
        was set meanwhile stays. Raises `NotFoundError` for an unknown or removed one.
        """
        self._scripts.run(
            "set_password",
            {
                "id": moderator_id,
                "password_hash": password_hash,
                "session": session,
                "seen": seen,
                "now": now,
            },
            site=site,
        )

    def set_role(
        self,
        site: str,
        moderator_id: str,
        role: Role,
        scopes: Sequence[str],
        *,
        actor: str,
        now: int,
    ) -> Role:
        """Change an account's role, and at once what its sessions, links and keys may do.

        `scopes` are the new role's. Gives the role before; if it is the same one, nothing is
        written. Raises `NotFoundError` for an unknown or removed account.
        """
        for _ in range(ATTEMPTS):
            stored = self._reading.one("HGETALL", key("credentials", site))
            changed = []
            for name, seen in stored.items():
                credential = codec.credential_from(site, name.decode(), seen)
                if credential.moderator == moderator_id:
                    made = replace(credential, role=role, scopes=tuple(scopes))
                    changed.append([credential.id, seen.decode(), codec.credential_json(made)])
            reply = self._scripts.run(
                "set_role",
                {
                    "id": moderator_id,
                    "role": role,
                    "credentials": changed,
                    "actor": actor,
                    "now": now,
                },
                site=site,
            )
            if reply != [b"again"]:
                before: Role = reply[0].decode()
                return before
        raise busy()

    def add_credential(
        self, credential: Credential, actor: str, now: int, *, password_hash: str | None = None
    ) -> None:
        """Raise `ConflictError` with code `exists` if the id is taken.

        Raises `UnauthorizedError` if its moderator was removed, or has by now another role, or
        another password than that of `password_hash`.
        """
        self._scripts.run(
            "add_credential",
            {
                "id": credential.id,
                "kind": credential.kind,
                "moderator": credential.moderator,
                "password_hash": password_hash,
                "record": codec.credential_json(credential),
                "actor": actor,
                "now": now,
            },
            site=credential.site,
        )

    def get_credential(self, site: str, credential_id: str) -> Credential | None:
        """None for an unknown, revoked or expired one."""
        record = self._reading.one("HGET", key("credentials", site), credential_id)
        if record is None:
            return None
        credential = codec.credential_from(site, credential_id, record)
        return credential if _alive(credential) else None

    def list_credentials(self, site: str) -> list[Credential]:
        """All live credentials, oldest first."""
        stored = self._reading.one("HGETALL", key("credentials", site))
        found = (codec.credential_from(site, i.decode(), record) for i, record in stored.items())
        return sorted(filter(_alive, found), key=lambda c: (c.created, c.id))

    def revoke_credential(self, site: str, credential_id: str, actor: str, now: int) -> None:
        """Raise `NotFoundError` for an unknown id."""
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
            raise UnauthorizedError("this log-in link is used up or not valid")
        reply = self._scripts.run(
            "use_login",
            {
                "id": credential_id,
                "secret_hash": secret_hash,
                "moderator": session.moderator,
                "session": [session.id, codec.credential_json(session)],
                "now": now,
            },
            site=site,
        )
        return codec.moderator_from(site, session.moderator, reply[0])

    def update_credential_settings(
        self, site: str, credential_id: str, settings: Mapping[str, Any], actor: str, now: int
    ) -> Credential:
        """Replace a key's own settings (scale, quotas); raises `NotFoundError`."""
        for _ in range(ATTEMPTS):
            seen = self._reading.one("HGET", key("credentials", site), credential_id)
            if seen is None:
                raise NotFoundError("no such credential")
            credential = replace(
                codec.credential_from(site, credential_id, seen), settings=dict(settings)
            )
            reply = self._scripts.run(
                "update_credential",
                {
                    "id": credential_id,
                    "seen": seen.decode(),
                    "record": codec.credential_json(credential),
                    "actor": actor,
                    "now": now,
                },
                site=site,
            )
            if not reply:
                return credential
        raise busy()


def _alive(credential: Credential) -> bool:
    return credential.expires is None or credential.expires > time.time_ns() // 1_000_000
