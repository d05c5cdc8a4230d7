"""Other languages: their cases, what a model of one must show, and how it is measured."""

from __future__ import annotations

import json
import re
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from classifiers.artefact import load
from classifiers.cli import GOALS_MISSED, main
from classifiers.data.examples import Example
from classifiers.data.splits import near_duplicate_key
from classifiers.errors import DataError
from classifiers.evaluation.bar import Requirement, requirements
from classifiers.evaluation.behaviour import KINDS, LANGUAGES, check, read_cases
from classifiers.evaluation.evaluate import evaluate
from classifiers.metrics import operating_point
from classifiers.model import LinearScorer
from classifiers.score import Score
from classifiers.training import contrast_material
from classifiers.training.config import CONFIGS
from classifiers.training.train import train
from tests.support.tiny_model import tiny_path

RUDE = ("ist ein Idiot", "ist ein dummer Lügner", "ist ein Vollpfosten", "ist Abschaum")
KIND = ("hat recht", "schreibt einen guten Text", "irrt sich hier", "fragt nach einer Quelle")
WHO = ("du", "der Autor", "die Nachbarin", "er", "der Bürgermeister", "die Reporterin")
WHERE = ("heute", "bei der Brücke", "im Artikel", "schon wieder", "wie immer", "beim Haushalt")


def german() -> list[Example]:
    """Labelled sentences, a third of them for each split."""
    return [
        Example(
            f"{who} {what} {where}",
            {"toxicity": 0.9 if what in RUDE else 0.0},
            lang="de",
            source="germeval18",
            split="test" if number % 3 == 0 else "train",
        )
        for number, (who, where, what) in enumerate(
            (who, where, what) for who in WHO for where in WHERE for what in (*RUDE, *KIND)
        )
    ]


