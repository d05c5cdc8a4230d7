"""The widget in a real browser, on a page of another origin under the strictest policy."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from .conftest import Host, Service

WORDS = Path(__file__).parents[2] / "moderation" / "static" / "widget" / "messages"
INSULT = "You are a stupid idiot and a pathetic moron."
LISTEN = """
window.violations = [];
window.events = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));
for (const name of ["rejoinder:loaded", "rejoinder:posted"])
  document.addEventListener(name, (event) => events.push([name, event.detail]));
"""


class Page:
    """The host page as a reader has it: what is seen, and what can be done with it."""

    def __init__(self, browser: Chrome, service: Service, host: Host) -> None:
        self.browser = browser
        self.service = service
        self.host = host
        self.said: list[str] = []
        self.forgiven: list[str] = []

    def open(
        self,
        path: str,
        body: str = "<rejoinder-thread></rejoinder-thread>",
        *,
        head: str = "",
        html: str = 'lang="en"',
        fragment: str = "",
        ready: bool = True,
    ) -> str:
        """Publish and open a page with this body; gives its URL."""
        origin = self.service.url
        url = self.host.page(
            path,
            f"<!doctype html><html {html}><head><title>Page {path}</title>{head}"
            f'<script src="{origin}/embed.js" data-site="{self.service.site}" async></script>'
            f"</head><body><main>{body}</main></body></html>",
            Content_Security_Policy=(
                f"default-src 'none'; base-uri 'none'; form-action 'none'; script-src {origin}; "
                f"connect-src {origin}; require-trusted-types-for 'script'; trusted-types 'none'"
            ),
        )
        self.browser.get(url + fragment)
        if ready:
            self.until(lambda: self.all("h2"))
        return url

    def thread(self, index: int = 0) -> WebElement:
        return self.browser.find_elements(By.TAG_NAME, "rejoinder-thread")[index]

    def all(self, css: str, index: int = 0) -> list[WebElement]:
        found = self.thread(index).shadow_root.find_elements(By.CSS_SELECTOR, css)
        return [element for element in found if element.is_displayed()]

    def find(self, css: str, index: int = 0) -> WebElement:
        return self.until(lambda: self.all(css, index))[0]

    def until(self, condition: Callable[[], Any], seconds: float = 8) -> Any:
        return WebDriverWait(self.browser, seconds, 0.05).until(lambda _: condition())

    def bodies(self, index: int = 0) -> list[str]:
        return [body.text for body in self.all("article .body", index)]

    def article(self, text: str) -> WebElement:
        def match() -> list[WebElement]:
            return [a for a in self.all("article") if text in a.find_element(*BODY).text]

        found: WebElement = self.until(match)[0]
        return found

    def act(self, text: str, button: str) -> None:
        """Press the button with this label on the comment with this text."""
        article = self.article(text)
        buttons = article.find_elements(By.CSS_SELECTOR, ".actions button")
        [wanted] = [b for b in buttons if button in (b.text, b.get_attribute("aria-label"))]
        wanted.click()

    def labels(self, text: str) -> list[str]:
        """The words on the buttons of the comment with this text."""
        buttons = self.article(text).find_elements(By.CSS_SELECTOR, ".actions button")
        return [b.text for b in buttons if b.text]

    def write(self, text: str, *, name: str = "", form: str = ".write .composer") -> None:
        """Fill in a form and send it."""
        area = self.find(f"{form} textarea")
        area.clear()
        area.send_keys(text)
        if name:
            self.find(f"{form} input[name=name]").send_keys(name)
        self.find(f"{form} button.primary").click()

    def focused(self) -> WebElement:
        found: WebElement = self.browser.execute_script(
            "return arguments[0].shadowRoot.activeElement", self.thread()
        )
        return found

    def script(self, code: str, *args: object) -> Any:
        return self.browser.execute_script(code, *args)

    def listen(self) -> list[str]:
        """All that the console has said so far."""
        self.said += [entry["message"] for entry in self.browser.get_log("browser")]
        return self.said

    def events(self, name: str) -> list[dict[str, Any]]:
        return [detail for event, detail in self.script("return events") if event == name]

    def own_votes(self, url: str) -> list[int]:
        """The votes that the service has from this browser."""
        [kept] = self.script(
            "return Object.entries(localStorage).filter(([k]) => k.endsWith(':author'))"
            ".map(([, v]) => JSON.parse(v).token)"
        )
        path = f"{self.service.url}/api/v1/sites/{self.service.site}/threads/mine"
        headers = {"Rejoinder-Author": kept}
        answer = requests.get(path, params={"url": url}, headers=headers, timeout=10)
        votes: dict[str, int] = answer.json()["votes"]
        return list(votes.values())

    def refresh(self) -> None:
        """Look for changes now instead of at the next turn of the clock."""
        failure = self.browser.execute_async_script(
            "const done = arguments[1];"
            "arguments[0].thread.refresh().then(() => done(''), (error) => done(String(error)))",
            self.thread(),
        )
        assert failure == ""


BODY = (By.CSS_SELECTOR, ".body")


@pytest.fixture
def page(browser: Chrome, service: Service, host: Host) -> Iterator[Page]:
    """A page; at the end nothing may have broken the host's policy or spoken on the console."""
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
    browser.get(host.page("/clear", "<!doctype html><title>clear</title>"))
    browser.execute_script("localStorage.clear()")
    page = Page(browser, service, host)
    yield page
    assert browser.execute_script("return window.violations") == []
    assert [m for m in page.listen() if not any(word in m for word in page.forgiven)] == []
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_posts_a_comment_and_finds_it_again(page: Page) -> None:
    url = page.open("/post")
    assert page.find("h2").text == "No comments yet"
    assert page.find(".empty").text.startswith("Nobody has said")
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


