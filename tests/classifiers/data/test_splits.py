"""No near-duplicate is on both sides of a split, and a test row is never trained on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.data.examples import Example
from classifiers.data.splits import held_out_split, near_duplicate_key, split_examples

LETTERS = st.text("abc ", max_size=70)
ROWS = st.lists(
    st.builds(
        Example,
        text=LETTERS | LETTERS.map(lambda text: "the same long beginning of a comment " * 2 + text),
        source=st.sampled_from(["jigsaw_ak", "wiki_cat", "davidson", "elsewhere"]),
        split=st.sampled_from(["", "train", "dev", "test"]),
    ),
    max_size=30,
)


@given(ROWS)
def test_no_near_duplicate_crosses_a_split(rows: list[Example]) -> None:
    parts = split_examples(rows)
    keys = {
        name: {near_duplicate_key(row.text) for row in part} - {""} for name, part in parts.items()
    }
    assert keys["train"].isdisjoint(keys["dev"] | keys["test"])
    assert keys["dev"].isdisjoint(keys["test"])
    assert all(row.split == name for name, part in parts.items() for row in part)


@given(ROWS)
def test_splitting_again_or_in_another_order_changes_nothing(rows: list[Example]) -> None:
    parts, again = split_examples(rows), split_examples(rows[::-1])
    assert {name: part[::-1] for name, part in again.items()} == parts


@given(ROWS)
def test_a_test_row_is_never_trained_on(rows: list[Example]) -> None:
    kept = {row.text for row in split_examples(rows)["test"]}
    assert {row.text for row in rows if row.split == "test"} <= kept


def test_groups_are_held_out_whole_and_in_the_stated_share() -> None:
    rows = [Example(f"comment about {name * 5}", source="jigsaw_ak") for name in _names(3000)]
    shares = [held_out_split(row) for row in rows]
    assert shares.count("dev") / len(rows) == pytest.approx(0.25, abs=0.03)
    assert shares.count("test") / len(rows) == pytest.approx(0.35, abs=0.03)
    twin = Example(rows[0].text.upper() + "!", source="jigsaw_ak")
    assert held_out_split(twin) == held_out_split(rows[0])


def _names(count: int) -> list[str]:
    letters = "abcdefghijklmnop"
    return [letters[i % 16] + letters[i // 16 % 16] + letters[i // 256 % 16] for i in range(count)]


def test_near_duplicates_are_told_by_their_letters_alone() -> None:
    assert near_duplicate_key("It's  1 FINE day!") == near_duplicate_key("its fine day 2")
    assert near_duplicate_key("a" * 60 + "b") == near_duplicate_key("a" * 60 + "c")
    assert near_duplicate_key("123 !?") == ""
