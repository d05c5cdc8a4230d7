"""`rejoinder thread`: when pages have moved."""

from __future__ import annotations

import click

from .. import clock, moves
from ..moves import Moved
from .base import as_json, of_site, open_store, show

_DRY_RUN = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@click.group()
def thread() -> None:
    """Move threads with their pages."""


@thread.command("move")
@click.argument("old", metavar="FROM")
@click.argument("new", metavar="TO")
@of_site
@click.option("--below", is_flag=True, help="All pages below FROM too; for a moved site.")
@_DRY_RUN
@as_json
def thread_move(old: str, new: str, site: str, below: bool, dry_run: bool, as_json: bool) -> None:
    """Give the thread of the page FROM to the page TO.

    If TO has a thread, the two become one. Each thread is moved whole or not at all.
    """
    with open_store() as (settings, store):
        found = moves.move(
            store,
            store.sites.get(site),
            old,
            new,
            below=below,
            tracking=settings.tracking,
            dry_run=dry_run,
            now=clock.now(),
        )
    _tell(found, dry_run, as_json)


@thread.command("tidy")
@of_site
@_DRY_RUN
@as_json
def thread_tidy(site: str, dry_run: bool, as_json: bool) -> None:
    """Bring threads that were written under another spelling of their address together.

    For once after an upgrade, and after REJOINDER_TRACKING_PARAMETERS was changed.
    """
    with open_store() as (settings, store):
        found = moves.tidy(
            store,
            store.sites.get(site),
            tracking=settings.tracking,
            dry_run=dry_run,
            now=clock.now(),
        )
    _tell(found, dry_run, as_json)


def _tell(found: Moved, dry_run: bool, as_json: bool) -> None:
    would = "Would move" if dry_run else "Moved"
    lines = [f"{old} -> {new}" for old, new in found.moved]
    text = f"{would} {len(lines)} threads, {found.merged} of them into one that was there."
    show(found, as_json, "\n".join([*lines, text]))
