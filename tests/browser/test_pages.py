"""The pages without scripts in a browser: axe, keyboard, narrow screens."""

from __future__ import annotations

import pytest
from selenium.webdriver import Keys

from tests.browser.axe import violations
from tests.browser.desk import Desk
from tests.browser.test_dashboard_axe import MEDIA, dress

WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("path", ["docs", "nosuch"])
@pytest.mark.parametrize("look", MEDIA)
def test_every_page_passes(desk: Desk, look: str, path: str) -> None:
    desk.forgiven.append("404")
    dress(desk, look)
    desk.browser.get(f"{desk.service.url}/{path}")
    desk.find("h1")
    assert violations(desk.browser) == []
    for width in (320, 800, 1300):
        desk.resize(width, 800)
        assert desk.script(WIDER) <= 0, width


def test_the_description_is_read_with_the_keyboard(desk: Desk) -> None:
    desk.browser.get(f"{desk.service.url}/docs/")
    desk.press(Keys.TAB)
    assert desk.script("return document.activeElement.className") == "skip"
    desk.press(Keys.ENTER)
    assert desk.script("return document.activeElement.id") == "main"
    desk.find("nav a[href$='-comments']").click()
    anchor = desk.script("return location.hash")
    top = desk.script("return document.querySelector(location.hash).getBoundingClientRect().top")
    assert anchor
    assert 0 <= top < 100
