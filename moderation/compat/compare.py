"""Our scores held against those that another service gave the same texts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from ..errors import InvalidError
from ..identifiers import is_credential_id, is_slug
from ..key_settings import change_settings
from ..scales import Scale, fit_scale
from ..tokens import read_credential

if TYPE_CHECKING:
    from classifiers import Scorer

    from ..store import Store

# A guess at what people use; `--threshold` names their own.
THRESHOLDS = (0.5, 0.7, 0.8, 0.9)
# Below this many texts, one for each percent, a fitted scale follows the sample, not the services.
MIN_FOR_SCALE = 100
# What the csv module itself begins with.
_LONGEST_FIELD = 131_072
_TEXT_COLUMNS = ("text", "comment_text", "comment", "content", "body")
# Texts that are scored together, by choice: few enough for the progress bar to move.
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Row:
    """A text and the scores that another service gave it, by our attribute names."""

    line: int
    text: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One of the old thresholds, and ours that selects as many texts.

    `auc`: how well our score tells the texts that `old` selected from the rest; None if it
    selected all or none. `ours` is None if it selected none. `kept`: the share of the texts
    that `old` selected which ours selects too.
    """

    old: float
    queue: float
    ours: float | None
    kept: float | None
    auc: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """How one attribute's scores agree; `spearman` is None if one side is constant."""

    attribute: str
    texts: int
    spearman: float | None
    thresholds: tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`unscored` texts are left out: their language is not supported."""

    model: str
    texts: int
    unscored: int
    agreements: tuple[Agreement, ...]
    scales: Mapping[str, Scale]


def read_rows(file: TextIO, attributes: Sequence[str]) -> list[Row]:
    """Read a CSV with a header: a text column, and one column for each old score.

    A score's column is named like the attribute in any case, Perspective's way or ours, also as
    `perspective_toxicity` or `TOXICITY.score`. An empty cell means "not asked".

    Raises:
        InvalidError: no text column, no score column or two for one attribute, a row that is longer
            or shorter than the header, or a score that is no number in [0, 1].
        csv.Error: a quotation mark is never closed, or a field has more than 131,072 characters.
    """
    # The limit is the process's, and whoever read a table before may have raised it.
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(file, strict=True)
    names = next(reader, [])
    text = next((at for at, name in enumerate(names) if _is_text(name)), None)
    if text is None:
        wanted = ", ".join(_TEXT_COLUMNS)
        raise InvalidError(f"There is no text column; one of {wanted} is needed, commas between.")
    columns = _score_columns(names, attributes)
    rows = []
    for cells in reader:
        if not cells:
            continue
        if len(cells) != len(names):
            raise InvalidError(
                f"Line {reader.line_num} has {len(cells)} fields, the header {len(names)}; "
                "a text with commas must be quoted."
            )
        scores = dict(_scores(cells, names, columns, reader.line_num))
        rows.append(Row(reader.line_num, cells[text], scores))
    return rows


def compare_rows(
    rows: Sequence[Row],
    scorer: Scorer,
    *,
    thresholds: Sequence[float] = THRESHOLDS,
    batches: Iterable[Sequence[Row]] | None = None,
) -> Comparison:
    """Score every text and hold our scores against the old ones, attribute by attribute."""
    ours: dict[str, list[float]] = {}
    theirs: dict[str, list[float]] = {}
    unscored = 0
    for batch in batches or batches_of(rows):
        scored = scorer.score([row.text for row in batch])
        for row, score in zip(batch, scored, strict=True):
            unscored += not score.scores
            for attribute in row.scores.keys() & score.scores.keys():
                ours.setdefault(attribute, []).append(score.scores[attribute])
                theirs.setdefault(attribute, []).append(row.scores[attribute])
    return Comparison(
        model=scorer.version,
        texts=len(rows),
        unscored=unscored,
        agreements=tuple(
            _agreement(name, ours[name], theirs[name], thresholds) for name in sorted(ours)
        ),
        scales={name: fit_scale(ours[name], theirs[name]) for name in sorted(ours)
                if _can_be_fitted(ours[name], theirs[name])},
    )  # fmt: skip


def apply_scales(
    store: Store, site: str, key_id: str, scales: Mapping[str, Scale], *, actor: str, now: int
) -> None:
    """Give a key the fitted scales; those of other attributes stay.

    Raises `NotFoundError` for an unknown key.
    """
    fitted = {attribute: scale.as_json() for attribute, scale in scales.items()}
    change_settings(store, site, key_id, {"scale": fitted}, actor=actor, now=now)


def _is_text(column: str) -> bool:
    return column.strip().lower() in _TEXT_COLUMNS


def _score_columns(names: Sequence[str], attributes: Sequence[str]) -> dict[int, str]:
    """Give the positions of the score columns and the attribute of each."""
    columns: dict[int, str] = {}
    for at, name in enumerate(names):
        attribute = _attribute(name, attributes)
        if attribute is None:
            continue
        if attribute in columns.values():
            raise InvalidError(f"There are two columns for {attribute}; leave one out.")
        columns[at] = attribute
    if not columns:
        raise InvalidError(f"There is no score column; known are {', '.join(attributes)}.")
    return columns


def _attribute(column: str, attributes: Sequence[str]) -> str | None:
    name = re.sub(r"[^a-z]+", "_", column.strip().lower()).strip("_")
    name = name.removeprefix("perspective_").removeprefix("old_")
    name = re.sub(r"(_summaryscore|_score|_value)*$", "", name)
    return name if name in attributes else None


def _scores(
    cells: Sequence[str], names: Sequence[str], columns: Mapping[int, str], line: int
) -> Iterator[tuple[str, float]]:
    for at, attribute in columns.items():
        cell = cells[at].strip()
        if not cell:
            continue
        try:
            value = float(cell)
        except ValueError:
            value = -1.0
        if not 0.0 <= value <= 1.0:
            raise InvalidError(
                f"Line {line}, column {names[at]}: a number between 0 and 1 is needed."
            )
        yield attribute, value


def batches_of(rows: Sequence[Row]) -> list[Sequence[Row]]:
    """Cut the rows into what is scored at once."""
    return [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]


def _can_be_fitted(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return len(ours) >= MIN_FOR_SCALE and len(set(ours)) > 1 and len(set(theirs)) > 1


def _agreement(
    attribute: str, ours: Sequence[float], theirs: Sequence[float], thresholds: Sequence[float]
) -> Agreement:
    mine, old = np.asarray(ours), np.asarray(theirs)
    constant = len(set(ours)) < 2 or len(set(theirs)) < 2
    return Agreement(
        attribute=attribute,
        texts=len(ours),
        spearman=None if constant else float(spearmanr(mine, old).statistic),
        thresholds=tuple(_threshold(mine, old, threshold) for threshold in thresholds),
    )


def _threshold(ours: Any, theirs: Any, old: float) -> Threshold:
    selected = theirs >= old
    count = int(selected.sum())
    if count == 0:
        return Threshold(old, 0.0, None, None, None)
    # The count-th highest of our scores: from there on, as many texts are selected (and those
    # that tie with it).
    threshold = float(np.sort(ours)[-count])
    auc = None if count == len(ours) else float(roc_auc_score(selected, ours))
    kept = float((ours[selected] >= threshold).mean())
    return Threshold(old, count / len(ours), threshold, kept, auc)


def site_and_key(name: str) -> tuple[str, str]:
    """Give site and id of a key that is named whole (`rj_…`) or as `SITE/KEY-ID`.

    Raises `InvalidError` for anything else.
    """
    presented = read_credential(name)
    if presented is not None:
        return presented.site, presented.id
    site, _, key_id = name.partition("/")
    if not is_slug(site) or not is_credential_id(key_id):
        raise InvalidError("A key is named whole (rj_…) or as SITE/KEY-ID.")
    return site, key_id
