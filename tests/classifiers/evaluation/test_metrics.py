"""The figures are those of scikit-learn or of arithmetic by hand, and their intervals hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from classifiers import metrics

Floats = NDArray[np.float64]

UNIT = st.floats(0, 1)


@st.composite
def samples(draw: st.DrawFn, least: int = 2) -> tuple[Floats, Floats, Floats]:
    """Shares, scores and weights of the same rows, of both kinds."""
    size = draw(st.integers(least, 40))
    shares = draw(arrays(np.float64, size, elements=UNIT))
    shares[0], shares[1] = 0.0, 1.0
    scores = draw(arrays(np.float64, size, elements=st.sampled_from(np.linspace(0, 1, 21))))
    weights = draw(arrays(np.float64, size, elements=st.floats(0.1, 5)))
    return shares, scores, weights


@given(samples())
def test_rankings_are_those_of_scikit_learn(sample: tuple[Floats, Floats, Floats]) -> None:
    shares, scores, weights = sample
    positive = shares >= 0.5
    assert metrics.roc_auc(shares, scores, weights) == pytest.approx(
        roc_auc_score(positive, scores, sample_weight=weights)
    )
    assert metrics.average_precision(shares, scores, weights) == pytest.approx(
        average_precision_score(positive, scores, sample_weight=weights)
    )


def test_the_auc_is_the_share_of_pairs_in_order() -> None:
    shares = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    scores = np.array([0.9, 0.4, 0.4, 0.3, 0.1])
    pairs = [(a > b) + (a == b) / 2 for a in scores[:2] for b in scores[2:]]
    assert metrics.roc_auc(shares, scores, np.ones(5)) == pytest.approx(np.mean(pairs))


@given(samples())
def test_the_auc_looks_at_the_order_only(sample: tuple[Floats, Floats, Floats]) -> None:
    shares, scores, weights = sample
    once = metrics.roc_auc(shares, scores, weights)
    assert metrics.roc_auc(shares, np.exp(3 * scores), weights) == pytest.approx(once)
    assert metrics.roc_auc(shares, -scores, weights) == pytest.approx(1 - once)


@given(samples(), st.floats(0.01, 100))
def test_only_the_proportion_of_weights_counts(
    sample: tuple[Floats, Floats, Floats], factor: float
) -> None:
    shares, scores, weights = sample
    for metric in (
        metrics.roc_auc,
        metrics.average_precision,
        metrics.brier,
        metrics.brier_skill,
        metrics.expected_calibration_error,
        metrics.top_calibration_gap,
    ):
        once, scaled = metric(shares, scores, weights), metric(shares, scores, factor * weights)
        if metric in (metrics.expected_calibration_error, metrics.top_calibration_gap):
            # A row on the border of a bin may fall to either side by rounding.
            assert math.isfinite(scaled)
        else:
            assert scaled == pytest.approx(once, rel=1e-6, abs=1e-9)


@given(samples())
def test_a_weight_of_two_is_the_row_twice(sample: tuple[Floats, Floats, Floats]) -> None:
    shares, scores, _ = sample
    doubled = np.ones(len(shares))
    doubled[0] = 2.0
    rows = np.append(np.arange(len(shares)), 0)
    for metric in (metrics.roc_auc, metrics.average_precision, metrics.brier, metrics.brier_skill):
        assert metric(shares, scores, doubled) == pytest.approx(
            metric(shares[rows], scores[rows], np.ones(len(rows)))
        )


def test_one_class_has_no_auc() -> None:
    ones = np.ones(3)
    scores = np.array([0.1, 0.2, 0.3])
    assert math.isnan(metrics.roc_auc(ones, scores, ones))
    assert math.isnan(metrics.roc_auc(0 * ones, scores, ones))
    assert math.isnan(metrics.average_precision(0 * ones, scores, ones))


@given(samples())
def test_the_brier_score_is_that_of_scikit_learn(sample: tuple[Floats, Floats, Floats]) -> None:
    shares, scores, weights = sample
    sharp = (shares >= 0.5).astype(float)
    assert metrics.brier(sharp, scores, weights) == pytest.approx(
        brier_score_loss(sharp, scores, sample_weight=weights)
    )


@given(samples())
def test_skill_is_none_at_the_base_rate_and_one_when_perfect(
    sample: tuple[Floats, Floats, Floats],
) -> None:
    shares, _, weights = sample
    base = np.full_like(shares, np.average(shares, weights=weights))
    assert metrics.brier_skill(shares, base, weights) == pytest.approx(0, abs=1e-9)
    assert metrics.brier_skill(shares, shares, weights) == 1
    assert metrics.expected_calibration_error(shares, shares, weights) == pytest.approx(0, abs=1e-9)
    assert metrics.top_calibration_gap(shares, shares, weights) == pytest.approx(0, abs=1e-9)


def test_skill_of_no_variation_is_not_a_number() -> None:
    ones = np.ones(4)
    assert math.isnan(metrics.brier_skill(ones, ones / 2, ones))


def test_bins_are_of_equal_mass() -> None:
    scores = np.linspace(0, 1, 100)
    which = metrics.equal_mass_bins(scores, np.ones(100), 10)
    assert np.bincount(which).tolist() == [10] * 10
    heavy = np.where(scores < 0.5, 1.0, 3.0)
    masses = np.bincount(metrics.equal_mass_bins(scores, heavy, 10), weights=heavy)
    assert masses == pytest.approx(np.full(10, 20.0), abs=3)


@given(samples(), st.integers(1, 12))
def test_reliability_keeps_all_mass_and_both_means(
    sample: tuple[Floats, Floats, Floats], bins: int
) -> None:
    shares, scores, weights = sample
    rows = metrics.reliability(shares, scores, weights, bins)
    assert sum(row["mass"] for row in rows) == pytest.approx(1)
    assert sum(row["rows"] for row in rows) == len(shares)
    assert len(rows) <= bins
    assert sum(row["mass"] * row["score"] for row in rows) == pytest.approx(
        np.average(scores, weights=weights)
    )
    assert sum(row["mass"] * row["share"] for row in rows) == pytest.approx(
        np.average(shares, weights=weights)
    )
    means = [row["score"] for row in rows]
    assert means == sorted(means)


def test_the_calibration_error_by_hand() -> None:
    shares = np.array([0.0, 0.0, 1.0, 1.0])
    scores = np.array([0.1, 0.3, 0.6, 0.8])
    error = metrics.expected_calibration_error(shares, scores, np.ones(4), bins=2)
    assert error == pytest.approx(0.5 * 0.2 + 0.5 * 0.3)


def test_the_gap_at_the_top_by_hand() -> None:
    scores = np.linspace(0, 0.99, 100)
    shares = np.zeros(100)
    shares[95:97] = 1.0
    assert metrics.top_rows(scores, np.ones(100), 0.05).sum() == 5
    assert metrics.top_calibration_gap(shares, scores, np.ones(100)) == pytest.approx(0.97 - 0.4)


# ---------------------------------------------------------------- thresholds


@given(samples(), st.sampled_from([0.005, 0.02, 0.1, 0.5]))
def test_a_threshold_holds_no_more_than_its_target(
    sample: tuple[Floats, Floats, Floats], target: float
) -> None:
    shares, scores, weights = sample
    threshold = metrics.threshold_at_fpr(shares, scores, weights, target)
    found = metrics.operating_point(shares, scores, weights, threshold)
    clean = shares < 0.5
    if threshold > scores[clean].min():
        assert found.false_positive_rate <= target + 1e-9
    lower = scores[clean & (scores < threshold)]
    if len(lower):
        # Any lower one that holds another clean comment breaks the target.
        looser = metrics.operating_point(shares, scores, weights, lower.max())
        assert looser.false_positive_rate > target


def test_what_a_threshold_does_by_hand() -> None:
    shares = np.array([1.0, 1.0, 0.0, 0.0, 0.0])
    scores = np.array([0.9, 0.2, 0.8, 0.1, 0.0])
    assert metrics.operating_point(shares, scores, np.ones(5), 0.5).to_json() == {
        "threshold": 0.5,
        "clean_held": pytest.approx(1 / 3),
        "abuse_found": 0.5,
        "queued": pytest.approx(0.4),
        "precision": 0.5,
    }
    nothing = metrics.operating_point(shares, scores, np.ones(5), 1.0)
    assert nothing.flag_rate == 0
    assert math.isnan(nothing.precision)


# ---------------------------------------------------------------- identities


def test_subgroup_aucs_by_hand() -> None:
    shares = np.array([1.0, 0.0, 1.0, 0.0])
    scores = np.array([0.9, 0.6, 0.5, 0.1])
    mentions = np.array([True, True, False, False])
    found = metrics.subgroup_aucs(shares, scores, np.ones(4), mentions)
    assert found == {"subgroup": 1.0, "bpsn": 0.0, "bnsp": 1.0}


def test_power_means_lean_towards_the_worst() -> None:
    assert metrics.power_mean([0.5, 1.0]) == pytest.approx(((0.5**-5 + 1) / 2) ** -0.2)
    assert metrics.power_mean([0.8, float("nan"), 0.8]) == pytest.approx(0.8)
    assert math.isnan(metrics.power_mean([]))


def test_the_bias_metric_of_equal_aucs_is_that_auc() -> None:
    row = {"subgroup": 0.9, "bpsn": 0.9, "bnsp": 0.9}
    assert metrics.bias_metric(0.9, {"a": row, "b": row}) == pytest.approx(0.9)
    worse = metrics.bias_metric(0.9, {"a": row, "b": row | {"bpsn": 0.5}})
    assert worse < metrics.bias_metric(0.9, {"a": row, "b": row | {"bpsn": 0.8}}) < 0.9


# ---------------------------------------------------------------- intervals


def noisy(rows: int, seed: int = 0) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    shares = (rng.random(rows) < 0.3).astype(float)
    return shares, 1 / (1 + np.exp(-(shares * 1.5 + rng.normal(size=rows))))


def test_an_interval_holds_its_figure_and_is_seeded() -> None:
    shares, scores = noisy(400)
    found = metrics.bootstrap(metrics.roc_auc, shares, scores, resamples=200, seed=3)
    assert found == metrics.bootstrap(metrics.roc_auc, shares, scores, resamples=200, seed=3)
    assert found != metrics.bootstrap(metrics.roc_auc, shares, scores, resamples=200, seed=4)
    assert found.low < found.value < found.high
    assert set(found.to_json()) == {"value", "low", "high"}


def test_more_rows_make_a_narrower_interval() -> None:
    widths = []
    for rows in (200, 3200):
        found = metrics.bootstrap(metrics.roc_auc, *noisy(rows), resamples=200)
        widths.append(found.high - found.low)
    # Four times narrower, give or take.
    assert widths[1] < widths[0] / 2.5


def test_the_interval_of_a_mean_is_that_of_theory() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=1000)
    found = metrics.bootstrap(
        lambda shares, scores, weights: float(scores.mean()), scores * 0, scores, resamples=2000
    )
    half = 1.96 * scores.std() / 1000**0.5
    assert found.high - found.value == pytest.approx(half, rel=0.1)
    assert found.value - found.low == pytest.approx(half, rel=0.1)


def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    # The AUC of two unit normals that are 1.5 apart is Phi(1.5 / sqrt(2)).
    truth = 0.5 * (1 + math.erf(1.5 / 2))
    covered = 0
    for seed in range(60):
        found = metrics.bootstrap(metrics.roc_auc, *noisy(200, seed), resamples=100, seed=seed)
        covered += found.low <= truth <= found.high
    assert covered >= 50


def test_a_paired_difference_of_the_same_scores_is_nothing() -> None:
    shares, scores = noisy(100)
    found = metrics.paired_difference(metrics.roc_auc, shares, scores, scores, resamples=50)
    assert (found.value, found.low, found.high) == (0, 0, 0)


def test_a_paired_difference_is_surer_than_two_intervals() -> None:
    shares, scores = noisy(500)
    worse = scores + np.random.default_rng(5).normal(scale=0.15, size=500)
    found = metrics.paired_difference(metrics.roc_auc, shares, scores, worse, resamples=200)
    assert 0 < found.low < found.value < found.high
    alone = metrics.bootstrap(metrics.roc_auc, shares, scores, resamples=200)
    assert found.high - found.low < alone.high - alone.low


def test_resamples_without_a_positive_are_left_out() -> None:
    shares = np.zeros(20)
    shares[0] = 1.0
    found = metrics.bootstrap(metrics.roc_auc, shares, np.linspace(1, 0, 20), resamples=50)
    assert (found.value, found.low, found.high) == (1, 1, 1)
