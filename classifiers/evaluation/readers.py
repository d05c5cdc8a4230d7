"""What the second reader changes: the queue's load at the same recall, and single comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from classifiers import metrics
from classifiers.data.examples import Example
from classifiers.data.labels import natural_weights
from classifiers.errors import DataError
from classifiers.evaluation.behaviour import KINDS, Half, Kind, read_cases
from classifiers.score import Score, Scorer
from classifiers.types import Floats, Progress

#: Shares of abuse caught at which the queue's loads are compared.
RECALLS = (0.5, 0.6, 0.7, 0.8)
#: With fewer abusive comments no load is given.
MIN_ABUSIVE = 30
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Load:
    """The share of comments in the queue where ``recall`` of the abuse is caught.

    ``fast`` by the fast model alone, ``both`` by both readers; ``difference`` is the second minus
    the first, with the interval over the same resampled comments.
    """

    recall: float
    fast: metrics.Estimate
    both: metrics.Estimate
    difference: metrics.Estimate


@dataclass(frozen=True, slots=True)
class Changed:
    """A case whose score the second reader changed."""

    kind: Kind
    text: str
    attribute: str
    fast: float
    both: float


def fast_scores(score: Score) -> dict[str, float]:
    """What the fast model alone says of a text that both may have read."""
    return score.reading.fast if score.reading is not None else score.scores


def queue_loads(
    scorer: Scorer,
    examples: Sequence[Example],
    *,
    attribute: str = "toxicity",
    resamples: int = 1000,
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Load]:
    """Compare the queue's loads on natural comments, for each of ``RECALLS``.

    A comment is in the queue from the score on that catches the share of abuse, whichever score
    that is for either; comments are weighted to their natural rate (``labels.natural_weights``).

    Raises:
        DataError: if there are too few natural comments that were asked about the attribute.
    """
    rows = [row for row in examples if row.lang == "en"]
    natural = natural_weights(rows) if rows else np.empty(0)
    chosen = [i for i, row in enumerate(rows) if natural[i] > 0 and attribute in row.labels]
    shares = np.array([rows[i].labels[attribute] for i in chosen])
    if (shares >= 0.5).sum() < MIN_ABUSIVE:
        raise DataError(
            f"fewer than {MIN_ABUSIVE} natural comments are abusive by {attribute}, "
            "so no load of a queue can be given"
        )
    fast, both = _scores(scorer, [rows[i].text for i in chosen], attribute, progress)
    weights = natural[chosen]
    loads = []
    for number, recall in enumerate(RECALLS, 1):
        load = partial(metrics.flag_rate_at_recall, recall=recall)
        fast_load, both_load = (
            metrics.bootstrap(load, shares, scores, weights, resamples=resamples, seed=seed)
            for scores in (fast, both)
        )
        difference = metrics.paired_difference(
            load, shares, both, fast, weights, resamples=resamples, seed=seed
        )
        loads.append(Load(recall, fast_load, both_load, difference))
        if progress:
            progress("measure", number / len(RECALLS))
    return loads


def _scores(
    scorer: Scorer, texts: Sequence[str], attribute: str, progress: Progress | None
) -> tuple[Floats, Floats]:
    """The fast model's scores and both readers'."""
    found = np.empty((len(texts), 2))
    for start in range(0, len(texts), _BATCH):
        part = texts[start : start + _BATCH]
        for i, score in enumerate(scorer.score(part, languages=["en"] * len(part)), start):
            found[i] = fast_scores(score)[attribute], score.scores[attribute]
        if progress:
            progress("score", min(1.0, (start + _BATCH) / len(texts)))
    return found[:, 0], found[:, 1]


def changed(
    scorer: Scorer, half: Half = "seen", *, most: int = 10, a_kind: int = 2
) -> tuple[list[Changed], list[Changed]]:
    """The cases that the second reader raised and lowered most, right or wrong.

    A case counts by the attribute that changed most. Of the cases that share a frame only one is
    given, and of a kind at most ``a_kind``.
    """
    raised: list[Changed] = []
    lowered: list[Changed] = []
    for kind in KINDS:
        for texts in read_cases(half)[kind.name].values():
            found = [
                Changed(kind, text, name, score.reading.fast[name], score.scores[name])
                for text, score in zip(texts, scorer.score(list(texts)), strict=True)
                if score.reading is not None
                for name in score.scores
            ]
            if found:
                raised.append(max(found, key=_by))
                lowered.append(min(found, key=_by))
    return (
        _foremost([each for each in raised if _by(each) > 0], most, a_kind),
        _foremost([each for each in lowered if _by(each) < 0], most, a_kind),
    )


def _by(case: Changed) -> float:
    return case.both - case.fast


def _foremost(cases: Sequence[Changed], most: int, a_kind: int) -> list[Changed]:
    kept: list[Changed] = []
    for case in sorted(cases, key=lambda case: -abs(_by(case))):
        if sum(each.kind == case.kind for each in kept) < a_kind:
            kept.append(case)
    return kept[:most]


def load_table(loads: Sequence[Load], version: str) -> Iterator[str]:
    """The loads as a table for a page."""
    yield f"| `{version}`: abuse caught | queued, fast model alone | queued, both | difference |"
    yield "|---|---|---|---|"
    for load in loads:
        cells = (f"{100 * load.recall:.0f} %", _percent(load.fast), _percent(load.both))
        yield f"| {' | '.join(cells)} | {_points(load.difference)} |"


def _percent(estimate: metrics.Estimate) -> str:
    value, low, high = (f"{100 * x:.1f}" for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} % [{low}, {high}]"


def _points(estimate: metrics.Estimate) -> str:
    value, low, high = (f"{100 * x:+.1f}" for x in (estimate.value, estimate.low, estimate.high))
    return f"{value} points [{low}, {high}]"


def changed_table(raised: Sequence[Changed], lowered: Sequence[Changed]) -> Iterator[str]:
    """The cases as a table for a page, with whether each change went the right way."""
    yield "| comment | kind | attribute | fast model | both | right? |"
    yield "|---|---|---|---|---|---|"
    for cases in (lowered, raised):
        for case in cases:
            right = (_by(case) > 0) == case.kind.abusive
            cells = (
                _cell(case.text),
                case.kind.name,
                case.attribute,
                f"{case.fast:.2f}",
                f"{case.both:.2f}",
                "yes" if right else "**no**",
            )
            yield f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """A text on one line of a table, as it was written: no sign of it is markup."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|~" else sign for sign in line)
