"""`rejoinder doctor`: what is wrong with settings, storage, model and indexes; what it carries."""

from __future__ import annotations

import signal
import sys

import click

from ..doctor import examine
from ..settings import load_settings
from .base import as_json, show


@click.command()
@click.option("--load", is_flag=True, help="Say instead how much this machine carries.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.2, 25),
    default=10.0,
    show_default=True,
    help="With --load: how long to post, and how long to read.",
)
@as_json
def doctor(load: bool, seconds: float, as_json: bool) -> None:
    """Look for what is wrong with settings, storage, model and indexes.

    Puts right what can be put right safely (the list of sites). Fails if anything is broken.

    With --load, it serves a site of its own on storage of its own for half a minute, and says how
    many posts and reads a second that carried. Nothing of yours is touched; but a service that runs
    beside it is slower meanwhile.
    """
    if load:
        _tell_load(seconds, as_json)
        return
    findings = examine(load_settings())
    sign = {"ok": "ok  ", "warning": "WARN", "broken": "FAIL"}
    show(
        {"ok": all(f.level != "broken" for f in findings), "findings": findings},
        as_json,
        "\n".join(f"{sign[f.level]}  {f.about}: {f.detail}" for f in findings),
    )
    if any(finding.level == "broken" for finding in findings):
        raise click.exceptions.Exit(1)


def _tell_load(seconds: float, as_json: bool) -> None:
    from ..load import COMMENTS, measure

    settings = load_settings()
    # Ended so, it would leave the service and its storage behind.
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        found = measure(settings, seconds=seconds)
    finally:
        signal.signal(signal.SIGTERM, before)
    lines = [
        f"{name}: {phase.per_second:.0f} a second, half within {phase.p50_ms:.1f} ms, 99 of 100 "
        f"within {phase.p99_ms:.1f} ms"
        + (f"; {phase.failed} FAILED" if phase.failed else "")
        + f"\n       limited by {phase.limit}"
        for name, phase in (("posts", found.posts), ("reads", found.reads))
    ]
    lines.append(
        "A post is scored and judged; a read is the first page of a thread of "
        f"{COMMENTS} comments. Asked over {found.connections} connections from this machine, "
        f"{found.processes} web processes, durability {found.durability}."
    )
    if settings.redis_url is not None:
        lines.append("On an embedded storage, not at REJOINDER_REDIS_URL, which holds your data.")
    show(found, as_json, "\n".join(lines))
    if found.posts.failed or found.reads.failed:
        raise click.exceptions.Exit(1)
