"""One case: why it is here, its words by weight, what is hidden in them, and edits meanwhile."""

from __future__ import annotations

import pytest
import requests
from selenium.webdriver import ActionChains

from tests.browser.desk import INSULTS, KIND, Desk


def test_a_case_says_why_it_is_here(desk: Desk) -> None:
    parent = desk.send(KIND, name="Ada")
    comment = desk.held("shut up you moron", name="Bob", parent=parent["id"])
    desk.send("people like this bridge", name="Cem", parent=parent["id"])
    for reason in ("abuse", "hate"):
        desk.report(parent, reason=reason, note="Look at this.")
    case = desk.service.case(comment["id"])
    desk.enter(f"cases/{comment['id']}")
    desk.opened("shut up you moron")
    score = case["comment"]["scores"]["insult"]
    assert desk.texts(".reason") == [f"Insult {score:.2f} (held from 0.60)"]
    assert desk.texts(".score-name") == ["Insult", "Threat"]
    for bar in desk.all(".score"):
        seen = (bar.get_attribute("textContent") or "").strip()
        assert (bar.get_attribute("aria-label") or "").startswith(seen)
    marks = desk.script(
        "return [...document.querySelector('.score').querySelectorAll('.score-mark')]"
        ".map((m) => m.style.insetInlineStart)"
    )
    assert marks == ["40%", "60%"]
    assert desk.attribute(".score", "aria-label") == (
        f"Insult {score:.2f}, flagged from 0.40, held from 0.60"
    )
    assert desk.texts(".neighbour-head .author") == ["Ada", "Bob", "Cem"]
    assert desk.texts(".neighbour.this .author") == ["Bob"]
    assert desk.find(".thread-line a").get_attribute("href") == (
        f"{desk.service.origin}/article#rejoinder-comment-{comment['id']}"
    )
    footer = desk.find(".text-footer").text
    assert "English" in footer
    assert case["comment"]["model"] in footer
    terms = dict(zip(desk.texts(".terms dt"), desk.texts(".terms dd"), strict=True))
    assert float(terms["Sum"]) == pytest.approx(case["priority"]["total"], abs=0.02)
    desk.all(".neighbour-link")[0].click()
    desk.opened(KIND)
    desk.says(".reports", "Look at this.")
    assert desk.texts(".reports strong") == ["Abuse", "Hate"]
    desk.find(".case-title a").click()
    desk.says("h1", "Ada")
    assert desk.texts(".entry-text") == [KIND]


def test_heavy_words_are_shaded_at_the_right_characters(desk: Desk) -> None:
    text = "😀😀 you are 👩‍👩‍👧 stupid - you é🏳️‍🌈 idiot 😡 only a fool"
    comment = desk.held(text)
    spans = desk.service.case(comment["id"])["comment"]["spans"]
    weights = {text[s["start"] : s["end"]]: s["contributions"]["insult"] for s in spans}
    assert {"stupid", "idiot"} < set(weights)
    desk.enter(f"cases/{comment['id']}")
    desk.opened(text)
    marks = desk.script(
        "return [...document.querySelectorAll('.comment-text mark')].map((m) => {"
        "const range = document.createRange();"
        "range.setStart(m.closest('.comment-text'), 0); range.setEndBefore(m);"
        "return [[...range.toString()].length, m.textContent,"
        " [...m.classList].find((c) => c.startsWith('level-')), m.title]; })"
    )
    shaded = [(start, word) for start, word, level, _ in marks if level != "level-0"]
    heavy = [
        (s["start"], text[s["start"] : s["end"]])
        for s in spans
        if s["contributions"]["insult"] >= 0.5
    ]
    assert [place for place in heavy if place in shaded] == heavy
    assert [place for place in shaded if place not in heavy] == []
    top = max(weights, key=weights.__getitem__)
    expected = sum(weights[top] >= least for least in (0.5, 1, 2, 3))
    assert [level for _, word, level, _ in marks if word == top] == [f"level-{expected}"]
    assert [title for _, word, _, title in marks if word == top] == [
        f"+{weights[top]:.2f} for Insult"
    ]

    desk.find(".why-words summary").click()
    listed = list(zip(desk.texts(".weights .word"), desk.texts(".weight-number"), strict=True))
    assert listed[0] == (top, f"+{weights[top]:.2f}")
    desk.find(".all-scores summary").click()
    desk.all(".score")[1].click()
    desk.until(lambda: desk.find(".score[aria-pressed=true] .score-name").text == "Threat")
    titles = desk.script(
        "return [...document.querySelectorAll('.comment-text mark')].map((m) => m.title)"
    )
    assert not any("Insult" in title for title in titles)