def test_replies_nest_fold_and_keep_a_draft(page: Page) -> None:
    url = page.open("/reply")
    page.write("Who turned the benches round?", name="Root")
    page.act("Who turned", "Reply")
    form = ".slot .composer"
    area = page.find(f"{form} textarea")
    assert page.focused() == area
    area.send_keys("Not me, I only")
    time.sleep(0.4)
    page.browser.refresh()
    page.act("Who turned", "Reply")
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


def test_an_insult_waits_and_only_its_author_sees_it(page: Page) -> None:
    url = page.open("/held")
    page.write(INSULT)
    article = page.article("pathetic")
    assert article.find_element(By.CSS_SELECTOR, ".badge").text == "Waiting for a moderator"
    assert page.find(".toast").text
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
    page.find("dialog input[value=spam]").click()
    page.find("dialog textarea").send_keys("The third time today")
    page.find("dialog button.primary").click()
    page.until(lambda: page.all("dialog") == [])
    assert page.find(".toast").text == "Thank you. A moderator will look at it."
    assert page.focused().text == "Report"
    [report] = page.service.case(comment["id"])["reports"]
    assert (report["reason"], report["note"]) == ("spam", "The third time today")


def test_sorts_and_pages_a_long_thread(page: Page) -> None:
    url = page.open("/long")
    comments = [page.service.post(url, f"Remark number {n}.") for n in range(23)]
    for n in range(5):
        page.service.post(url, f"Answer {n}.", parent=comments[0]["id"])
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 20)
    assert page.bodies()[0] == "Remark number 22."
    page.find(".frame > .further").click()
    page.until(lambda: len(page.bodies()) == 23 + 3)
    assert page.focused().find_element(*BODY).text == "Remark number 2."
    assert page.all(".frame > .further") == []
    further = page.find(".replies + .further")
    assert further.text == "Show 2 more replies"
    further.click()
    page.article("Answer 4.")
    assert page.focused().find_element(*BODY).text == "Answer 3."
    Select(page.find("select")).select_by_value("oldest")
    page.until(lambda: page.bodies()[0] == "Remark number 0.")
    page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
    page.until(lambda: len(page.bodies()) == 20 + 3 and page.bodies()[0] == "Remark number 0.")
    assert page.find("select").get_attribute("value") == "oldest"


