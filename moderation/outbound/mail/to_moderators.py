"""The mail to a moderator: what waits, or all that is new, with links to decide."""

from __future__ import annotations

from ...errors import NotFoundError
from ...records import Case, MailBox, MailChoice, Moderator, Site, Thread
from ...services import Services
from ...settings import Settings
from ...text import line
from . import links, schedule
from .draft import Draft, in_chunks
from .letter import Entry, Letter, Link, quoted
from .links import MailLink
from .posting import waits
from .reasons import why
from .words import Words, words

# By choice: more than are decided from a mail; the dashboard has the rest.
_MOST_SHOWN = 20


def draft(services: Services, site: Site, box: MailBox, *, now: int) -> Draft:
    """Write what waits in a moderator's box, as it is now."""
    moderator_id = box.recipient.removeprefix("m-")
    try:
        account = services.store.accounts.get(site.slug, moderator_id)
    except NotFoundError:
        return Draft(to="")
    choice = services.store.mail.choices(site.slug).get(moderator_id, MailChoice())
    again = schedule.following(choice.hours, choice.zone, now=now)
    if account.removed is not None or choice.wants == "never":
        return Draft(to="", again=again)
    ids = list(dict.fromkeys(item.split("/")[1] for item in box.items))
    cases = [
        case
        for chunk in in_chunks(ids)
        for case in services.store.queue.cases(site.slug, chunk, now=now)
    ]
    # Who may be in danger first, then the most urgent; for who wants all, at last what is only new.
    waiting = sorted(
        (case for case in cases if waits(case)),
        key=lambda case: (
            "self-harm" not in case.lanes,
            -case.priority.total,
            case.comment.id,
        ),
    )
    new = [
        case
        for case in cases
        if f"n/{case.comment.id}" in box.items
        and not waits(case)
        and case.comment.status in ("published", "held")
        and not case.decisions
    ]
    found = waiting + (new if choice.wants == "all" else [])
    if not found:
        return Draft(to="", again=again)
    letter = _letter(services.settings, site, account, choice, found, box, now=now)
    return Draft(to=account.email, letter=letter, again=again)


def _letter(
    settings: Settings,
    site: Site,
    account: Moderator,
    choice: MailChoice,
    cases: list[Case],
    box: MailBox,
    *,
    now: int,
) -> Letter:
    say, name = words(choice.language), line(site.name)
    kind = "review" if waits(cases[0]) else "new"
    shown = cases[:_MOST_SHOWN]
    left = len(cases) - len(shown) + box.more
    dashboard = f"{settings.public_url}/dashboard/"
    stop = links.url(
        settings,
        MailLink(act="stop-moderator", site=site.slug, of=account.id, language=say.language),
    )
    return Letter(
        language=say.language,
        subject=say(f"{kind}.subject", site=name, count=len(cases) + box.more),
        key=" ".join(sorted(box.items)),
        opening=(say(f"{kind}.opening", site=name),),
        entries=[_entry(settings, say, account, case, now=now) for case in shown],
        closing=(*([say("more", count=left)] if left else []), say("links.once")),
        links=(
            Link(label=say("queue.open"), url=dashboard),
            Link(label=say("moderator.choose"), url=f"{dashboard}account"),
            Link(label=say("moderator.stop"), url=stop),
        ),
        list_name=site.slug,
        unsubscribe=stop,
    )


def _entry(settings: Settings, say: Words, account: Moderator, case: Case, *, now: int) -> Entry:
    comment, reasons = case.comment, why(say, case.comment.verdict)
    notes = [say(f"status.{comment.status}")]
    if reasons:
        notes.append(say("why", reasons=reasons))
    if case.reports:
        notes.append(say("reports", count=len(case.reports)))
    dashboard = f"{settings.public_url}/dashboard/cases/{comment.id}"
    return Entry(
        title=heading(say, comment.author.name, case.thread),
        quote=quoted(comment.text),
        notes=notes,
        links=(
            *(
                Link(
                    label=say(f"action.{act}"),
                    url=links.url(settings, _decision(act, account, case, say.language, now)),
                    main=True,
                )
                for act in (("approve", "reject") if waits(case) else ("reject",))
            ),
            Link(label=say("action.open"), url=dashboard),
        ),
    )


def _decision(act: links.Act, account: Moderator, case: Case, language: str, now: int) -> MailLink:
    return MailLink(
        act=act,
        site=account.site,
        of=account.id,
        about=case.comment.id,
        version=case.comment.version,
        decisions=len(case.decisions),
        language=language,
        expires=now + links.DECISION_MS,
    )


def heading(say: Words, name: str, thread: Thread) -> str:
    """Say who wrote where; a page without a title is named by its address."""
    return say(
        "entry.on", name=line(name) or say("nameless"), page=line(thread.title) or thread.url
    )
