"""The suite of behaviour: its cases, its goals, and what the command says of a model."""

from __future__ import annotations

import ast
import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from classifiers import metrics, training
from classifiers.cli import GOALS_MISSED, main
from classifiers.data.splits import NEAR_DUPLICATE_LETTERS, near_duplicate_key
from classifiers.errors import DataError
from classifiers.evaluation.behaviour import (
    HALVES,
    KINDS,
    Kind,
    behaviour_lines,
    check,
    hold_thresholds,
    read_cases,
    wrong_lines,
)
from classifiers.evaluation.behaviour.suite import NOT_SCORED
from classifiers.evaluation.behaviour.table import WIDTH, shortened
from classifiers.score import Score
from tests.support import tiny_model
from tests.support.tiny_model import tiny_path, tiny_scorer

#: Cases that a kind needs in a half, so that one of them is no more than the goal of 2 %.
FEWEST = 50


def texts(half: str, kind: str) -> list[str]:
    return list(chain.from_iterable(read_cases(half)[kind].values()))


@dataclass
class Scripted:
    """A scorer that gives what it is told: by text, else to all."""

    card: dict = field(default_factory=lambda: {"thresholds": {"toxicity": {"0.02": 0.5}}})
    scores: dict[str, float] = field(default_factory=lambda: {"toxicity": 0.0})
    by_text: dict[str, dict[str, float]] = field(default_factory=dict)
    version: str = "scripted-en@1"
    languages: tuple[str, ...] = ("en",)

    def score(self, texts, *, explain=False, languages=None):
        return [
            Score(self.by_text.get(text, self.scores), {}, "en", self.version) for text in texts
        ]


def perfect(**wrong: int) -> Scripted:
    """Holds what it should, but for so many cases of each kind of both halves."""
    scorer = Scripted({"thresholds": {"toxicity": {"0.02": 0.5}, "spam": {"0.02": 0.7}}})
    scorer.scores = {"toxicity": 0.1, "spam": 0.1}
    for half in HALVES:
        for kind in KINDS:
            for number, text in enumerate(texts(half, kind.name)):
                if kind.abusive != (number < wrong.get(kind.name, 0)):
                    held = "spam" if kind.subject == "spam" else "toxicity"
                    scorer.by_text[text] = scorer.scores | {held: 0.7}
    return scorer


# ---------------------------------------------------------------- cases


@pytest.mark.parametrize("half", HALVES)
def test_every_kind_has_cases_enough(half: str) -> None:
    assert list(read_cases(half)) == [kind.name for kind in KINDS]
    counts = {kind.name: len(texts(half, kind.name)) for kind in KINDS}
    assert {name: count for name, count in counts.items() if count < FEWEST} == {}
    assert sum(counts.values()) >= 1500


def test_a_line_stands_for_few_cases_and_a_kind_has_many_lines() -> None:
    for kind in KINDS:
        lines = [cases for half in HALVES for cases in read_cases(half)[kind.name].values()]
        assert len(lines) >= 30
        assert max(map(len, lines)) <= 8
        assert all(len(set(cases)) == len(cases) for cases in lines)


def test_the_cases_are_whole_comments() -> None:
    every = [text for half in HALVES for kind in KINDS for text in texts(half, kind.name)]
    assert len(every) == len(set(every))
    for text in every:
        assert text.strip() == text
        assert not re.search("[«»⏎]", text)


def test_the_halves_share_no_line_and_no_near_copy() -> None:
    seen, unseen = (
        {text: kind.name for kind in KINDS for text in texts(half, kind.name)} for half in HALVES
    )
    assert seen.keys().isdisjoint(unseen)
    keys = [
        {key for text in half if len(key := near_duplicate_key(text)) == NEAR_DUPLICATE_LETTERS}
        for half in (seen, unseen)
    ]
    assert keys[0].isdisjoint(keys[1])


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS])
def test_the_halves_share_no_frame(kind: str) -> None:
    """Lines of one kind that differ in a word or two would be one frame."""
    frames = [
        [set(re.findall(r"\w+", re.sub("«[^»]*»", "", line.lower()))) for line in lines]
        for lines in (read_cases(half)[kind] for half in HALVES)
    ]
    for seen in frames[0]:
        for unseen in frames[1]:
            if min(len(seen), len(unseen)) >= 4:
                assert len(seen & unseen) / len(seen | unseen) < 0.6, (seen, unseen)


