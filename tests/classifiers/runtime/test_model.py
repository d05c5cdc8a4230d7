"""Scores are exact sums with an exact explanation, alone or in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifiers import artefact, load_model, sentences
from classifiers.model import LinearScorer
from classifiers.training.transformer import TextFeatures
from tests.classifiers.runtime.test_normalise import TEXTS
from tests.support.tiny_model import KIND, RUDE, tiny_path, tiny_scorer


@settings(max_examples=200)
@given(TEXTS)
def test_contributions_sum_to_the_logit(text: str) -> None:
    scorer = tiny_scorer()
    (score,) = scorer.score([text], explain=True, languages=["en"])
    assert score.spans is not None
    for attribute, logit in score.logits.items():
        total = sum(span.contributions[attribute] for span in score.spans)
        assert scorer.intercepts[attribute] + total == pytest.approx(logit, abs=1e-9)
        assert 0 <= score.scores[attribute] <= 1
    last = 0
    for span in score.spans:
        assert last <= span.start < span.end <= len(text)
        last = span.end
    (plain,) = scorer.score([text], languages=["en"])
    assert plain.scores == score.scores
    assert plain.spans is None


@settings(max_examples=50)
@given(st.lists(TEXTS, max_size=6))
def test_a_batch_scores_as_its_texts_do(texts: list[str]) -> None:
    scorer = tiny_scorer()
    assert scorer.score(texts) == [scorer.score([text])[0] for text in texts]


def test_logits_are_those_of_the_plain_matrix() -> None:
    scorer = tiny_scorer()
    stored = artefact.load(tiny_path())
    weights = np.zeros((TextFeatures.n_features, len(stored.attributes)))
    weights[stored.rows] = stored.weights.T
    texts = [*RUDE, *KIND, "word " * 3000]
    expected = TextFeatures().transform(texts) @ weights * stored.scale + stored.intercept
    found = [
        list(score.logits.values()) for score in scorer.score(texts, languages=["en"] * len(texts))
    ]
    assert np.array(found) == pytest.approx(np.asarray(expected), abs=1e-4)


def test_scores_are_the_calibrated_logits() -> None:
    scorer = tiny_scorer()
    stored = artefact.load(tiny_path())
    for score in scorer.score([*RUDE, *KIND]):
        for attribute, logit in score.logits.items():
            expected = expit(stored.calibrations[attribute].logit(logit))
            assert score.scores[attribute] == pytest.approx(float(expected), abs=1e-6)


def test_very_long_texts_sum_without_overflow() -> None:
    rng = np.random.default_rng(3)
    text = "".join(map(chr, rng.integers(97, 123, 300_000)))
    stored = artefact.load(tiny_path())
    heavy = artefact.Artefact(
        **{
            **{name: getattr(stored, name) for name in ("name", "revision", "attributes", "scale")},
            "rows": np.arange(TextFeatures.n_features, dtype=np.uint32),
            "weights": np.full((2, TextFeatures.n_features), 32767, dtype=np.int16)
            * np.array([[1], [-1]], dtype=np.int16),
            "intercept": np.zeros(2),
            "calibrations": stored.calibrations,
            "card": {},
        }
    )
    (score,) = LinearScorer([heavy]).score([text], languages=["en"])
    total = TextFeatures().transform([text]).sum(dtype=np.float64)
    assert score.logits["insult"] == pytest.approx(32767 * stored.scale[0] * total)
    assert score.logits["threat"] == pytest.approx(-32767 * stored.scale[1] * total)


def test_an_insult_scores_above_a_kind_word_however_it_is_written() -> None:
    plain, *disguised = tiny_scorer().score(
        ["you are stupid", "you are st.up1d", "you are ѕtupid", "you are s t u p i d"]
    )
    (kind,) = tiny_scorer().score(["thank you for the article"])
    assert plain.scores["insult"] > 0.5 > kind.scores["insult"]
    assert all(score.scores == plain.scores for score in disguised)


def test_the_explanation_points_at_the_word() -> None:
    text = "😀 you are \u202e!diputs\u202c thank you"
    (score,) = tiny_scorer().score([text], explain=True)
    assert score.spans is not None
    worst = max(score.spans, key=lambda span: span.contributions["insult"])
    assert "diputs" in text[worst.start : worst.end]


def test_another_language_has_no_scores() -> None:
    (score,) = tiny_scorer().score(["Это очень хорошая статья, спасибо автору"], explain=True)
    assert (score.scores, score.logits, score.spans, score.language) == ({}, {}, (), "ru")


def test_what_the_scorer_says_of_itself() -> None:
    scorer = load_model(tiny_path())
    assert scorer.version == "tiny-en@1"
    assert scorer.version.isascii()
    assert scorer.attributes == ("insult", "threat")
    assert scorer.languages == ("en",)
    assert scorer.revision("insult") == 1
    assert scorer.card["version"] == "tiny-en@1"
    with pytest.raises(KeyError):
        scorer.revision("toxicity")


def test_one_string_is_no_list_of_texts() -> None:
    with pytest.raises(TypeError, match="sequence"):
        tiny_scorer().score("one text")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        (" \n ", []),
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ('He said "no." Then he left', ['He said "no."', "Then he left"]),
        ("It costs 3.50 at site.example today", ["It costs 3.50 at site.example today"]),
        ("a line\nanother", ["a line", "another"]),
        ("...", ["..."]),
        ("What?! Yes…", ["What?!", "Yes…"]),
    ],
)
def test_sentences(text: str, parts: list[str]) -> None:
    assert [text[start:end] for start, end in sentences(text)] == parts


@given(st.text())
def test_sentences_leave_out_only_blanks(text: str) -> None:
    last = 0
    for start, end in sentences(text):
        assert not text[last:start].strip()
        assert text[start:end] == text[start:end].strip()
        last = end
    assert not text[last:].strip()
