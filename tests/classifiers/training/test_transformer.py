"""The text transformer keeps scikit-learn's promises."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from classifiers.training.transformer import TextFeatures

TEXTS = ["You are right.", "", "ok", "Ångström 😀 ok ok ok", "x" * 5000]


def test_rows_are_distinct_and_sorted_and_each_family_has_length_one() -> None:
    matrix = TextFeatures().fit_transform(TEXTS)
    assert matrix.shape == (len(TEXTS), TextFeatures.n_features)
    assert matrix.dtype == np.float32
    assert matrix.has_canonical_format
    for first, end in TextFeatures.families.values():
        family = matrix[:, first:end]
        lengths = np.sqrt(family.multiply(family).sum(axis=1)).A1
        assert lengths == pytest.approx([1, 0, 1, 1, 1], abs=1e-5)


def test_one_text_or_many_make_no_difference() -> None:
    together = TextFeatures().transform(TEXTS)
    for place, text in enumerate(TEXTS):
        alone = TextFeatures().transform([text])
        assert (together[place] != alone).nnz == 0


def test_promises_of_an_estimator() -> None:
    features = TextFeatures()
    assert clone(features).get_params() == features.get_params() == {}
    assert features.fit(TEXTS) is features
    again = pickle.loads(pickle.dumps(features))  # noqa: S301 - our own bytes
    assert (again.transform(TEXTS) != features.transform(TEXTS)).nnz == 0
    pipeline = make_pipeline(TextFeatures(), LogisticRegression())
    fitted = pipeline.fit(["good day", "bad fool", "good work", "you fool"], [0, 1, 0, 1])
    assert fitted.predict(["a fool", "a good book"]).tolist() == [1, 0]
    assert TextFeatures().transform([]).shape == (0, TextFeatures.n_features)


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(ValueError, match="sequence of texts"):
        TextFeatures().transform("one text")
    with pytest.raises(TypeError, match="text 1 is int"):
        TextFeatures().fit(["a", 1])  # type: ignore[list-item]
