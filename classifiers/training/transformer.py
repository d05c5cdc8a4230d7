"""Texts as sparse rows of features, in scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator, TransformerMixin

from classifiers.features import FAMILIES, feature_ids_batch, word_counts
from classifiers.normalise import normalise


class TextFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turn texts into sparse rows of ``n_features`` columns.

    Stateless: ``fit`` only checks its input. Takes any sequence of ``str``.
    """

    n_features = FAMILIES["words"][1]
    families = FAMILIES

    def fit(self, texts: Sequence[str], y: object = None) -> TextFeatures:
        """Do nothing but check that these are texts.

        Raises:
            ValueError: for one string instead of a sequence of them.
            TypeError: for anything in it that is not a string.
        """
        _check(texts)
        return self

    def transform(self, texts: Sequence[str]) -> sp.csr_matrix:
        """Return a float32 matrix ``(texts, n_features)`` with sorted columns.

        Raises:
            ValueError, TypeError: as ``fit``.
        """
        _check(texts)
        columns, bounds = feature_ids_batch([normalise(text) for text in texts])
        of_words = word_counts(columns, bounds)
        # Characters first, then words, line by line.
        lengths = np.column_stack([np.diff(bounds) - of_words, of_words]).ravel()
        values = np.repeat(1.0 / np.sqrt(np.maximum(lengths, 1)), lengths).astype(np.float32)
        return sp.csr_matrix(
            (values, columns.astype(np.int32), bounds), shape=(len(texts), self.n_features)
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = False
        return tags


def _check(texts: Sequence[str]) -> None:
    if isinstance(texts, str | bytes):
        raise ValueError("expected a sequence of texts, not one text")
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"text {i} is {type(text).__name__}, not str")
