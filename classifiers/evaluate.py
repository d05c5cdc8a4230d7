"""Measure a scorer on labelled comments: every figure with its interval."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifiers import identities, metrics
from classifiers.data import Example, Floats, natural_weights
from classifiers.sources import source

Progress = Callable[[str, float], None]

#: An attribute with fewer positives is reported but its figures gate nothing.
GATED_POSITIVES = 300
CURVE_POINTS = 200
LEAST_ROWS = 30
#: The share of clean comments that the working threshold may hold.
WORKING_TARGET = "0.02"


class ScoredText(Protocol):
    """What a scorer says of one text."""

    @property
    def scores(self) -> dict[str, float]: ...


class Scorer(Protocol):
    """Anything that scores texts as the package's own models do."""

    @property
    def version(self) -> str: ...

    def score(
        self, texts: Sequence[str], *, languages: Sequence[str | None] | None = None
    ) -> Sequence[ScoredText]: ...


@dataclass
class Evaluation:
    """All figures as plain numbers; ``worst`` keeps texts apart from what may be published."""

    figures: dict[str, Any]
    worst: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The figures, without any text of the data."""
        return self.figures


def evaluate(
    scorer: Scorer,
    examples: Sequence[Example],
    *,
    bootstrap: int = 1000,
    seed: int = 0,
    worst: int = 50,
    progress: Progress | None = None,
) -> Evaluation:
    """Score the examples and measure each attribute that both sides know.

    Where the examples hold rows of in-domain sources, the main figures are of those at their
    natural rate (``data.natural_weights``), else of all rows as they are; the table by source is
    of all rows.

    Raises:
        ValueError: if there is no example, or no attribute that both sides know.
    """
    rows = [row for row in examples if row.lang == "en"]
    if not rows:
        raise ValueError("no English example to evaluate on")
    predictions = _score(scorer, rows, progress)
    weights = natural_weights(rows)
    figures: dict[str, Any] = {
        "model": scorer.version,
        "rows": len(rows),
        "rows_at_natural_rate": int((weights > 0).sum()),
        "bootstrap": bootstrap,
        "seed": seed,
        "attributes": {},
        "sources": _by_source(rows, predictions),
    }
    for number, (name, scores) in enumerate(predictions.items()):
        asked = np.array([name in row.labels for row in rows]) & (weights > 0)
        asked &= np.isfinite(scores)
        shares = np.array([row.labels.get(name, 0.0) for row in rows])
        if asked.sum() < LEAST_ROWS or not 0 < (shares[asked] >= 0.5).sum() < asked.sum():
            continue
        figures["attributes"][name] = _attribute(
            shares[asked], scores[asked], weights[asked], bootstrap, seed
        )
        if progress:
            progress("measure", (number + 1) / len(predictions))
    if not figures["attributes"]:
        known = sorted({name for row in rows for name in row.labels})
        raise ValueError(
            f"nothing to measure: the data has {', '.join(known) or 'no labels'}, "
            f"the model scores {', '.join(predictions)}"
        )
    if "toxicity" in predictions:
        figures["identities"] = _by_identity(rows, predictions["toxicity"])
        threshold = _working_threshold(figures)
        figures["templates"] = measure_templates(scorer, threshold)
    return Evaluation(figures, _worst(rows, predictions, worst))


def _score(
    scorer: Scorer, rows: Sequence[Example], progress: Progress | None, batch: int = 1000
) -> dict[str, Floats]:
    """Scores by attribute; NaN where a text was not scored."""
    columns: dict[str, Floats] = {}
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        answers = scorer.score([row.text for row in part], languages=[row.lang for row in part])
        for offset, answer in enumerate(answers):
            for name, value in answer.scores.items():
                if name not in columns:
                    columns[name] = np.full(len(rows), np.nan)
                columns[name][start + offset] = value
        if progress:
            progress("score", min(1.0, (start + batch) / len(rows)))
    return columns


def _attribute(
    shares: Floats, scores: Floats, weights: Floats, resamples: int, seed: int
) -> dict[str, Any]:
    positive = shares >= 0.5
    named: dict[str, metrics.Metric] = {
        "roc_auc": metrics.roc_auc,
        "average_precision": metrics.average_precision,
        "brier": metrics.brier,
        "brier_skill": metrics.brier_skill,
        "calibration_error": metrics.expected_calibration_error,
        "top_gap": metrics.top_gap,
    }
    report: dict[str, Any] = {
        "rows": len(shares),
        "positives": int(positive.sum()),
        "rate": float(np.average(positive, weights=weights)),
        "gated": bool(positive.sum() >= GATED_POSITIVES),
    }
    for name, metric in named.items():
        estimate = metrics.bootstrap(
            metric, shares, scores, weights, resamples=resamples, seed=seed
        )
        report[name] = estimate.to_json()
    report["reliability"] = metrics.reliability(shares, scores, weights)
    report["thresholds"] = {
        str(target): metrics.held_shares(
            shares,
            scores,
            weights,
            metrics.clean_hold_threshold(shares, scores, weights, target),
        )
        for target in (0.005, 0.01, 0.02, 0.05)
    }
    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, CURVE_POINTS)))
    report["curve"] = [metrics.held_shares(shares, scores, weights, cut) for cut in cuts]
    return report


def _by_source(rows: Sequence[Example], predictions: dict[str, Floats]) -> list[dict[str, Any]]:
    table = []
    for origin in sorted({row.source for row in rows}):
        for name, scores in predictions.items():
            here = np.array(
                [row.source == origin and name in row.labels for row in rows], dtype=bool
            ) & np.isfinite(scores)
            shares = np.array([row.labels.get(name, 0.0) for row in rows])[here]
            if here.sum() < LEAST_ROWS or not 0 < (shares >= 0.5).sum() < len(shares):
                continue
            ones = np.ones(len(shares))
            table.append(
                {
                    "source": origin,
                    "attribute": name,
                    "in_domain": source(origin).in_domain,
                    "rows": len(shares),
                    "positives": int((shares >= 0.5).sum()),
                    "roc_auc": round(metrics.roc_auc(shares, scores[here], ones), 4),
                    "average_precision": round(
                        metrics.average_precision(shares, scores[here], ones), 4
                    ),
                }
            )
    return table


def _by_identity(rows: Sequence[Example], scores: Floats) -> dict[str, Any]:
    """Subgroup, BPSN and BNSP AUC by identity: annotated ones, else those named in the text."""
    asked = np.array(["toxicity" in row.labels for row in rows]) & np.isfinite(scores)
    kept = [row for row, keep in zip(rows, asked, strict=True) if keep]
    scores = scores[asked]
    shares = np.array([row.labels["toxicity"] for row in kept])
    ones = np.ones(len(kept))
    masks: dict[str, NDArray[np.bool_]] = {}
    annotated = sorted({word for row in kept for word in row.identities})
    for word in annotated:
        masks[word] = np.array([word in row.identities for row in kept])
    if not annotated:
        for term in identities.IDENTITIES:
            forms = "|".join(re.escape(form.lower()) for form in {term.one, term.many})
            pattern = re.compile(rf"\b(?:{forms})\b")
            masks[term.one] = np.array([bool(pattern.search(row.text.lower())) for row in kept])
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


def _working_threshold(figures: dict[str, Any]) -> float:
    report = figures["attributes"].get("toxicity")
    return float(report["thresholds"][WORKING_TARGET]["threshold"]) if report else 0.5


def measure_templates(scorer: Scorer, threshold: float) -> dict[str, Any]:
    """Share of clean template sentences scored at or above the threshold, by identity term.

    Also the share of abusive ones found, and, reported only, sentences that name abuse without
    committing it.
    """
    held = _held_by_identity(scorer, identities.EVALUATE_CLEAN, threshold)
    found = _held_by_identity(scorer, identities.EVALUATE_ABUSIVE, threshold)
    return {
        "threshold": threshold,
        "terms": len(held),
        "clean_sentences": len(identities.EVALUATE_CLEAN) * len(held),
        "highest_false_positive_rate": max(held.values()),
        "mean_false_positive_rate": round(float(np.mean(list(held.values()))), 4),
        "false_positive_rate": held,
        "abusive_found": round(float(np.mean(list(found.values()))), 4),
        "reported_clean_held": {
            name: round(
                float(np.mean(list(_held_by_identity(scorer, templates, threshold).values()))), 4
            )
            for name, templates in identities.EVALUATE_REPORTED.items()
        },
    }


def _held_by_identity(
    scorer: Scorer, templates: tuple[str, ...], threshold: float
) -> dict[str, float]:
    filled = list(identities.sentences(templates))
    answers = scorer.score([text for _, text in filled], languages=["en"] * len(filled))
    held: dict[str, list[bool]] = {}
    for (term, _), answer in zip(filled, answers, strict=True):
        held.setdefault(term.one, []).append(answer.scores["toxicity"] >= threshold)
    return {term: round(float(np.mean(values)), 4) for term, values in held.items()}


def _worst(
    rows: Sequence[Example], predictions: dict[str, Floats], count: int
) -> list[dict[str, Any]]:
    """The examples whose scores miss the raters' shares by most, each attribute on its own."""
    table = []
    for name, scores in predictions.items():
        shares = np.array([row.labels.get(name, np.nan) for row in rows])
        gaps = np.abs(scores - shares)
        gaps[~np.isfinite(gaps)] = -1.0
        for i in np.argsort(-gaps, kind="stable")[:count]:
            if gaps[i] < 0:
                break
            table.append(
                {
                    "attribute": name,
                    "score": round(float(scores[i]), 3),
                    "share": round(float(shares[i]), 3),
                    "source": rows[i].source,
                    "text": rows[i].text,
                }
            )
    return table
