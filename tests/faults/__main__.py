"""`make soak`: write for minutes while things go wrong, then compare every acknowledged write."""

from __future__ import annotations

import logging
import signal
import sys
from typing import Any

import click
import structlog

from tests.faults.run import Run
from tests.faults.storages import STORAGES

# So that a cluster's sites are not all on one of its three shards.
SITES = {"cluster": ("blog", "news", "shop")}


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--storage", type=click.Choice(list(STORAGES)), default="embedded")
@click.option("--clients", default=6, show_default=True)
@click.option("--fault-pause", default=4.0, show_default=True, help="Seconds between two faults.")
def soak(**options: Any) -> None:
    """Exit status 1 if anything acknowledged is lost, doubled or different."""
    # That the storage is away now and then is the point, and no news.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    # However it is ended, it ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sites = SITES.get(options["storage"], ("blog",))
    with Run(options["storage"], options["seed"], sites=sites, threads=8) as run:
        if "disk full" not in run.faults.kinds and options["storage"] == "embedded":
            click.echo("Not tried: a full disk, which needs root to mount one.")
        run.load(
            clients=options["clients"],
            seconds=60 * options["minutes"],
            fault_pause=options["fault_pause"],
        )
        result = run.finish()
        result.findings += run.doctor()
        click.echo(result.table())
        for finding in result.findings[:100]:
            click.echo(f"{finding.kind}: {finding.what}")
        sys.exit(1 if result.findings or result.unanswered else 0)


if __name__ == "__main__":
    soak()