def test_new_comments_wait_for_a_click(page: Page) -> None:
    url = page.open("/live")
    first = page.service.post(url, "I was here first.")
    page.browser.refresh()
    page.article("here first")
    page.service.post(url, "And I came second.")
    page.service.post(url, "An answer goes in place.", parent=first["id"])
    page.refresh()
    page.article("goes in place")
    assert page.find("h2").text == "3 comments"
    assert "And I came second." not in page.bodies()
    page.find(".fresh").click()
    assert page.focused() == page.article("And I came second.")
    assert page.bodies()[0] == "And I came second."


def test_follows_a_link_to_a_reply_that_is_not_on_the_page(page: Page) -> None:
    url = page.open("/deep")
    old = page.service.post(url, "The oldest of all.")
    replies = [page.service.post(url, f"Answer {n}.", parent=old["id"]) for n in range(5)]
    for n in range(21):
        page.service.post(url, f"Later {n}.")
    page.open("/deep", fragment=f"#rejoinder-comment-{replies[4]['id']}")
    target = page.article("Answer 4.")
    page.until(lambda: page.focused() == target)
    page.article("The oldest of all.")


def test_two_threads_and_their_counts_on_one_page(page: Page) -> None:
    first, second = (f"{page.host.origin}/pair/{name}" for name in "ab")
    page.service.post(first, "Only in the first.")
    page.service.post(first, "Also in the first.")
    page.service.post(second, "Only in the second.")
    page.open(
        "/pair",
        f'<rejoinder-thread url="{first}"></rejoinder-thread>'
        f'<rejoinder-thread url="{second}"></rejoinder-thread>'
        f'<rejoinder-count url="{first}"></rejoinder-count>'
        f'<rejoinder-count url="{second}" format="number"></rejoinder-count>',
    )
    page.until(lambda: len(page.bodies(0)) == 2 and len(page.bodies(1)) == 1)
    counts = page.browser.find_elements(By.TAG_NAME, "rejoinder-count")
    page.until(lambda: [c.text for c in counts] == ["2 comments", "1"])
    page.script("arguments[0].setAttribute('url', arguments[1])", page.thread(1), first)
    page.until(lambda: len(page.bodies(1)) == 2)
    page.script("arguments[0].lang = 'de'", page.thread(1))
    page.until(lambda: [h.text for h in page.all("h2", 1)] == ["2 Kommentare"])
    assert page.find("h2", 0).text == "2 comments"


def test_a_thread_is_found_by_canonical_address_or_id(page: Page) -> None:
    canonical = f"{page.host.origin}/canonical"
    page.service.post(canonical, "Said on the canonical page.")
    page.open("/copy", head=f'<link rel="canonical" href="{canonical}">')
    page.article("Said on the canonical page.")
    url = page.open("/moved", '<rejoinder-thread thread-id="story-7"></rejoinder-thread>')
    page.write("It has an id of its own.")
    page.article("an id of its own")
    assert page.service.thread(url)["comments"] == []
    page.open("/moved-again", '<rejoinder-thread thread-id="story-7"></rejoinder-thread>')
    page.article("an id of its own")


def test_works_by_keyboard_alone(page: Page) -> None:
    url = page.open("/keys")
    page.service.post(url, "Can you do this without a mouse?")
    page.browser.refresh()
    page.article("without a mouse")

    def press(*keys: str) -> None:
        ActionChains(page.browser).send_keys(*keys).perform()

    def tab_to(text: str) -> None:
        for _ in range(20):
            press(Keys.TAB)
            focused = page.focused()
            if focused and text in (focused.text, focused.get_attribute("aria-label")):
                return
        raise AssertionError(f"never reached {text}")

    def outlined() -> bool:
        style = page.script("return getComputedStyle(arguments[0]).outlineStyle", page.focused())
        return bool(style == "solid")

    tab_to("Agree")
    assert outlined()
    press(Keys.SPACE)
    page.until(lambda: page.all(".vote.up[aria-pressed=true]"))
    tab_to("Reply")
    press(Keys.ENTER)
    page.until(lambda: page.focused().tag_name == "textarea")
    assert outlined()
    press("Yes, easily.", Keys.TAB, "Keys", Keys.TAB, Keys.TAB, Keys.TAB)
    assert page.focused().text == "Post reply"
    press(Keys.ENTER)
    reply = page.article("Yes, easily.")
    page.until(lambda: page.focused() == reply)
    tab_to("Delete")
    press(Keys.ENTER)
    page.until(lambda: page.all("dialog"))
    press(Keys.ESCAPE)
    page.until(lambda: page.all("dialog") == [])
    assert page.focused().text == "Delete"


