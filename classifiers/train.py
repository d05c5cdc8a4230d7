"""Train the fast model: one linear logit an attribute, over hashed n-grams of the text.

The steps, in order: read and split (``data``), features (``features``), naive-Bayes scaling and
one penalised logistic regression an attribute on soft labels (``fit_linear``), quantising to
integers, calibration on held-out rows at the natural rate, thresholds from stated targets, the
card, the artefact. The same data, seed and environment give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from classifiers.calibration import Calibration, fit_calibration
from classifiers.data import (
    ATTRIBUTES,
    DataError,
    Example,
    Floats,
    fingerprint,
    natural_weights,
    read_examples,
    split_examples,
    targets,
)
from classifiers.features import TextFeatures
from classifiers.identities import training_examples
from classifiers.metrics import average_precision, clean_hold_threshold, roc_auc
from classifiers.sources import source
from classifiers.teacher import read_labels

Kind = Literal["abuse", "spam"]
Progress = Callable[[str, float], None]

#: Shares of clean comments that a threshold may hold; the card has a threshold for each.
CLEAN_HOLD_TARGETS = (0.005, 0.01, 0.02, 0.05)
#: With fewer held-out rows of either kind an attribute keeps the plain logistic function.
LEAST_POSITIVES = 5
#: Sources whose comments teach the spam model what ordinary comments look like.
ORDINARY = frozenset({"jigsaw_amodh", "jigsaw_ak", "jigsaw_detoxify", "wiki_cat", "ruddit"})
#: The share of spam that spam scores are calibrated to: a stated guess, for want of natural data.
SPAM_RATE = 0.05


@dataclass(frozen=True)
class Recipe:
    """What can be tuned; the values are those of the table in ``docs/classifier.md``."""

    #: L2 penalty on the scaled weights.
    penalty: float = 0.4
    #: Features in fewer training texts are dropped: they are names, typos and collisions.
    min_documents: int = 3
    #: Pseudo-count of the naive-Bayes log ratio that scales a feature's prior.
    smoothing: float = 5.0
    iterations: int = 120
    #: Weight of the raters' share against the teacher's where both are known.
    raters: float = 0.4
    #: Logits of the teacher are divided by this before they become shares.
    temperature: float = 1.0
    #: Least worth of a text that only the teacher has labelled.
    teacher_weight: float = 0.4


@dataclass(frozen=True)
class Linear:
    """Weights ``(features, attributes)`` and intercepts ``(attributes,)`` before quantising."""

    weights: Floats
    intercept: Floats


def fit_linear(
    matrix: sp.csr_matrix,
    shares: Floats,
    weights: Floats,
    recipe: Recipe,
    *,
    progress: Progress | None = None,
) -> Linear:
    """Fit one logistic regression an attribute on shares of raters.

    A feature's weight has a Gaussian prior whose width is the size of its naive-Bayes log count
    ratio (Wang and Manning 2012, "Baselines and Bigrams", as a prior instead of a feature value):
    what does not tell the classes apart is kept small.

    Args:
        matrix: ``(texts, features)``, already normalised.
        shares: ``(texts, attributes)`` in [0, 1].
        weights: the same shape; 0 where an attribute was not asked.
    """
    documents = np.bincount(matrix.indices, minlength=matrix.shape[1])
    kept = np.flatnonzero(documents >= recipe.min_documents)
    used = matrix[:, kept].astype(np.float64)
    presence = used.copy()
    presence.data = np.ones_like(presence.data)
    fitted = np.zeros((matrix.shape[1], shares.shape[1]))
    intercepts = np.zeros(shares.shape[1])
    for column in range(shares.shape[1]):
        if progress:
            progress("fit", column / shares.shape[1])
        rows = np.flatnonzero(weights[:, column] > 0)
        share, weight = shares[rows, column], weights[rows, column]
        scale = _log_ratio(presence[rows], share, weight, recipe.smoothing)
        inner, intercepts[column] = _fit_one(used[rows], share, weight, scale, recipe)
        fitted[kept, column] = inner
    if progress:
        progress("fit", 1.0)
    return Linear(fitted, intercepts)


def _log_ratio(presence: sp.csr_matrix, share: Floats, weight: Floats, smoothing: float) -> Floats:
    """Size of each feature's log ratio of weighted counts, abusive against clean."""
    abusive = presence.T @ (weight * share) + smoothing
    clean = presence.T @ (weight * (1.0 - share)) + smoothing
    return np.asarray(np.abs(np.log(abusive / abusive.sum() * (clean.sum() / clean))))


