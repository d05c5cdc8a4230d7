"""The soft labels of a teacher: their file, how several are joined, the parts of texts they name.

A file has one line a text, ``{"text": <fingerprint>, "logits": [...]}``, as
``python -m classifiers.training.teacher label`` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.special import expit

from classifiers.data.examples import ATTRIBUTES, fingerprint
from classifiers.errors import DataError
from classifiers.sentences import sentences
from classifiers.types import Floats

#: Words after which a long sentence is cut, and the fewest that say enough to be labelled.
PIECE_WORDS = 24
MIN_WORDS = 3


def read_labels(path: str | Path) -> dict[str, list[float]]:
    """Read a file of teacher's labels: fingerprint of the text → logits in ``ATTRIBUTES`` order.

    Raises:
        DataError: for a line that is not such a label; a last line cut short by a kill is skipped.
    """
    labels: dict[str, list[float]] = {}
    lines = Path(path).read_text().splitlines()
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            key, logits = str(row["text"]), [float(value) for value in row["logits"]]
        except (ValueError, KeyError, TypeError) as error:
            if number == len(lines):
                break
            raise DataError(f"{path}, line {number}: not a teacher's label ({error})") from error
        if len(logits) != len(ATTRIBUTES):
            raise DataError(f"{path}, line {number}: {len(logits)} logits, not {len(ATTRIBUTES)}")
        labels[key] = logits
    return labels


class Teachers:
    """Soft labels by text, as shares of the given attributes: the mean of the teachers' logits."""

    def __init__(
        self, labels: Sequence[Mapping[str, Sequence[float]]], attributes: Sequence[str]
    ) -> None:
        """Join label files, each by fingerprint as ``read_labels`` gives it."""
        self.attributes = tuple(attributes)
        self._labels = labels
        self._columns = [ATTRIBUTES.index(name) for name in attributes]

    def shares(self, text: str) -> Floats | None:
        """Shares ``(attributes,)``, or None if no teacher has labelled the text."""
        key = fingerprint(text)
        logits = [labels[key] for labels in self._labels if key in labels]
        return expit(np.mean(logits, axis=0)[self._columns]) if logits else None


def pieces(text: str) -> list[str]:
    """The sentences of a text, long ones cut after every ``PIECE_WORDS`` words; none if it is one.

    Pieces of under ``MIN_WORDS`` words say too little to be labelled.
    """
    parts: list[str] = []
    for start, end in sentences(text):
        words = text[start:end].split()
        # A text without marks comes as one sentence; a rest joins the piece before it.
        cuts = list(range(0, max(1, len(words) - PIECE_WORDS // 2), PIECE_WORDS))
        parts += [" ".join(words[a:b]) for a, b in pairwise([*cuts, len(words)])]
    if len(parts) == 1:
        return []
    return [part for part in parts if part.count(" ") + 1 >= MIN_WORDS]
