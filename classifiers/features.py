"""Hash a normalised text's character and word n-grams into the columns of one table.

The features of a text are the *distinct* 3- and 4-grams of its characters (across words,
with the blanks at both ends), and its distinct words, pairs of neighbouring words, words near a
`you`, and longer words as bags of letters. Each is worth ``1 / sqrt(number of distinct features of
its family)``, characters or words, so long and short texts are comparable and the few words are
heard beside the many characters.

What stands near a `you` is said to somebody: there a word that only describes elsewhere can insult.
A bag of letters is the same however the letters are swapped, doubled or turned round.

Hashes are polynomials over code points, so that all n-grams of an order come from a few vector
operations, and a word's from the difference of two prefix sums. The constants are part of what
``FEATURE_SET_VERSION`` counts. Characters and words have ranges of their own, so that training can
trust them differently.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Positions = NDArray[np.intp]
Integers = TypeVar("Integers", np.uint32, np.int64)

#: Number of what this module and the normaliser make of a text; artefacts name the one they need.
FEATURE_SET_VERSION = 3
GRAM_BITS = 20
WORD_BITS = 20
ORDERS = (3, 4)
FAMILIES = {
    "chars": (0, 1 << GRAM_BITS),
    "words": (1 << GRAM_BITS, (1 << GRAM_BITS) + (1 << WORD_BITS)),
}
#: The first id of a word's; all below are characters'.
WORDS_FROM = FAMILIES["words"][0]

#: Odd multipliers with well spread bits (fractions of the golden ratio and of square roots); the
#: top bits of a product are the column.
_GRAM_BASE = np.array(0x9E3779B1, dtype=np.uint32)
_GRAM_MIX = np.array([[0xC2B2AE35], [0x27D4EB2F]], dtype=np.uint32)
_GRAM_FOLD = np.array(15, dtype=np.uint32)
_GRAM_SHIFT = np.array(32 - GRAM_BITS, dtype=np.uint32)
_WORD_BASE = np.uint64(0x9E3779B97F4A7C15)
#: For words, pairs, words near a `you`, and bags of letters.
_WORD_MIX_NEAR = np.array(
    [[0xD1342543DE82EF95], [0xAF251AF3B0F025B5], [0x8EBC6AF09C88C6E3], [0xE7037ED1A0B428DB]],
    dtype=np.uint64,
)
_WORD_MIX = _WORD_MIX_NEAR[[0, 1, 3]]
_PAIR = np.array(0xA0761D6478BD642F, dtype=np.uint64)
_LETTER = np.array(0x589965CC75374CC3, dtype=np.uint64)
_WORD_FOLD = np.array(32, dtype=np.uint64)
_WORD_SHIFT = np.array(64 - WORD_BITS, dtype=np.uint64)
_WORDS_FROM = np.array(WORDS_FROM, dtype=np.uint32)

#: Whether a code point below 128 is part of a word; all others are.
_IN_WORD = np.zeros(129, dtype=bool)
_IN_WORD[[*b"0123456789abcdefghijklmnopqrstuvwxyz'*", 128]] = True

_POWER_LENGTH = 1 << 14
_INVERSE_BASE = np.uint64(pow(int(_WORD_BASE), -1, 1 << 64))


def _powers(base: np.uint64, length: int) -> Hashes:
    powers = np.full(length, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS = _powers(_WORD_BASE, _POWER_LENGTH)
_INVERSES = _powers(_INVERSE_BASE, _POWER_LENGTH)
for _table in (_IN_WORD, _POWERS, _INVERSES):
    _table.setflags(write=False)


def code_points(text: str) -> NDArray[Any]:
    """The code points of a text, one byte each if it is ASCII, else four."""
    if text.isascii():
        return np.frombuffer(text.encode("ascii"), np.uint8)
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _borders(codes: NDArray[Any]) -> Positions:
    """Where a text's words begin and end in turn, one less each; a blank stands at either end."""
    inside = _IN_WORD.take(codes if codes.dtype == np.uint8 else np.minimum(codes, 128))
    borders: Positions = (inside[1:] != inside[:-1]).nonzero()[0]
    return borders


