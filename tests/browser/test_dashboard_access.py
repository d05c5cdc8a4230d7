"""The dashboard for everybody: a small screen, names, colours, the page's own policy, its words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests
from selenium.webdriver import Keys

from tests.browser.contrast import CONTRAST
from tests.browser.desk import INSULTS, Desk
from tests.browser.site import Service

STATIC = Path(__file__).parents[2] / "moderation" / "dashboard" / "static"
WIDER = """
return [document.documentElement, ...document.querySelectorAll("main, .case-scroll, .list-scroll")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.localName)
"""
# Only what is under the bar scrolls.
TALLER = """
const { scrollHeight, clientHeight } = document.documentElement;
return scrollHeight > clientHeight;
"""


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_fits_a_phone(desk: Desk, direction: str) -> None:
    long = "you are stupid " + "x" * 90
    comment = desk.held(long, name="A name that goes on " * 3)
    desk.held(INSULTS[1])
    desk.resize(320, 640)
    desk.enter("?sort=oldest")
    desk.script("document.documentElement.dir = arguments[0]", direction)
    desk.until(lambda: len(desk.rows()) == 2)
    assert desk.script(WIDER) == []
    assert desk.all(".pane") == []
    desk.all(".row-link")[0].click()
    desk.opened(long)
    assert desk.all(".list-pane") == []
    assert desk.script(WIDER) == []
    for name in ("Approve", "Reject", "Escalate"):
        box = desk.button(name, ".case-actions").rect
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
    desk.find(".back").click()
    desk.find(".list-pane")
    for path in ("history", "settings", "account", f"authors/{comment['author']['id']}"):
        desk.browser.get(f"{desk.service.url}/dashboard/{path}")
        desk.find("h1")
        desk.script("document.documentElement.dir = arguments[0]", direction)
        assert desk.script(WIDER) == []
        assert desk.script(TALLER) is False


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_both_thresholds_are_in_sight_on_a_phone(desk: Desk, direction: str) -> None:
    desk.resize(360, 640)
    desk.enter("settings")
    table = desk.find(".threshold-table")
    desk.script("document.documentElement.dir = arguments[0]", direction)
    assert desk.script("return arguments[0].scrollWidth - arguments[0].clientWidth", table) == 0
    for field in desk.all(".threshold-table input[type=number]"):
        written = "return arguments[0].scrollWidth - arguments[0].clientWidth"
        assert desk.script(written, field) == 0


def test_everything_has_a_name(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.find("input[type=checkbox]").click()
    wanted = {"button", "link", "checkbox", "radio", "combobox", "textbox", "navigation", "list"}
    for path in ("", "history", "settings", "account"):
        if path:
            desk.browser.get(f"{desk.service.url}/dashboard/{path}")
            desk.find("h1")
        tree = desk.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        roles = [node["role"]["value"] for node in tree if not node["ignored"]]
        nameless = [
            node
            for node in tree
            if not node["ignored"]
            and node["role"]["value"] in wanted - {"list"}
            and not node.get("name", {}).get("value")
        ]
        assert nameless == []
        assert {"banner", "main", "navigation"} <= set(roles)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out(desk: Desk, scheme: str) -> None:
    desk.browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    comment = desk.held(INSULTS[3])
    desk.held(INSULTS[0])
    tom = desk.person("Tom")
    tom.ask(
        desk.service,
        "POST",
        f"/queue/{comment['id']}/decisions",
        {"action": "escalate", "version": 1},
    )
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[3])
    desk.press("x")
    assert desk.script(CONTRAST) == []
    desk.press("r")
    desk.until(lambda: desk.all("dialog[open]"))
    assert desk.script(CONTRAST) == []
    desk.press(Keys.ENTER)
    desk.until(lambda: desk.all(".toast"))
    assert desk.script(CONTRAST) == []
    for path in ("history", "settings", "account"):
        desk.browser.get(f"{desk.service.url}/dashboard/{path}")
        desk.find("h1")
        assert desk.script(CONTRAST) == []


def test_the_pages_own_policy_is_the_strictest(service: Service) -> None:
    page = requests.get(f"{service.url}/dashboard/", timeout=10)
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "img-src", "form-action"):
        assert policy[name] == "'self'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    # Data, and no script: nothing runs it.
    markup = page.text.replace('<script type="application/json"', "<data")
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", markup)
    assets = re.findall(r'(?:href|src)="(/dashboard/[^"]+)"', page.text)
    assert len(assets) == len({"its icon", "its style", "its script"})
    for asset in assets:
        answer = requests.get(service.url + asset, timeout=10)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = {"If-None-Match": page.headers["ETag"]}
    assert requests.get(f"{service.url}/dashboard/", headers=tag, timeout=10).status_code == 304
    for missing in ("nothing", "cases/x"):
        answer = requests.get(f"{service.url}/dashboard/{missing}", timeout=10)
        assert (answer.status_code, answer.text) == (404, page.text)
    for missing in ("static/x/nothing.js", "static/x/../__init__.py"):
        answer = requests.get(f"{service.url}/dashboard/{missing}", timeout=10)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_catalogue_has_every_word_and_no_more() -> None:
    words = json.loads((STATIC / "messages" / "en.json").read_text("utf-8"))
    code = "\n".join(path.read_text("utf-8") for path in STATIC.rglob("*.js"))
    said = set(re.findall(r'"([a-z][\w-]*(?:\.[\w-]+)+|title)"', code))
    begun = {match.split("$")[0] for match in re.findall(r"`([a-z]+\.[^`]*\$[^`]*)`", code)}
    begun |= {f"{name}." for name in re.findall(r'(?:named\(|prefix: )"(\w+)"', code)}
    said |= {name + end for name in said for end in re.findall(r"`\$\{\w+\}(_\w+)`", code)}
    assert {key for key in words if key not in said and not key.startswith(tuple(begun))} == set()
    used = set(re.findall(r'\bt\(\s*"([^"]+)"', code))
    assert used - set(words) == set()
