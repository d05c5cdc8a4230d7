"""Hashed n-grams are what they say, one text at a time or many."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifiers.features import (
    FAMILIES,
    char_ngrams,
    code_points,
    feature_ids,
    feature_ids_batch,
    word_features,
)
from classifiers.normalise import normalise


def test_the_definition_does_not_drift() -> None:
    # Models are trained on these numbers: another definition must get another number.
    assert feature_ids(" ok ").tolist() == [216315, 495051, 550150, 1331590]


def test_families_have_ranges_of_their_own() -> None:
    codes = code_points(normalise("some words in a line"))
    for _, columns in char_ngrams(codes):
        assert (columns < FAMILIES["chars"][1]).all()
    kinds = [columns for columns, _, _ in word_features(codes)]
    assert [len(columns) for columns in kinds] == [5, 4, 0, 3]
    for columns in kinds:
        assert (columns >= FAMILIES["words"][0]).all()
        assert (columns < FAMILIES["words"][1]).all()


@given(st.text(alphabet="abc' *😀é", max_size=40))
def test_a_word_hashes_the_same_wherever_it_stands(text: str) -> None:
    word = "stupid"
    (alone,) = _words(f" {word} ")
    line = normalise(f"{text} {word} end")
    assert alone in _words(line)


def test_long_lines_hash_words_like_short_ones() -> None:
    (alone,) = _words(" stupid ")
    assert _words(f" {'word ' * 10_000}stupid ")[-1] == alone


def test_different_words_rarely_share_a_column() -> None:
    words = [f"{a}{b}{c}" for a in "bcdfgl" for b in "aeiou" for c in ("t", "nd", "st", "ck", "m")]
    columns = {int(_words(f" {word} ")[0]) for word in words}
    assert len(columns) == len(words)


def test_columns_spread_evenly() -> None:
    rng = np.random.default_rng(0)
    line = "".join(map(chr, rng.integers(97, 123, 50_000)))
    columns = feature_ids(f" {line} ")
    counts = np.histogram(columns[columns < FAMILIES["chars"][1]], bins=64)[0]
    assert counts.min() > 0.85 * counts.mean()
    assert counts.max() < 1.15 * counts.mean()


def _words(line: str) -> list[int]:
    return _kind(line, 0)


def _kind(line: str, kind: int) -> list[int]:
    codes = code_points(line)
    columns, _, _ = word_features(codes)[kind]
    return columns.tolist()


def test_words_near_a_you_are_told_from_words_about_others() -> None:
    def addressed(text: str) -> list[str]:
        codes = code_points(f" {text} ")
        _, starts, ends = word_features(codes)[2]
        return [text[start - 1 : end - 1] for start, end in zip(starts, ends, strict=True)]

    assert addressed("they are tall") == []
    assert addressed("you are tall") == ["are", "tall"]
    assert addressed("one two three four you five six seven eight nine") == (
        ["two", "three", "four", "five", "six", "seven", "eight"]
    )


def test_a_bag_of_letters_knows_a_word_however_it_is_turned() -> None:
    [bag] = _kind(" stupid ", 3)
    for turned in ("stpuid", "diputs", "stuupiid", "sstupid"):
        assert _kind(f" {turned} ", 3) == [bag]
    for other in ("stupis", "stupd", "stupidi", "stvpid"):
        assert _kind(f" {other} ", 3) != [bag]
    assert _kind(" cat ", 3) == []


@given(st.lists(st.text(max_size=60), max_size=12))
def test_many_lines_at_once_hash_like_each_alone(texts: list[str]) -> None:
    lines = [normalise(text) for text in texts]
    ids, bounds = feature_ids_batch(lines)
    for i, line in enumerate(lines):
        assert ids[bounds[i] : bounds[i + 1]].tolist() == feature_ids(line).tolist()


def test_groups_of_lines_do_not_mix() -> None:
    # A group ends for the number of its lines, for their length, and before one that is too long.
    lines = [normalise(f"w{i}") for i in range(2100)]
    lines += [normalise(f"word{i} " * i) for i in range(0, 700, 7)] + [" é " * 30_000]
    columns, bounds = feature_ids_batch(lines)
    for place, line in enumerate(lines):
        found = columns[bounds[place] : bounds[place + 1]].tolist()
        assert found == feature_ids(line).tolist()
