"""The map from logit to share rises strictly, within its knots and beyond them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from classifiers.calibration import DIGITS, Calibration, all_calibrated, calibrated, segments


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
    mapping: Calibration, value: float
) -> None:
    expected = float(expit(mapping.logit(value)))
    assert calibrated(segments(mapping), value) == pytest.approx(expected, abs=10**-DIGITS)


@given(st.lists(maps(), min_size=1, max_size=3), st.data())
def test_many_logits_score_as_each_alone(mappings: list[Calibration], data: st.DataObject) -> None:
    row = st.lists(st.floats(-1000, 1000), min_size=len(mappings), max_size=len(mappings))
    logits = np.array(data.draw(st.lists(row, min_size=1, max_size=5)))
    tables = [segments(mapping) for mapping in mappings]
    assert all_calibrated(tables, logits) == [
        list(map(calibrated, tables, row)) for row in logits.tolist()
    ]


def test_logits_in_the_middle_between_two_scores_are_asked_anew() -> None:
    table = segments(Calibration.identity())
    halves = (np.arange(1, 2_000, dtype=np.float64) - 0.5) * 10**-DIGITS
    logits = np.concatenate(
        [logit(halves), logit(1 - halves), logit(np.linspace(0, 1, 4_001)[1:-1])]
    )
    scores = all_calibrated([table], logits[:, None])
    assert [score for (score,) in scores] == [calibrated(table, each) for each in logits.tolist()]


def test_the_identity_is_the_logistic_function() -> None:
    table = segments(Calibration.identity())
    for value in np.linspace(-30, 30, 121).tolist():
        assert calibrated(table, value) == pytest.approx(expit(value), abs=10**-DIGITS)


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
