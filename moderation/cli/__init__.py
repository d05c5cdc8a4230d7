"""The `rejoinder` command: a thin shell over the functions that tests and the service call too."""

from __future__ import annotations

import importlib
import json
import re
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click
from uuid_utils import uuid7

from .. import clock, logs, urls
from ..errors import ConfigurationError, InvalidError, NotFoundError, RejoinderError, cause
from ..records import Credential, Moderator, Role, Site
from ..settings import Settings, load_settings
from ..store import Store
from ..store.connection import connect
from ..tokens import CLIENT_SCOPES, SCOPES, SCOPES_OF_ROLE, new_credential

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
ROLE = click.Choice(["owner", "admin", "moderator"])
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
LOGIN_MS = clock.DAY
ACTOR = "cli"


class _WrongCall(click.ClickException):
    exit_code = 2


@contextmanager
def _in_one_line() -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "rejoinder"
        message = error.format_message().rstrip(".")
        raise _WrongCall(f"{message}. See {command} --help.") from error
    except RejoinderError as error:
        raise click.ClickException(cause(error)) from error


class _Commands(click.Group):
    """Tells wrong calls and the service's errors in one line.

    `lazy` names commands as `module:command`; they are imported when they are asked for, since
    they need what other commands start faster without.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, str] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lazy = dict(lazy or {})

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self._lazy])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lazy:
            return super().get_command(ctx, cmd_name)
        module, _, name = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module, __package__), name)
        return command

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _in_one_line():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _in_one_line():
            return super().invoke(ctx)


@click.group(
    cls=_Commands,
    lazy={"compare": "..compat.compare:compare", "suggestions": ".foreign_command:suggestions"},
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="rejoinder")
def cli() -> None:
    """A comment service that moderates itself.

    Settings come from REJOINDER_… variables. `rejoinder demo` shows everything on this machine.
    """
    # Those that serve set their log up themselves.
    logs.silence()


def main() -> None:
    """Run the command; a failure is one line on standard error and exit status 1, or 2."""
    cli(prog_name="rejoinder")


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
of_site = click.option("--site", required=True, metavar="SLUG", help="The site it belongs to.")


@cli.command()
@click.option("--fresh", is_flag=True, help="Forget what earlier demos stored.")
@click.option("--port", default=8000, show_default=True, help="Or the next free one.")
@click.option("--browser/--no-browser", default=False, help="Open the sample page in a browser.")
def demo(fresh: bool, port: int, browser: bool) -> None:
    """Show a page with comments and its moderators' queue on this machine.

    Everything is kept in a folder of its own for the next demo. Ctrl-C ends it.
    """
    from ..demo.start import run

    run(load_settings(), fresh=fresh, port=port, browser=browser)


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--workers", type=click.IntRange(1, 512), help="Processes.  [default: one per core]")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve the API, the widget and the dashboard.

    Background work needs `rejoinder worker` beside it.
    """
    from .. import gunicorn_conf

    settings = load_settings()
    _must_be_free(host, port)

    def load() -> Any:
        from ..app import create_app

        return create_app(settings)

    options = {"workers": workers} if workers else {}
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn_conf.serve(load, bind=[address], **options)


@cli.command()
@click.option("--check", is_flag=True, help="Only say, by the exit status, if one works here.")
def worker(check: bool) -> None:
    """Do the background work: retries, rescoring, retention.

    Any number may run, on any number of machines.
    """
    from ..worker import Worker, is_alive

    settings = load_settings()
    if check:
        if not is_alive(settings.data_dir, clock.now()):
            raise click.ClickException("no worker finished a round here within the last minute")
        return
    from ..app import create_app
    from ..services import services_of

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Worker(services_of(create_app(settings))).run(stop)


@cli.group()
def site() -> None:
    """Make and list sites."""


@site.command("create")
@click.argument("slug")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    required=True,
    metavar="URL",
    help="Where its pages are, https://example.org; may be given more than once.",
)
@click.option("--name", help="Shown to moderators.  [default: the slug]")
@click.option(
    "--preset",
    type=click.Choice(["relaxed", "balanced", "strict"]),
    default="balanced",
    show_default=True,
    help="The policy to begin with.",
)
@as_json
def site_create(
    slug: str, origins: tuple[str, ...], name: str | None, preset: str, as_json: bool
) -> None:
    """Make the site SLUG with a key that may do everything on it, printed this once."""
    if not SLUG.fullmatch(slug):
        raise InvalidError("A slug is 1 to 32 of a-z, 0-9 and -, not at its ends.", code="bad-slug")
    made = Site(
        slug=slug,
        name=name or slug,
        origins=tuple(dict.fromkeys(urls.origin(origin) for origin in origins)),
        policy={"preset": preset},
        created=clock.now(),
    )
    with _store() as (settings, store):
        credential, api_key = new_credential(
            slug, kind="key", role="owner", name="first key", now=made.created
        )
        store.create_site(made, credential=credential, now=made.created)
    tag = (
        f'<script src="{settings.public_url}/embed.js" data-site="{slug}" async></script>'
        "<rejoinder-thread></rejoinder-thread>"
    )
    _show(
        {"site": slug, "name": made.name, "origins": made.origins, "api_key": api_key, "tag": tag},
        as_json,
        f"Made the site {slug}. Its key, shown this once:\n\n  {api_key}\n\n"
        f"Put this into its pages:\n\n  {tag}\n\n"
        f"Next: rejoinder moderator create YOU@EXAMPLE.ORG --site {slug} --role owner",
    )


