"""A monotone scale for one attribute: from our score to the scale that a caller is used to.

A scale never changes the order of two texts, so nothing is re-ranked; it lets thresholds that
were tuned on another service's scores keep their meaning. It applies to what a key is answered,
after calibration; stored scores and verdicts never see it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# Just above what `fit_scale` makes; more would only make a key's record longer.
MAX_KNOTS = 201
_PERCENTS = 101


@dataclass(frozen=True, slots=True)
class Scale:
    """A piecewise linear, non-decreasing map of [0, 1] into [0, 1] through the points (x, y).

    `x` rises strictly from 0 to 1 and has at most `MAX_KNOTS` points.
    """

    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        """Raise ValueError unless the points are such a map."""
        if not 2 <= len(self.x) == len(self.y) <= MAX_KNOTS:
            raise ValueError(f"A scale has 2 to {MAX_KNOTS} points.")
        if self.x[0] != 0.0 or self.x[-1] != 1.0:
            raise ValueError("A scale's x must begin with 0 and end with 1.")
        if any(not left < right for left, right in zip(self.x, self.x[1:], strict=False)):
            raise ValueError("A scale's x must rise.")
        if any(not left <= right for left, right in zip(self.y, self.y[1:], strict=False)):
            raise ValueError("A scale's y must not fall.")
        if not 0.0 <= self.y[0] <= self.y[-1] <= 1.0:
            raise ValueError("A scale's y must lie between 0 and 1.")

    def __call__(self, score: float) -> float:
        """Map one score in [0, 1]."""
        right = min(bisect_right(self.x, score), len(self.x) - 1)
        left = max(right - 1, 0)
        share = (score - self.x[left]) / (self.x[right] - self.x[left])
        mapped = self.y[left] + share * (self.y[right] - self.y[left])
        return min(max(mapped, self.y[left]), self.y[right])

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Scale:
        """Read `{"x": […], "y": […]}`; raises ValueError if it is not a scale."""
        try:
            return cls(
                tuple(float(value) for value in stored["x"]),
                tuple(float(value) for value in stored["y"]),
            )
        except (KeyError, TypeError) as error:
            raise ValueError('A scale is {"x": [numbers], "y": [numbers]}.') from error

    def as_json(self) -> dict[str, list[float]]:
        """Give what `from_json` reads, as a key's settings hold it."""
        return {"x": list(self.x), "y": list(self.y)}


def fit_scale(ours: Sequence[float], theirs: Sequence[float]) -> Scale:
    """Fit the map that gives our scores the distribution of theirs (quantile matching).

    A threshold on the mapped score then selects the same share of the texts as it did on the
    other service, which a regression of one score on the other would not: it shrinks towards
    the mean. `ours` and `theirs` are scores in [0, 1] of the same texts. Every percent of the
    texts has a knot, and the highest percent, where thresholds are, has as many again.

    Raises:
        ValueError: there are fewer than 2 different scores on either side.
    """
    if len(ours) != len(theirs):
        raise ValueError("Both sides need a score for every text.")
    if len(set(ours)) < 2 or len(set(theirs)) < 2:
        raise ValueError("A scale cannot be fitted to fewer than 2 different scores.")
    shares = np.linspace(0.0, 1.0, _PERCENTS)
    if len(ours) > _PERCENTS:
        shares = np.union1d(shares, 1.0 - np.geomspace(0.01, 1.0 / len(ours), _PERCENTS - 5))
    # Models give six decimals; more would only make a key's record longer.
    source = np.round(np.quantile(np.asarray(ours, dtype=float), shares), 6)
    quantiles = np.round(np.quantile(np.asarray(theirs, dtype=float), shares), 6)
    target = np.maximum.accumulate(quantiles)
    x: list[float] = [0.0]
    y: list[float] = [0.0]
    for left, right in zip(source.tolist(), target.tolist(), strict=True):
        if left - x[-1] < 1e-9:
            # Equal scores of ours can only have one image; the last, highest one keeps every
            # text that the other service would have selected.
            if len(x) > 1:
                y[-1] = right
        elif left < 1.0:
            x.append(left)
            y.append(right)
    return Scale((*x, 1.0), (*y, 1.0))
