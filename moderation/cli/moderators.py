"""`rejoinder moderator`: make moderators, let them in and remove them."""

from __future__ import annotations

import re
from dataclasses import replace

import click
from uuid_utils import uuid7

from .. import clock
from ..errors import ExistsError, InvalidError, NotFoundError
from ..outbound.mail.schedule import zone_named
from ..outbound.mail.words import LANGUAGES
from ..records import Credential, MailChoice, MailWants, Moderator, Role
from ..store import Store
from ..store.mail import MAX_BOUNCES, moderator_box
from ..tokens import SCOPES_OF_ROLE, new_credential
from .base import ACTOR, as_json, of_site, open_store, show

ROLE = click.Choice(["owner", "admin", "moderator"])
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
# By choice: time enough to read one's mail; a link that is passed on is soon worthless.
LOGIN_MS = clock.DAY


@click.group()
def moderator() -> None:
    """Make moderators, let them in and remove them."""


@moderator.command("create")
@click.argument("email")
@of_site
@click.option(
    "--role",
    type=ROLE,
    default="moderator",
    show_default=True,
)
@click.option("--name", help="Shown beside decisions.  [default: what stands before the @]")
@click.option(
    "--with-key", is_flag=True, help="Make and print an API key too; --json, for programs, does."
)
@click.option(
    "--mail",
    type=click.Choice(["never", "waiting", "all"]),
    default="waiting",
    show_default=True,
    help="Which comments they get mail of.",
)
@as_json
def moderator_create(
    email: str,
    site: str,
    role: Role,
    name: str | None,
    with_key: bool,
    mail: MailWants,
    as_json: bool,
) -> None:
    """Make an account for EMAIL, with a one-time log-in link, printed this once."""
    if not EMAIL.fullmatch(email):
        raise InvalidError(f"{email!r} is no e-mail address.")
    now = clock.now()
    account = Moderator(
        site=site,
        id=str(uuid7()),
        email=email,
        name=name or email.partition("@")[0],
        role=role,
        created=now,
    )
    with open_store() as (settings, store):
        store.sites.get(site)
        login, token = _login(account, now)
        made, api_key = [login], None
        if with_key or as_json:
            key, api_key = new_credential(
                site, kind="key", role=role, moderator=account.id, name="first key", now=now
            )
            made.append(key)
        try:
            store.accounts.create(account, made, mail=MailChoice(wants=mail), actor=ACTOR, now=now)
        except ExistsError as error:
            raise ExistsError(
                f"{email} already has an account on {site}. For a new log-in link: "
                f"rejoinder moderator login-link {email} --site {site}"
            ) from error
    link = f"{settings.public_url}/dashboard/login#{token}"
    show(
        {
            "site": site,
            "moderator": account.id,
            "email": email,
            "name": account.name,
            "role": role,
            "mail": mail,
            "login_link": link,
        }
        | ({"api_key": api_key} if api_key else {}),
        as_json,
        f"Made the {role} {email} of {site}. Their link into the dashboard, good once within 24 "
        f"hours:\n\n  {link}"
        + (f"\n\nTheir API key, shown this once:\n\n  {api_key}" if api_key else ""),
    )


@moderator.command("login-link")
@click.argument("email")
@of_site
@as_json
def moderator_login_link(email: str, site: str, as_json: bool) -> None:
    """Make a new one-time log-in link for EMAIL."""
    with open_store() as (settings, store):
        account = _account(store, site, email)
        now = clock.now()
        login, token = _login(account, now)
        store.credentials.add(login, ACTOR, now)
    link = f"{settings.public_url}/dashboard/login#{token}"
    show(
        {"site": site, "moderator": account.id, "email": account.email, "login_link": link},
        as_json,
        f"Good once within 24 hours:\n\n  {link}",
    )


