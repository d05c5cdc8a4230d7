"""Labelled comments, and how they are read from the layouts people have."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classifiers.data.tables import Row, read_rows
from classifiers.errors import DataError

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
    def value_of(column: str, default: str) -> str:
        value = row.values.get(column)
        return default if value is None or value == "" else str(value)

    return Example(
        text=row.text,
        labels=_labels(row, path, attribute),
        id=next((value_of(name, "") for name in ID_COLUMNS if name in row.values), str(row.number)),
        lang=value_of("lang", "en"),
        source=value_of("source", path.name),
        license=value_of("license", ""),
        split=value_of("split", ""),
        use=value_of("use", "train"),
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
