"""From which score spam is certain: so high that nothing else at hand reaches it.

For what nobody looks at again: what another system throws away on a model's word.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from classifiers.data.examples import Example
from classifiers.errors import DataError
from classifiers.evaluation.behaviour import KINDS, read_cases
from classifiers.score import Scorer
from classifiers.types import Progress

_BATCH = 500
#: Of the bound of what may really be reached.
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Reach:
    """Of a group of comments, how many reach the threshold, and the highest score of any."""

    group: str
    spam: bool
    reached: int
    comments: int
    highest: float

    @property
    def bound(self) -> float:
        """The share that may really reach it, as the upper end of a one-sided 95 % interval."""
        return upper_bound(self.reached, self.comments)


def upper_bound(count: int, total: int) -> float:
    """The largest share with which no more than ``count`` of ``total`` are seen in 5 % of cases.

    This is the bound of Clopper and Pearson (1934), on one side; for none of ``total`` it is about
    three by ``total``.
    """
    if count >= total:
        return 1.0
    low, high = count / total, 1.0
    for _ in range(60):
        share = (low + high) / 2
        if _at_most(count, total, share) > 1 - CONFIDENCE:
            low = share
        else:
            high = share
    return high


def _at_most(count: int, total: int, share: float) -> float:
    """How likely a binomial number is at most ``count``; ``share`` lies between 0 and 1."""
    return math.fsum(
        math.exp(
            math.lgamma(total + 1)
            - math.lgamma(k + 1)
            - math.lgamma(total - k + 1)
            + k * math.log(share)
            + (total - k) * math.log1p(-share)
        )
        for k in range(count + 1)
    )


def certainty(
    scorer: Scorer,
    examples: Sequence[Example],
    threshold: float,
    *,
    progress: Progress | None = None,
) -> list[Reach]:
    """See what reaches a threshold: labelled comments, and the seen half of the suite's cases.

    All cases but those of spam are taken as no spam, the abusive ones too.

    Raises:
        DataError: if no comment is labelled, or the model does not score spam.
    """
    if "spam" not in scorer.attributes:
        raise DataError(f"{scorer.version} does not score spam")
    labelled = [row for row in examples if row.lang == "en" and "spam" in row.labels]
    if not labelled:
        raise DataError("no English comment says whether it is spam")
    groups: list[tuple[str, bool, list[str]]] = []
    for spam in (False, True):
        texts = [row.text for row in labelled if (row.labels["spam"] >= 0.5) == spam]
        kinds = [kind.name for kind in KINDS if (kind.subject == "spam") == spam]
        cases = chain.from_iterable(read_cases("seen")[name].values() for name in kinds)
        groups.append(("held-out comments", spam, texts))
        groups.append(("own cases, seen half", spam, list(chain.from_iterable(cases))))
    total = sum(len(texts) for _, _, texts in groups)
    found: list[Reach] = []
    done = 0
    for group, spam, texts in groups:
        scores: list[float] = []
        for start in range(0, len(texts), _BATCH):
            part = texts[start : start + _BATCH]
            answers = scorer.score(part, languages=["en"] * len(part))
            scores += [answer.scores["spam"] for answer in answers]
            done += len(part)
            if progress:
                progress("score", done / total)
        reached = sum(score >= threshold for score in scores)
        found.append(Reach(group, spam, reached, len(texts), max(scores, default=0.0)))
    return found


def together(found: Sequence[Reach], *, spam: bool) -> Reach:
    """All groups that are spam, or all that are none, as one."""
    groups = [each for each in found if each.spam == spam]
    return Reach(
        "together",
        spam,
        sum(each.reached for each in groups),
        sum(each.comments for each in groups),
        max(each.highest for each in groups),
    )


def certainty_table(found: Sequence[Reach], threshold: float, version: str) -> Iterator[str]:
    """What reaches a threshold, as a table for a page."""
    yield f"| `{version}`: spam from {threshold:g} on | comments | reach it | at most | highest |"
    yield "|---|---|---|---|---|"
    for spam, name in ((False, "no spam"), (True, "spam")):
        groups = [each for each in found if each.spam == spam]
        for each in (*groups, together(found, spam=spam)):
            bound = "" if spam else f"{100 * each.bound:.2f} %"
            yield (
                f"| {name}, {each.group} | {each.comments:,} | {each.reached:,} | {bound} "
                f"| {each.highest:.3f} |"
            )