def test_hidden_characters_and_markup_are_shown_as_text(desk: Desk) -> None:
    text = '<img src=x onerror="alert(1)"> you are stu\u00adpid \u202eidiot'
    comment = desk.send(text, name="<b>B\u00ado\u202eb</b>")
    desk.enter(f"cases/{comment['id']}")
    kept = desk.service.case(comment["id"])["comment"]["text"]
    desk.opened(kept)
    hidden = [f"U+{ord(c):04X}" for c in kept if c in "\u00ad\u202e"]
    assert [e.get_attribute("data-code") for e in desk.all(".comment-text .unseen")] == hidden
    assert desk.texts(".case-title") == ["<b>B\u00adob</b>"]
    assert desk.attribute(".case-title .unseen", "data-code") == "U+00AD"
    assert desk.all(".case img") == []


def test_what_strangers_write_beside_a_text_hides_nothing_either(desk: Desk) -> None:
    hidden = "i\u00adnvisible"
    comment = desk.send(KIND, author={"name": "Bob", "website": f"https://bob.example/{hidden}"})
    desk.report(comment, note=f"This is {hidden}.")
    body = {"action": "escalate", "version": 1, "reason": f"Look, {hidden}."}
    desk.me.ask(desk.service, "POST", f"/queue/{comment['id']}/decisions", body)
    desk.enter(f"cases/{comment['id']}")
    desk.opened(KIND)
    for css in (".reports .note", ".timeline .note"):
        assert desk.attribute(f"{css} .unseen", "data-code") == "U+00AD"
    website = desk.service.case(comment["id"])["author"]["website"]
    assert ("\u00ad" in website) == bool(desk.all(".case-side bdi .unseen"))


def test_the_heading_of_a_case_is_described_by_its_text(desk: Desk) -> None:
    comment = desk.held(INSULTS[0], name="Bob")
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    tree = desk.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    [heading] = [
        node for node in tree if node.get("name", {}).get("value", "").startswith("Case by")
    ]
    assert heading["description"]["value"] == INSULTS[0]


@pytest.mark.parametrize("author", ["none", "0190a8a0-0000-7000-8000-000000000000", "a%2Fb"])
def test_an_author_who_is_not_there_is_not_shown(desk: Desk, author: str) -> None:
    desk.forgiven.append("404")
    desk.enter(f"authors/{author}")
    desk.says("h1", "Author not found")
    assert desk.all(".figure") == []


def test_an_author_is_banned_with_all_they_wrote_and_undone(desk: Desk) -> None:
    first = desk.send(KIND, name="Bob")
    held = desk.held(INSULTS[0], name="Bob")
    desk.enter(f"authors/{first['author']['id']}")
    desk.says(".hint", "Nothing is set")
    desk.button("Set a measure").click()
    desk.find("dialog input[value=suspend]").click()
    assert desk.script("return document.querySelector('dialog option:last-child').disabled")
    desk.find("dialog input[value=ban]").click()
    reason, _ = desk.all("dialog textarea")
    reason.send_keys("Adverts, again.")
    desk.find("dialog .tick input").click()
    desk.button("Set it", within="dialog").click()
    desk.says(".toast", "2 comments were rejected")
    desk.says(".measure .badge", "Ban")
    desk.until(lambda: desk.status(held) == desk.status(first) == "rejected")
    desk.button("Undo", within=".measure").click()
    desk.says(".toast", "2 comments are as they were")
    desk.until(lambda: [desk.status(one) for one in (first, held)] == ["published", "held"])
    desk.says(".hint", "Nothing is set")
    desk.enter("history")
    desk.until(lambda: any("banned an author" in text for text in desk.texts(".entry-what")))


