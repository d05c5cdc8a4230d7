"""The real app over a real store with a tiny scorer; keys; and the app behind a real socket."""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from moderation.app import create_app
from moderation.clock import now
from moderation.key_settings import akismet_alias
from moderation.records import Credential, Site
from moderation.scoring import ScoringService
from moderation.services import Services, services_of
from moderation.settings import Settings
from moderation.store import Store
from moderation.store.connection import Connection
from tests.support.scorer import TinyScorer

SITE = "news"
SECRET_KEY = b"the compatible formats' own key"
SCOPES = ("perspective", "openai", "akismet", "coral", "score")


@dataclass(frozen=True)
class Key:
    """A key as its owner has it, and as it is stored."""

    text: str
    credential: Credential
    alias: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.text}"}


@pytest.fixture
def scoring(scorer: TinyScorer) -> ScoringService:
    return ScoringService(scorer)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def compat_settings(server: Settings) -> Settings:
    return replace(server, secret_key=SECRET_KEY)


@pytest.fixture(scope="session")
def made_app(compat_settings: Settings, session_connection: Connection) -> Flask:
    scoring = ScoringService(TinyScorer())  # type: ignore[arg-type]
    return create_app(compat_settings, store=Store(session_connection), scoring=scoring)


@pytest.fixture
def compat_app(made_app: Flask, store: Store, scoring: ScoringService) -> Iterator[Flask]:
    """The app with empty storage and everything that it counts at nought."""
    parts = Services(
        settings=services_of(made_app).settings,
        store=store,
        scoring=scoring,
    )
    parts.attach(made_app)
    credential = _credential("owner0000000", secrets.token_hex(32), ("admin",), {})
    site = Site(
        slug=SITE,
        name="News",
        origins=("https://news.example",),
        policy={"preset": "balanced"},
        created=now(),
    )
    store.sites.create(site, credential=credential, now=now())
    yield made_app
    parts.meter.close()


@pytest.fixture
def http(compat_app: Flask) -> FlaskClient:
    return compat_app.test_client()


@pytest.fixture
def make_key(compat_app: Flask, store: Store) -> Callable[..., Key]:
    """Make a key: `make_key(scopes=…, **settings)`."""

    def make(scopes: tuple[str, ...] = SCOPES, **settings: Any) -> Key:
        return _store_key(store, secrets.token_hex(6), secrets.token_hex(32), scopes, settings)

    return make


@pytest.fixture
def key(make_key: Callable[..., Key]) -> Key:
    return make_key()


@pytest.fixture
def live(compat_app: Flask) -> Iterator[str]:
    """The app behind a socket on 127.0.0.1; gives its address without a slash at the end."""
    listener = make_server("127.0.0.1", 0, compat_app, threaded=True)
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.port}"
    listener.shutdown()
    thread.join()
    listener.server_close()


def _store_key(
    store: Store, name: str, secret: str, scopes: tuple[str, ...], settings: Mapping[str, Any]
) -> Key:
    credential = _credential(name, secret, scopes, settings)
    store.credentials.add(credential, "test", now())
    text = f"rj_{SITE}_{credential.id}_{secret}"
    return Key(text, credential, akismet_alias(credential, SECRET_KEY))


def _credential(
    name: str, secret: str, scopes: tuple[str, ...], settings: Mapping[str, Any]
) -> Credential:
    return Credential(
        site=SITE,
        id=name,
        kind="key",
        secret_hash=hashlib.sha256(secret.encode()).hexdigest(),
        role="client",
        scopes=scopes,
        created=now(),
        settings=settings,
    )
