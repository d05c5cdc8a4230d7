"""What a model does with ordinary comments: own cases by kind, each kind with a goal.

`kinds` says what each kind asks, `suite` reads the cases and checks a model, `table` prints what
was found. The cases are in two halves that share no sentence: `seen.txt` may be read by whoever
makes a model, `unseen.txt` is for the report alone. Other languages have a file each, of which only
the totals have goals.
"""

from classifiers.evaluation.behaviour.kinds import KINDS, Kind
from classifiers.evaluation.behaviour.suite import (
    HALVES,
    HOLD_TARGET,
    LANGUAGES,
    SUITES,
    Behaviour,
    Half,
    Outcome,
    check,
    hold_thresholds,
    read_cases,
)
from classifiers.evaluation.behaviour.table import behaviour_lines, wrong_lines

__all__ = [
    "HALVES",
    "HOLD_TARGET",
    "KINDS",
    "LANGUAGES",
    "SUITES",
    "Behaviour",
    "Half",
    "Kind",
    "Outcome",
    "behaviour_lines",
    "check",
    "hold_thresholds",
    "read_cases",
    "wrong_lines",
]
