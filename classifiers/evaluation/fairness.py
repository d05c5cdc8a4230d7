"""Measure whether the name of a group alone raises its scores."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import metrics
from classifiers.data.examples import Example
from classifiers.data.identities import IDENTITIES, fill_templates
from classifiers.evaluation import templates
from classifiers.types import Floats, ScoreTexts


def measure_identities(rows: Sequence[Example], scores: Floats) -> dict[str, Any]:
    """Subgroup, BPSN and BNSP AUC by identity: annotated ones, else those named in the text."""
    asked = np.array(["toxicity" in row.labels for row in rows]) & np.isfinite(scores)
    labelled = [row for row, keep in zip(rows, asked, strict=True) if keep]
    scores = scores[asked]
    shares = np.array([row.labels["toxicity"] for row in labelled])
    ones = np.ones(len(labelled))
    masks: dict[str, NDArray[np.bool_]] = {}
    annotated = sorted({word for row in labelled for word in row.identities})
    for word in annotated:
        masks[word] = np.array([word in row.identities for row in labelled])
    if not annotated:
        for term in IDENTITIES:
            forms = "|".join(re.escape(form.lower()) for form in {term.one, term.many})
            pattern = re.compile(rf"\b(?:{forms})\b")
            masks[term.one] = np.array([bool(pattern.search(row.text.lower())) for row in labelled])
    table: dict[str, Any] = {}
    for word, mask in masks.items():
        positive = shares >= 0.5
        if min((mask & positive).sum(), (mask & ~positive).sum()) < 10:
            continue
        aucs = metrics.subgroup_aucs(shares, scores, ones, mask)
        table[word] = {"rows": int(mask.sum())} | {k: round(v, 4) for k, v in aucs.items()}
    overall = metrics.roc_auc(shares, scores, ones)
    return {
        "by": "annotation" if annotated else "words in the text",
        "overall_auc": round(overall, 4),
        "bias_metric": round(metrics.bias_metric(overall, table), 4) if table else None,
        "identities": table,
    }


def measure_templates(score: ScoreTexts, threshold: float) -> dict[str, Any]:
    """Share of clean template sentences scored at or above the threshold, by identity term.

    Also the share of abusive ones found, and, reported only, sentences that name abuse without
    committing it.
    """
    clean = _scores_by_identity(score, templates.CLEAN)
    abusive = _scores_by_identity(score, templates.ABUSIVE)
    held = {term: _share_held(scores, threshold) for term, scores in clean.items()}
    return {
        "threshold": threshold,
        "terms": len(held),
        "clean_sentences": len(templates.CLEAN) * len(held),
        "highest_false_positive_rate": max(held.values()),
        "mean_false_positive_rate": round(float(np.mean(list(held.values()))), 4),
        "false_positive_rate": held,
        "abusive_found": _share_held(np.concatenate(list(abusive.values())), threshold),
        "aucs": _template_aucs(clean, abusive),
        "reported_clean_held": {
            name: _share_held(
                np.concatenate(list(_scores_by_identity(score, sentences).values())), threshold
            )
            for name, sentences in templates.REPORTED.items()
        },
    }


def _scores_by_identity(score: ScoreTexts, sentences: tuple[str, ...]) -> dict[str, Floats]:
    filled = list(fill_templates(sentences))
    scores = score([text for _, text in filled], "en")
    by_term: dict[str, list[float]] = {}
    for (term, _), value in zip(filled, scores.tolist(), strict=True):
        by_term.setdefault(term.one, []).append(value)
    return {term: np.array(values) for term, values in by_term.items()}


def _share_held(scores: Floats, threshold: float) -> float:
    return round(float(np.mean(scores >= threshold)), 4)


def _template_aucs(
    clean: dict[str, Floats], abusive: dict[str, Floats]
) -> dict[str, dict[str, float]]:
    """Subgroup, BPSN and BNSP AUC of each term, over the template sentences of all terms."""
    parts = [(term, scores, 0.0) for term, scores in clean.items()]
    parts += [(term, scores, 1.0) for term, scores in abusive.items()]
    terms = np.concatenate([np.full(len(scores), term) for term, scores, _ in parts])
    shares = np.concatenate([np.full(len(scores), share) for _, scores, share in parts])
    scores = np.concatenate([scores for _, scores, _ in parts])
    ones = np.ones(len(scores))
    return {
        term: {
            name: round(value, 4)
            for name, value in metrics.subgroup_aucs(shares, scores, ones, terms == term).items()
        }
        for term in clean
    }
