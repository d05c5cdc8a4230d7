"""The app over the real store with a tiny scorer: what the API's tests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from uuid_utils import uuid7

from moderation import logs
from moderation.app import create_app
from moderation.clock import now
from moderation.records import Moderator, Role, Site
from moderation.scoring import ScoringService
from moderation.services import Services
from moderation.settings import Settings
from moderation.store import Store
from moderation.store.connection import Connection
from moderation.tokens import new_credential
from tests.support.scorer import TinyScorer

ORIGIN = "https://blog.example"
PAGE = f"{ORIGIN}/post"
S = "/api/v1/sites/blog"


@pytest.fixture
def scorer() -> TinyScorer:
    return TinyScorer()


@pytest.fixture(scope="session")
def described_app(server: Settings, session_connection: Connection) -> Flask:
    """Routes and their description, which take a tenth of a second to make and never change."""
    scoring = ScoringService(TinyScorer())  # type: ignore[arg-type]
    return create_app(server, store=Store(session_connection), scoring=scoring)


def renewed(app: Flask, settings: Settings, store: Store, scoring: ScoringService) -> Flask:
    """Give an app parts that nobody has used yet: all that it keeps between requests."""
    logs.configure(settings)
    Services(settings=settings, store=store, scoring=scoring).attach(app)
    return app


@pytest.fixture
def app(described_app: Flask, server: Settings, store: Store, scorer: TinyScorer) -> Flask:
    return renewed(described_app, server, store, ScoringService(scorer))  # type: ignore[arg-type]


@dataclass
class Blog:
    """The site `blog`, with its owner's key, and the calls that most tests make."""

    client: FlaskClient
    store: Store
    key: str

    @property
    def admin(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}"}

    def author(self) -> dict[str, str]:
        """Headers of a new reader on the site's own page."""
        answer = self.client.post(f"{S}/authors", headers={"Origin": ORIGIN})
        assert answer.status_code == 201, answer.text
        return {"Origin": ORIGIN, "Rejoinder-Author": answer.json["token"]}

    def post(
        self, text: str = "A fair point.", *, headers: dict[str, str] | None = None, **more: Any
    ) -> Any:
        body = {"thread": {"url": PAGE, "title": "Post"}, "text": text, **more}
        return self.client.post(f"{S}/comments", json=body, headers=headers or self.author())

    def made(self, text: str = "A fair point.", **more: Any) -> Any:
        answer = self.post(text, **more)
        assert answer.status_code == 201, answer.text
        return answer.json

    def thread(self, **query: Any) -> Any:
        answer = self.client.get(f"{S}/threads", query_string={"url": PAGE, **query})
        assert answer.status_code == 200, answer.text
        return answer.json

    def queue(self, **query: Any) -> Any:
        answer = self.client.get(f"{S}/queue", query_string=query, headers=self.admin)
        assert answer.status_code == 200, answer.text
        return answer.json

    def decide(self, comment: str, action: str, **more: Any) -> Any:
        body = {"action": action, "version": 1, **more}
        return self.client.post(f"{S}/queue/{comment}/decisions", json=body, headers=self.admin)

    def moderator(self, email: str, role: Role = "moderator") -> tuple[dict[str, str], str]:
        """A moderator's headers, and the token of their one-time link."""
        at = now()
        person = Moderator(
            site="blog", id=str(uuid7()), email=email, name=email[:3], role=role, created=at
        )
        key, text = new_credential("blog", kind="key", role=role, moderator=person.id, now=at)
        login, link = new_credential(
            "blog", kind="login", role=role, moderator=person.id, expires=at + 60_000, now=at
        )
        self.store.accounts.create(person, [key, login], actor="test", now=at)
        return {"Authorization": f"Bearer {text}"}, link

    def everything(self) -> dict[bytes, bytes]:
        """Every key with its content, to see that nothing was stored."""

        def dump(client: Any) -> dict[bytes, bytes]:
            return {key: client.dump(key) for key in client.scan_iter()}

        stored: dict[bytes, bytes] = self.store.connection.call(dump, read=True)
        return stored


@pytest.fixture
def blog(app: Flask, store: Store) -> Blog:
    at = now()
    credential, key = new_credential("blog", kind="key", role="owner", name="first", now=at)
    site = Site(slug="blog", name="Blog", origins=(ORIGIN,), policy={"audit_rate": 0.0}, created=at)
    store.sites.create(site, credential=credential, now=at)
    return Blog(app.test_client(), store, key)


@pytest.fixture
def unchanged(blog: Blog) -> Callable[[], None]:
    """Call it at the end: what is stored is what was stored before."""
    before = blog.everything()

    def check() -> None:
        assert blog.everything() == before

    return check
