"""Train the fast model: one linear logit an attribute, over hashed n-grams of the text.

The steps, in order: read and split (``data``), features (``features``), one penalised logistic
regression an attribute on soft labels (``head``), quantising to integers, calibration on held-out
rows at the natural rate, thresholds from stated targets, the card, the artefact. The same data,
seed and environment give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import joblib
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import expit

from classifiers import contrasts, identities
from classifiers.artefact import SUFFIX, save
from classifiers.attacks import attack
from classifiers.calibration import Calibration, fit_calibration
from classifiers.data import (
    ATTRIBUTES,
    DataError,
    Example,
    Floats,
    fingerprint,
    natural_weights,
    near_duplicate_key,
    read_examples,
    split_examples,
    targets,
)
from classifiers.features import TextFeatures
from classifiers.head import NaiveBayesLogistic
from classifiers.metrics import average_precision, clean_hold_threshold, held_shares, roc_auc
from classifiers.sources import source
from classifiers.teacher import pieces, read_labels

Kind = Literal["abuse", "spam"]
Progress = Callable[[str, float], None]

#: Shares of clean comments that may be held; the card has thresholds for each.
CLEAN_HOLD_TARGETS = (0.005, 0.01, 0.02, 0.05, 0.1)
#: The share of toxicity's threshold that an attribute's own may go down to; 1 where none is named.
#: A threat that is overlooked costs most, and is seldom put in words that raters call toxic.
LEAST_OF_LEAD = {"threat": 0.5}
#: With fewer held-out rows of either kind an attribute keeps the plain logistic function.
LEAST_POSITIVES = 5
#: Attacks that the normaliser does not undo completely, and the least weight of the sources whose
#: comments are disguised by them.
DISGUISES = ("typos", "leet", "stretched", "reversed", "censored")
NEAR_WEIGHT = 1.0
#: Sources whose comments teach the spam model what ordinary comments look like.
ORDINARY = frozenset({"jigsaw_amodh", "jigsaw_ak", "jigsaw_detoxify", "wiki_cat", "ruddit"})
#: The share of spam that spam scores are calibrated to: a stated guess, for want of natural data.
SPAM_RATE = 0.05
#: That rate being a guess, nothing is held or flagged that is likelier no spam than spam.
SPAM_LEAST = 0.5


@dataclass(frozen=True)
class Recipe:
    """What can be tuned; the values are those of the table in ``docs/classifier.md``."""

    #: L2 penalty on the scaled weights.
    penalty: float = 0.4
    #: Features in fewer training texts are dropped: they are names, typos and collisions.
    min_documents: int = 3
    #: Pseudo-count of the naive-Bayes log ratio that scales a feature's prior.
    smoothing: float = 5.0
    iterations: int = 80
    #: Weight of the raters' share against the teacher's where both are known, of sources in the
    #: domain and of others.
    raters: float = 0.8
    raters_elsewhere: float = 0.3
    #: Least worth of a text that only the teacher has labelled.
    teacher_weight: float = 0.4
    #: Weight of a sentence of a longer text, which only the teacher has labelled.
    piece_weight: float = 0.5
    #: Weight of a disguised copy of a comment against the comment itself.
    disguise_weight: float = 0.5


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
    if kind == "abuse":
        train += (
            identities.exchanged_examples(train)
            + identities.training_examples(train)
            + contrasts.training_examples()
        )
    shares, weights = targets(train, attributes)
    texts = [row.text for row in train]
    taught: dict[str, int] = {"rows": 0, "pieces": 0}
    if teacher_labels is not None and kind == "abuse":
        teacher = Teacher(read_labels(teacher_labels), attributes)
        shares, weights, taught["rows"] = blend(train, attributes, shares, weights, teacher, recipe)
        held_out = {near_duplicate_key(row.text) for row in dev + parts["test"]}
        parts_of, part_shares, part_weights = taught_pieces(train, held_out, teacher, recipe)
        texts += parts_of
        shares = np.concatenate([shares, part_shares])
        weights = np.concatenate([weights, part_weights])
        taught["pieces"] = len(parts_of)
    if kind == "abuse":
        copied, disguised = disguised_copies(train)
        texts += disguised
        shares = np.concatenate([shares, shares[copied]])
        weights = np.concatenate([weights, weights[copied] * recipe.disguise_weight])
    facts = {
        "train_rows": len(train),
        "dev_rows": len(dev),
        "test_rows": len(parts["test"]),
        "labelled_by_teacher": taught,
        "sources": source_facts(train),
    }
    dev_weights = natural_weights(dev) if kind == "abuse" else spam_weights(dev)
    return TrainingSet(texts, shares, weights, attributes, dev, dev_weights, facts)


class Teacher:
    """A teacher's soft labels by text, as shares of the given attributes."""

    def __init__(self, labels: Mapping[str, Sequence[float]], attributes: Sequence[str]) -> None:
        self._labels = labels
        self._columns = [ATTRIBUTES.index(name) for name in attributes]

    def __len__(self) -> int:
        return len(self._columns)

    def shares(self, text: str) -> Floats | None:
        """Shares ``(attributes,)``, or None if the teacher has not seen the text."""
        logits = self._labels.get(fingerprint(text))
        return None if logits is None else expit(np.array(logits)[self._columns])


