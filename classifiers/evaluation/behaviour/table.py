"""Print what was found for people who know comments, not statistics."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from classifiers.evaluation.behaviour.kinds import ABUSE_CAUGHT, HARMLESS_HELD
from classifiers.evaluation.behaviour.suite import Behaviour, Outcome, example
from classifiers.metrics import proportion

#: Columns that a line may take.
WIDTH = 100


def behaviour_lines(behaviour: Behaviour) -> Iterator[str]:
    """The table of one half, line by line."""
    total = sum(len(outcome.verdicts) for outcome in behaviour.outcomes)
    of = f"of the {behaviour.half} half" if behaviour.in_english else f"in {behaviour.half}"
    yield f"What {behaviour.model} does with {total:,} comments {of},"
    yield "at the scores that hold 2 % of clean comments. In brackets: the 95 % interval."
    for abusive, title in (
        (False, "Harmless comments: few may be held"),
        (True, "Abusive comments and spam: most must be held"),
    ):
        outcomes = [each for each in behaviour.outcomes if each.kind.abusive == abusive]
        if outcomes:
            yield ""
            yield title
            yield f"  {'kind':<18}{'held':>14}{'share':>9}   {'interval':<15}goal"
        for outcome in outcomes:
            yield from _outcome_lines(outcome, in_english=behaviour.in_english)
        if outcomes:
            yield _row("all of these", *behaviour.held(abusive=abusive))
    yield ""
    if not behaviour.in_english:
        yield (
            f"The goals, at most {HARMLESS_HELD:.0%} of all harmless and at least "
            f"{ABUSE_CAUGHT:.0%} of all abusive ones, are {'met' if behaviour.met else 'MISSED'}."
        )
        return
    missed = [outcome.kind.name for outcome in behaviour.outcomes if not outcome.met]
    goals = len(behaviour.outcomes)
    yield f"{goals - len(missed)} of {goals} goals met."
    if missed:
        yield from wrap(f"Missed: {', '.join(missed)}.", WIDTH, break_on_hyphens=False)


def _outcome_lines(outcome: Outcome, *, in_english: bool) -> Iterator[str]:
    kind = outcome.kind
    if not in_english:
        yield _row(kind.name, outcome.held, len(outcome.verdicts))
        return
    goal = f"{'at least' if kind.abusive else 'at most'} {100 * kind.goal:.0f} %"
    yield _row(
        kind.name,
        outcome.held,
        len(outcome.verdicts),
        goal if outcome.met else f"{goal}, MISSED",
    )
    yield f"      {kind.asks}"
    yield f"      e.g. {shortened(example(kind), WIDTH - 11)}"
    if not kind.abusive and outcome.held:
        reasons = ", ".join(f"{name} {count}" for name, count in outcome.held_for.items())
        yield f"      held for: {reasons}"


def _row(name: str, held: int, cases: int, goal: str = "") -> str:
    share = proportion(held, cases)
    counts = f"{held:,} of {cases:,}"
    interval = f"[{100 * share.low:.1f}, {100 * share.high:.1f}]"
    return (f"  {name:<18}{counts:>14}{100 * share.value:>7.1f} %   {interval:<15}{goal}").rstrip()


def wrong_lines(behaviour: Behaviour) -> Iterator[str]:
    """Each case that the model got wrong: its kind, what it was held for if at all, the text."""
    for outcome in behaviour.outcomes:
        for verdict in outcome.wrong:
            why = ", ".join(f"{name} {score:.2f}" for name, score in verdict.held_for.items())
            yield f"{outcome.kind.name} ({why or 'not held'}): {_one_line(verdict.text)}"


def shortened(text: str, width: int) -> str:
    """The text on one line, cut with an ellipsis if it is longer."""
    line = _one_line(text)
    return line if len(line) <= width else f"{line[: width - 1].rstrip()}…"


def _one_line(text: str) -> str:
    return " ⏎ ".join(text.splitlines())
