"""What a second reader made of a word is told by reading without it: exactly, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifiers import Score, load_model
from classifiers.combined import CombinedScorer, logit_of
from classifiers.normalise import normalise
from classifiers.occlusion import LEAST_CHANGE, MOST_READINGS, MOST_WORDS
from classifiers.score import Influence
from classifiers.second_reader import SecondReader
from classifiers.types import Floats
from tests.support.tiny_model import tiny_scorer
from tests.support.tiny_reader import ADDS, tiny_combined, write

pytest.importorskip("onnxruntime")


@pytest.fixture(scope="module")
def shipped() -> CombinedScorer:
    loaded = load_model(language="en")
    assert isinstance(loaded, CombinedScorer)
    return loaded


class Counting(SecondReader):
    """A reader that counts its readings, and fails after so many."""

    readings = 0
    fails_after = 1_000_000

    def logits(self, tokens: object) -> Floats:
        self.readings += 1
        if self.readings > self.fails_after:
            raise RuntimeError("no more readings")
        return super().logits(tokens)  # type: ignore[arg-type]


@pytest.fixture
def counted(tmp_path: Path) -> CombinedScorer:
    reader = Counting(write(tmp_path / "tiny-reader-1.rejoinder"))
    reader.readings = 0
    return CombinedScorer(tiny_scorer(), reader)


def words_of(score: Score) -> tuple[Influence, ...]:
    assert score.reading is not None
    assert score.reading.words is not None
    return score.reading.words


def without(model: CombinedScorer, text: str, word: Influence, score: Score) -> dict[str, float]:
    """What the scores would be if the reader had read the text without a word, worked out anew."""
    assert score.reading is not None
    rest = f"{text[: word.start]} {text[word.end :]}"
    [(_, tokens)] = model.second.parts(normalise(rest))
    logits = model.second.logits(tokens)
    artefact = model.second.artefact
    return {
        name: artefact.rules[name].score(
            logit_of(score.reading.fast[name]), float(logits[artefact.attributes.index(name)])
        )
        for name in artefact.rules
    }


def told_truly(model: CombinedScorer, text: str) -> Score:
    [score] = model.score([text], explain=True, languages=["en"])
    [plain] = model.score([text], languages=["en"])
    assert score.scores == plain.scores
    if score.reading is None:
        return score
    told = words_of(score)
    assert len(told) <= MOST_WORDS
    for word in told:
        assert max(map(abs, word.changes.values())) >= LEAST_CHANGE
        for name, value in without(model, text, word, score).items():
            assert score.scores[name] - value == pytest.approx(word.changes[name], abs=2e-6)
    return score


WORD = st.sampled_from([*ADDS, "you", "are", "what", "weather", "bridge", "it's", "well-made"])
MARK = st.sampled_from(["", "", "", ",", ".", "!", "?!", '"'])
SENTENCE = st.lists(st.tuples(WORD, MARK).map("".join), max_size=20).map(" ".join)


@settings(max_examples=150)
@given(SENTENCE)
def test_without_a_word_the_score_is_other_by_what_was_told(text: str) -> None:
    told_truly(tiny_combined(), f"you idiot {text}")


@settings(max_examples=15)
@given(text=SENTENCE)
def test_so_it_is_with_the_shipped_reader(shipped: CombinedScorer, text: str) -> None:
    score = told_truly(shipped, f"you idiot, {text}")
    assert score.reading is not None


def test_it_says_what_lowered_a_score_and_what_raised_it() -> None:
    text = "You are NOT an idiot, you worm"
    [score] = tiny_combined().score([text], explain=True)
    changes = {text[word.start : word.end]: word.changes["insult"] for word in words_of(score)}
    assert changes["NOT"] < 0 < changes["worm"]
    assert set(changes) <= {"NOT", "idiot,", "worm"}


def test_a_word_is_told_where_the_author_wrote_it() -> None:
    text = "👩‍👩‍👧 you are n\u00adot an 1d10t"
    [score] = tiny_combined().score([text], explain=True, languages=["en"])
    assert {text[word.start : word.end] for word in words_of(score)} == {"n\u00adot", "1d10t"}
    assert score.reading is not None
    assert score.reading.part is not None
    start, end = score.reading.part
    assert text[start:end].endswith("1d10t")


def test_a_reader_that_was_not_asked_has_nothing_to_tell(counted: CombinedScorer) -> None:
    [score] = counted.score(["thank you for this article"], explain=True)
    assert score.reading is None


@pytest.mark.parametrize("explain", [False, "spans"])
def test_what_is_not_asked_for_costs_no_reading(counted: CombinedScorer, explain: object) -> None:
    second = counted.second
    assert isinstance(second, Counting)
    before = second.readings
    [score] = counted.score(["you idiot"], explain=explain)  # type: ignore[arg-type]
    assert second.readings == before + 1
    assert score.reading is not None
    assert score.reading.words is None
    assert (score.spans is not None) is (explain == "spans")


@pytest.mark.parametrize("words", [1, 31, 33, 94, 5_000])
def test_a_long_text_is_taken_apart_in_few_readings(counted: CombinedScorer, words: int) -> None:
    second = counted.second
    assert isinstance(second, Counting)
    before = second.readings
    text = " ".join((["idiot", "you", "stupid", "are"] * words)[:words])
    [score] = counted.score([text], explain=True, languages=["en"])
    assert second.readings - before <= 1 + MOST_READINGS
    assert score.reading is not None
    assert score.reading.part is not None
    start, end = score.reading.part
    assert len(text[start:end].split()) == min(words, 94)
    assert all(start <= word.start < word.end <= end for word in words_of(score))


def test_a_reading_that_fails_later_leaves_the_scores(counted: CombinedScorer) -> None:
    second = counted.second
    assert isinstance(second, Counting)
    [expected] = counted.score(["you are not an idiot"])
    second.fails_after = second.readings + 3
    [score] = counted.score(["you are not an idiot"], explain=True)
    assert score.scores == expected.scores
    assert score.reading is not None
    assert (score.reading.failed, score.reading.words) == (False, None)


@settings(max_examples=60)
@given(st.text(max_size=200))
def test_of_any_text_words_are_told_in_order_and_apart(text: str) -> None:
    whole = f"{text} you idiot {text}"
    [score] = tiny_combined().score([whole], explain=True, languages=["en"])
    if score.reading is None:
        return
    reached = 0
    for word in words_of(score):
        assert reached <= word.start < word.end <= len(whole)
        reached = word.end
