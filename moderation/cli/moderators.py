"""`rejoinder moderator`: make moderators, let them in and remove them."""

from __future__ import annotations

import re

import click
from uuid_utils import uuid7

from .. import clock
from ..errors import ExistsError, InvalidError, NotFoundError
from ..records import Credential, Moderator, Role
from ..store import Store
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
@as_json
def moderator_create(
    email: str, site: str, role: Role, name: str | None, with_key: bool, as_json: bool
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
            store.accounts.create(account, made, actor=ACTOR, now=now)
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
