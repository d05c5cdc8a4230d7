"""Sites: one tenant each, and the global registry that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Credential, Moderator, Site
from .scripts import Scripts


class Sites:
    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts

    def create_site(
        self, site: Site, *, credential: Credential, moderator: Moderator | None = None, now: int
    ) -> None:
        """Write the site with its first key and owner; then enter it in the registry.

        Raises `Conflict` with code `exists` if the slug is taken.
        """
        raise NotImplementedError

    def get_site(self, slug: str) -> Site:
        """Raise `NotFound` with code `site-not-found` for an unknown slug."""
        raise NotImplementedError

    def list_sites(self) -> list[Site]:
        """All sites of the registry, by slug."""
        raise NotImplementedError

    def update_site(
        self,
        slug: str,
        *,
        name: str | None = None,
        origins: Sequence[str] | None = None,
        policy: Mapping[str, Any] | None = None,
        expected_version: int | None = None,
        actor: str,
        now: int,
    ) -> Site:
        """Replace what is given; raises `Conflict` with code `changed` on another version."""
        raise NotImplementedError
