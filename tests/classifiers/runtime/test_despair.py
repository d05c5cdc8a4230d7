"""Despair about oneself is found by its phrases, and nothing else is."""

from __future__ import annotations

import itertools
import re
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers import Signal, despair, load_model
from classifiers.despair import signals, without
from classifiers.despair.beginnings import beginnings
from classifiers.despair.grammar import phrases
from classifiers.evaluation.behaviour.suite import read_cases
from classifiers.normalise import normalise
from tests.support.tiny_model import tiny_scorer

SPEAK = ("plan", "wish", "despair", "harm", "past")


@cache
def cases() -> dict[str, list[str]]:
    """The texts written for this test, by what they speak of."""
    found: dict[str, list[str]] = {}
    text = (Path(__file__).parent / "despair.txt").read_text("utf-8")
    for line in text.splitlines():
        if head := re.fullmatch(r"== (\w+) ==", line):
            found[head[1]] = []
        elif line:
            found[next(reversed(found))].append(line.replace("⏎", "\n"))
    return found


def only(text: str) -> Signal:
    [signal] = signals(text)
    return signal


def test_there_are_enough_cases_each_way() -> None:
    assert sum(len(cases()[kind]) for kind in SPEAK) >= 150
    assert len(cases()["none"]) + len(cases()["calls"]) >= 150


@pytest.mark.parametrize("kind", SPEAK)
def test_despair_is_found(kind: str) -> None:
    assert [text for text in cases()[kind] if not signals(text)] == []


@pytest.mark.parametrize("kind", ["none", "calls"])
def test_what_is_no_despair_of_the_author_is_not_found(kind: str) -> None:
    assert [text for text in cases()[kind] if signals(text)] == []


def test_what_is_over_is_not_acute_and_all_else_is() -> None:
    wrong = [
        text for kind in SPEAK for text in cases()[kind] if only(text).acute is (kind == "past")
    ]
    assert wrong == []


def test_a_plan_is_told_from_despair() -> None:
    kinds = {text: {phrase.kind for phrase in only(text).phrases} for text in cases()["plan"]}
    assert [text for text, found in kinds.items() if "plan" not in found] == []


def test_the_half_of_the_behaviour_suite_that_may_be_seen() -> None:
    """Most of its despair is found, and not one of its other comments is taken for it."""
    found = {
        kind: [text for texts in lines.values() for text in texts if signals(text)]
        for kind, lines in read_cases("seen").items()
    }
    despair = [text for texts in read_cases("seen")["despair"].values() for text in texts]
    assert len(found.pop("despair")) >= 0.7 * len(despair)
    assert {kind: texts for kind, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Nice bridge. I want to die. Bye.", ["I want to die"]),
        ("I w@nt to k1ll mys3lf", ["I w@nt to k1ll mys3lf"]),
        ("😀 I can't go on any more, I am going to kill myself", None),
    ],
)
def test_a_phrase_is_where_the_author_wrote_it(text: str, said: list[str] | None) -> None:
    expected = said or ["I can't go on any more", "I am going to kill myself"]
    assert [text[each.start : each.end] for each in only(text).phrases] == expected


def test_two_weak_phrases_say_what_one_does_not() -> None:
    assert not signals("I'm so alone.")
    assert not signals("Nobody cares about the old mill. I'm so tired.")
    assert signals("I'm so alone. Nobody loves me.")


def test_whoever_threatens_others_too_is_marked() -> None:
    assert only("I am going to kill myself and take all of you with me").others
    assert only("I will kill my wife and then I will kill myself").others
    assert not only("I want to kill myself and I love you all").others


def test_what_is_said_of_others_is_left() -> None:
    text = "I want to kill myself. I'm a fucking failure. You are an idiot, Ben."
    phrases_only, others_only = without(text, only(text))
    assert "kill" not in phrases_only
    assert "failure" in phrases_only
    assert others_only == "You are an idiot, Ben"


def test_an_insult_in_the_same_sentence_is_left() -> None:
    text = "I want to die because of you, you pathetic liar"
    assert without(text, only(text))[1] == "because of you, you pathetic liar"


