"""What happens when somebody opens a link of a mail, and when they press its button."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from ...errors import (
    ChangedError,
    ClaimedError,
    IdempotencyMismatchError,
    LinkBrokenError,
    LinkOldError,
    NotFoundError,
)
from ...records import Case, DecisionAction, Idempotency, MailChoice
from ...services import Services
from ...text import line
from . import guest_login, links
from .letter import quoted
from .links import MailLink
from .reasons import REJECTION_REASONS
from .to_moderators import heading
from .words import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a link's page asks: `button` does it. `choices` are values with their labels."""

    language: str
    title: str
    text: str = ""
    heading: str = ""
    quote: str = ""
    button: str
    choice: str = ""
    choices: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a link's page says when there is nothing to ask; `more` is where to go from there.

    `code` is to be typed in somewhere else, and `note` says where.
    """

    language: str
    text: str
    code: str = ""
    note: str = ""
    status: int = 200
    more: tuple[str, str] | None = None


def ask(services: Services, token: str, *, now: int) -> Question | Told:
    """Say what a link would do; it does nothing yet."""
    return _followed(
        services, token, now=now, then=lambda link: _ASK[link.act](services, link, now)
    )


def act(services: Services, token: str, form: Mapping[str, str], *, now: int) -> Told:
    """Do what a link says."""
    told = _followed(
        services, token, now=now, then=lambda link: _ACT[link.act](services, link, form, now)
    )
    if isinstance(told, Question):
        raise TypeError("what acts does not ask")
    return told


def _followed(
    services: Services,
    token: str,
    *,
    now: int,
    then: Callable[[MailLink], Question | Told],
) -> Question | Told:
    try:
        link = links.read(services.settings, token, now=now)
    except LinkOldError as error:
        say = words(str(error.extra["language"]))
        return Told(language=say.language, text=say("link.old"), status=410)
    except LinkBrokenError:
        return _broken("en")
    try:
        return then(link)
    except NotFoundError:
        return _broken(link.language)


def _broken(language: str) -> Told:
    return Told(language=language, text=words(language)("link.broken"), status=404)


# a moderator decides


def _case(services: Services, link: MailLink, now: int) -> Case | Told:
    """Give the case that a link is for, or why it is for nothing any more."""
    say = words(link.language)
    account = services.store.accounts.get(link.site, link.of)
    if account.removed is not None:
        return _broken(link.language)
    where = (say("action.open"), f"/dashboard/cases/{link.about}")
    (case, *_) = [*services.store.queue.cases(link.site, [link.about], now=now), None]
    changed = Told(language=say.language, text=say("link.changed"), status=409, more=where)
    if case is None or case.comment.status == "deleted":
        return replace(changed, more=None)
    if len(case.decisions) != link.decisions:
        return replace(changed, text=say("link.used"))
    return case if case.comment.version == link.version else changed


def _ask_decision(services: Services, link: MailLink, now: int) -> Question | Told:
    case = _case(services, link, now)
    if isinstance(case, Told):
        return case
    say = words(link.language)
    reasons = [(reason, say(f"reason.{reason}")) for reason in REJECTION_REASONS]
    rejecting = link.act == "reject"
    return Question(
        language=say.language,
        title=say(f"link.{link.act}.title"),
        heading=heading(say, case.comment.author.name, case.thread),
        quote=quoted(case.comment.text),
        button=say(f"action.{link.act}"),
        choice=say("link.reason") if rejecting else "",
        choices=[("", "-"), *reasons] if rejecting else (),
    )


def _decide(services: Services, link: MailLink, form: Mapping[str, str], now: int) -> Told:
    case = _case(services, link, now)
    if isinstance(case, Told):
        return case
    say = words(link.language)
    where = (say("action.open"), f"/dashboard/cases/{link.about}")
    chosen = form.get("choice", "")
    action: DecisionAction = "approve" if link.act == "approve" else "reject"
    # Both links of a mail have one key: of two that are pressed at once only one counts.
    pair = f"mail\0{link.site}\0{link.about}\0{link.version}\0{link.decisions}"
    once = Idempotency(key=hashlib.sha256(pair.encode()).hexdigest()[:40], fingerprint=action)
    told = Told(language=say.language, text=say(f"link.{link.act}.done"), more=where)
    try:
        services.store.queue.decide(
            link.site,
            link.about,
            action=action,
            reason=chosen if action == "reject" and chosen in REJECTION_REASONS else "",
            moderator=link.of,
            version=link.version,
            idempotency=once,
            now=now,
        )
    except ChangedError:
        return replace(told, text=say("link.changed"), status=409)
    except ClaimedError:
        return replace(told, text=say("link.claimed"), status=409)
    except IdempotencyMismatchError:
        return replace(told, text=say("link.used"), status=409)
    return told


# a moderator wants no more


def _ask_stop_moderator(services: Services, link: MailLink, now: int) -> Question:
    say = words(link.language)
    site = services.store.sites.get(link.site)
    return Question(
        language=say.language,
        title=say("moderator.stop.title", site=line(site.name)),
        button=say("moderator.stop"),
    )


def _stop_moderator(services: Services, link: MailLink, form: Mapping[str, str], now: int) -> Told:
    store, say = services.store.mail, words(link.language)
    choice = store.choices(link.site).get(link.of, MailChoice())
    store.choose(link.site, link.of, replace(choice, wants="never"), actor=link.of, now=now)
    return Told(
        language=say.language,
        text=say("stop.done"),
        more=(say("moderator.choose"), "/dashboard/account"),
    )


# an author confirms an address


def _ask_confirm(services: Services, link: MailLink, now: int) -> Question | Told:
    say = words(link.language)
    address = services.store.mail_addresses.get(link.site, link.of)
    if address is None or link.about not in address.confirmed | address.asked:
        return _broken(link.language)
    name = line(services.store.sites.get(link.site).name)
    return Question(
        language=say.language,
        title=say("confirm.title"),
        text=say("confirm.text", site=name),
        button=say("confirm.action"),
        choice=say("digest.choose"),
        choices=(("", say("digest.now")), ("daily", say("digest.daily"))),
    )


def _confirm(services: Services, link: MailLink, form: Mapping[str, str], now: int) -> Told:
    say = words(link.language)
    services.store.mail_addresses.confirm(
        link.site, link.of, link.about, daily=form.get("choice") == "daily", now=now
    )
    return Told(language=say.language, text=say("confirm.done"))


# an author logs in


def _ask_login(services: Services, link: MailLink, now: int) -> Question | Told:
    say = words(link.language)
    if not guest_login.is_open(services, link, now=now):
        return _no_login(link)
    name = line(services.store.sites.get(link.site).name)
    return Question(
        language=say.language,
        title=say("login.title", site=name),
        text=say("login.text"),
        button=say("login.action"),
    )


def _show_code(services: Services, link: MailLink, form: Mapping[str, str], now: int) -> Told:
    say, code = words(link.language), guest_login.show_code(services, link, now=now)
    if code is None:
        return _no_login(link)
    return Told(language=say.language, text=say("login.code"), code=code, note=say("login.enter"))


def _no_login(link: MailLink) -> Told:
    say = words(link.language)
    return Told(language=say.language, text=say("login.used"), status=409)


# an author wants no more


def _ask_stop(services: Services, link: MailLink, now: int) -> Question:
    say, name = words(link.language), line(services.store.sites.get(link.site).name)
    return Question(
        language=say.language,
        title=say(f"{_WORD[link.act]}.title", site=name),
        text=say("stop.all.text") if link.act == "stop-all" else "",
        button=say(_WORD[link.act], site=name),
    )


def _stop(services: Services, link: MailLink, form: Mapping[str, str], now: int) -> Told:
    say, addresses = words(link.language), services.store.mail_addresses
    # Whether or not it is known by now: what was asked for is so.
    if link.act == "stop-all":
        addresses.forget(link.site, link.of, now=now)
    else:
        with suppress(NotFoundError):
            addresses.mute(link.site, link.of, link.about, now=now)
    return Told(language=say.language, text=say("stop.done"))


_WORD = {"stop-thread": "stop.thread", "stop-all": "stop.all"}

_ASK: Mapping[str, Callable[[Services, MailLink, int], Question | Told]] = {
    "approve": _ask_decision,
    "reject": _ask_decision,
    "stop-moderator": _ask_stop_moderator,
    "confirm": _ask_confirm,
    "login": _ask_login,
    "stop-thread": _ask_stop,
    "stop-all": _ask_stop,
}
_ACT: Mapping[str, Callable[[Services, MailLink, Mapping[str, str], int], Told]] = {
    "approve": _decide,
    "reject": _decide,
    "stop-moderator": _stop_moderator,
    "confirm": _confirm,
    "login": _show_code,
    "stop-thread": _stop,
    "stop-all": _stop,
}
