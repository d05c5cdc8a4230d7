"""Measure a scorer on labelled comments: every figure with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers import metrics
from classifiers.data.examples import Example
from classifiers.data.labels import ABUSE_RATE, natural_weights, weights_at_rate
from classifiers.data.sources import source
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.errors import DataError
from classifiers.evaluation import bar, behaviour
from classifiers.evaluation.fairness import measure_identities, measure_templates
from classifiers.evaluation.robustness import measure_disguises
from classifiers.score import Scorer
from classifiers.types import Floats, Progress

#: An attribute with fewer positives is reported but its figures gate nothing: at 300 the interval
#: of its recall still reaches six points to either side.
GATED_POSITIVES = 300
#: Thresholds of a curve: more than a plot has room for.
CURVE_POINTS = 200
#: With fewer rows no figure is given.
MIN_ROWS = 30
#: Resamples for an interval where there are many figures.
FEW_RESAMPLES = 200
#: Shares of clean comments that a threshold may hold, and the one of the working threshold.
TARGETS = (0.005, 0.01, 0.02, 0.05)
WORKING_TARGET = behaviour.HOLD_TARGET


@dataclass
class Evaluation:
    """All figures as plain numbers; ``worst`` keeps texts apart from what may be published."""

    figures: dict[str, Any]
    worst: list[dict[str, Any]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The figures, without any text of the data."""
        return self.figures


def choose_rows(examples: Sequence[Example], split: str | None = None) -> list[Example]:
    """The rows to measure on: those that training holds out, whatever a file calls them.

    Training moves whole groups of near-duplicates of some sources between splits
    (``splits.split_examples``), so a row that its file calls ``train`` may be a test row, and a row
    that it calls ``dev`` may have been trained on. Rows that are not trained on at all
    (``use`` is not ``train``) are dropped if a near-duplicate was.

    Args:
        split: ``train``, ``dev``, ``test`` or ``all``; None for ``test`` where the rows name
            splits, else for ``all``.
    """
    if split == "all" or (split is None and not any(row.split for row in examples)):
        return list(examples)
    wanted = split_examples(examples)[split or "test"]
    if split == "train":
        return wanted
    trained = split_examples(row for row in examples if row.use == "train")["train"]
    keys = {near_duplicate_key(row.text) for row in trained} - {""}
    return [row for row in wanted if near_duplicate_key(row.text) not in keys]


def evaluate(
    scorer: Scorer,
    examples: Sequence[Example],
    *,
    bootstrap: int = 1000,
    seed: int = 0,
    worst: int = 50,
    disguised: int = 1000,
    progress: Progress | None = None,
    language: str = "en",
) -> Evaluation:
    """Score the examples and measure each attribute that both sides know.

    Where the examples hold rows of in-domain sources that were asked about an attribute, its main
    figures are of those at their natural rate (``labels.natural_weights``), else of all its rows as
    they were sampled; the table by source is of all rows. What the model does with the unseen half
    of ordinary comments (``behaviour``) is added if its card says from which score it holds one.
    Rows of another language than English have no natural rate and get an assumed one
    (``labels.ABUSE_RATE``); of them there is no table that needs English sentences, but what a
    model must show before it is shipped (``bar``), where cases were written in the language.

    Args:
        bootstrap: resamples for each interval of the main figures.
        worst: how many of the worst errors to keep, an attribute.
        disguised: how many comments to disguise by each attack; 0 leaves robustness out.

    Raises:
        DataError: if there is no example, or no attribute that both sides know.
    """
    rows = [row for row in examples if row.lang == language]
    english = language == "en"
    if not rows:
        wanted = "English example" if english else f"example in {language!r}"
        raise DataError(f"no {wanted} to evaluate on")
    few = min(bootstrap, FEW_RESAMPLES)
    predictions = _score(scorer, rows, progress)
    weights = natural_weights(rows) if english else weights_at_rate(rows, "toxicity", ABUSE_RATE)
    figures: dict[str, Any] = {
        "model": scorer.version,
        **({} if english else {"language": language, "assumed_rate": ABUSE_RATE}),
        "rows": len(rows),
        "rows_at_natural_rate": int((weights > 0).sum()),
        "bootstrap": bootstrap,
        "seed": seed,
        "attributes": {},
        "sources": _by_source(rows, predictions, few, seed),
    }
    samples = {
        name: sample
        for name, scores in predictions.items()
        if (sample := _sample(rows, name, scores, weights)) is not None
    }
    if not samples:
        known = sorted({name for row in rows for name in row.labels})
        raise DataError(
            f"nothing to measure: the data has {', '.join(known) or 'no labels'}, "
            f"the model scores {', '.join(predictions)}"
        )
    for number, (name, sample) in enumerate(samples.items(), 1):
        figures["attributes"][name] = _attribute_figures(sample, bootstrap, seed)
        if progress:
            progress("measure", number / len(samples))
    half = "unseen" if english else language
    if behaviour.hold_thresholds(scorer.card, language) and half in behaviour.SUITES:
        figures["behaviour"] = behaviour.check(scorer, half, progress).to_json()
        if not english and "toxicity" in samples:
            held = _held(scorer, rows, predictions, language)
            figures["bar"] = {
                each.name: each.to_json()
                for each in bar.requirements(
                    figures["attributes"]["toxicity"], held, figures["behaviour"]
                )
            }
    if english and "toxicity" in predictions:
        score_toxicity = partial(_toxicity, scorer)
        figures["identities"] = measure_identities(rows, predictions["toxicity"])
        threshold = _working_threshold(figures)
        figures["templates"] = measure_templates(score_toxicity, threshold)
        if disguised and "toxicity" in samples:
            part = _drawn(samples["toxicity"], disguised, seed)
            if _enough(part.shares):
                figures["robustness"] = measure_disguises(
                    score_toxicity,
                    [rows[i].text for i in part.rows],
                    part.shares,
                    part.weights,
                    threshold,
                    seed=seed,
                    resamples=few,
                    progress=progress,
                )
    return Evaluation(figures, _worst(rows, predictions, worst))