def char_ngrams(codes: NDArray[Any]) -> list[tuple[int, Ids]]:
    """For each order the character n-gram that starts at each position of a text."""
    return [
        (order, ids[: max(0, len(codes) - order + 1)])
        for order, ids in zip(ORDERS, _ngrams(codes), strict=True)
    ]


def _ngrams(codes: NDArray[Any]) -> Ids:
    """A row of n-grams for each order; where one would reach beyond the end the row says nothing.

    All orders are mixed at once: for a comment the number of array operations is what costs.
    """
    points = codes.astype(np.uint32)
    rolling = np.empty((len(ORDERS), len(points)), dtype=np.uint32)
    twos = points[:-1] * _GRAM_BASE
    twos += points[1:]
    threes = np.multiply(twos[:-1], _GRAM_BASE, out=rolling[0, :-2])
    threes += points[2:]
    fours = np.multiply(threes[:-1], _GRAM_BASE, out=rolling[1, :-3])
    fours += points[3:]
    ids = rolling >> _GRAM_FOLD
    ids ^= rolling
    ids *= _GRAM_MIX
    ids >>= _GRAM_SHIFT
    return ids


def _sums_of_words(codes: NDArray[Any], borders: Positions) -> tuple[Hashes, Hashes]:
    """For each word a polynomial hash, wherever it stands, and one of its letters in any order.

    A letter that follows itself counts once in the second.
    """
    length = len(codes) + 1
    powers, inverses = _POWERS, _INVERSES
    if length > _POWER_LENGTH:
        powers, inverses = _powers(_WORD_BASE, length), _powers(_INVERSE_BASE, length)
    sums = np.empty((2, len(codes)), dtype=np.uint64)
    np.multiply(codes, powers[: len(codes)], out=sums[0])
    sums[1] = _BAG_LETTERS.take(codes) if codes.dtype == np.uint8 else _bag_letters(codes)
    sums[1, 1:] *= codes[1:] != codes[:-1]
    at_borders = np.add.accumulate(sums, axis=1, out=sums).take(borders, axis=1)
    polynomials, bags = at_borders[:, 1::2] - at_borders[:, ::2]
    polynomials *= inverses.take(borders[::2] + 1)
    return polynomials, bags


def _bag_letters(codes: NDArray[Any]) -> Hashes:
    letters = codes.astype(np.uint64)
    letters *= _LETTER
    # A plain multiple would make the sum of letters all that a bag says.
    letters ^= letters >> _WORD_FOLD
    letters *= _LETTER
    return letters


_BAG_LETTERS = _bag_letters(np.arange(128, dtype=np.uint8))
_BAG_LETTERS.setflags(write=False)

#: Who is spoken to, and how many words after and before it are said to them.
_ADDRESS = "you your yours yourself yourselves you're youre you've you'll you'd u ur"
_AFTER, _BEFORE = 4, 3
_ADDRESS_CODES = code_points(f" {_ADDRESS} ")
_ADDRESS_HASHES = _sums_of_words(_ADDRESS_CODES, _borders(_ADDRESS_CODES))[0]
#: Each of these hashes in the place that its upper bits name, where no other of them stands.
_ADDRESS_SHIFT = np.array(54, dtype=np.uint64)
_ADDRESS_PLACES = np.zeros(1 << 10, dtype=np.uint64)
_ADDRESS_PLACES[_ADDRESS_HASHES >> _ADDRESS_SHIFT] = _ADDRESS_HASHES
_ADDRESS_PLACES.setflags(write=False)
#: Shorter words have too few letters to know them by.
MIN_LETTERS = 4


def _unaddressed(hashes: Hashes, owners: Ids | None) -> NDArray[np.bool_] | None:
    """Which words are not near one of ``_ADDRESS`` in the same text, or are one of them.

    None if none of them is there.
    """
    you = _ADDRESS_PLACES.take(hashes >> _ADDRESS_SHIFT) == hashes
    if not np.count_nonzero(you):
        return None
    near = np.zeros_like(you)
    for step in range(1, _AFTER + 1):
        after, before = you[:-step], you[step:]
        if owners is not None:
            together = owners[step:] == owners[:-step]
            after, before = after & together, before & together
        near[step:] |= after
        if step <= _BEFORE:
            near[:-step] |= before
    far: NDArray[np.bool_] = np.less_equal(near, you)
    return far