def test_nothing_is_left_of_a_text_about_oneself() -> None:
    text = "I hate my stupid ugly face. I want to die"
    assert without(text, only(text))[1] == ""


def test_a_score_says_it_whatever_the_language_was_taken_for() -> None:
    [english, foreign, none] = tiny_scorer().score(
        ["I want to die", "I want to die", "What a day"], languages=["en", "xx", None]
    )
    assert english.signals == foreign.signals == (only("I want to die"),)
    assert none.signals == ()


def test_the_shipped_readers_keep_it() -> None:
    [score] = load_model().score(["I'm a fucking failure, I just want to end it all"])
    assert [signal.name for signal in score.signals] == ["self_harm"]


@given(st.text(max_size=200))
def test_any_text_can_be_looked_through(text: str) -> None:
    found = signals(text)
    assert found == signals(text, normalise(text))
    for signal in found:
        for each in signal.phrases:
            assert 0 <= each.start < each.end <= len(text)


@given(st.lists(st.sampled_from([text for kind in SPEAK for text in cases()[kind]]), max_size=4))
def test_what_stands_in_a_text_stands_in_a_longer_one(parts: list[str]) -> None:
    """Sentences are read one by one, so that others around them change nothing."""
    text = "\n".join(["The bridge was built in 1911.", *parts, "It has a lovely rail."])
    assert bool(signals(text)) == bool(parts)
    for signal in signals(text):
        spans = [(each.start, each.end) for each in signal.phrases]
        assert spans == sorted(spans)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(spans))


def test_only_so_much_is_remembered_of_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(despair, "_SAYS", {})
    monkeypatch.setattr(despair, "_MOST_TOKENS", 50)
    for i in range(200):
        others = " ".join(f"word{i + j}" for j in range(i % 60))
        assert only(f"I want to die, {others}").phrases[0].kind == "wish"
        assert len(despair._SAYS) <= 50


def test_no_phrase_stands_where_none_is_looked_for() -> None:
    known, looked_for = phrases(), 0
    for text in itertools.chain.from_iterable(cases().values()):
        sentence = normalise(text).strip()
        for number, (_, pattern) in enumerate(known.kinds):
            for match in pattern.finditer(sentence):
                word, *following = re.findall("[a-z]+", sentence[match.start() :])[:2]
                both = " ".join([word, *following])
                assert word in known.first_words
                assert number in (known.beginnings.get(both) or known.beginnings[word]), match[0]
                looked_for += 1
    assert looked_for > 150


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("(?:so )*done", {"so", "done"}),
        ("i(?:'?m| am)? (?:so )*(?:tired|sad)", {"i m", "i am", "im so", "im tired", "im sad"}
         | {"i so", "i tired", "i sad"}),
        ("(?:i|^)(?: and)? ?thinks?(?= x)", {"i and", "i andthink", "i andthinks", "ithink"}
         | {"ithinks", "i think", "i thinks", "think", "thinks"}),
        ("it .{0,9}hurts", {"it", "it hurts"}),
        (r"cut[- ]?(?:up|down)(?!\w)", {"cut", "cutup", "cutdown"}),
    ],
)  # fmt: skip
def test_how_a_phrase_begins(phrase: str, words: set[str]) -> None:
    assert beginnings(phrase) == words


@pytest.mark.parametrize("phrase", [r"\w+ done", "(?:so )?", ".nd", "2 much", "(?:no|) way"])
def test_a_phrase_that_may_begin_with_anything_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="may begin with"):
        beginnings(phrase)


@given(st.lists(st.sampled_from([*itertools.chain.from_iterable(cases().values())]), max_size=6))
def test_what_is_left_out_for_plain_texts_changes_nothing(parts: list[str]) -> None:
    text = "\n".join(parts)
    found = signals(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(despair, "_is_as_written", lambda text, plain: False)
        patch.setattr(despair, "_LONG", 0 if len(text) < 500 else 10**9)
        assert signals(text) == found