@dataclass(frozen=True)
class _Sample:
    """Rows that an attribute is measured on, by number, with what was said of them."""

    natural: bool
    rows: NDArray[np.intp]
    shares: Floats
    scores: Floats
    weights: Floats


def _sample(rows: Sequence[Example], name: str, scores: Floats, natural: Floats) -> _Sample | None:
    """Rows at their natural rate if there are enough, else all as sampled; None if too few."""
    shares = np.array([row.labels.get(name, np.nan) for row in rows])
    asked = np.isfinite(shares) & np.isfinite(scores)
    at_natural_rate = asked & (natural > 0)
    enough = _enough(shares[at_natural_rate])
    chosen = np.flatnonzero(at_natural_rate if enough else asked)
    if not _enough(shares[chosen]):
        return None
    weights = natural[chosen] if enough else np.ones(len(chosen))
    return _Sample(enough, chosen, shares[chosen], scores[chosen], weights)


def _drawn(sample: _Sample, count: int, seed: int) -> _Sample:
    """So many rows of a sample, drawn at random and in their order."""
    size = min(count, len(sample.rows))
    drawn = np.sort(np.random.default_rng(seed).choice(len(sample.rows), size, replace=False))
    return _Sample(
        sample.natural,
        sample.rows[drawn],
        sample.shares[drawn],
        sample.scores[drawn],
        sample.weights[drawn],
    )


def _enough(shares: Floats) -> bool:
    """Whether there are rows enough, of both kinds."""
    return len(shares) >= MIN_ROWS and bool(0 < (shares >= 0.5).sum() < len(shares))


def _toxicity(scorer: Scorer, texts: Sequence[str], lang: str | None) -> Floats:
    answers = scorer.score(texts, languages=[lang] * len(texts))
    return np.array([answer.scores.get("toxicity", np.nan) for answer in answers])


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


def _held(
    scorer: Scorer, rows: Sequence[Example], predictions: dict[str, Floats], language: str
) -> metrics.OperatingPoint:
    """What the thresholds of a model's own card hold of rows asked about toxicity, as sampled."""
    cuts = behaviour.hold_thresholds(scorer.card, language)
    shares = np.array([row.labels.get("toxicity", np.nan) for row in rows])
    asked = np.isfinite(shares)
    held = np.any([predictions[name][asked] >= cut for name, cut in cuts.items()], axis=0)
    return metrics.operating_point(
        shares[asked], held.astype(np.float64), np.ones(int(asked.sum())), 0.5
    )


def _attribute_figures(sample: _Sample, resamples: int, seed: int) -> dict[str, Any]:
    shares, scores, weights = sample.shares, sample.scores, sample.weights
    positive = shares >= 0.5
    named: dict[str, metrics.Metric] = {
        "roc_auc": metrics.roc_auc,
        "average_precision": metrics.average_precision,
        "brier": metrics.brier,
        "brier_skill": metrics.brier_skill,
        "calibration_error": metrics.expected_calibration_error,
        "top_gap": metrics.top_calibration_gap,
    }
    estimates = {
        name: metrics.bootstrap(metric, shares, scores, weights, resamples=resamples, seed=seed)
        for name, metric in named.items()
    }

    def point(threshold: float) -> dict[str, float]:
        return metrics.operating_point(shares, scores, weights, threshold).to_json()

    cuts = np.unique(np.quantile(scores, np.linspace(0, 1, CURVE_POINTS)))
    return {
        "natural_rate": sample.natural,
        "rows": len(shares),
        "positives": int(positive.sum()),
        "rate": float(np.average(positive, weights=weights)),
        "gated": bool(positive.sum() >= GATED_POSITIVES),
        **{name: estimate.to_json() for name, estimate in estimates.items()},
        "reliability": metrics.reliability(shares, scores, weights),
        "thresholds": {
            str(target): point(metrics.threshold_at_fpr(shares, scores, weights, target))
            for target in TARGETS
        },
        "curve": [point(cut) for cut in cuts],
    }


def _by_source(
    rows: Sequence[Example], predictions: dict[str, Floats], resamples: int, seed: int
) -> list[dict[str, Any]]:
    table: list[dict[str, Any]] = []
    origins = np.array([row.source for row in rows])
    for origin in sorted(set(origins.tolist())):
        for name, scores in predictions.items():
            labels = np.array([row.labels.get(name, np.nan) for row in rows])
            here = (origins == origin) & np.isfinite(labels) & np.isfinite(scores)
            shares = labels[here]
            if not _enough(shares):
                continue
            auc = metrics.bootstrap(
                metrics.roc_auc, shares, scores[here], resamples=resamples, seed=seed
            )
            precision = metrics.average_precision(shares, scores[here], np.ones(len(shares)))
            table.append(
                {
                    "source": origin,
                    "attribute": name,
                    "in_domain": source(str(origin)).in_domain,
                    "rows": len(shares),
                    "positives": int((shares >= 0.5).sum()),
                    "roc_auc": auc.to_json(),
                    "average_precision": round(precision, 4),
                }
            )
    return table


def _working_threshold(figures: dict[str, Any]) -> float:
    toxicity = figures["attributes"].get("toxicity")
    return float(toxicity["thresholds"][WORKING_TARGET]["threshold"]) if toxicity else 0.5


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
