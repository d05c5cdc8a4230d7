"""The page of threads: found, closed, hidden and set, and each change undone."""

from __future__ import annotations

from typing import Any

import pytest
from selenium.webdriver import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.browser.axe import violations
from tests.browser.desk import INSULTS, KIND, Desk
from tests.browser.test_dashboard_axe import dress

TITLES = ".thread .thread-name"


def fill_in(desk: Desk) -> tuple[Any, Any]:
    """Two threads, a comment in each; one of them waits."""
    bridge = desk.send(KIND, name="Ada", page="/bridge", title="The bridge")
    desk.send("and another fair point", name="Ada", page="/bridge", title="The bridge")
    desk.send(KIND, name="Bob", page="/budget", title="The budget")
    held = desk.held(INSULTS[0], name="Cem", page="/budget", title="The budget")
    return bridge, held


def settings(desk: Desk, made: Any) -> Any:
    return desk.me.ask(desk.service, "GET", f"/threads/{made['thread']}").json()


def labelled(desk: Desk, label: str) -> WebElement:
    found: WebElement = desk.until(
        lambda: desk.script(
            "const l = [...document.querySelectorAll('dialog label')]"
            ".find((l) => l.textContent === arguments[0]); return l && l.control",
            label,
        )
    )
    return found


def test_a_thread_is_found_closed_hidden_set_and_all_of_it_undone(desk: Desk) -> None:
    bridge, _ = fill_in(desk)
    desk.enter()
    desk.find("nav a[href$='/threads']").click()
    desk.until(lambda: desk.texts(TITLES) == ["The budget", "The bridge"])
    assert desk.all("nav a[aria-current=page][href$='/threads']")
    assert desk.texts(".thread .status-held") == ["1 waits"]
    desk.choose("select[aria-label=Order]", "comments")
    desk.until(lambda: desk.texts(TITLES) == ["The bridge", "The budget"])
    desk.choose("select[aria-label=Order]", "waiting")
    desk.until(lambda: desk.texts(TITLES) == ["The budget"])
    desk.choose("select[aria-label=Order]", "active")
    desk.find("input[type=search]").send_keys("nothing like it")
    desk.says(".empty", "No such thread")
    desk.find("input[type=search]").clear()
    desk.find("input[type=search]").send_keys("RIDGE")
    desk.until(lambda: desk.texts(TITLES) == ["The bridge"])

    desk.button("Close", ".thread").click()
    desk.says(".thread .badge", "closed")
    assert settings(desk, bridge)["closed"]
    desk.button("Undo", ".toast").click()
    desk.says(".toast", "Undone.")
    desk.until(lambda: not desk.texts(".thread .badge"))
    assert not settings(desk, bridge)["closed"]

    desk.button("Hide", ".thread").click()
    desk.says(".thread .badge", "Hidden")
    # What was pressed keeps the focus, though it has another name by now.
    desk.until(lambda: desk.script("return document.activeElement.textContent") == "Show")
    desk.press(Keys.ENTER)
    desk.until(lambda: not desk.texts(".thread .badge"))

    desk.button("More…", ".thread").click()
    Select(labelled(desk, "Premoderation")).select_by_value("links")
    Select(labelled(desk, "Slow mode")).select_by_value("300")
    page = f"{desk.service.origin}/bridge#rejoinder-comment-{bridge['id']}"
    labelled(desk, "Pinned comment").send_keys(page)
    labelled(desk, "Who wrote the page").send_keys(
        f"{desk.service.url}/dashboard/authors/{bridge['author']['id']}"
    )
    desk.button("Save", "dialog").click()
    desk.says(".toast", "The thread’s settings are changed.")
    desk.until(lambda: len(desk.texts(".thread .badge")) == 4)
    found = settings(desk, bridge)
    assert (found["premoderate"], found["slow_seconds"]) == ("links", 300)
    assert (found["pinned"], found["authors"]) == (bridge["id"], [bridge["author"]["id"]])
    desk.button("More…", ".thread").click()
    assert "thank you" in desk.find("dialog .pinned-now").text
    assert desk.texts("dialog a.badge") == ["Ada"]
    pinned = labelled(desk, "Pinned comment")
    pinned.clear()
    pinned.send_keys("nonsense")
    desk.forgiven.append("422")
    desk.button("Save", "dialog").click()
    desk.until(lambda: any(desk.texts("dialog .form-problem")))
    desk.press(Keys.ESCAPE)

    desk.find("nav a[href$='/history']").click()
    desk.says(".entry", "changed the settings of a thread")
    desk.says(".changes li", "Seconds between comments: 0")
    desk.button("Undo", ".verb-thread").click()
    desk.says(".entry", "undid a change of a thread")
    desk.until(lambda: desk.all(".verb-thread.undone"))
    found = settings(desk, bridge)
    assert (found["premoderate"], found["slow_seconds"], found["pinned"]) == (None, 0, None)
    desk.button("Open thread", ".verb-thread").click()
    assert "The bridge" in desk.find("dialog h2").text


def test_a_case_pins_its_comment_and_names_the_page_s_author(desk: Desk) -> None:
    bridge, _ = fill_in(desk)
    desk.report(bridge)
    desk.enter(f"cases/{bridge['id']}")
    desk.opened(KIND)
    desk.button("Pin to the top").click()
    desk.says(".toast", "The comment stands first")
    desk.button("Wrote this page").click()
    desk.says(".toast", "Author of this page")
    found = settings(desk, bridge)
    assert (found["pinned"], found["authors"]) == (bridge["id"], [bridge["author"]["id"]])
    made = desk.send("I wrote this", name="Ada", page="/bridge")
    assert made["author"]["role"] == "author"


@pytest.mark.parametrize("look", ["dark", "phone"])
def test_its_screen_passes_axe(desk: Desk, look: str) -> None:
    dress(desk, look)
    bridge, _ = fill_in(desk)
    change = {"hidden": True, "slow_seconds": 90, "premoderate": "all", "pinned": bridge["id"]}
    change["authors"] = [bridge["author"]["id"]]
    desk.me.ask(desk.service, "PATCH", f"/threads/{bridge['thread']}", change)
    desk.enter("threads")
    desk.find(".thread")
    assert violations(desk.browser) == []
    assert desk.script("return document.documentElement.scrollWidth <= innerWidth")
    desk.enter(f"threads?thread={bridge['thread']}")
    desk.find("dialog[open]")
    assert violations(desk.browser) == []
