"""Whether spam is certain is said of all comments at hand, with what may really be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from classifiers import DataError, Score, load_model
from classifiers.cli import main
from classifiers.data.examples import Example
from classifiers.evaluation.behaviour import KINDS, read_cases
from classifiers.evaluation.certainty import (
    certainty,
    certainty_table,
    together,
    upper_bound,
)
from tests.support.tiny_model import tiny_scorer

ROWS = [
    Example("cheap pills", {"spam": 1.0}),
    Example("buy now", {"spam": 1.0}),
    Example("a fine day", {"spam": 0.0}),
    Example("you fool", {"toxicity": 1.0}),
    Example("un bon jour", {"spam": 0.0}, lang="fr"),
]


class Judge:
    """A model that scores spam as it was told, else 0.1."""

    version = "judge-en@1"
    attributes = ("spam",)

    def __init__(self, **scores: float) -> None:
        self.scores = {name.replace("_", " "): score for name, score in scores.items()}

    def score(self, texts: Any, *, explain: bool = False, languages: Any = None) -> list[Score]:
        return [
            Score({"spam": self.scores.get(text, 0.1)}, {}, "en", self.version) for text in texts
        ]


@given(st.integers(0, 40), st.integers(1, 3_000))
def test_the_bound_is_that_of_clopper_and_pearson(count: int, total: int) -> None:
    count = min(count, total)
    expected = 1.0 if count == total else beta.ppf(0.95, count + 1, total - count)
    assert upper_bound(count, total) == pytest.approx(expected, abs=1e-6)


def test_none_of_many_is_bounded_by_about_three_by_them() -> None:
    assert upper_bound(0, 1_000) == pytest.approx(3 / 1_000, rel=0.01)


def test_labelled_comments_and_own_cases_are_counted_apart() -> None:
    judge = Judge(cheap_pills=0.995, a_fine_day=0.97)
    found = certainty(judge, ROWS, 0.99)
    comments, cases, spam, spam_cases = found
    assert [each.spam for each in found] == [False, False, True, True]
    assert (comments.comments, comments.reached, comments.highest) == (1, 0, 0.97)
    assert (spam.comments, spam.reached) == (2, 1)
    kinds = {kind.name: kind.subject == "spam" for kind in KINDS}
    counted = {
        is_spam: sum(
            len(texts)
            for name, frames in read_cases("seen").items()
            if kinds[name] is is_spam
            for texts in frames.values()
        )
        for is_spam in (False, True)
    }
    assert (cases.comments, spam_cases.comments) == (counted[False], counted[True])
    harmless = together(found, spam=False)
    assert harmless.comments == 1 + counted[False]
    assert harmless.bound < 0.002
    table = list(certainty_table(found, 0.99, judge.version))
    assert table[0].startswith("| `judge-en@1`: spam from 0.99 on |")
    assert len(table) == 8
    assert "| 1 | 0 | 95.00 % | 0.970 |" in table[2]


def test_what_cannot_be_said_is_an_error() -> None:
    with pytest.raises(DataError, match="does not score spam"):
        certainty(tiny_scorer(), ROWS, 0.99)
    with pytest.raises(DataError, match="whether it is spam"):
        certainty(Judge(), ROWS[3:], 0.99)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_command_counts_what_reaches_it_and_says_by_its_status(tmp_path: Path) -> None:
    data = tmp_path / "comments.jsonl"
    data.write_text(
        "\n".join(json.dumps({"text": row.text, "labels": row.labels}) for row in ROWS[:3])
    )
    none = run("certain", str(data), "--from", "1", "--json")
    assert none.exit_code == 0, none.output
    figures = json.loads(none.output)
    assert figures["model"] == load_model(language="en").version
    assert [group["reached"] for group in figures["groups"]] == [0] * 4
    page = tmp_path / "page.md"
    page.write_text("<!-- certain spam -->\n<!-- end of certain spam -->\n")
    every = run("certain", str(data), "--from", "0", "--page", str(page))
    assert (every.exit_code, every.output) == (3, "")
    assert "spam from 0 on" in page.read_text()
    assert run("certain", str(data), "--from", "0").output.strip() in page.read_text()
