"""The app with a real mail server behind it, and a clock for what goes out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from typing import Any

import pytest
from flask import Flask

from moderation import clock
from moderation.outbound.mail.postman import Postman
from moderation.scoring import ScoringService
from moderation.services import Services, services_of
from moderation.settings import MailServer as Server
from moderation.settings import Settings
from moderation.store import Store
from moderation.worker import Worker
from tests.support.app import renewed
from tests.support.mail_server import MailServer, Received
from tests.support.scorer import TinyScorer

HOST = "https://comments.example.org"


@pytest.fixture
def app(
    described_app: Flask,
    server: Settings,
    store: Store,
    scorer: TinyScorer,
    mail_server: MailServer,
) -> Flask:
    settings = replace(
        server,
        public_url=HOST,
        mail_server=Server(host="127.0.0.1", port=mail_server.port, starttls="never"),
        mail_from=Address("Comments", addr_spec="c@example.org"),
    )
    return renewed(described_app, settings, store, ScoringService(scorer))  # type: ignore[arg-type]


@dataclass
class Post:
    """What the worker and the postman do; `ahead` is how far their clock goes before ours."""

    services: Services
    server: MailServer
    ahead: int = 0
    postman: Postman = field(init=False)

    def __post_init__(self) -> None:
        self.postman = Postman(self.services, clock=lambda: clock.now() + self.ahead)

    def work(self) -> None:
        worker = Worker(self.services)
        while worker.run_once():
            pass

    def deliver(self, after: int = 2 * clock.MINUTE) -> list[Received]:
        """Note what happened, let time pass, send; gives what arrived."""
        before = len(self.server.received)
        self.work()
        self.ahead += after
        while self.postman.run_once():
            pass
        return self.server.received[before:]


@pytest.fixture
def post(app: Flask, mail_server: MailServer) -> Post:
    return Post(services_of(app), mail_server)


def links(mail: Received) -> dict[str, str]:
    """The links of a mail's text by their labels; the last of each."""
    return {
        label: url.removeprefix(HOST)
        for label, url in re.findall(r"^(.+): (https://\S+)$", mail.part("plain"), re.M)
    }


def shown(answer: Any) -> str:
    """A page's text."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())