@site.command("list")
@as_json
def site_list(as_json: bool) -> None:
    """List the sites."""
    with _store() as (_, store):
        sites = store.list_sites()
    _show(
        [
            {"site": s.slug, "name": s.name, "origins": s.origins, "created": s.created}
            for s in sites
        ],
        as_json,
        "\n".join(f"{s.slug:<33} {s.name}  {' '.join(s.origins)}" for s in sites) or "No sites.",
    )


@cli.group()
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
@as_json
def moderator_create(email: str, site: str, role: Role, name: str | None, as_json: bool) -> None:
    """Make an account for EMAIL, with a key and a one-time log-in link, printed this once."""
    if not EMAIL.fullmatch(email):
        raise InvalidError(f"{email!r} is no e-mail address.", code="bad-email")
    now = clock.now()
    account = Moderator(
        site=site,
        id=str(uuid7()),
        email=email,
        name=name or email.partition("@")[0],
        role=role,
        created=now,
    )
    with _store() as (settings, store):
        store.get_site(site)
        key, api_key = new_credential(
            site, kind="key", role=role, moderator=account.id, name="first key", now=now
        )
        login, token = _login(account, now)
        store.create_moderator(account, [key, login], actor=ACTOR, now=now)
    link = f"{settings.public_url}/dashboard/login#{token}"
    _show(
        {
            "site": site,
            "moderator": account.id,
            "email": email,
            "name": account.name,
            "role": role,
            "api_key": api_key,
            "login_link": link,
        },
        as_json,
        f"Made the {role} {email} of {site}. Their key, shown this once:\n\n  {api_key}\n\n"
        f"Their link into the dashboard, good once within 24 hours:\n\n  {link}",
    )


