"""The fitted map makes scores honest, however few or odd the rows are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from scipy.special import expit

from classifiers.calibration import Calibration
from classifiers.metrics import expected_calibration_error
from classifiers.training.calibrate import SLOPE_LIMITS, fit_calibration


def probabilities(mapping: Calibration, logits: ArrayLike) -> np.ndarray:
    return np.asarray(expit(mapping.logit(logits)))


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits that are too sure of themselves by half, the truth, and votes of five raters."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 2, rows)
    votes = rng.binomial(5, expit(truth)) / 5
    return truth * 1.5 + 1, expit(truth), votes


def test_a_known_map_is_found() -> None:
    logits, truth, votes = drawn(20_000)
    found = fit_calibration(logits, votes)
    assert np.abs(probabilities(found, logits) - truth).max() < 0.05
    assert np.abs(probabilities(found, logits) - truth).mean() < 0.01


def test_a_bent_map_is_found() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, 40_000)
    truth = expit(np.where(logits < 0, 0.4 * logits, 2.0 * logits))
    shares = (rng.random(40_000) < truth).astype(float)
    found = fit_calibration(logits, shares, knots=8)
    assert np.abs(probabilities(found, logits) - truth).mean() < 0.02


def test_calibration_makes_scores_honest_on_other_rows() -> None:
    logits, _, votes = drawn(4000, seed=3)
    fresh, _, answers = drawn(4000, seed=4)
    ones = np.ones(4000)
    before = expected_calibration_error(answers, expit(fresh), ones)
    after = expected_calibration_error(
        answers, probabilities(fit_calibration(logits, votes), fresh), ones
    )
    assert after < 0.015 < before


def test_the_mean_score_is_the_mean_share() -> None:
    logits, _, votes = drawn(3000, seed=5)
    found = fit_calibration(logits, votes)
    assert probabilities(found, logits).mean() == pytest.approx(votes.mean(), abs=1e-3)


def test_weights_count_as_rows_do() -> None:
    logits, _, votes = drawn(600, seed=6)
    weights = np.ones(600)
    weights[votes >= 0.5] = 0.1
    found = fit_calibration(logits, votes, weights)
    assert np.average(probabilities(found, logits), weights=weights) == pytest.approx(
        np.average(votes, weights=weights), abs=2e-3
    )
    assert fit_calibration(logits, votes, 7 * weights).y == pytest.approx(found.y, abs=1e-3)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-50, 50), st.floats(0, 1)), min_size=2, max_size=60),
    st.integers(0, 5),
)
def test_any_rows_of_both_kinds_give_a_rising_map(
    rows: list[tuple[float, float]], positives: int
) -> None:
    logits, shares = map(np.array, zip(*rows, strict=True))
    shares[0], shares[-1] = 0.0, 1.0
    shares[1 + positives : -1] = 0.0
    found = fit_calibration(logits, shares)
    slopes = np.diff(found.y) / np.diff(found.x)
    low, high = SLOPE_LIMITS
    assert ((slopes > low * 0.999) & (slopes < high * 1.001)).all()
    scores = probabilities(found, np.linspace(-60, 60, 50))
    assert np.isfinite(scores).all()
    assert (np.diff(scores) >= 0).all()


def test_with_few_positives_the_map_does_not_bend_to_each() -> None:
    rng = np.random.default_rng(7)
    logits = np.sort(rng.normal(-3, 1.5, 500))
    shares = np.zeros(500)
    shares[[350, 420, 470, 490, 499]] = 1.0
    found = fit_calibration(logits, shares)
    slopes = np.diff(found.y) / np.diff(found.x)
    assert slopes.max() / slopes.min() < 4
    assert probabilities(found, logits).mean() == pytest.approx(0.01, abs=0.002)


def test_all_logits_alike_still_give_the_base_rate() -> None:
    shares = np.array([1.0, 0.0, 0.0, 0.0])
    assert probabilities(fit_calibration(np.zeros(4), shares), 0.0) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_kind_of_rows_is_an_error(share: float) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        fit_calibration([1.0, 2.0], [share, share])
