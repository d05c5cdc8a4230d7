"""Read labelled comments from the layouts people have, and split them without leaks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from classifiers.data.sources import IMPLIES_TOXICITY, source
from classifiers.data.tables import Row, read_rows
from classifiers.errors import DataError
from classifiers.types import Floats

#: The attributes of the abuse model, in the order of its columns.
ATTRIBUTES = (
    "toxicity",
    "severe_toxicity",
    "profanity",
    "insult",
    "threat",
    "identity_attack",
)
KNOWN_ATTRIBUTES = (*ATTRIBUTES, "spam")

#: Column names of Jigsaw 2018 (``toxic``, ``obscene`` ...) and Civil Comments (``target`` ...).
COLUMN_NAMES: Mapping[str, str] = {
    "toxic": "toxicity",
    "toxicity": "toxicity",
    "target": "toxicity",
    "severe_toxic": "severe_toxicity",
    "severe_toxicity": "severe_toxicity",
    "obscene": "profanity",
    "profanity": "profanity",
    "insult": "insult",
    "threat": "threat",
    "identity_hate": "identity_attack",
    "identity_attack": "identity_attack",
    "spam": "spam",
}
ID_COLUMNS = ("id", "comment_id")

#: Words that a ``text,label`` table uses for yes and no.
LABEL_WORDS: Mapping[str, float] = {
    "1": 1.0,
    "0": 0.0,
    "true": 1.0,
    "false": 0.0,
    "yes": 1.0,
    "no": 0.0,
    "toxic": 1.0,
    "clean": 0.0,
    "spam": 1.0,
    "ham": 0.0,
    "y": 1.0,
    "n": 0.0,
    "t": 1.0,
    "f": 0.0,
    "abusive": 1.0,
    "offensive": 1.0,
    "non-toxic": 0.0,
    "non_toxic": 0.0,
    "nontoxic": 0.0,
    "not toxic": 0.0,
    "not spam": 0.0,
}
NEAR_DUPLICATE_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Example:
    """One comment with what its raters said; a missing attribute was not asked.

    ``split`` is what its file calls it, ``""`` where that says nothing; ``use`` other than
    ``train`` keeps a row out of training.
    """

    text: str
    labels: Mapping[str, float] = field(default_factory=dict)
    id: str = ""
    lang: str = "en"
    source: str = ""
    license: str = ""
    split: str = ""
    use: str = "train"
    identities: tuple[str, ...] = ()


def fingerprint(text: str) -> str:
    """Name a text by its hash (32 hex digits), the key of a teacher's label."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def near_duplicate_key(text: str) -> str:
    """The first 60 letters in lower case: equal keys are near-duplicates."""
    letters: list[str] = []
    for character in text:
        if character.isalpha():
            letters.append(character.lower())
            if len(letters) == NEAR_DUPLICATE_LETTERS:
                break
    return "".join(letters)


# ---------------------------------------------------------------- reading


def read_examples(path: str | Path, *, attribute: str = "toxicity") -> Iterator[Example]:
    """Yield the comments of a file: JSON lines or a table, gzipped or not (``tables``).

    Labels are found by name: in the object ``labels`` of a JSON line, else in the columns of
    Jigsaw 2018 (``toxic``, ``obscene`` ...) and Civil Comments (``target`` ...), else in ``label``,
    which is read as ``attribute``.

    Raises:
        DataError: for a missing column, a label outside [0, 1], bad JSON or a broken gzip, with
            the file and line.
    """
    path = Path(path)
    if attribute not in KNOWN_ATTRIBUTES:
        raise DataError(f"unknown attribute {attribute!r}: one of {', '.join(KNOWN_ATTRIBUTES)}")
    try:
        with path.open("rb") as raw:
            empty = True
            for row in read_rows(raw, str(path)):
                empty = False
                yield _example(row, path, attribute)
        if empty:
            raise DataError(f"{path}: the file is empty, or has no comment below its header")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error


