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
from classifiers.data.labels import natural_weights, targets
from classifiers.data.sources import source
from classifiers.data.splits import near_duplicate_key, split_examples
from classifiers.errors import DataError
from classifiers.training.augmentation import added_examples, disguised_copies, is_abusive
from classifiers.training.config import Kind, Recipe
from classifiers.training.mixtures import mixtures
from classifiers.training.teacher_labels import Teachers, pieces, read_labels
from classifiers.types import Floats

#: Sources whose comments teach the spam model what ordinary comments look like.
ORDINARY = frozenset({"jigsaw_amodh", "jigsaw_ak", "jigsaw_detoxify", "wiki_cat", "ruddit"})
#: The share of spam that spam scores are calibrated to: a stated guess, for want of natural data.
SPAM_RATE = 0.05


@dataclass(frozen=True)
class TrainingSet:
    """Texts to fit on with their targets, and held-out rows to calibrate on."""

    texts: list[str]
    shares: Floats
    weights: Floats
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


def gather(
    paths: Sequence[Path],
    *,
    kind: Kind,
    attribute: str,
    teacher_labels: Sequence[Path],
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
    attributes: tuple[str, ...] = ("spam",) if kind == "spam" else ATTRIBUTES
    rows = [row for row in rows if any(name in row.labels for name in attributes)]
    parts = split_examples(rows)
    train, dev = parts["train"], parts["dev"]
    shares, weights = targets(train, attributes)
    yes, asked = (shares >= 0.5) & (weights > 0), weights > 0
    attributes = tuple(
        name
        for name, positives, count in zip(
            attributes, yes.sum(axis=0), asked.sum(axis=0), strict=True
        )
        if 0 < positives < count
    )
    files = ", ".join(map(str, paths))
    if not attributes:
        raise DataError(
            f"{files}: too little to train on: among {len(train)} training rows no attribute has "
            "labels of both kinds"
        )
    if not dev:
        raise DataError(f"{files}: too little to train on: no held-out rows to calibrate on")
    natural = train
    if kind == "abuse":
        train = natural + added_examples(natural)
    shares, weights = targets(train, attributes)
    texts = [row.text for row in train]
    taught: dict[str, int] = {"rows": 0, "pieces": 0, "mixtures": 0}
    if teacher_labels and kind == "abuse":
        teacher = Teachers([read_labels(path) for path in teacher_labels], attributes)
        shares, weights, taught["rows"] = blend(train, attributes, shares, weights, teacher, recipe)
        held_out = {near_duplicate_key(row.text) for row in dev + parts["test"]}
        for kind_of, worths in (
            ("pieces", piece_worths(train, held_out, recipe)),
            ("mixtures", dict.fromkeys(mixtures(natural, held_out), recipe.mixture_weight)),
        ):
            more, more_shares, more_weights = taught_texts(worths, teacher, seen=texts)
            texts += more
            shares = np.concatenate([shares, more_shares])
            weights = np.concatenate([weights, more_weights])
            taught[kind_of] = len(more)
    if kind == "abuse":
        copied, disguised = disguised_copies(train)
        texts += disguised
        abusive = np.array([is_abusive(train[i]) for i in copied], dtype=bool)
        worth = np.where(abusive, recipe.disguise_weight, recipe.clean_disguise_weight)
        shares = np.concatenate([shares, shares[copied]])
        weights = np.concatenate([weights, weights[copied] * worth[:, None]])
    facts = {
        "train_rows": len(train),
        "dev_rows": len(dev),
        "test_rows": len(parts["test"]),
        "labelled_by_teacher": taught,
        "sources": source_facts(train),
    }
    dev_weights = natural_weights(dev) if kind == "abuse" else spam_weights(dev)
    return TrainingSet(texts, shares, weights, attributes, dev, dev_weights, facts)


def blend(
    rows: Sequence[Example],
    attributes: Sequence[str],
    shares: Floats,
    weights: Floats,
    teacher: Teachers,
    recipe: Recipe,
) -> tuple[Floats, Floats, int]:
    """Mix the raters' shares with the teacher's; the teacher answers all that was not asked.

    A label that was only implied counts as not asked: sources that ask about identity attacks
    alone would else teach that who is named is toxic.

    Returns:
        Shares, weights, and how many rows the teacher has labelled.
    """
    shares, weights, count = shares.copy(), weights.copy(), 0
    for i, row in enumerate(rows):
        soft = teacher.shares(row.text)
        if soft is None:
            continue
        count += 1
        near = source(row.source).in_domain
        known = recipe.raters if near else recipe.raters_elsewhere
        trust = np.array([known if name in row.labels else 0.0 for name in attributes])
        shares[i] = trust * shares[i] + (1.0 - trust) * soft
        worth = max(weights[i].max(), recipe.teacher_weight)
        weights[i] = worth * (recipe.near_weight if near else 1.0)
    return shares, weights, count


def piece_worths(rows: Sequence[Example], held_out: Set[str], recipe: Recipe) -> dict[str, float]:
    """The sentences of long texts, and the weight of each.

    Args:
        held_out: keys of near-duplicates (``data.near_duplicate_key``) that must not be learnt.
    """
    worths: dict[str, float] = {}
    for row in rows:
        worth = max(source(row.source).weight, recipe.teacher_weight) * recipe.piece_weight
        for piece in pieces(row.text):
            if piece not in worths and near_duplicate_key(piece) not in held_out:
                worths[piece] = worth
    return worths


def taught_texts(
    worths: Mapping[str, float], teacher: Teachers, seen: Iterable[str]
) -> tuple[list[str], Floats, Floats]:
    """Those of the texts that a teacher has labelled and that are not among the ``seen``.

    Returns:
        Texts, their shares and weights ``(texts, attributes)``.
    """
    known = set(seen)
    labelled = {
        text: soft
        for text in worths
        if text not in known and (soft := teacher.shares(text)) is not None
    }
    width = len(teacher)
    weights = np.array([worths[text] for text in labelled], dtype=np.float64)
    return (
        list(labelled),
        np.array(list(labelled.values()), dtype=np.float64).reshape(-1, width),
        np.repeat(weights[:, None], width, axis=1),
    )


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