def _word_ids(
    codes: NDArray[Any], borders: Positions, owners: Ids | None = None
) -> tuple[Ids, NDArray[np.bool_] | None]:
    """A row each of words, pairs, words near a `you` and bags; column ``i`` begins with word ``i``.

    Where a word makes no such feature its own id stands instead: as a text's features are distinct,
    it adds nothing, and no row need be cut. Without a `you` its row is left out.

    Args:
        owners: for many texts in a row, the text of each word.

    Returns:
        The ids, and which words are not near a `you`; None if there is none.
    """
    words, bags = _sums_of_words(codes, borders)
    short = borders[1::2] - borders[::2] < MIN_LETTERS
    last = None if owners is None else owners[1:] != owners[:-1]
    far = _unaddressed(words, owners)
    hashes = np.empty((3 if far is None else 4, len(words)), dtype=np.uint64)
    hashes[0] = words
    np.multiply(words[:-1], _PAIR, out=hashes[1, :-1])
    hashes[1, :-1] += words[1:]
    if far is not None:
        hashes[2] = words
    hashes[-1] = bags
    # A product's top bits depend on all lower ones; the fold lets the lower see the upper.
    hashes ^= hashes >> _WORD_FOLD
    hashes *= _WORD_MIX if far is None else _WORD_MIX_NEAR
    hashes >>= _WORD_SHIFT
    ids = hashes.astype(np.uint32)
    ids += _WORDS_FROM
    ids[1, -1:] = ids[0, -1:]
    if last is not None:
        np.copyto(ids[1, :-1], ids[0, :-1], where=last)
    if far is not None:
        np.copyto(ids[2], ids[0], where=far)
    np.copyto(ids[-1], ids[0], where=short)
    return ids, far


def word_features(codes: NDArray[Any]) -> list[tuple[Ids, Positions, Positions]]:
    """The features that words make, and where in the text each begins and ends.

    In this order: words, pairs of a word and the next one, words near a `you`, bags of letters.
    """
    borders = _borders(codes)
    starts, ends = borders[::2] + 1, borders[1::2] + 1
    if not len(starts):
        return []
    rows, far = _word_ids(codes, borders)
    near = np.flatnonzero(~far if far is not None else np.zeros(len(starts), dtype=bool))
    long = np.flatnonzero(ends - starts >= MIN_LETTERS)
    return [
        (rows[0], starts, ends),
        (rows[1, :-1], starts[:-1], ends[1:]),
        (rows[2][near], starts[near], ends[near]),
        (rows[-1][long], starts[long], ends[long]),
    ]


def distinct(values: NDArray[Integers]) -> NDArray[Integers]:
    """Sorted distinct values; sorts its argument.

    Several times as fast here as ``numpy.unique``, which hashes.
    """
    values.sort()
    first = np.empty(len(values), dtype=bool)
    first[:1] = True
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return values[first]


def feature_ids(text: str) -> Ids:
    """The distinct features of one normalised text, rising; none for an empty one."""
    return np.concatenate(families(text))


def families(text: str) -> tuple[Ids, Ids]:
    """The same as characters and words apart, all of whose ids are higher."""
    if not text:
        return _NONE, _NONE
    codes = code_points(text)
    ngrams = _ngrams(codes)
    for row, order in zip(ngrams, ORDERS, strict=True):
        row[max(0, len(codes) - order + 1) :] = ngrams[0, 0]
    borders = _borders(codes)
    words = distinct(_word_ids(codes, borders)[0].ravel()) if len(borders) else _NONE
    return distinct(ngrams.ravel()), words


_NONE = np.empty(0, dtype=np.uint32)


