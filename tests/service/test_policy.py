"""The policy is a pure function: each rule, the presets, and what must hold for any input."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from moderation import word_list
from moderation.policy import HELP, PRESETS, Beside, Policy, PolicyInput, judge
from moderation.records import AuthorRecord, SelfHarm, StoredScores
from moderation.text import render

CARD = {
    "thresholds": {
        "toxicity": {"0.005": 0.9, "0.02": 0.6, "0.05": 0.4, "0.1": 0.2},
        "threat": {"0.005": 0.5, "0.02": 0.3, "0.05": 0.2, "0.1": 0.1},
    }
}
KNOWN = AuthorRecord(id="a", comments=5, published=5)


def scored(**scores: float) -> StoredScores:
    return StoredScores(scores=scores, language="en", model="m@1")


def facts(**given: Any) -> PolicyInput:
    defaults: dict[str, Any] = {
        "text": "An ordinary comment.",
        "scored": scored(toxicity=0.05, threat=0.01),
        "policy": PRESETS["balanced"],
        "author": KNOWN,
        "card": CARD,
    }
    return PolicyInput(**{**defaults, **given})


def test_ordinary_comment_is_published_and_says_what_came_nearest() -> None:
    verdict = judge(facts())
    assert verdict.action == "publish"
    assert verdict.status == "published"
    assert verdict.lane is None
    (reason,) = verdict.reasons
    assert (reason.rule, reason.attribute, reason.threshold) == ("below_thresholds", "threat", 0.2)


@pytest.mark.parametrize(
    ("preset", "score", "action"),
    [
        ("balanced", 0.59, "flag"),
        ("balanced", 0.6, "hold"),
        ("balanced", 0.39, "publish"),
        ("relaxed", 0.89, "flag"),
        ("relaxed", 0.9, "hold"),
        ("strict", 0.4, "hold"),
        ("strict", 0.2, "flag"),
    ],
)
def test_presets_take_their_thresholds_from_the_card(
    preset: str, score: float, action: str
) -> None:
    verdict = judge(facts(policy=PRESETS[preset], scored=scored(toxicity=score)))
    assert verdict.action == action
    if action != "publish":
        assert verdict.lane == ("harmful" if action == "hold" else "uncertain")
        assert verdict.reasons[0].rule == "score"
        assert verdict.reasons[0].score == score


def test_own_threshold_overrides_the_card_and_null_switches_off() -> None:
    policy = Policy.from_json({"thresholds": {"toxicity": {"hold": 0.95, "flag": None}}})
    assert judge(facts(policy=policy, scored=scored(toxicity=0.94))).action == "publish"
    assert judge(facts(policy=policy, scored=scored(toxicity=0.95))).action == "hold"


SPAM_CARD = {
    "thresholds": {
        "spam": {"0.005": 0.8, "0.02": 0.5, "0.05": 0.3},
        "toxicity": {"0.005": 0.9, "0.02": 0.6, "0.05": 0.4},
    }
}


@pytest.mark.parametrize(
    ("scores", "action", "lane"),
    [
        ({"spam": 0.29}, "publish", None),
        ({"spam": 0.3}, "flag", "spam"),
        ({"spam": 0.5}, "hold", "spam"),
        ({"spam": 0.8}, "hold", "spam"),
        ({"spam": 0.8, "toxicity": 0.6}, "hold", "harmful"),
        ({"spam": 0.8, "toxicity": 0.4}, "hold", "spam"),
    ],
)
def test_spam_has_a_lane_unless_it_is_abuse_too(
    scores: dict[str, float], action: str, lane: str | None
) -> None:
    verdict = judge(facts(scored=scored(**scores), card=SPAM_CARD))
    assert (verdict.action, verdict.lane) == (action, lane)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_spam_is_rejected_only_if_asked_and_from_what_was_measured(preset: str) -> None:
    policy = Policy.from_json({"preset": preset, "spam": "reject"})
    refusal = policy.refusal(SPAM_CARD)
    assert refusal is not None
    assert (refusal.threshold, refusal.clean_share) == (0.8, 0.005)
    for score, action in ((0.79, "hold" if preset != "relaxed" else "flag"), (0.8, "reject")):
        verdict = judge(facts(policy=policy, scored=scored(spam=score), card=SPAM_CARD))
        assert verdict.action == action
    assert (verdict.lane, verdict.reasons[0].threshold) == ("rejected", 0.8)
    # However sure the model is: abuse is never rejected by a score.
    abuse = judge(facts(policy=policy, scored=scored(toxicity=1.0), card=SPAM_CARD))
    assert (abuse.action, abuse.lane) == ("hold", "harmful")
    trusted = judge(facts(policy=policy, scored=scored(spam=1.0), card=SPAM_CARD, measure="trust"))
    assert (trusted.action, trusted.lane) == ("flag", "spam")


@pytest.mark.parametrize(
    ("policy", "author", "links", "action"),
    [
        ({"premoderate": "none"}, {}, 1, "publish"),
        ({"premoderate": "all"}, {"published": 50}, 0, "hold"),
        ({"premoderate": "links"}, {"published": 50}, 0, "publish"),
        ({"premoderate": "links"}, {"published": 50}, 1, "hold"),
        ({"premoderate": "first"}, {}, 0, "hold"),
        ({"premoderate": "first"}, {"published": 1}, 0, "publish"),
        ({"premoderate": "first", "premoderate_first": 3}, {"published": 2}, 0, "hold"),
        ({"premoderate": "first", "premoderate_first": 3}, {"approved": 3}, 0, "publish"),
    ],
)
def test_premoderation_holds_whatever_a_text_says(
    policy: dict[str, Any], author: dict[str, int], links: int, action: str
) -> None:
    given = {
        "policy": Policy.from_json(policy),
        "author": AuthorRecord(id="a", **author),
        "links": links,
    }
    verdict = judge(facts(**given))
    assert verdict.action == action
    if action == "hold":
        assert verdict.lane == "uncertain"
        assert verdict.reasons[0].rule == "premoderated"
        assert verdict.reasons[0].detail == policy["premoderate"]
    # Neither a moderator's nor a trusted author's waits.
    for free in ({"trusted": True}, {"measure": "trust"}):
        assert judge(facts(**given, **free)).action == "publish"


def test_what_was_not_measured_rejects_nothing() -> None:
    policy = Policy.from_json({"spam": "reject", "thresholds": {"spam": {"hold": 0.5}}})
    assert policy.refusal(CARD) is None
    verdict = judge(facts(policy=policy, scored=scored(spam=1.0)))
    assert (verdict.action, verdict.lane) == ("hold", "spam")


def test_who_may_be_in_danger_is_not_rejected_as_spam() -> None:
    policy = Policy.from_json({"spam": "reject"})
    found = SelfHarm(phrases=((0, 2, "wish"),), rest={"spam": 1.0})
    given = StoredScores(scores={"spam": 1.0}, language="en", model="m", self_harm=found)
    verdict = judge(facts(policy=policy, scored=given, card=SPAM_CARD))
    assert (verdict.action, verdict.lane) == ("hold", "self-harm")


def test_nothing_is_rejected_that_would_not_be_held() -> None:
    policy = Policy.from_json({"spam": "reject", "thresholds": {"spam": {"hold": 0.95}}})
    refusal = policy.refusal(SPAM_CARD)
    assert refusal is not None
    assert refusal.threshold == 0.95


def test_no_preset_rejects_on_a_score_alone() -> None:
    for policy in PRESETS.values():
        assert judge(facts(policy=policy, scored=scored(toxicity=1.0, threat=1.0))).action == "hold"


@pytest.mark.parametrize(
    ("given", "rule", "action", "lane"),
    [
        ({"links": 3}, "links", "hold", "uncertain"),
        ({"repeat": True}, "repeat", "hold", "uncertain"),
        (
            {"scored": StoredScores(scores={}, language="th", model="m@1")},
            "unsupported_language",
            "hold",
            "language",
        ),
        (
            {"scored": StoredScores(scores={}, language="und", model="", failed=True)},
            "scorer_down",
            "hold",
            "uncertain",
        ),
    ],
)
def test_each_rule_speaks(given: dict[str, Any], rule: str, action: str, lane: str) -> None:
    verdict = judge(facts(**given))
    assert (verdict.action, verdict.lane) == (action, lane)
    assert verdict.reasons[0].rule == rule


def test_strict_holds_a_first_comment_only() -> None:
    first = AuthorRecord(id="new")
    assert judge(facts(policy=PRESETS["strict"], author=first)).reasons[0].rule == "first_comment"
    assert judge(facts(policy=PRESETS["strict"])).action == "publish"


def test_words_are_found_whole_with_wildcards_and_behind_look_alikes() -> None:
    policy = Policy.from_json({"words": {"hold": ["frob*"], "flag": ["gizmo"]}})
    held = judge(facts(policy=policy, text="You FROBNICATOR, you."))
    assert (held.action, held.reasons[0].rule) == ("hold", "words")
    assert held.reasons[0].spans == ((4, 15),)
    assert judge(facts(policy=policy, text="gizmos are fine")).action == "publish"
    assert judge(facts(policy=policy, text="a gizmo")).action == "flag"
    assert judge(facts(policy=policy, text="a g1zmo", folded="a gizmo")).action == "flag"


@pytest.mark.parametrize(
    ("word", "text", "span"),
    [
        ("*wort", "Ein Schimpfwort, ja", (4, 15)),
        ("*wort", "Ein Schimpfworte, ja", None),
        ("*wort*", "Ein Schimpfworte, ja", (4, 16)),
        ("*ab", "abab", (0, 4)),
        ("wort", "wort_", None),
        ("two words", "In TWO WORDS.", (3, 12)),
        ("a.b", "axb", None),
    ],
)
def test_a_listed_word_marks_the_whole_word(
    word: str, text: str, span: tuple[int, int] | None
) -> None:
    verdict = judge(facts(policy=Policy.from_json({"words": {"hold": [word]}}), text=text))
    assert (verdict.action == "hold") is (span is not None)
    if span is not None:
        assert verdict.reasons[0].spans == (span,)


WORDS = ["shillcoin", "Straße", "über", "cafe\u0301", "한국", "penis", "hell", "ass", "\u200b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a shill-coin, my-shill_coin", ["shill-coin", "shill_coin"]),
        ("shill.coin SHILL·COIN s-h-i-l-l-c-o-i-n",
         ["shill.coin", "SHILL·COIN", "s-h-i-l-l-c-o-i-n"]),
        ("sh!llcoin, sh1llco1n! sh|llc0in", ["sh!llcoin", "sh1llco1n", "sh|llc0in"]),
        ("shill**coin** and `shill`coin", ["shill**coin", "shill`coin"]),
        ("shill\\-coin s\u200bhill\u00adcoin", ["shill\\-coin", "s\u200bhill\u00adcoin"]),
        ("Meine STRASSE, Strasse, STRAẞE", ["STRASSE", "Strasse", "STRAẞE"]),
        ("u\u0308ber u\u0308ber-all Über", ["u\u0308ber", "u\u0308ber", "Über"]),
        ("CAFÉ", ["CAFÉ"]),
        ("\u1112\u1161\u11ab\u1100\u116e\u11a8", ["\u1112\u1161\u11ab\u1100\u116e\u11a8"]),
        ("ＳＨＩＬＬcoin shillc\u043ein", ["ＳＨＩＬＬcoin", "shillc\u043ein"]),
        ("s\u0336h\u0336i\u0336llcoin", ["s\u0336h\u0336i\u0336llcoin"]),
        ("4ss a$$", ["4ss", "a$$"]),
        ("g i z s h i l l c o i n", []),
    ],
)  # fmt: skip
def test_a_listed_word_is_seen_through_and_marked_where_it_stands(
    text: str, found: list[str]
) -> None:
    verdict = judge(facts(policy=Policy.from_json({"words": {"hold": WORDS}}), text=text))
    spans = verdict.reasons[0].spans if verdict.action == "hold" else ()
    assert [text[start:end] for start, end in spans] == found


@pytest.mark.parametrize(
    "text",
    ["the pen.Is it mine?", "he'll go, we'll see", "an A55, a 455", "Uber", "cafe", "as-is assess",
     "pen — is it?", "shill. Coin", "shill coin", "class.", "B-52"],
)  # fmt: skip
def test_what_only_resembles_a_listed_word_is_let_through(text: str) -> None:
    assert judge(facts(policy=Policy.from_json({"words": {"hold": WORDS}}), text=text)).action == (
        "publish"
    )


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("1488", "It costs $14.88, 1.488, 14,88 or 14-88, 14/88", []),
        ("88", "We drew 8-8, then 88-80; version 8.8, 1.88 or 88.5, 1988, at 12:88", []),
        ("88", "88! (88), 88. 88er and a-88", ["88", "88", "88", "88"]),
        ("14/88", "14/88, 1488", ["14/88"]),
        ("8-8", "8–8 8.8", ["8–8"]),
        ("covid19", "covid-19 COVID 19", ["covid-19"]),
        ("1488", "١٤٨٨", ["١٤٨٨"]),
        ("*.xyz", "See foo.xyz, foo-xyz", ["foo.xyz"]),
        (".xyz", "See foo.xyz, foo.xyzz", ["foo.xyz"]),
        ("kısır", "KISIR kısır kisir Kısır", ["KISIR", "kısır", "Kısır"]),
        ("KISIR", "kısır kisir", ["kısır", "kisir"]),
        ("istanbul", "İSTANBUL ISTANBUL I\u0307stanbul ıstanbul",
         ["İSTANBUL", "ISTANBUL", "I\u0307stanbul"]),
        ("σκύλος", "ΣΚΥΛΟΣ Σκύλος σκυλοσ", ["ΣΚΥΛΟΣ", "Σκύλος", "σκυλοσ"]),
        ("Ελλάδα", "ΕΛΛΑΔΑ", ["ΕΛΛΑΔΑ"]),
        ("дурак", "дурaк, ДУPАK, дур@к", ["дурaк", "ДУPАK", "дур@к"]),
        ("долбоёб", "ДОЛБОЕБ", ["ДОЛБОЕБ"]),
        ("хуй", "xyй XYЙ ху́й", ["xyй", "XYЙ", "ху́й"]),
        ("cop", "сор", []),
        ("バカ", "ﾊﾞｶ バカ野郎 夏のバカンス", ["ﾊﾞｶ", "バカ"]),
        ("傻瓜", "你是傻瓜吗 傻*瓜 真傻，瓜很好吃", ["傻瓜", "傻*瓜"]),
        ("スパム", "ス・パ・ム スパム・メール ｽﾊﾟﾑ業者", ["ス・パ・ム", "スパム", "ｽﾊﾟﾑ"]),
        ("笨蛋", "笨。蛋 笨「蛋」 笨——蛋 笨_蛋 笨·蛋", ["笨_蛋", "笨·蛋"]),
        ("ควาย", "มึงควายมาก", ["ควาย"]),
        ("कुत", "कुत्ता", []),
        ("محمد", "محمــد مُحَمَّد", ["محمــد", "مُحَمَّد"]),
        ("l’idiot", "l'idiot, L´IDIOT, l`idiot, lidiot", ["l'idiot", "L´IDIOT", "l`idiot"]),
        ("shill coin", "shill-coin shill_coin shillcoin shill  coin",
         ["shill-coin", "shill_coin", "shillcoin", "shill  coin"]),
        ("shill-coin", "shill coin shillcoin SHILL.COIN",
         ["shill coin", "shillcoin", "SHILL.COIN"]),
        ("shillcoin", "shill|coin shill:coin shill,coin shill(coin) shill<b>coin shill....coin",
         ["shill|coin", "shill:coin", "shill,coin", "shill(coin", "shill<b>coin",
          "shill....coin"]),
        ("shillcoin", "shill: coin shill (coin) shill, coin <b>shill</b> coin shill ... coin", []),
    ],
)  # fmt: skip
def test_what_a_listed_word_finds(word: str, text: str, found: list[str]) -> None:
    spans = word_list.find((word,), text, most=20)
    assert [text[start:end] for start, end in spans] == found


ALPHABETS = ("abcdefghjklmnopqrstuvwxyzäöüßéñ", "абвгдежзийклмнопрстуф", "αβγδεζηθικλμνξοπρσςτύό",
             "ぁあいうかがきくばぱ", "カガキバパン", "한국바보", "कखगघािीुू", "傻瓜你是")  # fmt: skip
FORMS: list[Literal["NFC", "NFD", "NFKC", "NFKD"]] = ["NFC", "NFD", "NFKC", "NFKD"]
LISTED = st.sampled_from(ALPHABETS).flatmap(
    lambda letters: st.text(st.sampled_from(letters), min_size=2, max_size=8)
).filter(lambda word: word[0].isalpha() and word[-1].isalpha())  # fmt: skip


@given(
    LISTED,
    st.sampled_from([str.upper, str.lower, str.swapcase, str.title]),
    st.sampled_from(FORMS),
)
def test_a_listed_word_is_found_however_it_is_spelled(
    word: str, case: Callable[[str], str], form: Literal["NFC", "NFD", "NFKC", "NFKD"]
) -> None:
    spelled = unicodedata.normalize(form, case(word))
    assert word_list.find((word,), f"so {spelled} it is", most=5)
    assert word_list.find((unicodedata.normalize(form, word),), f"so {word} it is", most=5)


@given(
    st.text("abcxyz", min_size=2, max_size=6),
    st.sampled_from(["-", "_", ".", "*", "|", ":", ",", "(", "/", "…", "<b>", "....", "\u200b"]),
    st.data(),
)
def test_separators_do_not_hide_a_listed_word(word: str, mark: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(word) - 1))
    apart = f"{word[:at]}{mark}{word[at:]}"
    assert word_list.find((word,), f"so {apart} it is", most=5) == [(3, 3 + len(apart))]
    for listed in (f"{word[:at]} {word[at:]}", f"{word[:at]}-{word[at:]}"):
        for text in (word, apart, f"{word[:at]} {word[at:]}"):
            assert word_list.find((listed,), f"so {text} it is", most=5), (listed, text)


@given(st.text("abc", min_size=1, max_size=4), st.text("abcABC .,-_*|:()/'\n", max_size=30))
def test_what_is_found_has_the_letters_of_the_word(word: str, text: str) -> None:
    for start, end in word_list.find((word,), text, most=20):
        letters = "".join(filter(str.isalpha, text[start:end])).lower()
        assert letters == word


@given(st.integers(0, 9_999), st.integers(0, 9_999), st.sampled_from(".,:/-'–"))
def test_a_listed_number_is_no_part_of_another(whole: int, part: int, mark: str) -> None:
    for listed in (f"{whole}{part}", str(whole), str(part)):
        assert not word_list.find((listed,), f"It was {whole}{mark}{part}.", most=5)
    assert word_list.find((str(whole),), f"It was {whole}{mark} {part}.", most=5)


def test_markup_does_not_hide_a_listed_word() -> None:
    policy = Policy.from_json({"words": {"hold": ["shillcoin"]}})
    for text in ("_shillcoin_", "shill&#99;oin", "[shill](https://a.example)coin"):
        seen = render(text).seen
        verdict = judge(facts(policy=policy, text=text, seen=seen))
        assert verdict.action == "hold", text
    spans = judge(facts(policy=policy, text="_shillcoin_", seen="shillcoin")).reasons[0].spans
    assert spans == ((1, 10),)


ANY = st.text() | st.text("aIıİßςά़्ﾞカ傻ก็ـًא'`-_.(<b>1$８½ \u200d\U000f0041\u2027한", max_size=25)


@given(ANY, st.lists(ANY, min_size=1, max_size=4))
@example("a word", ["\U000f0041"])
@example("a word", ["\u2027", "a\u2027"])
def test_marks_lie_in_the_text(text: str, words: list[str]) -> None:
    for start, end in word_list.find(tuple(words), text, most=20):
        assert 0 <= start < end <= len(text)


def test_many_wildcards_do_not_make_a_long_word_costly() -> None:
    # With a pattern that looks for the word's beginning these are 10^11 steps: it would not end.
    words = [f"*end{n}*" for n in range(2_000)]
    policy = Policy.from_json({"words": {"hold": words}})
    assert judge(facts(policy=policy, text="a" * 50_000)).action == "publish"


@pytest.mark.parametrize(
    ("part", "text", "approved", "action"),
    [
        ("name", "one two three", False, "hold"),
        ("name", "one two three", True, "hold"),
        ("name", "one_two_three", True, "hold"),
        ("name", "OneTwoThree", True, "hold"),
        ("name", "one-two.three", True, "hold"),
        ("name", "ONETwoThree", True, "hold"),
        ("name", "one two", False, "flag"),
        ("name", "OneTwo", False, "flag"),
        ("name", "one two", True, "publish"),
        ("title", "one two three", False, "flag"),
    ],
)
def test_what_stands_beside_a_text_is_judged_by_how_much_it_says(
    part: Any, text: str, approved: bool, action: str
) -> None:
    author = AuthorRecord(id="a", published=1, approved=1)
    beside = Beside(part=part, text=text, scored=scored(toxicity=0.6), approved=approved)
    verdict = judge(facts(author=author, beside=(beside,)))
    assert verdict.action == action
    assert [r.part for r in verdict.reasons] == [None if action == "publish" else part]
    lower = Beside(part=part, text=text, scored=scored(toxicity=0.59))
    assert judge(facts(author=author, beside=(lower,))).action == "publish"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("you_and_me", "you and me"),
        ("YouAndMe", "You And Me"),
        ("YOUAndMe", "YOU And Me"),
        ("you-and.me+too", "you and me too"),
        ("you__and--me", "you and me"),
        ("You1And2Me", "You1 And2 Me"),
        ("नमस्ते", "नमस्ते"),
        ("ДаИНет", "Да И Нет"),
        ("Ann O'Neill", "Ann O'Neill"),
        ("BBC", "BBC"),
        ("_ann_", "_ann_"),
        ("Ann (Bo)", "Ann (Bo)"),
        ("", ""),
    ],
)
def test_a_name_is_read_as_words(name: str, words: str) -> None:
    assert word_list.apart(name) == words


def test_a_listed_word_is_found_in_a_name_without_blanks() -> None:
    policy = Policy.from_json({"words": {"hold": ["frob"]}})
    for name in ("YouFrobYou", "you_frob_you", "Frob"):
        beside = Beside(part="name", text=name)
        assert judge(facts(policy=policy, beside=(beside,))).action == "hold", name
    assert judge(facts(policy=policy, beside=(Beside(part="name", text="frobs"),))).action == (
        "publish"
    )


def test_trusted_are_published() -> None:
    verdict = judge(facts(trusted=True, scored=scored(toxicity=1.0), links=9))
    assert (verdict.action, verdict.reasons[0].rule) == ("publish", "trusted")


def test_audit_draw_queues_a_published_comment() -> None:
    verdict = judge(facts(audit_draw=0.001))
    assert (verdict.action, verdict.lane) == ("publish", "audit")
    assert verdict.reasons[-1].rule == "audit"


def test_strongest_action_wins_and_its_reason_comes_first() -> None:
    policy = Policy.from_json({"repeat": "reject"})
    verdict = judge(facts(policy=policy, scored=scored(toxicity=0.45), links=9, repeat=True))
    assert (verdict.action, verdict.lane) == ("reject", "rejected")
    assert [reason.rule for reason in verdict.reasons] == ["repeat", "links", "score"]


SCORES = st.dictionaries(st.sampled_from(["toxicity", "threat", "spam"]), st.floats(0, 1))


@given(
    scores=SCORES,
    preset=st.sampled_from(sorted(PRESETS)),
    repeat=st.booleans(),
    failed=st.booleans(),
    links=st.integers(0, 10),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_verdict_always_has_reasons_and_never_passes_silently(
    scores: dict[str, float],
    preset: str,
    repeat: bool,
    failed: bool,
    links: int,
    draw: float,
) -> None:
    result = StoredScores(scores={} if failed else scores, language="en", model="m", failed=failed)
    verdict = judge(
        facts(
            scored=result,
            policy=PRESETS[preset],
            repeat=repeat,
            links=links,
            audit_draw=draw,
        )
    )
    assert verdict.reasons
    assert (verdict.lane is None) <= (verdict.action == "publish")
    if failed or not scores:
        assert verdict.action != "publish"


@given(low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_higher_score_never_gets_a_milder_verdict(low: float, high: float) -> None:
    low, high = sorted((low, high))
    order = ["publish", "flag", "hold", "reject"]
    milder, harsher = (judge(facts(scored=scored(toxicity=x))).action for x in (low, high))
    assert order.index(milder) <= order.index(harsher)


def test_a_short_text_in_another_language_is_shown_and_looked_at() -> None:
    unread = StoredScores(scores={}, language="th", model="m@1")
    for stored, action in (
        ({}, "flag"),
        ({"preset": "strict", "first_comment": "publish"}, "flag"),
        ({"unsupported_language": "hold"}, "hold"),
        ({"unsupported_language": "publish"}, "publish"),
    ):
        verdict = judge(facts(policy=Policy.from_json(stored), scored=unread, short=True))
        assert verdict.action == action, stored
        assert judge(facts(scored=unread, short=False)).action == "hold"


def test_a_language_that_was_stored_by_another_name_is_the_same() -> None:
    assert Policy.from_json({"language": "eng"}).language == "en"
    assert Policy.from_json({"language": "xx"}).language == "xx"
    assert Policy.from_json({"language": None}).language is None


def despair(
    *phrases: str, acute: bool = True, rest: dict[str, float] | None = None, **scores: float
) -> StoredScores:
    """Scores of a text that speaks of its author's own despair, in phrases of these kinds."""
    spans = tuple((10 * n, 10 * n + 5, kind) for n, kind in enumerate(phrases or ("wish",)))
    found = SelfHarm(phrases=spans, acute=acute, rest={} if rest is None else rest)
    return StoredScores(scores=scores, language="en", model="m@1", self_harm=found)


