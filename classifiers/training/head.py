"""The numeric head: one penalised logistic regression on shares of raters, for sparse rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import (
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from classifiers.types import Floats


class NaiveBayesLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression whose weights have priors as wide as their naive-Bayes log ratios.

    A feature's weight has a Gaussian prior whose width is the size of its log count ratio (Wang
    and Manning 2012, "Baselines and Bigrams", as a prior instead of a feature value): what does
    not tell the classes apart is kept small. `fit` takes two classes, as any scikit-learn
    classifier does; `fit_shares` takes the share of raters who said yes.

    Args:
        penalty: L2 penalty on the weights in units of their priors' widths.
        smoothing: pseudo-count of the log ratio.
        min_documents: features in fewer rows weigh nothing.
        max_iter: most iterations of L-BFGS.
        tol: the gradient's largest entry, per unit of weight, at which it stops.
    """

    def __init__(
        self,
        penalty: float = 0.4,
        *,
        smoothing: float = 5.0,
        min_documents: int = 1,
        max_iter: int = 120,
        tol: float = 1e-6,
    ) -> None:
        self.penalty = penalty
        self.smoothing = smoothing
        self.min_documents = min_documents
        self.max_iter = max_iter
        self.tol = tol

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> NaiveBayesLogistic:
        """Fit on two classes.

        Args:
            X: `(rows, features)`, dense or sparse, n-grams, say.
            y: `(rows,)`, two classes of any type.
            sample_weight: `(rows,)`, not negative.

        Raises:
            ValueError: for anything else.
        """
        X, y = validate_data(self, X, y, accept_sparse="csr", dtype=np.float64)
        check_classification_targets(y)
        if type_of_target(y, input_name="y", raise_unknown=True) != "binary":
            raise ValueError(
                f"Only binary classification is supported. The type of the target is "
                f"{type_of_target(y)}."
            )
        self.classes_, shares = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"This solver needs samples of 2 classes in the data, but the data contains only "
                f"one class: {self.classes_[0]!r}"
            )
        return self._fit(X, shares.astype(np.float64), sample_weight)

    def fit_shares(
        self, X: ArrayLike, shares: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> NaiveBayesLogistic:
        """Fit on shares of raters in [0, 1]; the classes are then 0 and 1.

        Raises:
            ValueError: for shares outside [0, 1], or all of them 0 or all 1.
        """
        X, given = validate_data(self, X, shares, accept_sparse="csr", dtype=np.float64)
        if given.min() < 0 or given.max() > 1 or given.max() == 0 or given.min() == 1:
            raise ValueError("shares must lie in [0, 1] and not all say the same")
        self.classes_ = np.array([0, 1])
        return self._fit(X, given, sample_weight)

    def _fit(self, X: Any, shares: Floats, sample_weight: ArrayLike | None) -> NaiveBayesLogistic:
        weight = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        matrix = sp.csr_matrix(X)
        documents = np.bincount(matrix.indices, weights=matrix.data != 0, minlength=X.shape[1])
        frequent = np.flatnonzero(documents >= self.min_documents)
        # Gigabytes of rows leave no room for copies that are not needed.
        if len(frequent) < X.shape[1]:
            matrix = matrix[:, frequent]
        present = (matrix.data != 0).astype(np.float64)
        presence = sp.csr_matrix((present, matrix.indices, matrix.indptr), shape=matrix.shape)
        widths = _log_ratios(presence, shares, weight, self.smoothing)
        del presence, present
        inner, self.intercept_, self.n_iter_ = self._minimise(matrix, shares, weight, widths)
        self.coef_ = np.zeros(X.shape[1])
        self.coef_[frequent] = inner
        return self

    def _minimise(
        self, matrix: sp.csr_matrix, share: Floats, weight: Floats, widths: Floats
    ) -> tuple[Floats, float, int]:
        transposed = matrix.T.tocsr()
        total = weight.sum()
        base = float(np.clip((weight * share).sum() / total, 1e-6, 1 - 1e-6))

        def loss(parameters: Floats) -> tuple[float, Floats]:
            inner, intercept = parameters[:-1], parameters[-1]
            logits = matrix @ (inner * widths) + intercept
            residual = weight * (expit(logits) - share)
            gradient = np.empty_like(parameters)
            gradient[:-1] = widths * (transposed @ residual) + self.penalty * inner
            gradient[-1] = residual.sum()
            value = (weight * (np.logaddexp(0.0, logits) - share * logits)).sum()
            return float(value + self.penalty / 2 * (inner @ inner)), gradient

        start = np.zeros(matrix.shape[1] + 1)
        start[-1] = np.log(base / (1 - base))
        options = {"maxiter": self.max_iter, "maxcor": 10, "gtol": self.tol * total, "ftol": 1e-9}
        result = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
        return result.x[:-1] * widths, float(result.x[-1]), max(1, int(result.nit))

    def decision_function(self, X: ArrayLike) -> Floats:
        """The logit of each row, `(rows,)`."""
        check_is_fitted(self)
        X = validate_data(self, X, accept_sparse="csr", dtype=np.float64, reset=False)
        return np.asarray(X @ self.coef_ + self.intercept_)

    def predict_proba(self, X: ArrayLike) -> Floats:
        """The probabilities of both classes, `(rows, 2)`."""
        positive = expit(self.decision_function(X))
        return np.column_stack([1.0 - positive, positive])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The likelier class of each row."""
        chosen = (self.decision_function(X) > 0).astype(np.intp)
        return np.asarray(self.classes_[chosen])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.classifier_tags.multi_class = False
        return tags


def _log_ratios(presence: sp.csr_matrix, share: Floats, weight: Floats, smoothing: float) -> Floats:
    """Size of each feature's log ratio of weighted counts, one class against the other."""
    yes = presence.T @ (weight * share) + smoothing
    no = presence.T @ (weight * (1.0 - share)) + smoothing
    return np.asarray(np.abs(np.log(yes / yes.sum() * (no.sum() / no))))
