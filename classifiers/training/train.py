"""Train the fast model: one linear logit an attribute, over hashed n-grams of the text.

The steps, in order: the training set (``training_set``), features (``features``), one penalised
logistic regression an attribute on soft labels (``head``), quantising to integers, calibration on
held-out rows at the natural rate, thresholds from stated targets, the card, the artefact. The same
data, seed and environment give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import expit

from classifiers.artefact import SUFFIX, save
from classifiers.calibration import Calibration
from classifiers.errors import DataError
from classifiers.metrics import average_precision, clean_hold_threshold, held_shares, roc_auc
from classifiers.training.calibrate import fit_calibration
from classifiers.training.dataset import Kind, Recipe, TrainingSet, gather
from classifiers.training.head import NaiveBayesLogistic
from classifiers.training.transformer import TextFeatures
from classifiers.types import Floats, Progress

#: Shares of clean comments that may be held; the card has thresholds for each.
CLEAN_HOLD_TARGETS = (0.005, 0.01, 0.02, 0.05, 0.1)
#: The share of toxicity's threshold that an attribute's own may go down to; 1 where none is named.
#: A threat that is overlooked costs most, and is seldom put in words that raters call toxic.
LEAST_OF_LEAD = {"threat": 0.5}
#: With fewer held-out rows of either kind an attribute keeps the plain logistic function.
LEAST_POSITIVES = 5
#: The rate of spam being a guess, nothing is held or flagged that is likelier no spam than spam.
SPAM_LEAST = 0.5


@dataclass(frozen=True)
class Quantised:
    """Weights ``(features, attributes)`` as integers, with a scale and intercept an attribute."""

    weights: NDArray[np.int16]
    scale: Floats
    intercept: Floats

    def logits(self, matrix: sp.csr_matrix) -> Floats:
        """Logits ``(texts, attributes)`` of rows of features."""
        return np.asarray((matrix.astype(np.float64) @ self.weights) * self.scale + self.intercept)


def train(
    paths: Sequence[Path],
    output: Path,
    *,
    kind: Kind = "abuse",
    attribute: str = "toxicity",
    teacher_labels: Sequence[Path] = (),
    seed: int = 0,
    version: str | None = None,
    progress: Progress | None = None,
    recipe: Recipe | None = None,
) -> dict[str, Any]:
    """Train, calibrate and write an artefact; return its card.

    Args:
        seed: stands in the card; nothing here is drawn at random, so every seed gives one model.

    Raises:
        DataError: for a file that cannot be read, for too little to learn from, or for a
            ``version`` (or file name) that names no model.
    """
    show = progress or (lambda stage, fraction: None)
    recipe = recipe or RECIPES[kind]
    name, revision = model_version(version or output.name.removesuffix(SUFFIX))
    data = gather(
        paths, kind=kind, attribute=attribute, teacher_labels=teacher_labels, recipe=recipe
    )
    features = TextFeatures()
    show("features", 0.0)
    model = fit(features.transform(data.texts), data, recipe, show)
    logits = model.logits(features.transform([row.text for row in data.dev]))
    calibrations = calibrate(data, logits)
    scores = {
        name: expit(calibrations[name].logit(logits[:, column]))
        for column, name in enumerate(data.attributes)
    }
    card = CARD_TEXT[kind] | {
        "kind": kind,
        "recipe": asdict(recipe),
        "seed": seed,
        "data": data.facts | {"files": [file_fact(path) for path in paths]},
        "teacher_labels": [file_fact(path) for path in teacher_labels],
        "development": measure(data, scores),
        "thresholds": thresholds(data, scores),
    }
    return save(
        output,
        name=name,
        revision=revision,
        attributes=data.attributes,
        weights=model.weights,
        scale=model.scale,
        intercept=model.intercept,
        calibrations=calibrations,
        card=card,
    )


def model_version(version: str) -> tuple[str, int]:
    """Read name and revision from ``abuse-en@2`` or a file's name, ``abuse-en-2``.

    Raises:
        DataError: for anything else.
    """
    match = re.fullmatch(r"([a-z][a-z0-9-]{0,39}?)[@-]([1-9][0-9]{0,8})", version)
    if match is None:
        raise DataError(f"{version!r} is no version of a model; name it as in abuse-en@2")
    return match[1], int(match[2])


def fit(matrix: sp.csr_matrix, data: TrainingSet, recipe: Recipe, show: Progress) -> Quantised:
    """Fit one head an attribute on what was asked, and round its weights to 16 bits."""
    show("features", 1.0)
    # Features too rare to learn from are left out once, not anew for each attribute.
    width = matrix.shape[1]
    documents = np.bincount(matrix.indices, minlength=width)
    kept = np.flatnonzero(documents >= recipe.min_documents)
    used = matrix[:, kept].astype(np.float64)
    del matrix  # It holds some gigabytes.

    def fit_one(column: int) -> NaiveBayesLogistic:
        head = NaiveBayesLogistic(
            recipe.penalty, smoothing=recipe.smoothing, max_iter=recipe.iterations
        )
        # Rows that were not asked weigh nothing, which needs no copy of the others.
        return head.fit_shares(used, data.shares[:, column], data.weights[:, column])

    count = len(data.attributes)
    weights = np.zeros((width, count), dtype=np.int16)
    scale, intercept = np.ones(count), np.zeros(count)
    # Threads: the sums over sparse rows run outside the interpreter's lock.
    jobs = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    for column, head in enumerate(jobs(joblib.delayed(fit_one)(each) for each in range(count))):
        show("fit", column / count)
        scale[column] = max(float(np.abs(head.coef_).max()), 1e-9) / np.iinfo(np.int16).max
        weights[kept, column] = np.rint(head.coef_ / scale[column])
        intercept[column] = head.intercept_
    show("fit", 1.0)
    return Quantised(weights, scale, intercept)


def _asked(data: TrainingSet, name: str) -> tuple[NDArray[np.intp], Floats, Floats]:
    """Development rows asked about an attribute: their numbers, shares and weights."""
    rows = np.flatnonzero(
        np.array([name in row.labels for row in data.dev]) & (data.dev_weights > 0)
    )
    shares = np.array([data.dev[i].labels[name] for i in rows])
    return rows, shares, data.dev_weights[rows]


def calibrate(data: TrainingSet, logits: Floats) -> dict[str, Calibration]:
    """Fit each attribute's map from logit to share; the plain logistic one where rows are few."""
    maps = {}
    for column, name in enumerate(data.attributes):
        rows, shares, weights = _asked(data, name)
        few = min((shares >= 0.5).sum(), (shares < 0.5).sum()) < LEAST_POSITIVES
        maps[name] = (
            Calibration.identity()
            if few
            else fit_calibration(logits[rows, column], shares, weights)
        )
    return maps