@moderator.command("mail")
@click.argument("email")
@of_site
@click.option("--what", type=click.Choice(["never", "waiting", "all"]), help="Of which comments.")
@click.option(
    "--when", metavar="at-once|HOURS", help="At once, or at full hours of the day, such as 8,17."
)
@click.option("--zone", help="The hours' time zone, such as Europe/Berlin.")
@click.option("--language", type=click.Choice(LANGUAGES), help="What the mails are written in.")
@as_json
def moderator_mail(
    email: str,
    site: str,
    what: MailWants | None,
    when: str | None,
    zone: str | None,
    language: str | None,
    as_json: bool,
) -> None:
    """Say or set which mails EMAIL gets; what is left out stays.

    Setting it also tries an address again that was switched off after it refused mail three times.
    """
    with open_store() as (_, store):
        account = _account(store, site, email)
        choice = store.mail.choices(site).get(account.id, MailChoice())
        if any(option is not None for option in (what, when, zone, language)):
            choice = replace(
                choice,
                wants=what or choice.wants,
                hours=choice.hours if when is None else _hours(when),
                zone=choice.zone if zone is None else zone_named(zone),
                language=language or choice.language,
            )
            store.mail.choose(site, account.id, choice, actor=ACTOR, now=clock.now())
        (box,) = store.mail.boxes(site, [moderator_box(account.id)])
    off = box.bounces >= MAX_BOUNCES
    when_said = (
        f"at {', '.join(f'{hour}:00' for hour in choice.hours)} {choice.zone}"
        if choice.hours
        else "at once"
    )
    show(
        {
            "site": site,
            "moderator": account.id,
            "email": account.email,
            "what": choice.wants,
            "hours": list(choice.hours),
            "zone": choice.zone,
            "language": choice.language,
            "switched_off": off,
        },
        as_json,
        f"{account.email} gets mail of {_WHAT[choice.wants]}"
        + ("." if choice.wants == "never" else f", {when_said}, in {choice.language}.")
        + (" It is switched off: the address refused mail three times." if off else ""),
    )


_WHAT = {"never": "no comments", "waiting": "comments that wait", "all": "all comments"}


def _hours(text: str) -> tuple[int, ...]:
    if text == "at-once":
        return ()
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"\d{1,2}", part, re.ASCII) and int(part) < 24 for part in parts):
        raise InvalidError(f"{text!r} is neither at-once nor hours from 0 to 23, such as 8,17.")
    return tuple(sorted({int(part) for part in parts}))


@moderator.command("end-sessions")
@click.argument("email")
@of_site
@as_json
def moderator_end_sessions(email: str, site: str, as_json: bool) -> None:
    """Log EMAIL out everywhere, at once; unused log-in links are worthless then too."""
    with open_store() as (_, store):
        account = _account(store, site, email)
        ended = store.accounts.end_sessions(site, account.id, ACTOR, clock.now())
    show(
        {"site": site, "moderator": account.id, "email": account.email, "ended": ended},
        as_json,
        f"Logged {account.email} out; sessions ended: {ended}.",
    )


@moderator.command("role")
@click.argument("email")
@click.argument("role", type=ROLE)
@of_site
@as_json
def moderator_role(email: str, role: Role, site: str, as_json: bool) -> None:
    """Make EMAIL an owner, an admin or a moderator.

    It counts at once, also for their open sessions, unused log-in links and own keys.
    """
    with open_store() as (_, store):
        account = _account(store, site, email)
        before = store.accounts.set_role(
            site, account.id, role, SCOPES_OF_ROLE[role], actor=ACTOR, now=clock.now()
        )
    show(
        {
            "site": site,
            "moderator": account.id,
            "email": account.email,
            "role": role,
            "role_before": before,
        },
        as_json,
        f"{account.email} is {role} of {site} now; it was {before}."
        if before != role
        else f"{account.email} is {role} of {site} already.",
    )


@moderator.command("remove")
@click.argument("email")
@of_site
@as_json
def moderator_remove(email: str, site: str, as_json: bool) -> None:
    """Take all rights from EMAIL, at once: sessions, log-in links, own keys, claimed cases.

    The name stays beside what they decided.
    """
    with open_store() as (_, store):
        account = _account(store, site, email)
        store.accounts.remove(site, account.id, ACTOR, clock.now())
    show(
        {"site": site, "removed": account.id, "email": account.email},
        as_json,
        f"Removed {account.email} from {site}. Their sessions, links and keys are worthless now.",
    )


@moderator.command("list")
@of_site
@as_json
def moderator_list(site: str, as_json: bool) -> None:
    """List the moderators of a site."""
    with open_store() as (_, store):
        store.sites.get(site)
        found = [item for item in store.accounts.list(site) if item.removed is None]
    show(
        [{"moderator": m.id, "email": m.email, "name": m.name, "role": m.role} for m in found],
        as_json,
        "\n".join(f"{m.id}  {m.role:<10} {m.email}  {m.name}" for m in found) or "No moderators.",
    )


def _account(store: Store, site: str, email: str) -> Moderator:
    store.sites.get(site)
    account = store.accounts.find(site, email)
    if account is None:
        raise NotFoundError(f"{site} has no moderator {email}.")
    return account


def _login(account: Moderator, now: int) -> tuple[Credential, str]:
    return new_credential(
        account.site,
        kind="login",
        role=account.role,
        moderator=account.id,
        expires=now + LOGIN_MS,
        now=now,
    )
