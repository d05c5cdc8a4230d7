"""What a model's card says: its use and limits in words, its files, its development figures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classifiers.data.labels import ABUSE_RATE
from classifiers.metrics import average_precision, roc_auc
from classifiers.training.config import Kind
from classifiers.training.dataset import TrainingSet
from classifiers.types import Floats

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

#: What the card of an abuse model says of itself where it is not an English one.
_OTHER_LANGUAGE: dict[str, Any] = {
    "intended_use": (
        "Order a moderator's queue and hold likely abuse in {language} comments until a person has "
        "looked. It learnt from one source of posts, so it finds less than the English model does. "
        "A score is the expected share of raters who would say yes, if {rate:.0%} of what is "
        "posted is abuse."
    ),
    "fails_on": [
        "quoted, reported and negated abuse, and replies against it: the words are the same",
        "irony, allusion, dialect, and words that are newer than its data",
        "abuse that is only understood with the comment it answers",
        "subjects that its source is not about",
    ],
}


def card_text(kind: Kind, language: str) -> dict[str, Any]:
    """What the card of a kind of model says in words, in the language of the comments it scores."""
    text = CARD_TEXT[kind]
    if language == "en":
        return text
    others = [
        "any language but its own" if "but English" in use else use for use in text["not_for"]
    ]
    intended = _OTHER_LANGUAGE["intended_use"].format(language=language, rate=ABUSE_RATE)
    return text | _OTHER_LANGUAGE | {"intended_use": intended, "not_for": others}


def file_digest(path: Path) -> dict[str, str]:
    """A file's name and SHA-256, never its folder."""
    return {"name": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def development_figures(
    data: TrainingSet, scores: Mapping[str, Floats]
) -> dict[str, dict[str, float]]:
    """Figures on the development rows, which calibration saw; evaluation measures on test rows."""
    figures = {}
    for name, values in scores.items():
        rows, shares, weights = data.development(name)
        figures[name] = {
            "rows": len(rows),
            "positives": int((shares >= 0.5).sum()),
            "roc_auc": round(roc_auc(shares, values[rows], weights), 4),
            "average_precision": round(average_precision(shares, values[rows], weights), 4),
        }
    return {name: row for name, row in figures.items() if row["positives"]}
