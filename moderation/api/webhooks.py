"""A site's webhooks: who is told of what happens, and what did not reach them."""

from __future__ import annotations

from typing import Any

from ..clock import now
from ..outbound.webhooks import settings as webhooks
from ..records import Webhook
from ..schemas import webhooks as wire
from ..schemas.base import Problem, extended
from ..services import services
from ..store import WebhookState
from .blueprint import Blueprint
from .request import require_scope

bp = Blueprint("webhooks", __name__, url_prefix="/api/v1/sites/<site>/webhooks")


@bp.get("")
@bp.response(200, wire.WebhooksOut)
def read_webhooks(site: str) -> Any:
    """List a site's webhooks and how they fare; for its admins."""
    require_scope(site, "admin")
    store = services().store.webhooks
    states = store.states(site)
    return {
        "webhooks": [_shown(webhook, states) for webhook in store.list(site)],
        "events": wire.EVENTS,
        "formats": wire.FORMATS,
    }


@bp.post("")
@bp.arguments(wire.WebhookIn)
@bp.response(201, wire.WebhookMade)
@bp.alt_response(409, schema=Problem)
@bp.alt_response(422, schema=Problem)
def make_webhook(given: dict[str, Any], site: str) -> Any:
    """Have an address told of events from now on; its secret is shown this once."""
    identity = require_scope(site, "admin")
    webhook, secret = webhooks.add(
        services().store,
        services().settings,
        site,
        url=given["url"],
        events=given["events"],
        style=given["format"],
        name=given["name"],
        actor=identity.actor,
        now=now(),
    )
    return _shown(webhook) | {"secret": secret}


@bp.get("/<webhook>")
@bp.response(200, wire.WebhookOut)
def read_webhook(site: str, webhook: str) -> Any:
    """Read one webhook and how it fares."""
    require_scope(site, "admin")
    store = services().store.webhooks
    return _shown(store.get(site, webhook), store.states(site))


@bp.patch("/<webhook>")
@bp.arguments(wire.WebhookChange)
@bp.response(200, wire.WebhookOut)
@bp.alt_response(422, schema=Problem)
def change_webhook(given: dict[str, Any], site: str, webhook: str) -> Any:
    """Change a webhook, or switch it off or on; what waits for it meanwhile is sent then."""
    identity = require_scope(site, "admin")
    store = services().store
    changed = webhooks.change(
        store, services().settings, site, webhook, given, actor=identity.actor, now=now()
    )
    return _shown(changed, store.webhooks.states(site))


@bp.delete("/<webhook>")
@bp.response(204)
def remove_webhook(site: str, webhook: str) -> None:
    """Forget a webhook, what waits for it, and what did not reach it."""
    identity = require_scope(site, "admin")
    services().store.webhooks.remove(site, webhook, actor=identity.actor, now=now())


@bp.post("/<webhook>/secret")
@bp.response(201, wire.SecretOut)
def make_secret(site: str, webhook: str) -> Any:
    """Give a webhook a new secret, shown this once; for a day both hold."""
    identity = require_scope(site, "admin")
    changed, secret = webhooks.rotate(
        services().store,
        services().settings,
        site,
        webhook,
        actor=identity.actor,
        now=now(),
    )
    return {"secret": secret, "overlap": changed.overlap}


@bp.post("/<webhook>/test")
@bp.response(202)
def send_test(site: str, webhook: str) -> None:
    """Send a message of the type `webhook.test`; how it ends is seen with the webhook."""
    require_scope(site, "admin")
    webhooks.send_test(services().store, site, webhook, now=now())


@bp.get("/undelivered")
@bp.arguments(wire.UndeliveredQuery, location="query")
@bp.response(200, wire.UndeliveredPage)
def read_undelivered(query: dict[str, Any], site: str) -> Any:
    """Read what was given up, newest first; it is kept for 30 days."""
    require_scope(site, "admin")
    found, cursor = services().store.webhooks.undelivered(
        site, webhook_id=query["webhook"], limit=query["limit"], cursor=query["cursor"]
    )
    return {"undelivered": found, "next_cursor": cursor}


@bp.post("/undelivered/<delivery>/replay")
@bp.response(202, wire.ReplayedOut)
def replay_one(site: str, delivery: str) -> Any:
    """Try what was given up anew, behind what waits about the same comment."""
    require_scope(site, "admin")
    services().store.webhooks.replay(site, delivery, now=now())
    return {"replayed": 1}


@bp.post("/<webhook>/replay")
@bp.response(202, wire.ReplayedOut)
def replay_webhook(site: str, webhook: str) -> Any:
    """Try all that was given up for a webhook anew, the oldest first."""
    require_scope(site, "admin")
    return {"replayed": webhooks.replay_all(services().store, site, webhook, now=now())}


def _shown(webhook: Webhook, states: dict[str, WebhookState] | None = None) -> dict[str, Any]:
    state = (states or {}).get(webhook.id, WebhookState())
    return extended(webhook, state=state, active=webhook.off is None)