@moderator.command("login-link")
@click.argument("email")
@of_site
@as_json
def moderator_login_link(email: str, site: str, as_json: bool) -> None:
    """Make a new one-time log-in link for EMAIL."""
    with _store() as (settings, store):
        account = _account(store, site, email)
        now = clock.now()
        login, token = _login(account, now)
        store.add_credential(login, ACTOR, now)
    link = f"{settings.public_url}/dashboard/login#{token}"
    _show(
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
    with _store() as (_, store):
        account = _account(store, site, email)
        ended = store.end_sessions(site, account.id, ACTOR, clock.now())
    _show(
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
    with _store() as (_, store):
        account = _account(store, site, email)
        before = store.set_role(
            site, account.id, role, SCOPES_OF_ROLE[role], actor=ACTOR, now=clock.now()
        )
    _show(
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
    with _store() as (_, store):
        account = _account(store, site, email)
        store.remove_moderator(site, account.id, ACTOR, clock.now())
    _show(
        {"site": site, "removed": account.id, "email": account.email},
        as_json,
        f"Removed {account.email} from {site}. Their sessions, links and keys are worthless now.",
    )


@moderator.command("list")
@of_site
@as_json
def moderator_list(site: str, as_json: bool) -> None:
    """List the moderators of a site."""
    with _store() as (_, store):
        store.get_site(site)
        found = [item for item in store.list_moderators(site) if item.removed is None]
    _show(
        [{"moderator": m.id, "email": m.email, "name": m.name, "role": m.role} for m in found],
        as_json,
        "\n".join(f"{m.id}  {m.role:<10} {m.email}  {m.name}" for m in found) or "No moderators.",
    )


@cli.group(cls=_Commands, lazy={"set": ".foreign_command:set_key"})
def key() -> None:
    """Make, list, set and revoke the keys of client programs."""


@key.command("create")
@of_site
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(SCOPES),
    help=f"What it may do; may be given more than once.  [default: {', '.join(CLIENT_SCOPES)}]",
)
@click.option("--name", default="", help="To tell it from others.")
@as_json
def key_create(site: str, scopes: tuple[str, ...], name: str, as_json: bool) -> None:
    """Make a key for a client program, printed this once."""
    now = clock.now()
    with _store() as (settings, store):
        store.get_site(site)
        made, api_key = new_credential(
            site, kind="key", role="client", scopes=scopes, name=name, now=now
        )
        store.add_credential(made, ACTOR, now)
    shown: dict[str, Any] = {"api_key": api_key, **_described(made)}
    text = f"Made a key of {site} for {', '.join(made.scopes)}, shown this once:\n\n  {api_key}"
    if "akismet" in made.scopes:
        from ..key_settings import akismet_alias

        shown["akismet_key"] = akismet_alias(made, settings.secret_key)
        text += f"\n\nAs an Akismet key:\n\n  {shown['akismet_key']}"
    _show(shown, as_json, text)


@key.command("list")
@of_site
@as_json
def key_list(site: str, as_json: bool) -> None:
    """List the keys of a site; their secrets are not stored."""
    with _store() as (_, store):
        store.get_site(site)
        found = [item for item in store.list_credentials(site) if item.kind == "key"]
    _show(
        [_described(item) for item in found],
        as_json,
        "\n".join(
            f"{item.id}  {item.role:<10} {','.join(item.scopes) or 'all':<40} {item.name}"
            for item in found
        )
        or "No keys.",
    )


@key.command("revoke")
@click.argument("key_id", metavar="ID")
@of_site
@as_json
def key_revoke(key_id: str, site: str, as_json: bool) -> None:
    """Make the key ID worthless, at once."""
    with _store() as (_, store):
        store.get_site(site)
        store.revoke_credential(site, key_id, ACTOR, clock.now())
    _show({"site": site, "revoked": key_id}, as_json, f"Revoked {key_id}.")


@cli.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look for what is wrong with settings, storage, model and indexes.

    Puts right what can be put right safely (the list of sites). Fails if anything is broken.
    """
    from ..doctor import examine

    findings = examine(load_settings())
    sign = {"ok": "ok  ", "warning": "WARN", "broken": "FAIL"}
    _show(
        {"ok": all(f.level != "broken" for f in findings), "findings": findings},
        as_json,
        "\n".join(f"{sign[f.level]}  {f.about}: {f.detail}" for f in findings),
    )
    if any(finding.level == "broken" for finding in findings):
        raise click.exceptions.Exit(1)


@cli.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@of_site
def export_command(file: Any, site: str) -> None:
    """Write a site's threads and comments to FILE, - for standard output.

    Votes, reports and decisions are not in it.
    """
    from ..archive import export_lines

    with _store() as (_, store):
        found = store.get_site(site)
        stats = store.stats(site)
        length = sum(n for name, n in stats.items() if name.startswith("comments."))
        with _progress(export_lines(store, found), "Writing", length + stats["threads"] + 1) as bar:
            for line in bar:
                file.write(line + "\n")


@cli.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@of_site
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@as_json
def import_command(file: Any, site: str, dry_run: bool, as_json: bool) -> None:
    """Write the comments of an exported FILE into a site.

    Ids and times are kept; what is there already stays as it is.
    """
    from ..archive import import_lines

    with _store() as (_, store):
        found = store.get_site(site)
        with _progress(file, "Reading", None) as bar:
            tally = import_lines(store, found, bar, dry_run=dry_run)
    would = "Would write" if dry_run else "Wrote"
    _show(
        tally,
        as_json,
        "\n".join(
            [
                f"{would} {tally.comments} comments in {tally.threads} threads; "
                f"{tally.present} were there; {len(tally.refused)} left out.",
                *tally.refused,
            ]
        ),
    )
    if tally.refused:
        raise click.exceptions.Exit(1)


@contextmanager
def _store() -> Iterator[tuple[Settings, Store]]:
    settings = load_settings()
    connection = connect(settings)
    try:
        yield settings, Store(connection)
    finally:
        connection.close()


def _must_be_free(host: str, port: int) -> None:
    """Fail at once where gunicorn would try for five seconds, after loading the model."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {error.strerror}"
        ) from error


def _progress(items: Iterable[str], label: str, length: int | None) -> Any:
    """A progress bar on standard error, if a person watches."""
    hidden = not sys.stderr.isatty()
    return click.progressbar(items, label=label, length=length, file=sys.stderr, hidden=hidden)


def _account(store: Store, site: str, email: str) -> Moderator:
    store.get_site(site)
    account = store.find_moderator(site, email)
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


def _described(item: Credential) -> dict[str, Any]:
    return {
        "id": item.id,
        "site": item.site,
        "name": item.name,
        "role": item.role,
        "scopes": item.scopes,
        "moderator": item.moderator,
        "created": item.created,
    }


def _show(value: Any, as_json: bool, text: str) -> None:
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False) if as_json else text)


def _plain(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
