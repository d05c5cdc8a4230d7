"""The moderators' accounts of a site."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import ModeratorNotFoundError
from ..records import Credential, MailChoice, Moderator, Role
from . import site_codec
from .keys import key
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import RETRY, Scripts


class Accounts:
    """`store.accounts`: who moderates a site, and as what."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def create(
        self,
        moderator: Moderator,
        credentials: Sequence[Credential],
        *,
        mail: MailChoice | None = None,
        actor: str,
        now: int,
    ) -> None:
        """Add an account; raises `ExistsError` if the e-mail address or the id is taken."""
        self._scripts.run(
            "create_moderator",
            {
                "id": moderator.id,
                "email": moderator.email.lower(),
                "role": moderator.role,
                "record": site_codec.moderator_json(moderator),
                "credentials": [[c.id, site_codec.credential_json(c)] for c in credentials],
                "mail": site_codec.mail_choice_json(mail) if mail else None,
                "actor": actor,
                "now": now,
            },
            site=moderator.site,
        )

    def get(self, site: str, moderator_id: str) -> Moderator:
        """Read an account, a removed one too; raises `ModeratorNotFoundError`."""
        record = self._queries.one("HGET", key("moderators", site), moderator_id)
        if record is None:
            raise ModeratorNotFoundError
        return site_codec.moderator_from(site, moderator_id, record)

    def find(self, site: str, email: str) -> Moderator | None:
        """Look up by e-mail address, whatever its case; nobody who was removed."""
        found = self._queries.one("HGET", key("emails", site), email.lower())
        account = None if found is None else self.get(site, found.decode())
        return None if account is None or account.removed is not None else account

    def list(self, site: str) -> Sequence[Moderator]:
        """All accounts of the site, removed ones too, oldest first."""
        stored = self._queries.one("HGETALL", key("moderators", site))
        everybody = [
            site_codec.moderator_from(site, i.decode(), record) for i, record in stored.items()
        ]
        return sorted(everybody, key=lambda moderator: (moderator.created, moderator.id))

    def remove(self, site: str, moderator_id: str, actor: str, now: int) -> None:
        """Take all rights: sessions, links, keys, claims, address and password are gone at once.

        Id, name and role stay, for what they did. Raises `ModeratorNotFoundError`, for a removed
        one too.
        """
        account = self.get(site, moderator_id)
        self._scripts.run(
            "remove_moderator",
            {"id": moderator_id, "email": account.email.lower(), "actor": actor, "now": now},
            site=site,
        )

    def end_sessions(self, site: str, moderator_id: str, actor: str, now: int) -> int:
        """End all sessions and unused links of an account; gives how many sessions there were.

        Raises `ModeratorNotFoundError` for an unknown or removed one.
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
        old: str | None = None,
    ) -> None:
        """Replace the password's hash; ends the account's sessions and links, `session` excepted.

        `seen` is the hash until now of the same password: then nothing ends, and a password that
        was set meanwhile stays. `old` is the hash of the password that the caller knew, empty for
        none. Raises `ModeratorNotFoundError` for an unknown or removed one, `OldPasswordError` if
        `old` is no longer right.
        """
        self._scripts.run(
            "set_password",
            {
                "id": moderator_id,
                "password_hash": password_hash,
                "session": session,
                "seen": seen,
                "old": old,
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
        written. Raises `ModeratorNotFoundError` for an unknown or removed account.
        """
        for _ in range(MAX_RETRIES):
            stored = self._queries.one("HGETALL", key("credentials", site))
            changed = []
            for name, seen in stored.items():
                credential = site_codec.credential_from(site, name.decode(), seen)
                if credential.moderator == moderator_id:
                    made = replace(credential, role=role, scopes=tuple(scopes))
                    changed.append([credential.id, seen.decode(), site_codec.credential_json(made)])
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
            if reply != RETRY:
                before: Role = reply[0].decode()
                return before
        raise too_many_conflicts()
