"""Hash a text's character and word n-grams into columns of one table.

The features of a text are the *distinct* 3- and 4-grams of its normalised line (across words,
with the blanks at both ends), and its distinct words, pairs of neighbouring words, words near a
`you`, and longer words as bags of letters. Each is worth ``1 / sqrt(number of distinct features of
its family)``, characters or words, so long and short texts are comparable and the few words are
heard beside the many characters.

What stands near a `you` is said to somebody: there a word that only describes elsewhere can insult.
A bag of letters is the same however the letters are swapped, doubled or turned round.

Hashes are polynomials over code points, so that all n-grams of an order come from a few vector
operations, and a word's from the difference of two prefix sums. The constants are part of the
definition: another one is another ``DEFINITION``. Characters and words have ranges of their own,
so that training can trust them differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Places = NDArray[np.intp]

#: Number of what this module and the normaliser make of a text; artefacts name the one they need.
DEFINITION = 2
GRAM_BITS = 20
WORD_BITS = 20
ORDERS = (3, 4)
FAMILIES = {
    "chars": (0, 1 << GRAM_BITS),
    "words": (1 << GRAM_BITS, (1 << GRAM_BITS) + (1 << WORD_BITS)),
}

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


def code_points(line: str) -> NDArray[Any]:
    """The code points of a line, one byte each if it is ASCII, else four."""
    if line.isascii():
        return np.frombuffer(line.encode("ascii"), np.uint8)
    return np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32)


def word_bounds(codes: NDArray[Any]) -> tuple[Places, Places]:
    """Starts and ends of the words of a line, whose first and last characters are in none."""
    inside = _IN_WORD[codes if codes.dtype == np.uint8 else np.minimum(codes, 128)]
    borders = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    return borders[::2], borders[1::2]


def _word_columns(hashes: Hashes, mix: np.uint64) -> Ids:
    # The product's top bits depend on all lower ones; the fold lets the lower see the upper.
    hashes ^= hashes >> _WORD_FOLD
    hashes *= mix
    hashes >>= _WORD_SHIFT
    columns = hashes.astype(np.uint32)
    columns += np.uint32(FAMILIES["words"][0])
    return columns


def grams(codes: NDArray[Any]) -> list[tuple[int, Ids]]:
    """The column of the character n-gram that starts at each place, for each order."""
    points = codes.astype(np.uint32)
    rolling = points
    found = []
    for order in range(2, ORDERS[-1] + 1):
        rolling = rolling[: len(points) - order + 1] * _GRAM_BASE
        rolling += points[order - 1 :]
        if order not in ORDERS:
            continue
        columns = rolling >> _GRAM_FOLD
        columns ^= rolling
        columns *= _GRAM_MIX[order]
        columns >>= _GRAM_SHIFT
        found.append((order, columns))
    return found


def _hashes(codes: NDArray[Any], starts: Places, ends: Places) -> Hashes:
    """A polynomial hash of each word that does not depend on where it stands."""
    length = len(codes) + 1
    powers, inverses = _POWERS, _INVERSES
    if length > _POWER_LENGTH:
        powers, inverses = _powers(_WORD_BASE, length), _powers(_INVERSE_BASE, length)
    sums = np.cumsum(codes * powers[: len(codes)], dtype=np.uint64)
    return (sums[ends - 1] - sums[starts - 1]) * inverses[starts]


def _bags(codes: NDArray[Any], starts: Places, ends: Places) -> Hashes:
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
_LINE = code_points(f" {_ADDRESS} ")
_ADDRESS_HASHES = _hashes(_LINE, *word_bounds(_LINE))[:, None]
#: Shorter words have too few letters to know them by.
LEAST_LETTERS = 4


def _addressed(hashes: Hashes, owners: Ids | None) -> Places:
    """Numbers of the words near one of ``_ADDRESS`` in the same line, and not one of them."""
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


def words(
    codes: NDArray[Any], starts: Places, ends: Places, owners: Ids | None = None
) -> list[tuple[Ids, Places, Places]]:
    """The columns of the words, and where in the line each begins and ends.

    In this order: words, pairs of a word and the next one, words near a `you`, bags of letters.

    Args:
        owners: for many lines in a row, the line of each word; a pair may still cross lines.
    """
    hashes = _hashes(codes, starts, ends)
    pairs = hashes[:-1] * _PAIR + hashes[1:]
    near = _addressed(hashes, owners)
    long = np.flatnonzero(ends - starts >= LEAST_LETTERS)
    bags = _bags(codes, starts[long], ends[long])
    addressed = hashes[near]
    return [
        (_word_columns(hashes, _WORD_MIX), starts, ends),
        (_word_columns(pairs, _PAIR_MIX), starts[:-1], ends[1:]),
        (_word_columns(addressed, _ADDRESSED_MIX), starts[near], ends[near]),
        (_word_columns(bags, _BAG_MIX), starts[long], ends[long]),
    ]


def columns_of(line: str) -> Ids:
    """The distinct columns of one line, rising; none for an empty line."""
    if not line:
        return np.empty(0, dtype=np.uint32)
    codes = code_points(line)
    starts, ends = word_bounds(codes)
    parts = [columns for _, columns in grams(codes)]
    if len(starts):
        parts += [columns for columns, _, _ in words(codes, starts, ends)]
    columns = np.concatenate(parts)
    columns.sort()
    kept = np.empty(len(columns), dtype=bool)
    kept[:1] = True
    np.not_equal(columns[1:], columns[:-1], out=kept[1:])
    return columns[kept]


def columns_of_many(lines: Sequence[str]) -> tuple[Ids, Places]:
    """The distinct columns of each line, one line after the other, and their bounds.

    The same as ``columns_of`` of each, several times as fast for short lines.

    Returns:
        Columns, and ``(len(lines) + 1,)`` offsets: those of line ``i`` are
        ``columns[bounds[i]:bounds[i + 1]]``.
    """
    parts: list[Ids] = []
    counts = np.zeros(len(lines) + 1, dtype=np.intp)
    group: list[str] = []
    size = done = 0
    for place, line in enumerate(lines):
        if group and (size + len(line) >= _POWER_LENGTH or len(group) >= _GROUP_LINES):
            _append_group(group, parts, counts[done + 1 : place + 1])
            done, group, size = place, [], 0
        group.append(line)
        size += len(line)
    if group:
        _append_group(group, parts, counts[done + 1 :])
    columns = np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)
    return columns, np.cumsum(counts)


#: A sorting key holds a line's number above a column's 21 bits.
_KEY_BITS = np.uint32(21)
_GROUP_LINES = 1 << 11


def _append_group(group: list[str], parts: list[Ids], counts: Places) -> None:
    if len(group) == 1:
        parts.append(columns_of(group[0]))
        counts[0] = len(parts[-1])
        return
    codes = code_points("".join(group))
    ends = np.cumsum([len(line) for line in group])
    line_of = np.repeat(np.arange(len(group), dtype=np.uint32), np.diff(ends, prepend=0))
    line_of <<= _KEY_BITS
    keys = []
    if len(codes):
        for order, columns in grams(codes):
            first = line_of[: len(columns)]
            inside = first == line_of[order - 1 :]
            columns |= first
            keys.append(columns[inside])
        starts, stops = word_bounds(codes)
        if len(starts):
            for columns, firsts, lasts in words(codes, starts, stops, line_of[starts]):
                owners = line_of[firsts]
                columns |= owners
                keys.append(columns[owners == line_of[lasts - 1]])
    if not keys:
        return
    found = np.concatenate(keys)
    found.sort()
    kept = np.empty(len(found), dtype=bool)
    kept[:1] = True
    np.not_equal(found[1:], found[:-1], out=kept[1:])
    found = found[kept]
    counts[:] = np.bincount(found >> _KEY_BITS, minlength=len(group))
    parts.append(found & ((np.uint32(1) << _KEY_BITS) - np.uint32(1)))


def word_counts(columns: Ids, bounds: Places) -> Places:
    """How many columns of each line, which are its last ones, are of the family of words."""
    running = np.zeros(len(columns) + 1, dtype=np.intp)
    np.cumsum(columns >= FAMILIES["words"][0], out=running[1:])
    return running[bounds[1:]] - running[bounds[:-1]]
