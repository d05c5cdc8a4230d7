"""`rejoinder key`: make, list, set and revoke the keys of client programs."""

from __future__ import annotations

from typing import Any

import click

from .. import clock
from ..key_settings import NAMES, akismet_alias, change_settings
from ..records import Credential
from ..tokens import CLIENT_SCOPES, SCOPES, new_credential
from .base import ACTOR, as_json, of_site, open_store, show


@click.group()
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
    with open_store() as (settings, store):
        store.sites.get(site)
        made, api_key = new_credential(
            site, kind="key", role="client", scopes=scopes, name=name, now=now
        )
        store.credentials.add(made, ACTOR, now)
    shown: dict[str, Any] = {"api_key": api_key, **_described(made)}
    text = f"Made a key of {site} for {', '.join(made.scopes)}, shown this once:\n\n  {api_key}"
    if "akismet" in made.scopes:
        shown["akismet_key"] = akismet_alias(made, settings.secret_key)
        text += f"\n\nAs an Akismet key:\n\n  {shown['akismet_key']}"
    show(shown, as_json, text)


@key.command("list")
@of_site
@as_json
def key_list(site: str, as_json: bool) -> None:
    """List the keys of a site; their secrets are not stored."""
    with open_store() as (_, store):
        store.sites.get(site)
        found = [
            item for item in store.credentials.list(site, now=clock.now()) if item.kind == "key"
        ]
    show(
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
    with open_store() as (_, store):
        store.sites.get(site)
        store.credentials.revoke(site, key_id, ACTOR, clock.now())
    show({"site": site, "revoked": key_id}, as_json, f"Revoked {key_id}.")


@key.command("set")
@click.argument("key_id", metavar="ID")
@of_site
@click.option("--rate-per-minute", type=click.IntRange(1), help="Requests a minute, per process.")
@click.option("--quota-per-month", type=click.IntRange(1), help="Requests a month.")
@click.option(
    "--akismet-verdict",
    type=click.Choice(["spam", "hold"]),
    help="What comment-check answers: is it spam, or would the site's policy hold it.",
)
@click.option("--coral-secret", help="The signing secret that Coral shows for its phase.")
@click.option(
    "--unset", multiple=True, type=click.Choice(sorted(NAMES)), help="A setting to take back."
)
@as_json
def key_set(key_id: str, site: str, unset: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Change the settings of the key ID, and print them all.

    Scales are fitted by `rejoinder compare --apply`; take them back with `--unset scale`.

    Example: rejoinder key set k3y1d2345678 --site news --rate-per-minute 600
    """
    changes = {name: value for name, value in given.items() if value is not None}
    with open_store() as (_, store):
        settings = change_settings(
            store, site, key_id, changes, unset=unset, actor=ACTOR, now=clock.now()
        )
    shown = {name: "(set)" if name == "coral_secret" else v for name, v in settings.items()}
    show(shown, as_json, _settings_text(shown))


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


def _settings_text(settings: dict[str, Any]) -> str:
    shown = {
        name: ", ".join(sorted(value)) if name == "scale" else value
        for name, value in settings.items()
    }
    return "\n".join(f"{name}: {value}" for name, value in sorted(shown.items())) or "No settings."
