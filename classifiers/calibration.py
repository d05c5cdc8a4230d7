"""Turn logits into the expected share of raters, by a strictly rising map."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from classifiers.types import Floats

#: Decimals of a score: fewer than the last bits, in which exponential functions differ.
DIGITS = 6


@dataclass(frozen=True)
class Calibration:
    """A piecewise-linear map from logit to calibrated logit, given by its knots.

    Outside the knots the first and last segments go on, so two different logits never get the
    same probability but for the limits of floating point.
    """

    x: Floats
    y: Floats

    def __post_init__(self) -> None:
        if not (
            self.x.ndim == self.y.ndim == 1
            and len(self.x) == len(self.y) >= 2
            and np.isfinite(self.x).all()
            and np.isfinite(self.y).all()
            and (np.diff(self.x) > 0).all()
            and (np.diff(self.y) > 0).all()
        ):
            raise ValueError("calibration knots must be two or more, finite and strictly rising")

    def logit(self, logits: ArrayLike) -> Floats:
        """Calibrated logits."""
        given = np.asarray(logits, dtype=np.float64)
        segment = np.clip(np.searchsorted(self.x, given) - 1, 0, len(self.x) - 2)
        slope = (self.y[segment + 1] - self.y[segment]) / (self.x[segment + 1] - self.x[segment])
        return np.asarray(self.y[segment] + slope * (given - self.x[segment]))

    @classmethod
    def identity(cls) -> Calibration:
        """The plain logistic function."""
        return cls(np.array([-1.0, 1.0]), np.array([-1.0, 1.0]))


#: The knots of a map and the slopes between them, as lists: one number is looked up in them several
#: times as fast as in arrays.
Segments = tuple[list[float], list[float], list[float]]


def segments(calibration: Calibration) -> Segments:
    """The map's knots (logit, calibrated logit) and the slope from each to the next one."""
    x, y = calibration.x.tolist(), calibration.y.tolist()
    slopes = [(b - a) / (d - c) for (a, b), (c, d) in zip(pairwise(y), pairwise(x), strict=True)]
    return x, y, slopes


def calibrated(mapping: Segments, logit: float) -> float:
    """The score of one logit: the logistic function of ``Calibration.logit``, rounded."""
    x, y, slopes = mapping
    segment = bisect_left(x, logit, 1, len(slopes)) - 1
    value = y[segment] + slopes[segment] * (logit - x[segment])
    if value < 0:
        power = math.exp(value if value > -700.0 else -700.0)
        return round(power / (1 + power), DIGITS)
    return round(1 / (1 + math.exp(-value if value < 700.0 else -700.0)), DIGITS)


#: No nearer than this to the middle between two scores, counted in scores, a number's last bits say
#: nothing of which of them it is rounded to.
_DOUBT = 1e-3


def all_calibrated(mappings: Sequence[Segments], logits: Floats) -> list[list[float]]:
    """What ``calibrated`` gives of each logit of many texts, several times as fast.

    Args:
        logits: ``(texts, attributes)``, an attribute a mapping.
    """
    values = np.empty_like(logits)
    for column, (x, y, slopes) in enumerate(mappings):
        given = logits[:, column]
        segment = np.searchsorted(x, given).clip(1, len(slopes)) - 1
        values[:, column] = np.take(y, segment) + np.take(slopes, segment) * (
            given - np.take(x, segment)
        )
    # NumPy's exponential function differs in last bits, so where those matter one is asked anew.
    powers = np.exp(-np.minimum(np.abs(values), 700.0))
    exact = np.where(values < 0, powers, 1.0) / (1.0 + powers) * 10**DIGITS
    whole = np.rint(exact)
    scores: list[list[float]] = (whole / 10**DIGITS).tolist()
    for row, column in np.argwhere(np.abs(np.abs(exact - whole) - 0.5) < _DOUBT).tolist():
        scores[row][column] = calibrated(mappings[column], float(logits[row, column]))
    return scores
