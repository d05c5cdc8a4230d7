"""`rejoinder key set` and `rejoinder suggestions`: keys' own settings; accepted examples."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

import click

from ..clock import now
from ..errors import NotFoundError, RejoinderError
from ..key_settings import NAMES, KeySettings
from ..records import Suggestion
from ..settings import load_settings
from ..store import Store
from ..store.connection import connect


@click.command("set")
@click.argument("key_id", metavar="ID")
@click.option("--site", required=True, metavar="SLUG", help="The key's site.")
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON only.")
def set_key(key_id: str, site: str, unset: tuple[str, ...], as_json: bool, **given: Any) -> None:
    """Change the settings of the key ID, and print them all.

    Scales are fitted by `rejoinder compare --apply`; take them back with `--unset scale`.

    Example: rejoinder key set k3y1d2345678 --site news --rate-per-minute 600
    """
    changes = {name: value for name, value in given.items() if value is not None}
    try:
        with closing(connect(load_settings())) as connection:
            settings = _change(Store(connection), site, key_id, changes, unset)
    except RejoinderError as error:
        raise click.ClickException(error.detail) from error
    shown = {name: "(set)" if name == "coral_secret" else v for name, v in settings.items()}
    click.echo(json.dumps(shown) if as_json else _text(shown))


@click.command("suggestions")
@click.option("--site", required=True, metavar="SLUG", help="Whose suggestions.")
@click.option("--waiting", is_flag=True, help="Those nobody has reviewed, not the accepted ones.")
def suggestions(site: str, waiting: bool) -> None:
    """Print the suggested scores that moderators accepted, one JSON object a line.

    The lines have the layout of training data: python -m classifiers train reads them.
    """
    try:
        with closing(connect(load_settings())) as connection:
            store = Store(connection)
            store.get_site(site)
            cursor: str | None = None
            while True:
                page, cursor = store.suggestions_page(
                    site, accepted=not waiting, limit=500, cursor=cursor
                )
                for item in page:
                    click.echo(json.dumps(_example(item), ensure_ascii=False))
                if cursor is None:
                    break
    except RejoinderError as error:
        raise click.ClickException(error.detail) from error


def _example(item: Suggestion) -> dict[str, Any]:
    source = f"{item.source}:{item.community}"
    return {"text": item.text, "lang": item.language, "labels": item.labels, "source": source}


def _change(
    store: Store, site: str, key_id: str, changes: dict[str, Any], unset: tuple[str, ...]
) -> dict[str, Any]:
    store.get_site(site)
    credential = store.get_credential(site, key_id)
    if credential is None or credential.kind != "key":
        raise NotFoundError(f"There is no key {key_id} at the site {site}.")
    kept = {name: value for name, value in credential.settings.items() if name not in unset}
    settings = {**kept, **changes}
    KeySettings.from_json(settings)
    if settings != credential.settings:
        store.update_credential_settings(site, key_id, settings, "cli", now())
    return settings


def _text(settings: dict[str, Any]) -> str:
    shown = {
        name: ", ".join(sorted(value)) if name == "scale" else value
        for name, value in settings.items()
    }
    return "\n".join(f"{name}: {value}" for name, value in sorted(shown.items())) or "No settings."
