"""Moderators and credentials (keys, sessions, one-time log-ins) of a site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Credential, Moderator
from .scripts import Scripts


class People:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def create_moderator(
        self, moderator: Moderator, credentials: Sequence[Credential], *, actor: str, now: int
    ) -> None:
        """Raise `Conflict` with code `exists` if the e-mail address or the id is taken."""
        raise NotImplementedError

    def get_moderator(self, site: str, moderator_id: str) -> Moderator:
        """Raise `NotFound` for an unknown id."""
        raise NotImplementedError

    def find_moderator(self, site: str, email: str) -> Moderator | None:
        """Look up by e-mail address, whatever its case."""
        raise NotImplementedError

    def list_moderators(self, site: str) -> list[Moderator]:
        """All accounts of the site, oldest first."""
        raise NotImplementedError

    def set_password(self, site: str, moderator_id: str, password_hash: str, now: int) -> None:
        """Replace the password's hash; raises `NotFound` for an unknown id."""
        raise NotImplementedError

    def add_credential(self, credential: Credential, actor: str, now: int) -> None:
        """Raise `Conflict` with code `exists` if the id is taken."""
        raise NotImplementedError

    def get_credential(self, site: str, credential_id: str) -> Credential | None:
        """None for an unknown, revoked or expired one."""
        raise NotImplementedError

    def list_credentials(self, site: str) -> list[Credential]:
        """All live credentials, oldest first."""
        raise NotImplementedError

    def revoke_credential(self, site: str, credential_id: str, actor: str, now: int) -> None:
        """Raise `NotFound` for an unknown id."""
        raise NotImplementedError

    def use_login(
        self, site: str, credential_id: str, secret_hash: str, session: Credential, now: int
    ) -> Moderator:
        """Burn a one-time log-in and write the session in the same step.

        Raises `Unauthorized` for an unknown, used or expired one, or another secret.
        """
        raise NotImplementedError

    def update_credential_settings(
        self, site: str, credential_id: str, settings: Mapping[str, Any], actor: str, now: int
    ) -> Credential:
        """Replace a key's own settings (scale, quotas); raises `NotFound`."""
        raise NotImplementedError
