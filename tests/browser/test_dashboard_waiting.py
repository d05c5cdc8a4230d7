"""What waits, told by the page's title and icon, by notices, and in a feed reader."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import requests

from tests.browser.desk import INSULTS, Desk

ICON = "return document.querySelector('link[rel=icon]').href"
# What the browser is asked to show; and whether the tab is looked at is what the test says.
RECORD = """
window.shown = [];
const [granted] = arguments;
window.Notification = class extends EventTarget {
  static permission = granted;
  static async requestPermission() { return this.permission; }
  constructor(title, options) { super(); shown.push([title, options.tag]); window.last = this; }
  close() { shown.pop(); }
};
"""
HIDE = """
Object.defineProperty(document, "hidden", { configurable: true, get: () => arguments[0] });
document.dispatchEvent(new Event("visibilitychange"));
"""


def test_the_title_and_the_icon_count_what_waits(desk: Desk) -> None:
    held = desk.held(INSULTS[0])
    desk.enter()
    desk.until(lambda: desk.browser.title == "(1) Queue · The Gazette · Rejoinder")
    icon = desk.script(ICON)
    assert icon.endswith("/dashboard/icon/1.svg")
    answer = requests.get(icon, timeout=10)
    assert answer.headers["Content-Type"].startswith("image/svg+xml")
    assert ">1</text>" in answer.text
    ET.fromstring(answer.content)  # noqa: S314 - our own
    assert ">99+</text>" in requests.get(icon.replace("/1.svg", "/250.svg"), timeout=10).text
    desk.held(INSULTS[1])
    desk.look()
    desk.until(lambda: desk.browser.title.startswith("(2) "))
    desk.find("nav a[href$='/history']").click()
    desk.until(lambda: desk.browser.title == "(2) History · The Gazette · Rejoinder")
    waiting = desk.me.ask(desk.service, "GET", "/queue").json()["cases"]
    assert held["id"] in {case["comment"]["id"] for case in waiting}
    for case in waiting:
        path = f"/queue/{case['comment']['id']}/decisions"
        desk.me.ask(desk.service, "POST", path, {"action": "approve", "version": 1})
    desk.look()
    desk.until(lambda: desk.browser.title == "History · The Gazette · Rejoinder")
    assert "/favicon.svg" in desk.script(ICON)


def test_the_browser_tells_who_wants_it_while_nobody_looks(desk: Desk) -> None:
    desk.enter("account")
    desk.script(RECORD, "denied")
    tick = desk.script(
        "return [...document.querySelectorAll('label.tick')]"
        ".find((e) => e.textContent.includes('Notify me')).querySelector('input')"
    )
    tick.click()
    desk.says(".toast", "does not allow")
    assert not tick.is_selected()
    desk.script(RECORD, "granted")
    tick.click()
    desk.until(tick.is_selected)
    # Looked at, the page itself shows what is new.
    desk.held(INSULTS[0])
    desk.look()
    desk.until(lambda: desk.browser.title.startswith("(1) "))
    assert desk.script("return shown") == []
    desk.held(INSULTS[1])
    desk.script(HIDE, True)
    desk.until(lambda: desk.script("return shown"))
    assert desk.script("return shown") == [["2 comments are waiting", "rejoinder:waiting"]]
    desk.script(HIDE, False)
    desk.script("last.dispatchEvent(new Event('click'))")
    desk.until(lambda: desk.browser.current_url.endswith("/dashboard/"))
    desk.until(lambda: len(desk.rows()) == 2)


def test_the_queues_feed_is_made_on_the_account(desk: Desk) -> None:
    desk.held(INSULTS[0])
    desk.enter("account", desk.person("Tom"))
    desk.button("Make an address").click()
    address = desk.find("dialog[open] input.secret").get_attribute("value")
    path = address.partition("/api/")[2]
    read = requests.get(f"{desk.service.url}/api/{path}", timeout=10)
    assert read.status_code == 200
    assert INSULTS[0] in read.text
    desk.button("I have it").click()
    desk.button("End it").click()
    desk.says(".toast", "no longer good")
    assert requests.get(f"{desk.service.url}/api/{path}", timeout=10).status_code == 401
