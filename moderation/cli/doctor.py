"""`rejoinder doctor`: what is wrong with settings, storage, model and indexes."""

from __future__ import annotations

import click

from ..doctor import examine
from ..settings import load_settings
from .base import as_json, show


@click.command()
@as_json
def doctor(as_json: bool) -> None:
    """Look for what is wrong with settings, storage, model and indexes.

    Puts right what can be put right safely (the list of sites). Fails if anything is broken.
    """
    findings = examine(load_settings())
    sign = {"ok": "ok  ", "warning": "WARN", "broken": "FAIL"}
    show(
        {"ok": all(f.level != "broken" for f in findings), "findings": findings},
        as_json,
        "\n".join(f"{sign[f.level]}  {f.about}: {f.detail}" for f in findings),
    )
    if any(finding.level == "broken" for finding in findings):
        raise click.exceptions.Exit(1)
