"""From which score on a comment is held, for stated shares of clean comments."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from classifiers.metrics import operating_point, threshold_at_fpr
from classifiers.training.dataset import TrainingSet
from classifiers.types import Floats

#: Shares of clean comments that may be held; the card has thresholds for each.
CLEAN_HOLD_TARGETS = (0.005, 0.01, 0.02, 0.05, 0.1)
#: The share of toxicity's threshold that an attribute's own may go down to; 1 where none is named.
#: A threat that is overlooked costs most, and is seldom put in words that raters call toxic.
LEAST_OF_LEAD = {"threat": 0.5}
#: Attributes that neither hold nor flag a comment alone, unless a site sets thresholds of its own:
#: a harsh word that harms nobody (`holy shit, what a goal`) is no reason to wait, and where it
#: does harm, the others say so.
NEVER_ALONE = frozenset({"profanity"})
#: The rate of spam being a guess, nothing is held or flagged that is likelier no spam than spam.
SPAM_LEAST = 0.5
#: Steps of the search for each attribute's share, which then is within 1/4096 of its target.
_HALVINGS = 12


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
    if not (shares < 0.5).any():
        return {}
    columns = {name: values[rows] for name, values in scores.items()}

    def cuts_at(share: float) -> dict[str, float]:
        cuts = {
            name: threshold_at_fpr(shares, values, weights, share)
            for name, values in columns.items()
        }
        least = max(cuts[lead], SPAM_LEAST if lead == "spam" else 0.0)
        return {
            name: 1.0 if name in NEVER_ALONE else max(cut, least * LEAST_OF_LEAD.get(name, 1.0))
            for name, cut in cuts.items()
        }

    def false_positive_rate(cuts: Mapping[str, float]) -> float:
        held = np.any([columns[name] >= cut for name, cut in cuts.items()], axis=0)
        return operating_point(shares, held.astype(np.float64), weights, 0.5).false_positive_rate

    by_attribute: dict[str, dict[str, float]] = {name: {} for name in scores}
    for target in CLEAN_HOLD_TARGETS:
        low, high = 0.0, target
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            if false_positive_rate(cuts_at(middle)) <= target:
                low = middle
            else:
                high = middle
        cuts = cuts_at(high)
        if false_positive_rate(cuts) > target:
            cuts = cuts_at(low)
        for name, cut in cuts.items():
            by_attribute[name][str(target)] = round(cut, 6)
    return by_attribute
