"""The commands of ``python -m classifiers``: train, evaluate, check, score, card.

``cli_tables`` has two more.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from classifiers import ClassifierError, DataError, Score, Scorer, cli_tables, load_model
from classifiers.types import Progress

if TYPE_CHECKING:
    from classifiers.evaluation.behaviour import Behaviour

#: Lines that are read, scored and written together.
BATCH = 256
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: The exit status of `check` where a goal is missed; 1 and 2 are for what could not be run.
GOALS_MISSED = 3
_LANGUAGE_HELP = "Whose comments, as in de.  [default: the model's only language, else en]"
_MODEL_HELP = "A model file, an installed name, or several with commas between."


class _Commands(click.Group):
    """Commands whose expected failures are one clear line and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ClassifierError as error:
            raise click.ClickException(str(error)) from error
        except BrokenPipeError:
            # Whoever read the output has had enough, as `head` does.
            sys.stderr.close()
            ctx.exit(0)
        except OSError as error:
            raise click.ClickException(f"{error.filename or 'output'}: {error.strerror}") from error


@click.group(cls=_Commands, context_settings={"max_content_width": 100})
def main() -> None:
    """Train, measure and use models that score comments for abuse and spam."""


main.add_command(cli_tables.readers)
main.add_command(cli_tables.certain)


@main.command(
    epilog="""\b
Examples:
  python -m classifiers train comments.jsonl.gz --output my-model-1.rejoinder
  python -m classifiers train train.csv --output comments.rejoinder --model-version my-model@2
  python -m classifiers train labels.csv --attribute insult --output insults-1.rejoinder
  python -m classifiers train kommentare.csv --language de --output abuse-de-9.rejoinder
"""
)
@click.argument("data", nargs=-1, required=True, type=_FILE)
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--kind", type=click.Choice(["abuse", "spam"]), default="abuse", show_default=True)
@click.option(
    "--attribute",
    default="toxicity",
    show_default=True,
    help="What a plain text,label table labels.",
)
@click.option(
    "--teacher-labels",
    type=_FILE,
    multiple=True,
    help="Soft labels made by a teacher; several teachers' logits are averaged.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Is written into the card; nothing is drawn at random, so every seed gives one model.",
)
@click.option(
    "--contrast",
    is_flag=True,
    help="Learn from the sentences that come with the library too: names, places, idioms, emoji "
    "and the like, and what abuses in the same words.",
)
@click.option("--model-version", help="Name and revision, as in abuse-en@2.")
@click.option(
    "--language",
    default="en",
    show_default=True,
    help="Whose rows to learn from (the column `lang`, English where it is missing).",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the model's card as JSON and nothing else."
)
def train(
    data: tuple[Path, ...],
    output: Path,
    kind: str,
    attribute: str,
    teacher_labels: tuple[Path, ...],
    seed: int,
    contrast: bool,
    model_version: str | None,
    language: str,
    as_json: bool,
) -> None:
    """Train a model on labelled comments: JSON lines, or the CSV of Jigsaw or Civil Comments, or a
    plain text,label table; gzipped or not."""
    from classifiers.training.config import Kind, config_of
    from classifiers.training.train import train as run

    for path in data:
        if not path.is_file():
            # A pipe cannot be read again for the hash that stands in the card.
            raise click.ClickException(f"{path}: not a file; training reads it more than once")
    _check_folder(output)
    chosen: Kind = "spam" if kind == "spam" else "abuse"
    with _progress(quiet=as_json) as progress:
        card = run(
            data,
            output,
            kind=chosen,
            attribute=attribute,
            teacher_labels=teacher_labels,
            seed=seed,
            version=model_version,
            progress=progress,
            config=config_of(chosen, language, contrast=contrast),
            language=language,
        )
    if as_json:
        _print_json(card)
    else:
        click.echo(f"{card['version']}: {', '.join(card['attributes'])}, written to {output}")
        _check_trained(output, language)


