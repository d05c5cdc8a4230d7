"""How a webhook is set up, changed, given a new secret and tested: what API and commands share."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from typing import Any

from ...records import Delivery, Webhook
from ...settings import Settings
from ...store import Store
from ...tokens import webhook_secret
from .events import TEST
from .sender import OVERLAP_MS
from .transport import check_url

_ALPHABET = string.ascii_lowercase + string.digits


def add(
    store: Store,
    settings: Settings,
    site: str,
    *,
    url: str,
    events: Sequence[str],
    style: str = "standard",
    name: str = "",
    actor: str,
    now: int,
) -> tuple[Webhook, str]:
    """Make a webhook; the second value is its secret.

    Raises `BadTargetError`, `SiteNotFoundError`, `TooManyWebhooksError`.
    """
    check_url(url, settings.webhook_networks)
    webhook = Webhook(
        site=site,
        id=_random(12),
        url=url,
        events=tuple(dict.fromkeys(events)),
        format=style,
        name=name,
        created=now,
    )
    store.webhooks.add(webhook, actor=actor, now=now)
    return webhook, _secret(settings, webhook)


def change(
    store: Store,
    settings: Settings,
    site: str,
    webhook_id: str,
    given: Mapping[str, Any],
    *,
    actor: str,
    now: int,
) -> Webhook:
    """Replace what is given of a webhook; `active` switches it on or off.

    Raises `BadTargetError`, `WebhookNotFoundError`.
    """
    changes = dict(given)
    if "url" in changes:
        check_url(changes["url"], settings.webhook_networks)
    if "events" in changes:
        changes["events"] = tuple(dict.fromkeys(changes["events"]))
    if "active" in changes:
        active = changes.pop("active")
        if active or store.webhooks.get(site, webhook_id).off is None:
            changes["off"] = None if active else "by-hand"
    return store.webhooks.change(site, webhook_id, changes, actor=actor, now=now)


def rotate(
    store: Store, settings: Settings, site: str, webhook_id: str, *, actor: str, now: int
) -> tuple[Webhook, str]:
    """Give a webhook a new secret; for a day its messages are signed with the old one, too.

    Raises `WebhookNotFoundError`.
    """
    generation = store.webhooks.get(site, webhook_id).generation + 1
    changes = {"generation": generation, "overlap": now + OVERLAP_MS}
    webhook = store.webhooks.change(site, webhook_id, changes, actor=actor, now=now)
    return webhook, _secret(settings, webhook)


def send_test(store: Store, site: str, webhook_id: str, *, now: int) -> Delivery:
    """Let a message wait that only says that it is a test; raises `WebhookNotFoundError`."""
    store.webhooks.get(site, webhook_id)
    # A subject of its own: what waits about comments does not hold it up.
    message = f"msg_{secrets.token_hex(12)}"
    made = Delivery(id=message, webhook=webhook_id, subject=message, event=TEST, at=now, data={})
    store.webhooks.enqueue(site, [made], now=now)
    return made


def replay_all(store: Store, site: str, webhook_id: str, *, now: int) -> int:
    """Let all that was given up for a webhook be tried anew, the oldest first; answers how many.

    Raises `WebhookNotFoundError`.
    """
    store.webhooks.get(site, webhook_id)
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = store.webhooks.undelivered(
            site, webhook_id=webhook_id, limit=100, cursor=cursor
        )
        found += [each.id for each in page]
        if cursor is None:
            break
    for each in reversed(found):
        store.webhooks.replay(site, each, now=now)
    return len(found)


def _secret(settings: Settings, webhook: Webhook) -> str:
    return webhook_secret(settings.secret_key, webhook.site, webhook.id, webhook.generation)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
