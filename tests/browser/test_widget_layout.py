"""Where the widget's parts stand: what must not move, on paper and on a phone too."""

from __future__ import annotations

from pathlib import Path

from moderation import widget
from tests.browser.page import Page

STYLES = ("base", "composer", "comments", "dialogs", "adapt")


def test_the_style_sheet_that_is_sent_has_the_rules_that_were_written(page: Page) -> None:
    folder = Path(widget.__file__).parent / "static"
    written = "\n".join((folder / f"{name}.css").read_text("utf-8") for name in STYLES)
    page.open("/styled")
    # What a property of its own is worth is kept as it is written.
    sent, meant = page.script(
        "const [sent] = arguments[0].shadowRoot.adoptedStyleSheets;"
        "const meant = new CSSStyleSheet(); meant.replaceSync(arguments[1]);"
        "return [sent, meant].map((sheet) => [...sheet.cssRules].map("
        "  ({ cssText }) => cssText.replace(/\\b0(?=\\.\\d)/g, '')"
        "    .replace(/\\s*([(),])\\s*/g, '$1')))",
        page.thread(),
        written,
    )
    assert len(meant) > 100
    assert sent == meant