def test_no_case_is_a_near_copy_of_what_a_model_is_trained_on() -> None:
    """The sentences written for training are other ones than those written for the check."""
    folder = Path(training.__file__).parent
    trained = {
        words
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for line in node.value.splitlines()
        if len(words := words_of(line)) >= 4
    }
    assert len(trained) > 300
    cases = {
        words: text
        for half in HALVES
        for kind in KINDS
        for text in texts(half, kind.name)
        if len(words := words_of(text)) >= 4
    }
    common = Counter(word for words in chain(trained, cases) for word in words)

    def rarest(words: frozenset[str]) -> list[str]:
        """Words of which two sets that overlap by 3/4 share one."""
        ordered = sorted(words, key=lambda word: (common[word], word))
        return ordered[: len(words) - math.ceil(0.75 * len(words)) + 1]

    by_word: dict[str, list[frozenset[str]]] = {}
    for words in trained:
        for word in rarest(words):
            by_word.setdefault(word, []).append(words)
    copies = {
        text: " ".join(sorted(other))
        for words, text in cases.items()
        for word in rarest(words)
        for other in by_word.get(word, ())
        if len(words & other) >= 0.75 * len(words | other)
    }
    assert copies == {}


def words_of(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))


def test_the_cases_are_small_enough_to_ship() -> None:
    folder = Path(main.callback.__code__.co_filename).parent / "evaluation" / "behaviour"
    assert sum(path.stat().st_size for path in folder.glob("*.txt")) < 400_000


def test_lists_of_a_line_go_side_by_side() -> None:
    from classifiers.evaluation.behaviour.suite import _filled

    assert list(_filled("Is «a|b» in «x|y»?")) == ["Is a in x?", "Is b in y?"]
    assert list(_filled("«a|b|c», «x|y»")) == ["a, x", "b, y", "c, x"]
    assert list(_filled(r"one⏎two \1 | {}")) == ["one\ntwo \\1 | {}"]


# ---------------------------------------------------------------- goals


def test_a_goal_is_the_most_of_harmless_and_the_least_of_abusive_comments() -> None:
    harmless, abusive = Kind("a", "?"), Kind("b", "?", 0.85, abusive=True)
    assert [harmless.met(share) for share in (0.0, 0.02, 0.021)] == [True, True, False]
    assert [abusive.met(share) for share in (1.0, 0.85, 0.849)] == [True, True, False]


def test_the_goals_are_those_that_were_set() -> None:
    goals = {kind.name: kind.goal for kind in KINDS}
    harmless = {goals[kind.name] for kind in KINDS if not kind.abusive}
    assert harmless == {0.02, 0.1}
    assert {name for name, goal in goals.items() if goal == 0.1} == {
        "negation",
        "quotation",
        "counter-speech",
    }
    assert {name for name, goal in goals.items() if goal == 0.75} == {"implicit", "dehumanising"}
    assert {goals[kind.name] for kind in KINDS if kind.abusive} == {0.75, 0.85}


@pytest.mark.parametrize("half", HALVES)
def test_a_perfect_model_meets_all_goals_and_one_error_in_fifty_is_none(half: str) -> None:
    assert check(perfect(), half).met
    found = check(perfect(names=1, negation=4, insults=7, spam=7), half)
    assert found.met
    assert len(found.wrong()) == 19
    assert not check(perfect(names=3), half).met
    assert not check(perfect(spam=12), half).met


