"""The weights of several models side by side, summed exactly."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classifiers.artefact import Artefact
from classifiers.features import FAMILIES, Ids

#: Two 16-bit weights share one 64-bit number, so so many may be summed before it could overflow.
_BLOCK = 1 << 15
#: More features than this are not gathered at once; longer batches go in parts.
_BULK = 1 << 18


class PackedWeights:
    """Integer weights of features for attributes, two attributes to a 64-bit number.

    Half as many numbers are gathered and summed as there are weights; a sum is unpacked once. The
    arrays are read-only and made once, so forked workers share their memory.
    """

    def __init__(self, artefacts: Sequence[Artefact]) -> None:
        """Lay the models' weights side by side, their attributes in order."""
        self._count = sum(len(artefact.attributes) for artefact in artefacts)
        self._rows, self._packed = _pack_weights(artefacts)

    def sums(self, ids: Ids, bounds: Sequence[int]) -> NDArray[np.int32] | NDArray[np.int64]:
        """The exact sums of the features' weights between each two bounds, a column an attribute.

        The last bound is the number of features.
        """
        counts = [end - start for start, end in pairwise(bounds)]
        if len(ids) > _BULK or max(counts, default=0) > _BLOCK:
            return np.array([self._sum_of_many(ids[start:end]) for start, end in pairwise(bounds)])
        if counts and 0 not in counts:
            return self._unpacked(np.add.reduceat(self._gather(ids), bounds[:-1], axis=0))
        # What is said of an empty part is the row after it, so empty ones are left out.
        sums = np.zeros((len(counts), self._count), dtype=np.int64)
        some = [i for i, count in enumerate(counts) if count]
        if some:
            packed = np.add.reduceat(self._gather(ids), [bounds[i] for i in some], axis=0)
            sums[some] = self._unpacked(packed)
        return sums

    def _sum_of_many(self, ids: Ids) -> NDArray[np.int64]:
        total = np.zeros(self._count, dtype=np.int64)
        for start in range(0, len(ids), _BLOCK):
            block = ids[start : start + _BLOCK]
            total += self.sums(block, (0, len(block)))[0]
        return total

    def of(self, ids: Ids) -> NDArray[np.int32]:
        """The weight of each feature for each attribute, ``(features, attributes)``."""
        return self._unpacked(self._gather(ids))

    def _gather(self, ids: Ids) -> NDArray[np.int64]:
        return self._packed.take(self._rows.take(ids), axis=0)

    def _unpacked(self, packed: NDArray[np.int64]) -> NDArray[np.int32]:
        """The signed halves of each number, where neither is a sum of more than ``_BLOCK``."""
        halves = packed.astype("<i8", copy=False).view("<i4")
        halves[:, 1::2] += halves[:, ::2] < 0
        return halves[:, : self._count]


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
