"""Commands that make the tables of docs/classifier.md from labelled comments: readers, certain."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import click

from classifiers import DataError, load_model
from classifiers.data.examples import Example, read_examples

Command = TypeVar("Command", bound=Callable[..., Any])

_FILES = click.argument(
    "data",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
_MODEL = click.option(
    "--model", "source", help="A model file, an installed name, or several with commas between."
)
_JSON = click.option(
    "--json", "as_json", is_flag=True, help="Print the figures as JSON and nothing else."
)
BOOTSTRAP = click.option(
    "--bootstrap",
    type=click.IntRange(10),
    default=1000,
    show_default=True,
    help="Resamples for each interval.",
)
_PAGE = click.option(
    "--page",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Write the tables into this page, between their markers, instead of printing them.",
)


def _split(default: str) -> Callable[[Command], Command]:
    return click.option(
        "--split",
        type=click.Choice(["dev", "test", "all"]),
        default=default,
        show_default=True,
        help="Which rows: as training parts them; all of a file that names no splits.",
    )


@click.command(
    epilog="""\b
Examples:
  python -m classifiers readers comments.jsonl.gz
  python -m classifiers readers corpus.jsonl.gz --page docs/classifier.md
"""
)
@_FILES
@_MODEL
@_split("test")
@click.option(
    "--attribute", default="toxicity", show_default=True, help="What the queue is held for."
)
@BOOTSTRAP
@_PAGE
@_JSON
def readers(
    data: tuple[Path, ...],
    source: str | None,
    split: str,
    attribute: str,
    bootstrap: int,
    page: Path | None,
    as_json: bool,
) -> None:
    """Say what the second reader changes.

    How many comments wait in the queue where as much abuse is caught, by the fast model alone and
    by both readers; and the cases of the seen half of ordinary comments that it raised and lowered
    most.
    """
    from classifiers.combined import CombinedScorer
    from classifiers.evaluation.readers import changed, changed_table, load_table, queue_loads

    model = load_model(source, language="en")
    if not isinstance(model, CombinedScorer):
        raise click.ClickException(f"{model.version} has no second reader, or it cannot run here")
    loads = queue_loads(model, _rows(data, split), attribute=attribute, resamples=bootstrap)
    raised, lowered = changed(model)
    if as_json:
        cases = {
            name: [{**asdict(case), "kind": case.kind.name} for case in some]
            for name, some in (("raised", raised), ("lowered", lowered))
        }
        _print({"model": model.version, "loads": [asdict(load) for load in loads], **cases})
        return
    _show(
        {
            "queue loads": list(load_table(loads, model.version)),
            "changed comments": list(changed_table(raised, lowered)),
        },
        page,
    )


@click.command(
    epilog="""\b
Examples:
  python -m classifiers certain comments.jsonl.gz
  python -m classifiers certain corpus.jsonl.gz additions.jsonl.gz --from 0.98
  python -m classifiers certain corpus.jsonl.gz --page docs/classifier.md
"""
)
@_FILES
@_MODEL
@_split("dev")
@click.option(
    "--from",
    "threshold",
    type=click.FloatRange(0, 1),
    default=0.995,
    show_default=True,
    help="The score from which spam is thrown away unseen.",
)
@_PAGE
@_JSON
@click.pass_context
def certain(
    ctx: click.Context,
    data: tuple[Path, ...],
    source: str | None,
    split: str,
    threshold: float,
    page: Path | None,
    as_json: bool,
) -> None:
    """See whether spam is certain from a score on.

    How many comments reach it that are no spam, and how many that are: labelled ones, and the seen
    half of ordinary comments. `at most` is the share that may really reach it, by 95 %. Exit
    status: 0 if nothing that is no spam reaches it, 3 if anything does.
    """
    from classifiers.evaluation.certainty import certainty, certainty_table, together

    model = load_model(source, language="en")
    found = certainty(model, _rows(data, split), threshold)
    if as_json:
        groups = [{**asdict(each), "bound": each.bound} for each in found]
        _print({"model": model.version, "from": threshold, "groups": groups})
    else:
        _show({"certain spam": list(certainty_table(found, threshold, model.version))}, page)
    if together(found, spam=False).reached:
        ctx.exit(3)


def _rows(data: Sequence[Path], split: str) -> list[Example]:
    """The rows of the split; all of them where the files name no splits."""
    from classifiers.evaluation.evaluate import choose_rows

    examples = [row for path in data for row in read_examples(path)]
    named = any(row.split for row in examples)
    rows = choose_rows(examples, split if named else "all")
    if not rows:
        raise DataError(f"none of the {len(examples)} rows is in the split {split}")
    return rows


def _show(tables: Mapping[str, Sequence[str]], page: Path | None) -> None:
    from classifiers.evaluation.page import with_table

    if page is None:
        click.echo("\n\n".join("\n".join(lines) for lines in tables.values()))
        return
    text = page.read_text("utf-8")
    for name, lines in tables.items():
        try:
            text = with_table(text, name, lines)
        except ValueError as error:
            raise click.ClickException(f"{page}: {error}") from error
    page.write_text(text, "utf-8")


def _print(figures: Mapping[str, Any]) -> None:
    click.echo(json.dumps(figures, ensure_ascii=False, indent=2))
