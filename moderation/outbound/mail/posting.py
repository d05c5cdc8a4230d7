"""What a change means to somebody: the worker calls it for tasks of the outbox.

It only notes whom to tell of which comment. What the mail says is read when it is written, so that
a comment which was changed, decided or deleted meanwhile is told as it is then, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...clock import HOUR, now
from ...errors import NotFoundError
from ...records import Case, Comment, MailChoice, MailPost
from ...services import Services
from ...store.mail import moderator_box
from ...store.mail_addresses import author_box
from ...store.results import Task
from . import schedule
from .recipients import UNCONFIRMED_MS, hours_of

# Nobody has to decide these: they were refused already, or picked to be looked at.
RESTING = frozenset({"rejected", "spam", "audit"})
# A comment that was written so long before its task was brought in by an import, of which nobody
# is told. Clocks of two machines differ less.
_IMPORTED_MS = HOUR


def post(services: Services, site: str, task: Task) -> None:
    """Put what a task tells into the boxes of those whom it concerns; again changes nothing."""
    if not services.settings.mails or "comment" not in task.data:
        return
    at = now()
    try:
        case = services.store.queue.case(site, str(task.data["comment"]), now=at)
    except NotFoundError:
        return
    if int(task.id.partition("-")[0]) - case.comment.created > _IMPORTED_MS and (
        task.type == "comment.created"
    ):
        return
    if case.comment.status == "deleted":
        _forget(services, site, case.comment.author.id, at)
        return
    posts = [
        *_to_moderators(services, site, task, case, at),
        *_answered(services, site, task, case.comment, at),
        *_decided(services, site, task, case.comment, at),
    ]
    services.store.mail.post(site, posts, now=at)


def waits(case: Case) -> bool:
    """Whether a case is to be decided by somebody."""
    return bool(set(case.lanes) - RESTING)


def _to_moderators(
    services: Services, site: str, task: Task, case: Case, at: int
) -> Iterator[MailPost]:
    comment = case.comment
    if waits(case):
        # One that comes back into the queue, or is passed on, is told again.
        item = f"w/{comment.id}/{case.queued}{'e' if case.escalated else ''}"
    elif task.type == "comment.created" and comment.status in ("published", "held"):
        item = f"n/{comment.id}"
    else:
        return
    choices = services.store.mail.choices(site)
    for account in services.store.accounts.list(site):
        choice = choices.get(account.id, MailChoice())
        concerned = choice.wants == "all" or (choice.wants == "waiting" and waits(case))
        own = account.id in (comment.author.id, task.data.get("moderator"))
        if account.removed is None and concerned and not own:
            box = moderator_box(account.id)
            yield schedule.post(box, item, choice.hours, choice.zone, now=at)


def _answered(
    services: Services, site: str, task: Task, comment: Comment, at: int
) -> Iterator[MailPost]:
    """Whoever is answered is told once the answer is there for everybody."""
    if comment.status != "published" or comment.parent is None:
        return
    if task.type == "comment.reported" or task.data.get("before") == "published":
        return  # it was there before
    try:
        parent = services.store.comments.get(site, comment.parent)
    except NotFoundError:
        return
    if parent.author.id != comment.author.id:
        yield from _to_author(services, site, parent.author.id, comment, f"r/{comment.id}", at)


def _decided(
    services: Services, site: str, task: Task, comment: Comment, at: int
) -> Iterator[MailPost]:
    """An author is told what a moderator made of their comment."""
    data = task.data
    if (
        task.type == "case.decided"
        and data["action"] in ("approve", "reject")
        and data["status"] != data["before"]
        and data["moderator"] != comment.author.id
    ):
        item = f"d/{comment.id}/{data['decision']}"
        yield from _to_author(services, site, comment.author.id, comment, item, at)


def _to_author(
    services: Services, site: str, author: str, comment: Comment, item: str, at: int
) -> Iterator[MailPost]:
    address = services.store.mail_addresses.of(site, author)
    if address is None or comment.thread in address.muted:
        return
    own = item.startswith("r/") and comment.author.id in address.confirmed
    box = author_box(address.id)
    if author in address.confirmed and not own:
        yield schedule.post(box, item, hours_of(address), "UTC", now=at)
    elif author in address.asked:
        # It goes when they confirm the address.
        yield MailPost(recipient=box, item=item, due=at + UNCONFIRMED_MS)


def _forget(services: Services, site: str, author: str, at: int) -> None:
    """With the last of their comments, an author's address goes."""
    left, _ = services.store.comments.by_author(site, author, limit=1)
    if not left:
        services.store.mail_addresses.forget_author(site, author, now=at)