def _example(row: Row, path: Path, attribute: str) -> Example:
    def said(column: str, otherwise: str) -> str:
        value = row.values.get(column)
        return otherwise if value is None or value == "" else str(value)

    return Example(
        text=row.text,
        labels=_labels(row, path, attribute),
        id=next((said(name, "") for name in ID_COLUMNS if name in row.values), str(row.number)),
        lang=said("lang", "en"),
        source=said("source", path.name),
        license=said("license", ""),
        split=said("split", ""),
        use=said("use", "train"),
        identities=_identities(row),
    )


def _labels(row: Row, path: Path, attribute: str) -> dict[str, float]:
    labels = row.values.get("labels")
    if isinstance(labels, dict):
        named = {COLUMN_NAMES.get(str(name), str(name)): value for name, value in labels.items()}
    elif labels is not None and not row.in_table:
        raise DataError(f"{row.where}: 'labels' must be an object of attribute: share")
    else:
        columns = [name for name in COLUMN_NAMES if name in row.values]
        named = {COLUMN_NAMES[name]: row.values[name] for name in columns}
        if len(named) < len(columns):
            raise DataError(
                f"{row.where}: several columns for one attribute among {', '.join(columns)}"
            )
        if not named and "label" in row.values:
            named = {attribute: row.values["label"]}
        if not named and row.in_table:
            raise DataError(
                f"{path}: no label column; the header needs 'label' or one of "
                f"{', '.join(COLUMN_NAMES)}, it has: {', '.join(row.values)}"
            )
    return {
        name: _share(value, row.where, name)
        for name, value in named.items()
        if not _not_asked(value)
    }


def _not_asked(value: object) -> bool:
    """Whether a label is left open, as in the test rows of Jigsaw, which say -1."""
    return value is None or (isinstance(value, str) and value.strip() in {"", "-1"})


def _identities(row: Row) -> tuple[str, ...]:
    words = row.values.get("identities")
    if words is None:
        return tuple(
            name for name in row.values if name in CIVIL_IDENTITIES and _mentions(row, name)
        )
    if not isinstance(words, list):
        raise DataError(f"{row.where}: 'identities' must be a list of words")
    return tuple(map(str, words))


#: The identity columns of Civil Comments with enough annotations to measure on.
CIVIL_IDENTITIES = frozenset(
    {
        "asian",
        "atheist",
        "bisexual",
        "black",
        "buddhist",
        "christian",
        "female",
        "heterosexual",
        "hindu",
        "homosexual_gay_or_lesbian",
        "jewish",
        "latino",
        "male",
        "muslim",
        "psychiatric_or_mental_illness",
        "transgender",
        "white",
    }
)


def _mentions(row: Row, name: str) -> bool:
    value = row.values[name]
    try:
        return float(str(value)) >= 0.5
    except ValueError:
        return str(value).strip().lower() == "true"


def _share(value: object, where: str, name: str) -> float:
    """Read one label as a share of raters; raise where it is not in [0, 1]."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in LABEL_WORDS:
            return LABEL_WORDS[word]
        # Spreadsheets of many countries write 0,5.
        value = word.replace(",", ".") if word.count(",") == 1 else word
    elif not isinstance(value, bool | int | float):
        raise DataError(f"{where}: {name} is {value!r}, not a share of raters")
    try:
        number = float(value)
    except ValueError:
        raise DataError(f"{where}: {name} is {value!r}, not a share of raters") from None
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and 0.0 <= number <= 1.0):
        raise DataError(f"{where}: {name} is {value!r:.40}, outside [0, 1]")
    return number


# ---------------------------------------------------------------- splitting


def held_out_split(example: Example) -> str:
    """Place a row in ``train``, ``dev`` or ``test`` by its near-duplicate group.

    A row that came as a test row stays one; of the others each source's ``held_out`` shares are
    taken by a hash of the group. A development split that a source came with is not kept.
    """
    if example.split == "test":
        return "test"
    dev, test = source(example.source).held_out
    digest = hashlib.blake2b(near_duplicate_key(example.text).encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2**64
    return "dev" if place < dev else "test" if place < dev + test else "train"


def split_examples(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Split into ``train``, ``dev`` and ``test`` so that no near-duplicate crosses over.

    A training row whose key is held out anywhere, or a development row whose key is in the test
    rows, is dropped. Keys under 20 letters are compared in full like any other: short repeated
    phrases are then measured, never learnt by heart.
    """
    parts: dict[str, list[Example]] = {"train": [], "dev": [], "test": []}
    for example in examples:
        where = held_out_split(example)
        parts[where].append(replace(example, split=where))
    taken: set[str] = set()
    for name in ("test", "dev", "train"):
        keyed = [(near_duplicate_key(row.text), row) for row in parts[name]]
        parts[name] = [row for key, row in keyed if not key or key not in taken]
        taken.update(key for key, _ in keyed)
    return parts