@main.command(
    epilog="""\b
Examples:
  python -m classifiers evaluate comments.jsonl.gz --report report.html
  python -m classifiers evaluate comments.jsonl.gz --split dev --json
  python -m classifiers evaluate comments.jsonl.gz --figures figures.json
  python -m classifiers evaluate train.csv --json
  python -m classifiers evaluate labels.csv --attribute insult
  python -m classifiers evaluate held-out.jsonl --model my-model-1.rejoinder --worst 50
"""
)
@click.argument("data", type=_FILE)
@click.option("--model", "source", help=_MODEL_HELP)
@click.option(
    "--split",
    type=click.Choice(["train", "dev", "test", "all"]),
    help="Which rows to measure on. Training moves groups of rows between splits, so train, dev "
    "and test are what it used, not what the file says.  [default: test; all if the file names "
    "no splits]",
)
@click.option(
    "--attribute",
    default="toxicity",
    show_default=True,
    help="What a plain text,label table labels.",
)
@click.option("--language", help=_LANGUAGE_HELP)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one HTML file with plots.",
)
@click.option(
    "--figures",
    "figures_file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the figures without curves as a small JSON file.",
)
@click.option(
    "--worst",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Worst errors to quote in the report.",
)
@cli_tables.BOOTSTRAP
@click.option(
    "--disguise",
    "disguised",
    type=click.IntRange(0),
    default=1000,
    show_default=True,
    help="How many comments to disguise in each way, for the robustness table; 0 leaves it out.",
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="For the resamples and the choice of comments to disguise.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all figures as JSON and nothing else.")
def evaluate(
    data: Path,
    source: str | None,
    split: str | None,
    attribute: str,
    language: str | None,
    report: Path | None,
    figures_file: Path | None,
    worst: int,
    bootstrap: int,
    disguised: int,
    seed: int,
    as_json: bool,
) -> None:
    """Measure a model on labelled comments: every figure with its interval.

    Reads JSON lines, the CSV of Jigsaw or Civil Comments, or a plain text,label table; gzipped or
    not. Rows are those that training holds out; a file that names no splits is measured whole, so
    give it one that the model was not trained on.
    """
    from classifiers.data.examples import read_examples
    from classifiers.evaluation.evaluate import choose_rows
    from classifiers.evaluation.evaluate import evaluate as run
    from classifiers.evaluation.figures import write_figures

    if report:
        from classifiers.evaluation.plots import check_drawable
        from classifiers.evaluation.report import write_report

        check_drawable()
        _check_folder(report)
    if figures_file:
        _check_folder(figures_file)
    model, language = _measured(source, language)
    examples = [row for row in read_examples(data, attribute=attribute) if row.lang == language]
    if not examples:
        raise click.ClickException(f"{data}: none of its comments is in {language!r}")
    rows = choose_rows(examples, split)
    if not rows:
        named = split or "test"
        raise click.ClickException(
            f"{data}: none of its {len(examples)} rows is in the split {named}; try --split all"
        )
    split_used = split or ("test" if any(row.split for row in examples) else "all")
    try:
        with _progress(quiet=as_json) as progress:
            evaluation = run(
                model,
                rows,
                bootstrap=bootstrap,
                seed=seed,
                worst=worst,
                disguised=disguised,
                progress=progress,
                language=language,
            )
    except DataError as error:
        raise click.ClickException(f"{data}: {error}") from error
    evaluation.figures = {"data": data.name, "split": split_used, **evaluation.figures}
    if report:
        write_report(evaluation, report, worst=worst)
    figures = evaluation.to_json()
    if figures_file:
        write_figures(figures, figures_file, model.card)
    if as_json:
        _print_json(figures)
        return
    for name, figure in figures["attributes"].items():
        auc = figure["roc_auc"]
        click.echo(
            f"{name}: ROC-AUC {auc['value']:.4f} [{auc['low']:.4f}, {auc['high']:.4f}], "
            f"{figure['positives']:,} of {figure['rows']:,} comments are positive"
        )
    for name, required in figures.get("bar", {}).items():
        limit = "at_most" if "at_most" in required else "at_least"
        told = f"{limit.replace('_', ' ')} {required[limit]}: "
        click.echo(f"{name} {required['value']}, {told}{'met' if required['met'] else 'MISSED'}")
    if report:
        click.echo(f"report: {report}")


@main.command(
    epilog="""\b
Examples:
  python -m classifiers check
  python -m classifiers check --model my-model-1.rejoinder --list
  python -m classifiers check --half unseen --json
  python -m classifiers check --language de
"""
)
@click.option("--model", "source", help=_MODEL_HELP)
@click.option(
    "--half",
    type=click.Choice(["seen", "unseen", "both"]),
    default="seen",
    show_default=True,
    help="Which cases. Keep the unseen ones for the last report: a model that was made with an "
    "eye on them is no longer measured by them.",
)
@click.option("--language", help=_LANGUAGE_HELP)
@click.option("--list", "listed", is_flag=True, help="Print each case that came out wrong, too.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON and nothing else.")
@click.pass_context
def check(
    ctx: click.Context,
    source: str | None,
    half: str,
    language: str | None,
    listed: bool,
    as_json: bool,
) -> None:
    """Try a model on ordinary comments, written for this and sorted by kind.

    For each kind: how many comments the model would hold for a moderator, and whether that meets
    the goal. In another language than English there is one half, and goals for its totals. Exit
    status: 0 if all goals are met, 3 if not, 1 if the model could not be checked.
    """
    from classifiers.evaluation import behaviour

    model, language = _measured(source, language)
    if language == "en":
        halves: list[str] = [each for each in behaviour.HALVES if half in (each, "both")]
    elif language in behaviour.LANGUAGES:
        halves = [language]
    else:
        known = ", ".join(("en", *behaviour.LANGUAGES))
        raise click.ClickException(f"no cases are written in {language!r}, only in {known}")
    found = [behaviour.check(model, each) for each in halves]
    met = all(each.met for each in found)
    if as_json:
        figures: dict[str, Any] = {
            "model": model.version,
            "met": met,
            "halves": {each.half: each.to_json() for each in found},
        }
        if listed:
            figures["wrong"] = {each.half: each.wrong() for each in found}
        _print_json(figures)
    else:
        for number, each in enumerate(found):
            if number:
                click.echo()
            _print_behaviour(each, listed=listed)
    if not met:
        ctx.exit(GOALS_MISSED)


