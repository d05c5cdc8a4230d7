"""Measure what disguises do to scores: how much worse they rank, and whom they hold by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifiers import metrics
from classifiers.data.attacks import ATTACKS, attack
from classifiers.types import Floats, Progress, ScoreTexts

RESAMPLES = 200


def measure_disguises(
    score: ScoreTexts,
    texts: Sequence[str],
    shares: Floats,
    weights: Floats,
    threshold: float,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Score texts plainly and under each attack of the suite.

    Args:
        score: scores texts, as ``ScoreTexts`` says.
        texts: English comments.
        shares: of raters who said yes, ``(len(texts),)``.
        weights: that bring the texts to their natural rate, ``(len(texts),)``.
        threshold: the score from which a comment is held.

    Returns:
        The plain figures, and for each attack: ``roc_auc``; ``loss`` of ROC-AUC against the plain
        text with its paired interval; ``abuse_found`` and ``clean_held``, shares at the threshold;
        ``newly_held``, the share of clean comments held only because of the disguise; and
        ``other_language``, the share of texts taken for another language, which are not scored
        (the other figures are of their scores as English).
    """
    plain = score(texts, "en")
    clean = shares < 0.5
    table: dict[str, Any] = {}
    for number, name in enumerate(ATTACKS):
        disguised = [attack(text, name, seed) for text in texts]
        detected = score(disguised, None)
        lost = np.isnan(detected)
        scores = detected
        if lost.any():
            again = score([disguised[i] for i in np.flatnonzero(lost)], "en")
            scores = detected.copy()
            scores[lost] = again
        point = metrics.operating_point(shares, scores, weights, threshold)
        newly = clean & (scores >= threshold) & (plain < threshold)
        difference = metrics.paired_difference(
            metrics.roc_auc, shares, plain, scores, weights, resamples=resamples, seed=seed
        )
        table[name] = {
            "changed": round(float(np.mean(np.array(texts) != np.array(disguised))), 4),
            "roc_auc": round(metrics.roc_auc(shares, scores, weights), 5),
            "loss": difference.to_json(),
            "abuse_found": round(point.recall, 4),
            "clean_held": round(point.false_positive_rate, 4),
            "newly_held": round(float(weights[newly].sum() / weights[clean].sum()), 4),
            "other_language": round(float(np.average(lost, weights=weights)), 4),
        }
        if progress:
            progress("disguise", (number + 1) / len(ATTACKS))
    point = metrics.operating_point(shares, plain, weights, threshold)
    return {
        "rows": len(texts),
        "positives": int((~clean).sum()),
        "threshold": threshold,
        "seed": seed,
        "roc_auc": round(metrics.roc_auc(shares, plain, weights), 5),
        "abuse_found": round(point.recall, 4),
        "clean_held": round(point.false_positive_rate, 4),
        "attacks": table,
    }
