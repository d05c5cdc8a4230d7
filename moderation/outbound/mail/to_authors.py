"""The mails to an author: whether the address is theirs, links to log in, answers, decisions."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import NotFoundError
from ...records import Case, Comment, MailAddress, MailBox, Site, Thread
from ...services import Services
from ...settings import Settings
from ...text import line
from . import guest_login, links, schedule
from .draft import Draft, in_chunks
from .letter import Entry, Letter, Link, quoted
from .links import MailLink
from .reasons import REJECTION_REASONS
from .recipients import UNCONFIRMED_MS, hours_of
from .sealing import unseal
from .to_moderators import heading
from .words import Words, words

_MOST_SHOWN = 20
_MOST_OF_ONES_OWN = 120


def draft(services: Services, site: Site, box: MailBox, *, now: int) -> Draft:
    """Write what waits in an author's box, as it is now."""
    name = box.recipient.removeprefix("a-")
    address = services.store.mail_addresses.get(site.slug, name)
    if address is None:
        return Draft(to="")
    to = unseal(services.settings.secret_key, site.slug, address.sealed)
    if to is None:
        return Draft(to="")
    say = words(address.language)
    logins = [item for item in box.items if item.startswith(guest_login.ITEM)]
    if logins:
        # Somebody waits for it: it goes alone, and all else after it.
        latest = max(logins, key=lambda item: box.items[item]).removeprefix(guest_login.ITEM)
        found = guest_login.letter(services, site, say, address, latest, now=now)
        return Draft(to=to, letter=found, told=logins, again=now, spaced=False)
    questions = [item for item in box.items if item.startswith("c/")]
    if questions:
        left = len(box.items) > len(questions)
        later = now if address.confirmed else now + UNCONFIRMED_MS
        author = max(questions, key=lambda item: box.items[item]).removeprefix("c/")
        asked = author in address.asked
        letter = _question(services.settings, site, say, address, author, now) if asked else None
        again = later if left else now
        return Draft(to=to, letter=letter, told=questions, again=again, spaced=False)
    again = schedule.following(hours_of(address), "UTC", now=now)
    entries, threads, replies = _entries(services, site, say, address, box, now=now)
    if not entries:
        return Draft(to=to, again=again)
    return Draft(
        to=to,
        letter=_letter(services.settings, site, say, address, box, entries, threads, replies),
        again=again,
    )


def _question(
    settings: Settings, site: Site, say: Words, address: MailAddress, author: str, now: int
) -> Letter:
    confirm = MailLink(
        act="confirm",
        site=site.slug,
        of=address.id,
        about=author,
        language=say.language,
        expires=now + links.CONFIRM_MS,
    )
    name, stop = line(site.name), _stop(settings, site, say, address)
    button = Link(label=say("confirm.action"), url=links.url(settings, confirm), main=True)
    return Letter(
        language=say.language,
        subject=say("confirm.subject", site=name),
        key=f"confirm {author} {now}",
        opening=(say("confirm.opening", site=name),),
        entries=(Entry(links=(button,)),),
        closing=(say("confirm.otherwise"),),
        links=(Link(label=say("stop.all", site=name), url=stop),),
        list_name=site.slug,
        unsubscribe=stop,
    )


def _stop(settings: Settings, site: Site, say: Words, address: MailAddress) -> str:
    link = MailLink(act="stop-all", site=site.slug, of=address.id, language=say.language)
    return links.url(settings, link)


def _letter(
    settings: Settings,
    site: Site,
    say: Words,
    address: MailAddress,
    box: MailBox,
    entries: list[Entry],
    threads: Mapping[str, Thread],
    replies: int,
) -> Letter:
    name, stop = line(site.name), _stop(settings, site, say, address)
    left = len(entries) - _MOST_SHOWN + box.more
    muted = [
        Link(
            label=f"{say('stop.thread')} ({line(thread.title) or thread.url})"
            if len(threads) > 1
            else say("stop.thread"),
            url=links.url(
                settings,
                MailLink(
                    act="stop-thread",
                    site=site.slug,
                    of=address.id,
                    about=thread.id,
                    language=say.language,
                ),
            ),
        )
        for thread in threads.values()
    ]
    return Letter(
        language=say.language,
        subject=say("reply.subject", site=name, count=replies + box.more)
        if replies
        else say("decision.subject", site=name),
        key=" ".join(sorted(box.items)),
        opening=(say("reply.opening", site=name),) if replies else (),
        entries=entries[:_MOST_SHOWN],
        closing=(say("more", count=left),) if left > 0 else (),
        links=(*muted[:_MOST_SHOWN], Link(label=say("stop.all", site=name), url=stop)),
        list_name=site.slug,
        unsubscribe=stop,
    )


