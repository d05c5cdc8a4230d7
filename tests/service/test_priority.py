"""The worth of a review orders cases the same way at any moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from moderation.demo.thread import flat
from moderation.policy import PRESETS, PolicyInput, judge
from moderation.priority import prioritise, reporter_weight, with_age
from moderation.records import AuthorRecord, Priority, Reason, StoredScores, Verdict
from moderation.scoring import ScoringService

NOW = 1_800_000_000_000
HELD = Verdict(action="hold", reasons=(Reason(rule="score"),), lane="harmful")
FLAGGED = Verdict(action="flag", reasons=(Reason(rule="score"),), lane="uncertain")


def weigh(
    toxicity: float,
    *,
    verdict: Verdict = HELD,
    created: int = NOW,
    reports: float = 0.0,
    **more: float,
) -> Priority:
    scored = StoredScores(scores={"toxicity": toxicity, **more}, language="en", model="m")
    return prioritise(scored, verdict, reach=0, reports=reports, created=created)


def test_worse_comes_first() -> None:
    assert weigh(0.9, threat=0.8).total > weigh(0.9).total > weigh(0.3).total


def test_what_readers_see_comes_before_what_is_hidden() -> None:
    assert weigh(0.6, verdict=FLAGGED).total > weigh(0.6).total


@given(
    scores=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    name=st.sampled_from(["toxicity", "threat", "insult", "profanity", "spam", "unheard_of"]),
    verdict=st.sampled_from([HELD, FLAGGED]),
    reach=st.integers(0, 1000),
)
def test_of_two_alike_the_higher_score_is_worth_more(
    scores: tuple[float, float], name: str, verdict: Verdict, reach: int
) -> None:
    low, high = (
        prioritise(
            StoredScores(scores={name: score}, language="en", model="m"),
            verdict,
            reach=reach,
            reports=0.0,
            created=NOW,
        ).total
        for score in sorted(scores)
    )
    assert low <= high + 1e-3  # the terms are rounded


@given(reach=st.integers(0, 1000), toxicity=st.floats(0, 0.4), threat=st.floats(0, 0.1))
def test_harmless_comments_that_are_seen_come_after_hidden_insults(
    reach: int, toxicity: float, threat: float
) -> None:
    harmless = StoredScores(
        scores={"toxicity": toxicity, "threat": threat}, language="en", model="m"
    )
    seen = prioritise(harmless, FLAGGED, reach=reach, reports=0.0, created=NOW)
    assert seen.total < weigh(0.9, insult=0.9).total


def test_the_demos_comments_stand_in_an_order_that_a_moderator_would_choose() -> None:
    scoring, policy = ScoringService.load(), PRESETS["balanced"]
    worth: dict[str, float] = {}
    for sample, _ in flat():
        scored = scoring.of_comment(sample.text)
        verdict = judge(
            PolicyInput(
                text=sample.text,
                scored=scored,
                policy=policy,
                author=AuthorRecord(id="a"),
                card=scoring.scorer.card,
            )
        )
        if verdict.lane is not None:
            priority = prioritise(scored, verdict, reach=20, reports=0.0, created=NOW)
            worth[sample.text[:12]] = with_age(priority, created=NOW, now=NOW).total
    order = sorted(worth, key=worth.__getitem__, reverse=True)
    insults = {"You are all ", "You have to ", "Shut up, you"}
    assert set(order[:4]) == {*insults, "If they tear"}
    assert order[4:] == ["Cheap deckin", "I use a whee"]
    # The dashboard's words: high from 2, medium from 1.
    assert min(worth[text] for text in insults) >= 2
    assert worth["I use a whee"] < 1


def test_reports_add_up_to_a_bound() -> None:
    assert weigh(0.2, reports=2.0).total > weigh(0.2, reports=1.0).total
    assert weigh(0.2, reports=50.0).total == weigh(0.2, reports=3.0).total


@given(
    first=st.tuples(st.floats(0, 1), st.integers(0, 10**9)),
    second=st.tuples(st.floats(0, 1), st.integers(0, 10**9)),
    later=st.integers(0, 10**10),
)
def test_stored_order_is_the_shown_order(
    first: tuple[float, int], second: tuple[float, int], later: int
) -> None:
    now = NOW + later
    stored, shown = [], []
    for toxicity, age in (first, second):
        priority = weigh(toxicity, created=NOW - age)
        stored.append(priority.total)
        shown.append(with_age(priority, created=NOW - age, now=now).total)
    if abs(stored[0] - stored[1]) > 1e-3:
        assert (stored[0] > stored[1]) == (shown[0] > shown[1])


def test_shown_terms_sum_to_the_total() -> None:
    shown = with_age(weigh(0.7, created=NOW - 7_200_000), created=NOW - 7_200_000, now=NOW)
    assert shown.terms["age"] == 0.04
    assert abs(sum(shown.terms.values()) - shown.total) < 1e-9


def test_reporter_weight_follows_the_record() -> None:
    assert reporter_weight(reports=0, upheld=0) == 1.0
    assert reporter_weight(reports=20, upheld=20) > 1.5
    assert reporter_weight(reports=20, upheld=0) < 0.2


@given(
    scores=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    reach=st.integers(0, 10_000),
    reports=st.floats(0, 100),
    waited=st.integers(0, 4_000),
)
def test_whoever_may_be_in_danger_comes_first_and_a_plan_before_that(
    scores: tuple[float, float], reach: int, reports: float, waited: int
) -> None:
    """Before the worst there can be, even if that has waited for half a year."""
    named = dict(zip(("toxicity", "threat"), scores, strict=True))
    scored = StoredScores(scores=named, language="en", model="m")
    created = NOW - waited * 3_600_000
    worst = prioritise(scored, FLAGGED, reach=reach, reports=reports, created=created)
    calm = StoredScores(scores={"toxicity": 0.0}, language="en", model="m")
    wish, plan = (
        prioritise(
            calm,
            Verdict(
                action="flag",
                reasons=(Reason(rule="self_harm", detail=kind),),
                lane="self-harm",
            ),
            reach=0,
            reports=0.0,
            created=NOW,
        )
        for kind in ("wish", "plan")
    )
    assert plan.total > wish.total > worst.total
    assert wish.terms["danger"] == 100.0
    assert "danger" not in worst.terms