@pytest.mark.parametrize(
    ("preset", "action"), [("relaxed", "flag"), ("balanced", "flag"), ("strict", "hold")]
)
def test_despair_calls_a_person_and_is_no_abuse(preset: str, action: str) -> None:
    rest = {"toxicity": 0.0, "threat": 0.0}
    scored = despair("despair", "plan", toxicity=0.99, threat=0.99, rest=rest)
    verdict = judge(facts(scored=scored, policy=PRESETS[preset]))
    assert (verdict.action, verdict.lane) == (action, "self-harm")
    [reason] = verdict.reasons
    assert (reason.rule, reason.detail, reason.attribute) == ("self_harm", "plan", None)
    assert reason.spans == ((0, 5), (10, 15))


def test_what_a_despairing_text_says_of_others_is_held_all_the_same() -> None:
    scored = despair(toxicity=0.99, threat=0.99, rest={"toxicity": 0.9, "threat": 0.0})
    verdict = judge(facts(scored=scored))
    assert (verdict.action, verdict.lane) == ("hold", "self-harm")
    assert {reason.rule for reason in verdict.reasons} == {"score", "self_harm"}
    assert [reason.score for reason in verdict.reasons if reason.rule == "score"] == [0.9]


def test_without_scores_of_the_rest_those_of_the_text_stand() -> None:
    assert judge(facts(scored=despair(threat=0.99))).action == "hold"


