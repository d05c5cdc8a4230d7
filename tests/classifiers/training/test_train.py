"""Training makes a model of labelled comments, the same one each time, and says what it did."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifiers import load_model
from classifiers.cli import main
from classifiers.data.examples import ATTRIBUTES, fingerprint, read_examples
from classifiers.data.splits import split_examples
from classifiers.errors import DataError
from classifiers.training.mixtures import mixtures
from classifiers.training.teacher_labels import Teachers, read_labels
from classifiers.training.thresholds import CLEAN_HOLD_TARGETS, LEAST_OF_LEAD, SPAM_LEAST
from classifiers.training.train import model_version, train
from classifiers.training.transformer import TextFeatures

WHO = ("you", "the author", "this writer", "the mayor", "my neighbour", "that reporter", "he")
RUDE = ("is an idiot", "is a stupid liar", "must be a moron", "is pathetic scum", "is a dumb pig")
KIND = ("is right", "wrote a fine text", "has a point", "may be wrong here", "asked for a source")
WHERE = ("today", "about the bridge", "in this article", "again", "as always", "on the budget")
SPAM = ("buy cheap watches", "win a free prize", "click this link for money", "cheap loans now")


def rows() -> list[dict]:
    """Labelled sentences: half of the attributes are asked of every other one only."""
    found = []
    for place, (who, what, where) in enumerate(product(WHO, (*RUDE, *KIND), WHERE)):
        rude = what in RUDE
        labels = {"toxicity": 0.9 if rude else 0.0, "insult": 1.0 if rude else 0.1}
        if place % 2:
            labels["threat"] = float(what == RUDE[3])
        found.append({"text": f"{who} {what} {where}", "labels": labels})
    return found


def written(path: Path, *extra: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in [*rows(), *extra]))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("data") / "comments.jsonl")


@pytest.fixture(scope="module")
def model(data: Path) -> Path:
    path = data.with_name("small-3.rejoinder")
    train([data], path)
    return path


def test_the_model_tells_rude_from_kind(model: Path) -> None:
    scorer = load_model(model)
    assert scorer.version == "small@3"
    assert scorer.attributes == ("toxicity", "insult", "threat")
    rude, kind = scorer.score(["the mayor, a stupid liar", "the mayor has a point"])
    held_from = scorer.card["thresholds"]["toxicity"]["0.02"]
    assert rude.scores["toxicity"] > held_from > kind.scores["toxicity"]
    assert rude.scores["toxicity"] > 3 * kind.scores["toxicity"]


def test_the_same_data_gives_the_same_bytes(data: Path, model: Path) -> None:
    again = model.with_name("again.rejoinder")
    train([data], again, version="small@3")
    assert again.read_bytes() == model.read_bytes()


def test_the_card_says_what_it_was_made_of(data: Path, model: Path) -> None:
    card = load_model(model).card
    parts = split_examples(read_examples(data))
    assert card["data"]["dev_rows"] == len(parts["dev"])
    assert card["data"]["files"][0]["name"] == "comments.jsonl"
    assert str(data.parent) not in json.dumps(card)
    assert card["teacher_labels"] == []
    assert {"license", "intended_use", "not_for", "fails_on"} <= set(card)
    ours = next(row for row in card["data"]["sources"] if row["source"] == "comments.jsonl")
    assert ours["rows"] == len(parts["train"])


def test_thresholds_hold_no_more_than_their_share_of_clean_comments(
    data: Path, model: Path
) -> None:
    scorer = load_model(model)
    dev = split_examples(read_examples(data))["dev"]
    clean = scorer.score([row.text for row in dev if row.labels["toxicity"] < 0.5])
    thresholds = scorer.card["thresholds"]
    assert set(thresholds) == set(scorer.attributes)
    for target in CLEAN_HOLD_TARGETS:
        cuts = {name: row[str(target)] for name, row in thresholds.items()}
        # Scores are rounded to the sixth decimal, and so is a threshold.
        held = [any(s.scores[n] > cut + 1e-6 for n, cut in cuts.items()) for s in clean]
        assert np.mean(held) <= target
        for name, cut in cuts.items():
            assert cut >= cuts["toxicity"] * LEAST_OF_LEAD.get(name, 1.0) - 1e-6
    for row in thresholds.values():
        assert sorted(row.values(), reverse=True) == list(row.values())


def test_only_english_rows_that_may_be_trained_on_are_learnt(model: Path, tmp_path: Path) -> None:
    hidden = [
        {"text": "zwyxquor is here", "labels": {"toxicity": 1.0}, "use": "evaluate"},
        {"text": "zwyxquor ist da", "labels": {"toxicity": 1.0}, "lang": "de"},
    ]
    path = tmp_path / "small-1.rejoinder"
    train([written(tmp_path / "rows.jsonl", *(hidden * 20))], path)
    (score,) = load_model(path).score(["zwyxquor"], explain=True, languages=["en"])
    assert score.spans is not None
    (expected,) = load_model(model).score(["zwyxquor"], explain=True, languages=["en"])
    assert score.logits == expected.logits


def test_a_teachers_labels_answer_what_nobody_was_asked(model: Path, tmp_path: Path) -> None:
    data = tmp_path / "comments.jsonl"
    data.write_text("".join(json.dumps(row | {"source": "wiki_cat"}) + "\n" for row in rows()))
    labels = tmp_path / "labels.jsonl"
    wanted = {RUDE[1]: 4.0}
    lines = []
    natural = split_examples(list(read_examples(data)))["train"]
    for text in [row["text"] for row in rows()] + mixtures(natural, set()):
        logits = [next((v for k, v in wanted.items() if k in text), -4.0)] * len(ATTRIBUTES)
        lines.append({"text": fingerprint(text), "logits": logits})
    labels.write_text("".join(json.dumps(line) + "\n" for line in lines))
    path = tmp_path / "taught-1.rejoinder"
    card = train([data], path, teacher_labels=[labels])
    assert [file["name"] for file in card["teacher_labels"]] == ["labels.jsonl"]
    assert card["data"]["labelled_by_teacher"]["rows"] > 300
    assert card["data"]["labelled_by_teacher"]["mixtures"] > 300
    liar, moron = load_model(path).score(["he is a stupid liar", "he must be a moron"])
    assert load_model(model).card["data"]["labelled_by_teacher"] == {
        "rows": 0,
        "pieces": 0,
        "mixtures": 0,
    }
    assert liar.scores["threat"] > moron.scores["threat"]


def test_several_teachers_agree_on_the_mean_of_their_logits() -> None:
    one, other, both = fingerprint("one"), fingerprint("other"), fingerprint("both")
    width = len(ATTRIBUTES)
    first = {one: [2.0] * width, both: [3.0] * width}
    second = {other: [-2.0] * width, both: [-1.0] * width}
    teachers = Teachers([first, second], ("threat", "toxicity"))
    assert teachers.shares("both") == pytest.approx([expit(1.0)] * 2)
    assert teachers.shares("one") == pytest.approx([expit(2.0)] * 2)
    assert teachers.shares("other") == pytest.approx([expit(-2.0)] * 2)
    assert teachers.shares("neither") is None


def test_a_spam_model_needs_spam_rows(tmp_path: Path) -> None:
    spam = [
        {"text": f"{what} {where}", "labels": {"spam": 1.0}, "source": "sms_spam"}
        for what, where in product(SPAM, WHERE)
    ]
    ham = [
        {"text": f"see you {where} {who}", "labels": {"spam": 0.0}, "source": "sms_spam"}
        for who, where in product(WHO, WHERE)
    ]
    path = tmp_path / "junk-1.rejoinder"
    train([written(tmp_path / "rows.jsonl", *spam, *ham)], path, kind="spam")
    scorer = load_model(path)
    junk, note = scorer.score(["buy cheap watches now", "see you on sunday"], languages=["en"] * 2)
    assert scorer.attributes == ("spam",)
    assert junk.scores["spam"] > note.scores["spam"]
    assert all(cut >= SPAM_LEAST for cut in scorer.card["thresholds"]["spam"].values())


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "the file is empty"),
        ([{"text": "a", "labels": {}}], "too little to train on"),
        ([{"text": f"only kind words {i}", "labels": {"toxicity": 0}} for i in range(50)], "both"),
        ([{"text": "a", "labels": {"toxicity": 2}}], "outside"),
    ],
)
def test_too_little_is_a_clear_error(tmp_path: Path, lines: list[dict], said: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(DataError, match=said):
        train([path], tmp_path / "small-1.rejoinder")
    assert not (tmp_path / "small-1.rejoinder").exists()


@given(st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True), st.integers(1, 99))
@settings(max_examples=50)
def test_versions_are_read_from_names(name: str, revision: int) -> None:
    assert model_version(f"{name}@{revision}") == (name, revision)
    assert model_version(f"{name}-{revision}") == (name, revision)


@pytest.mark.parametrize("version", ["", "model", "Model-1", "model-0", "model@", "1-1", "a b-1"])
def test_what_names_no_version_is_an_error(version: str) -> None:
    with pytest.raises(DataError, match="is no version"):
        model_version(version)


def test_the_command_trains_and_prints_the_card(data: Path, tmp_path: Path) -> None:
    output = tmp_path / "cli-2.rejoinder"
    done = CliRunner().invoke(main, ["train", str(data), "--output", str(output), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["version"] == "cli@2"
    told = CliRunner().invoke(main, ["train", str(data), "--output", str(output)])
    assert told.exit_code == 0, told.output
    assert "What cli@2 does with 1," in told.stdout
    assert "of the seen half" in told.stdout
    assert "Warning: this model misses goals" in told.stderr
    refused = CliRunner().invoke(main, ["train", str(data), "--output", str(tmp_path / "x.bin")])
    assert refused.exit_code == 1
    assert "is no version" in refused.stderr


def test_a_label_file_cut_short_keeps_what_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    whole = json.dumps({"text": "ab", "logits": [0.5] * 6})
    path.write_text(f'{whole}\n{{"text": "cd", "log')
    assert read_labels(path) == {"ab": [0.5] * 6}
    path.write_text(f'{{"text": "cd"\n{whole}\n')
    with pytest.raises(DataError, match="line 1"):
        read_labels(path)
    path.write_text(json.dumps({"text": "ab", "logits": [0.5]}) + "\n" + whole)
    with pytest.raises(DataError, match="1 logits, not 6"):
        read_labels(path)


def test_features_of_nothing_are_none() -> None:
    assert TextFeatures().transform(["", " "]).nnz == 0
