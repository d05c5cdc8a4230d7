"""Sites: one tenant each, and the global registry that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import SiteNotFoundError
from ..json_text import write_json
from ..records import Credential, Moderator, Site
from . import codec
from .keys import REGISTRY, key
from .queries import Queries
from .scripts import Scripts


class Sites:
    """`store.sites`: their settings and the registry."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def create(
        self, site: Site, *, credential: Credential, moderator: Moderator | None = None, now: int
    ) -> None:
        """Write the site with its first key and owner; then enter it in the registry.

        Raises `ExistsError` if the slug is taken.
        """
        owner = moderator and [moderator.id, codec.moderator_json(moderator)]
        self._scripts.run(
            "create_site",
            {
                "site": site.slug,
                "fields": codec.flat(codec.site_fields(site)),
                "credential": [credential.id, codec.credential_json(credential)],
                "moderator": owner,
                "email": moderator.email.lower() if moderator else None,
                "now": now,
            },
            site=site.slug,
        )
        self._register(site.slug)

    def get(self, slug: str) -> Site:
        """Read a site; raises `SiteNotFoundError` for an unknown slug."""
        stored = self._queries.one("HGETALL", key("site", slug))
        if not stored:
            raise SiteNotFoundError(f"There is no site {slug!r}.")
        return codec.site_from(slug, stored)

    def list(self) -> Sequence[Site]:
        """All sites of the registry, by slug."""
        slugs = sorted(slug.decode() for slug in self._queries.one("SMEMBERS", REGISTRY))
        found = self._queries.pipeline([("HGETALL", key("site", slug)) for slug in slugs])
        return [
            codec.site_from(s, stored) for s, stored in zip(slugs, found, strict=True) if stored
        ]

    def update(
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
        """Replace what is given; raises `SiteNotFoundError`, `ChangedError` (another version)."""
        given = {"name": name, "origins": origins, "policy": policy}
        changed = [field for field, value in given.items() if value is not None]
        fields: dict[str, str | int | None] = {
            "name": name,
            "origins": None if origins is None else write_json(list(origins)),
            **({} if policy is None else codec.policy_fields(policy)),
        }
        if changed:
            self._scripts.run(
                "update_site",
                {
                    "site": slug,
                    "fields": codec.flat(fields),
                    "changed": changed,
                    "expected": expected_version,
                    "actor": actor,
                    "now": now,
                },
                site=slug,
            )
        return self.get(slug)

    def _register(self, slug: str) -> bool:
        """Enter a site in the global registry; False if it was there."""
        added = self._scripts.connection.call(lambda client: client.sadd(REGISTRY, slug))
        return bool(added)
