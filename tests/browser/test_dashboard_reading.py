"""What the second reader made of a case: marked in the text, and said in words."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from classifiers import Scorer
from moderation.services import services_of
from tests.browser.axe import violations
from tests.browser.contrast import CONTRAST
from tests.browser.desk import INSULTS, KIND, Desk
from tests.browser.test_dashboard_axe import MEDIA, dress
from tests.browser.test_dashboard_case import OUTSIDE
from tests.support.tiny_model import tiny_scorer
from tests.support.tiny_reader import tiny_combined

pytest.importorskip("onnxruntime")

TEXT = "😀 NOT an idiot, you stupid worm, said he"
LOWERED = "you are not an idiot"


@pytest.fixture
def scorer() -> Scorer:
    return tiny_combined()


def opened(desk: Desk, text: str) -> Any:
    """Open the case of a new comment, and give what the API says of its second reading."""
    comment = desk.send(text)
    desk.enter(f"cases/{comment['id']}")
    desk.opened(text)
    desk.until(lambda: desk.all(".reading[aria-busy=false]"))
    return desk.service.ask("GET", f"/queue/{comment['id']}/reading")


def marked(desk: Desk) -> list[tuple[int, str, str, str]]:
    """Where the second reader's marks begin in the text, in code points, and what they say."""
    found = desk.script(
        "return [...document.querySelectorAll('.comment-text :is(.read-up, .read-down)')]"
        ".map((m) => { const range = document.createRange();"
        "range.setStart(m.closest('.comment-text'), 0); range.setEndBefore(m);"
        "return [[...range.toString()].length, m.textContent,"
        " m.classList.contains('read-up') ? 'up' : 'down', m.title]; })"
    )
    return [tuple(each) for each in found]


def test_the_words_are_marked_where_they_stand_and_said_with_their_amounts(desk: Desk) -> None:
    reading = opened(desk, TEXT)
    told = {
        word["start"]: word["changes"]["insult"]
        for word in reading["words"]
        if abs(word["changes"]["insult"]) >= 0.005
    }
    words = {TEXT[w["start"] : w["end"]]: w["changes"]["insult"] for w in reading["words"]}
    assert words["NOT"] < 0 < words["worm,"]
    marks = marked(desk)
    assert {start for start, *_ in marks} == set(told)
    for start, _, way, title in marks:
        assert way == ("up" if told[start] > 0 else "down")
        assert f"{told[start]:+.2f} for Insult, read in context" in title
    fast, both = (reading[name]["insult"] for name in ("fast", "scores"))
    assert f"{both:.2f}" < f"{fast:.2f}"
    assert desk.texts(".reading > p") == [
        f"Read in context, the second reader lowered Insult from {fast:.2f} to {both:.2f}. What "
        "mattered most, by how the score would differ if it had not seen the word:"
    ]
    said = dict(zip(desk.texts(".reading .word"), desk.texts(".reading li"), strict=True))
    assert said["NOT"] == f"NOT lowered it by {-words['NOT']:.2f}"
    assert said["worm,"] == f"worm, raised it by {words['worm,']:.2f}"


def test_it_says_what_lowered_a_score_and_follows_the_one_that_is_chosen(desk: Desk) -> None:
    reading = opened(desk, LOWERED)
    fast, both = (reading[name]["insult"] for name in ("fast", "scores"))
    assert both < fast
    [sentence] = desk.texts(".reading > p")
    assert sentence.startswith(
        f"Read in context, the second reader lowered Insult from {fast:.2f} to {both:.2f}. "
    )
    # What is below its threshold is not shaded; what was read is marked all the same.
    assert [(word, way) for _, word, way, _ in marked(desk)] == [("not", "down"), ("idiot", "up")]
    if desk.all(".all-scores:not([open]) summary"):
        desk.find(".all-scores summary").click()
    desk.until(lambda: len(desk.all(".score")) == 2)
    [threat] = [bar for bar in desk.all(".score") if "Threat" in bar.text]
    threat.click()
    desk.until(lambda: "Threat" in desk.texts(".reading > p")[0])
    assert all("Insult" not in title for *_, title in marked(desk))


def test_what_is_marked_is_told_from_what_is_shaded_by_shape(desk: Desk) -> None:
    opened(desk, TEXT)

    def lines(css: str) -> set[str]:
        return set(
            desk.script(
                "return [...document.querySelectorAll(arguments[0])]"
                ".map((m) => getComputedStyle(m).textDecorationStyle)",
                css,
            )
        )

    assert lines("mark.read-up") == {"wavy"}
    assert lines("mark.read-down") == {"double"}
    dress(desk, "forced")
    assert lines("mark.read-up") == {"wavy"}
    assert lines("mark.read-down") == {"double"}


