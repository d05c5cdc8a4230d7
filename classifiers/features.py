"""Hash a text's character and word n-grams into columns of one table.

The features of a text are the *distinct* 2-, 3- and 4-grams of its normalised line (across words,
with the blanks at both ends) and its distinct words and pairs of neighbouring words. Each is worth
``1 / sqrt(number of distinct features)``, so long and short texts are comparable.

Hashes are polynomials over code points modulo 2**64, so that all n-grams of an order come from two
or three vector operations, and a word's from the difference of two prefix sums. The constants are
part of the definition: another one is another ``DEFINITION``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from classifiers.normalise import normalise

Ids = NDArray[np.uint32]
Codes = NDArray[np.uint64]

#: Number of what this module and the normaliser make of a text; artefacts name the one they need.
DEFINITION = 1
BITS = 20
ORDERS = (2, 3, 4)

_BASE = np.uint64(0x9E3779B97F4A7C15)
#: A different odd multiplier for each family (Steele and Vigna 2021, "Computationally easy,
#: spectrally good multipliers", lists such constants); the top bits of the product are the column.
_MIX = {
    2: np.uint64(0xD1342543DE82EF95),
    3: np.uint64(0xAF251AF3B0F025B5),
    4: np.uint64(0xB564EF22EC7AECE5),
    "word": np.uint64(0xF7C2EBC08F67F2B5),
    "pair": np.uint64(0xCBB6BB8D3D1F5E9D),
}
_SHIFT = np.uint64(64 - BITS)
_FOLD = np.uint64(32)
_PAIR = np.uint64(0xA0761D6478BD642F)
_BLANK = 32

#: Whether a code point below 128 is part of a word; all others are.
_IN_WORD = np.zeros(129, dtype=bool)
_IN_WORD[[*b"0123456789abcdefghijklmnopqrstuvwxyz'*", 128]] = True

_POWER_LENGTH = 1 << 14
_INVERSE_BASE = np.uint64(pow(int(_BASE), -1, 1 << 64))


def _powers(base: np.uint64, length: int) -> Codes:
    powers = np.full(length, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_POWERS = _powers(_BASE, _POWER_LENGTH)
_INVERSES = _powers(_INVERSE_BASE, _POWER_LENGTH)
for _table in (_IN_WORD, _POWERS, _INVERSES):
    _table.setflags(write=False)


def code_points(line: str) -> NDArray[Any]:
    """The code points of a line, one byte each if it is ASCII, else four."""
    if line.isascii():
        return np.frombuffer(line.encode("ascii"), np.uint8)
    return np.frombuffer(line.encode("utf-32-le", "surrogatepass"), np.uint32)


def word_bounds(codes: NDArray[Any]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Starts and ends of the words of a line, whose first and last characters are in none."""
    inside = _IN_WORD[codes if codes.dtype == np.uint8 else np.minimum(codes, 128)]
    borders = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    return borders[::2], borders[1::2]


def _columns(hashes: Codes, mix: np.uint64) -> Ids:
    # The product's top bits depend on all lower ones; the fold lets the lower see the upper.
    hashes ^= hashes >> _FOLD
    hashes *= mix
    hashes >>= _SHIFT
    return hashes.astype(np.uint32)


def grams(codes: NDArray[Any]) -> list[tuple[int, Ids]]:
    """The column of the character n-gram that starts at each place, for each order."""
    points = codes.astype(np.uint64)
    rolling = points
    found = []
    for order in ORDERS:
        rolling = rolling[: len(points) - order + 1] * _BASE if order > 2 else points[:-1] * _BASE
        rolling = rolling + points[order - 1 :]
        found.append((order, _columns(rolling.copy(), _MIX[order])))
    return found


def words(codes: NDArray[Any], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> tuple[Ids, Ids]:
    """The columns of the words, and of the pairs of each word with the next one."""
    length = len(codes) + 1
    powers, inverses = _POWERS, _INVERSES
    if length > _POWER_LENGTH:
        powers, inverses = _powers(_BASE, length), _powers(_INVERSE_BASE, length)
    sums = np.cumsum(codes * powers[: len(codes)], dtype=np.uint64)
    hashes = (sums[ends - 1] - sums[starts - 1]) * inverses[starts]
    pairs = hashes[:-1] * _PAIR + hashes[1:]
    return _columns(hashes, _MIX["word"]), _columns(pairs, _MIX["pair"])


def columns_of(line: str) -> Ids:
    """The distinct columns of one line, rising; none for an empty line."""
    if not line:
        return np.empty(0, dtype=np.uint32)
    codes = code_points(line)
    starts, ends = word_bounds(codes)
    parts = [columns for _, columns in grams(codes)]
    if len(starts):
        parts += words(codes, starts, ends)
    columns = np.concatenate(parts)
    columns.sort()
    kept = np.empty(len(columns), dtype=bool)
    kept[0] = True
    np.not_equal(columns[1:], columns[:-1], out=kept[1:])
    return columns[kept]


class TextFeatures(TransformerMixin, BaseEstimator):
    """Turn texts into sparse rows of ``2 ** 20`` columns.

    Stateless: ``fit`` only checks its input. Takes any sequence of ``str``.
    """

    n_features = 1 << BITS
    families = {"all": (0, 1 << BITS)}  # noqa: RUF012 - all share one table

    def fit(self, texts: Sequence[str], y: object = None) -> TextFeatures:
        """Do nothing but check that these are texts.

        Raises:
            ValueError: for one string instead of a sequence of them.
            TypeError: for anything in it that is not a string.
        """
        _check(texts)
        return self

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return a float32 matrix ``(texts, 2 ** 20)`` with sorted columns.

        Raises:
            ValueError, TypeError: as ``fit``.
        """
        _check(texts)
        rows = [columns_of(normalise(text)) for text in texts]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        indices = np.concatenate(rows) if rows else np.empty(0, dtype=np.uint32)
        values = np.repeat(1.0 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
        bounds = np.concatenate(([0], np.cumsum(lengths)))
        return sp.csr_matrix(
            (values, indices.astype(np.int32), bounds), shape=(len(rows), self.n_features)
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


def _check(texts: Sequence[str]) -> None:
    if isinstance(texts, str | bytes):
        raise ValueError("expected a sequence of texts, not one text")
    for place, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"text {place} is {type(text).__name__}, not str")
