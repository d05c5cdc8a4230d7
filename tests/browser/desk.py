"""A moderator at the dashboard in a browser: what is seen, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from uuid_utils import uuid7

from moderation.records import Moderator, Role
from moderation.services import services_of
from moderation.tokens import csrf_token, new_credential
from tests.browser.site import Service

INSULTS = (
    "you are stupid",
    "what an idiot you are",
    "shut up you moron",
    "only a stupid fool writes this",
)
KIND = "thank you for this article"
DAY = 86_400_000


@dataclass
class Person:
    """A moderator with a session of their own, in this test's hands instead of a browser's."""

    moderator: Moderator
    cookie: str
    csrf: str
    link: str

    def ask(self, service: Service, method: str, path: str, body: Any = None) -> Any:
        return requests.request(
            method,
            f"{service.url}/api/v1/sites/{service.site}{path}",
            json=body,
            headers={"Rejoinder-CSRF": self.csrf},
            cookies={"rejoinder_session": self.cookie},
            timeout=10,
        )


class Desk:
    """A moderator at a browser: what is seen, and what can be done with it."""

    def __init__(self, browser: Chrome, service: Service) -> None:
        self.browser = browser
        self.service = service
        self.forgiven: list[str] = []
        self.readers: dict[str, str] = {}
        self.me = self.person("Maya", "owner")

    def person(self, name: str, role: Role = "moderator") -> Person:
        services = services_of(self.service.app)
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
        services.store.accounts.create(moderator, [session, login], actor="test", now=now)
        csrf = csrf_token(services.settings.secret_key, session)
        return Person(moderator, cookie, csrf, link)

    def send(
        self,
        text: str,
        *,
        name: str = "Somebody",
        page: str = "/article",
        title: str = "An article",
        **more: Any,
    ) -> Any:
        """Write a comment as a reader of the site's page does; gives what the reader gets."""
        url = f"{self.service.url}/api/v1/sites/{self.service.site}"
        reader = {"Origin": self.service.origin}
        if name not in self.readers:
            made = requests.post(f"{url}/authors", headers=reader, timeout=10)
            self.readers[name] = made.json()["token"]
        body = {
            "thread": {"url": self.service.origin + page, "title": title},
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

    def report(self, comment: Any, *, reason: str = "abuse", note: str = "") -> None:
        """Report a comment as a reader who comes just now."""
        url = f"{self.service.url}/api/v1/sites/{self.service.site}"
        reader = {"Origin": self.service.origin}
        token = requests.post(f"{url}/authors", headers=reader, timeout=10).json()["token"]
        requests.post(
            f"{url}/comments/{comment['id']}/reports",
            json={"reason": reason, "note": note},
            headers=reader | {"Rejoinder-Author": token},
            timeout=10,
        ).raise_for_status()

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
        found: list[WebElement] = self.script(
            "return [...document.querySelectorAll(arguments[0])]"
            ".filter((e) => e.checkVisibility() && e.getClientRects().length)",
            css,
        )
        return found

    def find(self, css: str) -> WebElement:
        found: list[WebElement] = self.until(lambda: self.all(css))
        return found[0]

    def attribute(self, css: str, name: str) -> str | None:
        """What the first of these elements has as an attribute, read in one moment.

        A case is painted anew when it changes, and what was found of it before is gone.
        """
        self.find(css)
        found: str | None = self.script(
            "return document.querySelector(arguments[0])?.getAttribute(arguments[1])", css, name
        )
        return found

    def texts(self, css: str) -> list[str]:
        """What elements say, seen or not."""
        found: list[str] = self.script(
            "return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", css
        )
        return found

    def classes(self, css: str) -> list[str]:
        found: list[str] = self.script(
            "return [...document.querySelectorAll(arguments[0])].flatMap((e) => [...e.classList])",
            css,
        )
        return found

    def until(self, condition: Callable[[], Any], seconds: float = 60) -> Any:
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

    def choose(self, css: str, value: str) -> None:
        """Choose from a list as with the mouse, which the driver does not press by itself."""
        select = self.find(css)
        self.script(
            "arguments[0].dispatchEvent(new MouseEvent('mousedown', {bubbles: true}))", select
        )
        Select(select).select_by_value(value)

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