def test_it_is_heard_as_a_heading_a_sentence_and_a_list(desk: Desk) -> None:
    opened(desk, LOWERED)
    tree = desk.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]

    def named(role: str) -> list[str]:
        return [
            node["name"]["value"]
            for node in tree
            if node.get("role", {}).get("value") == role and "name" in node
        ]

    assert "Read in context" in named("heading")
    said = desk.script("return document.querySelector('.reading').innerText")
    lines = [line for line in said.splitlines() if line]
    assert lines[0] == "Read in context"
    assert lines[2].startswith("not lowered it by 0.")
    assert lines[3].startswith("idiot raised it by 0.")


def test_the_focus_stays_when_it_comes(desk: Desk) -> None:
    comment = desk.send(LOWERED)
    desk.enter(f"cases/{comment['id']}")
    desk.opened(LOWERED)
    desk.until(lambda: desk.all(".reading[aria-busy=false]"))
    desk.script("document.querySelector('.score[aria-pressed=true], .all-scores summary').focus()")
    focused = desk.script("return document.activeElement.className")
    answer = desk.me.ask(desk.service, "POST", f"/queue/{comment['id']}/decisions",
                         {"action": "escalate", "version": 1, "reason": ""})  # fmt: skip
    assert answer.status_code == 201
    desk.look()
    desk.until(lambda: desk.all(".badge.escalated"))
    assert desk.script("return document.activeElement.className") == focused
    assert desk.texts(".reading li")


def test_a_case_that_was_not_read_says_why(desk: Desk) -> None:
    opened(desk, KIND)
    assert desk.texts(".reading .hint") == [
        "The second reader was not asked: the fast model was sure."
    ]
    comment = desk.send(LOWERED)
    services_of(desk.service.app).scoring.scorer = tiny_scorer()
    desk.enter(f"cases/{comment['id']}")
    desk.says(".reading .hint", "It was scored by tiny-en@1 and tiny-reader@1; now tiny-en@1 is in")
    assert marked(desk) == []


def test_a_case_can_be_decided_where_it_does_not_come(desk: Desk) -> None:
    comment = desk.send(LOWERED)
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/reading"]})
    desk.forgiven.append("ERR_BLOCKED")
    try:
        desk.enter(f"cases/{comment['id']}")
        desk.says(".reading .hint", "could not be loaded")
        desk.press("a")
        desk.until(lambda: desk.status(comment) == "published")
    finally:
        desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})


def test_an_edit_is_read_anew(desk: Desk) -> None:
    comment = desk.send(LOWERED)
    desk.enter(f"cases/{comment['id']}")
    desk.says(".reading li", "not lowered it")
    url = f"{desk.service.url}/api/v1/sites/{desk.service.site}/comments/{comment['id']}"
    edit = {
        "Origin": desk.service.origin,
        "Rejoinder-Author": desk.readers["Somebody"],
        "Rejoinder-Edit-Token": comment["edit_token"],
    }
    requests.patch(url, json={"text": "you worm"}, headers=edit, timeout=10).raise_for_status()
    desk.look()
    desk.opened("you worm")
    desk.until(lambda: not any("not lowered" in text for text in desk.texts(".reading li")))
    desk.until(lambda: desk.all(".reading[aria-busy=false]"))


def test_its_worst_words_are_veiled_with_the_text_s(desk: Desk) -> None:
    opened(desk, "said stupid")
    desk.press("b")
    desk.until(lambda: desk.all(".reading .veiled"))
    blurred = desk.script(
        "return [...document.querySelectorAll('.reading-words mark')]"
        ".filter((e) => getComputedStyle(e).filter !== 'none').map((e) => e.textContent)"
    )
    assert blurred == ["stupid"]
    desk.script("document.querySelector('.reading .veiled').focus()")
    assert desk.script("return getComputedStyle(document.activeElement).filter") == "none"
    desk.press("b")


def test_a_part_of_a_long_comment_is_named(desk: Desk) -> None:
    text = f"{'The weather is fine on the bridge. ' * 20}{INSULTS[1]}, you are not an idiot"
    opened(desk, text)
    desk.says(".reading .hint", "Of this long comment it read the part that looked worst, from “")
    desk.says(".reading .hint", "not an idiot”")


@pytest.mark.parametrize("look", MEDIA)
def test_everybody_can_see_it(desk: Desk, look: str) -> None:
    dress(desk, look)
    opened(desk, TEXT)
    assert marked(desk)
    assert violations(desk.browser) == []
    if look != "forced":
        assert desk.script(CONTRAST) == []
    assert desk.script(OUTSIDE) == []
