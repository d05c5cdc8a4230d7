"""`rejoinder export` and `rejoinder import`: a site's comments as a file."""

from __future__ import annotations

from typing import Any

import click

from ..archive import export_lines, import_lines
from .base import as_json, of_site, open_store, progress, show


@click.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8", lazy=True))
@of_site
def export_command(file: Any, site: str) -> None:
    """Write a site's threads and comments to FILE, - for standard output.

    Votes, reports and decisions are not in it.
    """
    with open_store() as (settings, store):
        found = store.sites.get(site)
        stats = store.maintenance.stats(site)
        length = sum(n for name, n in stats.items() if name.startswith("comments."))
        lines = export_lines(store, found, tracking=settings.tracking)
        with progress(lines, "Writing", length + stats["threads"] + 1) as bar:
            for line in bar:
                file.write(line + "\n")


@click.command("import")
@click.argument("file", type=click.File("r", encoding="utf-8"))
@of_site
@click.option("--dry-run", is_flag=True, help="Only say what would be done.")
@click.option("--keep-ids", is_flag=True, help="Threads with ids of neither kind keep them.")
@click.option("--keep-names", is_flag=True, help="Take comments under reserved names too.")
@as_json
def import_command(
    file: Any, site: str, dry_run: bool, keep_ids: bool, keep_names: bool, as_json: bool
) -> None:
    """Write the comments of an exported FILE into a site.

    Ids and times are kept; what is there already stays as it is. A thread is found under its
    address, so a file whose addresses were changed is read into the new ones. What the file has
    under a name that is reserved on the site, and not as its staff's, is left out and named.
    """
    with open_store() as (settings, store):
        found = store.sites.get(site)
        with progress(file, "Reading", None) as bar:
            tally = import_lines(
                store,
                found,
                bar,
                dry_run=dry_run,
                keep_ids=keep_ids,
                keep_names=keep_names,
                tracking=settings.tracking,
            )
    would = "Would write" if dry_run else "Wrote"
    show(
        tally,
        as_json,
        "\n".join(
            [
                f"{would} {tally.comments} comments in {tally.threads} threads; "
                f"{tally.present} were there; {len(tally.refused)} left out.",
                *([f"{would} {tally.measures} measures for authors."] if tally.measures else []),
                *tally.refused,
            ]
        ),
    )
    if tally.refused:
        raise click.exceptions.Exit(1)
