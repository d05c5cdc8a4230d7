"""Into the dashboard and out of it: links, passwords, sessions that end, a service that is away."""

from __future__ import annotations

import pytest
import requests
from selenium.webdriver import Keys

from tests.browser.axe import violations
from tests.browser.desk import INSULTS, Desk


def test_a_link_logs_in_once(desk: Desk) -> None:
    desk.held(INSULTS[0])
    link = f"{desk.service.url}/dashboard/login#{desk.me.link}"
    desk.browser.get(link)
    desk.until(desk.rows)
    assert desk.browser.current_url == f"{desk.service.url}/dashboard/"
    assert [c["httpOnly"] for c in desk.browser.get_cookies()] == [True]
    assert desk.find(".brand").text == "The Gazette"
    desk.browser.refresh()
    desk.until(desk.rows)
    desk.find(".account-tab").click()
    desk.button("Log out").click()
    desk.find("input[name=password]")
    assert desk.browser.get_cookies() == []
    desk.forgiven.append("401")
    desk.browser.get(link)
    desk.says("[role=alert]", "has been used")
    assert desk.me.link not in desk.browser.current_url
    desk.find("input[name=password]")


def test_who_comes_by_a_link_is_told_to_set_a_password(desk: Desk) -> None:
    desk.held(INSULTS[0])
    desk.browser.get(f"{desk.service.url}/dashboard/login#{desk.me.link}")
    desk.until(desk.rows)
    desk.says(".suggestion", "works only once")
    assert violations(desk.browser) == []
    desk.resize(390, 800)
    assert violations(desk.browser) == []
    desk.find("nav a[href$='/history']").click()
    desk.says(".suggestion", "works only once")
    desk.find(".suggestion a").click()
    desk.says("main .hint", "You have none yet")
    assert desk.all(".suggestion") == []
    for box in desk.all("input[type=password]"):
        box.send_keys("correct horse battery")
    desk.button("Set password").click()
    desk.says(".toast", "password is set")
    assert "You have none yet" not in desk.find("main").text
    desk.find(".brand").click()
    desk.until(desk.rows)
    assert desk.all(".suggestion") == []
    desk.browser.get(f"{desk.service.url}/dashboard/account")
    desk.find("input[type=password]")
    assert "You have none yet" not in desk.find("main").text


def test_the_suggestion_of_a_password_can_wait(desk: Desk) -> None:
    desk.held(INSULTS[0])
    desk.enter()
    desk.until(desk.rows)
    assert desk.all(".suggestion") == []
    desk.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    desk.script("localStorage.clear()")
    desk.browser.get(f"{desk.service.url}/dashboard/login#{desk.me.link}")
    desk.button("Not now", ".suggestion").click()
    assert desk.all(".suggestion") == []
    assert desk.script("return document.activeElement.id") == "main"
    desk.find("nav a[href$='/history']").click()
    desk.says("main h1", "History")
    assert desk.all(".suggestion") == []
    desk.find(".account-tab").click()
    desk.says("main .hint", "You have none yet")


def test_a_password_is_set_and_logs_in(desk: Desk) -> None:
    desk.enter("account")
    first, again = desk.all("input[type=password]")
    first.send_keys("correct horse battery")
    again.send_keys("correct horse buttery")
    desk.button("Set password").click()
    desk.says("[role=alert]", "don't match")
    again.clear()
    again.send_keys("correct horse battery")
    desk.button("Set password").click()
    desk.says(".toast", "password is set")
    desk.button("Log out").click()

    def log_in(password: str) -> None:
        for name, value in (
            ("site", "gazette"),
            ("email", "maya@gazette.example"),
            ("password", password),
        ):
            box = desk.find(f"input[name={name}]")
            box.clear()
            box.send_keys(value)
        desk.press(Keys.ENTER)

    desk.forgiven.append("401")
    log_in("correct horse")
    desk.says("[role=alert]", "is wrong")
    log_in("correct horse battery")
    desk.find(".account-tab")
    assert desk.find(".account-tab").text == "Maya"
    # From then on the old one is needed.
    desk.find(".account-tab").click()
    desk.find("input[autocomplete=current-password]").send_keys("correct horse buttery")
    for box in desk.all("input[autocomplete=new-password]"):
        box.send_keys("another horse battery")
    desk.forgiven.append("422")
    desk.button("Set password").click()
    desk.says("[role=alert]", "old password")
    old = desk.find("input[autocomplete=current-password]")
    assert old == desk.script("return document.activeElement")
    old.clear()
    old.send_keys("correct horse battery")
    desk.button("Set password").click()
    desk.says(".toast", "password is set")


