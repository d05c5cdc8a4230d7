"""What was done on the site, and the site's settings."""

from __future__ import annotations

import time

import requests
from selenium.webdriver import Keys
from selenium.webdriver.support.ui import Select

from moderation.services import services_of
from tests.browser.axe import violations
from tests.browser.desk import INSULTS, KIND, Desk
from tests.browser.site import POLICY, Service


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
    desk.says(".entry", "Maya undid a decision")
    assert desk.status(comment) == "held"
    desk.says(".entry", "undone")
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
    desk.says(".toast-error", "so this can't be undone")
    assert desk.status(comment) == "rejected"
    Select(desk.find("select")).select_by_value("everything")
    desk.says(".entry", "A reader wrote a comment")
    desk.button("Open case").click()
    desk.opened(INSULTS[0])
    assert desk.texts(".timeline strong")[0] == "Tom rejected it"


def test_a_batch_is_one_row_however_many_comments_it_has(desk: Desk) -> None:
    page = f"{desk.service.origin}/many"
    comments = [desk.service.post(page, f"{KIND}, number {number}") for number in range(120)]
    tom = desk.person("Tom")
    [alone, *many] = ({"id": comment["id"], "version": 1} for comment in comments)
    path = f"/queue/{alone['id']}/decisions"
    tom.ask(desk.service, "POST", path, {"action": "approve", "version": 1})
    made = tom.ask(desk.service, "POST", "/batches", {"action": "reject", "comments": many}).json()
    assert sum(result["ok"] for result in made["results"]) == 119
    desk.enter("history")
    desk.says(".entry", "Tom rejected 119 comments in bulk")
    rows = "return document.querySelectorAll('main .page > .entries > li').length"
    desk.until(lambda: desk.script(rows) == 2)
    tom.ask(desk.service, "POST", f"/batches/{made['id']}/undo")
    desk.look()
    desk.says(".entry", "Tom undid 119 decisions of a batch")
    desk.until(lambda: desk.script(rows) == 3)


def test_settings_that_are_not_saved_are_not_lost_by_leaving(desk: Desk) -> None:
    leaving = """
    const event = new Event("beforeunload", {cancelable: true});
    window.dispatchEvent(event);
    return event.defaultPrevented;
    """
    desk.enter("history")
    desk.says("main h1", "History")
    desk.find("nav a[href$='/settings']").click()
    desk.find(".threshold-table")
    assert not desk.script(leaving)
    desk.find("form input").send_keys(" of today")
    assert desk.script(leaving)

    desk.find("nav a[href$='/history']").click()
    desk.says("dialog h2", "Leave without saving?")
    desk.button("Stay", "dialog").click()
    desk.script("history.back()")
    desk.says("dialog h2", "Leave without saving?")
    assert desk.browser.current_url.endswith("/settings")
    desk.press(Keys.ESCAPE)
    desk.until(lambda: not desk.all("dialog"))
    assert desk.find("form input").get_attribute("value") == "The Gazette of today"
    assert desk.browser.current_url.endswith("/settings")

    desk.script("history.back()")
    desk.until(lambda: desk.all("dialog[open]"))
    desk.button("Leave", "dialog").click()
    desk.says("main h1", "History")
    assert desk.browser.current_url.endswith("/history")
    desk.find("nav a[href$='/settings']").click()
    desk.until(lambda: desk.find("form input").get_attribute("value") == "The Gazette")
    desk.find("form input").send_keys(" of old")
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert not desk.script(leaving)
    desk.find("nav a[href$='/history']").click()
    desk.says("main h1", "History")


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
    own = desk.find("[aria-label='Custom thresholds for Threat']")
    desk.script("arguments[0].focus()", own)
    own.click()
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
    desk.says("[role=alert]", "Someone else changed the settings")
    assert desk.service.ask("GET", "")["name"] == "Somebody else's name"

    desk.enter("", person=desk.person("Tom"))
    desk.find(".queue")
    assert desk.texts(".top nav a") == ["Queue", "Threads", "History"]


