"""A small model trained on sentences of our own, for tests that do not depend on quality."""

from __future__ import annotations

import atexit
import os
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from classifiers import artefact
from classifiers.calibration import Calibration
from classifiers.model import LinearScorer
from classifiers.training.transformer import TextFeatures

RUDE = (
    "you are stupid",
    "what an idiot you are",
    "shut up you moron",
    "only a stupid fool writes this",
    "you idiot, nobody likes you",
    "stupid people like you ruin it",
)
THREATS = ("i will kill you", "we will find you and hurt you", "you will die for this")
KIND = (
    "thank you for this article",
    "i disagree with the second point",
    "the weather was lovely on sunday",
    "you are right about the budget",
    "nobody likes long meetings",
    "what a fine answer, thank you",
    "we will find a way to pay for it",
    "i will read this again",
    "people like this bridge",
)


def write(
    path: Path,
    *,
    name: str = "tiny-en",
    revision: int = 1,
    card: dict[str, Any] | None = None,
    languages: tuple[str, ...] = ("en",),
) -> dict[str, Any]:
    """Train on the sentences above and write the artefact; return its card."""
    texts = [*RUDE, *THREATS, *KIND]
    labels = {
        "insult": [1] * len(RUDE) + [0] * (len(THREATS) + len(KIND)),
        "threat": [0] * len(RUDE) + [1] * len(THREATS) + [0] * len(KIND),
    }
    features = TextFeatures()
    matrix = features.transform(texts)
    # A few thousand of the features occur at all; the others' weights stay zero.
    used = np.unique(matrix.indices)
    weights = np.zeros((features.n_features, len(labels)))
    intercepts = []
    for column, target in enumerate(labels.values()):
        fitted = LogisticRegression(C=100.0).fit(matrix[:, used], target)
        weights[used, column] = fitted.coef_[0]
        intercepts.append(fitted.intercept_[0])
    scale = np.abs(weights).max(axis=0) / 32767
    return artefact.save(
        path,
        name=name,
        revision=revision,
        attributes=list(labels),
        weights=np.rint(weights / scale).astype(np.int16),
        scale=scale,
        intercept=np.array(intercepts),
        calibrations={
            "insult": Calibration(np.array([-4.0, 0.0, 3.0]), np.array([-5.0, -0.5, 4.0])),
            "threat": Calibration.identity(),
        },
        card=card or {"licences": ["MIT"], "thresholds": {"insult": {"0.02": 0.5}}},
        languages=languages,
    )


@cache
def tiny_path() -> Path:
    """The file of the tiny model, made once a test run and gone with it."""
    folder = Path(mkdtemp(prefix="tiny-model-"))
    atexit.register(drop, folder, os.getpid())
    path = folder / "tiny-en-1.rejoinder"
    write(path)
    return path


def drop(folder: Path, owner: int) -> None:
    """Remove a folder of the test run, unless it is asked by one of its children."""
    # A child that was forked by the test run ends before it.
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def tiny_scorer() -> LinearScorer:
    """The tiny model, loaded."""
    return LinearScorer([artefact.load(tiny_path())])
