"""Figures that say how good scores are, each with a bootstrap interval.

Every function takes plain arrays: ``shares`` in [0, 1] (what raters said), ``scores`` (higher is
more abusive; probabilities where calibration is asked) and optional ``weights`` that bring a
sample to its natural rate. A share of one half or more counts as positive.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from classifiers.types import Floats

Metric = Callable[[Floats, Floats, Floats], float]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval, of its bootstrap if nothing else is said."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """As plain rounded numbers."""
        return {
            "value": round(self.value, 5),
            "low": round(self.low, 5),
            "high": round(self.high, 5),
        }


def proportion(count: int, total: int) -> Estimate:
    """A share of cases with its 95 % interval after Wilson (1927), which is right for few ones."""
    if not total:
        return Estimate(float("nan"), 0.0, 1.0)
    share, z2 = count / total, 1.96**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    half = (z2 * (share * (1 - share) / total + z2 / (4 * total**2))) ** 0.5 / (1 + z2 / total)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half))


def _positive(shares: Floats) -> NDArray[np.bool_]:
    return shares >= 0.5


def _class_weights_by_score(
    shares: Floats, scores: Floats, weights: Floats
) -> tuple[Floats, Floats]:
    """The weight of positives and of negatives at each distinct score, by rising score.

    scikit-learn's functions give the same figures (the tests compare them), but check their input
    for milliseconds, and a bootstrap asks thousands of times.
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    positive = np.where(_positive(shares), weights, 0.0)[order]
    negative = weights[order] - positive
    return np.add.reduceat(positive, starts), np.add.reduceat(negative, starts)


def roc_auc(shares: Floats, scores: Floats, weights: Floats) -> float:
    """Area under the ROC curve; NaN when only one class is present."""
    positive, negative = _class_weights_by_score(shares, scores, weights)
    total = positive.sum() * negative.sum()
    if not total:
        return float("nan")
    # A pair of equal scores is half in order.
    below = np.cumsum(negative) - negative / 2
    return float(positive @ below / total)


def average_precision(shares: Floats, scores: Floats, weights: Floats) -> float:
    """Average precision; NaN without a positive."""
    positive, negative = _class_weights_by_score(shares, scores, weights)
    if not positive.sum():
        return float("nan")
    true_positives = np.cumsum(positive[::-1])
    flagged = true_positives + np.cumsum(negative[::-1])
    precision = np.divide(
        true_positives, flagged, out=np.zeros_like(true_positives), where=flagged > 0
    )
    return float(positive[::-1] @ precision / true_positives[-1])


def brier(shares: Floats, scores: Floats, weights: Floats) -> float:
    """Mean squared error between the score and the share of raters."""
    return float(np.average((scores - shares) ** 2, weights=weights))


def brier_skill(shares: Floats, scores: Floats, weights: Floats) -> float:
    """One minus the Brier score over that of always giving the base rate."""
    base = np.full_like(shares, np.average(shares, weights=weights))
    worst = brier(shares, base, weights)
    return 1.0 - brier(shares, scores, weights) / worst if worst > 0 else float("nan")


def equal_mass_bins(scores: Floats, weights: Floats, bins: int) -> NDArray[np.int64]:
    """Give each row its bin of (about) equal total weight, by rising score; ties share a bin."""
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.cumsum(weights[order]) - weights[order] / 2
    values, inverse = np.unique(scores, return_inverse=True)
    first = np.full(len(values), np.inf)
    np.minimum.at(first, inverse, ranks)
    which = (first[inverse] / weights.sum() * bins).astype(np.int64)
    return np.asarray(np.minimum(bins - 1, which))


def reliability(
    shares: Floats, scores: Floats, weights: Floats, bins: int = 10
) -> list[dict[str, float]]:
    """Mean score against mean share in bins of equal mass: the rows of a reliability plot."""
    which = equal_mass_bins(scores, weights, bins)
    rows = []
    for index in np.unique(which):
        here = which == index
        rows.append(
            {
                "score": float(np.average(scores[here], weights=weights[here])),
                "share": float(np.average(shares[here], weights=weights[here])),
                "mass": float(weights[here].sum() / weights.sum()),
                "rows": int(here.sum()),
            }
        )
    return rows


def expected_calibration_error(
    shares: Floats, scores: Floats, weights: Floats, bins: int = 10
) -> float:
    """Mass-weighted mean gap between score and share over equal-mass bins."""
    return sum(
        row["mass"] * abs(row["score"] - row["share"])
        for row in reliability(shares, scores, weights, bins)
    )


def top_calibration_gap(
    shares: Floats, scores: Floats, weights: Floats, top: float = 0.05
) -> float:
    """Mean score minus mean share within the highest-scored ``top`` of the weight."""
    here = top_rows(scores, weights, top)
    return float(
        np.average(scores[here], weights=weights[here])
        - np.average(shares[here], weights=weights[here])
    )


def top_rows(scores: Floats, weights: Floats, top: float) -> NDArray[np.bool_]:
    """Mark the rows that make up the highest-scored ``top`` of the weight (at least one row)."""
    order = np.argsort(-scores, kind="stable")
    mass = np.cumsum(weights[order]) / weights.sum()
    count = max(1, int(np.searchsorted(mass, top, side="right")))
    here = np.zeros(len(scores), dtype=bool)
    here[order[:count]] = True
    return here


