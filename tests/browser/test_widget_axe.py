"""The widget's states by axe: WCAG 2.2 A and AA and best practice, on a page without landmarks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.page import INSULT, Page

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
# What is the host page's to have: a main landmark, a first heading.
HOSTS = ("landmark-one-main", "page-has-heading-one")
RUN = """
const done = arguments[0];
axe.run(document, { rules: arguments[1] }).then(
  ({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes[0].html])),
  (error) => done([String(error)]),
);
"""
LOOKS: dict[str, tuple[int, dict[str, str]]] = {
    "light": (1000, {}),
    "dark": (1000, {"prefers-color-scheme": "dark"}),
    "phone": (320, {}),
    "forced": (1000, {"forced-colors": "active"}),
}

pytestmark = pytest.mark.skipif(not AXE.is_file(), reason="needs npm ci")


def violations(page: Page) -> Any:
    page.browser.execute_cdp_cmd("Runtime.evaluate", {"expression": AXE.read_text("utf-8")})
    rules = {name: {"enabled": False} for name in HOSTS}
    code = RUN.replace("arguments[0]", "arguments[arguments.length - 1]").replace(
        "arguments[1]", json.dumps(rules)
    )
    return page.browser.execute_async_script(code)


@pytest.mark.parametrize("look", LOOKS)
def test_every_state_passes(page: Page, look: str) -> None:
    width, features = LOOKS[look]
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": n, "value": v} for n, v in features.items()]}
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    theme = "dark" if look == "dark" else "light"
    body = f'<rejoinder-thread theme="{theme}"></rejoinder-thread>'
    url = page.open(f"/axe-{look}", body, landmark="div")
    if look == "dark":
        page.script("document.body.style.setProperty('background', '#14171a')")
    found = {"empty": violations(page)}
    root = page.service.post(url, "A [link](https://example.org), `code`.\n\n> quoted", name="Cc")
    page.service.post(url, "Deeper.", parent=root["id"], name="Bb")
    page.refresh()
    page.find(".fresh")
    found["news"] = violations(page)
    page.find(".fresh").click()
    page.article("Deeper.")
    page.write(INSULT)
    page.article("pathetic")
    found["held"] = violations(page)
    page.act("Deeper.", "Reply")
    page.find(".slot .composer button.primary").click()
    found["composer with an error"] = violations(page)
    if look == "phone":
        page.act("quoted", "More actions")
    page.act("quoted", "Report")
    page.find("dialog")
    found["report"] = violations(page)
    assert {state: rules for state, rules in found.items() if rules} == {}


def test_a_failure_passes(page: Page) -> None:
    page.forgiven += ["404", "CORS", "ERR_FAILED"]
    body = '<rejoinder-thread site="nobody"></rejoinder-thread>'
    page.open("/axe-failure", body, landmark="div", ready=False)
    page.find(".unavailable")
    assert violations(page) == []