def measure(data: TrainingSet, scores: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    """Figures on the development rows, which calibration saw; `evaluate` measures on test rows."""
    found = {}
    for name, values in scores.items():
        rows, shares, weights = _asked(data, name)
        found[name] = {
            "rows": len(rows),
            "positives": int((shares >= 0.5).sum()),
            "roc_auc": round(roc_auc(shares, values[rows], weights), 4),
            "average_precision": round(average_precision(shares, values[rows], weights), 4),
        }
    return {name: row for name, row in found.items() if row["positives"]}


def thresholds(data: TrainingSet, scores: Mapping[str, Floats]) -> dict[str, dict[str, float]]:
    """For each attribute and target: the score from which a comment is held.

    A target is the share of clean comments that all of a model's attributes together may hold.
    Comments are clean if their raters say so of the model's first attribute, toxicity or spam.
    Each attribute gets an equal share of clean comments, as large as keeps all of them together
    within the target; and none holds a comment on fewer raters than ``LEAST_OF_LEAD`` of what the
    first one asks for, nor spam on less than ``SPAM_LEAST``.
    """
    lead = data.attributes[0]
    rows, shares, weights = _asked(data, lead)
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


def file_fact(path: Path) -> dict[str, str]:
    """A file's name and SHA-256, never its place."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


RECIPES: Mapping[Kind, Recipe] = {
    "abuse": Recipe(),
    # Spam texts are few and short: a stronger pull to zero keeps single words from deciding.
    "spam": Recipe(penalty=1.0, min_documents=2),
}

#: What a card says in words, by kind of model.
CARD_TEXT: dict[Kind, dict[str, Any]] = {
    "abuse": {
        "license": "MIT; the sources of the training data and their licences are under `data`",
        "intended_use": (
            "Order a moderator's queue and hold likely abuse in English comments under articles "
            "until a person has looked. A score is the expected share of raters who would say yes."
        ),
        "not_for": [
            "deciding about a person, an account or an employment",
            "rejecting a comment without a person who can overturn it",
            "any language but English",
            "private messages, or the surveillance of a group",
        ],
        "fails_on": [
            "quoted, reported and negated abuse, and replies against it: the words are the same",
            "irony, allusion, and slurs that are newer than its data",
            "reclaimed words and dialects: its tweets carry the known bias against African "
            "American English",
            "abuse that is only understood with the comment it answers",
        ],
    },
    "spam": {
        "license": "MIT; the sources of the training data and their licences are under `data`",
        "intended_use": (
            "Find advertising and fraud in English comments. It learnt from short messages and "
            "comments under five videos, so its figures on other sites may be lower."
        ),
        "not_for": ["rejecting a comment without a person who can overturn it"],
        "fails_on": [
            "spam without links or offers, and subjects newer than its data",
            "honest comments about prices, prizes and subscriptions",
        ],
    },
}
