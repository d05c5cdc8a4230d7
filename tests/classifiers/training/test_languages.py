"""Training in another language than English: its rows, its rate, its material, its card."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import load_model
from classifiers.data.examples import Example
from classifiers.data.labels import ABUSE_RATE, weights_at_rate
from classifiers.errors import DataError
from classifiers.training import contrast_material
from classifiers.training.config import CONFIGS, config_of
from classifiers.training.contrast_material import grammar
from classifiers.training.dataset import build_training_set
from classifiers.training.train import train

WRITTEN = ("de", "ko", "pt")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "comments.jsonl"
    rows = [
        {
            "text": f"{who} {what} in Haus {chr(97 + number % 26)}{chr(97 + number // 26)}",
            "labels": {"toxicity": float(what.endswith("Idiot")), "threat": 0.0},
            "lang": "de",
        }
        for number in range(60)
        for who in ("Du", "Er", "Die Nachbarin")
        for what in ("ist ein Idiot", "hat recht", "fragt nach", "kocht gut")
    ]
    english = [{"text": f"you are an idiot {i}", "labels": {"toxicity": 1.0}} for i in range(50)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows + english))
    return path


def test_only_rows_of_the_language_are_learnt_and_only_it_is_scored(data: Path) -> None:
    path = data.with_name("small-de-2.rejoinder")
    card = train([data], path, language="de", config=CONFIGS["abuse"])
    assert card["languages"] == ["de"]
    assert card["attributes"] == ["toxicity"]
    total = sum(card["data"][part] for part in ("train_rows", "dev_rows", "test_rows"))
    assert total <= 720
    assert "any language but its own" in card["not_for"]
    assert "de comments" in card["intended_use"]
    assert "10%" in card["intended_use"]
    model = load_model(path)
    german, english = model.score(["Du ist ein Idiot in Haus zz", "you are an idiot"])
    assert german.scores["toxicity"] > 0.5
    assert english.scores == {}


def test_rows_are_calibrated_to_the_assumed_rate(data: Path) -> None:
    found = build_training_set(
        [data], kind="abuse", attribute="toxicity", teacher_labels=(),
        config=CONFIGS["abuse"], language="de",
    )  # fmt: skip
    _, shares, weights = found.development("toxicity")
    assert np.average(shares >= 0.5, weights=weights) == pytest.approx(ABUSE_RATE)
    # Nothing is added that needs English.
    assert len(found.targets.texts) == found.card_data["train_rows"]


def test_attributes_with_few_positives_are_not_learnt(data: Path) -> None:
    assert config_of("abuse", "en", contrast=True).least_positives == 1
    with pytest.raises(DataError, match="too little to train on"):
        train([data], data.with_name("small-de-3.rejoinder"), language="de")


def test_what_cannot_be_learnt_is_refused(data: Path) -> None:
    output = data.with_name("none-1.rejoinder")
    with pytest.raises(DataError, match="spam is learnt in English only"):
        train([data], output, kind="spam", language="de")
    with pytest.raises(DataError, match="too little"):
        train([data], output, language="fi")
    with pytest.raises(DataError, match="no contrast material in 'fi'"):
        train([data], output, language="fi", config=config_of("abuse", "fi", contrast=True))


@given(
    st.lists(st.sampled_from([None, 0.0, 0.4, 0.5, 1.0]), min_size=1),
    st.floats(0.01, 0.99),
)
def test_weights_bring_an_attribute_to_any_rate(labels: list[float | None], rate: float) -> None:
    rows = [Example("x", {} if share is None else {"toxicity": share}) for share in labels]
    weights = weights_at_rate(rows, "toxicity", rate)
    asked = {share >= 0.5 for share in labels if share is not None}
    if len(asked) < 2:
        assert (weights == 1).all()
        return
    positive = np.array([share is not None and share >= 0.5 for share in labels])
    assert np.average(positive, weights=weights) == pytest.approx(rate)
    assert not any(weight for weight, share in zip(weights, labels, strict=True) if share is None)


@pytest.mark.parametrize("language", WRITTEN)
def test_the_material_is_whole(language: str) -> None:
    rows = contrast_material.examples(language=language)
    assert rows == contrast_material.examples(language=language)
    assert {row.lang for row in rows} == {language}
    texts = [row.text for row in rows]
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if set(text) & set("{}|")]
    counts = Counter(row.source.removeprefix("contrast_") for row in rows)
    assert set(counts) == set(contrast_material.kind_names(language))
    for kind in grammar.read_kinds(language):
        assert counts[kind.name] >= 0.8 * kind.count, kind.name
    clean = sum(row.labels["toxicity"] < 0.5 for row in rows)
    assert 0.5 * len(rows) < clean < 0.75 * len(rows)


@pytest.mark.parametrize("language", WRITTEN)
def test_every_list_is_used_and_every_used_list_is_there(language: str) -> None:
    folder = grammar.HERE / language
    lists = {path.stem for path in (folder / "lists").glob("*.txt")} - {"withheld"}
    lines = "\n".join(path.read_text("utf-8") for path in (folder / "kinds").glob("*.txt"))
    used = {name.rstrip("0123456789") for name in re.findall(r"\{([a-z_]+\d?)\}", lines)}
    assert used == lists
