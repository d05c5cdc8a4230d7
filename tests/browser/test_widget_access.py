"""The widget for everybody: keyboard, screen reader, direction, colours, phones, languages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Keys
from selenium.webdriver.common.by import By

from moderation.policy import PRESETS
from tests.browser.contrast import CONTRAST
from tests.browser.page import BODY, INSULT, Page

WORDS = Path(__file__).parents[2] / "moderation" / "widget" / "static" / "messages"


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
    # WCAG 2.2, 2.5.3: what is seen is said.
    for link in page.all(".when"):
        assert (link.get_attribute("aria-label") or "").startswith(link.text)
    assert page.thread().shadow_root.find_elements(By.CSS_SELECTOR, "[role=status]")


def test_right_to_left_and_dark(page: Page) -> None:
    emulate = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", emulate)
    url = f"{page.host.origin}/rtl"
    page.service.post(url, "English text under Arabic words.", name="Left")
    page.open("/rtl", html='lang="ar" dir="rtl"')
    words = json.loads((WORDS / "ar.json").read_text("utf-8"))
    frame = page.find(".frame")
    assert (frame.get_attribute("dir"), frame.get_attribute("lang")) == ("rtl", "ar")
    assert words["action.reply"] in page.labels("English text")
    article = page.article("English text")
    face = article.find_element(By.CSS_SELECTOR, ".avatar").rect
    assert face["x"] > article.find_element(*BODY).rect["x"]
    # A page without a background is white whatever the system prefers: so is the widget.
    assert "dark" not in (frame.get_attribute("class") or "")
    page.script("document.body.style.setProperty('background', 'oklch(0.2 0.02 250)')")
    page.until(lambda: "dark" in (page.find(".frame").get_attribute("class") or ""))
    page.script("arguments[0].setAttribute('theme', 'light')", page.thread())
    assert "dark" not in (page.find(".frame").get_attribute("class") or "")


@pytest.mark.parametrize("language", ["he", "fa-IR", "ur", "iw"])
def test_a_language_without_a_catalogue_keeps_its_direction(page: Page, language: str) -> None:
    """English words, each of which begins on its own side, in a layout that is mirrored."""
    url = f"{page.host.origin}/mirrored-{language}"
    page.service.post(url, "שלום לכולם, hello all.", name="Right")
    page.open(f"/mirrored-{language}", html=f'lang="{language}" dir="rtl"')
    frame = page.find(".frame")
    assert (frame.get_attribute("dir"), frame.get_attribute("lang")) == ("rtl", "en")
    assert page.labels("hello all.") == ["Reply", "Report"]
    article = page.article("hello all.")
    face = article.find_element(By.CSS_SELECTOR, ".avatar").rect
    assert face["x"] > article.find_element(*BODY).rect["x"]
    assert page.find("h2").value_of_css_property("unicode-bidi") == "plaintext"
    assert page.script("return document.documentElement.scrollWidth <= innerWidth")


def test_only_lists_with_something_in_them_are_lists(page: Page) -> None:
    url = page.open("/lists")
    root = page.service.post(url, "Answered once.")
    page.service.post(url, "The answer.", parent=root["id"])
    page.service.post(url, "Answered never.")

    def lists() -> list[int]:
        """How many entries each list of the page has for a screen reader."""
        nodes = page.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        seen = {node["nodeId"]: node for node in nodes}

        def entries(node: dict[str, Any]) -> int:
            below = [seen[child] for child in node.get("childIds", []) if child in seen]
            return sum(
                1
                if not child["ignored"] and child["role"]["value"] == "listitem"
                else entries(child)
                if child["ignored"]
                else 0
                for child in below
            )

        return sorted(
            entries(node)
            for node in nodes
            if not node["ignored"] and node["role"]["value"] == "list"
        )

    page.browser.refresh()
    page.article("The answer.")
    assert lists() == [1, 2]
    page.service.ask("DELETE", f"/comments/{root['id']}")
    page.open("/lists-empty")
    assert lists() == []


def test_whom_a_reply_answers_is_a_link_there(page: Page) -> None:
    policy = page.service.ask("GET", "")["policy"]
    page.service.ask("PATCH", "", {"policy": policy | {"max_depth": 1}})
    url = f"{page.host.origin}/answers"
    root = page.service.post(url, "The root.", name="Root")
    answer = page.service.post(url, "First answer.", parent=root["id"], name="Ann")
    page.service.post(url, "To Ann.", parent=answer["id"], name="Ben")
    page.open("/answers")
    [link] = page.article("To Ann.").find_elements(By.CSS_SELECTOR, "header a.meta")
    assert link.text == "in reply to Ann"
    assert (link.get_attribute("href") or "").endswith(f"#rejoinder-comment-{answer['id']}")
    link.click()
    target = page.article("First answer.")
    page.until(lambda: page.focused() == target)
    # The same again, though the address is this already.
    page.find(".write textarea").click()
    link.click()
    page.until(lambda: page.focused() == target)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_deleting_looks_like_no_posting(page: Page, theme: str) -> None:
    page.open("/danger", f'<rejoinder-thread theme="{theme}"></rejoinder-thread>')
    page.write("Away with it.")
    page.article("Away with it.")

    def colour(css: str) -> list[int]:
        said = page.find(css).value_of_css_property("background-color")
        return [int(part) for part in re.findall(r"\d+", said)][:3]

    page.find(".write textarea").click()
    posting = colour(".write button.primary")
    page.act("Away with it.", "Delete")
    assert page.find("dialog button[type=submit]").text == "Delete"
    red, green, blue = deleting = colour("dialog button[type=submit]")
    assert red > green + 40
    assert red > blue + 40
    assert sum(abs(a - b) for a, b in zip(deleting, posting, strict=True)) > 150


def test_the_words_to_the_author_of_a_held_comment(page: Page) -> None:
    """In the reader's language, unless the site has words of its own."""
    page.open("/notice", '<rejoinder-thread lang="ar"></rejoinder-thread>')
    page.write(INSULT)
    notice = page.article(INSULT).find_element(By.CSS_SELECTOR, ".notice")
    arabic = json.loads((WORDS / "ar.json").read_text("utf-8"))
    assert notice.text == arabic["notice.held"]
    policy = page.service.ask("GET", "")["policy"]
    page.service.ask("PATCH", "", {"policy": policy | {"notices": {"held": "Wait, please."}}})
    page.browser.refresh()
    notice = page.article(INSULT).find_element(By.CSS_SELECTOR, ".notice")
    assert (notice.text, notice.get_attribute("dir")) == ("Wait, please.", "auto")