def threshold_at_fpr(shares: Floats, scores: Floats, weights: Floats, target: float) -> float:
    """The lowest threshold whose false positive rate is at most ``target``."""
    clean = ~_positive(shares)
    order = np.argsort(-scores[clean], kind="stable")
    values = scores[clean][order]
    mass = np.cumsum(weights[clean][order]) / weights[clean].sum()
    over = np.flatnonzero(mass > target)
    if not len(over):
        return float(values[-1])
    # Just above the first clean score that would break the target.
    return float(np.nextafter(values[over[0]], np.inf))


def flag_rate_at_recall(shares: Floats, scores: Floats, weights: Floats, recall: float) -> float:
    """The share of all that is flagged from the highest score on that finds ``recall`` of abuse."""
    positive = _positive(shares)
    if not positive.any():
        return float("nan")
    order = np.argsort(-scores[positive], kind="stable")
    found = np.cumsum(weights[positive][order]) / weights[positive].sum()
    # What rounding leaves of a sum must not ask for one more.
    at = min(int(np.searchsorted(found, recall - 1e-9)), len(order) - 1)
    threshold = scores[positive][order][at]
    return float(weights[scores >= threshold].sum() / weights.sum())


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """What a threshold does to comments; NaN where there is none of a kind.

    Attributes:
        false_positive_rate: share of the clean comments that it flags.
        recall: share of the abusive ones.
        flag_rate: share of all.
        precision: share of abusive ones among those flagged.
    """

    threshold: float
    false_positive_rate: float
    recall: float
    flag_rate: float
    precision: float

    def to_json(self) -> dict[str, float]:
        """The same by the names of reports and figures, which speak of a moderator's queue."""
        return {
            "threshold": self.threshold,
            "clean_held": self.false_positive_rate,
            "abuse_found": self.recall,
            "queued": self.flag_rate,
            "precision": self.precision,
        }


def operating_point(
    shares: Floats, scores: Floats, weights: Floats, threshold: float
) -> OperatingPoint:
    """Flag what scores at or above a threshold."""
    flagged = scores >= threshold
    positive = _positive(shares)

    def rate(among: NDArray[np.bool_]) -> float:
        total = weights[among].sum()
        return float(weights[among & flagged].sum() / total) if total else float("nan")

    all_flagged = weights[flagged].sum()
    return OperatingPoint(
        threshold=float(threshold),
        false_positive_rate=rate(~positive),
        recall=rate(positive),
        flag_rate=float(all_flagged / weights.sum()),
        precision=(
            float(weights[flagged & positive].sum() / all_flagged) if all_flagged else float("nan")
        ),
    )


# ---------------------------------------------------------------- identities


def subgroup_aucs(
    shares: Floats, scores: Floats, weights: Floats, mentions: NDArray[np.bool_]
) -> dict[str, float]:
    """Subgroup, BPSN and BNSP AUC of one identity (Borkan et al. 2019, "Nuanced Metrics").

    BPSN: background positives against subgroup negatives, low when clean mentions score high.
    BNSP: background negatives against subgroup positives.
    """
    positive = _positive(shares)

    def auc(rows: NDArray[np.bool_]) -> float:
        return roc_auc(shares[rows], scores[rows], weights[rows])

    return {
        "subgroup": auc(mentions),
        "bpsn": auc((mentions & ~positive) | (~mentions & positive)),
        "bnsp": auc((mentions & positive) | (~mentions & ~positive)),
    }


def power_mean(values: ArrayLike, power: float = -5.0) -> float:
    """Generalised mean over the values that exist; -5 leans towards the worst one."""
    given = np.asarray(values, dtype=float)
    given = given[np.isfinite(given)]
    if not len(given):
        return float("nan")
    return float(np.mean(given**power) ** (1.0 / power))


def bias_metric(overall: float, by_identity: Mapping[str, Mapping[str, float]]) -> float:
    """Civil Comments' final metric: a quarter overall AUC, three quarters power means."""
    parts = [
        power_mean([row[kind] for row in by_identity.values()])
        for kind in ("subgroup", "bpsn", "bnsp")
    ]
    return 0.25 * overall + 0.75 * float(np.mean(parts))


# ---------------------------------------------------------------- intervals


def _resamples(count: int, rows: int, seed: int) -> list[NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return [rng.integers(0, rows, rows) for _ in range(count)]


def _interval(values: Sequence[float]) -> tuple[float, float]:
    given = np.asarray(values)
    given = given[np.isfinite(given)]
    if not len(given):
        return float("nan"), float("nan")
    low, high = np.percentile(given, [2.5, 97.5])
    return float(low), float(high)


def bootstrap(
    metric: Metric,
    shares: Floats,
    scores: Floats,
    weights: Floats | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """A metric with the percentile interval over resampled rows."""
    weights = np.ones(len(shares)) if weights is None else weights
    values = [
        metric(shares[rows], scores[rows], weights[rows])
        for rows in _resamples(resamples, len(shares), seed)
    ]
    return Estimate(metric(shares, scores, weights), *_interval(values))


def paired_difference(
    metric: Metric,
    shares: Floats,
    scores: Floats,
    baseline: Floats,
    weights: Floats | None = None,
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """``metric(scores) - metric(baseline)`` with its interval over the same resampled rows."""
    weights = np.ones(len(shares)) if weights is None else weights

    def difference(rows: NDArray[np.int64] | slice) -> float:
        return metric(shares[rows], scores[rows], weights[rows]) - metric(
            shares[rows], baseline[rows], weights[rows]
        )

    values = [difference(rows) for rows in _resamples(resamples, len(shares), seed)]
    return Estimate(difference(slice(None)), *_interval(values))
