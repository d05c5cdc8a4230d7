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
_GRAM_BASE = np.uint32(0x9E3779B1)
_GRAM_MIX = {3: np.uint32(0xC2B2AE35), 4: np.uint32(0x27D4EB2F)}
_GRAM_FOLD = np.uint32(15)
_GRAM_SHIFT = np.uint32(32 - GRAM_BITS)
_WORD_BASE = np.uint64(0x9E3779B97F4A7C15)
_WORD_MIX = np.uint64(0xD1342543DE82EF95)
_PAIR_MIX = np.uint64(0xAF251AF3B0F025B5)
_ADDRESSED_MIX = np.uint64(0x8EBC6AF09C88C6E3)
_BAG_MIX = np.uint64(0xE7037ED1A0B428DB)
_PAIR = np.uint64(0xA0761D6478BD642F)
_LETTER = np.uint64(0x589965CC75374CC3)
_WORD_FOLD = np.uint64(32)
_WORD_SHIFT = np.uint64(64 - WORD_BITS)

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


def word_bounds(codes: NDArray[Any]) -> tuple[Positions, Positions]:
    """Starts and ends of the words of a normalised text, which begins and ends with a blank."""
    inside = _IN_WORD[codes if codes.dtype == np.uint8 else np.minimum(codes, 128)]
    borders = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    return borders[::2], borders[1::2]


def _word_ids(hashes: Hashes, mix: np.uint64) -> Ids:
    # The product's top bits depend on all lower ones; the fold lets the lower see the upper.
    hashes ^= hashes >> _WORD_FOLD
    hashes *= mix
    hashes >>= _WORD_SHIFT
    ids = hashes.astype(np.uint32)
    ids += np.uint32(WORDS_FROM)
    return ids


def char_ngrams(codes: NDArray[Any]) -> list[tuple[int, Ids]]:
    """For each order the character n-gram that starts at each position of a text."""
    points = codes.astype(np.uint32)
    rolling = points
    ngrams = []
    for order in range(2, ORDERS[-1] + 1):
        rolling = rolling[: len(points) - order + 1] * _GRAM_BASE
        rolling += points[order - 1 :]
        if order not in ORDERS:
            continue
        ids = rolling >> _GRAM_FOLD
        ids ^= rolling
        ids *= _GRAM_MIX[order]
        ids >>= _GRAM_SHIFT
        ngrams.append((order, ids))
    return ngrams


def _hashes(codes: NDArray[Any], starts: Positions, ends: Positions) -> Hashes:
    """A polynomial hash of each word that does not depend on where it stands."""
    length = len(codes) + 1
    powers, inverses = _POWERS, _INVERSES
    if length > _POWER_LENGTH:
        powers, inverses = _powers(_WORD_BASE, length), _powers(_INVERSE_BASE, length)
    sums = np.cumsum(codes * powers[: len(codes)], dtype=np.uint64)
    return (sums[ends - 1] - sums[starts - 1]) * inverses[starts]


def _bags(codes: NDArray[Any], starts: Positions, ends: Positions) -> Hashes:
    """A hash of each word's letters in whatever order, repeated ones once."""
    letters = codes.astype(np.uint64)
    letters *= _LETTER
    # A plain multiple would make the sum of letters all that a bag says.
    letters ^= letters >> _WORD_FOLD
    letters *= _LETTER
    letters[1:][codes[1:] == codes[:-1]] = 0
    sums = np.cumsum(letters)
    return sums[ends - 1] - sums[starts - 1]


#: Who is spoken to, and how many words after and before it are said to them.
_ADDRESS = "you your yours yourself yourselves you're youre you've you'll you'd u ur"
_AFTER, _BEFORE = 4, 3
_ADDRESS_CODES = code_points(f" {_ADDRESS} ")
_ADDRESS_HASHES = _hashes(_ADDRESS_CODES, *word_bounds(_ADDRESS_CODES))[:, None]
#: Shorter words have too few letters to know them by.
MIN_LETTERS = 4


def _addressed(hashes: Hashes, owners: Ids | None) -> Positions:
    """Numbers of the words near one of ``_ADDRESS`` in the same text, and not one of them."""
    you = (hashes == _ADDRESS_HASHES).any(axis=0)
    if not you.any():
        return np.empty(0, dtype=np.intp)
    near = np.zeros_like(you)
    for step in range(1, _AFTER + 1):
        after, before = you[:-step], you[step:]
        if owners is not None:
            together = owners[step:] == owners[:-step]
            after, before = after & together, before & together
        near[step:] |= after
        if step <= _BEFORE:
            near[:-step] |= before
    near &= ~you
    return np.flatnonzero(near)


