"""A scale is monotone whatever it is fitted to, and keeps the size of every queue."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.scales import MAX_KNOTS, Scale, fit_scale

SCORE = st.floats(0, 1)
SCORES = st.lists(st.tuples(SCORE, SCORE), min_size=2, max_size=300)


@given(SCORE)
def test_the_identity_changes_nothing(score: float) -> None:
    assert Scale((0.0, 1.0), (0.0, 1.0))(score) == score


@given(SCORES, SCORE, SCORE)
def test_a_fitted_scale_is_monotone_and_stays_in_range(
    pairs: list[tuple[float, float]], first: float, second: float
) -> None:
    ours, theirs = zip(*pairs, strict=True)
    if len(set(ours)) < 2 or len(set(theirs)) < 2:
        with pytest.raises(ValueError, match="fewer than 2"):
            fit_scale(ours, theirs)
        return
    scale = fit_scale(ours, theirs)
    low, high = sorted((first, second))
    assert 0.0 <= scale(low) <= scale(high) <= 1.0
    assert len(scale.x) <= MAX_KNOTS
    assert Scale.from_json(scale.as_json()) == scale


@pytest.mark.parametrize("old", [0.3, 0.5, 0.7, 0.9])
def test_old_thresholds_keep_the_queues_size(old: float) -> None:
    random = np.random.default_rng(7)
    ours = random.beta(0.5, 4, 5_000)
    theirs = np.clip(ours**0.4 + random.normal(0, 0.05, 5_000), 0, 1)
    scale = fit_scale(ours.tolist(), theirs.tolist())
    mapped = np.array([scale(score) for score in ours.tolist()])
    assert abs((mapped >= old).mean() - (theirs >= old).mean()) < 0.005


@pytest.mark.parametrize("share", [0.05, 0.01, 0.004])
def test_the_rare_highest_scores_keep_their_queue_too(share: float) -> None:
    random = np.random.default_rng(7)
    ours = random.beta(0.3, 8, 20_000)
    theirs = np.clip(ours**0.4 + random.normal(0, 0.05, 20_000), 0, 1)
    old = float(np.quantile(theirs, 1 - share))
    scale = fit_scale(ours.tolist(), theirs.tolist())
    selected = sum(scale(score) >= old for score in ours.tolist()) / 20_000
    assert selected == pytest.approx(share, rel=0.05)


def test_a_regression_would_not_keep_it() -> None:
    """Why quantiles are matched: the expected old score shrinks towards the mean."""
    random = np.random.default_rng(7)
    ours = random.uniform(0, 1, 5_000)
    theirs = np.clip(ours + random.normal(0, 0.3, 5_000), 0, 1)
    slope, offset = np.polyfit(ours, theirs, 1)
    queue = (theirs >= 0.9).mean()
    scale = fit_scale(ours.tolist(), theirs.tolist())
    mapped = np.array([scale(score) for score in ours.tolist()])
    assert abs((mapped >= 0.9).mean() - queue) < 0.01
    assert abs((slope * ours + offset >= 0.9).mean() - queue) > 0.05


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ((0.0,), (0.0,)),
        ((0.0, 1.0), (0.0, 0.5, 1.0)),
        ((0.1, 1.0), (0.0, 1.0)),
        ((0.0, 0.9), (0.0, 1.0)),
        ((0.0, 0.5, 0.5, 1.0), (0.0, 0.1, 0.2, 1.0)),
        ((0.0, 0.5, 1.0), (0.0, 0.9, 0.8)),
        ((0.0, 1.0), (-0.1, 1.0)),
        ((0.0, 1.0), (0.0, 1.1)),
        ((0.0, float("nan"), 1.0), (0.0, 0.5, 1.0)),
        ((0.0, 0.5, 1.0), (0.0, float("nan"), 1.0)),
    ],
)
def test_what_is_no_monotone_map_is_refused(x: tuple[float, ...], y: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="scale"):
        Scale(x, y)


def test_scales_from_elsewhere_are_checked() -> None:
    for stored in ({}, {"x": [0, 1]}, {"x": 1, "y": 1}, {"x": ["a", 1], "y": [0, 1]}):
        with pytest.raises(ValueError, match=r"scale|could not convert"):
            Scale.from_json(stored)
