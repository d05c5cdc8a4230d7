"""Despair in a browser: what its author is shown, and how moderators find and understand it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from moderation import widget
from moderation.policy import HELP
from tests.browser.axe import violations
from tests.browser.desk import KIND, Desk
from tests.browser.page import Page
from tests.browser.test_dashboard_axe import MEDIA
from tests.browser.test_dashboard_axe import dress as dress_desk
from tests.browser.test_widget_axe import HOSTS, LOOKS, dress, paint

DESPAIR = "I can't go on any more. I want to die."
WORDS = Path(widget.__file__).parent / "static" / "messages"
HELP_BOX = "article .content > [role=status]"


def test_its_author_is_told_where_help_is_and_no_other_reader(page: Page) -> None:
    url = page.open("/despair")
    page.write(DESPAIR, name="Ann")
    article = page.article("I can't go on")
    box = page.find(HELP_BOX)
    assert box.text.startswith(HELP["text"])
    assert box.get_attribute("dir") == "auto"
    links = box.find_elements(By.CSS_SELECTOR, "a")
    assert [(link.text, link.get_attribute("href")) for link in links] == [
        ("Find A Helpline", "https://findahelpline.com/"),
        ("Befrienders Worldwide", "https://befrienders.org/"),
    ]
    assert page.focused() == article
    assert article.find_elements(By.CSS_SELECTOR, ".badge:not([hidden])") == []
    [posted] = page.events("rejoinder:posted")
    assert set(posted) == {"id", "status", "thread", "parent", "edited"}
    assert posted["status"] == "published"
    page.script("localStorage.clear()")
    page.browser.get(url)
    page.article("I can't go on")
    assert page.all(HELP_BOX) == []


def test_it_is_put_there_once_the_comment_is_on_the_page(page: Page) -> None:
    """A live region that comes with its words is not heard: they must change while it stands."""
    page.open("/despair-heard")
    page.script(
        "window.heard = [];"
        "new MutationObserver((all) => all.forEach(({target}) => target.role === 'status' &&"
        " target.closest('article') && heard.push(target.isConnected && target.textContent)))"
        ".observe(arguments[0].shadowRoot, {childList: true, subtree: true})",
        page.thread(),
    )
    page.write(DESPAIR)
    page.find(HELP_BOX)
    heard = page.script("return heard")
    assert len(heard) == 1
    assert heard[0].startswith(HELP["text"])


@pytest.mark.parametrize("language", ["ar", "de", "es", "fr", "pt"])
def test_it_is_told_in_the_reader_s_language(page: Page, language: str) -> None:
    words = json.loads((WORDS / f"{language}.json").read_text("utf-8"))
    page.open(f"/despair-{language}", html=f'lang="{language}"')
    page.write(DESPAIR)
    assert page.find(HELP_BOX).text.startswith(words["help"])


def test_a_site_s_own_words_are_everybody_s_and_an_edit_takes_them_away(page: Page) -> None:
    link = {"title": "<b>Our</b> page", "url": "https://help.example/a?b=1&c"}
    policy = {"help": {"text": "Write to us, day & night.", "links": [link]}}
    page.service.ask("PATCH", "", {"policy": policy})
    page.open("/despair-own", html='lang="de"')
    page.write(DESPAIR)
    box = page.find(HELP_BOX)
    assert box.text.split("\n") == ["Write to us, day & night.", "<b>Our</b> page"]
    page.act("I can't go on", "Bearbeiten")
    page.write("It has passed.", form=".slot .composer")
    page.article("It has passed.")
    page.until(lambda: page.all(HELP_BOX) == [])


@pytest.mark.parametrize("look", LOOKS)
def test_what_its_author_is_told_passes_axe(page: Page, look: str) -> None:
    body = dress(page, look)
    page.open(f"/despair-axe-{look}", body, landmark="div")
    paint(page, look)
    page.write(DESPAIR, name="Ann")
    box = page.find(HELP_BOX)
    assert violations(page.browser, but=HOSTS) == []
    assert page.script("return arguments[0].scrollWidth <= arguments[0].clientWidth", box)


def test_moderators_find_it_first_and_read_what_to_do(desk: Desk) -> None:
    desk.held("you are stupid", name="Eve")
    comment = desk.send(DESPAIR, name="Ann")
    assert comment["status"] == "published"
    desk.enter()
    desk.until(desk.rows)
    assert desk.rows()[0] == DESPAIR
    assert desk.texts(".row-why")[0] == "May be in danger"
    lanes = desk.texts(".lane-name")
    assert lanes[:3] == ["All", "Self-harm", "Escalated"]
    desk.find("[data-lane=self-harm]").click()
    desk.until(lambda: desk.rows() == [DESPAIR])
    assert desk.texts("[data-lane=self-harm] .lane-count") == ["1"]
    desk.find(".rows .row-link").click()
    desk.opened(DESPAIR)
    [reason] = desk.texts(".reason")
    assert reason == (
        "The author may be in danger. They write that they want to die: "
        "“I can't go on any more” and “I want to die”."
    )
    assert desk.texts(".danger-card h3") == ["The author may be in danger"]
    desk.says(".danger-card li", "Other readers see nothing of it")
    assert desk.texts(".case .badges .badge")[:3] == [
        "Published",
        "High priority",
        "Self-harm",
    ]
    assert "The author may be in danger" in desk.texts(".terms dt")
    desk.press("a")
    desk.until(lambda: desk.service.case(comment["id"])["lanes"] == [])


def test_an_owner_changes_what_is_told(desk: Desk) -> None:
    desk.enter("settings")
    text, links = (desk.find(f".pairs textarea[dir={name}][rows='5']") for name in ("auto", "ltr"))
    assert text.get_attribute("value") == HELP["text"]
    assert (links.get_attribute("value") or "").splitlines() == [
        f"{link['url']} {link['title']}" for link in HELP["links"]
    ]
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert "help" not in desk.service.ask("GET", "")["policy"]
    text, links = (desk.find(f".pairs textarea[dir={name}][rows='5']") for name in ("auto", "ltr"))
    text.clear()
    text.send_keys("Write to us.")
    links.clear()
    links.send_keys("https://gazette.example/help Our own page\nhelp.example")
    desk.forgiven.append("422")
    desk.button("Save").click()
    desk.until(lambda: links.get_attribute("aria-invalid") == "true")
    desk.says(".settings", "Line 2:")
    links.clear()
    links.send_keys("https://gazette.example/help Our own page")
    desk.button("Save").click()
    desk.until(lambda: "help" in desk.service.ask("GET", "")["policy"])
    assert desk.service.ask("GET", "")["policy"]["help"] == {
        "text": "Write to us.",
        "links": [{"title": "Our own page", "url": "https://gazette.example/help"}],
    }
    assert desk.send(DESPAIR)["help"]["text"] == "Write to us."


@pytest.mark.parametrize("look", MEDIA)
def test_its_lane_and_case_pass_axe(desk: Desk, look: str) -> None:
    dress_desk(desk, look)
    desk.send(KIND)
    comment = desk.send(DESPAIR, name="Ann")
    desk.enter("?lane=self-harm")
    desk.until(desk.rows)
    assert violations(desk.browser) == []
    desk.browser.get(f"{desk.service.url}/dashboard/cases/{comment['id']}")
    desk.opened(DESPAIR)
    desk.script("for (const d of document.querySelectorAll('details')) d.open = true")
    assert violations(desk.browser) == []