def test_everything_has_a_name_and_a_place_in_the_outline(page: Page) -> None:
    url = page.open("/named")
    root = page.service.post(url, "A heading for each comment.")
    page.service.post(url, "One level deeper.", parent=root["id"])
    page.browser.refresh()
    page.article("One level deeper.")
    page.act("One level deeper", "Reply")
    outline = [(h.tag_name) for h in page.all("h2, h3, h4")]
    assert outline == ["h2", "h3", "h4"]
    nodes = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = ("button", "textbox", "combobox", "article", "form", "link", "heading")
    unnamed = [
        node["role"]["value"]
        for node in nodes
        if node.get("role", {}).get("value") in roles
        and not node["ignored"]
        and not node.get("name", {}).get("value")
    ]
    assert unnamed == []
    assert page.thread().shadow_root.find_elements(By.CSS_SELECTOR, "[role=status]")


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


def test_a_closed_thread_can_be_read_only(page: Page) -> None:
    url = page.open("/closed")
    page.service.post(url, "The last word.")
    page.service.close(url)
    page.browser.refresh()
    assert "Reply" not in page.labels("The last word.")
    assert page.find(".closed").text.startswith("This discussion is closed.")
    assert page.all("textarea") == []


def test_a_lost_answer_never_posts_twice(page: Page) -> None:
    url = page.open("/lost")
    page.forgiven.append("503")
    page.service.lose_answers(1)
    page.write("Did this arrive?")
    page.article("Did this arrive?")
    assert [c["text"] for c in page.service.thread(url)["comments"]] == ["Did this arrive?"]


def test_a_service_that_is_down_keeps_the_text(page: Page) -> None:
    url = page.open("/down")
    page.forgiven += ["ERR_CONNECTION_REFUSED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE"]
    page.service.stop()
    try:
        page.write("Written into the void.")
        failure = page.until(lambda: page.all(".write .failure"))[0]
        assert failure.text.startswith("The comment service does not answer")
        button = page.find(".write button.primary")
        assert button.text == "Try again"
        # A page opened meanwhile (its script still in the cache) says so in plain words.
        page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
        page.until(lambda: page.all(".unavailable"))
        assert page.find(".unavailable p").text.startswith("The comments cannot be loaded")
    finally:
        page.service.start()
    page.find(".unavailable button").click()
    page.until(lambda: page.all("h2"))
    assert page.find(".write textarea").get_attribute("value") == "Written into the void."
    page.find(".write button.primary").click()
    page.article("Written into the void.")
    assert len(page.service.thread(url)["comments"]) == 1


def test_a_page_that_is_not_the_sites_says_so_on_the_console(page: Page) -> None:
    page.open("/stranger", '<rejoinder-thread site="nobody"></rejoinder-thread>', ready=False)
    message = page.find(".unavailable p").text
    assert message.startswith("The comments cannot be loaded")
    page.until(lambda: any("one of its origins?" in line for line in page.listen()))
    assert page.host.origin in page.said[-1]
    page.forgiven += ["404", "CORS", "ERR_FAILED", "one of its origins?"]