def word_features(
    codes: NDArray[Any], starts: Positions, ends: Positions, owners: Ids | None = None
) -> list[tuple[Ids, Positions, Positions]]:
    """The features that words make, and where in the text each begins and ends.

    In this order: words, pairs of a word and the next one, words near a `you`, bags of letters.

    Args:
        owners: for many texts in a row, the text of each word; a pair may still cross texts.
    """
    hashes = _hashes(codes, starts, ends)
    pairs = hashes[:-1] * _PAIR + hashes[1:]
    near = _addressed(hashes, owners)
    long = np.flatnonzero(ends - starts >= MIN_LETTERS)
    bags = _bags(codes, starts[long], ends[long])
    addressed = hashes[near]
    return [
        (_word_ids(hashes, _WORD_MIX), starts, ends),
        (_word_ids(pairs, _PAIR_MIX), starts[:-1], ends[1:]),
        (_word_ids(addressed, _ADDRESSED_MIX), starts[near], ends[near]),
        (_word_ids(bags, _BAG_MIX), starts[long], ends[long]),
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
    if not text:
        return np.empty(0, dtype=np.uint32)
    codes = code_points(text)
    starts, ends = word_bounds(codes)
    parts = [ids for _, ids in char_ngrams(codes)]
    if len(starts):
        parts += [ids for ids, _, _ in word_features(codes, starts, ends)]
    return distinct(np.concatenate(parts))


def feature_ids_batch(texts: Sequence[str]) -> tuple[Ids, Positions]:
    """The distinct features of each normalised text, one text after the other, and their bounds.

    The same as ``feature_ids`` of each, several times as fast for short texts.

    Returns:
        Ids, and ``(len(texts) + 1,)`` offsets: those of text ``i`` are
        ``ids[bounds[i]:bounds[i + 1]]``.
    """
    groups = [_group_ids(group) for group in _groups(texts)]
    ids = np.concatenate([ids for ids, _ in groups]) if groups else np.empty(0, dtype=np.uint32)
    bounds = np.zeros(len(texts) + 1, dtype=np.intp)
    if groups:
        np.cumsum(np.concatenate([counts for _, counts in groups]), out=bounds[1:])
    return ids, bounds


#: A sorting key holds a text's number in its group above a feature's 21 bits.
_KEY_BITS = np.uint32(21)
_GROUP_TEXTS = 1 << 11


def _groups(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Texts in a row that are hashed as one, within the precomputed powers and the key's bits."""
    first = size = 0
    for i, text in enumerate(texts):
        if i > first and (size + len(text) >= _POWER_LENGTH or i - first >= _GROUP_TEXTS):
            yield texts[first:i]
            first, size = i, 0
        size += len(text)
    if first < len(texts):
        yield texts[first:]


def _group_ids(texts: Sequence[str]) -> tuple[Ids, Positions]:
    """The distinct features of each text of a group, and how many each has."""
    if len(texts) == 1:
        ids = feature_ids(texts[0])
        return ids, np.array([len(ids)])
    codes = code_points("".join(texts))
    ends = np.cumsum([len(text) for text in texts])
    # The number of the text that each character is of, as the upper bits of a key.
    text_of = np.repeat(np.arange(len(texts), dtype=np.uint32), np.diff(ends, prepend=0))
    text_of <<= _KEY_BITS
    keys = [np.empty(0, dtype=np.uint32)]
    if len(codes):
        for order, ids in char_ngrams(codes):
            owners = text_of[: len(ids)]
            inside = owners == text_of[order - 1 :]
            ids |= owners
            keys.append(ids[inside])
        starts, stops = word_bounds(codes)
        if len(starts):
            for ids, firsts, lasts in word_features(codes, starts, stops, text_of[starts]):
                owners = text_of[firsts]
                ids |= owners
                keys.append(ids[owners == text_of[lasts - 1]])
    sorted_keys = distinct(np.concatenate(keys))
    counts = np.bincount(sorted_keys >> _KEY_BITS, minlength=len(texts))
    return sorted_keys & ((np.uint32(1) << _KEY_BITS) - np.uint32(1)), counts


def word_counts(ids: Ids, bounds: Positions) -> Positions:
    """How many features of each text, which are its last ones, are of the family of words."""
    running = np.zeros(len(ids) + 1, dtype=np.intp)
    np.cumsum(ids >= WORDS_FROM, out=running[1:])
    return running[bounds[1:]] - running[bounds[:-1]]
