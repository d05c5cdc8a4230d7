"""The queue: worked by keyboard, in lanes and orders, many at once, and with others at work."""

from __future__ import annotations

import time
from typing import Any

from selenium.webdriver import ActionChains, Keys

from tests.browser.desk import INSULTS, KIND, Desk


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
    desk.says(".toast", "Approved Reader 0's comment")

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
    desk.says(".toast", "Undone")
    desk.until(lambda: desk.service.case(comments[third]["id"])["escalated"] is False)
    desk.press("u")
    desk.opened(second)
    assert desk.status(comments[second]) == "held"
    desk.press("u")
    desk.opened(first)
    assert desk.status(comments[first]) == "held"
    desk.until(lambda: desk.rows() == list(INSULTS))
    desk.press("u")
    desk.says(".toast", "Nothing to undo")


def test_the_last_case_leaves_an_empty_queue(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.enter()
    desk.press("j")
    desk.opened(INSULTS[0])
    desk.press("r", Keys.ENTER)
    desk.says(".pane h2", "New cases will show up here")
    desk.until(
        lambda: desk.script("return document.activeElement.textContent").startswith("New cases")
    )
    assert desk.texts(".list-pane h2") == ["All done"]
    assert desk.status(comment) == "rejected"
    assert desk.browser.current_url.endswith("/dashboard/")
    desk.find(".toast button").click()
    desk.opened(INSULTS[0])
    assert desk.status(comment) == "held"


def test_lanes_order_and_pages(desk: Desk) -> None:
    texts = [f"you are stupid, number {n}" for n in range(35)]
    for text in texts:
        desk.held(text)
    desk.send(KIND)
    desk.enter("?sort=oldest")
    desk.until(lambda: len(desk.rows()) == 30)
    assert desk.rows() == texts[:30]
    assert desk.texts(".lane-count") == ["35", "0", "0", "35", *["0"] * 6]
    desk.button("Show more").click()
    desk.until(lambda: desk.rows() == texts)
    desk.choose(".list-tools select", "newest")
    desk.until(lambda: desk.rows() == texts[:4:-1])
    desk.press("j")
    desk.opened(texts[-1])
    desk.press("/", *[Keys.ARROW_DOWN] * 4, Keys.ENTER)
    desk.until(lambda: desk.browser.current_url.endswith("?lane=uncertain&sort=newest"))
    desk.until(lambda: desk.rows() == [])
    desk.browser.back()
    desk.opened(texts[-1])
    desk.press("?")
    desk.says("dialog h2", "Keyboard shortcuts")
    assert "Approve" in desk.texts("dialog dd")
    desk.press("a", Keys.ESCAPE)
    desk.until(lambda: not desk.all("dialog"))
    assert len(desk.rows()) == 30


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
    # What the scores of most of them suggest, as for a single one.
    proposed = desk.script("return document.querySelector('dialog input:checked').value")
    assert proposed == "insult"
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
    desk.says("dialog h2", "1 comment was left unchanged")
    assert desk.texts("dialog tbody td:last-child") == ["Someone else is working on this case."]
    desk.button("Close", "dialog").click()
    expected = ["rejected", "held", "rejected", "held"]
    assert [desk.status(comment) for comment in comments] == expected
    desk.until(lambda: desk.rows() == [INSULTS[1], INSULTS[3]])
    desk.says(".toast", "Rejected 2 comments")
    desk.press("u")
    desk.says(".toast", "Undone for 2 comments")
    assert [desk.status(comment) for comment in comments] == ["held"] * 4
    desk.until(lambda: desk.rows() == list(INSULTS))


def test_more_than_one_batch_holds_is_done_and_taken_back_as_one(desk: Desk) -> None:
    count = 203
    comments = [desk.held(f"{INSULTS[0]} number {n}", name=f"Reader {n % 7}") for n in range(count)]
    desk.enter()
    desk.until(lambda: desk.rows())
    while len(desk.rows()) < count:
        before = len(desk.rows())
        desk.button("Show more").click()
        desk.until(lambda before=before: len(desk.rows()) > before)
    desk.find("[aria-label='Select all listed']").click()
    desk.says(".selection", f"{count} selected")
    desk.button("Reject", ".selection").click()
    desk.says("dialog h2", f"Reject {count} comments?")
    assert len(desk.texts("dialog tbody tr")) == count
    desk.button("Reject", "dialog").click()
    desk.says(".toast", f"Rejected {count} comments")
    desk.until(lambda: desk.rows() == [])
    decisions = [desk.service.case(comment["id"])["decisions"][0] for comment in comments]
    assert {decision["status_after"] for decision in decisions} == {"rejected"}
    assert len({decision["batch"] for decision in decisions}) == 2
    desk.press("u")
    desk.says(".toast", f"Undone for {count} comments")
    desk.until(lambda: desk.rows())
    assert desk.service.ask("GET", "/queue")["counts"]["all"] == count
    desk.press("u")
    desk.says(".toast", "Nothing to undo")


def test_a_service_that_stops_between_two_batches_says_what_is_left(desk: Desk) -> None:
    for n in range(201):
        desk.held(f"{INSULTS[0]} number {n}", name=f"Reader {n % 7}")
    desk.enter()
    desk.until(lambda: desk.rows())
    while len(desk.rows()) < 201:
        before = len(desk.rows())
        desk.button("Show more").click()
        desk.until(lambda before=before: len(desk.rows()) > before)
    desk.find("[aria-label='Select all listed']").click()
    desk.button("Approve", ".selection").click()
    desk.until(lambda: desk.all("dialog[open]"))
    # The second batch never reaches the service.
    desk.script(
        """
        const real = window.fetch;
        window.fetch = (path, options) =>
          path.endsWith("/batches") && JSON.parse(options.body).comments.length === 1
            ? Promise.reject(new TypeError("away")) : real(path, options);
        """
    )
    desk.button("Approve", "dialog").click()
    desk.says("dialog h2", "1 comment was left unchanged")
    desk.says("dialog tbody td:last-child", "Can't reach the server")
    desk.button("Close", "dialog").click()
    desk.until(lambda: len(desk.rows()) == 1)
    desk.press("u")
    desk.says(".toast", "Undone for 200 comments")
    assert desk.service.ask("GET", "/queue")["counts"]["all"] == 201


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
    desk.says(".comment-text", "Deleted by the author")
    assert not desk.button("Approve", ".case-actions").is_enabled()


def test_what_one_does_in_another_tab_appears_too(desk: Desk) -> None:
    comments = [desk.held(text) for text in INSULTS[:3]]
    desk.enter("?sort=oldest")
    desk.press("j")
    desk.opened(INSULTS[0])

    def elsewhere(comment: Any) -> None:
        path = f"/queue/{comment['id']}/decisions"
        body = {"action": "approve", "version": 1}
        assert desk.me.ask(desk.service, "POST", path, body).status_code == 201

    elsewhere(comments[1])
    desk.look()
    desk.until(lambda: desk.rows() == [INSULTS[0], INSULTS[2]])
    elsewhere(comments[0])
    desk.look()
    desk.says(".banner", "Maya approved it")
    desk.browser.get(f"{desk.service.url}/dashboard/history")
    desk.until(lambda: len(desk.all(".entry")) == 2)
    elsewhere(comments[2])
    desk.look()
    desk.until(lambda: len(desk.all(".entry")) == 3)


def test_a_list_that_comes_late_does_not_take_the_place_of_another(desk: Desk) -> None:
    desk.held(INSULTS[0])
    desk.send(KIND)
    desk.enter()
    desk.until(lambda: desk.rows() == [INSULTS[0]])
    desk.script(
        "const { fetch } = window;"
        "window.fetch = async (...given) => {"
        "  const answer = await fetch(...given);"
        "  if (String(given[0]).includes('lane=uncertain'))"
        "    await new Promise((go) => { window.go = go; });"
        "  return answer;"
        "}"
    )
    desk.find("[data-lane=uncertain]").click()
    desk.until(lambda: desk.script("return Boolean(window.go)"))
    desk.find("[data-lane=harmful]").click()
    desk.until(lambda: desk.texts(".lane[aria-current] .lane-name") == ["Harmful"])
    desk.press("j")
    desk.opened(INSULTS[0])
    desk.browser.execute_async_script("go(); setTimeout(arguments[0])")
    assert desk.rows() == [INSULTS[0]]
    assert desk.texts(".comment-text") == [INSULTS[0]]


def test_a_key_held_down_decides_once(desk: Desk) -> None:
    comments = [desk.held(text) for text in INSULTS[:3]]
    desk.enter("?sort=oldest")
    desk.until(lambda: desk.rows() == list(INSULTS[:3]))

    def hold(key: str, *, again: bool) -> None:
        event = {"key": key, "text": key, "autoRepeat": again, "type": "keyDown"}
        desk.browser.execute_cdp_cmd("Input.dispatchKeyEvent", event)

    hold("j", again=False)
    desk.opened(INSULTS[0])
    hold("a", again=False)
    desk.opened(INSULTS[1])
    hold("a", again=True)
    # Keys that only move may be held.
    hold("j", again=True)
    desk.opened(INSULTS[2])
    assert [desk.status(comment) for comment in comments] == ["published", "held", "held"]


def test_two_moderators_do_not_decide_on_one_case(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    tom = desk.person("Tom")
    path = f"/queue/claims/{comment['id']}"
    assert tom.ask(desk.service, "PATCH", path).status_code == 200
    desk.enter(f"cases/{comment['id']}")
    desk.says(".banner", "Tom is working on this case")
    desk.forgiven.append("409")
    desk.press("a")
    desk.says(".toast-error", "Someone else is working on this case")
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


def test_a_case_is_taken_over_from_somebody_who_is_away(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    tom = desk.person("Tom")
    path = f"/queue/claims/{comment['id']}"
    assert tom.ask(desk.service, "PATCH", path).status_code == 200
    desk.enter(f"cases/{comment['id']}")
    desk.says(".banner", "Tom is working on this case")
    for name in ("Approve", "Reject", "Escalate"):
        assert desk.button(name, ".case-actions").get_attribute("aria-disabled") == "true"
    desk.button("Take over", ".banner").click()
    desk.says(".case-facts", "yours until")
    assert not desk.all(".banner")
    desk.forgiven.append("409")
    assert tom.ask(desk.service, "PATCH", path).status_code == 409
    desk.press("a")
    desk.says(".toast", "Approved")
    assert desk.status(comment) == "published"
    desk.enter("history")
    desk.says(".entry", "took a case over from Tom")


def test_a_claim_lasts_while_somebody_is_at_work(desk: Desk) -> None:
    """The page's clocks are moved: what takes two minutes takes a fifth of a second."""
    added = desk.browser.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {
            "source": "const wait = setTimeout; const now = Date.now; window.later = 0;"
            "window.setTimeout = (run, ms, ...a) => wait(run, ms === 120000 ? 200 : ms, ...a);"
            "Date.now = () => now() + window.later;"
        },
    )
    comment = desk.held(INSULTS[0])
    desk.enter(f"cases/{comment['id']}")
    desk.opened(INSULTS[0])

    def until() -> str:
        claim: dict[str, str] = desk.service.case(comment["id"])["claim"]
        return claim["until"]

    first = until()
    desk.until(lambda: until() > first)
    desk.script("window.later = 301000")
    desk.until(lambda: (a := until(), time.sleep(1), a == until())[2])
    still = until()
    desk.press("?")
    desk.until(lambda: until() > still)
    # The same person gives it back on another page: this one still has it open.
    desk.me.ask(desk.service, "DELETE", f"/queue/claims/{comment['id']}")
    desk.look()
    desk.until(lambda: desk.service.case(comment["id"])["claim"] is not None)
    desk.browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


def test_escalated_cases_have_a_lane(desk: Desk) -> None:
    comment = desk.held(INSULTS[0])
    desk.held(INSULTS[1])
    tom = desk.person("Tom")
    body = {"action": "escalate", "version": 1}
    tom.ask(desk.service, "POST", f"/queue/{comment['id']}/decisions", body)
    desk.enter()
    desk.until(lambda: len(desk.rows()) == 2)
    assert desk.texts(".lane-name")[:3] == ["All", "Self-harm", "Escalated"]
    assert desk.texts(".lane-count")[:3] == ["2", "0", "1"]
    desk.find("[data-lane=escalated]").click()
    desk.until(lambda: desk.rows() == [INSULTS[0]])


def test_a_reported_case_says_what_was_reported(desk: Desk) -> None:
    comment = desk.send(KIND, name="Ada")
    for reason in ("off-topic", "off-topic", "spam"):
        desk.report(comment, reason=reason)
    desk.enter("?lane=reported")
    desk.until(lambda: desk.texts(".row-why") == ["3 reports: Off topic, Spam"])
    desk.press("j")
    desk.opened(KIND)
    assert desk.texts(".case-main h3")[0] == "3 reports by readers"
    assert desk.attribute(".case-title", "aria-label").startswith("Case by Ada, Published")
    assert desk.texts(".case-person")[0].startswith("1 comment · First seen")
    assert not desk.all(".comment-text mark")