def written(path: Path, rows: list[Example]) -> Path:
    lines = [
        json.dumps(
            {
                "text": row.text,
                "labels": row.labels,
                "lang": row.lang,
                "source": row.source,
                "split": row.split,
            }
        )
        for row in rows
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    english = [Example(f"number {i} is fine", {"toxicity": 0.0}) for i in range(40)]
    return written(tmp_path_factory.mktemp("data") / "rows.jsonl", german() + english)


@pytest.fixture(scope="module")
def model(data: Path) -> Path:
    path = data.with_name("small-de-1.rejoinder")
    train([data], path, language="de", config=CONFIGS["abuse"])
    return path


# ---------------------------------------------------------------- cases


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_cases_enough(language: str) -> None:
    kinds = {kind.name: kind for kind in KINDS}
    cases = read_cases(language)
    assert set(cases) <= set(kinds)
    counts = {True: 0, False: 0}
    texts = list(chain.from_iterable(chain.from_iterable(k.values()) for k in cases.values()))
    assert len(texts) == len(set(texts))
    for name, lines in cases.items():
        counts[kinds[name].abusive] += sum(map(len, lines.values()))
    assert counts[False] >= 80
    assert counts[True] >= 40
    assert all(text.strip() == text and not re.search("[«»⏎|]", text) for text in texts)


# ---------------------------------------------------------------- the bar


FIGURES = {"roc_auc": {"value": 0.8}, "calibration_error": {"value": 0.01}}


def behaviour(harmless: float, abusive: float) -> dict:
    return {
        "harmless": {"share": {"value": harmless}},
        "abusive": {"share": {"value": abusive}},
    }


def held(clean: float, abusive: float):
    shares = np.array([0.0] * 1000 + [1.0] * 1000)
    scores = np.zeros(2000)
    scores[: round(1000 * clean)] = 1.0
    scores[1000 : 1000 + round(1000 * abusive)] = 1.0
    return operating_point(shares, scores, np.ones(2000), 0.5)


@pytest.mark.parametrize(
    ("figures", "of_rows", "of_cases", "missed"),
    [
        (FIGURES, (0.02, 0.3), (0.01, 0.7), set()),
        (FIGURES | {"roc_auc": {"value": 0.7}}, (0.02, 0.3), (0.01, 0.7), {"roc_auc"}),
        (FIGURES, (0.07, 0.4), (0.01, 0.7), {"clean_held"}),
        (FIGURES, (0.02, 0.05), (0.01, 0.7), {"abuse_caught"}),
        (
            FIGURES | {"calibration_error": {"value": 0.2}},
            (0.02, 0.3),
            (0.01, 0.7),
            {"calibration_error"},
        ),
        (FIGURES, (0.02, 0.3), (0.06, 0.7), {"written_harmless_held"}),
        (FIGURES, (0.02, 0.3), (0.01, 0.4), {"written_abuse_caught"}),
    ],
)
def test_each_requirement_is_asked(figures, of_rows, of_cases, missed) -> None:
    found = requirements(figures, held(*of_rows), behaviour(*of_cases))
    assert {each.name for each in found if not each.met} == missed


@given(st.floats(0, 1), st.floats(0, 1), st.booleans())
def test_a_limit_itself_is_met(value: float, limit: float, at_most: bool) -> None:
    assert Requirement("x", limit, limit, at_most).met
    one = Requirement("x", value, limit, at_most)
    other = Requirement("x", value, limit, not at_most)
    assert one.met or other.met


# ---------------------------------------------------------------- measuring


def test_rows_of_the_language_are_measured_and_no_others(model: Path) -> None:
    scorer = LinearScorer([load(model)])
    rows = [*german(), Example("an English row", {"toxicity": 1.0})]
    figures = evaluate(scorer, rows, bootstrap=10, disguised=0, language="de").figures
    assert figures["rows"] == len(german())
    assert (figures["language"], figures["assumed_rate"]) == ("de", 0.1)
    # Half of the rows are abusive; at the assumed rate a tenth is.
    assert figures["attributes"]["toxicity"]["rate"] == pytest.approx(0.1)
    assert figures["behaviour"]["half"] == "de"
    assert set(figures["bar"]) == {each.name for each in requirements(
        FIGURES, held(0, 0), behaviour(0, 0)
    )}  # fmt: skip
    assert not {"templates", "identities", "robustness"} & set(figures)
    with pytest.raises(DataError, match="'pt'"):
        evaluate(scorer, rows, language="pt")


def test_the_commands_take_the_language_of_the_model(model: Path, data: Path) -> None:
    run = CliRunner().invoke(main, ["check", "--model", str(model), "--json"])
    assert run.exit_code in {0, GOALS_MISSED}, run.output
    assert list(json.loads(run.output)["halves"]) == ["de"]
    table = CliRunner().invoke(main, ["check", "--model", str(model)])
    assert "comments in de," in table.output
    assert "at most 5% of all harmless" in table.output
    run = CliRunner().invoke(
        main, ["evaluate", str(data), "--model", str(model), "--bootstrap", "10"]
    )
    assert run.exit_code == 0, run.output
    assert "written_abuse_caught" in run.output


def test_a_language_without_cases_or_model_is_said() -> None:
    run = CliRunner().invoke(main, ["check", "--model", str(tiny_path()), "--language", "fr"])
    assert run.exit_code == 1
    assert "no model here scores 'fr'" in run.output


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_case_is_held_only_by_scores_of_its_language(language: str) -> None:
    """A text that is given its language is never taken for English."""

    class Noted:
        version = "noted@1"

        def __init__(self) -> None:
            self.card = {"by_language": {language: {"thresholds": {"toxicity": {"0.02": 0.5}}}}}
            self.asked: set[str | None] = set()

        def score(self, texts, *, explain=False, languages=None):
            self.asked.update(languages or [None])
            return [Score({"toxicity": 0.4}, {}, language, self.version) for _ in texts]

    scorer = Noted()
    found = check(scorer, language)  # type: ignore[arg-type]
    assert scorer.asked == {language}
    assert found.held(abusive=False)[0] == found.held(abusive=True)[0] == 0
    assert not found.met


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "zh"])
def test_no_case_is_written_for_training(language: str) -> None:
    keys = {near_duplicate_key(row.text) for row in contrast_material.examples(language=language)}
    cases = chain.from_iterable(
        chain.from_iterable(lines.values()) for lines in read_cases(language).values()
    )
    assert [text for text in cases if near_duplicate_key(text) in keys - {""}] == []
