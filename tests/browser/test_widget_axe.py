"""The widget's states by axe: WCAG 2.2 A and AA and best practice, on a page without landmarks."""

from __future__ import annotations

import pytest
from selenium.webdriver import ActionChains, Keys

from tests.browser.axe import violations
from tests.browser.page import INSULT, Page

# What is the host page's to have: a main landmark, a first heading.
HOSTS = ("landmark-one-main", "page-has-heading-one")
LOOKS: dict[str, tuple[int, dict[str, str]]] = {
    "light": (1000, {}),
    "dark": (1000, {"prefers-color-scheme": "dark"}),
    "phone": (320, {}),
    "forced": (1000, {"forced-colors": "active"}),
}


def dress(page: Page, look: str) -> str:
    """Let the browser look so; gives the thread's tag for it."""
    width, features = LOOKS[look]
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": n, "value": v} for n, v in features.items()]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    theme = "dark" if look == "dark" else "light"
    return f'<rejoinder-thread theme="{theme}"></rejoinder-thread>'


def paint(page: Page, look: str) -> None:
    if look == "dark":
        page.script("document.body.style.setProperty('background', '#14171a')")


def press_escape(page: Page) -> None:
    ActionChains(page.browser).send_keys(Keys.ESCAPE).perform()
    page.until(lambda: page.all("dialog") == [])


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_passes(page: Page, look: str) -> None:
    body = dress(page, look)
    url = page.open(f"/axe-{look}", body, landmark="div")
    paint(page, look)
    found = {"empty": violations(page.browser, but=HOSTS)}
    root = page.service.post(url, "A [link](https://example.org), `code`.\n\n> quoted", name="Cc")
    page.service.post(url, "Deeper.", parent=root["id"], name="Bb")
    page.refresh()
    page.find(".fresh")
    found["news"] = violations(page.browser, but=HOSTS)
    page.find(".fresh").click()
    page.article("Deeper.")
    page.write(INSULT)
    page.article("pathetic")
    found["held"] = violations(page.browser, but=HOSTS)
    page.act("Deeper.", "Reply")
    page.find(".slot .composer button.primary").click()
    found["composer with an error"] = violations(page.browser, but=HOSTS)
    if look == "phone":
        page.act("quoted", "More actions")
    page.act("quoted", "Report")
    page.find("dialog")
    found["report"] = violations(page.browser, but=HOSTS)
    press_escape(page)
    if look == "phone":
        page.act("pathetic", "More actions")
    page.act("pathetic", "Delete")
    page.find("dialog")
    found["delete"] = violations(page.browser, but=HOSTS)
    press_escape(page)
    page.forgiven.append("net::ERR_")
    page.service.stop()
    try:
        page.script("arguments[0].setAttribute('sort', 'oldest')", page.thread())
        page.find(".unavailable button")
        found["down"] = violations(page.browser, but=HOSTS)
    finally:
        page.service.start()
    assert {state: rules for state, rules in found.items() if rules} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_a_page_on_no_origin_of_the_sites_passes(page: Page, look: str) -> None:
    page.forgiven += ["404", "CORS", "ERR_FAILED"]
    page.service.ask("PATCH", "", {"origins": ["https://elsewhere.example"]})
    page.open(f"/axe-stranger-{look}", dress(page, look), landmark="div", ready=False)
    paint(page, look)
    assert "is not one of the origins" in page.find(".unavailable p").text
    assert violations(page.browser, but=HOSTS) == []
