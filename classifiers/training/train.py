"""Train the fast model: one linear logit an attribute, over hashed n-grams of the text.

The steps, in order: the training set (``dataset``), features (``transformer``), one penalised
logistic regression an attribute on soft labels (``head``), quantising to integers, calibration on
held-out rows at the natural rate (``calibrate``), thresholds from stated targets (``thresholds``),
the card (``card``), the artefact. The same data and environment give the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import expit

from classifiers.artefact import save
from classifiers.errors import DataError
from classifiers.model_file import SUFFIX
from classifiers.training.calibrate import calibrate
from classifiers.training.card import card_text, development_figures, file_digest
from classifiers.training.config import Kind, TrainingConfig, config_of
from classifiers.training.dataset import Targets, build_training_set
from classifiers.training.head import NaiveBayesLogistic
from classifiers.training.thresholds import thresholds
from classifiers.training.transformer import TextFeatures
from classifiers.types import Floats, Progress


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
    config: TrainingConfig | None = None,
    language: str = "en",
) -> dict[str, Any]:
    """Train, calibrate and write an artefact; return its card.

    Args:
        attribute: what a plain ``text,label`` table labels.
        teacher_labels: files of soft labels (``teacher_labels``).
        language: whose comments are learnt from, an ISO 639-1 code; the model scores no other.
        seed: is written into the card; nothing is drawn at random, so it changes nothing else.
        version: name and revision of the model; those of the file's name if not given.

    Raises:
        DataError: for a file that cannot be read, for too little to learn from, or for a
            ``version`` (or file name) that names no model.
    """
    if kind == "spam" and language != "en":
        raise DataError("spam is learnt in English only: other languages lack ordinary comments")
    show = progress or (lambda stage, fraction: None)
    config = config or config_of(kind, language)
    name, revision = model_version(version or output.name.removesuffix(SUFFIX))
    data = build_training_set(
        paths,
        kind=kind,
        attribute=attribute,
        teacher_labels=teacher_labels,
        config=config,
        language=language,
    )
    features = TextFeatures()
    show("features", 0.0)
    model = fit(features.transform(data.targets.texts), data.targets, config, show)
    logits = model.logits(features.transform([row.text for row in data.dev]))
    calibrations = calibrate(data, logits)
    scores = {
        name: expit(calibrations[name].logit(logits[:, column]))
        for column, name in enumerate(data.attributes)
    }
    card = card_text(kind, language) | {
        "kind": kind,
        "recipe": asdict(config),
        "seed": seed,
        "data": data.card_data | {"files": [file_digest(path) for path in paths]},
        "teacher_labels": [file_digest(path) for path in teacher_labels],
        "development": development_figures(data, scores),
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
        languages=(language,),
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


def fit(
    matrix: sp.csr_matrix, learnt: Targets, config: TrainingConfig, show: Progress
) -> Quantised:
    """Fit one head an attribute on what was asked, and round its weights to 16 bits.

    Args:
        matrix: features of the texts to learn from, ``(texts, features)``.
    """
    show("features", 1.0)
    # Features too rare to learn from are left out once, not anew for each attribute.
    width = matrix.shape[1]
    documents = np.bincount(matrix.indices, minlength=width)
    frequent = np.flatnonzero(documents >= config.min_documents)
    used = matrix[:, frequent].astype(np.float64)
    del matrix  # It holds some gigabytes.

    def fit_one(column: int) -> NaiveBayesLogistic:
        head = NaiveBayesLogistic(
            config.penalty, smoothing=config.smoothing, max_iter=config.iterations
        )
        # Rows that were not asked weigh nothing, which needs no copy of the others.
        return head.fit_shares(used, learnt.shares[:, column], learnt.weights[:, column])

    count = learnt.shares.shape[1]
    weights = np.zeros((width, count), dtype=np.int16)
    scale, intercept = np.ones(count), np.zeros(count)
    # Threads: the sums over sparse rows run outside the interpreter's lock.
    jobs = joblib.Parallel(n_jobs=-1, prefer="threads", return_as="generator")
    for column, head in enumerate(jobs(joblib.delayed(fit_one)(each) for each in range(count))):
        show("fit", column / count)
        scale[column] = max(float(np.abs(head.coef_).max()), 1e-9) / np.iinfo(np.int16).max
        weights[frequent, column] = np.rint(head.coef_ / scale[column])
        intercept[column] = head.intercept_
    show("fit", 1.0)
    return Quantised(weights, scale, intercept)
