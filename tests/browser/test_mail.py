"""From a comment to a mail, to a click, to the author's mail, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

import pytest

from moderation import clock
from moderation.app import create_app
from moderation.outbound.mail.postman import Postman
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import MailServer as Server
from moderation.settings import Settings
from moderation.store import Store
from moderation.store.connection import Connection
from moderation.worker import Worker
from tests.browser.axe import violations
from tests.browser.desk import INSULTS, Desk
from tests.browser.page import Page
from tests.browser.site import POLICY, Host, Service
from tests.support.mail_server import MailServer, Received
from tests.support.tiny_model import tiny_scorer

AUTHOR = "anna@reader.example"


@pytest.fixture
def service(
    storage: tuple[Settings, Connection], host: Host, mail_server: MailServer
) -> Iterator[Service]:
    """The same service with a mail server."""
    settings, connection = storage
    connection.call(lambda client: client.flushall())
    mailing = replace(
        settings,
        mail_server=Server(host="127.0.0.1", port=mail_server.port, starttls="never"),
        mail_from=Address("Comments", addr_spec="c@example.org"),
    )
    app = create_app(mailing, store=Store(connection), scoring=ScoringService(tiny_scorer()))
    thresholds = {"insult": {"flag": 0.4, "hold": 0.6}, "threat": {"flag": 0.4, "hold": 0.6}}
    service = Service(app, host.origin, policy=POLICY | {"thresholds": thresholds})
    yield service
    service.stop()


class Mails:
    """What the worker sends, as time goes by."""

    def __init__(self, service: Service, server: MailServer) -> None:
        self.services = services_of(service.app)
        self.service = service
        self.server = server
        self.ahead = 0

    def sent(self) -> list[Received]:
        before = len(self.server.received)
        worker = Worker(self.services)
        while worker.run_once():
            pass
        self.ahead += clock.HOUR
        postman = Postman(self.services, clock=lambda: clock.now() + self.ahead)
        while postman.run_once():
            pass
        return self.server.received[before:]

    def link(self, mail: Received, label: str) -> str:
        (url,) = re.findall(rf"^{label}: (\S+)$", mail.part("plain"), re.M)
        return self.service.url + urlsplit(url).path


def test_one_comments_way_from_post_to_digest_to_click_to_the_authors_notice(
    desk: Desk, mail_server: MailServer
) -> None:
    mails = Mails(desk.service, mail_server)
    comment = desk.held(INSULTS[0], author={"name": "Anna", "email": AUTHOR})
    question, told = sorted(mails.sent(), key=lambda mail: mail.to)
    assert (question.to, told.to) == (AUTHOR, desk.me.moderator.email)

    desk.browser.get(mails.link(question, "Confirm the address"))
    desk.says("h1", "Mail when somebody answers you?")
    assert violations(desk.browser) == []
    desk.button("Confirm the address").click()
    desk.says("h1", "Your address is confirmed.")

    desk.browser.get(mails.link(told, "Approve"))
    desk.says("blockquote", INSULTS[0])
    assert desk.status(comment) == "held"
    desk.resize(390, 800)
    assert violations(desk.browser) == []
    width: Any = desk.script("return document.documentElement.scrollWidth")
    assert width <= 390
    desk.button("Approve").click()
    desk.says("h1", "The comment is published.")
    assert desk.status(comment) == "published"
    assert violations(desk.browser) == []

    (notice,) = mails.sent()
    assert notice.to == AUTHOR
    assert "A moderator has published your comment." in notice.part("plain")
    desk.forgiven.append("409")
    desk.browser.get(mails.link(told, "Reject"))
    desk.says("h1", "This link was used")
    assert desk.status(comment) == "published"


def test_a_reader_leaves_an_address_in_the_widget(page: Page, mail_server: MailServer) -> None:
    mails = Mails(page.service, mail_server)
    page.open("/mail")
    page.find(".write textarea").click()
    email = page.find(".write input[type=email]")
    assert "never shown" in page.find(".write .field:has([type=email])").text
    email.send_keys("anna@")
    page.write("A fair point.", name="Anna")
    page.until(lambda: page.focused().get_attribute("name") == "email")
    page.forgiven.append("422")
    assert page.focused().get_attribute("aria-invalid") == "true"
    email.clear()
    email.send_keys(AUTHOR)
    page.find(".write .composer .primary").click()
    page.article("A fair point.")
    (question,) = [mail for mail in mails.sent() if mail.to == AUTHOR]
    assert question.message["Subject"].startswith("Please confirm your address")
    page.refresh()
    page.find(".write textarea").click()
    assert page.find(".write input[type=email]").get_attribute("value") == AUTHOR


def test_a_moderator_chooses_in_the_dashboard(desk: Desk) -> None:
    def chosen() -> Any:
        found = services_of(desk.service.app).store.mail.choices(desk.service.site)
        return found.get(desk.me.moderator.id)

    desk.enter("account")
    desk.says("h2", "Mail")
    form = "section:has(form[novalidate])"
    desk.button("Save", form)
    assert violations(desk.browser) == []
    wants, when, words = (f"{form} .field:nth-of-type({n}) select" for n in (1, 2, 5))
    desk.choose(wants, "all")
    desk.choose(when, "hours")
    hours, zone = desk.all(f"{form} input")
    hours.clear()
    hours.send_keys("25")
    desk.button("Save", form).click()
    desk.says(".form-problem", "full hours from 0 to 23")
    hours.clear()
    hours.send_keys("18 7")
    zone.clear()
    zone.send_keys("Mars/Olympus")
    desk.forgiven.append("422")
    desk.button("Save", form).click()
    desk.says(".form-problem", "no such time zone")
    zone.clear()
    zone.send_keys("Europe/Berlin")
    desk.choose(words, "de")
    desk.button("Save", form).click()
    desk.says(".toast", "Your mails are set.")
    desk.until(lambda: chosen() is not None)
    assert (chosen().wants, chosen().hours) == ("all", (7, 18))
    assert (chosen().zone, chosen().language) == ("Europe/Berlin", "de")
    assert violations(desk.browser) == []
