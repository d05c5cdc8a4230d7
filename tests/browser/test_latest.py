"""`<rejoinder-latest>` on somebody's front page, under a strict policy."""

from __future__ import annotations

import requests

from tests.browser.page import Page

SHOWN = "return [...document.querySelectorAll('rejoinder-latest li')].map((e) => e.textContent)"


def open_front(page: Page, inside: str, *, html: str = 'lang="en"', **more: str) -> None:
    origin = page.service.url
    url = page.host.page(
        "/front",
        f"<!doctype html><html {html}><title>Front</title>"
        f'<script src="{origin}/latest.js" data-site="{page.service.site}" async></script>'
        f"{inside}",
        Content_Security_Policy=(
            f"default-src 'none'; script-src {origin}; connect-src {origin}; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        ),
        **more,
    )
    page.browser.get(url)


def write(page: Page, text: str, *, path: str = "/article", title: str = "An article") -> str:
    base = f"{page.service.url}/api/v1/sites/{page.service.site}"
    origin = {"Origin": page.service.origin}
    token = requests.post(f"{base}/authors", headers=origin, timeout=10).json()["token"]
    answer = requests.post(
        f"{base}/comments",
        json={
            "thread": {"url": page.service.origin + path, "title": title},
            "text": text,
            "author": {"name": "<b>Ann" if "kind" in text else ""},
        },
        headers=origin | {"Rejoinder-Author": token},
        timeout=10,
    )
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


def test_a_front_page_shows_what_was_written_last(page: Page) -> None:
    first = write(page, "thank you, this is *kind*", title="An <article>")
    write(page, "a second thought", path="/other", title="Other")
    open_front(page, "<rejoinder-latest limit=5>Nothing yet.</rejoinder-latest>")
    page.until(lambda: page.browser.execute_script(SHOWN))
    assert page.browser.execute_script(SHOWN) == [
        "Anonymous: a second thought Other · just now",
        "<b>Ann: thank you, this is kind An <article> · just now",
    ]
    links = page.browser.execute_script(
        "return [...document.querySelectorAll('rejoinder-latest a')].map((a) => a.href)"
    )
    assert links[1] == f"{page.service.origin}/article#rejoinder-comment-{first}"
    page.browser.execute_script("document.querySelector('rejoinder-latest').limit = 1")
    page.browser.execute_script(
        "document.querySelector('rejoinder-latest').setAttribute('limit', '1')"
    )
    page.until(lambda: len(page.browser.execute_script(SHOWN)) == 1)


def test_it_speaks_the_pages_language_and_keeps_what_is_inside_without_comments(
    page: Page,
) -> None:
    inside = "<rejoinder-latest>Noch nichts.</rejoinder-latest>"
    open_front(page, inside, html='lang="de"')
    text = "return document.querySelector('rejoinder-latest').textContent"
    page.until(
        lambda: page.browser.execute_script("return !!customElements.get('rejoinder-latest')")
    )
    assert page.browser.execute_script(text) == "Noch nichts."
    write(page, "a thought")
    # The first answer may be kept for a minute.
    page.browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    open_front(page, inside, html='lang="de"')
    page.until(lambda: page.browser.execute_script(SHOWN))
    assert "gerade eben" in page.browser.execute_script(text)
