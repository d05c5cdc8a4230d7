"""Webhooks on the dashboard: added, tested, given a new secret, replayed, removed."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from selenium.webdriver import Keys

from moderation import clock
from moderation.outbound.webhooks.events import fan_out
from moderation.outbound.webhooks.sender import Sender
from moderation.services import Services, services_of
from tests.browser.axe import violations
from tests.browser.desk import INSULTS, Desk
from tests.browser.test_dashboard_axe import MEDIA, dress
from tests.support.receiver import receiving


@pytest.fixture
def services(desk: Desk) -> Services:
    found = services_of(desk.service.app)
    networks = (ip_network("127.0.0.0/8"),)
    made = replace(found, settings=replace(found.settings, webhook_networks=networks))
    made.attach(desk.service.app)
    return made


def deliver(services: Services, site: str, ahead: int = 0) -> None:
    fan_out(services.store, site, now=clock.now())
    Sender(services, clock=lambda: clock.now() + ahead).run_once()


def hooks(desk: Desk) -> Any:
    return desk.me.ask(desk.service, "GET", "/webhooks").json()["webhooks"]


def test_a_webhook_from_the_first_message_to_the_last(desk: Desk, services: Services) -> None:
    site = desk.service.site
    with receiving() as receiver:
        desk.enter("settings")
        desk.find("a.button[href$='/settings/webhooks']").click()
        desk.says(".webhooks", "Nobody is told yet.")
        assert desk.all("nav a[aria-current=page][href$='/settings']")
        # An address that nothing is sent to is said beside the field.
        desk.forgiven.append("422")
        url = desk.find("input[type=url]")
        url.send_keys("https://10.0.0.1/in", Keys.ENTER)
        desk.says(".field .form-problem", "public address")
        assert url.get_attribute("aria-invalid") == "true"
        url.clear()
        url.send_keys(receiver.url)
        desk.button("Add").click()
        secret = desk.find("dialog[open] input.secret").get_attribute("value")
        assert secret.startswith("whsec_")
        desk.button("I have it").click()
        desk.says(".webhook h2", f"127.0.0.1:{receiver.port}")
        desk.says(".webhook .hint", "a comment waits and a reader reports a comment")
        desk.says(".webhook .hint", "Nothing was delivered yet.")

        desk.button("Send a test").click()
        desk.says(".webhook-state", "1 message is waiting.")
        deliver(services, site)
        held = desk.held(INSULTS[0])
        deliver(services, site)
        assert [m["type"] for m in receiver.verified(secret)] == ["webhook.test", "comment.held"]

        desk.button("New secret").click()
        desk.button("New secret", "dialog[open]").click()
        desk.until(lambda: desk.all("dialog[open] input.secret"))
        second = desk.find("dialog[open] input.secret").get_attribute("value")
        assert second != secret
        desk.press(Keys.ESCAPE)

        receiver.reply = lambda *_: (500, {}, b"")
        receiver.got.clear()
        other = desk.held(INSULTS[1])
        for day in range(9):
            deliver(services, site, day * 86_400_000)
        desk.enter("settings/webhooks")
        desk.says(".webhook .form-problem", "It answered 500.")
        desk.says(".entry", "a comment waits")
        receiver.reply = lambda *_: (200, {}, b"")
        receiver.got.clear()
        desk.button("Send again").click()
        desk.until(lambda: not desk.all(".entry"))
        # The list is drawn anew before this is said.
        desk.says(".toast", "being sent again")
        deliver(services, site)
        (message,) = receiver.verified(second)
        assert message["data"]["comment"]["id"] == other["id"] != held["id"]

        desk.button("Switch off").click()
        desk.says(".webhook .badge", "Off")
        assert not hooks(desk)[0]["active"]
        desk.button("Switch on").click()
        desk.until(lambda: hooks(desk)[0]["active"])
        desk.says(".webhook .badge", "On")
        desk.button("Remove").click()
        desk.button("Remove", "dialog[open]").click()
        desk.says(".webhooks", "Nobody is told yet.")
        assert hooks(desk) == []


@pytest.mark.parametrize("look", MEDIA)
def test_its_screen_passes_axe(desk: Desk, services: Services, look: str) -> None:
    dress(desk, look)
    body = {"url": "https://hooks.example.org/in", "events": ["*"], "name": "Ours"}
    desk.me.ask(desk.service, "POST", "/webhooks", body)
    desk.enter("settings/webhooks")
    desk.find(".webhook")
    assert violations(desk.browser) == []
    assert desk.script("return document.documentElement.scrollWidth <= innerWidth")


def test_who_is_no_admin_sees_none(desk: Desk) -> None:
    desk.forgiven.append("403")
    desk.enter("settings/webhooks", desk.person("Tom"))
    desk.says(".toast", "Your role does not allow this.")
    assert not desk.all(".webhook")
