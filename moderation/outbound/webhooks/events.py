"""Which events a task of the outbox is, and who is to be told of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from ...records import Delivery
from ...store import Store, Task

TEST = "webhook.test"
"""What is sent when somebody asks for a test, whatever else the webhook asks for."""

# Of tasks: three events each, for twenty webhooks, are written in one script.
_PAGE = 20


def fan_out(store: Store, site: str, *, now: int) -> int:
    """Make deliveries of what the outbox has since the last time; answers how many.

    It must run between a task's reading and its acknowledgement, whoever does both: then no event
    is missed, and each is taken once, in the order of the outbox.
    """
    made = 0
    while True:
        unread = store.webhooks.unread(site, limit=_PAGE)
        if unread is None or not unread.tasks:
            return made
        deliveries = [
            Delivery(
                id=_message_id(site, task.id, event),
                webhook=webhook.id,
                subject=_subject(task),
                event=event,
                at=int(task.id.partition("-")[0]),
                data=task.data,
            )
            for task in unread.tasks
            for event in events_of(task.type, task.data)
            for webhook in unread.webhooks
            if webhook.wants(event)
        ]
        last = unread.tasks[-1].id
        if store.webhooks.enqueue(site, deliveries, seen=unread.seen, cursor=last, now=now):
            made += len(deliveries)
            if len(unread.tasks) < _PAGE:
                return made


def events_of(kind: str, data: Mapping[str, Any]) -> Iterator[str]:
    """Give the events that a task is: what was done first, then what became of the comment."""
    status = data.get("status")
    if kind == "comment.created":
        # What an import brings happened elsewhere, and long ago.
        if not data.get("imported"):
            yield kind
            yield f"comment.{status}"
    elif kind == "comment.changed" and status == "deleted":
        yield "comment.deleted"
    elif kind == "comment.changed":
        if data.get("edited"):
            yield "comment.edited"
        yield from _became(data)
    elif kind == "case.decided":
        yield "decision.undone" if "undoes" in data else "decision.made"
        yield from _became(data)
    elif kind == "comment.reported":
        yield "report.created"
    elif kind == "author.measured":
        yield kind


def _became(data: Mapping[str, Any]) -> Iterator[str]:
    if "before" in data and data["before"] != data["status"]:
        yield f"comment.{data['status']}"


def _subject(task: Task) -> str:
    return str(task.data.get("comment") or task.data.get("author") or "site")


def _message_id(site: str, task_id: str, event: str) -> str:
    """Give the id by which receivers know a message again: the same whenever it is made."""
    what = f"{site}\0{task_id}\0{event}".encode()
    return f"msg_{hashlib.blake2b(what, digest_size=12).hexdigest()}"
