"""What moderators set for a thread, as a reader of the page meets it."""

from __future__ import annotations

from typing import Any

import requests
from selenium.webdriver.support.ui import Select

from tests.browser.axe import violations
from tests.browser.page import Page


def change(page: Page, url: str, **given: Any) -> Any:
    thread = page.service.thread(url)["thread"]["id"]
    return page.service.ask("PATCH", f"/threads/{thread}", given)


def test_the_pinned_comment_comes_first_in_every_order_with_a_badge(page: Page) -> None:
    url = page.open("/pinned", "<h1>Pinned</h1><rejoinder-thread></rejoinder-thread>")
    made = [page.service.post(url, f"Remark number {n}.") for n in range(23)]
    change(page, url, pinned=made[1]["id"])
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 21)
    for sort, second in (("oldest", 0), ("top", 22), ("newest", 22)):
        Select(page.find("select")).select_by_value(sort)
        page.until(lambda at=second: page.bodies()[1] == f"Remark number {at}.")
        assert page.bodies()[0] == "Remark number 1."
        assert page.texts("article .badge") == ["Pinned"]
    assert violations(page.browser) == []
    page.find(".frame > .further").click()
    page.until(lambda: len(page.bodies()) == 23)
    assert page.bodies().count("Remark number 1.") == 1
    # It is news like any other if another one is pinned, and the old one goes where it belongs.
    change(page, url, pinned=made[22]["id"])
    page.refresh()
    page.until(lambda: page.bodies()[0] == "Remark number 22.")
    assert page.bodies()[-2:] == ["Remark number 1.", "Remark number 0."]
    assert page.texts("article .badge") == ["Pinned"]
    change(page, url, pinned=None)
    page.refresh()
    page.until(lambda: page.texts("article .badge") == [])


def test_a_burst_under_a_pinned_comment_is_told(page: Page) -> None:
    url = page.open("/burst")
    first = page.service.post(url, "Read this first.")
    for n in range(22):
        page.service.post(url, f"Before {n}.")
    change(page, url, pinned=first["id"])
    page.browser.refresh()
    page.until(lambda: len(page.bodies()) == 21)
    for n in range(25):
        page.service.post(url, f"After {n}.")
    page.refresh()
    page.until(lambda: page.texts(".fresh") == ["Show 25 new comments"])
    page.find(".fresh").click()
    page.until(lambda: page.bodies()[:2] == ["Read this first.", "After 24."])


def test_who_is_too_fast_in_a_slow_thread_is_told_how_long_and_keeps_the_text(page: Page) -> None:
    url = page.open("/slow")
    page.service.post(url, "A calm start.")
    change(page, url, slow_seconds=600)
    page.refresh()
    page.until(lambda: page.texts(".write .closed"))
    assert page.texts(".write .closed")[0].endswith("write the next one in 10 minutes.")
    page.write("My first.")
    page.article("My first.")
    page.forgiven.append("429")
    page.write("My second.")
    page.until(lambda: any("10 minutes" in text for text in page.texts(".composer .failure")))
    assert page.find(".write textarea").get_attribute("value") == "My second."
    change(page, url, slow_seconds=0)
    page.find(".write button.primary").click()
    page.article("My second.")


def test_a_hidden_thread_shows_nothing_and_comes_back(page: Page) -> None:
    url = page.open("/hidden")
    made = page.service.post(url, "To be hidden.")
    page.browser.refresh()
    page.article("To be hidden.")
    change(page, url, hidden=True)
    page.refresh()
    page.until(lambda: not page.all(".frame"))
    page.browser.refresh()
    page.until(lambda: page.script("return document.querySelector('rejoinder-thread').thread"))
    assert not page.all("h2, .composer, .closed, article")
    path = f"{page.service.url}/api/v1/sites/{page.service.site}/comments/{made['id']}"
    assert requests.get(path, timeout=10).status_code == 404
    change(page, url, hidden=False)
    page.refresh()
    page.find(".fresh").click()
    page.article("To be hidden.")
    assert page.all(".composer")