def test_a_text_without_scores_is_held() -> None:
    first = texts("seen", "short")[0]
    scorer = perfect()
    scorer.by_text[first] = {}
    found = {row.kind.name: row for row in check(scorer, "seen").outcomes}
    assert (found["short"].held, found["short"].held_for) == (1, {NOT_SCORED: 1})
    assert found["short"].wrong[0].text == first


def test_any_attribute_holds_at_its_own_threshold() -> None:
    card = {"thresholds": {"threat": {"0.02": 0.2, "0.05": 0.1}, "insult": {"0.02": 0.6}}}
    for scores, held_for in (
        ({"threat": 0.2, "insult": 0.59}, {"threat"}),
        ({"threat": 0.19, "insult": 0.6}, {"insult"}),
        ({"threat": 0.3, "insult": 0.7}, {"threat", "insult"}),
        ({"threat": 0.19, "insult": 0.59}, set()),
        ({"insult": 0.6, "profanity": 1.0}, {"insult"}),
    ):
        for row in check(Scripted(card, scores), "seen").outcomes:
            assert set(row.held_for) == held_for
            assert row.held == (len(row.verdicts) if held_for else 0)


@pytest.mark.parametrize(
    ("attributes", "left_out"),
    [
        ({"toxicity"}, {"spam"}),
        ({"toxicity", "spam"}, set()),
        ({"spam"}, {kind.name for kind in KINDS if kind.abusive} - {"spam"}),
    ],
)
def test_a_model_is_asked_for_nothing_that_it_does_not_score(
    attributes: set[str], left_out: set[str]
) -> None:
    scorer = Scripted({"thresholds": {name: {"0.02": 0.5} for name in attributes}})
    scorer.scores = dict.fromkeys(attributes, 0.1)
    asked = {row.kind.name for row in check(scorer, "unseen").outcomes}
    assert {kind.name for kind in KINDS} - asked == left_out


@pytest.mark.parametrize(
    "card", [{}, {"thresholds": {}}, {"thresholds": {"threat": {"0.1": 0.2}, "insult": 0.5}}]
)
def test_a_model_without_thresholds_cannot_be_checked(card: dict) -> None:
    assert hold_thresholds(card) == {}
    with pytest.raises(DataError, match="scripted-en@1 has no thresholds for 2%"):
        check(Scripted(card), "seen")


# ---------------------------------------------------------------- intervals


def test_a_proportion_has_the_interval_of_wilson() -> None:
    found = metrics.proportion(1, 10)
    assert (found.low, found.high) == pytest.approx((0.0179, 0.4042), abs=1e-4)
    none = metrics.proportion(0, 50)
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(0.0713, abs=1e-4)


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_a_proportion_lies_in_its_interval_and_mirrors(case: tuple[int, int]) -> None:
    count, total = case
    found, mirrored = metrics.proportion(count, total), metrics.proportion(total - count, total)
    assert 0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1
    assert found.low == pytest.approx(1 - mirrored.high)


# ---------------------------------------------------------------- table


def test_the_table_says_what_each_kind_asks_and_what_became_of_it() -> None:
    lines = list(behaviour_lines(check(perfect(names=3, insults=20), "unseen")))
    assert all(len(line) <= WIDTH for line in lines)
    assert lines[0].startswith("What scripted-en@1 does with 2,")
    assert lines[0].endswith("of the unseen half,")
    page = "\n".join(lines)
    for kind in KINDS:
        assert kind.asks in page
        assert shortened(texts("seen", kind.name)[0], 80)[:40] in page
    total = len(texts("unseen", "names"))
    (row,) = (line for line in lines if line.startswith("  names "))
    assert f" 3 of {total} " in row
    assert row.endswith("at most 2 %, MISSED")
    assert lines[lines.index(row) + 3] == "      held for: toxicity 3"
    harmless = sum(len(texts("unseen", kind.name)) for kind in KINDS if not kind.abusive)
    (row,) = (line for line in lines if line.startswith("  all of these") and "3 of" in line)
    assert f" 3 of {harmless:,} " in row
    assert lines[-2:] == [f"{len(KINDS) - 2} of {len(KINDS)} goals met.", "Missed: names, insults."]


