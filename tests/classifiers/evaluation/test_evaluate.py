"""Evaluation measures the rows that training holds out, and its figures are right."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from classifiers import metrics
from classifiers.data.attacks import ATTACKS
from classifiers.data.examples import Example
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.evaluation.evaluate import choose_rows, evaluate
from classifiers.evaluation.robustness import measure_disguises
from tests.support.labelled import TOXIC, examples, toxic_examples
from tests.support.tiny_model import tiny_scorer

# ---------------------------------------------------------------- rows


def corpus() -> list[Example]:
    """Rows of a source whose groups training moves between splits, whatever the file says."""
    return [
        replace(row, split=("train", "dev", "test")[i % 3])
        for i, row in enumerate(examples("jigsaw_ak"))
    ]


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_rows_are_those_of_the_split_that_training_used(split: str) -> None:
    chosen = choose_rows(corpus(), split)
    assert [row.id for row in chosen] == [row.id for row in split_examples(corpus())[split]]
    assert {row.split for row in chosen} == {split}


def test_no_row_that_is_measured_on_was_trained_on() -> None:
    rows = corpus()
    trained = {near_duplicate_key(row.text) for row in split_examples(rows)["train"]}
    for split in ("dev", "test"):
        chosen = choose_rows(rows, split)
        assert chosen
        assert trained.isdisjoint(near_duplicate_key(row.text) for row in chosen)
    moved = [row for row in choose_rows(rows, "test") if rows[int(row.id)].split == "train"]
    assert moved, "some rows that the file calls train are held out"


def test_a_row_that_is_only_measured_on_is_dropped_if_its_copy_was_trained_on() -> None:
    trained = Example("The bridge is far too expensive", source="davidson", split="train")
    copy = replace(trained, text=trained.text.upper(), split="test", use="evaluate")
    other = replace(copy, text="The school is far too small")
    assert choose_rows([trained, copy, other], "test") == [other]


def test_a_file_without_splits_is_measured_whole() -> None:
    rows = examples()
    assert choose_rows(rows) == rows
    assert choose_rows(corpus()) == choose_rows(corpus(), "test")
    assert choose_rows(corpus(), "all") == corpus()


# ---------------------------------------------------------------- figures


def test_the_figures_are_those_of_the_scores() -> None:
    rows = examples()
    found = evaluate(tiny_scorer(), rows, bootstrap=20).to_json()
    assert found["model"] == "tiny-en@1"
    assert found["rows"] == len(rows)
    assert set(found["attributes"]) == {"insult", "threat"}
    answers = tiny_scorer().score([row.text for row in rows], languages=["en"] * len(rows))
    for name, figure in found["attributes"].items():
        scores = np.array([answer.scores[name] for answer in answers])
        shares = np.array([row.labels[name] for row in rows])
        ones = np.ones(len(rows))
        assert figure["rows"] == len(rows)
        assert figure["positives"] == int((shares >= 0.5).sum())
        assert figure["rate"] == pytest.approx((shares >= 0.5).mean())
        for key, metric in (
            ("roc_auc", metrics.roc_auc),
            ("average_precision", metrics.average_precision),
            ("brier_skill", metrics.brier_skill),
            ("calibration_error", metrics.expected_calibration_error),
        ):
            assert figure[key]["value"] == pytest.approx(metric(shares, scores, ones), abs=1e-5)
            assert figure[key]["low"] <= figure[key]["high"]
        at = figure["thresholds"]["0.02"]
        assert at["clean_held"] == pytest.approx(np.mean(scores[shares < 0.5] >= at["threshold"]))
        assert at["clean_held"] <= 0.02
    json.dumps(found, allow_nan=False)


def test_an_attribute_with_few_positives_gates_nothing() -> None:
    found = evaluate(tiny_scorer(), examples(), bootstrap=10).to_json()
    assert not found["attributes"]["threat"]["gated"]
    many = [replace(row, text=f"{row.text} {i}") for i in range(11) for row in examples()]
    found = evaluate(tiny_scorer(), many, bootstrap=10).to_json()
    assert found["attributes"]["threat"]["positives"] == 330
    assert found["attributes"]["threat"]["gated"]


def test_a_label_that_was_not_asked_is_left_out() -> None:
    rows = [
        replace(row, labels={"insult": row.labels["insult"]}) if i % 2 else row
        for i, row in enumerate(examples())
    ]
    found = evaluate(tiny_scorer(), rows, bootstrap=10).to_json()
    assert found["attributes"]["insult"]["rows"] == len(rows)
    assert found["attributes"]["threat"]["rows"] == len(rows) / 2


def test_in_domain_rows_are_brought_to_their_natural_rate() -> None:
    rows = examples("jigsaw_ak") + examples("davidson")
    found = evaluate(tiny_scorer(), rows, bootstrap=10).to_json()
    assert found["rows_at_natural_rate"] == len(rows) / 2
    assert found["attributes"]["threat"]["rows"] == len(rows) / 2
    assert found["attributes"]["threat"]["natural_rate"]
    assert {row["source"] for row in found["sources"]} == {"jigsaw_ak", "davidson"}


def test_an_attribute_that_no_in_domain_row_was_asked_is_measured_as_sampled() -> None:
    in_domain = [
        replace(row, labels={"insult": row.labels["insult"]}) for row in examples("jigsaw_ak")
    ]
    found = evaluate(tiny_scorer(), in_domain + examples("davidson"), bootstrap=10).to_json()
    assert found["attributes"]["insult"]["natural_rate"]
    assert not found["attributes"]["threat"]["natural_rate"]
    assert found["attributes"]["threat"]["rows"] == len(in_domain)


def test_every_source_has_its_interval() -> None:
    found = evaluate(tiny_scorer(), examples("a") + examples("b"), bootstrap=30).to_json()
    assert [(row["source"], row["attribute"]) for row in found["sources"]] == [
        (source, name) for source in "ab" for name in ("insult", "threat")
    ]
    for row in found["sources"]:
        assert row["rows"] == len(examples())
        assert row["roc_auc"]["low"] <= row["roc_auc"]["value"] <= row["roc_auc"]["high"]


def test_the_same_seed_gives_the_same_figures() -> None:
    rows = toxic_examples()
    once = evaluate(TOXIC, rows, bootstrap=15, disguised=40, seed=1).to_json()
    assert evaluate(TOXIC, rows, bootstrap=15, disguised=40, seed=1).to_json() == once
    assert evaluate(TOXIC, rows, bootstrap=15, disguised=40, seed=2).to_json() != once


def test_the_worst_errors_are_the_widest_gaps() -> None:
    rows = examples()
    answers = tiny_scorer().score([row.text for row in rows], languages=["en"] * len(rows))
    rudest = int(np.argmax([answer.scores["insult"] for answer in answers]))
    rows[rudest] = replace(rows[rudest], labels={"insult": 0.0})
    found = evaluate(tiny_scorer(), rows, bootstrap=10, worst=3)
    worst = [row for row in found.worst if row["attribute"] == "insult"]
    assert len(worst) == 3
    assert worst[0]["text"] == rows[rudest].text
    gaps = [abs(row["score"] - row["share"]) for row in worst]
    assert gaps == sorted(gaps, reverse=True)
    assert rows[rudest].text not in json.dumps(found.to_json())


def test_other_languages_are_left_out() -> None:
    rows = [*examples(), *(replace(row, lang="de") for row in examples())]
    assert evaluate(tiny_scorer(), rows, bootstrap=10).to_json()["rows"] == len(examples())


def test_nothing_to_measure_is_an_error_that_says_why() -> None:
    with pytest.raises(ValueError, match="no English example"):
        evaluate(tiny_scorer(), [replace(row, lang="de") for row in examples()])
    with pytest.raises(ValueError, match="the data has spam, the model scores insult, threat"):
        evaluate(tiny_scorer(), [Example("a", {"spam": 1.0})] * 40)
    with pytest.raises(ValueError, match="nothing to measure"):
        evaluate(tiny_scorer(), examples()[:20])


@pytest.mark.parametrize("text", ["", "😀🔥", "\ud800", "\0", "a" * 1_000_000], ids=repr)
def test_texts_of_any_kind_are_measured(text: str) -> None:
    rows = [*examples(), Example(text[:1_000_000], {"insult": 0.0, "threat": 0.0})]
    figure = evaluate(tiny_scorer(), rows, bootstrap=10).to_json()["attributes"]["insult"]
    assert figure["rows"] == len(rows)
    assert np.isfinite(figure["roc_auc"]["value"])


# ---------------------------------------------------------------- robustness


def test_each_disguise_is_measured_against_the_plain_text() -> None:
    found = evaluate(TOXIC, toxic_examples(), bootstrap=10, disguised=60).to_json()["robustness"]
    assert found["rows"] == 60
    assert set(found["attacks"]) == set(ATTACKS)
    for row in found["attacks"].values():
        # The figures and their difference are rounded each.
        assert found["roc_auc"] - row["roc_auc"] == pytest.approx(row["loss"]["value"], abs=2e-5)
        assert row["newly_held"] <= row["clean_held"] <= 1
    assert found["attacks"]["zero_width"]["loss"]["value"] == 0
    assert "robustness" not in evaluate(TOXIC, toxic_examples(), bootstrap=10, disguised=0).figures


def test_a_text_taken_for_another_language_is_counted_and_scored_as_english() -> None:
    def score(texts, lang):
        values = np.array([0.9 if "stupid" in text else 0.1 for text in texts])
        return np.where([lang is None and text.isupper() for text in texts], np.nan, values)

    texts = ["you are stupid", "a fine day", "A FINE DAY"] * 10
    shares = np.array([1.0, 0.0, 0.0] * 10)
    found = measure_disguises(score, texts, shares, np.ones(30), 0.5, resamples=5)
    assert (found["positives"], found["abuse_found"], found["clean_held"]) == (10, 1, 0)
    assert found["attacks"]["emoji"]["other_language"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["attacks"]["emoji"]["loss"]["value"] == 0
