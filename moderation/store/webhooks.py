"""Webhooks: who is told of what happens, and what waits to be sent to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from ..errors import WebhookNotFoundError
from ..json_text import write_json
from ..records import Delivery, Webhook
from .codec import check_version
from .keys import SCHEMA, key
from .queries import MAX_RETRIES, Queries, parse_cursor, too_many_conflicts
from .results import Task, Undelivered, WebhookState
from .scripts import RETRY, Scripts
from .streams import data_of

MAX_WEBHOOKS = 20
"""Of one site; each event may become as many requests."""
MAX_WAITING = 10_000
"""Deliveries for one webhook; what comes beyond them is given up at once, and can be replayed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What the outbox holds that webhooks were not told of; `seen` is how far they were."""

    webhooks: Sequence[Webhook]
    tasks: Sequence[Task]
    seen: str


class Webhooks:
    """`store.webhooks`: each event is delivered at least once, in order for each subject."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def add(self, webhook: Webhook, *, actor: str, now: int) -> None:
        """Keep a new webhook; raises `SiteNotFoundError`, `TooManyWebhooksError`."""
        self._scripts.run(
            "set_webhook",
            {
                "id": webhook.id,
                "record": _webhook_json(webhook),
                "most": MAX_WEBHOOKS,
                "detail": {"events": list(webhook.events), "format": webhook.format},
                "actor": actor,
                "now": now,
            },
            site=webhook.site,
        )

    def get(self, site: str, webhook_id: str) -> Webhook:
        """Read a webhook; raises `WebhookNotFoundError`."""
        return self._read(site, webhook_id)[0]

    def list(self, site: str) -> Sequence[Webhook]:
        """All webhooks of a site, oldest first."""
        return _webhooks(site, self._queries.one("HGETALL", key("webhooks", site)))

    def change(
        self, site: str, webhook_id: str, changes: Mapping[str, Any], *, actor: str, now: int
    ) -> Webhook:
        """Replace some fields of a webhook; raises `WebhookNotFoundError`."""
        for _ in range(MAX_RETRIES):
            before, seen = self._read(site, webhook_id)
            webhook = replace(before, **changes)
            if webhook == before:
                return before
            reply = self._scripts.run(
                "set_webhook",
                {
                    "id": webhook_id,
                    "record": _webhook_json(webhook),
                    "seen": seen.decode(),
                    "detail": {"changed": sorted(changes)},
                    "actor": actor,
                    "now": now,
                },
                site=site,
            )
            if reply != RETRY:
                return webhook
        raise too_many_conflicts()

    def remove(self, site: str, webhook_id: str, *, actor: str, now: int) -> None:
        """Forget a webhook and what waits for it; raises `WebhookNotFoundError`."""
        self._scripts.run(
            "remove_webhook", {"id": webhook_id, "actor": actor, "now": now}, site=site
        )

    def states(self, site: str) -> dict[str, WebhookState]:
        """How each webhook fares that was ever sent anything, by its id."""
        found: dict[str, dict[str, Any]] = {}
        for name, value in self._queries.one("HGETALL", key("webhook_state", site)).items():
            webhook, _, field = name.decode().partition("/")
            if field:
                text = value.decode()
                found.setdefault(webhook, {})[field] = text if field == "error" else int(text)
        return {webhook: WebhookState(**fields) for webhook, fields in found.items()}

    def unread(self, site: str, *, limit: int = 100) -> Unread | None:
        """Read on in the outbox, from where webhooks were told; None for a site without any."""
        stored, cursor = self._queries.pipeline(
            [("HGETALL", key("webhooks", site)), ("HGET", key("webhook_state", site), "cursor")]
        )
        if not stored:
            return None
        seen = (cursor or b"").decode()
        entries = self._queries.one(
            "XRANGE", key("outbox", site), f"({seen}" if seen else "-", "+", "COUNT", limit
        )
        tasks = [
            Task(id=i.decode(), type=fields[b"type"].decode(), data=data_of(fields))
            for i, fields in _stream_entries(entries)
        ]
        return Unread(webhooks=_webhooks(site, stored), tasks=tasks, seen=seen)

    def enqueue(
        self,
        site: str,
        deliveries: Iterable[Delivery],
        *,
        seen: str | None = None,
        cursor: str | None = None,
        now: int,
    ) -> bool:
        """Let deliveries wait, each behind what waits about its subject.

        With `cursor` they are of the outbox up to there: False, and nothing is done, if the outbox
        was read further than `seen` meanwhile.
        """
        reply = self._scripts.run(
            "enqueue_deliveries",
            {
                "deliveries": [
                    [each.webhook, each.subject, _delivery_json(each)] for each in deliveries
                ],
                "seen": seen,
                "cursor": cursor,
                "most": MAX_WAITING,
                "now": now,
            },
            site=site,
        )
        return bool(reply != RETRY)

    def claim(
        self, site: str, webhook_id: str, *, count: int, lease_ms: int, now: int
    ) -> Sequence[Delivery]:
        """Take what is due; who does not `finish` it in time loses it to another worker."""
        reply = self._scripts.run(
            "claim_deliveries",
            {"webhook": webhook_id, "count": count, "lease": lease_ms, "now": now},
            site=site,
        )
        return [
            _delivery_from(webhook_id, subject.decode(), raw, tries=tries)
            for subject, raw, tries in reply[0]
        ]

    def finish(
        self,
        site: str,
        delivery: Delivery,
        *,
        error: str | None = None,
        due: int | None = None,
        now: int,
    ) -> bool:
        """End a try: delivered, or with an `error` tried again when `due`, or given up without.

        False if another worker has taken it over since.
        """
        reply = self._scripts.run(
            "finish_delivery",
            {
                "webhook": delivery.webhook,
                "subject": delivery.subject,
                "delivery": _delivery_json(delivery),
                "tries": delivery.tries,
                "delivered": error is None,
                "error": error,
                "due": due,
                "now": now,
            },
            site=site,
        )
        return bool(reply[0])

    def undelivered(
        self, site: str, *, webhook_id: str | None = None, limit: int, cursor: str | None = None
    ) -> tuple[Sequence[Undelivered], str | None]:
        """What was given up, newest first, and the next cursor; raises `BadCursorError`.

        A page of one webhook's may have fewer than `limit`, or none, and still a cursor.
        """
        before = parse_cursor(cursor, "")
        if before and not before.strip("0-"):
            return [], None
        reply = self._queries.one(
            "XREVRANGE",
            key("undelivered", site),
            f"({before}" if before else "+",
            "-",
            "COUNT",
            limit + 1,
        )
        entries = _stream_entries(reply)
        found = [_undelivered(i, fields) for i, fields in entries[:limit]]
        following = found[-1].id if len(entries) > limit else None
        return [each for each in found if webhook_id in (None, each.delivery.webhook)], following

    def replay(self, site: str, undelivered_id: str, *, now: int) -> None:
        """Let what was given up be tried anew.

        Raises `UndeliveredNotFoundError`, `WebhookNotFoundError`.
        """
        parse_cursor(undelivered_id, "")
        self._scripts.run("replay_delivery", {"id": undelivered_id, "now": now}, site=site)

    def _read(self, site: str, webhook_id: str) -> tuple[Webhook, bytes]:
        raw = self._queries.one("HGET", key("webhooks", site), webhook_id)
        if raw is None:
            raise WebhookNotFoundError
        return _webhook_from(site, webhook_id, raw), raw


