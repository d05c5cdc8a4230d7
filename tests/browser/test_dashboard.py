"""The dashboard in a real browser: the queue's work by keyboard, mouse and phone."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from selenium.webdriver import ActionChains, Chrome, Keys
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from tiny_model import tiny_scorer
from uuid_utils import uuid7

from moderation.app import create_app
from moderation.records import Moderator, Role
from moderation.scoring import Scoring
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import Connection, connect
from moderation.tokens import csrf_token, new_credential

from .conftest import POLICY, Host, Service

STATIC = Path(__file__).parents[2] / "moderation" / "dashboard" / "static"
INSULTS = (
    "you are stupid",
    "what an idiot you are",
    "shut up you moron",
    "only a stupid fool writes this",
)
KIND = "thank you for this article"
DAY = 86_400_000
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Person:
    """A moderator with a session of their own, in this test's hands instead of a browser's."""

    moderator: Moderator
    cookie: str
    csrf: str
    link: str

    def ask(self, service: Service, method: str, path: str, body: object = None) -> Any:
        return requests.request(
            method,
            f"{service.url}/api/v1/sites/{service.site}{path}",
            json=body,
            headers={"Rejoinder-CSRF": self.csrf},
            cookies={"rejoinder_session": self.cookie},
            timeout=10,
        )


@pytest.fixture(scope="module")
def storage() -> Iterator[tuple[Flask, Connection]]:
    """The app over a real server, with a small model that was really trained."""
    folder = Path(tempfile.mkdtemp(prefix="rejoinder-dashboard-test-"))
    settings = load_settings(
        {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
    )
    connection = connect(settings)
    app = create_app(settings, store=Store(connection), scoring=Scoring(tiny_scorer()))
    yield app, connection
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def gazette(storage: tuple[Flask, Connection], host: Host) -> Iterator[Service]:
    """The site with nothing on it yet, where insults are held from 0.6 on."""
    app, connection = storage
    connection.call(lambda client: client.flushall())
    service = Service(app, host.origin)
    thresholds = {"insult": {"flag": 0.4, "hold": 0.6}, "threat": {"flag": 0.4, "hold": 0.6}}
    service.ask("PATCH", "", {"policy": POLICY | {"thresholds": thresholds}})
    yield service
    service.stop()


class Desk:
    """A moderator at a browser: what is seen, and what can be done with it."""

    def __init__(self, browser: Chrome, service: Service) -> None:
        self.browser = browser
        self.service = service
        self.forgiven: list[str] = []
        self.readers: dict[str, str] = {}
        self.me = self.person("Maya", "owner")

    def person(self, name: str, role: Role = "moderator") -> Person:
        services = self.service.app.extensions["rejoinder"]
        now = int(time.time() * 1000)
        moderator = Moderator(
            site=self.service.site,
            id=str(uuid7()),
            email=f"{name.lower()}@gazette.example",
            name=name,
            role=role,
            created=now,
        )
        made: dict[str, Any] = {
            kind: new_credential(
                self.service.site,
                kind=kind,
                role=role,
                moderator=moderator.id,
                expires=now + DAY,
                now=now,
            )
            for kind in ("session", "login")
        }
        session, cookie = made["session"]
        login, link = made["login"]
        services.store.create_moderator(moderator, [session, login], actor="test", now=now)
        csrf = csrf_token(services.settings.secret_key, session)
        return Person(moderator, cookie, csrf, link)

    def send(self, text: str, *, name: str = "Somebody", page: str = "/article", **more: Any) -> Any:
        """Write a comment as a reader of the site's page does; gives what the reader gets."""
        url = f"{self.service.url}/api/v1/sites/{self.service.site}"
        reader = {"Origin": self.service.origin}
        if name not in self.readers:
            made = requests.post(f"{url}/authors", headers=reader, timeout=10)
            self.readers[name] = made.json()["token"]
        body = {
            "thread": {"url": self.service.origin + page, "title": "An article"},
            "text": text,
            "author": {"name": name},
            **more,
        }
        headers = reader | {"Rejoinder-Author": self.readers[name]}
        answer = requests.post(f"{url}/comments", json=body, headers=headers, timeout=10)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def held(self, text: str, **more: Any) -> Any:
        answer = self.send(text, **more)
        assert answer["status"] == "held", answer
        return answer

    def status(self, comment: Any) -> str:
        status: str = self.service.case(comment["id"])["comment"]["status"]
        return status

    def enter(self, path: str = "", person: Person | None = None) -> None:
        """Open the dashboard with a live session."""
        cookie = (person or self.me).cookie
        self.browser.execute_cdp_cmd(
            "Network.setCookie",
            {"url": self.service.url, "name": "rejoinder_session", "value": cookie, "path": "/"},
        )
        self.browser.get(f"{self.service.url}/dashboard/login")
        self.browser.execute_script(
            "localStorage.setItem('rejoinder:dashboard:session', arguments[0])", self.service.site
        )
        self.browser.get(f"{self.service.url}/dashboard/{path}")
        self.find("header.top .brand")

    def all(self, css: str) -> list[WebElement]:
        """What can be seen, found in one step: a list may be drawn anew at any time."""
        return self.script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((e) => e.checkVisibility() && e.getClientRects().length)",
            css,
        )

    def find(self, css: str) -> WebElement:
        return self.until(lambda: self.all(css))[0]

    def texts(self, css: str) -> list[str]:
        """What elements say, seen or not."""
        return self.script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", css
        )

    def until(self, condition: Callable[[], Any], seconds: float = 8) -> Any:
        return WebDriverWait(self.browser, seconds, 0.04).until(lambda _: condition())

    def says(self, css: str, words: str) -> None:
        self.until(lambda: any(words in text for text in self.texts(css)))

    def press(self, *keys: str) -> None:
        for key in keys:
            ActionChains(self.browser).send_keys(key).perform()

    def button(self, label: str, within: str = "") -> WebElement:
        found: WebElement = self.until(
            lambda: self.script(
                "return [...document.querySelectorAll(arguments[0])]"
                ".find((b) => b.checkVisibility() && b.textContent.includes(arguments[1]))",
                f"{within} button, {within} a.button",
                label,
            )
        )
        return found

    def opened(self, text: str) -> None:
        """Wait until the case with this text is open, whole and claimed."""
        self.until(lambda: self.texts(".comment-text") == [text])
        self.until(lambda: self.all(".around[aria-busy=false]"))

    def rows(self) -> list[str]:
        return self.texts(".rows .row-text")

    def script(self, code: str, *args: object) -> Any:
        return self.browser.execute_script(code, *args)

    def look(self) -> None:
        """Look for live changes now instead of at the next turn of the clock."""
        self.script("window.dispatchEvent(new Event('online'))")

    def resize(self, width: int, height: int) -> None:
        self.browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 700},
        )


