"""Where the widget's parts stand: what must not move, on paper and on a phone too."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation import widget
from tests.browser.page import INSULT, Page

# The sum of all shifts, once nothing more is to come; `hadRecentInput` is never set here.
SHIFT = """
const done = arguments[0]; let sum = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) sum += value;
}).observe({ type: "layout-shift", buffered: true });
setTimeout(() => done(sum), 300);
"""

# As docs/embed.md says, for the time before the script is there.
ROOM = "rejoinder-thread:not(:defined) { display: block; min-height: 100vh }"

STYLES = ("base", "composer", "comments", "dialogs", "adapt")


def resize(page: Page, width: int, height: int, *, mobile: bool = False) -> None:
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


@pytest.mark.parametrize("width", [390, 1000])
@pytest.mark.parametrize("above", [0, 300])
def test_nothing_moves_while_a_thread_is_loaded(page: Page, width: int, above: int) -> None:
    """With the thread and what stands below it in view, however many comments there are."""
    resize(page, width, 844, mobile=width < 500)
    head = '<meta name="viewport" content="width=device-width">'
    url = f"{page.host.origin}/still"
    body = (
        f"<svg height={above} width=1></svg><rejoinder-thread></rejoinder-thread>"
        "<footer>Imprint<svg height=200 width=200></svg></footer>"
    )
    shifts: dict[int | str, float] = {}

    def look(what: int | str) -> None:
        page.open("/still", body, head=head, style=ROOM)
        page.until(lambda: page.events("rejoinder:loaded"))
        shifts[what] = round(page.browser.execute_async_script(SHIFT), 4)

    written = 0
    for count in (0, 1, 3, 20):
        for n in range(written, count):
            page.service.post(url, f"Number {n}.")
        written = count
        look(count)
    page.write(INSULT)
    page.article("pathetic")
    look("an own one that waits")
    assert {count: shift for count, shift in shifts.items() if shift > 0.01} == {}


def test_the_style_sheet_that_is_sent_has_the_rules_that_were_written(page: Page) -> None:
    folder = Path(widget.__file__).parent / "static"
    written = "\n".join((folder / f"{name}.css").read_text("utf-8") for name in STYLES)
    page.open("/styled")
    # What a property of the sheet's own is worth is kept as it is written; how it is called is not.
    sent, meant = page.script(
        "const [sent] = arguments[0].shadowRoot.adoptedStyleSheets;"
        "const meant = new CSSStyleSheet(); meant.replaceSync(arguments[1]);"
        "return [sent, meant].map((sheet) => {"
        "  const names = [];"
        "  const name = (own) => `--${(names.indexOf(own) + 1 || names.push(own)) - 1}`;"
        "  return [...sheet.cssRules].map(({ cssText }) => cssText.replace(/\\b0(?=\\.\\d)/g, '')"
        "    .replace(/\\s*([(),])\\s*/g, '$1').replace(/--(?!rejoinder-)[\\w-]+/g, name));"
        "})",
        page.thread(),
        written,
    )
    assert len(meant) > 100
    assert sent == meant
