"""What the second reader changes is measured on both readers' own scores, at the same recall."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from classifiers import DataError, Score
from classifiers.cli import main
from classifiers.evaluation.behaviour import read_cases
from classifiers.evaluation.page import with_table
from classifiers.evaluation.readers import RECALLS, changed, changed_table, queue_loads
from classifiers.metrics import flag_rate_at_recall
from classifiers.score import Reading
from tests.support.labelled import examples
from tests.support.tiny_model import tiny_path
from tests.support.tiny_reader import tiny_combined, write

PAGE = "<!-- queue loads -->\\n<!-- end of queue loads -->\\n<!-- changed comments -->\\n"
PAGE = PAGE.replace("\\n", "\n") + "old\n<!-- end of changed comments -->\nafter\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    lines = [json.dumps({"text": row.text, "labels": row.labels}) for row in examples()]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def both(tmp_path: Path) -> str:
    pytest.importorskip("onnxruntime")
    path = tmp_path / "tiny-reader-1.rejoinder"
    write(path)
    return f"{tiny_path()},{path}"


class Reread:
    """A model whose second reader gives each text the score that it was told."""

    version = "reread-en@1"

    def __init__(self, fast: dict[str, float], both: dict[str, float]) -> None:
        self.fast, self.both = fast, both

    def score(self, texts, *, explain=False, languages=None):
        return [
            Score(
                {"toxicity": self.both.get(text, 0.0)},
                {},
                "en",
                self.version,
                None,
                Reading("reader@1", {"toxicity": self.fast.get(text, 0.0)}, {})
                if text in self.both
                else None,
            )
            for text in texts
        ]


@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1), st.floats(0.1, 2)), min_size=1).filter(
        lambda rows: any(row[0] for row in rows)
    ),
    st.sampled_from(RECALLS),
)
def test_the_load_is_the_least_at_which_so_much_is_caught(
    rows: list[tuple[bool, float, float]], recall: float
) -> None:
    shares = np.array([float(positive) for positive, _, _ in rows])
    scores, weights = (np.array([row[i] for row in rows]) for i in (1, 2))

    def at(threshold: float) -> tuple[float, float]:
        flagged = scores >= threshold
        caught = weights[flagged & (shares >= 0.5)].sum() / weights[shares >= 0.5].sum()
        return caught, weights[flagged].sum() / weights.sum()

    enough = [load for caught, load in map(at, scores) if caught >= recall - 1e-9]
    assert flag_rate_at_recall(shares, scores, weights, recall) == pytest.approx(min(enough))


def test_a_reader_that_puts_abuse_first_empties_the_queue() -> None:
    rows = [
        replace(row, labels={"toxicity": row.labels["insult"]}, text=f"{row.text} {i}")
        for i, row in enumerate(examples())
    ]
    abusive = {row.text for row in rows if row.labels["toxicity"] >= 0.5}
    share = len(abusive) / len(rows)
    # The fast model knows nothing, the reader all.
    fast = {row.text: (i * 7919 % 997) / 997 for i, row in enumerate(rows)}
    right = {row.text: fast[row.text] / 2 + (row.text in abusive) / 2 for row in rows}
    for load in queue_loads(Reread(fast, right), rows, resamples=50):
        assert load.both.value == pytest.approx(load.recall * share, abs=0.01)
        assert load.fast.value > 1.5 * load.both.value
        assert load.difference.value == pytest.approx(load.both.value - load.fast.value)
        assert load.difference.high < 0
    for load in queue_loads(Reread(fast, fast), rows, resamples=50):
        assert load.difference.low == load.difference.high == 0


def test_too_few_abusive_comments_give_no_load() -> None:
    with pytest.raises(DataError, match="fewer than 30 natural comments"):
        queue_loads(Reread({}, {}), examples()[:9], attribute="insult")
    with pytest.raises(DataError, match="fewer than 30 natural comments"):
        queue_loads(Reread({}, {}), [])


def test_the_cases_that_changed_most_are_given_once_a_frame_and_few_of_a_kind() -> None:
    names = read_cases("seen")["names"]
    insults = read_cases("seen")["insults"]
    texts = chain.from_iterable((*names.values(), *insults.values()))
    both = dict.fromkeys(texts, 0.0)
    fast = dict(both)
    for number, texts in enumerate(insults.values()):
        for text in texts:
            both[text] = 0.5 + number / 1000
    for number, texts in enumerate(names.values()):
        fast[texts[-1]] = 0.9 - number / 100
    raised, lowered = changed(Reread(fast, both), most=10, a_kind=2)
    assert {case.kind.name for case in raised} == {"insults"}
    assert {case.kind.name for case in lowered} == {"names"}
    assert [len(raised), len(lowered)] == [2, 2]
    assert [round(case.fast - case.both, 3) for case in lowered] == [0.9, 0.89]
    assert lowered[0].text == next(iter(names.values()))[-1]
    raised, _ = changed(Reread(fast, both), most=3, a_kind=9)
    frames_of_raised = [
        next(i for i, texts in enumerate(insults.values()) if case.text in texts) for case in raised
    ]
    assert len(set(frames_of_raised)) == len(raised) == 3
    table = list(changed_table(raised, lowered))
    assert [line.rsplit(" | ", 1)[1] for line in table[2:]] == ["yes |"] * 5


def test_a_case_is_a_text_in_the_table_and_no_markup() -> None:
    raised, lowered = changed(tiny_combined())
    for line in list(changed_table(raised, lowered)):
        assert line.replace("\\|", "").count("|") == 7


def test_the_command_prints_the_tables_or_writes_them(
    data: Path, both: str, tmp_path: Path
) -> None:
    asked = ("--model", both, "--attribute", "insult", "--bootstrap", "10")
    printed = run("readers", str(data), *asked)
    assert printed.exit_code == 0, printed.output
    assert "| `tiny-en@1,tiny-reader@1`: abuse caught |" in printed.output
    assert printed.output.count(" points [") == len(RECALLS)
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    written = run("readers", str(data), *asked, "--page", str(page))
    assert (written.exit_code, written.output) == (0, "")
    text = page.read_text()
    assert text.endswith("\n<!-- end of changed comments -->\nafter\n")
    assert "old" not in text
    for table in printed.output.strip().split("\n\n"):
        assert table in text
    run("readers", str(data), *asked, "--page", str(page))
    assert page.read_text() == text
    found = json.loads(run("readers", str(data), *asked, "--json").output)
    assert [load["recall"] for load in found["loads"]] == list(RECALLS)
    assert {"raised", "lowered", "model"} < set(found)


def test_the_command_says_what_it_lacks(data: Path, both: str, tmp_path: Path) -> None:
    alone = run("readers", str(data), "--model", str(tiny_path()))
    assert alone.exit_code == 1
    assert "tiny-en@1 has no second reader" in alone.output
    page = tmp_path / "page.md"
    page.write_text("no markers\n")
    lost = run(
        "readers", str(data), "--model", both, "--attribute", "insult", "--bootstrap", "10",
        "--page", str(page),
    )  # fmt: skip
    assert lost.exit_code == 1
    assert "the markers of 'queue loads' are missing" in lost.output
    assert page.read_text() == "no markers\n"


def test_a_table_stands_between_its_markers() -> None:
    assert "\n| a |\n" in with_table(PAGE, "queue loads", ["| a |"])
    with pytest.raises(ValueError, match="markers of 'nothing'"):
        with_table(PAGE, "nothing", [])