def test_the_settings_say_what_they_would_have_done(desk: Desk) -> None:
    comments = [desk.send(f"{KIND}, number {number}", name="Ada") for number in range(3)]
    insult = desk.held(INSULTS[0], name="Bob")
    for comment, action in ((comments[0], "approve"), (insult, "reject")):
        body = {"action": action, "version": 1}
        desk.me.ask(desk.service, "POST", f"/queue/{comment['id']}/decisions", body)
    desk.enter("settings")
    said = ".rehearsal"
    desk.button("Try them").send_keys(Keys.ENTER)
    desk.says(said, "all 4 comments as the saved settings do")
    hold = desk.find("[aria-label='Hold Insult from']")
    flag = desk.find("[aria-label='Flag Insult from']")
    for box in (flag, hold):
        box.clear()
        box.send_keys("0")
    desk.says(said, "3 of 4 comments differently")
    desk.says(said, "A moderator approved 1 of those newly held")
    assert desk.texts(".rehearsal > ul > li") == ["Published: 3 →to 0", "Held: 1 →to 4"]
    desk.find(".rehearsal summary").send_keys(Keys.ENTER)
    assert len(desk.all(".rehearsed li")) == 3
    assert "approved by a moderator" in desk.all(".rehearsed li")[2].text
    link = desk.find(".rehearsed a")
    assert link.get_attribute("href").endswith(f"/dashboard/cases/{comments[2]['id']}")
    assert link.get_attribute("target") == "_blank"
    assert violations(desk.browser) == []
    desk.resize(390, 900)
    # Only what is under the bar scrolls.
    assert (
        desk.script(
            "const { scrollHeight, clientHeight } = document.documentElement;"
            "return scrollHeight - clientHeight"
        )
        == 0
    )
    assert violations(desk.browser) == []
    # Nothing of it is saved.
    policy = desk.service.ask("GET", "")["policy"]
    assert policy["thresholds"]["insult"] == {"flag": 0.4, "hold": 0.6}
    # Nothing is said of what cannot be saved.
    flag.clear()
    flag.send_keys("0.9")
    desk.until(lambda: desk.texts(said) == [""])


def test_the_settings_in_a_row_stand_on_one_line(desk: Desk) -> None:
    """Labels begin at one height in a row, and what is entered below them does."""
    desk.enter("settings")
    desk.find(".threshold-table")
    places = """
        const rows = {};
        for (const [index, pair] of document.querySelectorAll(".pairs").entries())
          for (const field of pair.querySelectorAll(".field")) {
            const at = (css) => Math.round(field.querySelector(css).getBoundingClientRect().top);
            const input = at("input, select, textarea");
            const row = `${index} ${Math.round(field.getBoundingClientRect().top)}`;
            (rows[row] ??= []).push([at("label"), input]);
          }
        return rows;
    """
    for width, columns in ((1300, 2), (390, 1)):
        desk.resize(width, 900)
        rows = desk.script(places)
        assert max(len(row) for row in rows.values()) == columns
        assert all(len({tuple(place) for place in row}) == 1 for row in rows.values()), rows


def test_the_settings_take_what_the_service_takes(desk: Desk) -> None:
    ranges = desk.service.ask("GET", "")["ranges"]
    assert ranges["max_links"] == {"min": 0, "max": 1000}
    desk.enter("settings")
    desk.find(".threshold-table")
    shown = desk.script(
        "return [...document.querySelectorAll('.pairs input[type=number]')]"
        ".map(({min, max}) => [Number(min), Number(max)])"
    )
    assert sorted(shown) == sorted([each["min"], each["max"]] for each in ranges.values())


