"""From which score on a comment is held, for stated shares of clean comments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from classifiers.metrics import clean_hold_threshold, held_shares
from classifiers.training.dataset import TrainingSet
from classifiers.types import Floats

#: Shares of clean comments that may be held; the card has thresholds for each.
CLEAN_HOLD_TARGETS = (0.005, 0.01, 0.02, 0.05, 0.1)
#: The share of toxicity's threshold that an attribute's own may go down to; 1 where none is named.
#: A threat that is overlooked costs most, and is seldom put in words that raters call toxic.
LEAST_OF_LEAD = {"threat": 0.5}
#: The rate of spam being a guess, nothing is held or flagged that is likelier no spam than spam.
SPAM_LEAST = 0.5


def thresholds(data: TrainingSet, scores: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    """For each attribute and target: the score from which a comment is held.

    A target is the share of clean comments that all of a model's attributes together may hold.
    Comments are clean if their raters say so of the model's first attribute, toxicity or spam.
    Each attribute gets an equal share of clean comments, as large as keeps all of them together
    within the target; and none holds a comment on fewer raters than ``LEAST_OF_LEAD`` of what the
    first one asks for, nor spam on less than ``SPAM_LEAST``.
    """
    lead = data.attributes[0]
    rows, shares, weights = data.development(lead)
    clean = shares < 0.5
    if not clean.any():
        return {}
    columns = {name: values[rows] for name, values in scores.items()}

    def at(share: float) -> dict[str, float]:
        cuts = {
            name: clean_hold_threshold(shares, values, weights, share)
            for name, values in columns.items()
        }
        least = max(cuts[lead], SPAM_LEAST if lead == "spam" else 0.0)
        return {name: max(cut, least * LEAST_OF_LEAD.get(name, 1.0)) for name, cut in cuts.items()}

    def held(cuts: Mapping[str, float]) -> float:
        any_held = np.any([columns[name] >= cut for name, cut in cuts.items()], axis=0)
        return held_shares(shares, any_held.astype(np.float64), weights, 0.5)["clean_held"]

    found: dict[str, dict[str, float]] = {name: {} for name in scores}
    for target in CLEAN_HOLD_TARGETS:
        low, high = 0.0, target
        for _ in range(12):
            middle = (low + high) / 2
            low, high = (middle, high) if held(at(middle)) <= target else (low, middle)
        cuts = at(high) if held(at(high)) <= target else at(low)
        for name, cut in cuts.items():
            found[name][str(target)] = round(cut, 6)
    return found
