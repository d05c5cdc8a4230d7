"""A group's name alone raises no score, and no sentence is both learnt and measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from classifiers.data.identities import IDENTITIES, fill_templates
from classifiers.evaluation import templates as measured_on
from classifiers.evaluation.evaluate import evaluate
from classifiers.evaluation.fairness import measure_templates
from classifiers.training import templates as trained_on
from tests.support.labelled import TOXIC, toxic_examples


def insults(texts: Sequence[str], lang: str | None) -> np.ndarray:
    """The tiny model's insults, as scores of toxicity."""
    answers = TOXIC.score(texts, languages=[lang] * len(texts))
    return np.array([answer.scores.get("toxicity", np.nan) for answer in answers])


def test_templates_cover_fifty_terms_and_share_no_sentence_with_training() -> None:
    assert len(IDENTITIES) >= 50
    assert len(measured_on.CLEAN) >= 50
    trained = {text for _, text in fill_templates(trained_on.CLEAN)}
    trained |= {text for _, text in fill_templates(trained_on.ABUSIVE)}
    suites = (measured_on.CLEAN, measured_on.ABUSIVE, *measured_on.REPORTED.values())
    measured = {text for suite in suites for _, text in fill_templates(suite)}
    assert trained.isdisjoint(measured)
    assert set(measured_on.REPORTED) == {"negation", "counter-speech", "reported speech"}
    assert all("{" not in text for text in measured | trained)


def test_templates_are_measured_by_term() -> None:
    found = measure_templates(insults, 0.5)
    assert found["terms"] == len(IDENTITIES)
    rates = found["false_positive_rate"]
    assert found["highest_false_positive_rate"] == max(rates.values())
    texts = [text for term, text in fill_templates(measured_on.CLEAN) if term.one == "deaf"]
    held = np.mean(insults(texts, "en") >= 0.5)
    assert rates["deaf"] == pytest.approx(held, abs=1e-4)
    assert set(found["aucs"]["deaf"]) == {"subgroup", "bpsn", "bnsp"}
    assert all(0 <= value <= 1 for value in found["reported_clean_held"].values())


def test_a_word_that_alone_raises_the_score_shows_in_its_figures() -> None:
    def biased(texts: Sequence[str], lang: str | None) -> np.ndarray:
        return np.array([0.9 if "deaf" in text.lower() else 0.1 for text in texts])

    found = measure_templates(biased, 0.5)
    assert found["false_positive_rate"]["deaf"] == 1
    assert found["false_positive_rate"]["blind"] == 0
    assert found["aucs"]["deaf"]["bpsn"] == 0
    assert found["aucs"]["blind"]["bpsn"] > 0.4


def test_identities_are_those_annotated_or_else_those_named() -> None:
    rows = [
        replace(row, text=row.text.replace("On the", "Jews on the"), identities=())
        if i % 2
        else row
        for i, row in enumerate(toxic_examples())
    ]
    found = evaluate(TOXIC, rows, bootstrap=10, disguised=0).to_json()["identities"]
    assert found["by"] == "words in the text"
    assert found["identities"]["Jew"]["rows"] == len(rows) / 2
    assert 0 <= found["bias_metric"] <= 1
    noted = [replace(row, identities=("female",) if i % 2 else ()) for i, row in enumerate(rows)]
    found = evaluate(TOXIC, noted, bootstrap=10, disguised=0).to_json()["identities"]
    assert (found["by"], set(found["identities"])) == ("annotation", {"female"})
