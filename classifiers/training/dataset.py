"""Gather what the fast model learns from: rows, their shares and weights, and what is added.

Read, split and weigh the labelled rows (``data``, ``sources``); let a teacher answer what raters
were not asked; add sentences written for this project and disguised copies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifiers.data.examples import ATTRIBUTES, Example, read_examples
from classifiers.data.labels import ABUSE_RATE, natural_weights, targets, weights_at_rate
from classifiers.data.sources import is_contrast, source
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.errors import DataError
from classifiers.training import contrast_material
from classifiers.training.augmentation import (
    added_examples,
    disguised_copies,
    is_abusive,
    is_written,
)
from classifiers.training.config import Kind, TrainingConfig
from classifiers.training.mixtures import mixtures
from classifiers.training.teacher_labels import Teachers, pieces, read_labels
from classifiers.types import Floats

#: Sources whose comments teach the spam model what ordinary comments look like.
ORDINARY = frozenset({"jigsaw_amodh", "jigsaw_ak", "jigsaw_detoxify", "wiki_cat", "ruddit"})
#: The share of spam that spam scores are calibrated to: a stated guess, for want of natural data.
SPAM_RATE = 0.05


@dataclass(frozen=True)
class Targets:
    """Texts with the shares of raters to fit and their weights, both ``(texts, attributes)``."""

    texts: list[str]
    shares: Floats
    weights: Floats

    def joined(self, other: Targets) -> Targets:
        """These and, after them, others."""
        return Targets(
            self.texts + other.texts,
            np.concatenate([self.shares, other.shares]),
            np.concatenate([self.weights, other.weights]),
        )


@dataclass(frozen=True)
class TrainingSet:
    """Targets to fit, and held-out rows to calibrate on with their weights ``(dev,)``."""

    targets: Targets
    attributes: tuple[str, ...]
    dev: list[Example]
    dev_weights: Floats
    card_data: dict[str, Any]

    def development(self, attribute: str) -> tuple[NDArray[np.intp], Floats, Floats]:
        """Development rows asked about an attribute: their numbers, shares and weights."""
        asked = np.array([attribute in row.labels for row in self.dev]) & (self.dev_weights > 0)
        rows = np.flatnonzero(asked)
        shares = np.array([self.dev[i].labels[attribute] for i in rows])
        return rows, shares, self.dev_weights[rows]


def build_training_set(
    paths: Sequence[Path],
    *,
    kind: Kind,
    attribute: str,
    teacher_labels: Sequence[Path],
    config: TrainingConfig,
    language: str = "en",
) -> TrainingSet:
    """Read, split and weigh the rows that may be trained on, and add to them.

    Args:
        language: whose rows are learnt from. Only English is added to, but for contrast material.
        kind: spam learns from rows labelled as spam and ordinary comments, without additions.
        attribute: what a plain ``text,label`` table labels.
        teacher_labels: files of soft labels; only abuse has a teacher.

    Raises:
        DataError: for a file that cannot be read, or without rows of both kinds to learn from.
    """
    candidates: tuple[str, ...] = ("spam",) if kind == "spam" else ATTRIBUTES
    rows = _trainable_rows(paths, kind, attribute, language)
    if config.contrast:
        rows += contrast_material.examples(language=language)
    parts = split_examples(row for row in rows if any(name in row.labels for name in candidates))
    natural = [row for row in parts["train"] if not is_written(row)]
    written = [row for row in parts["train"] if is_written(row)]
    # Abuse is calibrated on natural comments alone; for spam they are few and of few kinds.
    dev = [row for row in parts["dev"] if kind == "spam" or not is_written(row)]
    attributes = _learnable(natural, candidates, config.least_positives)
    files = ", ".join(map(str, paths))
    if not attributes:
        raise DataError(
            f"{files}: too little to train on: among {len(natural)} training rows no attribute has "
            "labels of both kinds"
        )
    if not dev:
        raise DataError(f"{files}: too little to train on: no held-out rows to calibrate on")
    by_teacher = {"rows": 0, "pieces": 0, "mixtures": 0}
    train = natural + written
    if kind == "abuse" and language == "en":
        train += added_examples(natural)
    shares, weights = targets(train, attributes)
    weights[[is_contrast(row.source) for row in train]] *= config.contrast_weight
    learnt = Targets([row.text for row in train], shares, weights)
    if teacher_labels and kind == "abuse":
        teacher = Teachers([read_labels(path) for path in teacher_labels], attributes)
        held_out = {near_duplicate_key(row.text) for row in dev + parts["test"]}
        learnt, by_teacher["rows"] = blend(train, learnt, teacher, config)
        for name, text_weights in (
            ("pieces", piece_weights(train, held_out, config)),
            ("mixtures", dict.fromkeys(mixtures(natural, held_out), config.mixture_weight)),
        ):
            more = distilled_texts(text_weights, teacher, seen=learnt.texts)
            learnt = learnt.joined(more)
            by_teacher[name] = len(more.texts)
    if kind == "abuse" and language == "en":
        learnt = learnt.joined(_disguised(train, learnt, config))
    card_data = {
        "train_rows": len(train),
        "dev_rows": len(dev),
        "test_rows": len(parts["test"]),
        "labelled_by_teacher": by_teacher,
        "sources": source_rows(train),
    }
    return TrainingSet(learnt, attributes, dev, _dev_weights(dev, kind, language), card_data)


def _dev_weights(dev: Sequence[Example], kind: Kind, language: str) -> Floats:
    if kind == "spam":
        return weights_at_rate(dev, "spam", SPAM_RATE)
    if language != "en":
        return weights_at_rate(dev, "toxicity", ABUSE_RATE)
    return natural_weights(dev)


def _trainable_rows(
    paths: Sequence[Path], kind: Kind, attribute: str, language: str
) -> list[Example]:
    rows = [
        row
        for path in paths
        for row in read_examples(path, attribute=attribute)
        if row.use == "train" and row.lang == language and row.text.strip()
    ]
    return spam_examples(rows) if kind == "spam" else rows


def _learnable(rows: Sequence[Example], candidates: Sequence[str], least: int) -> tuple[str, ...]:
    """The attributes that so many rows were labelled with and some as without."""
    shares, weights = targets(rows, candidates)
    asked = weights > 0
    positives = (asked & (shares >= 0.5)).sum(axis=0)
    counts = zip(candidates, positives, asked.sum(axis=0), strict=True)
    return tuple(name for name, positive, count in counts if least <= positive < count)


def blend(
    rows: Sequence[Example], learnt: Targets, teacher: Teachers, config: TrainingConfig
) -> tuple[Targets, int]:
    """Mix the raters' shares with the teacher's; the teacher answers all that was not asked.

    A label that was only implied counts as not asked: sources that ask about identity attacks
    alone would else teach that who is named is toxic.

    Returns:
        The mixed targets, and how many rows the teacher has labelled.
    """
    shares, weights, count = learnt.shares.copy(), learnt.weights.copy(), 0
    for i, row in enumerate(rows):
        soft = teacher.shares(row.text)
        if soft is None:
            continue
        count += 1
        in_domain = source(row.source).in_domain
        trust = config.raters if in_domain else config.raters_elsewhere
        trusts = np.array([trust if name in row.labels else 0.0 for name in teacher.attributes])
        shares[i] = trusts * shares[i] + (1.0 - trusts) * soft
        weight = max(weights[i].max(), config.teacher_weight)
        weights[i] = weight * (config.near_weight if in_domain else 1.0)
    return Targets(learnt.texts, shares, weights), count


def piece_weights(
    rows: Sequence[Example], held_out: Set[str], config: TrainingConfig
) -> dict[str, float]:
    """The sentences of long texts, and the weight of each.

    Args:
        held_out: keys of near-duplicates (``splits.near_duplicate_key``) that must not be learnt.
    """
    weights: dict[str, float] = {}
    for row in rows:
        weight = max(source(row.source).weight, config.teacher_weight) * config.piece_weight
        for piece in pieces(row.text):
            if piece not in weights and near_duplicate_key(piece) not in held_out:
                weights[piece] = weight
    return weights


def distilled_texts(
    text_weights: Mapping[str, float], teacher: Teachers, seen: Iterable[str]
) -> Targets:
    """Those of the texts that a teacher has labelled and that are not among the ``seen``."""
    known = set(seen)
    labelled = {
        text: soft
        for text in text_weights
        if text not in known and (soft := teacher.shares(text)) is not None
    }
    width = len(teacher.attributes)
    weights = np.array([text_weights[text] for text in labelled], dtype=np.float64)
    return Targets(
        list(labelled),
        np.array(list(labelled.values()), dtype=np.float64).reshape(-1, width),
        np.repeat(weights[:, None], width, axis=1),
    )


def _disguised(rows: Sequence[Example], learnt: Targets, config: TrainingConfig) -> Targets:
    """Disguised copies of rows, with the targets of what they are copies of."""
    copied, texts = disguised_copies(rows)
    abusive = np.array([is_abusive(rows[i]) for i in copied], dtype=bool)
    factors = np.where(abusive, config.disguise_weight, config.clean_disguise_weight)
    return Targets(texts, learnt.shares[copied], learnt.weights[copied] * factors[:, None])


def source_rows(rows: Sequence[Example]) -> list[dict[str, Any]]:
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
