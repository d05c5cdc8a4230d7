"""The map from logit to share rises strictly, within its knots and beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from classifiers.calibration import DIGITS, Calibration, calibrated, segments


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
    table = segments(mapping)
    assert 0 <= calibrated(table, logit) <= calibrated(table, logit + step) <= 1


@given(maps())
def test_a_map_goes_through_its_knots(mapping: Calibration) -> None:
    assert mapping.logit(mapping.x) == pytest.approx(mapping.y)


@given(maps(), st.floats(-1000, 1000))
def test_a_score_is_the_logistic_function_of_the_mapped_logit(
    mapping: Calibration, logit: float
) -> None:
    expected = float(expit(mapping.logit(logit)))
    assert calibrated(segments(mapping), logit) == pytest.approx(expected, abs=10**-DIGITS)


def test_the_identity_is_the_logistic_function() -> None:
    table = segments(Calibration.identity())
    for logit in np.linspace(-30, 30, 121).tolist():
        assert calibrated(table, logit) == pytest.approx(expit(logit), abs=10**-DIGITS)


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
