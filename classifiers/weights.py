"""The weights of several models side by side, summed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from classifiers.artefact import Artefact
from classifiers.features import FAMILIES, Ids, Positions

#: Two 16-bit weights share one 64-bit number, so so many may be summed before it could overflow.
_BLOCK = 1 << 15
#: Rows that are summed as one wide row.
_GROUP = 64
#: More features than this are not gathered at once; longer batches go in parts.
_BULK = 1 << 18
_Packed = TypeVar("_Packed", int, NDArray[np.int64])


class PackedWeights:
    """Integer weights of features for attributes, two attributes to a 64-bit number.

    Half as many numbers are gathered and summed as there are weights; a sum is unpacked once. The
    arrays are read-only and made once, so forked workers share their memory.
    """

    def __init__(self, artefacts: Sequence[Artefact]) -> None:
        """Lay the models' weights side by side, their attributes in order."""
        self._count = sum(len(artefact.attributes) for artefact in artefacts)
        self._rows, self._packed = _pack_weights(artefacts)

    def sums(self, ids: Ids, bounds: Positions) -> list[list[int]]:
        """The exact sums of the features' weights for each attribute, between each two bounds."""
        if len(ids) > _BULK:
            return [self.sum(ids[start:end]) for start, end in pairwise(bounds.tolist())]
        gathered = self._gather(ids)
        running = np.zeros((len(ids) + 1, gathered.shape[1]), dtype=np.int64)
        # Differences of running sums are exact even where those wrap around.
        np.cumsum(gathered, axis=0, out=running[1:])
        packed = running[bounds[1:]] - running[bounds[:-1]]
        return self._unpacked(packed).tolist()  # type: ignore[no-any-return]

    def sum(self, ids: Ids) -> list[int]:
        """The exact sum of the features' weights for each attribute."""
        gathered = self._gather(ids)
        totals = [0] * (2 * gathered.shape[1])
        for start in range(0, len(gathered), _BLOCK):
            block = gathered[start : start + _BLOCK]
            # Summing along wide rows is several times as fast as along rows of a few numbers.
            whole = len(block) - len(block) % _GROUP
            wide = block[:whole].reshape(-1, _GROUP * block.shape[1]).sum(axis=0)
            packed = wide.reshape(_GROUP, -1).sum(axis=0) + block[whole:].sum(axis=0)
            for i, number in enumerate(packed.tolist()):
                low, high = _halves(number)
                totals[2 * i] += low
                totals[2 * i + 1] += high
        return totals[: self._count]

    def of(self, ids: Ids) -> NDArray[np.int64]:
        """The weight of each feature for each attribute, ``(features, attributes)``."""
        return self._unpacked(self._gather(ids))

    def _gather(self, ids: Ids) -> NDArray[np.int64]:
        return self._packed.take(self._rows.take(ids), axis=0)

    def _unpacked(self, packed: NDArray[np.int64]) -> NDArray[np.int64]:
        pairs = np.stack(_halves(packed), axis=2).reshape(len(packed), -1)
        return np.asarray(pairs[:, : self._count])


def _halves(packed: _Packed) -> tuple[_Packed, _Packed]:
    """The two signed sums that each packed number holds."""
    low = ((packed + 0x80000000) & 0xFFFFFFFF) - 0x80000000
    return low, (packed - low) >> 32


def _pack_weights(artefacts: Sequence[Artefact]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Number the features that weigh anything, and pack their weights.

    Returns:
        ``(n_features,)`` row numbers, 0 for features without weight, and the rows,
        ``(rows, packed numbers)``.
    """
    present = np.zeros(FAMILIES["words"][1], dtype=bool)
    for artefact in artefacts:
        present[artefact.rows] = True
    used = np.flatnonzero(present)
    rows = np.zeros(FAMILIES["words"][1], dtype=np.int32)
    rows[used] = np.arange(1, len(used) + 1)
    count = sum(len(artefact.attributes) for artefact in artefacts)
    halves = np.zeros((len(used) + 1, count + count % 2), dtype="<i4")
    column = 0
    for artefact in artefacts:
        after = column + len(artefact.attributes)
        halves[rows[artefact.rows], column:after] = artefact.weights.T
        column = after
    # A number is its upper half times 2**32 plus its lower one, which borrows from it if negative.
    halves[:, 1::2] -= halves[:, 0::2] < 0
    packed = halves.view("<i8").astype(np.int64, copy=False)
    for array in (rows, packed):
        array.setflags(write=False)
    return rows, packed
