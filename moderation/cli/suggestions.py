"""`rejoinder suggestions`: accepted examples, as training data."""

from __future__ import annotations

import json
from typing import Any

import click

from ..records import Suggestion
from .base import of_site, open_store


@click.command("suggestions")
@of_site
@click.option("--waiting", is_flag=True, help="Those nobody has reviewed, not the accepted ones.")
def suggestions(site: str, waiting: bool) -> None:
    """Print the suggested scores that moderators accepted, one JSON object a line.

    The lines have the layout of training data: python -m classifiers train reads them.
    """
    with open_store() as (_, store):
        store.sites.get(site)
        cursor: str | None = None
        while True:
            page, cursor = store.suggestions.page(
                site, accepted=not waiting, limit=500, cursor=cursor
            )
            for item in page:
                click.echo(json.dumps(_example(item), ensure_ascii=False))
            if cursor is None:
                break


def _example(item: Suggestion) -> dict[str, Any]:
    source = f"{item.source}:{item.community}"
    return {"text": item.text, "lang": item.language, "labels": item.labels, "source": source}