def test_the_unseen_cases_are_named_only_when_they_are_asked_for() -> None:
    found = check(perfect(), "unseen")
    page = "\n".join(behaviour_lines(found)) + json.dumps(found.to_json(), ensure_ascii=False)
    long = [text for kind in KINDS for text in texts("unseen", kind.name) if len(text) > 20]
    assert not any(text in page for text in long)


def test_wrong_cases_are_listed_on_a_line_each_with_the_reason() -> None:
    scorer = perfect(insults=1)
    scorer.by_text[texts("seen", "names")[0]] = {"toxicity": 0.9, "spam": 0.8}
    listed = list(wrong_lines(check(scorer, "seen")))
    assert listed == [
        f"names (toxicity 0.90, spam 0.80): {texts('seen', 'names')[0]}",
        f"insults (not held): {texts('seen', 'insults')[0]}",
    ]
    assert shortened("one\ntwo three", 9) == "one ⏎ tw…"


# ---------------------------------------------------------------- command


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


def test_the_command_prints_the_table_and_says_that_goals_are_missed() -> None:
    result = run("--model", str(tiny_path()))
    assert result.exit_code == GOALS_MISSED == 3
    assert result.stdout.splitlines() == list(behaviour_lines(check(tiny_scorer(), "seen")))
    both = run("--model", str(tiny_path()), "--half", "both", "--list").stdout
    assert both.index("of the seen half") < both.index("of the unseen half")
    assert all(line in both for line in wrong_lines(check(tiny_scorer(), "unseen")))


def test_the_command_is_content_where_goals_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("classifiers.cli.load_model", lambda source, **options: perfect())
    for half in ("seen", "unseen", "both"):
        assert run("--half", half).exit_code == 0
    assert json.loads(run("--json").stdout)["met"] is True


@pytest.mark.parametrize("half", ["seen", "unseen", "both"])
def test_the_figures_as_json(half: str) -> None:
    result = run("--model", str(tiny_path()), "--half", half, "--json")
    assert result.exit_code == GOALS_MISSED
    assert result.stderr == ""
    figures = json.loads(result.stdout)
    assert set(figures) == {"model", "met", "halves"}
    assert (figures["model"], figures["met"]) == ("tiny-en@1", False)
    assert list(figures["halves"]) == (list(HALVES) if half == "both" else [half])
    for name, found in figures["halves"].items():
        assert set(found) == {
            "half", "cases", "met", "thresholds", "harmless", "abusive", "kinds"
        }  # fmt: skip
        for group, abusive in (("harmless", False), ("abusive", True)):
            rows = [row for row in found["kinds"] if row["abusive"] == abusive]
            assert found[group]["cases"] == sum(row["cases"] for row in rows)
            assert found[group]["held"] == sum(row["held"] for row in rows)
        assert (found["half"], found["thresholds"]) == (name, {"insult": 0.5})
        assert [row["kind"] for row in found["kinds"]] == [
            kind.name for kind in KINDS if kind.name != "spam"
        ]
        assert found["cases"] == sum(row["cases"] for row in found["kinds"])
        for row in found["kinds"]:
            assert set(row) == {
                "kind", "abusive", "asks", "example", "cases", "held", "share", "goal", "met",
                "held_for",
            }  # fmt: skip
            assert set(row["share"]) == {"value", "low", "high"}
            assert row["share"]["value"] == pytest.approx(row["held"] / row["cases"], abs=1e-5)


def test_wrong_cases_are_in_the_json_if_asked_for() -> None:
    figures = json.loads(run("--model", str(tiny_path()), "--json", "--list").stdout)
    assert figures["wrong"]["seen"] == check(tiny_scorer(), "seen").wrong()


def test_a_model_that_cannot_be_checked_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "bare-1.rejoinder"
    tiny_model.write(path, name="bare", card={"licences": ["MIT"]})
    result = run("--model", str(path))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: the card of bare@1 has no thresholds for 2%")
