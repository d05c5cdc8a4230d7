"""A text is cut into known pieces, and into parts that an encoder can read at once."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.wordpiece import WordPiece, framed, windows

MARKS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
VOCABULARY = [*MARKS, "un", "##aff", "##able", "able", "!", "'", "_", "a", "##a", "b", "##b"]


def names(numbers: list[int]) -> list[str]:
    return [VOCABULARY[number] for number in numbers]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        (" unaffable! ", [["un", "##aff", "##able"], ["!"]]),
        (" able_able ", [["able"], ["_"], ["able"]]),
        (" abab 'a' ", [["a", "##b", "##a", "##b"], ["'"], ["a"], ["'"]]),
        (" abc unx ", [["[UNK]"], ["[UNK]"]]),
        ("a" * 61, [["[UNK]"]]),
        ("", []),
    ],
)
def test_the_longest_known_pieces_are_taken(text: str, pieces: list[list[str]]) -> None:
    assert [names(word) for word in WordPiece(VOCABULARY).pieces(text)] == pieces


@pytest.mark.parametrize(
    "vocabulary", [["a", *MARKS], [*MARKS[:3], "a"], [*MARKS, "a", "a"], [], ["[PAD]"]]
)
def test_a_vocabulary_that_is_none_is_refused(vocabulary: list[str]) -> None:
    with pytest.raises(ValueError, match="a vocabulary"):
        WordPiece(vocabulary)


@given(st.text(max_size=200))
def test_any_text_has_numbers_of_the_vocabulary(text: str) -> None:
    pieces = WordPiece(VOCABULARY).pieces(text)
    assert all(word and set(word) <= set(range(1, len(VOCABULARY))) for word in pieces)
    assert len(framed(pieces, 16)) <= 16


@given(
    st.lists(st.lists(st.integers(4, 9), min_size=1, max_size=12), max_size=60),
    st.integers(8, 40),
)
def test_parts_hold_every_word_and_no_more_than_fits(pieces: list[list[int]], most: int) -> None:
    parts = windows(pieces, most)
    assert parts[0][0] == 0
    assert parts[-1][1] == len(pieces)
    assert {i for a, b in parts for i in range(a, b)} == set(range(len(pieces)))
    for a, b in parts:
        tokens = sum(map(len, pieces[a:b]))
        assert tokens <= most - 2 or b - a == 1
        assert framed(pieces[a:b], most)[0] == 2
        assert framed(pieces[a:b], most)[-1] == 3


def test_a_long_text_is_cut_at_words() -> None:
    vocabulary = [*MARKS, *(f"w{letter}" for letter in string.ascii_lowercase)]
    pieces = WordPiece(vocabulary).pieces(" ".join(vocabulary[4:]))
    assert windows(pieces, 12) == [(0, 10), (10, 20), (16, 26)]
