"""Fit the map from logits to the expected share of raters."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit

from classifiers.calibration import Calibration
from classifiers.training.dataset import TrainingSet
from classifiers.types import Floats

#: Slopes stay within these, so that the map is strictly rising and cannot step.
SLOPE_LIMITS = (0.05, 20.0)
#: With fewer held-out rows of either kind an attribute keeps the plain logistic function.
MIN_POSITIVES = 5


def calibrate(data: TrainingSet, logits: Floats) -> dict[str, Calibration]:
    """Fit each attribute's map from logit to share; the plain logistic one where rows are few."""
    maps = {}
    for column, name in enumerate(data.attributes):
        rows, shares, weights = data.development(name)
        few = min((shares >= 0.5).sum(), (shares < 0.5).sum()) < MIN_POSITIVES
        maps[name] = (
            Calibration.identity()
            if few
            else fit_calibration(logits[rows, column], shares, weights)
        )
    return maps


def fit_calibration(
    logits: ArrayLike,
    shares: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    knots: int = 6,
    smoothness: float = 5.0,
) -> Calibration:
    """Fit the map by weighted log loss, few knots and a pull towards one slope.

    The inner knots lie at quantiles of the rows' share of the loss (both tails and the boundary
    get some), the slopes are positive by construction, and ``smoothness`` (in rows' worth of loss)
    penalises the squared difference of neighbouring log slopes. With few positives it
    becomes Platt's two parameters.

    Raises:
        ValueError: without at least one share above zero and one below one.
    """
    x = np.asarray(logits, dtype=np.float64)
    t = np.asarray(shares, dtype=np.float64)
    w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=np.float64)
    w = w * (len(w) / w.sum())
    positives = float((w * t).sum())
    if positives <= 0 or positives >= w.sum():
        raise ValueError("calibration needs rows of both kinds")
    # Positives are rare: place knots where both kinds are, not where the clean mass is.
    balance = w * (t / positives + (1 - t) / (w.sum() - positives))
    order = np.argsort(x, kind="stable")
    cumulative = np.cumsum(balance[order]) / balance.sum()
    quantiles = np.searchsorted(cumulative, np.linspace(0.02, 0.98, knots))
    grid = np.unique(x[order][np.minimum(quantiles, len(x) - 1)])
    gaps = np.concatenate(([np.inf], np.diff(grid)))
    grid = grid[gaps > 1e-3 * max(1e-9, float(np.ptp(grid)))]
    if len(grid) < 2:
        grid = np.array([grid[0] - 1.0, grid[0] + 1.0])
    # Each row's place as a linear function of (offset, slopes): y = c + basis @ slopes.
    steps = np.diff(grid)
    basis = np.clip(x[:, None] - grid[:-1], 0.0, steps)
    basis[:, 0] = np.minimum(x - grid[0], steps[0])
    basis[:, -1] = np.where(len(steps) > 1, np.maximum(x - grid[-2], 0.0), x - grid[0])

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slopes = np.exp(parameters[1:])
        y = parameters[0] + basis @ slopes
        bends = np.diff(parameters[1:])
        value = float((w * (np.logaddexp(0.0, y) - t * y)).sum() + smoothness * (bends**2).sum())
        residual = w * (expit(y) - t)
        bend_gradient = np.zeros(len(slopes))
        bend_gradient[1:] += 2 * smoothness * bends
        bend_gradient[:-1] -= 2 * smoothness * bends
        gradient = np.concatenate(([residual.sum()], (basis.T @ residual) * slopes + bend_gradient))
        return value, gradient

    start = np.zeros(1 + len(steps))
    start[0] = grid[0]
    low, high = np.log(SLOPE_LIMITS)
    bounds = [(None, None)] + [(low, high)] * len(steps)
    result = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    slopes = np.exp(result.x[1:])
    return Calibration(grid, result.x[0] + np.concatenate(([0.0], np.cumsum(steps * slopes))))
