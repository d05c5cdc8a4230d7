"""A site as its admins see it: origins, policy, keys, moderators."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from ..clock import now
from ..errors import OwnKeyError
from ..policy import PRESETS, Policy
from ..records import Site
from ..rehearsal import rehearse
from ..schemas import sites as wire
from ..schemas.base import Problem, extended
from ..services import services
from ..tokens import new_credential
from .blueprint import Blueprint
from .request import require_scope

# Of a policy, what a site's settings have in another form, or not at all.
_NOT_SETTINGS = frozenset(
    {"preset", "target", "hold_words", "flag_words", "chose_for_unsupported", "_measured"}
)

bp = Blueprint("sites", __name__, url_prefix="/api/v1/sites/<site>")


@bp.get("")
@bp.response(200, wire.SiteOut)
def read_site(site: str) -> Any:
    """Read a site's settings; for its moderators."""
    require_scope(site, "queue")
    return _with_thresholds(services().store.sites.get(site))


@bp.patch("")
@bp.arguments(wire.SiteChange)
@bp.response(200, wire.SiteOut)
@bp.alt_response(409, schema=Problem)
def change_site(given: dict[str, Any], site: str) -> Any:
    """Change a site's name, origins or policy; what is given replaces what was there."""
    identity = require_scope(site, "admin")
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
    return _with_thresholds(changed)


@bp.post("/policy/rehearsal")
@bp.arguments(wire.RehearsalIn)
@bp.response(200, wire.RehearsalOut)
def rehearse_policy(given: dict[str, Any], site: str) -> Any:
    """Say what other settings would have done to the latest 1,000 comments; nothing is changed."""
    require_scope(site, "admin")
    found = services().store.sites.get(site)
    policies = (Policy.from_json(found.policy), Policy.from_json(found.policy | given["policy"]))
    return rehearse(services(), site, *policies)


@bp.get("/nudges")
@bp.response(200, wire.NudgesOut)
def read_nudges(site: str) -> Any:
    """Say what authors did after they were shown a text again; for moderators."""
    require_scope(site, "queue")
    return services().store.nudges.counts(site, now=now())


@bp.get("/keys")
@bp.response(200, wire.KeysOut)
def read_keys(site: str) -> Any:
    """List a site's keys; their secrets are not stored."""
    require_scope(site, "admin")
    credentials = services().store.credentials.list(site, now=now())
    return {"keys": [item for item in credentials if item.kind == "key"]}


@bp.post("/keys")
@bp.arguments(wire.KeyIn)
@bp.response(201, wire.KeyOut)
def make_key(given: dict[str, Any], site: str) -> Any:
    """Make a key for a program; it is shown this once."""
    identity = require_scope(site, "admin")
    at = now()
    made, api_key = new_credential(
        site, kind="key", role="client", scopes=given["scopes"], name=given["name"], now=at
    )
    services().store.credentials.add(made, identity.actor, at)
    return extended(made, api_key=api_key)


@bp.delete("/keys/<key>")
@bp.response(204)
def revoke_key(site: str, key: str) -> None:
    """Make a key worthless, at once."""
    identity = require_scope(site, "admin")
    if identity.credential is not None and identity.credential.id == key:
        raise OwnKeyError
    services().store.credentials.revoke(site, key, identity.actor, now())


@bp.get("/moderators")
@bp.response(200, wire.ModeratorsOut)
def read_moderators(site: str) -> Any:
    """List who moderates the site, and who did until they were removed."""
    require_scope(site, "queue")
    return {"moderators": services().store.accounts.list(site)}


def _with_thresholds(site: Site) -> dict[str, Any]:
    policy = Policy.from_json(site.policy)
    presets = {
        name: {
            **{
                each.name: getattr(preset, each.name)
                for each in fields(preset)
                if each.name not in _NOT_SETTINGS
            },
            "thresholds": _thresholds(preset),
        }
        for name, preset in PRESETS.items()
    }
    return extended(
        site,
        effective=_thresholds(policy),
        languages=services().scoring.scorer.card.get("languages", []),
        presets=presets,
        ranges=wire.RANGES,
        expired=services().store.comments.expired(site.slug),
        spam_refusal=policy.refusal(services().scoring.scorer.card, policy.language or "en"),
    )


def _thresholds(policy: Policy) -> dict[str, Any]:
    scorer = services().scoring.scorer
    language = policy.language or "en"
    return {
        name: asdict(policy.threshold(name, scorer.card, language)) for name in scorer.attributes
    }
