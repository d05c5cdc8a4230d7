"""The widget on somebody's page as a reader has it: what is seen, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import requests
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.browser.site import Host, Service

INSULT = "You are a stupid idiot and a pathetic moron."
BODY = (By.CSS_SELECTOR, ".body")
ALL = """return [...arguments[0].shadowRoot.querySelectorAll(arguments[1])]
.filter((e) => e.checkVisibility() && e.getBoundingClientRect().height)"""


class Page:
    """The host page as a reader has it: what is seen, and what can be done with it."""

    def __init__(self, browser: Chrome, service: Service, host: Host) -> None:
        self.browser = browser
        self.service = service
        self.host = host
        self.said: list[str] = []
        self.forgiven: list[str] = []

    def open(
        self,
        path: str,
        body: str = "<rejoinder-thread></rejoinder-thread>",
        *,
        head: str = "",
        html: str = 'lang="en"',
        style: str = "",
        fragment: str = "",
        landmark: str = "main",
        ready: bool = True,
    ) -> str:
        """Publish and open a page with this body; gives its URL."""
        origin = self.service.url
        url = self.host.page(
            path,
            f"<!doctype html><html {html}><head><title>Page {path}</title>{head}"
            f"<style nonce=host>{style}</style>"
            f'<script src="{origin}/embed.js" data-site="{self.service.site}" async></script>'
            f"</head><body><{landmark}>{body}</{landmark}></body></html>",
            Content_Security_Policy=(
                f"default-src 'none'; base-uri 'none'; form-action 'none'; script-src {origin}; "
                "style-src 'nonce-host'; "
                f"connect-src {origin}; require-trusted-types-for 'script'; trusted-types 'none'"
            ),
        )
        self.browser.get(url + fragment)
        if ready:
            self.until(lambda: self.all("h2"))
        return url

    def thread(self, index: int = 0) -> WebElement:
        return self.browser.find_elements(By.TAG_NAME, "rejoinder-thread")[index]

    def all(self, css: str, index: int = 0) -> list[WebElement]:
        """What can be seen, found in one step: it may change at any time."""
        found: list[WebElement] = self.script(ALL, self.thread(index), css)
        return found

    def find(self, css: str, index: int = 0) -> WebElement:
        return self.until(lambda: self.all(css, index))[0]

    def until(self, condition: Callable[[], Any], seconds: float = 20) -> Any:
        wait = WebDriverWait(
            self.browser, seconds, 0.04, ignored_exceptions=[StaleElementReferenceException]
        )
        return wait.until(lambda _: condition())

    def texts(self, css: str, index: int = 0) -> list[str]:
        """What is written in what can be seen."""
        found: list[str] = self.script(f"{ALL}.map((e) => e.innerText)", self.thread(index), css)
        return found

    def bodies(self, index: int = 0) -> list[str]:
        return self.texts("article .body", index)

    def article(self, text: str) -> WebElement:
        """The comment that has this text."""

        def match() -> WebElement | None:
            bodies = [body for body in self.all("article .body") if text in body.text]
            return bodies[0].find_element(By.XPATH, "ancestor::article") if bodies else None

        found: WebElement = self.until(match)
        return found

    def act(self, text: str, button: str) -> None:
        """Press the button with this label on the comment with this text."""
        article = self.article(text)
        buttons = article.find_elements(By.CSS_SELECTOR, ".actions button")
        [wanted] = [b for b in buttons if button in (b.text, b.get_attribute("aria-label"))]
        wanted.click()

    def labels(self, text: str) -> list[str]:
        """The words on the buttons of the comment with this text."""
        buttons = self.article(text).find_elements(By.CSS_SELECTOR, ".actions button")
        return [b.text for b in buttons if b.text]

    def write(self, text: str, *, name: str = "", form: str = ".write .composer") -> None:
        """Fill in a form and send it."""
        area = self.find(f"{form} textarea")
        area.clear()
        area.send_keys(text[-1])
        if len(text) > 1:
            # Pasted: the driver types a few letters a second on a busy machine.
            self.script(
                "arguments[0].setRangeText(arguments[1], 0, 0);"
                "arguments[0].dispatchEvent(new Event('input'))",
                area,
                text[:-1],
            )
        if name:
            self.find(f"{form} input[name=name]").send_keys(name)
        self.find(f"{form} button.primary").click()

    def focused(self) -> WebElement:
        found: WebElement = self.browser.execute_script(
            "return arguments[0].shadowRoot.activeElement", self.thread()
        )
        return found

    def script(self, code: str, *args: object) -> Any:
        return self.browser.execute_script(code, *args)

    def listen(self) -> list[str]:
        """All that the console has said so far."""
        self.said += [entry["message"] for entry in self.browser.get_log("browser")]
        return self.said

    def events(self, name: str) -> list[dict[str, Any]]:
        return [detail for event, detail in self.script("return events") if event == name]

    def own_votes(self, url: str) -> list[int]:
        """The votes that the service has from this browser."""
        [kept] = self.script(
            "return Object.entries(localStorage).filter(([k]) => k.endsWith(':author'))"
            ".map(([, v]) => JSON.parse(v).token)"
        )
        path = f"{self.service.url}/api/v1/sites/{self.service.site}/threads/mine"
        headers = {"Rejoinder-Author": kept}
        answer = requests.get(path, params={"url": url}, headers=headers, timeout=10)
        votes: dict[str, int] = answer.json()["votes"]
        return list(votes.values())

    def refresh(self) -> None:
        """Look for changes now instead of at the next turn of the clock."""
        failure = self.browser.execute_async_script(
            "const done = arguments[1];"
            "arguments[0].thread.refresh().then(() => done(''), (error) => done(String(error)))",
            self.thread(),
        )
        assert failure == ""