OUTSIDE = """
const { right, left } = document.querySelector(".pane").getBoundingClientRect();
return [...document.querySelectorAll(".pane *")].filter((e) => {
  const box = e.getBoundingClientRect();
  return e.checkVisibility() && (box.right > right + 1 || box.left < left - 1);
}).map((e) => `${e.localName}.${e.className}`)
"""


@pytest.mark.parametrize("width", [1300, 390])
def test_words_without_end_stay_inside(desk: Desk, width: int) -> None:
    root = desk.send("y" * 5_000, name="M" * 80)
    comment = desk.held(
        "you are stupid " + "w" * 4_985, name="W" * 80, parent=root["id"], title="T" * 300
    )
    desk.resize(width, 800)
    desk.enter(f"cases/{comment['id']}")
    desk.opened("you are stupid " + "w" * 4_985)
    assert desk.script(OUTSIDE) == []


def test_the_worst_words_can_be_veiled(desk: Desk) -> None:
    comment = desk.held("what an idiot you are")
    desk.enter(f"cases/{comment['id']}")
    desk.opened("what an idiot you are")

    def blurred() -> list[str]:
        return desk.script(
            "return [...document.querySelectorAll('.comment-text *')]"
            ".filter((e) => getComputedStyle(e).filter !== 'none').map((e) => e.textContent)"
        )

    assert blurred() == []
    desk.press("b")
    desk.until(lambda: "idiot" in blurred())
    assert "idiot" in desk.script(
        "return [...document.querySelectorAll('.row-text *')]"
        ".filter((e) => getComputedStyle(e).filter !== 'none').map((e) => e.textContent)"
    )
    desk.script("document.querySelector('.comment-text .veiled').focus()")
    assert "idiot" not in blurred()
    desk.browser.refresh()
    desk.opened("what an idiot you are")
    assert "idiot" in blurred()
    desk.button("Show all words").click()
    assert blurred() == []