def blend(
    rows: Sequence[Example],
    attributes: Sequence[str],
    shares: Floats,
    weights: Floats,
    teacher: Teacher,
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
        weights[i] = max(weights[i].max(), recipe.teacher_weight)
    return shares, weights, count


def taught_pieces(
    rows: Sequence[Example], held_out: Set[str], teacher: Teacher, recipe: Recipe
) -> tuple[list[str], Floats, Floats]:
    """The sentences of long texts that the teacher has labelled, each once.

    Args:
        held_out: keys of near-duplicates (``data.near_duplicate_key``) that must not be learnt.
    """
    seen = {row.text for row in rows}
    texts: list[str] = []
    shares: list[Floats] = []
    worths: list[float] = []
    for row in rows:
        worth = max(source(row.source).weight, recipe.teacher_weight) * recipe.piece_weight
        for piece in pieces(row.text):
            soft = None if piece in seen else teacher.shares(piece)
            if soft is None or near_duplicate_key(piece) in held_out:
                continue
            seen.add(piece)
            texts.append(piece)
            shares.append(soft)
            worths.append(worth)
    width = len(teacher)
    weights = np.repeat(np.array(worths, dtype=np.float64)[:, None], width, axis=1)
    return texts, np.array(shares, dtype=np.float64).reshape(-1, width), weights


def disguised_copies(rows: Sequence[Example]) -> tuple[list[int], list[str]]:
    """Comments near the domain, each disguised once in one of the ways not wholly undone.

    Returns:
        Numbers of the rows, and the texts that they became.
    """
    copied, texts = [], []
    for i, row in enumerate(rows):
        if source(row.source).weight < NEAR_WEIGHT:
            continue
        name = DISGUISES[int(fingerprint(row.text)[:8], 16) % len(DISGUISES)]
        text = attack(row.text, name)
        if text != row.text:
            copied.append(i)
            texts.append(text)
    return copied, texts


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
    teacher_labels: Path | None = None,
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
    matrix = features.transform(data.texts)
    show("features", 1.0)
    model = fit(matrix, data, recipe, show)
    logits = model.logits(features.transform([row.text for row in data.dev]))
    calibrations = calibrate(data, logits)
    scores = {
        name: calibrations[name].transform(logits[:, column])
        for column, name in enumerate(data.attributes)
    }
    card = CARD_TEXT[kind] | {
        "kind": kind,
        "recipe": asdict(recipe),
        "seed": seed,
        "data": data.facts | {"files": [file_fact(path) for path in paths]},
        "teacher_labels": file_fact(teacher_labels) if teacher_labels else None,
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
    # Features too rare to learn from are left out once, not anew for each attribute.
    documents = np.bincount(matrix.indices, minlength=matrix.shape[1])
    kept = np.flatnonzero(documents >= recipe.min_documents)
    used = matrix[:, kept]

    def fit_one(column: int) -> NaiveBayesLogistic:
        rows = np.flatnonzero(data.weights[:, column] > 0)
        head = NaiveBayesLogistic(
            recipe.penalty, smoothing=recipe.smoothing, max_iter=recipe.iterations
        )
        return head.fit_shares(used[rows], data.shares[rows, column], data.weights[rows, column])

    count = len(data.attributes)
    weights = np.zeros((matrix.shape[1], count), dtype=np.int16)
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
