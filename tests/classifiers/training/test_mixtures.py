"""Mixtures are made of the rows' own words, always the same, and never of what is held out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from classifiers.data.examples import Example
from classifiers.data.splits import near_duplicate_key
from classifiers.training.mixtures import PER_ROW, mixtures

CLEAN = [
    Example(f"the bridge number {i} was built by two sisters", {"toxicity": 0.0}, source="wiki_cat")
    for i in range(20)
]
ABUSIVE = [
    Example(f"you are a fool number {i}", {"toxicity": 1.0}, source="ruddit") for i in range(20)
]


def test_the_same_rows_give_the_same_distinct_texts() -> None:
    made = mixtures(CLEAN + ABUSIVE, set())
    assert made == mixtures(CLEAN + ABUSIVE, set())
    assert len(made) == len(set(made)) > 20
    assert len(made) <= PER_ROW * len(CLEAN + ABUSIVE)


def test_parts_of_both_kinds_meet_in_one_text() -> None:
    made = mixtures(CLEAN + ABUSIVE, set())
    assert any("fool" in text and "bridge" in text for text in made)
    words = {word for row in CLEAN + ABUSIVE for word in row.text.split()}
    assert {word.rstrip(".") for text in made for word in text.split()} <= words


def test_what_is_held_out_is_not_made() -> None:
    some = {near_duplicate_key(text) for text in mixtures(CLEAN + ABUSIVE, set())[:5]}
    assert not some & {near_duplicate_key(text) for text in mixtures(CLEAN + ABUSIVE, some)}


def test_nothing_is_made_of_one_kind_alone_or_of_what_was_not_asked() -> None:
    assert mixtures(CLEAN, set()) == []
    assert mixtures(ABUSIVE, set()) == []
    assert (
        mixtures([*ABUSIVE, Example("not asked", {"threat": 0.0}, source="wiki_cat")], set()) == []
    )


@given(st.lists(st.text(max_size=30), max_size=4), st.lists(st.text(max_size=30), max_size=4))
def test_any_texts_can_be_mixed(clean: list[str], abusive: list[str]) -> None:
    rows = [Example(text, {"toxicity": 0.0}, source="wiki_cat") for text in clean]
    rows += [Example(text, {"toxicity": 1.0}, source="ruddit") for text in abusive]
    assert all(" " in text or "\n" in text for text in mixtures(rows, set()))