def test_the_settings_say_what_follows_from_the_site_s_language(desk: Desk) -> None:
    desk.service.ask("PATCH", "", {"policy": {"unsupported_language": "hold"}})
    desk.enter("settings")
    desk.find(".threshold-table")
    status = "main [role=status]"
    desk.says(status, "Languages with a model: English")
    field = desk.script(
        "return [...document.querySelectorAll('label')]"
        ".find((l) => l.textContent === 'Language of the comments').control"
    )
    choices = {option.get_attribute("value"): option.text for option in Select(field).options}
    assert (choices[""], choices["de"], choices["en"]) == ("Not set", "German", "English")
    assert len(set(choices.values())) == len(choices)
    field.send_keys("Germ")
    desk.says(status, "There is no model for German. Comments get no scores; your rule")
    desk.says(status, "decides: Hold")
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert desk.service.ask("GET", "")["policy"]["language"] == "de"
    desk.enter("history")
    desk.choose("main select", "everything")
    desk.says(".changes", "Language of the comments: Not set")
    desk.says(".changes", "German")
    desk.enter("settings")
    desk.says(status, "There is no model for German")
    field = desk.script("return document.querySelector('main select')")
    assert field.get_attribute("value") == "de"
    field.send_keys("Engl")
    desk.says(status, "There is a model for English")
    field.send_keys(Keys.HOME)
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert desk.service.ask("GET", "")["policy"]["language"] is None


def test_a_language_without_a_model_says_that_comments_are_published(
    desk: Desk, service: Service
) -> None:
    sites = services_of(service.app).store.sites
    policy = dict(sites.get(service.site).policy)
    del policy["unsupported_language"]
    at = int(time.time() * 1000)
    sites.update(service.site, policy=policy | {"language": "fil"}, actor="test", now=at)
    desk.enter("settings")
    desk.says("main [role=status]", "There is no model for Filipino")
    desk.says("main [role=status]", "are published unless links, listed words or repeats")
    desk.says("option", "Publish, as there is no model for the site's language")
    desk.find("main select").send_keys("Engl")
    desk.says("option", "Preset (Hold)")
    assert "Publish, as" not in " ".join(desk.texts("option"))


def test_decisions_are_found_under_what_readers_wrote_since(desk: Desk) -> None:
    comments = [desk.held(text) for text in INSULTS[:3]]
    items = [{"id": comment["id"], "version": 1} for comment in comments]
    body = {"action": "reject", "comments": items[:2]}
    batch = desk.me.ask(desk.service, "POST", "/batches", body).json()["id"]
    tom = desk.person("Tom")
    single = {"action": "approve", "version": 1}
    tom.ask(desk.service, "POST", f"/queue/{comments[2]['id']}/decisions", single)
    for number in range(120):
        desk.send(f"comment number {number}", name=f"Reader {number % 9}")
    desk.enter("history")
    desk.until(lambda: len(desk.all(".entries > .entry")) == 2)
    assert desk.texts(".page > .entries > .entry .entry-what > p:first-child strong")[:2] == [
        "Tom",
        "Maya",
    ]
    desk.says(".entry", "rejected 2 comments in bulk")
    assert not desk.all(".page > .button")
    desk.choose(".page-head select", "mine")
    desk.until(lambda: len(desk.all(".page > .entries > .entry")) == 1)
    desk.find(".entry summary").click()
    desk.until(lambda: len(desk.all(".entries .entries .entry")) == 2)
    desk.button("Undo all").click()
    desk.says(".toast", "Undone for 2 comments")
    desk.says(".entry", "undid 2 decisions of a batch")
    assert batch


def test_the_history_says_what_was_changed(desk: Desk) -> None:
    tom = desk.person("Tom")
    policy = {"thresholds": {"insult": {"flag": 0.2, "hold": 0.6}}, "words": {"hold": ["shill"]}}
    desk.me.ask(desk.service, "PATCH", "", {"name": "The New Gazette", "policy": policy})
    services_of(desk.service.app).store.accounts.set_role(
        "gazette", tom.moderator.id, "admin", ("queue", "admin"), actor="cli", now=1
    )
    desk.enter("history")
    desk.choose(".page-head select", "everything")
    desk.says(".changes", "The Gazette")
    lines = desk.texts(".changes li")
    assert any("Name: The Gazette" in line and "The New Gazette" in line for line in lines)
    assert any(
        "Thresholds for Insult: flag from 0.40, hold from 0.60" in line
        and "flag from 0.20, hold from 0.60" in line
        for line in lines
    )
    assert "Hold comments with: + shill" in lines
    desk.says(".entry", "changed the role of Tom")