def _entries(
    services: Services, site: Site, say: Words, address: MailAddress, box: MailBox, *, now: int
) -> tuple[list[Entry], Mapping[str, Thread], int]:
    """Give what is still to be told: decisions first, then answers; their threads; the answers."""
    parts = [item.split("/") for item in box.items]
    decided = {part[1]: part[2] for part in parts if part[0] == "d"}
    replies = [part[1] for part in parts if part[0] == "r"]
    threads: dict[str, Thread] = {}
    entries: list[Entry] = []
    for chunk in in_chunks(list(decided)):
        for case in services.store.queue.cases(site.slug, chunk, now=now):
            if _stands(case, decided[case.comment.id], address):
                threads[case.thread.id] = case.thread
                entries.append(_decision(say, case))
    answered = 0
    for comment, parent in _answers(services, site.slug, replies):
        wanted = parent.author.id in address.confirmed and comment.thread not in address.muted
        if not wanted or comment.author.id in address.confirmed:
            continue
        if comment.thread not in threads:
            try:
                threads[comment.thread] = services.store.threads.get(site.slug, comment.thread)
            except NotFoundError:
                continue
        if threads[comment.thread].hidden:
            continue
        answered += 1
        if len(entries) >= _MOST_SHOWN:
            entries.append(Entry())
            continue
        entries.append(_answer(say, comment, parent, threads[comment.thread]))
    return entries, threads, answered


def _answers(services: Services, site: str, ids: list[str]) -> list[tuple[Comment, Comment]]:
    """Give the answers that are to be seen, each with what it answers, oldest first."""
    found: list[tuple[Comment, Comment]] = []
    for chunk in in_chunks(sorted(ids)):
        comments = [
            comment
            for comment in services.store.comments.several(site, chunk)
            if comment.status == "published" and comment.parent is not None
        ]
        above = {comment.parent for comment in comments if comment.parent}
        parents = {
            comment.id: comment
            for comment in services.store.comments.several(site, sorted(above))
            if comment.status == "published"
        }
        found += [
            (comment, parents[comment.parent]) for comment in comments if comment.parent in parents
        ]
    return found


def _stands(case: Case, decision: str, address: MailAddress) -> bool:
    """Whether a decision is still the last word on an author's comment."""
    comment = case.comment
    last = case.decisions[-1] if case.decisions else None
    return (
        last is not None
        and last.id == decision
        and comment.author.id in address.confirmed
        and comment.status in ("published", "rejected")
        and comment.thread not in address.muted
    )


def _decision(say: Words, case: Case) -> Entry:
    comment, reason = case.comment, case.decisions[-1].reason
    approved = comment.status == "published"
    notes = [say("decision.approved" if approved else "decision.rejected")]
    if not approved and reason in REJECTION_REASONS:
        notes.append(say("decision.reason", reason=say(f"reason.{reason}")))
    return Entry(
        title=heading(say, comment.author.name, case.thread),
        quote=quoted(comment.text),
        notes=notes,
        links=(_on_page(say, comment, case.thread),),
    )


def _answer(say: Words, comment: Comment, parent: Comment, thread: Thread) -> Entry:
    own = line(parent.text)
    own = own if len(own) <= _MOST_OF_ONES_OWN else f"{own[:_MOST_OF_ONES_OWN].rstrip()} …"
    return Entry(
        title=heading(say, comment.author.name, thread),
        quote=quoted(comment.text),
        notes=(say("reply.yours", text=own),),
        links=(_on_page(say, comment, thread),),
    )


def _on_page(say: Words, comment: Comment, thread: Thread) -> Link:
    page = thread.url.partition("#")[0]
    url = f"{page}#rejoinder-comment-{comment.id}"
    return Link(label=say("action.read"), url=url, main=True)
