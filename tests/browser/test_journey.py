"""The whole way, with the shipped model: written, held, read by a moderator, seen by all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from moderation.app import create_app
from moderation.settings import Settings
from moderation.store import Store
from moderation.store.connection import Connection
from tests.browser.desk import Desk
from tests.browser.page import Page
from tests.browser.site import POLICY, Host, Service

KIND = "I disagree with the second point, but thank you for reading all forty pages."
MILD = "You idiots should be ashamed of this stupid article."
WORSE = "Shut up, you stupid pathetic idiot, nobody wants you here."


@pytest.fixture
def service(storage: tuple[Settings, Connection], host: Host) -> Iterator[Service]:
    settings, connection = storage
    connection.call(lambda client: client.flushall())
    service = Service(create_app(settings, store=Store(connection)), host.origin, policy=POLICY)
    yield service
    service.stop()


def test_from_the_page_through_the_queue_and_back(page: Page, desk: Desk) -> None:
    url = page.open("/article")
    page.write(KIND, name="Kind")
    page.article(KIND)
    page.write(MILD, name="Cross")
    held = page.article(MILD)
    assert held.find_element(By.CSS_SELECTOR, ".badge").text == "Waiting for a moderator"
    page.write(WORSE, name="Worse")
    page.article(WORSE)
    assert [c["text"] for c in page.service.thread(url)["comments"]] == [KIND]
    assert [event["status"] for event in page.events("rejoinder:posted")] == [
        "published",
        "held",
        "held",
    ]

    desk.browser.get(f"{desk.service.url}/dashboard/login#{desk.me.link}")
    desk.until(lambda: sorted(desk.rows()) == sorted([MILD, WORSE]))
    for text, keys, told in ((MILD, "a", "Approved "), (WORSE, "r", "Rejected ")):
        desk.script(
            "[...document.querySelectorAll('.row-link')]"
            ".find((row) => row.textContent.includes(arguments[0])).click()",
            text,
        )
        desk.opened(text)
        assert {"level-3", "level-4"} & set(desk.classes(".comment-text mark"))
        desk.press(keys)
        if keys == "r":
            desk.button("Reject", "dialog").click()
        desk.says(".toast", told)
    desk.says(".list-pane h2", "All done")

    # To its author, and to a stranger.
    for _ in range(2):
        page.open("/article")
        article = page.article(MILD)
        assert not article.find_element(By.CSS_SELECTOR, ".badge").is_displayed()
        assert page.find("h2").text == "2 comments"
        page.script("localStorage.clear()")
    page.open("/article")
    page.article(KIND)
    assert WORSE not in page.bodies()
