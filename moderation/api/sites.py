"""A site as its admins see it: origins, policy, keys, moderators."""

from __future__ import annotations

from typing import Any

from ..clock import now
from ..errors import ForbiddenError
from ..policy import Policy
from ..records import Site
from ..schemas import sites as wire
from ..schemas.base import Problem
from ..services import services
from ..tokens import new_credential
from .problems import Blueprint
from .request import need, no_store

bp = Blueprint("sites", __name__, url_prefix="/api/v1/sites/<site>")

_SITE = wire.SiteOut()
_KEY = wire.KeyOut()


@bp.get("")
@bp.response(200, wire.SiteOut)
def read_site(site: str) -> Any:
    """Read a site's settings; for its moderators."""
    need(site, "queue")
    return _shown(services().store.sites.get(site))


@bp.patch("")
@bp.arguments(wire.SiteChange)
@bp.response(200, wire.SiteOut)
@bp.alt_response(409, schema=Problem)
def change_site(given: dict[str, Any], site: str) -> Any:
    """Change a site's name, origins or policy; what is given replaces what was there."""
    identity = need(site, "admin")
    found = services().store.sites.get(site)
    policy, version = given.get("policy"), given["version"]
    if policy is not None and version is None:
        # What it leaves out is kept as it was read here: nobody may change it in between.
        version = found.version
    changed = services().store.sites.update(
        site,
        name=given.get("name"),
        origins=given.get("origins"),
        policy=None if policy is None else {**found.policy, **policy},
        expected_version=version,
        actor=identity.actor,
        now=now(),
    )
    return _shown(changed)


@bp.get("/keys")
@bp.response(200, wire.KeysOut)
def read_keys(site: str) -> Any:
    """List a site's keys; their secrets are not stored."""
    need(site, "admin")
    found = [
        item for item in services().store.credentials.list(site, now=now()) if item.kind == "key"
    ]
    return no_store({"keys": [_KEY.dump(wire.key_shown(item)) for item in found]})


@bp.post("/keys")
@bp.arguments(wire.KeyIn)
@bp.response(201, wire.KeyOut)
def make_key(given: dict[str, Any], site: str) -> Any:
    """Make a key for a program; it is shown this once."""
    identity = need(site, "admin")
    at = now()
    made, api_key = new_credential(
        site, kind="key", role="client", scopes=given["scopes"], name=given["name"], now=at
    )
    services().store.credentials.add(made, identity.actor, at)
    return no_store(_KEY.dump(wire.key_shown(made, api_key)), 201)


@bp.delete("/keys/<key>")
@bp.response(204)
def revoke_key(site: str, key: str) -> None:
    """Make a key worthless, at once."""
    identity = need(site, "admin")
    if identity.credential is not None and identity.credential.id == key:
        raise ForbiddenError("A key cannot revoke itself.", code="own-key")
    services().store.credentials.revoke(site, key, identity.actor, now())


@bp.get("/moderators")
@bp.response(200, wire.ModeratorsOut)
def read_moderators(site: str) -> Any:
    """List who moderates the site, and who did until they were removed."""
    need(site, "queue")
    return {"moderators": services().store.accounts.list(site)}


def _shown(site: Site) -> Any:
    scorer = services().scoring.scorer
    policy = Policy.from_json(site.policy)
    limits = {name: policy.threshold(name, scorer.card) for name in scorer.attributes}
    body = _SITE.dump(site)
    body["effective"] = {
        name: {"flag": limit.flag, "hold": limit.hold} for name, limit in limits.items()
    }
    return no_store(body)