def _webhooks(site: str, stored: Mapping[bytes, bytes]) -> list[Webhook]:
    found = [_webhook_from(site, i.decode(), raw) for i, raw in stored.items()]
    return sorted(found, key=lambda webhook: (webhook.created, webhook.id))


def _webhook_json(webhook: Webhook) -> str:
    data = asdict(webhook) | {"v": SCHEMA}
    del data["site"], data["id"]
    return write_json({k: v for k, v in data.items() if v is not None})


def _webhook_from(site: str, webhook_id: str, raw: bytes) -> Webhook:
    data = json.loads(raw)
    check_version(data.pop("v"))
    data["events"] = tuple(data["events"])
    return Webhook(site=site, id=webhook_id, **data)


def _delivery_json(delivery: Delivery) -> str:
    return write_json(
        {"id": delivery.id, "event": delivery.event, "at": delivery.at, "data": delivery.data}
    )


def _delivery_from(webhook: str, subject: str, raw: bytes, *, tries: int = 0) -> Delivery:
    return Delivery(webhook=webhook, subject=subject, tries=tries, **json.loads(raw))


def _stream_entries(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Give a reply of XRANGE, whose fields come as a flat list, with them by name."""
    found = []
    for entry_id, flat in reply or []:
        fields = flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2], strict=True))
        found.append((entry_id, fields))
    return found


def _undelivered(entry_id: bytes, fields: Mapping[bytes, bytes]) -> Undelivered:
    name = entry_id.decode()
    return Undelivered(
        id=name,
        at=int(name.partition("-")[0]),
        delivery=_delivery_from(
            fields[b"webhook"].decode(), fields[b"subject"].decode(), fields[b"delivery"]
        ),
        reason=fields[b"reason"].decode(),
    )