# ---------------------------------------------------------------- labels


def targets(
    examples: Sequence[Example], attributes: Sequence[str] = ATTRIBUTES
) -> tuple[Floats, Floats]:
    """Turn examples into training targets.

    Returns:
        ``shares`` and ``weights``, both ``(len(examples), len(attributes))``; a weight of 0 marks
        a label that was not asked. Weights carry the source's worth (``classifiers.data.sources``).
    """
    shares = np.zeros((len(examples), len(attributes)))
    weights = np.zeros_like(shares)
    for i, example in enumerate(examples):
        row = source(example.source)
        labels = dict(example.labels)
        worth = dict.fromkeys(labels, row.weight)
        if example.source == "ruddit" and "toxicity" in labels:
            labels["toxicity"] = ruddit_share(labels["toxicity"])
        if (
            example.source in IMPLIES_TOXICITY
            and "toxicity" not in labels
            and labels.get("identity_attack", 0.0) >= 0.5
        ):
            labels["toxicity"] = 1.0
            worth["toxicity"] = row.weight / 2
        for j, name in enumerate(attributes):
            if name in labels:
                shares[i, j] = labels[name]
                weights[i, j] = worth[name] * (row.negatives if labels[name] < 0.5 else 1.0)
    return shares, weights


def ruddit_share(score: float) -> float:
    """Map Ruddit's rescaled best-worst score to a share of raters.

    The score ranks comments and is no share: its neutral comments lie near 0.45 and its plainly
    abusive ones above 0.8, so that interval is stretched over [0, 1].
    """
    return min(1.0, max(0.0, (score - 0.45) / 0.35))


def natural_weights(examples: Sequence[Example]) -> Floats:
    """Weights ``(len(examples),)`` that bring over-sampled in-domain rows to the natural rate.

    The rows of the in-domain sources without an intercept of their own are taken as the natural
    mix of clean, toxic and severely toxic comments; each other in-domain source is weighted to
    that mix. Rows of other sources get 0, or all rows 1 if there is no natural source among them.
    """

    def stratum(example: Example) -> int:
        if example.labels.get("severe_toxicity", 0.0) >= 0.5:
            return 2
        return int(example.labels.get("toxicity", 0.0) >= 0.5)

    strata = np.array([stratum(row) for row in examples], dtype=np.int64)
    names = np.array([row.source for row in examples])
    domain = np.array([source(name).in_domain for name in names], dtype=bool)
    natural = domain & np.array([not source(name).intercept for name in names], dtype=bool)
    if not natural.any():
        return np.ones(len(examples))
    toxic = float(np.mean(strata[natural] > 0))
    asked = np.array(["severe_toxicity" in row.labels for row in examples], dtype=bool)
    graded = strata[natural & asked & (strata > 0)]
    severe_of_toxic = float(np.mean(graded == 2)) if len(graded) else 0.0
    wanted = np.array([1 - toxic, toxic * (1 - severe_of_toxic), toxic * severe_of_toxic])
    weights = np.where(natural, 1.0, 0.0)
    for name in np.unique(names[domain & ~natural]):
        here = np.flatnonzero(names == name)
        shares = np.bincount(strata[here], minlength=3) / len(here)
        factor = np.divide(wanted, shares, out=np.zeros(3), where=shares > 0)
        total = float(factor @ shares)
        # A source without any comment of the natural mix has nothing to say of it.
        weights[here] = factor[strata[here]] / total if total else 0.0
    return weights
