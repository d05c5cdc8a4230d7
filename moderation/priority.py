"""The worth of a review, as a number whose terms are shown to the moderator.

Age enters through the time of writing, so that two cases keep their order while they wait and
the store can sort by a number that never changes by itself.
"""

from __future__ import annotations

from .clock import HOUR
from .records import Priority, StoredScores, Verdict

# How bad it is if a comment of this kind stays: judged, not measured. Ordered as platforms order
# their rules: threats and attacks on groups first, coarse language last.
SEVERITY = {
    "threat": 1.0,
    "severe_toxicity": 1.0,
    "identity_attack": 0.9,
    "insult": 0.6,
    "toxicity": 0.6,
    "spam": 0.4,
    "profanity": 0.2,
}

# By choice: fifty hours of waiting weigh as much as certainty (1.0), so that no case waits for
# ever. More of it lets old quarrels pass fresh threats, less lets mild cases lie.
AGE_PER_HOUR = 0.02
# By choice, what probability and severity come to at most: reports alone can bring a case level
# with the worst that the model finds, and a crowd of reporters no further.
_REPORTS_MOST = 3.0
# Who may be in danger comes before every other case: all other terms come to less than ten, and the
# hundred is 5,000 hours of waiting. Who speaks of a plan comes before who does not.
_DANGER = 100.0
_PLAN = 10.0
_EPOCH = 1_767_225_600_000  # 2026-01-01: keeps the numbers small enough to read


def prioritise(
    scored: StoredScores, verdict: Verdict, *, reach: int, reports: float, created: int
) -> Priority:
    """Weigh a case: harm to be expected, doubt to be settled, people who see it.

    `reach` is the thread's count of published comments; `reports` the sum of the reporters'
    weights. `total` leaves out the time that has passed since: see `with_age`.
    """
    # The weights are a choice, not fitted to decisions: severity counts twice, since a wait costs
    # most where the harm is worst. Doubt is the variance of a yes or no, which never outweighs the
    # probability: with either status, a higher score is worth more. Reach multiplies the harm,
    # since many readers of a harmless comment lose nothing: once the harm in a thread of a hundred
    # comments, and once more where a flagged comment is seen while it waits. Where nothing was
    # scored, the odds are even and the severity (0.3) is between coarse language and spam; an
    # attribute without a row is middling.
    scores = scored.scores
    probability = max(scores.values(), default=0.5)
    severity = max((score * SEVERITY.get(name, 0.5) for name, score in scores.items()), default=0.3)
    toxicity = scores.get("toxicity", probability)
    seen = verdict.status == "published" and verdict.action != "publish"
    terms = {
        "probability": probability,
        "severity": 2 * severity,
        "uncertainty": toxicity * (1 - toxicity),
        "reach": severity * (min(1.0, reach / 100) + (1.0 if seen else 0.0)),
        "reports": reports_term(reports),
    }
    if verdict.lane == "self-harm":
        planned = any(reason.detail == "plan" for reason in verdict.reasons)
        terms = {"danger": _DANGER + (_PLAN if planned else 0.0), **terms}
    terms = {name: round(value, 4) for name, value in terms.items()}
    return Priority(total=sum(terms.values()) - _hours(created), terms=terms)


def reports_term(weight: float) -> float:
    """Give what reports add: their summed weight, between nothing and a bound."""
    return max(0.0, min(_REPORTS_MOST, weight))


def with_age(priority: Priority, *, created: int, now: int) -> Priority:
    """Give the priority as it stands now, with the term `age`."""
    age = round((now - created) / HOUR * AGE_PER_HOUR, 4)
    terms = {**priority.terms, "age": age}
    return Priority(total=round(sum(terms.values()), 4), terms=terms)


def reporter_weight(*, reports: int, upheld: int) -> float:
    """Weigh a reporter by their record, in [0.1, 2]: 1 without one.

    The upheld share with a prior of two upheld in four (Laplace), over one half.
    """
    return max(0.1, min(2.0, 2 * (upheld + 2) / (reports + 4)))


def _hours(created: int) -> float:
    return (created - _EPOCH) / HOUR * AGE_PER_HOUR