@main.command(
    epilog="""\b
Examples:
  python -m classifiers score comments.jsonl > scores.jsonl
  echo '{"text": "What a lovely day"}' | python -m classifiers score -
  python -m classifiers score train.csv > scores.jsonl
  zcat comments.jsonl.gz | python -m classifiers score - --explain --model abuse-en@1
"""
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--model", "source", help=_MODEL_HELP)
@click.option(
    "--explain",
    is_flag=True,
    help="Add the spans that the scores come from, and where a second reader read again what it "
    "changed and the words that mattered most to it.",
)
def score(file: str, source: str | None, explain: bool) -> None:
    """Score JSON lines that have a `text`, or the rows of a CSV: one line out for each, in order.

    A CSV's header names the text as train does: text, comment_text or comment. Either may be
    gzipped; blank lines are no comments.
    """
    from classifiers.data.tables import read_rows

    model = load_model(source)
    size = None if file == "-" else Path(file).stat().st_size
    shown = bool(size) and sys.stderr.isatty() and not sys.stdout.isatty()
    with (
        click.open_file(file, "rb") as opened,
        click.progressbar(
            length=size or 1, label="score", file=sys.stderr, hidden=not shown
        ) as progress_bar,
    ):
        rows = read_rows(opened, "standard input" if file == "-" else file)
        while batch := [row.text for row in islice(rows, BATCH)]:
            for result in model.score(batch, explain=explain):
                click.echo(json.dumps(_line(result), ensure_ascii=True))
            if shown:
                progress_bar.update(opened.tell() - progress_bar.pos)


@main.command(
    epilog="""\b
Examples:
  python -m classifiers card
  python -m classifiers card --model my-model-1.rejoinder
"""
)
@click.option("--model", "source", help=_MODEL_HELP)
def card(source: str | None) -> None:
    """Print a model's card: data, licences, figures, thresholds, hash."""
    _print_json(load_model(source, lazy=False).card)


def _measured(source: str | None, language: str | None) -> tuple[Scorer, str]:
    """A model of one language, and which that is: the only one, else English."""
    model = load_model(source, language=language)
    if len(model.languages) > 1:
        return load_model(source, language=language or "en"), language or "en"
    return model, language or next(iter(model.languages), "en")


def _check_trained(path: Path, language: str) -> None:
    """Print what a new model does with the cases that may be seen; warn where goals are missed."""
    from classifiers.evaluation import behaviour

    half = "seen" if language == "en" else language
    if half not in behaviour.SUITES:
        return
    try:
        found = behaviour.check(load_model(path), half)
    except DataError as error:
        click.echo(f"Not checked on ordinary comments: {error}", err=True)
        return
    click.echo()
    _print_behaviour(found, listed=False)
    if not found.met:
        click.echo(
            "Warning: this model misses goals on ordinary comments; "
            f"see them with: python -m classifiers check --model {path} --list",
            err=True,
        )


def _print_behaviour(found: Behaviour, *, listed: bool) -> None:
    from classifiers.evaluation.behaviour import behaviour_lines, wrong_lines

    for line in behaviour_lines(found):
        click.echo(line)
    if listed:
        click.echo()
        for line in wrong_lines(found):
            click.echo(line)


def _line(result: Score) -> dict[str, Any]:
    line: dict[str, Any] = {
        "scores": result.scores,
        "language": result.language,
        "model": result.model,
    }
    if result.spans is not None:
        line["spans"] = [
            {"start": span.start, "end": span.end, "contributions": span.contributions}
            for span in result.spans
        ]
    reading = result.reading
    if result.spans is not None and reading is not None:
        line["reading"] = {
            "model": reading.model,
            "fast": reading.fast,
            "failed": reading.failed,
            "part": reading.part,
            "words": None if reading.words is None else [asdict(word) for word in reading.words],
        }
    if result.signals:
        line["signals"] = [asdict(signal) for signal in result.signals]
    return line


def _check_folder(path: Path) -> None:
    """Find out before long work whether its result can be written."""
    folder = path.absolute().parent
    if not os.access(folder, os.W_OK | os.X_OK):
        reason = "no permission to write" if folder.is_dir() else "no such folder"
        raise click.ClickException(f"{path}: {reason}")


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Progress]:
    """Yield a function that shows each stage as a bar of its own, on standard error."""
    bars: list[Any] = []
    stages: list[str] = []

    def show(stage: str, fraction: float) -> None:
        if not stages or stages[-1] != stage:
            _close(bars)
            stages.append(stage)
            bar = click.progressbar(length=1000, label=stage, file=sys.stderr)
            bars.append(bar.__enter__())
        bar = bars[-1]
        bar.update(max(0, round(fraction * 1000) - bar.pos))

    try:
        yield (lambda stage, fraction: None) if quiet else show
    finally:
        _close(bars)


def _close(bars: Sequence[Any]) -> None:
    if bars:
        bars[-1].__exit__(None, None, None)