#: For each text in a row, its ids and where they begin and end: ``ids[bounds[i]:bounds[i + 1]]``.
Ragged = tuple[Ids, Positions]


def feature_ids_batch(texts: Sequence[str]) -> Ragged:
    """The distinct features of each normalised text, one text after the other, and their bounds.

    The same as ``feature_ids`` of each, several times as fast for short texts.
    """
    families = families_batch(texts)
    bounds = families[0][1] + families[1][1]
    ids = np.empty(bounds[-1], dtype=np.uint32)
    # Before a text's characters stand the words of earlier texts; before its words its characters.
    for (own, own_bounds), before in zip(
        families, (families[1][1][:-1], families[0][1][1:]), strict=True
    ):
        ids[np.arange(len(own)) + np.repeat(before, np.diff(own_bounds))] = own
    return ids, bounds


def families_batch(texts: Sequence[str]) -> tuple[Ragged, Ragged]:
    """The same as characters and words apart, as ``families`` gives them of one text."""
    groups = [_group(group) for group in _groups(texts)] or [((_NONE, _ZERO), (_NONE, _ZERO))]
    if len(groups) == 1:
        return groups[0]
    chars, words = zip(*groups, strict=True)
    return _joined(chars), _joined(words)


def _joined(parts: Sequence[Ragged]) -> Ragged:
    counts = np.concatenate([np.diff(bounds) for _, bounds in parts])
    return np.concatenate([ids for ids, _ in parts]), _bounds(counts)


def _bounds(counts: Positions) -> Positions:
    bounds = np.zeros(len(counts) + 1, dtype=np.intp)
    np.add.accumulate(counts, out=bounds[1:])
    return bounds


_ZERO = np.zeros(1, dtype=np.intp)


def _groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts in a row that are hashed as one, within the precomputed powers."""
    first = size = 0
    for i, text in enumerate(texts):
        if i > first and size + len(text) >= _POWER_LENGTH:
            yield texts[first:i]
            first, size = i, 0
        size += len(text)
    if first < len(texts):
        yield texts[first:]


def _group(texts: Sequence[str]) -> tuple[Ragged, Ragged]:
    """The distinct features of each text of a group."""
    if len(texts) == 1:
        chars, words = families(texts[0])
        return (chars, _bounds(np.array([len(chars)]))), (words, _bounds(np.array([len(words)])))
    codes = code_points("".join(texts))
    bounds = _bounds(np.array([len(text) for text in texts]))
    if not len(codes):
        return (_NONE, bounds), (_NONE, bounds)
    ngrams = _ngrams(codes)
    starts, ends = bounds[:-1], bounds[1:]
    some = starts < ends
    starts, ends = starts[some], ends[some]
    for row, order in zip(ngrams, ORDERS, strict=True):
        for back in range(1, order):
            row[ends - back] = ngrams[0, starts]
    borders = _borders(codes)
    text_of = np.repeat(np.arange(len(texts), dtype=np.uint32), np.diff(bounds))
    rows = _word_ids(codes, borders, text_of.take(borders[::2]))[0]
    # Features of one text side by side: many short sorts are faster than one long one.
    of_words = borders[::2].searchsorted(bounds)
    return (
        _distinct_in(np.ascontiguousarray(ngrams.T).ravel(), bounds * len(ngrams)),
        _distinct_in(np.ascontiguousarray(rows.T).ravel(), of_words * len(rows)),
    )


def _distinct_in(values: Ids, bounds: Positions) -> Ragged:
    """Sorted distinct values of each part; sorts its argument."""
    for start, end in pairwise(bounds.tolist()):
        values[start:end].sort()
    first = np.empty(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    first[bounds[:-1][bounds[:-1] < len(values)]] = True
    before = _bounds(first)
    return values[first], before.take(bounds)


def word_counts(ids: Ids, bounds: Positions) -> Positions:
    """How many features of each text, which are its last ones, are of the family of words."""
    running = np.zeros(len(ids) + 1, dtype=np.intp)
    np.cumsum(ids >= WORDS_FROM, out=running[1:])
    return running[bounds[1:]] - running[bounds[:-1]]
