"""From a comment to a mail, to a click, to the author's mail, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.headerregistry import Address
from typing import Any
from urllib.parse import urlsplit

import pytest
from selenium.webdriver import Keys

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
from tests.browser.chromium import chromium
from tests.browser.conftest import LISTEN
from tests.browser.desk import INSULTS, Desk
from tests.browser.page import Page
from tests.browser.site import POLICY, Host, Service
from tests.support.mail_server import MailServer, Received
from tests.support.tiny_model import tiny_scorer

AUTHOR = "anna@reader.example"
# The page around the widget is the test's.
NO_HEADING = ["page-has-heading-one"]


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

    def sent(self, *, after: int = clock.HOUR) -> list[Received]:
        before = len(self.server.received)
        worker = Worker(self.services)
        while worker.run_once():
            pass
        self.ahead = self.ahead + after if after else 0
        postman = Postman(self.services, clock=lambda: clock.now() + self.ahead)
        while postman.run_once():
            pass
        return self.server.received[before:]

    def link(self, mail: Received, label: str) -> str:
        (url,) = re.findall(rf"^{label}: (\S+)$", mail.part("plain"), re.M)
        return self.service.url + urlsplit(url).path


def pressed(page: Page, button: str) -> None:
    """Press the button of a page that a mail's link opened."""
    assert violations(page.browser) == []
    [found] = page.browser.find_elements("css selector", "main button")
    assert found.text == button
    found.click()
    page.until(lambda: not page.browser.find_elements("css selector", "main button"))
    assert violations(page.browser) == []


def told(page: Page, css: str = "main h1") -> str:
    return str(page.browser.find_element("css selector", css).text)


def test_an_authors_way_from_a_comment_over_the_mails_to_another_device(
    page: Page, host: Host, mail_server: MailServer
) -> None:
    service, mails = page.service, Mails(page.service, mail_server)
    moderator = Desk(page.browser, service)
    # Anna comments and leaves an address; what she wrote is held.
    url = page.open("/bridge")
    page.find(".write textarea").click()
    page.find(".write input[type=email]").send_keys(AUTHOR)
    page.write(INSULTS[0], name="Anna")
    page.article(INSULTS[0])
    question, digest = sorted(mails.sent(), key=lambda mail: mail.to)
    assert (question.to, digest.to) == (AUTHOR, moderator.me.moderator.email)
    page.browser.get(mails.link(question, "Confirm the address"))
    assert told(page) == "Mail when somebody answers you?"
    pressed(page, "Confirm the address")
    assert told(page) == "Your address is confirmed."

    # A moderator decides from the digest, on a phone; opening the link decides nothing.
    comment = {"id": re.findall(r"cases/([\w-]{36})", digest.part("plain"))[0]}
    page.browser.get(mails.link(digest, "Approve"))
    assert told(page, "blockquote") == INSULTS[0]
    assert moderator.status(comment) == "held"
    moderator.resize(390, 800)
    assert page.script("return document.documentElement.scrollWidth") <= 390
    pressed(page, "Approve")
    assert told(page) == "The comment is published."
    assert moderator.status(comment) == "published"
    (notice,) = mails.sent()
    assert notice.to == AUTHOR
    assert "A moderator has published your comment." in notice.part("plain")
    page.forgiven.append("409")
    page.browser.get(mails.link(digest, "Reject"))
    assert told(page).startswith("This link was used")
    assert moderator.status(comment) == "published"

    service.post(url, "I see it another way.", parent=comment["id"], name="Ben")
    reply = next(mail for mail in mails.sent() if mail.to == AUTHOR)
    assert "I see it another way." in reply.part("plain")

    with chromium() as device:
        device.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": LISTEN})
        other = Page(device, service, host)
        logs_in(other, mails)
        assert other.find(".write input[name=name]").get_attribute("value") == "Anna"
        other.act(INSULTS[0], "Edit")
        other.write("I was wrong about the bridge.", form="article .composer")
        other.article("I was wrong about the bridge.")
        assert "Report" not in other.labels("I was wrong about the bridge.")
        other.browser.refresh()
        assert {"Edit", "Delete"} <= set(other.labels("I was wrong about the bridge."))
        logs_out(other)
        assert other.script("return window.violations") == []
        assert [said for said in other.listen() if "422" not in said] == []


def logs_in(page: Page, mails: Mails) -> None:
    """Log in where nobody knows the reader, by a link that is opened on another device."""
    url = page.open("/bridge")
    assert "Edit" not in page.labels(INSULTS[0])
    page.find(".write textarea").click()
    opener = page.find(".write button.quiet")
    assert opener.text == "Log in by e-mail"
    opener.click()
    page.until(lambda: page.focused().get_attribute("type") == "email")
    assert violations(page.browser, but=NO_HEADING) == []
    email = page.focused()
    email.send_keys("anna@", Keys.ENTER)
    page.until(lambda: email.get_attribute("aria-invalid") == "true")
    email.clear()
    email.send_keys(AUTHOR, Keys.ENTER)
    page.until(lambda: page.focused().get_attribute("name") == "code")
    assert AUTHOR in page.find("#dialog-text").text
    (mail,) = mails.sent(after=0)
    assert mail.to == AUTHOR
    # The mail is read in the same browser here, whose page is loaded anew meanwhile.
    page.browser.get(mails.link(mail, "Show the code"))
    assert told(page) == "Log in to the comments on The Gazette?"
    pressed(page, "Show the code")
    code = told(page, ".code")
    page.browser.get(url)
    page.find(".write textarea").click()
    page.find(".write button.quiet").click()
    page.until(lambda: page.focused().get_attribute("name") == "code")
    typed = page.focused()
    typed.send_keys(f"{int(code) + 1:06}"[-6:], Keys.ENTER)
    page.until(lambda: "wrong or too old" in "".join(page.texts("dialog .failure")))
    assert violations(page.browser, but=NO_HEADING) == []
    typed.clear()
    typed.send_keys(f"{code[:3]} {code[3:]}", Keys.ENTER)
    page.until(lambda: "You are logged in." in "".join(page.texts(".toast")))
    assert page.all("dialog") == []
    assert page.script("return location.hash") == ""


def logs_out(page: Page) -> None:
    page.find(".write textarea").click()
    button = page.find(".write button.quiet")
    assert button.text == "Log out"
    button.click()
    page.find("dialog .primary").click()
    page.until(lambda: "You are logged out." in "".join(page.texts(".toast")))
    assert "Edit" not in page.labels("I was wrong about the bridge.")
    assert page.find(".write input[name=name]").get_attribute("value") == ""
    page.browser.refresh()
    assert "Edit" not in page.labels("I was wrong about the bridge.")


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