def _fit_one(
    matrix: sp.csr_matrix, share: Floats, weight: Floats, scale: Floats, recipe: Recipe
) -> tuple[Floats, float]:
    transposed = matrix.T.tocsr()
    total = weight.sum()
    base = float(np.clip((weight * share).sum() / total, 1e-6, 1 - 1e-6))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        inner, intercept = parameters[:-1], parameters[-1]
        logits = matrix @ (inner * scale) + intercept
        residual = weight * (expit(logits) - share)
        gradient = np.empty_like(parameters)
        gradient[:-1] = scale * (transposed @ residual) + recipe.penalty * inner
        gradient[-1] = residual.sum()
        value = (weight * (np.logaddexp(0.0, logits) - share * logits)).sum()
        return float(value + recipe.penalty / 2 * (inner @ inner)), gradient

    start = np.zeros(matrix.shape[1] + 1)
    start[-1] = np.log(base / (1 - base))
    options = {"maxiter": recipe.iterations, "maxcor": 10}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options)
    return found.x[:-1] * scale, float(found.x[-1])


# ---------------------------------------------------------------- data


@dataclass(frozen=True)
class TrainingSet:
    """Texts to fit on with their targets, and held-out rows to calibrate on."""

    texts: list[str]
    shares: Floats
    weights: Floats
    attributes: tuple[str, ...]
    dev: list[Example]
    dev_weights: Floats
    facts: dict[str, Any]


def gather(
    paths: Sequence[Path],
    *,
    kind: Kind,
    attribute: str,
    teacher_labels: Path | None,
    recipe: Recipe,
) -> TrainingSet:
    """Read, split and weigh the rows that may be trained on.

    Raises:
        DataError: for a file that cannot be read, or without rows of both kinds to learn from.
    """
    rows = [
        row
        for path in paths
        for row in read_examples(path, attribute=attribute)
        if row.use == "train" and row.lang == "en" and row.text.strip()
    ]
    if kind == "spam":
        rows = spam_examples(rows)
    attributes = ("spam",) if kind == "spam" else ATTRIBUTES
    rows = [row for row in rows if any(name in row.labels for name in attributes)]
    parts = split_examples(rows)
    train, dev = parts["train"], parts["dev"]
    if kind == "abuse":
        train = train + training_examples()
    shares, weights = targets(train, attributes)
    asked = [
        j
        for j in range(len(attributes))
        if 0 < (shares[weights[:, j] > 0, j] >= 0.5).sum() < (weights[:, j] > 0).sum()
    ]
    attributes = tuple(attributes[j] for j in asked)
    if not attributes or not dev:
        raise DataError(
            f"{', '.join(map(str, paths))}: too little to train on: {len(train)} training rows, "
            f"{len(dev)} held-out rows, and no attribute with labels of both kinds"
            if not attributes
            else f"{', '.join(map(str, paths))}: no held-out rows to calibrate on"
        )
    shares, weights = shares[:, asked], weights[:, asked]
    labelled = 0
    if teacher_labels is not None and kind == "abuse":
        shares, weights, labelled = blend(train, shares, weights, asked, teacher_labels, recipe)
    facts = {
        "train_rows": len(train),
        "dev_rows": len(dev),
        "test_rows": len(parts["test"]),
        "teacher_labelled_rows": labelled,
        "sources": source_facts(train),
    }
    dev_weights = natural_weights(dev) if kind == "abuse" else spam_weights(dev)
    texts = [row.text for row in train]
    return TrainingSet(texts, shares, weights, attributes, dev, dev_weights, facts)


def blend(
    rows: Sequence[Example],
    shares: Floats,
    weights: Floats,
    columns: Sequence[int],
    path: Path,
    recipe: Recipe,
) -> tuple[Floats, Floats, int]:
    """Mix the raters' shares with the teacher's; the teacher answers all that was not asked."""
    labels = read_labels(path)
    logits = np.full((len(rows), len(ATTRIBUTES)), np.nan)
    for i, row in enumerate(rows):
        found = labels.get(fingerprint(row.text))
        if found is not None:
            logits[i] = found
    taught = np.isfinite(logits[:, :1])
    soft = expit(np.nan_to_num(logits[:, list(columns)]) / recipe.temperature)
    asked = weights > 0
    trust = np.where(asked, recipe.raters, 0.0)
    mixed = np.where(taught, trust * shares + (1 - trust) * soft, shares)
    worth = np.maximum(weights.max(axis=1, keepdims=True), recipe.teacher_weight)
    return mixed, np.where(taught, worth, weights), int(taught.sum())


