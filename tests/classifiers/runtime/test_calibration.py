"""The map from logit to share rises strictly, finds a known one, and is careful with few rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from classifiers.calibration import SLOPE_LIMITS, Calibration, fit_calibration
from classifiers.metrics import expected_calibration_error


@st.composite
def maps(draw: st.DrawFn) -> Calibration:
    size = draw(st.integers(2, 6))
    steps = st.lists(st.floats(0.01, 3), min_size=size, max_size=size)
    x, y = np.cumsum(draw(steps)), np.cumsum(draw(steps))
    return Calibration(x - x.mean(), y - y.mean())


@given(maps(), st.floats(-20, 20), st.floats(1e-6, 5))
def test_a_map_rises_strictly_within_and_beyond_its_knots(
    mapping: Calibration, logit: float, step: float
) -> None:
    low, high = mapping.logit([logit, logit + step])
    assert low < high
    shares = mapping.transform([logit, logit + step])
    assert 0 <= shares[0] <= shares[1] <= 1


@given(maps())
def test_a_map_goes_through_its_knots(mapping: Calibration) -> None:
    assert mapping.logit(mapping.x) == pytest.approx(mapping.y)


def test_the_identity_is_the_logistic_function() -> None:
    logits = np.linspace(-30, 30, 121)
    assert Calibration.identity().transform(logits) == pytest.approx(expit(logits))


@pytest.mark.parametrize(
    ("x", "y"),
    [
        ([0.0], [0.0]),
        ([0.0, 0.0], [0.0, 1.0]),
        ([0.0, 1.0], [1.0, 0.0]),
        ([0.0, 1.0], [0.0, 1.0, 2.0]),
        ([0.0, np.nan], [0.0, 1.0]),
        ([0.0, 1.0], [0.0, np.inf]),
        ([[0.0, 1.0]], [[0.0, 1.0]]),
    ],
)
def test_knots_that_do_not_rise_are_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match="strictly rising"):
        Calibration(np.array(x), np.array(y))


def drawn(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits that are too sure of themselves by half, the truth, and votes of five raters."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(-2, 2, rows)
    votes = rng.binomial(5, expit(truth)) / 5
    return truth * 1.5 + 1, expit(truth), votes


def test_a_known_map_is_found() -> None:
    logits, truth, votes = drawn(20_000)
    found = fit_calibration(logits, votes)
    assert np.abs(found.transform(logits) - truth).max() < 0.05
    assert np.abs(found.transform(logits) - truth).mean() < 0.01


def test_a_bent_map_is_found() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, 40_000)
    truth = expit(np.where(logits < 0, 0.4 * logits, 2.0 * logits))
    shares = (rng.random(40_000) < truth).astype(float)
    found = fit_calibration(logits, shares, knots=8)
    assert np.abs(found.transform(logits) - truth).mean() < 0.02


def test_calibration_makes_scores_honest_on_other_rows() -> None:
    logits, _, votes = drawn(4000, seed=3)
    fresh, _, answers = drawn(4000, seed=4)
    ones = np.ones(4000)
    before = expected_calibration_error(answers, expit(fresh), ones)
    after = expected_calibration_error(
        answers, fit_calibration(logits, votes).transform(fresh), ones
    )
    assert after < 0.015 < before


def test_the_mean_score_is_the_mean_share() -> None:
    logits, _, votes = drawn(3000, seed=5)
    found = fit_calibration(logits, votes)
    assert found.transform(logits).mean() == pytest.approx(votes.mean(), abs=1e-3)


def test_weights_count_as_rows_do() -> None:
    logits, _, votes = drawn(600, seed=6)
    weights = np.ones(600)
    weights[votes >= 0.5] = 0.1
    found = fit_calibration(logits, votes, weights)
    assert np.average(found.transform(logits), weights=weights) == pytest.approx(
        np.average(votes, weights=weights), abs=2e-3
    )
    assert fit_calibration(logits, votes, 7 * weights).y == pytest.approx(found.y, abs=1e-3)


@settings(max_examples=40, deadline=None)
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
    scores = found.transform(np.linspace(-60, 60, 50))
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
    assert found.transform(logits).mean() == pytest.approx(0.01, abs=0.002)


def test_all_logits_alike_still_give_the_base_rate() -> None:
    shares = np.array([1.0, 0.0, 0.0, 0.0])
    assert fit_calibration(np.zeros(4), shares).transform(0.0) == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_kind_of_rows_is_an_error(share: float) -> None:
    with pytest.raises(ValueError, match="both kinds"):
        fit_calibration([1.0, 2.0], [share, share])
