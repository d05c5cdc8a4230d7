"""Sites: one tenant each, and the global registry that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ChangedError, SiteNotFoundError
from ..json_text import write_json
from ..records import Credential, Moderator, Site
from . import codec, site_codec
from .keys import REGISTRY, key
from .queries import MAX_RETRIES, Queries, too_many_conflicts
from .scripts import Scripts

# By choice: what an entry of the audit says of a setting is to be read by people.
_MOST_ITEMS = 20
_MOST_CHARACTERS = 200


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
        owner = moderator and [moderator.id, site_codec.moderator_json(moderator)]
        self._scripts.run(
            "create_site",
            {
                "site": site.slug,
                "fields": codec.flat(site_codec.site_fields(site)),
                "credential": [credential.id, site_codec.credential_json(credential)],
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
        return site_codec.site_from(slug, stored)

    def list(self) -> Sequence[Site]:
        """All sites of the registry, by slug."""
        slugs = sorted(slug.decode() for slug in self._queries.one("SMEMBERS", REGISTRY))
        found = self._queries.pipeline([("HGETALL", key("site", slug)) for slug in slugs])
        return [
            site_codec.site_from(s, stored)
            for s, stored in zip(slugs, found, strict=True)
            if stored
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
        """Replace what is given; the audit says what was there before.

        What is given as it is already changes nothing: no version, no entry. Raises
        `SiteNotFoundError`, `ChangedError` (another version than the one expected).
        """
        given = {"name": name, "origins": origins, "policy": policy}
        changed = [field for field, value in given.items() if value is not None]
        if not changed:
            return self.get(slug)
        fields: dict[str, str | int | None] = {
            "name": name,
            "origins": None if origins is None else write_json(list(origins)),
            **({} if policy is None else site_codec.policy_fields(policy)),
        }
        for _ in range(MAX_RETRIES):
            before = self.get(slug)
            if expected_version in (None, before.version) and not _differs(before, given):
                return before
            try:
                self._scripts.run(
                    "update_site",
                    {
                        "site": slug,
                        "fields": codec.flat(fields),
                        "changed": changed,
                        "changes": _changes(before, given),
                        "expected": before.version
                        if expected_version is None
                        else expected_version,
                        "actor": actor,
                        "now": now,
                    },
                    site=slug,
                )
            except ChangedError:
                if expected_version is not None:
                    raise
            else:
                return self.get(slug)
        raise too_many_conflicts()

    def _register(self, slug: str) -> bool:
        """Enter a site in the global registry; False if it was there."""
        added = self._scripts.connection.call(lambda client: client.sadd(REGISTRY, slug))
        return bool(added)


def _differs(site: Site, given: Mapping[str, Any]) -> bool:
    """Say whether anything given is another than before; an empty list or group is none."""
    before = {"name": site.name, "origins": site.origins, "policy": site.policy}
    return any(
        value is not None and _filled(value) != _filled(before[field])
        for field, value in given.items()
    )


def _filled(value: Any) -> Any:
    """Give a setting without the empty lists and groups in it."""
    if not isinstance(value, Mapping):
        return list(value) if isinstance(value, list | tuple) else value
    inner = {name: _filled(each) for name, each in value.items()}
    return {name: each for name, each in inner.items() if each not in ([], {})}


def _changes(site: Site, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give each setting that becomes another one: before and after; of a list what comes and goes.

    A group of settings, such as the thresholds, is taken apart: `policy.thresholds.insult`.
    """
    before = _flat({"name": site.name, "origins": list(site.origins), "policy": dict(site.policy)})
    after = _flat({name: value for name, value in given.items() if value is not None})
    groups = tuple(f"{name}." for name, value in given.items() if value is not None)
    gone = {name: None for name in before if name.startswith(groups) and name not in after}
    return {
        name: _change(before.get(name), value)
        for name, value in sorted((after | gone).items())
        if before.get(name) != value
    }


def _flat(settings: Mapping[str, Any], path: str = "", depth: int = 2) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and depth:
            found |= _flat(value, f"{path}{name}.", depth - 1)
        else:
            found[f"{path}{name}"] = list(value) if isinstance(value, list | tuple) else value
    return found


def _change(before: Any, after: Any) -> dict[str, Any]:
    if isinstance(before or after, list):
        old, new = before or [], after or []
        found = {
            "added": [_short(item) for item in new if item not in old][:_MOST_ITEMS],
            "removed": [_short(item) for item in old if item not in new][:_MOST_ITEMS],
        }
        # A script takes an empty list for an empty object.
        return {name: items for name, items in found.items() if items} or {"reordered": True}
    return {"before": _short(before), "after": _short(after)}


def _short(value: Any) -> Any:
    return value[:_MOST_CHARACTERS] if isinstance(value, str) else value