def source_facts(rows: Sequence[Example]) -> list[dict[str, Any]]:
    """Rows, weight and licence of each source, for the card."""
    names = sorted({row.source for row in rows})
    return [
        {
            "source": name,
            "rows": sum(row.source == name for row in rows),
            "weight": source(name).weight,
            "license": next((row.license for row in rows if row.source == name), ""),
        }
        for name in names
    ]


def spam_examples(rows: Sequence[Example]) -> list[Example]:
    """The spam rows, and ordinary comments as rows that are no spam."""
    spam = [row for row in rows if "spam" in row.labels]
    ordinary = [
        replace(row, labels={"spam": 0.0})
        for row in rows
        if "spam" not in row.labels and row.source in ORDINARY
    ]
    return spam + ordinary


def spam_weights(rows: Sequence[Example]) -> Floats:
    """Weights that bring spam to ``SPAM_RATE``, the stated guess at what a site receives."""
    spam = np.array([row.labels["spam"] >= 0.5 for row in rows])
    share = float(spam.mean())
    if share in (0.0, 1.0):
        return np.ones(len(rows))
    return np.where(spam, SPAM_RATE / share, (1 - SPAM_RATE) / (1 - share))


# ---------------------------------------------------------------- training


def train(
    paths: Sequence[Path],
    output: Path,
    *,
    kind: Kind = "abuse",
    attribute: str = "toxicity",
    teacher_labels: Path | None = None,
    seed: int = 0,
    version: str | None = None,
    progress: Progress | None = None,
    recipe: Recipe | None = None,
) -> dict[str, Any]:
    """Train, calibrate and write an artefact; return its card.

    Raises:
        DataError: as ``gather``.
    """
    recipe = recipe or (Recipe() if kind == "abuse" else SPAM_RECIPE)
    data = gather(
        paths, kind=kind, attribute=attribute, teacher_labels=teacher_labels, recipe=recipe
    )
    features = TextFeatures()
    if progress:
        progress("features", 0.0)
    matrix = features.transform(data.texts)
    if progress:
        progress("features", 1.0)
    linear = fit_linear(matrix, data.shares, data.weights, recipe, progress=progress)
    weights, scale = quantise(linear.weights)
    logits = (features.transform([row.text for row in data.dev]) @ weights) * scale
    logits = np.asarray(logits) + linear.intercept
    calibrations: dict[str, Calibration] = {}
    thresholds: dict[str, dict[str, float]] = {}
    measured: dict[str, Any] = {}
    for column, name in enumerate(data.attributes):
        asked = np.array([name in row.labels for row in data.dev]) & (data.dev_weights > 0)
        shares = np.array([row.labels.get(name, 0.0) for row in data.dev])[asked]
        worth, scores = data.dev_weights[asked], logits[asked, column]
        if (shares >= 0.5).sum() < LEAST_POSITIVES or (shares < 0.5).sum() < LEAST_POSITIVES:
            calibrations[name] = Calibration.identity()
        else:
            calibrations[name] = fit_calibration(scores, shares, worth)
        probabilities = calibrations[name].transform(scores)
        if not (shares < 0.5).any():
            continue
        thresholds[name] = {
            str(target): clean_hold_threshold(shares, probabilities, worth, target)
            for target in CLEAN_HOLD_TARGETS
        }
        measured[name] = {
            "rows": len(shares),
            "positives": int((shares >= 0.5).sum()),
            "roc_auc": roc_auc(shares, probabilities, worth),
            "average_precision": average_precision(shares, probabilities, worth),
        }
    card = {
        "kind": kind,
        "recipe": asdict(recipe),
        "seed": seed,
        "data": data.facts | {"files": [file_fact(path) for path in paths]},
        "teacher_labels": file_fact(teacher_labels) if teacher_labels else None,
        "development": measured,
        "clean_hold_targets": list(CLEAN_HOLD_TARGETS),
        "thresholds": thresholds,
    } | CARD_TEXT[kind]
    return write(
        output,
        features,
        data.attributes,
        weights,
        scale,
        linear.intercept,
        calibrations,
        card,
        version,
    )


def file_fact(path: Path) -> dict[str, str]:
    """A file's name and SHA-256, never its place."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def quantise(weights: Floats) -> tuple[NDArray[np.int16], Floats]:
    """Round weights to 16-bit integers with one scale an attribute."""
    scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / np.iinfo(np.int16).max
    return np.rint(weights / scale).astype(np.int16), scale
