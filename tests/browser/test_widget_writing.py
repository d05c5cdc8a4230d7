"""Writing through the widget: comments, replies, edits, votes, reports."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.common.by import By

from moderation import widget
from tests.browser.axe import violations
from tests.browser.page import BODY, INSULT, Page

WORDS = Path(widget.__file__).parent / "static" / "messages"


def test_posts_a_comment_and_finds_it_again(page: Page) -> None:
    url = page.open("/post")
    assert page.find("h2").text == "No comments yet"
    assert page.find(".empty").text.startswith("Be the first")
    page.write("The *second* photo is the best one.\n\n> so blue", name="Ann Other")
    article = page.article("The second photo")
    assert article.find_element(By.CSS_SELECTOR, ".body em").text == "second"
    assert article.find_element(By.CSS_SELECTOR, ".body blockquote").text == "so blue"
    assert article.find_element(By.CSS_SELECTOR, ".name").text == "Ann Other"
    assert article.find_element(By.CSS_SELECTOR, ".avatar").text == "AO"
    assert page.focused() == article
    assert page.find("h2").text == "1 comment"
    stamp = article.find_element(By.TAG_NAME, "time")
    assert stamp.text == "just now"
    assert re.fullmatch(r"\d{4}-.*Z", stamp.get_attribute("datetime") or "")
    assert stamp.get_attribute("title")
    [posted] = page.events("rejoinder:posted")
    assert posted["status"] == "published"
    assert page.service.thread(url)["comments"][0]["id"] == posted["id"]
    assert page.service.thread(url)["thread"]["title"] == "Page /post"
    page.browser.refresh()
    page.article("The second photo")
    page.until(lambda: page.events("rejoinder:loaded"))
    [loaded] = page.events("rejoinder:loaded")
    assert loaded["count"] == 1
    page.find(".write textarea").click()
    assert page.find("input[name=name]").get_attribute("value") == "Ann Other"


def test_hostile_text_stays_text(page: Page) -> None:
    page.open("/hostile")
    text = (
        '<img src=x onerror="events.push(1)"> [a](javascript:alert(1)) &lt;b&gt; <script>1</script>'
    )
    page.write(text, name="<b>bold</b>")
    article = page.article("<img src=x")
    assert "<script>1</script>" in article.find_element(*BODY).text
    assert article.find_element(By.CSS_SELECTOR, ".name").text == "<b>bold</b>"
    assert article.find_elements(By.CSS_SELECTOR, "img, script, b, a[href^=javascript]") == []


def test_numbers_of_lists_and_names_are_shown_as_they_are(page: Page) -> None:
    page.open("/as-it-is")
    page.write("3. third\n4. fourth\n7. seventh", name="\u202eadmin")
    article = page.article("seventh")
    assert article.find_element(By.CSS_SELECTOR, ".name").text == "admin"
    [listed] = article.find_elements(By.CSS_SELECTOR, "ol")
    assert page.script("return arguments[0].start", listed) == 3
    assert page.script("return [...arguments[0].children].map((li) => li.value)", listed)[2] == 7
    page.find(".write textarea").click()
    page.find("input[name=name]").clear()
    page.write("Who am I?", name="\u200b\u3164")
    assert page.article("Who am I?").find_element(By.CSS_SELECTOR, ".name").text == "Anonymous"


@pytest.mark.parametrize("language", ["ar", "de", "es", "fr", "pt"])
def test_what_is_refused_is_said_in_the_reader_s_language(page: Page, language: str) -> None:
    page.forgiven += ["422"] * 2
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    page.open(f"/refused-{language}", html=f'lang="{language}"')
    page.write("&zwnj;", name="Ann")
    page.until(lambda: page.texts(".failure") == [words["error.empty"]])
    assert page.focused().tag_name == "textarea"
    page.find("input[name=website]").send_keys("ftp://x.example")
    page.write("Fine words.")
    page.until(lambda: page.texts(".failure") == [words["error.bad-url"]])
    assert page.focused().get_attribute("name") == "website"


def test_words_without_end_and_piled_marks_stay_in_their_place(page: Page) -> None:
    page.open("/endless", "<rejoinder-thread></rejoinder-thread>")
    page.write("x" * 5_000, name="N" * 80)
    page.article("x" * 5_000)
    page.write("Zalgo e" + "\u0301" * 200, name="Z" + "\u0302" * 79)
    piled = page.article("Zalgo")
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")
    for css in (".body", ".name"):
        overflow = piled.find_element(By.CSS_SELECTOR, css).value_of_css_property("overflow")
        assert overflow == "clip"


def test_replies_nest_fold_and_keep_a_draft(page: Page) -> None:
    url = page.open("/reply")
    page.write("Who turned the benches round?", name="Root")
    page.act("Who turned", "Reply")
    form = ".slot .composer"
    area = page.find(f"{form} textarea")
    assert page.focused() == area
    area.send_keys("Not me, I only")
    page.browser.refresh()
    assert page.labels("Who turned") == ["Reply (draft)", "Edit", "Delete"]
    page.act("Who turned", "Reply (draft)")
    assert page.find(f"{form} textarea").get_attribute("value") == "Not me, I only"
    page.find(f"{form} textarea").send_keys(" painted them.", Keys.CONTROL, Keys.ENTER)
    reply = page.article("painted them.")
    assert page.focused() == reply
    assert page.all(form) == []
    [root] = page.service.thread(url)["comments"]
    assert [r["text"] for r in root["replies"]] == ["Not me, I only painted them."]
    page.act("Who turned", "Hide replies")
    assert "painted" not in " ".join(page.bodies())
    page.act("Who turned", "Show 1 reply")
    page.article("painted them.")
    page.act("Who turned", "Reply")
    assert page.find(f"{form} textarea").get_attribute("value") == ""
    page.find(f"{form} textarea").send_keys(Keys.ESCAPE)
    assert page.all(form) == []
    assert page.focused().text == "Reply"


def test_what_was_begun_and_not_sent_is_marked(page: Page) -> None:
    url = page.open("/begun")
    root = page.service.post(url, "Whose is the red boat?")
    page.service.post(url, "Nobody knows.", parent=root["id"])
    page.browser.refresh()
    page.act("red boat", "Reply")
    area = page.find(".slot textarea")
    area.send_keys("Mine.", Keys.ESCAPE)
    assert page.labels("red boat")[:2] == ["Reply (draft)", "Report"]
    assert page.labels("Nobody knows.") == ["Reply", "Report"]
    page.act("red boat", "Reply (draft)")
    area = page.find(".slot textarea")
    area.send_keys(Keys.CONTROL, Keys.ENTER)
    page.article("Mine.")
    assert page.labels("red boat")[:2] == ["Reply", "Report"]
    page.act("Mine.", "Edit")
    page.find(".slot textarea").send_keys(" Why?", Keys.ESCAPE)
    assert page.labels("Mine.") == ["Reply", "Edit (draft)", "Delete"]
    page.browser.refresh()
    page.act("Mine.", "Edit (draft)")
    area = page.find(".slot textarea")
    assert area.get_attribute("value") == "Mine. Why?"
    area.clear()
    area.send_keys("x", Keys.BACKSPACE, Keys.ESCAPE)
    assert page.labels("Mine.") == ["Reply", "Edit", "Delete"]


def test_an_insult_waits_and_only_its_author_sees_it(page: Page) -> None:
    url = page.open("/held")
    page.write(INSULT)
    article = page.article("pathetic")
    assert article.find_element(By.CSS_SELECTOR, ".badge").text == "Waiting for a moderator"
    assert article.find_element(By.CSS_SELECTOR, ".notice").text.startswith("Thanks.")
    assert page.all(".toast") == []
    assert page.find("h2").text == "No comments yet"
    assert page.service.thread(url)["comments"] == []
    [posted] = page.events("rejoinder:posted")
    assert posted["status"] == "held"
    page.browser.refresh()
    assert page.article("pathetic").find_element(By.CSS_SELECTOR, ".badge").is_displayed()
    page.service.decide(posted["id"], "approve")
    page.refresh()
    assert not page.article("pathetic").find_element(By.CSS_SELECTOR, ".badge").is_displayed()
    assert page.find("h2").text == "1 comment"


def test_edits_and_deletes_ones_own(page: Page) -> None:
    url = page.open("/edit")
    page.write("The river is on the lft.")
    page.act("on the lft", "Edit")
    area = page.find(".slot textarea")
    assert area.get_attribute("value") == "The river is on the lft."
    page.write("The river is on the left.", form=".slot .composer")
    article = page.article("on the left")
    assert article.find_element(By.CSS_SELECTOR, ".edited").text == "edited"
    assert [c["text"] for c in page.service.thread(url)["comments"]] == [
        "The river is on the left."
    ]
    page.browser.refresh()
    page.act("on the left", "Delete")
    page.find("dialog button.primary").click()
    page.until(lambda: page.bodies() == [])
    assert page.find("h2").text == "No comments yet"
    assert page.service.thread(url)["comments"] == []
    assert (
        page.script("return arguments[0].shadowRoot.activeElement.localName", page.thread()) == "h2"
    )


def test_the_window_for_editing_closes_and_deleting_stays(page: Page) -> None:
    policy = page.service.ask("GET", "")["policy"]
    page.service.ask("PATCH", "", {"policy": policy | {"edit_minutes": 0}})
    page.open("/window")
    page.write("Carved in oak.")
    assert page.labels("Carved in oak.") == ["Reply", "Delete"]


def test_a_deleted_comment_with_replies_leaves_a_tombstone(page: Page) -> None:
    url = page.open("/tombstone")
    page.write("I take that back.")
    page.article("I take that back.")
    root = page.events("rejoinder:posted")[0]["id"]
    page.service.post(url, "But you said it.", parent=root)
    page.refresh()
    page.article("But you said it.")
    page.act("I take that back", "Delete")
    page.find("dialog button.primary").click()
    page.until(lambda: page.bodies() == ["But you said it."])
    assert page.find(".gone > article .name").text == "This comment was removed."
    page.browser.refresh()
    page.article("But you said it.")
    assert page.find(".gone > article .name").text == "This comment was removed."


def test_an_edit_that_was_overtaken_is_read_and_saved_again(page: Page) -> None:
    """Also far down a thread, where no refresh of its first page comes."""
    url = page.open("/overtaken")
    root = page.service.post(url, "Who painted the bridge?")
    for n in range(4):
        page.service.post(url, f"Not me, number {n}.", parent=root["id"])
    page.browser.refresh()
    page.act("Who painted", "Reply")
    page.write("It was I, in May.", form=".slot .composer")
    page.article("in May.")
    posted = page.events("rejoinder:posted")[0]["id"]
    page.act("in May.", "Edit")
    page.service.ask("PATCH", f"/comments/{posted}", {"text": "It was I, in June.", "version": 1})
    page.forgiven.append("409")
    page.write("It was I, in July.", form=".slot .composer")
    page.until(lambda: "changed elsewhere" in "".join(page.texts(".failure")))
    page.article("in June.")
    page.find(".slot button.primary").click()
    page.until(lambda: page.all(".slot .composer") == [])
    page.article("in July.")
    assert "in July" in page.service.case(posted)["comment"]["text"]


def test_what_no_longer_fits_into_storage_is_kept_for_the_page(page: Page) -> None:
    page.open("/full")
    page.write("Written while there was room.")
    page.article("there was room.")
    page.script(
        "for (let size = 1 << 22; size >= 1; size >>= 1)"
        "  try { for (;;) localStorage.setItem(`${size}-${Math.random()}`, 'x'.repeat(size)); }"
        "  catch { continue; }"
    )
    for text in ("Written without room.", "And once more."):
        page.write(text)
        page.article(text)
    page.refresh()
    for text in ("Written while there was room.", "Written without room.", "And once more."):
        assert page.labels(text) == ["Reply", "Edit", "Delete"]
    page.script("localStorage.clear()")


def test_votes_once_and_takes_it_back(page: Page) -> None:
    url = page.open("/vote")
    page.service.post(url, "Vote for oak.")
    page.browser.refresh()
    page.act("Vote for oak", "Agree")
    up = page.article("oak").find_element(By.CSS_SELECTOR, ".vote.up")
    score = page.article("oak").find_element(By.CSS_SELECTOR, ".score")
    assert (up.get_attribute("aria-pressed"), score.text) == ("true", "1")
    page.until(lambda: page.own_votes(url) == [1])
    page.browser.refresh()
    page.article("oak")
    page.until(lambda: page.all(".vote.up[aria-pressed=true]"))
    page.act("Vote for oak", "Disagree")
    page.until(lambda: page.own_votes(url) == [-1])
    page.act("Vote for oak", "Disagree")
    page.until(lambda: page.own_votes(url) == [])
    assert page.all(".vote[aria-pressed=true]") == []


def test_reports_with_a_reason(page: Page) -> None:
    url = page.open("/report")
    comment = page.service.post(url, "Buy my planks, they are the best planks.")
    page.browser.refresh()
    page.act("Buy my planks", "Report")
    page.until(lambda: page.all("dialog"))
    # Nobody is accused by Enter alone.
    assert page.all("dialog input:checked") == []
    page.find("dialog button.primary").click()
    assert len(page.all("dialog")) == 1
    page.find("dialog input[value=spam]").click()
    page.find("dialog textarea").send_keys("The third time today")
    page.find("dialog button.primary").click()
    page.until(lambda: page.all("dialog") == [])
    assert page.find(".toast").text == "Thanks. A moderator will review it."
    assert page.focused().text == "Reported"
    page.focused().click()
    assert page.all("dialog") == []
    page.browser.refresh()
    assert "Reported" in page.labels("Buy my planks")
    [report] = page.service.case(comment["id"])["reports"]
    assert (report["reason"], report["note"]) == ("spam", "The third time today")


def test_the_limit_is_counted_and_kept(page: Page) -> None:
    page.open("/limit")
    area = page.find(".write textarea")
    page.script(
        "arguments[0].value = 'x'.repeat(5001); arguments[0].dispatchEvent(new Event('input'))",
        area,
    )
    area.click()
    assert page.find(".counter").text == "1 character too many"
    page.find(".write button.primary").click()
    assert page.find(".failure").text == "1 character too many"
    assert area.get_attribute("aria-invalid") == "true"
    area.send_keys(Keys.BACKSPACE)
    assert page.find(".counter").text == "0 characters left"
    page.find("input[name=website]").send_keys("javascript:alert(1)")
    page.find("input[name=name]").send_keys("Ann")
    page.find(".write button.primary").click()
    page.forgiven.append("422")
    page.until(lambda: page.all(".failure"))
    assert page.focused().get_attribute("name") == "website"


def test_who_may_not_write_is_told_why_and_until_when(page: Page) -> None:
    page.forgiven.append("403")
    url = page.open("/told")
    page.write("Before the quarrel.")
    page.article("Before the quarrel.")
    path = f"/authors/{page.service.thread(url)['comments'][0]['author']['id']}/measures"
    page.service.ask("POST", path, {"kind": "review", "reason": "After the quarrel."})
    page.browser.refresh()
    page.until(lambda: "read your comments" in page.find(".closed").text)
    assert page.find(".closed").text.endswith("shown. After the quarrel.")
    assert page.find(".write textarea").is_displayed()
    suspension = {"kind": "suspend", "until": "2031-05-04T10:00:00Z", "reason": "Enough."}
    page.service.ask("POST", path, suspension)
    page.find(".write textarea").send_keys("Let me in.")
    page.find(".write button.primary").click()
    page.until(lambda: "4 May 2031" in page.find(".failure").text)
    assert "Enough." in page.find(".failure").text
    page.browser.refresh()
    page.until(lambda: "4 May 2031" in page.find(".closed").text)
    assert page.all(".write textarea") == []
    assert "Reply" not in page.labels("Before the quarrel.")
    page.open("/told", html='lang="de"')
    page.until(lambda: "4. Mai 2031" in page.find(".closed").text)
    assert page.find(".closed").text.endswith("Enough.")


MARKED = """return [...arguments[0].childNodes].map((node) => [
  node.nodeName,
  [...node.childNodes].filter(({className}) => className !== "sr").map((n) => n.data).join("")
    || node.data || "",
])"""


@pytest.mark.parametrize(
    ("language", "said"), [("en", "may hurt"), ("de", "verletzen"), ("ar", "يجرح")]
)
def test_what_may_hurt_is_shown_once_before_it_is_sent(
    page: Page, language: str, said: str
) -> None:
    page.service.ask("PATCH", "", {"policy": {"nudge": True}})
    url = page.open("/nudge", html=f'lang="{language}"')
    page.forgiven += ["422"] * 2
    # Spans are in code points; and where a text begins with a mark, it still runs its own way.
    text = INSULT if language == "ar" else f"\U0001f600 {INSULT}"
    page.write(text)
    page.until(lambda: said in "".join(page.texts(".failure")))
    shown = re.findall("[“„«](.*)[”“»]", page.find(".failure").text)
    assert shown
    assert all(words in INSULT for words in re.split("”, “|, ", shown[0]))
    assert page.focused().tag_name == "textarea"
    assert page.service.thread(url)["thread"]["version"] == 0
    # The whole text stands beside the form, with those words marked, for the eye and the ear.
    parts = page.script(MARKED, page.find(".marked"))
    assert "".join(part for _, part in parts) == text
    marked = [part for node, part in parts if node == "MARK"]
    assert language != "ar" or text.startswith(marked[0])
    assert ", ".join(marked) == shown[0].replace("”, “", ", ")
    heard = page.script("return arguments[0].textContent", page.find(".marked mark"))
    assert heard.startswith({"en": " marked:", "de": " markiert:", "ar": " معلَّم:"}[language])
    assert page.script("return getComputedStyle(arguments[0]).direction", page.find(".marked")) == (
        "ltr"
    ), "a text runs as it was written"
    sides = "const {direction, borderRightWidth: r} = getComputedStyle(arguments[0]); "
    box = page.script(f"{sides} return [direction, r]", page.find(".notice:has(.marked)"))
    assert box == (["rtl", "3px"] if language == "ar" else ["ltr", "0px"])
    assert violations(page.browser, but=["page-has-heading-one"]) == []
    # Once: now it may be posted as it is.
    page.find(".write button.primary").click()
    page.article(INSULT)
    assert page.all(".marked") == []
    counts = page.service.ask("GET", "/nudges")
    assert (counts["shown"], counts["unchanged"], counts["open"]) == (1, 1, 0)
    # The next comment is a new one.
    page.write(f"{INSULT} Again!")
    page.until(lambda: page.all(".marked mark"))
    page.find(".write textarea").send_keys("!")
    assert page.all(".marked") == [], "what is changed is no more what was shown"
    page.write("I see it another way.")
    page.article("another way")
    counts = page.service.ask("GET", "/nudges")
    assert (counts["shown"], counts["changed"], counts["unchanged"]) == (2, 1, 1)


def test_the_browser_does_the_work_that_a_second_comment_needs(page: Page) -> None:
    page.service.ask("PATCH", "", {"policy": {"proof": "second"}})
    page.open("/busy")
    page.write("The first of two.")
    page.article("The first of two.")
    loaded = "return performance.getEntriesByType('resource').map((e) => e.name)"
    assert not [name for name in page.script(loaded) if "work.js" in name]
    # Seen on the console only: the answer that asks for it.
    page.forgiven += ["428"] * 2
    page.write("The second one.")
    page.article("The second one.")
    page.write("And a third.")
    page.article("And a third.")
    assert [name for name in page.script(loaded) if "work.js" in name] == [
        f"{page.service.url}/embed/work.js"
    ]