def test_settings_say_beside_the_field_what_is_wrong(desk: Desk) -> None:
    desk.enter("settings")
    flag = desk.find("[aria-label='Flag Insult from']")
    flag.clear()
    flag.send_keys("0.9")
    desk.says(".threshold-table .form-problem", "must not be above")
    desk.button("Save").click()
    assert desk.all(".toast") == []
    assert desk.service.ask("GET", "")["policy"]["thresholds"]["insult"]["flag"] == 0.4
    flag.clear()
    flag.send_keys("0.6")
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    desk.find("textarea").send_keys("\nexample.org/path")
    desk.forgiven.append("422")
    desk.button("Save").click()
    desk.says(".field .form-problem", "Line 3: An origin is scheme, host and port only")
    assert desk.all(".toast") == []
    assert desk.attribute("textarea", "aria-invalid") == "true"


def test_thresholds_that_are_given_up_contradict_nothing(desk: Desk) -> None:
    desk.enter("settings")
    flag = desk.find("[aria-label='Flag Insult from']")
    flag.clear()
    flag.send_keys("0.9")
    desk.says(".threshold-table .form-problem", "must not be above")
    own = desk.find("[aria-label='Custom thresholds for Insult']")
    desk.script("arguments[0].focus()", own)
    own.click()
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert "insult" not in desk.service.ask("GET", "")["policy"].get("thresholds", {})


def test_settings_that_were_not_touched_make_no_entry(desk: Desk) -> None:
    before = desk.service.ask("GET", "")
    entries = desk.service.ask("GET", "/audit")["entries"]
    desk.enter("settings")
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    assert desk.service.ask("GET", "") == before
    assert desk.service.ask("GET", "/audit")["entries"] == entries


def test_a_preset_shows_its_numbers_before_it_is_saved(desk: Desk) -> None:
    desk.service.ask("PATCH", "", {"policy": {"thresholds": {}}})
    presets = desk.service.ask("GET", "")["presets"]
    desk.enter("settings")
    for name in ("strict", "relaxed"):
        desk.find(f"input[value={name}]").click()
        links = desk.find("input[max='1000']").get_attribute("placeholder")
        assert links == f"Preset ({presets[name]['max_links']})"


def test_a_moderator_reads_the_settings_and_cannot_fill_them_in(desk: Desk) -> None:
    desk.enter("settings", person=desk.person("Tom"))
    desk.says(".lead", "Only owners and admins can change it")
    assert desk.script("return document.querySelector('main input').matches(':disabled')")
    assert desk.texts(".form-actions") == []


def test_names_are_reserved_and_the_nudge_is_switched_in_the_settings(desk: Desk) -> None:
    desk.forgiven.append("422")
    desk.service.ask("PATCH", "", {"policy": {"nudge": True}})
    url = f"{desk.service.url}/api/v1/sites/{desk.service.site}/comments"
    body = {
        "thread": {"url": f"{desk.service.origin}/article"},
        "text": "shut up you moron",
        "nudge": "ask",
    }
    assert (
        requests.post(url, json=body, headers={"Origin": desk.service.origin}, timeout=30).json()[
            "code"
        ]
        == "nudge"
    )
    desk.enter("settings")
    desk.says(".nudge-counts", "Shown once so far: 0 changed, 0 not sent within a day, 0 sent")
    names = desk.script(
        "return [...document.querySelectorAll('.field')]"
        ".find((f) => f.textContent.includes('Reserved names')).querySelector('textarea')"
    )
    names.send_keys("*\n")
    desk.button("Save").click()
    desk.says(".form-problem", "Line 1: A name needs a letter or a digit.")
    names.clear()
    names.send_keys("The Gazette\n*admin*\n")
    switch = desk.script(
        "return [...document.querySelectorAll('label.tick')]"
        ".find((l) => l.textContent.includes('may hurt')).querySelector('input')"
    )
    switch.click()
    desk.button("Save").click()
    desk.says(".toast", "Saved")
    policy = desk.service.ask("GET", "")["policy"]
    assert policy["reserved_names"] == ["The Gazette", "*admin*"]
    assert policy["nudge"] is False