@pytest.fixture
def desk(browser: Chrome, gazette: Service) -> Iterator[Desk]:
    """At the end nothing may have broken the page's policy or spoken on the console."""
    browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    script = browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
    desk = Desk(browser, gazette)
    desk.resize(1300, 900)
    yield desk
    assert browser.execute_script("return window.violations") == []
    said = [entry["message"] for entry in browser.get_log("browser")]
    assert [m for m in said if not any(word in m for word in desk.forgiven)] == []
    browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    browser.get("about:blank")


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
    desk.says("[role=alert]", "was used already")
    assert desk.me.link not in desk.browser.current_url
    desk.find("input[name=password]")


def test_a_password_is_set_and_logs_in(desk: Desk) -> None:
    desk.enter("account")
    first, again = desk.all("input[type=password]")
    first.send_keys("correct horse battery")
    again.send_keys("correct horse buttery")
    desk.button("Set password").click()
    desk.says("[role=alert]", "not the same")
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


def test_the_queue_is_worked_by_keyboard(desk: Desk) -> None:
    comments = {text: desk.held(text, name=f"Reader {n}") for n, text in enumerate(INSULTS)}
    desk.enter("?sort=oldest")
    desk.until(lambda: desk.rows() == list(INSULTS))
    first, second, third, fourth = INSULTS
    desk.press("j")
    desk.opened(first)
    assert desk.script("return document.activeElement.className") == "case-title"

    desk.press("a")
    desk.opened(second)
    assert desk.status(comments[first]) == "published"
    desk.until(lambda: desk.rows() == [second, third, fourth])
    desk.says(".toast", "Approved: Reader 0")

    desk.press("r")
    desk.until(lambda: desk.all("dialog[open]"))
    assert desk.find("dialog input:checked").get_attribute("value") == "insult"
    desk.press("4", Keys.TAB)
    desk.press("Again and again.")
    ActionChains(desk.browser).key_down(Keys.CONTROL).send_keys(Keys.ENTER).key_up(
        Keys.CONTROL
    ).perform()
    desk.opened(third)
    assert desk.status(comments[second]) == "rejected"
    [decision] = desk.service.case(comments[second]["id"])["decisions"]
    assert decision["reason"] == "harassment: Again and again."
    assert decision["moderator"]["name"] == "Maya"

    desk.press("e")
    desk.until(lambda: desk.all("dialog[open]"))
    desk.press("Not mine to say.")
    desk.button("Escalate", "dialog").click()
    desk.opened(fourth)
    escalated = desk.service.case(comments[third]["id"])
    assert escalated["escalated"] is True
    assert escalated["decisions"][0]["reason"] == "Not mine to say."
    assert len(desk.all(".rows .raised")) == 1

    desk.press("k")
    desk.opened(third)
    desk.says(".case .badge", "Escalated")
    desk.press("u")
    desk.says(".toast", "as it was before")
    desk.until(lambda: desk.service.case(comments[third]["id"])["escalated"] is False)
    desk.press("u")
    desk.opened(second)
    assert desk.status(comments[second]) == "held"
    desk.press("u")
    desk.opened(first)
    assert desk.status(comments[first]) == "held"
    desk.until(lambda: desk.rows() == list(INSULTS))
    desk.press("u")
    desk.says(".toast", "nothing to undo")


