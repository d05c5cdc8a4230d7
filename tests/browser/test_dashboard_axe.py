"""axe on every screen of the dashboard and each of its states, for each way of looking at them."""

from __future__ import annotations

import pytest
from selenium.webdriver import Keys

from tests.browser.axe import violations
from tests.browser.desk import INSULTS, KIND, Desk
from tests.support.floods import flood

MEDIA = {
    "light": {"prefers-color-scheme": "light"},
    "dark": {"prefers-color-scheme": "dark"},
    "phone": {"prefers-color-scheme": "light"},
    "forced": {"forced-colors": "active"},
}


def dress(desk: Desk, look: str) -> None:
    """Let the browser look so."""
    features = [{"name": name, "value": value} for name, value in MEDIA[look].items()]
    desk.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    if look == "phone":
        desk.resize(390, 800)


@pytest.mark.parametrize("look", MEDIA)
def test_every_screen_and_state_passes(desk: Desk, look: str) -> None:
    dress(desk, look)
    broken: dict[str, list[str]] = {}

    def check(state: str) -> None:
        if found := violations(desk.browser):
            broken[state] = found

    def visit(path: str, ready: str) -> None:
        desk.browser.get(f"{desk.service.url}/dashboard/{path}")
        desk.find(ready)

    parent = desk.send(KIND, name="Ada")
    desk.report(parent, reason="off-topic", note="Look at this.")
    comment = desk.held(INSULTS[0], name="Bob", parent=parent["id"])
    taken = desk.held(INSULTS[1], name="Cem")
    tom = desk.person("Tom")
    tom.ask(desk.service, "PATCH", f"/queue/claims/{taken['id']}")
    visit("login", "input[name=password]")
    check("login")
    for text in flood(6):
        desk.send(text, name=f"Bot {len(text)}{text[:9]}")
    desk.enter()
    desk.until(desk.rows)
    desk.button("Show them").click()
    desk.find(".group-member")
    check("queue")
    desk.button("Reject all").click()
    desk.find("dialog[open]")
    check("reject a raid")
    desk.press(Keys.ESCAPE)
    desk.until(lambda: not desk.all("dialog"))
    desk.find("input[type=checkbox]").click()
    check("selection")
    desk.button("Reject", ".selection").click()
    desk.find("dialog[open]")
    check("bulk")
    desk.press(Keys.ESCAPE)
    visit(f"cases/{taken['id']}", ".banner")
    check("case of another")
    visit(f"cases/{parent['id']}", ".reports")
    desk.until(lambda: desk.all(".around[aria-busy=false]"))
    check("reported case")
    visit(f"cases/{comment['id']}", ".comment-text")
    desk.until(lambda: desk.all(".around[aria-busy=false]"))
    desk.script("for (const d of document.querySelectorAll('details')) d.open = true")
    check("case, all opened")
    for key, state in (("r", "reject"), ("e", "escalate"), ("?", "keys")):
        desk.press(key)
        desk.find("dialog[open]")
        check(state)
        desk.press(Keys.ESCAPE)
        desk.until(lambda: not desk.all("dialog"))
    desk.press("a")
    desk.find(".toast")
    check("toast")
    person = comment["author"]["id"]
    for path, ready in (
        ("history", ".entry"),
        ("settings", ".threshold-table"),
        ("account", "input[type=password]"),
        (f"authors/{person}", ".entry-text"),
    ):
        visit(path, ready)
        check(path)
    visit("settings", ".threshold-table")
    flag = desk.find("[aria-label='Flag Insult from']")
    flag.clear()
    flag.send_keys("0.9")
    desk.find("[aria-invalid=true]")
    check("contradiction")
    desk.script("window.onbeforeunload = null")
    desk.find("nav a[href$='/history']").click()
    desk.find("dialog[open]")
    check("leave")
    desk.button("Leave", "dialog").click()
    desk.says("main h1", "History")
    desk.forgiven += ["404", "401"]
    visit("no/such/page", ".empty")
    check("no such page")
    visit("?lane=language", ".list-pane .empty")
    check("empty lane")
    desk.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    desk.look()
    desk.find("dialog[open]")
    check("session over")
    desk.forgiven += ["ERR_BLOCKED_BY_CLIENT", "Failed to fetch"]
    desk.enter()
    blocked = {"urls": ["*/api/v1/sites/gazette"]}
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", blocked)
    visit("", "[role=alert]")
    check("error")
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert broken == {}
