"""Labels become shares and weights as their sources ask for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.data.examples import Example
from classifiers.data.labels import natural_weights, targets
from classifiers.data.sources import ruddit_share


def test_a_label_that_was_not_asked_weighs_nothing() -> None:
    rows = [Example("a", {"toxicity": 1.0}, source="jigsaw_ak"), Example("b", {"insult": 0.0})]
    shares, weights = targets(rows, ("toxicity", "insult"))
    assert shares.tolist() == [[1, 0], [0, 0]]
    assert weights.tolist() == [[3.0, 0], [0, 0.5]]


def test_an_attack_on_an_identity_implies_toxicity_and_its_absence_nothing() -> None:
    rows = [Example(t, {"identity_attack": s}, source="edos") for t, s in (("a", 1.0), ("b", 0.0))]
    shares, weights = targets(rows, ("toxicity", "identity_attack"))
    assert shares[:, 0].tolist() == [1.0, 0.0]
    assert weights[0, 0] > 0
    assert weights[1, 0] == 0


def test_rewritten_negatives_weigh_less() -> None:
    rows = [Example(t, {"toxicity": s}, source="paradetox") for t, s in (("a", 1.0), ("b", 0.0))]
    _, weights = targets(rows, ("toxicity",))
    assert weights[1, 0] == pytest.approx(0.6 * weights[0, 0])


@given(st.floats(0, 1))
def test_ruddit_scores_become_shares(score: float) -> None:
    assert 0 <= ruddit_share(score) <= 1


def test_natural_weights_bring_each_source_to_the_natural_rate() -> None:
    natural = [
        Example(
            f"n{i}",
            {"toxicity": float(i < 10), "severe_toxicity": float(i < 2)},
            source="jigsaw_ak",
        )
        for i in range(100)
    ]
    sampled = [
        Example(
            f"s{i}",
            {"toxicity": float(i < 50), "severe_toxicity": float(i < 20)},
            source="jigsaw_furkan",
        )
        for i in range(100)
    ]
    other = [Example("o", {"toxicity": 1.0}, source="davidson")]
    weights = natural_weights([*natural, *sampled, *other])
    assert weights[:100].tolist() == [1.0] * 100
    here = weights[100:200]
    assert here.sum() == pytest.approx(100)
    assert here[:50].sum() / here.sum() == pytest.approx(0.1)
    assert here[:20].sum() / here[:50].sum() == pytest.approx(0.2)
    assert weights[200] == 0


def test_a_source_without_comments_of_the_natural_mix_weighs_nothing() -> None:
    natural = [Example(f"n{i}", {"toxicity": 0.0}, source="jigsaw_ak") for i in range(5)]
    toxic = [Example(f"t{i}", {"toxicity": 1.0}, source="jigsaw_furkan") for i in range(5)]
    assert natural_weights([*natural, *toxic]).tolist() == [1.0] * 5 + [0.0] * 5


def test_without_a_natural_source_all_rows_count_as_they_are() -> None:
    rows = [Example("a", {"toxicity": 1.0}, source="mine"), Example("b", source="jigsaw_furkan")]
    assert np.array_equal(natural_weights(rows), [1.0, 1.0])