def test_the_last_case_leaves_an_empty_queue(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter()
    desk.press("j")
    desk.opened(INSULTS[0])
    desk.press("r", Keys.ENTER)
    desk.says(".pane h2", "All done")
    assert desk.status(comment) == "rejected"
    assert desk.browser.current_url.endswith("/dashboard/")
    desk.find(".toast button").click()
    desk.opened(INSULTS[0])
    assert desk.status(comment) == "held"


def test_a_case_says_why_it_is_here(desk: Desk) -> None:
    parent = desk.send(KIND, name="Ada")
    comment = desk.held("shut up you moron", name="Bob", parent=parent["id"])
    desk.send("people like this bridge", name="Cem", parent=parent["id"])
    for reason in ("abuse", "hate"):
        url = f"{desk.service.url}/api/v1/sites/gazette"
        reader = {"Origin": desk.service.origin}
        token = requests.post(f"{url}/authors", headers=reader, timeout=10).json()["token"]
        requests.post(
            f"{url}/comments/{parent['id']}/reports",
            json={"reason": reason, "note": "Look at this."},
            headers=reader | {"Rejoinder-Author": token},
            timeout=10,
        ).raise_for_status()
    case = desk.service.case(comment["id"])
    desk.enter(f"cases/{comment['id']}")
    desk.opened("shut up you moron")
    score = case["comment"]["scores"]["insult"]
    assert desk.texts(".reason") == [f"Insult is {score:.2f}; from 0.60 it is held."]
    assert desk.texts(".score-name") == ["Insult", "Threat"]
    marks = desk.script(
        "return [...document.querySelector('.score').querySelectorAll('.score-mark')]"
        ".map((m) => m.style.insetInlineStart)"
    )
    assert marks == ["40%", "60%"]
    assert desk.find(".score").get_attribute("aria-label") == (
        f"Insult {score:.2f}, flagged from 0.40, held from 0.60"
    )
    assert desk.texts(".neighbour-head .author") == ["Ada", "Bob", "Cem"]
    assert desk.texts(".neighbour.this .author") == ["Bob"]
    assert desk.find(".thread-line a").get_attribute("href") == (
        f"{desk.service.origin}/article#rejoinder-comment-{comment['id']}"
    )
    footer = desk.find(".text-footer").text
    assert "English" in footer
    assert case["comment"]["model"] in footer
    terms = dict(zip(desk.texts(".terms dt"), desk.texts(".terms dd"), strict=True))
    assert float(terms["Sum"]) == pytest.approx(case["priority"]["total"], abs=0.02)
    desk.all(".neighbour-link")[0].click()
    desk.opened(KIND)
    desk.says(".reports", "Look at this.")
    assert desk.texts(".reports strong") == ["Abuse", "Hate"]
    desk.find(".case-title a").click()
    desk.says("h1", "Ada")
    assert desk.texts(".entry-text") == [KIND]


def test_heavy_words_are_shaded_at_the_right_characters(desk: Desk) -> None:
    text = "😀😀 you are 👩‍👩‍👧 stupid - you é🏳️‍🌈 idiot 😡 only a fool"
    comment = desk.held(text)
    spans = desk.service.case(comment["id"])["comment"]["spans"]
    weights = {text[s["start"] : s["end"]]: s["contributions"]["insult"] for s in spans}
    assert {"stupid", "idiot"} < set(weights)
    desk.enter(f"cases/{comment['id']}")
    desk.opened(text)
    marks = desk.script(
        "return [...document.querySelectorAll('.comment-text mark')].map((m) => {"
        "const range = document.createRange();"
        "range.setStart(m.closest('.comment-text'), 0); range.setEndBefore(m);"
        "return [[...range.toString()].length, m.textContent,"
        " [...m.classList].find((c) => c.startsWith('level-')), m.title]; })"
    )
    shaded = [(start, word) for start, word, level, _ in marks if level != "level-0"]
    heavy = [
        (s["start"], text[s["start"] : s["end"]])
        for s in spans
        if s["contributions"]["insult"] > 0.1 * max(weights.values())
    ]
    assert [place for place in heavy if place in shaded] == heavy
    assert [place for place in shaded if place not in heavy] == []
    top = max(weights, key=weights.__getitem__)
    assert [level for _, word, level, _ in marks if word == top] == ["level-4"]
    assert [title for _, word, _, title in marks if word == top] == [
        f"+{weights[top]:.2f} for Insult"
    ]

    desk.find(".why-words summary").click()
    listed = list(zip(desk.texts(".weights .word"), desk.texts(".weight-number"), strict=True))
    assert listed[0] == (top, f"+{weights[top]:.2f}")
    desk.all(".score")[1].click()
    desk.until(lambda: desk.find(".score[aria-pressed=true] .score-name").text == "Threat")
    titles = desk.script(
        "return [...document.querySelectorAll('.comment-text mark')].map((m) => m.title)"
    )
    assert not any("Insult" in title for title in titles)


def test_hidden_characters_and_markup_are_shown_as_text(desk: Desk) -> None:
    text = '<img src=x onerror="alert(1)"> you are stu\u00adpid \u202eidiot'
    comment = desk.send(text, name="<b>Bob</b>")
    desk.enter(f"cases/{comment['id']}")
    kept = desk.service.case(comment["id"])["comment"]["text"]
    desk.opened(kept)
    hidden = [f"U+{ord(c):04X}" for c in kept if c in "\u00ad\u202e"]
    assert [e.get_attribute("data-code") for e in desk.all(".comment-text .unseen")] == hidden
    assert desk.find(".case-title").text == "<b>Bob</b>"
    assert desk.all(".case img") == []


def test_the_worst_words_can_be_veiled(desk: Desk) -> None:
    comment = desk.held("what an idiot you are")
    desk.enter(f"cases/{comment['id']}")
    desk.opened("what an idiot you are")

    def blurred() -> list[str]:
        return desk.script(
            "return [...document.querySelectorAll('.comment-text *')]"
            ".filter((e) => getComputedStyle(e).filter !== 'none').map((e) => e.textContent)"
        )

    assert blurred() == []
    desk.press("b")
    desk.until(lambda: "idiot" in blurred())
    assert "idiot" in desk.script(
        "return [...document.querySelectorAll('.row-text *')]"
        ".filter((e) => getComputedStyle(e).filter !== 'none').map((e) => e.textContent)"
    )
    desk.script("document.querySelector('.comment-text .veiled').focus()")
    assert "idiot" not in blurred()
    desk.browser.refresh()
    desk.opened("what an idiot you are")
    assert "idiot" in blurred()
    desk.button("Show everything").click()
    assert blurred() == []


def test_two_moderators_do_not_decide_on_one_case(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    tom = desk.person("Tom")
    path = f"/queue/claims/{comment['id']}"
    assert tom.ask(desk.service, "PATCH", path).status_code == 200
    desk.enter(f"cases/{comment['id']}")
    desk.says(".banner", "Tom is working on this case")
    desk.forgiven.append("409")
    desk.press("a")
    desk.says(".toast-error", "Somebody else is working on this case")
    assert desk.status(comment) == "held"
    assert desk.service.case(comment["id"])["decisions"] == []

    assert tom.ask(desk.service, "DELETE", path).status_code == 204
    desk.look()
    desk.until(lambda: not desk.all(".banner"))
    desk.says(".case-facts", "yours until")
    refused = tom.ask(
        desk.service,
        "POST",
        f"/queue/{comment['id']}/decisions",
        {"action": "approve", "version": 1},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "claimed")
    desk.press(Keys.ESCAPE)
    desk.until(lambda: desk.service.case(comment["id"])["claim"] is None)
    desk.press("j")
    desk.opened(INSULTS[0])
    desk.until(lambda: desk.service.case(comment["id"])["claim"] is not None)
    desk.browser.get(f"{desk.service.url}/dashboard/static/none")
    desk.until(lambda: desk.service.case(comment["id"])["claim"] is None)
    desk.forgiven.append("404")
    desk.enter()


def test_an_edit_is_read_before_it_is_decided_on(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    # Live changes would show the edit before the key is pressed.
    desk.script("Object.defineProperty(document, 'hidden', { value: true })")
    requests.patch(
        f"{desk.service.url}/api/v1/sites/gazette/comments/{comment['id']}",
        json={"text": INSULTS[1]},
        headers={
            "Origin": desk.service.origin,
            "Rejoinder-Edit-Token": comment["edit_token"],
        },
        timeout=10,
    ).raise_for_status()
    desk.forgiven.append("409")
    desk.press("a")
    desk.opened(INSULTS[1])
    desk.says(".banner", "has edited this comment")
    assert desk.status(comment) == "held"
    desk.press("a")
    desk.until(lambda: desk.status(comment) == "published")


def test_many_at_once_first_shown_then_done_then_taken_back(desk: Desk) -> None:
    comments = [desk.held(text) for text in INSULTS]
    desk.enter("?sort=oldest")
    desk.until(lambda: len(desk.rows()) == 4)
    boxes = desk.all(".rows input[type=checkbox]")
    boxes[0].click()
    ActionChains(desk.browser).key_down(Keys.SHIFT).click(
        desk.all(".rows input[type=checkbox]")[2]
    ).key_up(Keys.SHIFT).perform()
    desk.says(".selection", "3 selected")
    desk.button("Reject", ".selection").click()
    desk.says("dialog h2", "Reject 3 comments?")
    assert desk.texts("dialog tbody td:first-child") == list(INSULTS[:3])
    assert desk.texts("dialog tbody td:last-child") == ["Rejected"] * 3
    assert [desk.status(comment) for comment in comments] == ["held"] * 4
    desk.button("Cancel", "dialog").click()
    assert [desk.status(comment) for comment in comments] == ["held"] * 4

    # One of them is taken by somebody else between the preview and the decision.
    desk.button("Reject", ".selection").click()
    desk.until(lambda: desk.all("dialog[open]"))
    tom = desk.person("Tom")
    tom.ask(desk.service, "PATCH", f"/queue/claims/{comments[1]['id']}")
    desk.button("Reject", "dialog").click()
    desk.says("dialog h2", "1 comment was left as it is")
    assert desk.texts("dialog tbody td:last-child") == ["Somebody else is working on this case."]
    desk.button("Close", "dialog").click()
    expected = ["rejected", "held", "rejected", "held"]
    assert [desk.status(comment) for comment in comments] == expected
    desk.until(lambda: desk.rows() == [INSULTS[1], INSULTS[3]])
    desk.says(".toast", "Rejected 2 comments")
    desk.press("u")
    desk.says(".toast", "2 comments are as they were before")
    assert [desk.status(comment) for comment in comments] == ["held"] * 4
    desk.until(lambda: desk.rows() == list(INSULTS))


def test_history_shows_and_takes_back(desk: Desk) -> None:
    comment = desk.held(INSULTS[0], name="Bob")
    tom = desk.person("Tom")
    path = f"/queue/{comment['id']}/decisions"
    body = {"action": "reject", "version": 1, "reason": "insult: Not here."}
    first = tom.ask(desk.service, "POST", path, body).json()
    desk.enter("history")
    desk.says(".entry", "Tom rejected a comment")
    desk.says(".entry-about", f"Insult: Not here. · Bob: {INSULTS[0]}")
    desk.button("Undo").click()
    desk.says(".entry", "Maya took a decision back")
    assert desk.status(comment) == "held"
    desk.says(".entry", "taken back")
    assert desk.all(".entry .icon-undo") == []
    assert desk.service.case(comment["id"])["decisions"][0]["undone_by"] is not None

    body["action"] = "approve"
    second = tom.ask(desk.service, "POST", path, body).json()
    assert second["id"] != first["id"]
    desk.look()
    desk.says(".entry", "Tom approved a comment")
    tom.ask(desk.service, "POST", path, body | {"action": "reject"})
    desk.look()
    desk.until(lambda: len(desk.all(".entry .icon-undo")) == 2)
    desk.forgiven.append("409")
    [_, older] = [b for b in desk.all(".entry button") if b.text == "Undo"]
    older.click()
    desk.says(".toast-error", "can no longer be taken back")
    assert desk.status(comment) == "rejected"
    Select(desk.find("select")).select_by_value("everything")
    desk.says(".entry", "A reader wrote a comment")
    desk.button("Open case").click()
    desk.opened(INSULTS[0])
    assert desk.texts(".timeline strong")[0] == "Tom rejected it"


def test_lanes_order_and_pages(desk: Desk) -> None:
    texts = [f"you are stupid, number {n}" for n in range(35)]
    for text in texts:
        desk.held(text)
    desk.send(KIND)
    desk.enter("?sort=oldest")
    desk.until(lambda: len(desk.rows()) == 30)
    assert desk.rows() == texts[:30]
    assert desk.texts(".lane-count") == ["35", "35", "0", "0", "0", "0", "0"]
    desk.button("Show more").click()
    desk.until(lambda: desk.rows() == texts)
    Select(desk.find(".list-tools select")).select_by_value("newest")
    desk.until(lambda: desk.rows() == texts[:4:-1])
    desk.press("j")
    desk.opened(texts[-1])
    desk.press("/", Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    desk.until(lambda: desk.browser.current_url.endswith("?lane=uncertain&sort=newest"))
    desk.until(lambda: desk.rows() == [])
    desk.browser.back()
    desk.opened(texts[-1])
    desk.press("?")
    desk.says("dialog h2", "Keys")
    assert "Approve" in desk.texts("dialog dd")
    desk.press("a", Keys.ESCAPE)
    desk.until(lambda: not desk.all("dialog"))
    assert len(desk.rows()) == 30


def test_what_others_do_appears_by_itself(desk: Desk) -> None:
    first, second = (desk.held(text) for text in INSULTS[:2])
    tom = desk.person("Tom")
    desk.enter("?sort=oldest")
    desk.press("j")
    desk.opened(INSULTS[0])
    desk.held(INSULTS[2])
    desk.look()
    desk.says(".news", "1 new case")
    desk.until(lambda: desk.texts(".lane-count")[0] == "3")
    assert len(desk.rows()) == 2
    desk.press("n")
    desk.until(lambda: desk.rows() == list(INSULTS[:3]))
    tom.ask(
        desk.service,
        "POST",
        f"/queue/{second['id']}/decisions",
        {"action": "approve", "version": 1},
    )
    desk.look()
    desk.until(lambda: desk.rows() == [INSULTS[0], INSULTS[2]])
    # Even of the open case: a key decides on whatever is not claimed by a person.
    desk.service.ask("DELETE", f"/comments/{first['id']}")
    desk.look()
    desk.says(".comment-text", "The author deleted it")
    assert not desk.button("Approve", ".case-actions").is_enabled()


def test_the_settings_are_for_admins(desk: Desk) -> None:
    desk.enter("settings")
    desk.find(".threshold-table")
    values = [e.get_attribute("value") for e in desk.all(".threshold-table input[type=number]")]
    assert values == ["0.4", "0.6", "0.4", "0.6"]
    strict = desk.find("input[value=strict]")
    strict.click()
    hold = desk.find("[aria-label='Hold Insult from']")
    hold.clear()
    hold.send_keys("0.75")
    desk.find("[aria-label='Own thresholds for Threat']").click()
    words = desk.all("textarea")[1]
    words.send_keys("shillcoin*\nfree money")
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    policy = desk.service.ask("GET", "")["policy"]
    assert policy["preset"] == "strict"
    assert policy["thresholds"] == {"insult": {"flag": 0.4, "hold": 0.75}}
    assert policy["words"]["hold"] == ["shillcoin*", "free money"]
    assert policy["limits"] == POLICY["limits"]

    desk.find("input[value=relaxed]").click()
    name = desk.find("form input")
    name.send_keys(" of today")
    desk.service.ask("PATCH", "", {"name": "Somebody else's name"})
    desk.forgiven.append("409")
    desk.button("Save").click()
    desk.says("[role=alert]", "Somebody else has changed the settings")
    assert desk.service.ask("GET", "")["name"] == "Somebody else's name"

    desk.enter("", person=desk.person("Tom"))
    desk.find(".queue")
    assert desk.texts(".top nav a") == ["Queue", "History"]


def test_a_session_that_ends_asks_to_log_in_again(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.forgiven.append("401")
    desk.browser.execute_cdp_cmd("Network.clearBrowserCookies", {})
    desk.press("a")
    desk.says("[role=alert]", "session has ended")
    assert desk.status(comment) == "held"


def test_a_service_that_is_away_loses_nothing(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])
    desk.forgiven += ["ERR_CONNECTION", "Failed to fetch"]
    desk.service.stop()
    desk.press("a")
    desk.says(".toast-error", "cannot be reached")
    desk.says(".comment-text", INSULTS[0])
    desk.service.start()
    desk.press("a")
    desk.says(".toast", "Approved")
    assert desk.status(comment) == "published"
    assert len(desk.service.case(comment["id"])["decisions"]) == 1


WIDER = """
return [document.documentElement, ...document.querySelectorAll("main, .case-scroll, .list-scroll")]
  .filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.localName)
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


CONTRAST = """
const light = (c) => { const f = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * f(c[0]) + 0.7152 * f(c[1]) + 0.0722 * f(c[2]); };
const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const rgba = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
  const d = canvas.getImageData(0, 0, 1, 1).data; return [d[0], d[1], d[2], d[3] / 255]; };
const behind = (e) => { const layers = [];
  for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3]) layers.push(c); if (c[3] === 1) break; }
  return layers.reverse().reduce((under, c) => c.slice(0, 3).map((v, i) => v * c[3] + under[i] * (1 - c[3])),
    [255, 255, 255]); };
