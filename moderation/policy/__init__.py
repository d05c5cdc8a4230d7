"""The only place that turns scores into a verdict: a site's settings, and the rules they set."""

from .rules import RULES, Beside, Finding, PolicyInput, judge, pointed
from .settings import HELP, MAJORITY, PRESETS, SPAM, Policy, Refusal, Target, Thresholds

__all__ = [
    "HELP",
    "MAJORITY",
    "PRESETS",
    "RULES",
    "SPAM",
    "Beside",
    "Finding",
    "Policy",
    "PolicyInput",
    "Refusal",
    "Target",
    "Thresholds",
    "judge",
    "pointed",
]