def test_right_to_left_and_dark(page: Page) -> None:
    emulate = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", emulate)
    url = f"{page.host.origin}/rtl"
    page.service.post(url, "English text under Arabic words.", name="Left")
    page.open("/rtl", html='lang="ar" dir="rtl"')
    words = json.loads((WORDS / "ar.json").read_text("utf-8"))
    frame = page.find(".frame")
    assert (frame.get_attribute("dir"), frame.get_attribute("lang")) == ("rtl", "ar")
    assert words["reply"] in page.labels("English text")
    article = page.article("English text")
    face = article.find_element(By.CSS_SELECTOR, ".avatar").rect
    assert face["x"] > article.find_element(*BODY).rect["x"]
    # A page without a background is white whatever the system prefers: so is the widget.
    assert "dark" not in (frame.get_attribute("class") or "")
    page.script("document.body.style.setProperty('background', 'oklch(0.2 0.02 250)')")
    page.until(lambda: "dark" in (page.find(".frame").get_attribute("class") or ""))
    page.script("arguments[0].setAttribute('theme', 'light')", page.thread())
    assert "dark" not in (page.find(".frame").get_attribute("class") or "")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(page: Page, theme: str) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 : 1, measured on what the browser computed."""
    url = f"{page.host.origin}/contrast-{theme}"
    root = page.service.post(url, "A [link](https://example.org), `code`.\n\n> quoted", name="Cc")
    page.service.post(url, "Deeper.", parent=root["id"], name="Bb")
    page.open(f"/contrast-{theme}", f'<rejoinder-thread theme="{theme}"></rejoinder-thread>')
    page.write(INSULT)
    page.article("pathetic")
    page.script(
        "document.body.style.setProperty('background', arguments[0])",
        "#fff" if theme == "light" else "#14171a",
    )
    weak = page.script(CONTRAST, page.thread())
    assert weak == []


CONTRAST = """
const context = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const rgba = (colour) => {
  context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
  return [...context.getImageData(0, 0, 1, 1).data];
};
const up = (node) => node.parentElement || node.getRootNode().host;
const behind = (node) => {
  for (; node; node = up(node)) {
    const colour = rgba(getComputedStyle(node).backgroundColor);
    if (colour[3] > 250) return colour;
  }
  return [255, 255, 255, 255];
};
const opacity = (node) => {
  let value = 1;
  for (; node; node = up(node)) value *= Number(getComputedStyle(node).opacity);
  return value;
};
const light = (colour) => {
  const [r, g, b] = colour.map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const weak = [];
for (const node of arguments[0].shadowRoot.querySelectorAll("*")) {
  const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !node.checkVisibility() || node.matches("option")) continue;
  const back = behind(node), share = opacity(node);
  const front = rgba(getComputedStyle(node).color).map((v, i) => v * share + back[i] * (1 - share));
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) weak.push(`${node.localName}.${node.className} ${node.textContent}: ${ratio}`);
}
return weak;
"""


def test_fits_a_narrow_phone(page: Page) -> None:
    url = f"{page.host.origin}/phone"
    parent = None
    for depth in range(5):
        parent = page.service.post(url, f"Depth {depth}: {'wide' * 30}", parent=parent)["id"]
    size = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.open("/phone", head='<meta name="viewport" content="width=device-width">')
    page.article("Depth 0")
    page.find(".write textarea").click()
    assert page.script("return document.documentElement.scrollWidth") <= 320
    assert min(body.rect["width"] for body in page.all("article .body")) > 100


def test_every_catalogue_says_the_same_things() -> None:
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    holes = {key: _holes(text) for key, text in english.items()}
    files = sorted(WORDS.glob("*.json"))
    assert len(files) == 6
    for file in files:
        words = json.loads(file.read_text("utf-8"))
        # Only who sets up the page ever reads this one.
        assert set(words) | {"errorSite"} == set(english), file.name
        for key, text in words.items():
            assert _holes(text) <= holes[key], (file.name, key)
            if isinstance(text, dict):
                assert "other" in text
            else:
                assert _holes(text) == holes[key], (file.name, key)


def _holes(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {hole for form in forms for hole in re.findall(r"\{(\w+)\}", form)}
