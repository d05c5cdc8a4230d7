"""Where the widget's parts stand: what must not move, on paper and on a phone too."""

from __future__ import annotations

from pathlib import Path

import pytest

from moderation import widget
from tests.browser.page import INSULT, Page
from tests.browser.site import ROOM

# The sum of all shifts, once nothing more is to come; `hadRecentInput` is never set here.
SHIFT = """
const done = arguments[0]; let sum = 0;
new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) sum += value;
}).observe({ type: "layout-shift", buffered: true });
setTimeout(() => done(sum), 300);
"""

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
        "    .replace(/\\s*([(),/])\\s*/g, '$1').replace(/--(?!rejoinder-)[\\w-]+/g, name));"
        "})",
        page.thread(),
        written,
    )
    assert len(meant) > 100
    assert sent == meant


def test_a_phone_need_not_zoom_into_any_field(page: Page) -> None:
    """iOS zooms into what is smaller than 16 pixels, and stays there."""
    resize(page, 390, 844, mobile=True)
    url = f"{page.host.origin}/zoom"
    page.service.post(url, "From somebody else.")
    page.service.post(url, "Another one.")
    head = '<meta name="viewport" content="width=device-width">'
    page.open("/zoom", head=head, style="body { font-size: 11px }")
    page.write("My own.")
    page.article("My own.")
    page.find(".write textarea").click()
    page.act("My own.", "Edit")
    page.act("Another one.", "Reply")
    page.act("somebody else", "Report")
    page.find("dialog textarea")
    sizes = page.script(
        "return arguments[0].map((field) =>"
        "  [field.name || field.id, parseFloat(getComputedStyle(field).fontSize)])",
        page.all("input:not([type=radio]), select, textarea"),
    )
    # The thread's form and two of comments', the names of two authors, the order, the report.
    assert len(sizes) == 3 + 2 * 2 + 1 + 1
    assert [size for size in sizes if size[1] < 16] == []


def test_paper_shows_what_was_said_and_nothing_to_press(page: Page) -> None:
    url = page.open("/paper")
    root = page.service.post(url, "Read me on the train.")
    for n in range(4):
        page.service.post(url, f"Answer {n}.", parent=root["id"])
    for n in range(20):
        page.service.post(url, f"Filler {n}.")
    page.browser.refresh()
    page.act("Filler 0.", "Reply")
    page.service.post(url, "The newest.")
    page.refresh()
    controls = "button, input, select, textarea, form, .votes, .sorting, .fresh"
    assert page.all(controls)
    page.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert page.all(controls) == []
    assert page.texts("h2") == ["26 comments"]
    assert "Filler 0." in page.bodies()
    # No blank paper after a thread that was short.
    assert page.script("return getComputedStyle(arguments[0]).minHeight", page.thread()) in (
        "0px",
        "auto",
    )
