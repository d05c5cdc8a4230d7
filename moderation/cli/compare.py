"""`rejoinder compare`: our scores beside those that another service gave the same texts."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from classifiers import load_model

from .. import clock
from ..compat.compare import (
    MIN_FOR_SCALE,
    THRESHOLDS,
    Comparison,
    apply_scales,
    batches_of,
    compare_rows,
    read_rows,
    site_and_key,
)
from ..errors import InvalidError
from ..settings import load_settings
from .base import ACTOR, open_store
from .base import as_json as as_json_option


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--threshold",
    "thresholds",
    multiple=True,
    type=click.FloatRange(0, 1),
    help="A threshold that you use today; may be repeated. [default: 0.5 0.7 0.8 0.9]",
)
@click.option(
    "--apply",
    "key",
    metavar="KEY",
    help="Fit a scale for each attribute and store it with this key (whole, or SITE/KEY-ID).",
)
@as_json_option
def compare(file: Path, thresholds: tuple[float, ...], key: str | None, as_json: bool) -> None:
    """Compare our scores with those of another service.

    FILE is a CSV with a column `text` and one for each old score, for instance `TOXICITY`.
    The report says how far both agree, and which thresholds of ours keep your queue's size.

    Example: rejoinder compare comments.csv --threshold 0.8 --apply news/k3y1d2345678
    """
    target = None if key is None else site_and_key(key)
    try:
        comparison = _run(file, thresholds or THRESHOLDS, progress=not as_json)
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{file} is not in UTF-8.") from error
    except csv.Error as error:
        raise click.ClickException(f"{file}: {error}") from error
    if target is not None:
        _apply(*target, comparison)
    click.echo(json.dumps(_as_json(comparison, key)) if as_json else _as_text(comparison, key))


def _run(file: Path, thresholds: Sequence[float], *, progress: bool) -> Comparison:
    settings = load_settings()
    scorer = load_model(settings.model, second_reader=settings.second_reader)
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = read_rows(opened, scorer.attributes)
    if not rows:
        raise InvalidError(f"{file} has no rows.")
    hidden = not progress or not sys.stderr.isatty()
    with click.progressbar(
        batches_of(rows), label="Scoring", file=sys.stderr, hidden=hidden
    ) as batches:
        return compare_rows(rows, scorer, thresholds=sorted(thresholds), batches=batches)


def _apply(site: str, key_id: str, comparison: Comparison) -> None:
    if not comparison.scales:
        raise InvalidError(f"A scale needs {MIN_FOR_SCALE} texts with scores of one attribute.")
    with open_store() as (_, store):
        apply_scales(store, site, key_id, comparison.scales, actor=ACTOR, now=clock.now())


def _as_json(comparison: Comparison, key: str | None) -> dict[str, Any]:
    return {
        "model": comparison.model,
        "texts": comparison.texts,
        "unscored": comparison.unscored,
        "attributes": [asdict(agreement) for agreement in comparison.agreements],
        "applied": sorted(comparison.scales) if key is not None else [],
    }


def _as_text(comparison: Comparison, key: str | None) -> str:
    lines = [f"{comparison.texts} texts, model {comparison.model}"]
    if comparison.unscored:
        lines.append(f"{comparison.unscored} of them in a language that is not supported")
    for agreement in comparison.agreements:
        lines += [
            "",
            f"{agreement.attribute}: {agreement.texts} texts, "
            f"Spearman {_figure(agreement.spearman)}",
            "  old threshold   texts selected   ours for as many   selected by both   AUC",
        ]
        lines += [
            f"  {item.old:>13.3f}   {item.queue:>14.2%}   {_figure(item.ours, 6):>16}   "
            f"{'-' if item.kept is None else format(item.kept, '.1%'):>16}   {_figure(item.auc)}"
            for item in agreement.thresholds
        ]
    if key is not None:
        lines += ["", f"Stored with the key: a scale for {', '.join(comparison.scales)}."]
    return "\n".join(lines)


def _figure(value: float | None, decimals: int = 4) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