def test_despair_that_is_over_waits_for_nobody() -> None:
    verdict = judge(facts(scored=despair("past", acute=False, toxicity=0.9, rest={"toxicity": 0})))
    assert (verdict.action, verdict.lane) == ("publish", None)
    assert [(reason.rule, reason.detail) for reason in verdict.reasons] == [("self_harm", "past")]


@pytest.mark.parametrize("action", ["publish", "flag", "hold"])
def test_a_site_says_what_happens_to_despair(action: str) -> None:
    policy = Policy.from_json({"self_harm": action})
    verdict = judge(facts(scored=despair(toxicity=0.05), policy=policy))
    assert (verdict.action, verdict.lane) == (action, None if action == "publish" else "self-harm")


@given(st.sampled_from(["publish", "flag", "hold", "reject"]), st.integers(0, 5), st.booleans())
def test_whoever_may_be_in_danger_is_in_their_lane_whatever_else_is_found(
    first: Any, links: int, repeat: bool
) -> None:
    policy = Policy.from_json({"first_comment": first, "hold_words": [], "max_links": 2})
    verdict = judge(
        facts(
            scored=despair(threat=0.99),
            policy=policy,
            author=AuthorRecord(id="new"),
            links=links,
            repeat=repeat,
        )
    )
    assert verdict.lane == "self-harm"


def test_help_is_for_acute_despair_and_says_whose_words_it_has() -> None:
    usual = PRESETS["balanced"]
    assert usual.help_for(None) is None
    assert usual.help_for(scored(toxicity=0.9)) is None
    assert usual.help_for(despair("past", acute=False)) is None
    assert usual.help_for(despair()) == {**HELP, "own": False}
    own = Policy.from_json({"help": {"text": "Write to us."}})
    assert own.help_for(despair()) == {**HELP, "text": "Write to us.", "own": True}
    assert Policy.from_json({"help": {"text": "", "links": []}}).help_for(despair()) is None


def test_no_phone_number_comes_with_the_service() -> None:
    assert not any(character.isdigit() for character in str(HELP))