def test_an_edit_is_read_before_it_is_decided_on(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    # Live changes would show the edit before the key is pressed.
    desk.script("Object.defineProperty(document, 'hidden', { value: true })")
    requests.patch(
        f"{desk.service.url}/api/v1/sites/gazette/comments/{comment['id']}",
        json={"text": INSULTS[1]},
        headers={
            "Origin": desk.service.origin,
            "Rejoinder-Edit-Token": comment["edit_token"],
        },
        timeout=10,
    ).raise_for_status()
    desk.forgiven.append("409")
    desk.press("a")
    desk.opened(INSULTS[1])
    desk.says(".banner", "has edited this comment")
    assert desk.status(comment) == "held"
    desk.press("a")
    desk.until(lambda: desk.status(comment) == "published")


def test_what_one_looks_at_stays_when_the_case_is_drawn_anew(desk: Desk) -> None:
    comment = desk.held("you are stupid " + "and on it goes, line by line.\n" * 40)
    text = desk.service.case(comment["id"])["comment"]["text"]
    desk.enter(f"cases/{comment['id']}")
    desk.opened(text)
    summary = desk.find(".why-words summary")
    summary.click()
    desk.script("document.querySelector('.comment-text').scrollTop = 300")
    desk.press("b")
    desk.says(".text-footer", "Show all words")
    state = (
        "return [document.querySelector('.why-words').open, document.activeElement.localName,"
        " document.querySelector('.comment-text').scrollTop]"
    )
    assert desk.script(state) == [True, "summary", 300]
    desk.button("Show all words").click()
    focused = "return document.activeElement.textContent"
    desk.until(lambda: desk.script(focused).startswith("Blur the worst"))


def test_text_marked_out_of_a_dialog_does_not_close_it(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.press("e")
    note = desk.find("dialog textarea")
    note.send_keys("For the others to know")
    box = desk.find("dialog")
    out = -(box.rect["width"] // 2 + 40)
    ActionChains(desk.browser).move_to_element(note).click_and_hold().move_by_offset(
        int(out), 0
    ).release().perform()
    assert desk.find("dialog textarea").get_attribute("value") == "For the others to know"
    ActionChains(desk.browser).move_to_element_with_offset(box, int(out), 0).click().perform()
    desk.until(lambda: not desk.all("dialog"))


def test_an_authors_comments_are_decided_on_together(desk: Desk) -> None:
    comments = [desk.held(text, name="Bob") for text in INSULTS[:3]]
    desk.enter(f"cases/{comments[0]['id']}")
    desk.opened(INSULTS[0])
    desk.find(".author-line a").click()
    desk.says("h1", "Bob")
    figures = dict(zip(desk.texts(".figure dt"), desk.texts(".figure dd"), strict=True))
    assert (figures["Comments"], figures["Rejected"]) == ("3", "0")
    assert desk.texts(".entry-text") == list(reversed(INSULTS[:3]))
    for box in desk.all(".entry input")[:2]:
        box.click()
    desk.says(".selection", "2 selected")
    desk.button("Reject", ".selection").click()
    desk.says("dialog h2", "Reject 2 comments?")
    assert sorted(desk.texts("dialog tbody td:first-child")) == sorted(INSULTS[1:3])
    desk.button("Reject", "dialog").click()
    desk.says(".toast", "Rejected 2 comments")
    desk.until(lambda: desk.texts(".figure.bad dd") == ["2"])
    assert [desk.status(comment) for comment in comments] == ["held", "rejected", "rejected"]
    desk.press("u")
    desk.says(".toast", "Undone for 2 comments")
    desk.until(lambda: desk.texts(".entry-detail .badge") == ["Held"] * 3)


def reply(desk: Desk, text: str, button: str) -> None:
    desk.find("dialog textarea").send_keys(text)
    desk.button(button, "dialog").click()


def test_staff_answer_where_they_read(desk: Desk) -> None:
    shown = desk.send(KIND, name="Ada")
    desk.enter(f"cases/{shown['id']}")
    desk.opened(KIND)
    desk.press("c")
    assert desk.find("dialog h2").text == "Reply to Ada"
    assert "Maya" in desk.find("dialog .hint").text
    assert "Owner of the site" in desk.find("dialog .hint").text
    # What was begun is there again.
    desk.find("dialog textarea").send_keys("Thank you, ")
    desk.button("Cancel", "dialog").click()
    desk.button("Reply", ".case-actions").click()
    assert desk.find("dialog textarea").get_attribute("value") == "Thank you, "
    reply(desk, "you idiot!", "Publish reply")
    desk.says(".toast", "Your reply is published.")
    (top,) = desk.service.thread(f"{desk.service.origin}/article")["comments"]
    (answer,) = top["replies"]
    assert (answer["text"], answer["author"]["name"]) == ("Thank you, you idiot!", "Maya")
    assert answer["author"]["role"] == "owner"
    desk.enter(f"cases/{answer['id']}")
    desk.opened("Thank you, you idiot!")
    desk.says(".badges .author-role", "Owner of the site")


def test_what_waits_is_approved_with_its_answer(desk: Desk) -> None:
    held = desk.held("shut up you moron", name="Bob")
    desk.enter(f"cases/{held['id']}")
    desk.opened("shut up you moron")
    desk.button("Reply", ".case-actions").click()
    reply(desk, "Please be kind.", "Approve and reply")
    desk.says(".toast", "Your reply is published.")
    (top,) = desk.service.thread(f"{desk.service.origin}/article")["comments"]
    assert (top["id"], top["status"]) == (held["id"], "published")
    assert [answer["text"] for answer in top["replies"]] == ["Please be kind."]


def test_an_author_is_answered_from_their_page_too(desk: Desk) -> None:
    asked = desk.send(KIND, name="Ada")
    desk.enter(f"authors/{asked['author']['id']}")
    desk.says("h1", "Ada")
    desk.button("Reply", ".entry").click()
    reply(desk, "Here you are.", "Publish reply")
    desk.says(".toast", "Your reply is published.")
    (top,) = desk.service.thread(f"{desk.service.origin}/article")["comments"]
    assert [answer["text"] for answer in top["replies"]] == ["Here you are."]
