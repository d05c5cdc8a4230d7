"""`rejoinder compare`: reading the CSV, the report, the scale it stores."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from moderation.cli import cli
from moderation.compat.compare import (
    Comparison,
    apply_scales,
    compare_rows,
    read_rows,
    site_and_key,
)
from moderation.errors import InvalidError, NotFoundError
from moderation.store import Store
from tests.compat.conftest import SITE, Key, now
from tests.support.scorer import ATTRIBUTES, TinyScorer

WORDS = ["idiot", "damn", "hurt", "fine", "day", "casino"]


def texts(amount: int) -> list[str]:
    random = np.random.default_rng(3)
    return [" ".join(random.choice(WORDS, random.integers(1, 8))) for _ in range(amount)]


def table(amount: int, transform: Callable[[float], float]) -> io.StringIO:
    """Texts with the toxicity that another service would give: ours, transformed."""
    scored = TinyScorer().score(texts(amount))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["id", "Text", "TOXICITY"])
    for number, (text, score) in enumerate(zip(texts(amount), scored, strict=True)):
        writer.writerow([number, text, transform(score.scores["toxicity"])])
    file.seek(0)
    return file


def run(file: io.StringIO, **more: Any) -> Comparison:
    return compare_rows(read_rows(file, ATTRIBUTES), TinyScorer(), **more)  # type: ignore[arg-type]


def test_the_same_scores_agree_wholly() -> None:
    (agreement,) = run(table(400, lambda score: score)).agreements
    assert agreement.spearman == pytest.approx(1.0)
    for threshold in agreement.thresholds:
        assert threshold.kept == 1.0
        assert threshold.auc == 1.0
        assert threshold.ours is not None
        assert threshold.ours >= threshold.old


def test_another_scale_gives_other_thresholds_and_the_same_queue() -> None:
    comparison = run(table(400, lambda score: score**3), thresholds=(0.5,))
    (agreement,) = comparison.agreements
    (threshold,) = agreement.thresholds
    assert threshold.ours is not None
    assert threshold.ours > 0.5
    ours = [score.scores["toxicity"] for score in TinyScorer().score(texts(400))]
    selected = sum(score >= threshold.ours for score in ours) / 400
    assert selected == pytest.approx(threshold.queue)
    scale = comparison.scales["toxicity"]
    assert sum(scale(score) >= 0.5 for score in ours) / 400 == pytest.approx(
        threshold.queue, abs=0.03
    )


def test_opposite_scores_disagree() -> None:
    (agreement,) = run(table(400, lambda score: 1 - score)).agreements
    assert agreement.spearman is not None
    assert agreement.spearman < -0.99
    assert agreement.thresholds[0].auc is not None
    assert agreement.thresholds[0].auc < 0.5


def test_texts_that_are_not_scored_are_counted_apart() -> None:
    file = io.StringIO("text,toxicity\nこんにちは,0.5\nfine,0.1\nidiot,0.9\n")
    comparison = run(file)
    assert (comparison.texts, comparison.unscored) == (3, 1)
    assert comparison.agreements[0].texts == 2
    assert comparison.scales == {}, "too few texts for a scale"


def test_constant_scores_have_no_correlation() -> None:
    (agreement,) = run(io.StringIO("text,toxicity\nfine,0.5\nidiot,0.5\n")).agreements
    assert agreement.spearman is None
    assert agreement.thresholds[0].auc is None
    assert agreement.thresholds[-1].ours is None


@pytest.mark.parametrize(
    "column", ["TOXICITY", "toxicity", "perspective_toxicity", "TOXICITY.score", "Toxicity Score",
               "TOXICITY.summaryScore.value", "old_TOXICITY"],
)  # fmt: skip
def test_names_of_score_columns(column: str) -> None:
    (row,) = read_rows(io.StringIO(f"comment_text,{column}\nx,0.25\n"), ATTRIBUTES)
    assert (row.text, row.scores) == ("x", {"toxicity": 0.25})


def test_an_empty_cell_was_not_asked() -> None:
    (row,) = read_rows(io.StringIO("text,TOXICITY,INSULT\nx,,0.5\n"), ATTRIBUTES)
    assert row.scores == {"insult": 0.5}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no text column"),
        ("words,TOXICITY\nx,0.5\n", "no text column"),
        ("text,kindness\nx,0.5\n", "no score column"),
        ("text,TOXICITY\nx,0.5\ny,high\n", "Line 3, column TOXICITY"),
        ("text,TOXICITY\nx,1.5\n", "Line 2, column TOXICITY"),
        ("text,TOXICITY\nx,nan\n", "Line 2, column TOXICITY"),
        ("text,TOXICITY\nx\n", "Line 2 has 1 fields"),
        ("text,TOXICITY\nwell, no,0.5\n", "a text with commas must be quoted"),
        ("text;TOXICITY\nx;0.5\n", "commas between"),
        ("text,TOXICITY,toxicity\nx,0.5,0.6\n", "two columns for toxicity"),
    ],
)
def test_wrong_files_are_explained(content: str, message: str) -> None:
    with pytest.raises(InvalidError, match=message):
        read_rows(io.StringIO(content), ATTRIBUTES)


def test_an_applied_scale_is_what_the_key_answers_with(
    http: FlaskClient, make_key: Callable[..., Key], store: Store
) -> None:
    kept = {"insult": {"x": [0.0, 1.0], "y": [0.0, 0.5]}}
    key = make_key(rate_per_minute=1_000, scale=kept)
    comparison = run(table(400, lambda score: score**3))
    for name in (key.text, f"{SITE}/{key.credential.id}"):
        apply_scales(store, *site_and_key(name), comparison.scales, actor="test", now=now())
    stored = store.credentials.get(SITE, key.credential.id, now=now())
    assert stored is not None
    assert stored.settings["rate_per_minute"] == 1_000
    assert stored.settings["scale"]["insult"] == kept["insult"]
    asked = {"comment": {"text": "idiot"}, "requestedAttributes": {"TOXICITY": {}}}
    answer = http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=asked).json
    ours = TinyScorer().score(["idiot"])[0].scores["toxicity"]
    value = answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
    assert value == comparison.scales["toxicity"](ours) != ours
    with pytest.raises(NotFoundError):
        apply_scales(store, SITE, "unknown00000", comparison.scales, actor="test", now=now())
    for nonsense in ("nonsense", "-a-/k3y1d2345678", "news/short", "rj_news_k3y1d2345678_00"):
        with pytest.raises(InvalidError):
            site_and_key(nonsense)


def test_printed_thresholds_select_what_they_say(command: Callable[..., Any]) -> None:
    content = table(400, lambda score: score**3).getvalue()
    shown = command(content, "--threshold", "0.5").stdout.splitlines()[-1].split()
    assert len(shown) == 5, shown
    ours = [score.scores["toxicity"] for score in TinyScorer().score(texts(400))]
    rounded = [round(score, 6) for score in ours]
    share = sum(score >= float(shown[2]) for score in rounded) / len(rounded)
    assert f"{share:.2%}" == shown[1]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Any]:
    monkeypatch.setattr("moderation.cli.compare.load_model", lambda source, **chosen: TinyScorer())
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(tmp_path / "data"))

    def run(content: bytes | str, *options: str) -> Any:
        file = tmp_path / "scores.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return CliRunner().invoke(cli, ["compare", str(file), *options])

    return run


def test_the_command_reports(command: Callable[..., Any]) -> None:
    content = table(200, lambda score: score).getvalue()
    plain = command(content, "--threshold", "0.8", "--threshold", "0.6")
    assert plain.exit_code == 0, plain.output
    assert "toxicity: 200 texts, Spearman 1.0000" in plain.output
    report = json.loads(command(content, "--json").stdout)
    assert report["model"] == "tiny-3"
    assert [item["old"] for item in report["attributes"][0]["thresholds"]] == [0.5, 0.7, 0.8, 0.9]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "text,TOXICITY\n",
        b"text,TOXICITY\n\xff,1\n",
        "a,b\n1,2\n",
        'text,TOXICITY\n"x,0.5\ny,0.5\n',
        "text,TOXICITY\n" + "x" * 200_000 + ",0.5\n",
    ],
)
def test_the_command_fails_with_one_line(command: Callable[..., Any], content: Any) -> None:
    csv.field_size_limit(1 << 30)
    result = command(content)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.strip().splitlines()) == 1