def test_the_standard_notices_are_the_catalogues() -> None:
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    for preset in PRESETS.values():
        assert dict(preset.notices) == {name: english[f"notice.{name}"] for name in preset.notices}


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


def test_fits_a_narrow_phone(page: Page) -> None:
    url = f"{page.host.origin}/phone"
    parent = None
    for depth in range(5):
        parent = page.service.post(url, f"Depth {depth}: {'wide' * 30}", parent=parent)["id"]
    page.service.post(
        url, "> " * 15 + "quoted again and again, until there is no room\n\n- " + "- " * 9
    )
    size = {"width": 320, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    page.open("/phone", head='<meta name="viewport" content="width=device-width">')
    page.article("Depth 0")
    page.article("quoted again")
    page.find(".write textarea").click()
    assert page.script("return document.documentElement.scrollWidth") <= 320
    assert min(body.rect["width"] for body in page.all("article .body")) > 100
    deepest = page.article("quoted again").find_elements(By.CSS_SELECTOR, "blockquote")[-1]
    assert deepest.rect["width"] > 100


def test_every_catalogue_says_the_same_things() -> None:
    english = json.loads((WORDS / "en.json").read_text("utf-8"))
    holes = {key: _holes(text) for key, text in english.items()}
    files = sorted(WORDS.glob("*.json"))
    assert len(files) == 6
    for file in files:
        words = json.loads(file.read_text("utf-8"))
        # Only who sets up the page ever reads these.
        assert set(words) | {"error.site", "error.url"} >= set(english), file.name
        for key, text in words.items():
            # In English the service says why it refuses something, and it fills the holes.
            there = holes[key] if key in english else _filled(key)
            assert _holes(text) <= there, (file.name, key)
            if isinstance(text, dict):
                assert "other" in text
            else:
                assert _holes(text) == there, (file.name, key)


def _filled(key: str) -> set[str]:
    """What the answer tells with an error, and the widget puts into its words."""
    if re.match(r"error\.author-(banned|suspended|review)", key):
        return {"until", "reason"} if key.endswith("-until") else {"reason"}
    return {"words"} if key == "error.nudge" else set()


def _holes(text: str | dict[str, str]) -> set[str]:
    forms = text.values() if isinstance(text, dict) else [text]
    return {hole for form in forms for hole in re.findall(r"\{(\w+)\}", form)}
