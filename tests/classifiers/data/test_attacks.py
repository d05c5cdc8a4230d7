"""The attacks change words as they say, the same way each time, and the normaliser undoes most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.data.attacks import ATTACKS, attack
from classifiers.normalise import normalise
from tests.support.tiny_model import KIND, RUDE, tiny_scorer

SENTENCE = "you are a stupid moron and a pathetic idiot"
#: Attacks that the normaliser undoes letter by letter, where the word is a known one.
UNDONE = ("homoglyphs", "zero_width", "dots", "spaces", "mixed_case", "accents", "right_to_left")


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - {"emoji"}))
def test_an_attack_changes_the_text_and_is_seeded(name: str) -> None:
    assert attack(SENTENCE, name) == attack(SENTENCE, name)
    variants = {attack(SENTENCE, name, seed) for seed in range(10)}
    assert SENTENCE not in variants
    assert len(variants) > 1 or name in {"spaces", "reversed"}


def test_emoji_stand_for_words() -> None:
    assert attack("what a clown", "emoji") == "what a 🤡"


def test_an_unknown_attack_is_an_error() -> None:
    with pytest.raises(KeyError):
        attack(SENTENCE, "hypnosis")


@pytest.mark.parametrize("name", UNDONE)
def test_known_words_come_back(name: str) -> None:
    for seed in range(20):
        words = normalise(attack(SENTENCE, name, seed)).split()
        assert {"stupid", "moron", "idiot"} <= set(words)


@pytest.mark.parametrize("name", ["leet", "stretched", "censored", "reversed"])
def test_most_known_words_come_back(name: str) -> None:
    found = 0
    for seed in range(25):
        words = set(normalise(attack(SENTENCE, name, seed)).split())
        found += len(words & {"stupid", "moron", "pathetic", "idiot"})
    assert found >= 80, found


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_kind_words_do_not_become_abusive(name: str) -> None:
    scorer = tiny_scorer()
    lowest = min(score.scores["insult"] for score in scorer.score(RUDE))
    disguised = [attack(text, name, seed) for text in KIND for seed in range(5)]
    for score in scorer.score(disguised, languages=["en"] * len(disguised)):
        assert score.scores["insult"] < lowest


@given(st.text(max_size=60), st.sampled_from(sorted(ATTACKS)))
def test_any_text_can_be_attacked(text: str, name: str) -> None:
    assert isinstance(attack(text, name), str)
