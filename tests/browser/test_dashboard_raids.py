"""A raid at the dashboard: one entry, by keyboard or mouse one decision, one undo."""

from __future__ import annotations

from selenium.webdriver import Keys

from tests.browser.desk import INSULTS, Desk
from tests.support.floods import TEXT, flood


def test_a_raid_is_decided_on_as_one_and_undone(desk: Desk) -> None:
    single = desk.held(INSULTS[0])
    raid = [desk.send(text, name=f"Bot {n}") for n, text in enumerate(flood(6))]
    desk.enter()
    desk.says(".group h2", "6 like this in 1 minute")
    assert desk.rows() == [INSULTS[0]]
    desk.says(".group-counts", "6 visible")
    desk.press("g")
    assert desk.script("return document.activeElement.textContent").startswith("6 like this")
    desk.press(Keys.TAB, Keys.TAB, Keys.TAB, Keys.ENTER)
    desk.until(lambda: len(desk.all(".group-member")) == 6)
    assert desk.script("return document.activeElement.ariaExpanded") == "true"

    desk.button("Reject all").click()
    desk.says("dialog h2", "Reject all 6?")
    assert desk.find("dialog [name=next]:checked").get_attribute("value") == "hold"
    desk.find("dialog [name=next][value=reject]").click()
    desk.button("Reject", "dialog").click()
    desk.says(".toast", "Rejected 6 comments")
    assert {desk.status(comment) for comment in raid} == {"rejected"}
    assert desk.status(single) == "held"
    desk.says(".group-next", "The next ones are rejected until")
    desk.press("g")
    # What comes now is rejected, and the entry says so without being asked.
    late = desk.send(TEXT + " at last", name="Late bot")
    assert late["status"] == "rejected"
    desk.look()
    desk.says(".group h2", "7 like this")
    desk.says(".group-counts", "1 rejected")

    desk.press("u")
    desk.says(".toast", "Undone for 6 comments. 1 that came later was judged anew.")
    assert {desk.status(comment) for comment in (*raid, late)} == {"published"}
    desk.until(lambda: not desk.all(".group-next"))
    desk.says(".group-counts", "7 visible")

    desk.button("Approve all").click()
    desk.button("Approve all", "dialog").click()
    desk.says(".toast", "Approved 7 comments")
    desk.until(lambda: not desk.all(".group"))
    assert desk.rows() == [INSULTS[0]]