def test_a_session_that_ends_loses_nothing(desk: Desk) -> None:
    """What was written and decided goes on once the same person has logged in again."""
    comment = desk.held(INSULTS[0])
    desk.me.ask(desk.service, "GET", "")
    answer = requests.put(
        f"{desk.service.url}/api/v1/session/password",
        json={"password": "correct horse battery"},
        headers={"Rejoinder-CSRF": desk.me.csrf},
        cookies={"rejoinder_session": desk.me.cookie},
        timeout=10,
    )
    assert answer.status_code == 204
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.forgiven.append("401")
    desk.press("r")
    desk.find("dialog textarea").send_keys("Third time this week.")
    # At once: the next look at what waits would find the session ended, too.
    reject = desk.button("Reject", "dialog")
    desk.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    # By script: what asks to log in may lie above it by then.
    desk.script("arguments[0].click()", reject)
    desk.says("dialog h2", "session has ended")
    assert desk.status(comment) == "held"
    # Neither a shortcut nor Escape does anything, and no field catches what is typed.
    desk.press("j", Keys.ESCAPE)
    assert desk.texts(".comment-text") == [INSULTS[0]]
    values = {name: desk.find(f"input[name={name}]") for name in ("site", "email", "password")}
    assert [box.get_attribute("value") for box in values.values()] == [
        "gazette",
        "maya@gazette.example",
        "",
    ]
    values["password"].send_keys("correct horse battery", Keys.ENTER)
    desk.until(lambda: desk.status(comment) == "rejected")
    assert desk.service.case(comment["id"])["decisions"][0]["reason"].endswith("this week.")
    desk.says(".toast", "Rejected")
    assert desk.all("dialog") == []
    desk.find(".account-tab").click()
    desk.button("Log out").click()
    desk.until(lambda: desk.browser.current_url.endswith("/login"))
    assert desk.find("input[name=site]").get_attribute("value") == "gazette"
    assert desk.find("input[name=email]").get_attribute("value") == ""


def test_settings_outlive_a_session(desk: Desk) -> None:
    desk.enter("settings")
    desk.find(".threshold-table")
    desk.find("form input").send_keys(" of today")
    desk.forgiven.append("401")
    desk.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    desk.look()
    desk.says("dialog h2", "session has ended")
    assert desk.find("main form input").get_attribute("value") == "The Gazette of today"
    assert desk.texts(".offline") == [""]
    # Whoever opens a link here instead begins anew: the next session may be another site's.
    desk.service.ask("PATCH", "", {"name": "The Gazette of old"})
    desk.script("location.hash = arguments[0]", desk.me.link)
    desk.says(".brand", "The Gazette of old")
    assert desk.texts(".offline") == [""]


def test_a_service_that_is_away_loses_nothing(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.forgiven += ["net::ERR_", "Failed to fetch"]
    desk.service.stop()
    desk.press("a")
    desk.says(".toast-error", "Can't reach the server")
    desk.says(".comment-text", INSULTS[0])
    desk.service.start()
    desk.press("a")
    desk.says(".toast", "Approved")
    assert desk.status(comment) == "published"
    assert len(desk.service.case(comment["id"])["decisions"]) == 1
    # Neither is what could be taken back.
    desk.service.stop()
    desk.press("u")
    desk.says(".toast-error", "Can't reach the server")
    desk.service.start()
    desk.press("u")
    desk.says(".toast", "Undone")
    assert desk.status(comment) == "held"


@pytest.mark.parametrize("part", ["session", "sites/gazette"])
def test_a_service_that_is_away_at_the_start_is_asked_again(desk: Desk, part: str) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter("account")
    desk.forgiven += ["ERR_BLOCKED_BY_CLIENT", "Failed to fetch"]
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": [f"*/api/v1/{part}"]})
    desk.browser.get(f"{desk.service.url}/dashboard/cases/{comment['id']}")
    desk.says("[role=alert]", "Can't reach the server")
    assert desk.browser.title == "Could not load"
    assert desk.script("return document.activeElement.textContent") == "Try again"
    desk.press(Keys.ENTER)
    desk.says("[role=alert]", "Can't reach the server")
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    desk.press(Keys.ENTER)
    desk.opened(INSULTS[0])


def test_the_queue_is_there_after_few_requests(desk: Desk) -> None:
    desk.held(INSULTS[0])
    desk.enter()
    desk.until(desk.rows)
    desk.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    desk.browser.get("about:blank")
    desk.browser.get(f"{desk.service.url}/dashboard/")
    desk.until(desk.rows)
    asked = desk.script(
        "return ['navigation', 'resource'].flatMap((type) => performance.getEntriesByType(type))"
        ".map(({name}) => new URL(name).pathname)"
    )
    assert len(asked) <= 9, asked
    assert desk.all(".late") == []


def test_a_page_without_its_script_says_so(desk: Desk) -> None:
    desk.forgiven += ["ERR_BLOCKED_BY_CLIENT"]
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/joined/app.js"]})
    desk.browser.get(f"{desk.service.url}/dashboard/")
    desk.until(lambda: "could not be loaded" in desk.find(".late").text)
    desk.browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
