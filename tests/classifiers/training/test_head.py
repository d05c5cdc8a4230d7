"""The numeric head is a scikit-learn classifier, and learns shares of raters as well as classes."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils.estimator_checks import parametrize_with_checks

from classifiers.training.head import NaiveBayesLogistic

#: Each check that the head does not pass, with the reason.
EXPECTED_FAILURES = {
    "check_classifiers_train": (
        "its data is dense: a feature that every row has tells the classes' counts apart by "
        "nothing, so by design it weighs nothing"
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
@parametrize_with_checks(
    [NaiveBayesLogistic()], expected_failed_checks=lambda head: EXPECTED_FAILURES
)
def test_scikit_learns_own_checks(estimator: NaiveBayesLogistic, check: object) -> None:
    check(estimator)


def rows_of(*present: tuple[int, ...], width: int = 6) -> sp.csr_matrix:
    """Rows whose given columns are one."""
    matrix = np.zeros((len(present), width))
    for row, columns in enumerate(present):
        matrix[row, list(columns)] = 1.0
    return sp.csr_matrix(matrix)


ROWS = rows_of((0, 1), (0, 2), (0, 3), (4, 1), (4, 2), (4, 3), (5, 1), (5, 2))
SHARES = [1.0, 0.9, 0.8, 0.0, 0.1, 0.2, 0.5, 0.5]


def test_shares_are_learnt_as_shares() -> None:
    head = NaiveBayesLogistic(0.01, smoothing=0.1).fit_shares(ROWS, SHARES)
    found = head.predict_proba(ROWS)[:, 1]
    assert np.abs(found - SHARES).max() < 0.15
    assert list(head.predict(ROWS[:2])) == [1, 1]
    assert list(head.predict(ROWS[3:5])) == [0, 0]


def test_shares_of_zero_and_one_are_classes() -> None:
    classes = np.array([1, 1, 1, 0, 0, 0, 1, 0])
    by_class = NaiveBayesLogistic().fit(ROWS, np.where(classes, "yes", "no"))
    by_share = NaiveBayesLogistic().fit_shares(ROWS, classes)
    np.testing.assert_allclose(by_class.coef_, by_share.coef_)
    assert set(by_class.predict(ROWS)) == {"yes", "no"}


def test_a_weight_counts_as_so_many_rows() -> None:
    weights = np.array([3, 1, 1, 1, 2, 1, 1, 1])
    weighted = NaiveBayesLogistic().fit_shares(ROWS, SHARES, weights)
    repeated = NaiveBayesLogistic().fit_shares(
        ROWS[np.repeat(np.arange(8), weights)], np.repeat(SHARES, weights)
    )
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-4)


def test_a_rare_feature_weighs_nothing() -> None:
    head = NaiveBayesLogistic(min_documents=3).fit_shares(ROWS, SHARES)
    assert head.coef_[5] == 0.0
    assert head.coef_[0] > 0.0 > head.coef_[4]


@pytest.mark.parametrize("shares", [[0.0] * 8, [1.0] * 8, [-0.1, *SHARES[1:]], [1.1, *SHARES[1:]]])
def test_shares_must_be_shares(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="shares must lie in"):
        NaiveBayesLogistic().fit_shares(ROWS, shares)


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 5), min_size=1), st.floats(0.0, 1.0)),
        min_size=2,
        max_size=12,
    )
)
def test_any_shares_give_finite_weights(drawn: list[tuple[set[int], float]]) -> None:
    shares = [share for _, share in drawn]
    if max(shares) == 0.0 or min(shares) == 1.0:
        return
    matrix = rows_of(*(tuple(columns) for columns, _ in drawn))
    head = NaiveBayesLogistic().fit_shares(matrix, shares)
    assert np.isfinite(head.coef_).all()
    assert np.isfinite(head.predict_proba(matrix)).all()
