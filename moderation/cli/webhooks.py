"""`rejoinder webhook`: tell other programs what happens on a site."""

from __future__ import annotations

from typing import Any

import click

from .. import clock
from ..outbound.webhooks import settings as webhooks
from ..records import Webhook
from ..schemas.base import time_text
from ..schemas.webhooks import EVENTS, FORMATS
from ..store import Undelivered, WebhookState
from .base import ACTOR, as_json, of_site, open_store, show


@click.group()
def webhook() -> None:
    """Tell other programs, or a chat, what happens on a site."""


@webhook.command("create")
@click.argument("url")
@of_site
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice([*EVENTS, "*"]),
    default=("*",),
    help="What to tell; may be given more than once.  [default: all of them]",
)
@click.option(
    "--format", "style", type=click.Choice(FORMATS), default="standard", show_default=True
)
@click.option("--name", default="", help="To tell it from others.")
@as_json
def webhook_create(
    url: str, site: str, events: tuple[str, ...], style: str, name: str, as_json: bool
) -> None:
    """Have URL told of events from now on; its secret is printed this once.

    Example: rejoinder webhook create https://hooks.slack.com/… --site blog --format slack
    --event comment.held
    """
    with open_store() as (settings, store):
        made, secret = webhooks.add(
            store,
            settings,
            site,
            url=url,
            events=events,
            style=style,
            name=name,
            actor=ACTOR,
            now=clock.now(),
        )
    text = f"Made the webhook {made.id} of {site}. Its secret, shown this once:\n\n  {secret}"
    show({"secret": secret, **_described(made)}, as_json, text)


@webhook.command("list")
@of_site
@as_json
def webhook_list(site: str, as_json: bool) -> None:
    """List a site's webhooks and how they fare."""
    with open_store() as (_, store):
        store.sites.get(site)
        found, states = store.webhooks.list(site), store.webhooks.states(site)
    rows = [(each, states.get(each.id, WebhookState())) for each in found]
    show(
        [_described(each, state) for each, state in rows],
        as_json,
        "\n".join(_row(each, state) for each, state in rows) or "No webhooks.",
    )


@webhook.command("remove")
@click.argument("webhook_id", metavar="ID")
@of_site
@as_json
def webhook_remove(webhook_id: str, site: str, as_json: bool) -> None:
    """Forget the webhook ID and what waits for it."""
    with open_store() as (_, store):
        store.webhooks.remove(site, webhook_id, actor=ACTOR, now=clock.now())
    show({"site": site, "removed": webhook_id}, as_json, f"Removed {webhook_id}.")


@webhook.command("switch")
@click.argument("webhook_id", metavar="ID")
@click.argument("state", type=click.Choice(["on", "off"]))
@of_site
@as_json
def webhook_switch(webhook_id: str, state: str, site: str, as_json: bool) -> None:
    """Switch the webhook ID on or off; what waits for it is kept."""
    given = {"active": state == "on"}
    with open_store() as (settings, store):
        changed = webhooks.change(
            store, settings, site, webhook_id, given, actor=ACTOR, now=clock.now()
        )
    show(_described(changed), as_json, f"Switched {webhook_id} {state}.")


@webhook.command("rotate")
@click.argument("webhook_id", metavar="ID")
@of_site
@as_json
def webhook_rotate(webhook_id: str, site: str, as_json: bool) -> None:
    """Give the webhook ID a new secret, printed this once; for a day both hold."""
    with open_store() as (settings, store):
        changed, secret = webhooks.rotate(
            store, settings, site, webhook_id, actor=ACTOR, now=clock.now()
        )
    until = time_text(changed.overlap)
    text = f"The new secret of {webhook_id}, shown this once:\n\n  {secret}\n\n"
    text += f"Messages are signed with the one before, too, until {until}."
    show({"id": webhook_id, "secret": secret, "overlap": until}, as_json, text)


@webhook.command("test")
@click.argument("webhook_id", metavar="ID")
@of_site
@as_json
def webhook_test(webhook_id: str, site: str, as_json: bool) -> None:
    """Send the webhook ID a test; the worker does it, and `list` shows how it ended."""
    with open_store() as (_, store):
        made = webhooks.send_test(store, site, webhook_id, now=clock.now())
    text = f"{made.id} waits for the worker; `rejoinder webhook list` shows how it ended."
    show({"message": made.id}, as_json, text)


@webhook.command("undelivered")
@of_site
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@as_json
def webhook_undelivered(site: str, limit: int, as_json: bool) -> None:
    """List what was given up, newest first."""
    with open_store() as (_, store):
        store.sites.get(site)
        found, _ = store.webhooks.undelivered(site, limit=limit)
    show(
        [_given_up(each) for each in found],
        as_json,
        "\n".join(
            f"{each.id}  {each.delivery.webhook}  {each.delivery.event:<18} {each.reason}"
            for each in found
        )
        or "Everything arrived.",
    )


@webhook.command("replay")
@click.argument("delivery_id", metavar="[DELIVERY]", required=False)
@of_site
@click.option("--webhook", "webhook_id", metavar="ID", help="All that was given up for one.")
@as_json
def webhook_replay(
    delivery_id: str | None, site: str, webhook_id: str | None, as_json: bool
) -> None:
    """Try anew what was given up: one delivery of `undelivered`, or all of a webhook."""
    if (delivery_id is None) == (webhook_id is None):
        raise click.UsageError("give a delivery, or --webhook")
    with open_store() as (_, store):
        if delivery_id is not None:
            store.webhooks.replay(site, delivery_id, now=clock.now())
            count = 1
        else:
            count = webhooks.replay_all(store, site, webhook_id or "", now=clock.now())
    plural = "delivery is" if count == 1 else "deliveries are"
    show({"replayed": count}, as_json, f"{count} {plural} tried anew.")


def _described(each: Webhook, state: WebhookState | None = None) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": each.id,
        "site": each.site,
        "url": each.url,
        "events": each.events,
        "format": each.format,
        "name": each.name,
        "created": time_text(each.created),
        "off": each.off,
    }
    if state is not None:
        shown |= {
            "waiting": state.waiting,
            "delivered": time_text(state.delivered) if state.delivered else None,
            "failed": time_text(state.failed) if state.failed else None,
            "error": state.error,
        }
    return shown


def _row(each: Webhook, state: WebhookState) -> str:
    fares = f"off ({each.off})" if each.off else state.error or "well"
    return (
        f"{each.id}  {each.format:<10} {each.url}  {','.join(each.events)}  "
        f"{state.waiting} waiting  {fares}"
    )


def _given_up(each: Undelivered) -> dict[str, Any]:
    return {
        "id": each.id,
        "at": time_text(each.at),
        "webhook": each.delivery.webhook,
        "event": each.delivery.event,
        "subject": each.delivery.subject,
        "reason": each.reason,
    }
