"""The second reader is asked where the fast model is unsure, and its failure changes nothing."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import ArtefactError, ClassifierError, load_model
from classifiers.combined import CombinedScorer
from classifiers.model import LinearScorer
from classifiers.models import newest
from classifiers.second_reader import ReaderArtefact, SecondReader, load, save

pytest.importorskip("onnxruntime")

ABUSE = "You are a disgusting, worthless idiot."
PLAIN = "The council meets on Tuesday to decide about the new bridge."


@pytest.fixture(scope="module")
def artefact() -> ReaderArtefact:
    return load(newest("reader-en"))


@pytest.fixture(scope="module")
def model() -> CombinedScorer:
    loaded = load_model(language="en")
    assert isinstance(loaded, CombinedScorer)
    return loaded


@pytest.fixture(scope="module")
def fast() -> LinearScorer:
    loaded = load_model(language="en", second_reader=False)
    assert isinstance(loaded, LinearScorer)
    return loaded


def written(path: Path, artefact: ReaderArtefact, **changes: object) -> ReaderArtefact:
    changed = replace(artefact, **changes)  # type: ignore[arg-type]
    numbers = {
        name: {
            "intercept": rule.intercept,
            "fast": rule.fast,
            "reader": rule.reader,
            "asked_from": rule.asked_from,
            "x": rule.calibration[0],
            "y": rule.calibration[1],
        }
        for name, rule in changed.rules.items()
    }
    return save(
        path,
        name=changed.name,
        revision=changed.revision,
        attributes=changed.attributes,
        encoder=changed.encoder,
        vocabulary=changed.vocabulary,
        rules=numbers,
        beside=changed.beside,
        card=changed.card,
    )


def test_what_the_fast_model_is_sure_of_is_not_read_again(
    model: CombinedScorer, fast: LinearScorer
) -> None:
    [score] = model.score([PLAIN])
    assert score.reading is None
    assert score == fast.score([PLAIN])[0]
    assert score.model == fast.version


def test_what_it_would_hold_is_read_and_says_so(model: CombinedScorer, fast: LinearScorer) -> None:
    [score] = model.score([ABUSE], explain=True)
    [alone] = fast.score([ABUSE], explain=True)
    assert score.reading is not None
    assert not score.reading.failed
    assert score.reading.fast == alone.scores
    assert score.model == f"{fast.version},{score.reading.model}" == model.version
    assert (score.logits, score.spans) == (alone.logits, alone.spans)
    assert set(score.scores) == set(alone.scores)
    assert score.scores["toxicity"] >= model.card["thresholds"]["toxicity"]["0.02"]


def test_a_text_is_read_the_same_alone_and_among_others(model: CombinedScorer) -> None:
    texts = [ABUSE, PLAIN, "kill yourself", "What an idiot I was!", "damn good coffee " * 40]
    assert model.score(texts) == [score for text in texts for score in model.score([text])]


def test_both_cards_stand_side_by_side(model: CombinedScorer, artefact: ReaderArtefact) -> None:
    assert model.card["version"] == model.version
    assert artefact.card in model.card["models"]
    assert set(model.card["thresholds"]) == set(model.attributes)
    assert 0 < artefact.card["asked"] <= 0.15


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "\x00", "\ud800", "🖕" * 3000, "fuck " * 40_000, "a" * 1_000_000, "ты идиот",
        "idiot\u202e" * 99, "你是白痴 idiot", "f.u.c.k" * 500, "\n\n>" * 2000 + "you idiot",
        "'" * 5000 + "cunt",
    ],
)  # fmt: skip
def test_hostile_texts_have_a_defined_score(model: CombinedScorer, text: str) -> None:
    [score] = model.score([text])
    assert all(0.0 <= value <= 1.0 for value in score.scores.values())
    assert score.reading is None or not score.reading.failed


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=300))
def test_any_text_has_a_defined_score(model: CombinedScorer, text: str) -> None:
    [score] = model.score([f"{text} you idiot {text}"], languages=["en"])
    assert all(0.0 <= value <= 1.0 for value in score.scores.values())


def test_the_worst_part_of_a_long_text_is_read(model: CombinedScorer) -> None:
    [score] = model.score([f"{PLAIN} " * 60 + ABUSE + f" {PLAIN}" * 60], languages=["en"])
    if score.reading is not None:
        [short] = model.score([ABUSE])
        assert short.reading is not None
        assert score.reading.logits["insult"] > short.reading.logits["insult"] - 4


def test_a_failure_leaves_the_fast_scores_and_says_so(
    tmp_path: Path, artefact: ReaderArtefact, fast: LinearScorer
) -> None:
    # A word beyond the encoder's table: it runs until it meets one.
    longer = (*artefact.vocabulary, "zzyzx")
    broken = CombinedScorer(
        fast, SecondReader(written(tmp_path / "reader-en-9.rejoinder", artefact, vocabulary=longer))
    )
    text = f"{ABUSE} zzyzx"
    [score] = broken.score([text])
    [alone] = fast.score([text])
    assert score.reading is not None
    assert score.reading.failed
    assert score.scores == alone.scores
    assert score.model == fast.version


def test_a_cut_or_foreign_encoder_is_refused(tmp_path: Path, artefact: ReaderArtefact) -> None:
    for name, encoder in (("cut", artefact.encoder[:-1000]), ("foreign", b"\x08\x01garbage")):
        path = tmp_path / f"{name}-1.rejoinder"
        with pytest.raises(ArtefactError, match="encoder"):
            SecondReader(written(path, artefact, name=name, revision=1, encoder=encoder))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "reader-en-1.rejoinder"
    data = bytearray(newest("reader-en").read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(ArtefactError):
        load_model(f"abuse-en,spam-en,{path}")


def test_a_reader_stands_only_beside_what_it_was_fitted_for(
    tmp_path: Path, artefact: ReaderArtefact
) -> None:
    path = tmp_path / "reader-en-1.rejoinder"
    written(path, artefact, beside=("abuse-en@99",))
    with pytest.raises(ClassifierError, match="beside abuse-en@99"):
        load_model(f"abuse-en,spam-en,{path}")
    with pytest.raises(ClassifierError, match="only one"):
        load_model(f"abuse-en,spam-en,reader-en,{path}")


def test_without_the_runtime_the_fast_model_works() -> None:
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from classifiers import ClassifierError, load_model\n"
        "print(load_model().version)\n"
        "try: load_model('abuse-en,spam-en,reader-en')\n"
        "except ClassifierError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    version, error = done.stdout.splitlines()
    assert "reader" not in version
    assert "needs ONNX Runtime: pip install onnxruntime" in error
