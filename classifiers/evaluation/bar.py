"""What a model of another language than English must show before it is shipped.

A model that holds ordinary comments is worse than none, so the bar is about those first. It was
set from what the English fast model does on sources that were sampled as the ones of other
languages were, tweets and chats by keyword: ROC-AUC 0.75 to 0.83, and 13 to 44 % of the abuse
caught where 2 % of the clean rows are held.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from classifiers.evaluation.behaviour.kinds import ABUSE_CAUGHT, HARMLESS_HELD
from classifiers.metrics import OperatingPoint

#: Of held-out rows: the least ROC-AUC; at the model's own threshold for 2 % of clean comments the
#: most of clean rows held, half as many again, and the least of abusive ones caught; and how far
#: scores may be from shares on average.
LEAST_ROC_AUC = 0.75
MOST_CLEAN_HELD = 0.03
LEAST_CAUGHT = 0.15
MOST_CALIBRATION_ERROR = 0.05


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement: what was measured, and the limit that it must keep."""

    name: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def met(self) -> bool:
        """Whether the limit is kept."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def to_json(self) -> dict[str, Any]:
        """The requirement as JSON holds it."""
        limit = "at_most" if self.at_most else "at_least"
        return {"value": round(self.value, 4), limit: self.limit, "met": self.met}


def requirements(
    toxicity: Mapping[str, Any], held: OperatingPoint, behaviour: Mapping[str, Any]
) -> list[Requirement]:
    """Everything that the bar asks.

    Args:
        toxicity: its figures on held-out rows (``evaluate``).
        held: what the model's own thresholds hold of them.
        behaviour: the figures of the cases of the language (``behaviour``).
    """
    return [
        Requirement("roc_auc", toxicity["roc_auc"]["value"], LEAST_ROC_AUC),
        Requirement("clean_held", held.false_positive_rate, MOST_CLEAN_HELD, at_most=True),
        Requirement("abuse_caught", held.recall, LEAST_CAUGHT),
        Requirement(
            "calibration_error",
            toxicity["calibration_error"]["value"],
            MOST_CALIBRATION_ERROR,
            at_most=True,
        ),
        Requirement(
            "written_harmless_held",
            behaviour["harmless"]["share"]["value"],
            HARMLESS_HELD,
            at_most=True,
        ),
        Requirement("written_abuse_caught", behaviour["abusive"]["share"]["value"], ABUSE_CAUGHT),
    ]
