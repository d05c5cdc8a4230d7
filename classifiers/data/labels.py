"""Labels as arrays: what to train towards, and what each row weighs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from classifiers.data.examples import ATTRIBUTES, Example
from classifiers.data.sources import source
from classifiers.types import Floats

#: The share of abuse that scores in other languages than English are calibrated to: what a random
#: sample of Wikipedia talk has, for want of one in them.
ABUSE_RATE = 0.1


def targets(
    examples: Sequence[Example], attributes: Sequence[str] = ATTRIBUTES
) -> tuple[Floats, Floats]:
    """Turn examples into training targets.

    Returns:
        ``shares`` and ``weights``, both ``(len(examples), len(attributes))``; a weight of 0 marks
        a label that was not asked. Weights carry the source's
        (``data.sources``).
    """
    shares = np.zeros((len(examples), len(attributes)))
    weights = np.zeros_like(shares)
    for i, example in enumerate(examples):
        row = source(example.source)
        labels = dict(example.labels)
        label_weights = dict.fromkeys(labels, row.weight)
        if row.toxicity_share and "toxicity" in labels:
            labels["toxicity"] = row.toxicity_share(labels["toxicity"])
        if (
            row.implies_toxicity
            and "toxicity" not in labels
            and labels.get("identity_attack", 0.0) >= 0.5
        ):
            labels["toxicity"] = 1.0
            label_weights["toxicity"] = row.weight / 2
        for j, name in enumerate(attributes):
            if name in labels:
                shares[i, j] = labels[name]
                weights[i, j] = label_weights[name] * (row.negatives if labels[name] < 0.5 else 1.0)
    return shares, weights


def natural_weights(examples: Sequence[Example]) -> Floats:
    """Weights ``(len(examples),)`` that bring over-sampled in-domain rows to the natural rate.

    The rows of the in-domain sources without an intercept of their own are taken as the natural
    mix of clean, toxic and severely toxic comments; each other in-domain source is weighted to
    that mix. Rows of other sources get 0, or all rows 1 if there is no natural source among them.
    """

    def stratum(example: Example) -> int:
        if example.labels.get("severe_toxicity", 0.0) >= 0.5:
            return 2
        return int(example.labels.get("toxicity", 0.0) >= 0.5)

    strata = np.array([stratum(row) for row in examples], dtype=np.int64)
    names = np.array([row.source for row in examples])
    domain = np.array([source(name).in_domain for name in names], dtype=bool)
    natural = domain & np.array([not source(name).intercept for name in names], dtype=bool)
    if not natural.any():
        return np.ones(len(examples))
    toxic = float(np.mean(strata[natural] > 0))
    asked = np.array(["severe_toxicity" in row.labels for row in examples], dtype=bool)
    graded = strata[natural & asked & (strata > 0)]
    severe_of_toxic = float(np.mean(graded == 2)) if len(graded) else 0.0
    wanted = np.array([1 - toxic, toxic * (1 - severe_of_toxic), toxic * severe_of_toxic])
    weights = np.where(natural, 1.0, 0.0)
    for name in np.unique(names[domain & ~natural]):
        here = np.flatnonzero(names == name)
        shares = np.bincount(strata[here], minlength=3) / len(here)
        factor = np.divide(wanted, shares, out=np.zeros(3), where=shares > 0)
        total = float(factor @ shares)
        # A source without any comment of the natural mix has nothing to say of it.
        weights[here] = factor[strata[here]] / total if total else 0.0
    return weights


def weights_at_rate(examples: Sequence[Example], attribute: str, rate: float) -> Floats:
    """Weights ``(len(examples),)`` that bring an attribute to a stated rate.

    Rows that were not asked about it get 0; all rows get 1 if the others say all the same.
    """
    labels = np.array([example.labels.get(attribute, np.nan) for example in examples])
    asked, positive = np.isfinite(labels), labels >= 0.5
    share = float(positive[asked].mean()) if asked.any() else 0.0
    if share in (0.0, 1.0):
        return np.ones(len(examples))
    return np.where(asked, np.where(positive, rate / share, (1 - rate) / (1 - share)), 0.0)