const weak = [];
for (const e of document.querySelectorAll("body *")) {
  if (![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
  if (!e.checkVisibility() || e.closest(":disabled, .sr-only, .skip, option") || !e.getClientRects().length) continue;
  const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))].sort((x, y) => y - x);
  const ratio = (a + 0.05) / (b + 0.05);
  if (ratio < 4.5) weak.push(`${e.localName}.${e.className} ${e.textContent}: ${ratio.toFixed(2)}`);
}
return weak;
"""


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
    time.sleep(0.2)  # it fades in
    assert desk.script(CONTRAST) == []
    for path in ("history", "settings", "account"):
        desk.browser.get(f"{desk.service.url}/dashboard/{path}")
        desk.find("h1")
        assert desk.script(CONTRAST) == []


def test_the_pages_own_policy_is_the_strictest(gazette: Service) -> None:
    page = requests.get(f"{gazette.url}/dashboard/", timeout=10)
    policy = dict(
        part.strip().split(" ", 1) for part in page.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    for name in ("script-src", "style-src", "connect-src", "img-src", "form-action"):
        assert policy[name] == "'self'"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert not re.search(r"<style|style=|<script(?![^>]*src=)|\son\w+=", page.text)
    assets = re.findall(r'(?:href|src)="(/dashboard/[^"]+)"', page.text)
    assert len(assets) > 15
    for asset in assets:
        answer = requests.get(gazette.url + asset, timeout=10)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    tag = {"If-None-Match": page.headers["ETag"]}
    assert requests.get(f"{gazette.url}/dashboard/", headers=tag, timeout=10).status_code == 304
    for missing in ("nothing", "static/x/nothing.js", "static/x/../__init__.py", "cases/x"):
        answer = requests.get(f"{gazette.url}/dashboard/{missing}", timeout=10)
        assert answer.status_code == 404
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_catalogue_has_every_word_and_no_more() -> None:
    words = json.loads((STATIC / "messages" / "en.json").read_text("utf-8"))
    code = "\n".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    said = set(re.findall(r'"([a-z][\w-]*(?:\.[\w-]+)+|title)"', code))
    begun = {match.split("$")[0] for match in re.findall(r"`([a-z]+\.[^`]*\$[^`]*)`", code)}
    begun |= {f"{name}." for name in re.findall(r'named\("(\w+)"', code)}
    assert {key for key in words if key not in said and not key.startswith(tuple(begun))} == set()
    used = set(re.findall(r'\bt\(\s*"([^"]+)"', code))
    assert used - set(words) == set()
