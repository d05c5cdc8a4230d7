"""Who may do what: keys, sessions, author and edit tokens, scopes, proxies."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

import argon2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from moderation import tokens
from moderation.app import Services, create_app
from moderation.auth import client_address
from moderation.clock import DAY, MINUTE
from moderation.records import Credential, Site
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import Settings
from moderation.store import Store
from tests.support.app import ORIGIN, PAGE, Blog, S, now
from tests.support.scorer import TinyScorer

SECRET = b"k" * 32
MODERATORS_ONLY = [
    ("GET", f"{S}/queue"),
    ("GET", f"{S}/queue/x"),
    ("POST", f"{S}/queue/claims"),
    ("PATCH", f"{S}/queue/claims/x"),
    ("DELETE", f"{S}/queue/claims/x"),
    ("POST", f"{S}/queue/x/decisions"),
    ("POST", f"{S}/decisions/x/undo"),
    ("POST", f"{S}/batches"),
    ("POST", f"{S}/batches/x/undo"),
    ("GET", f"{S}/audit"),
    ("GET", f"{S}/events"),
    ("GET", f"{S}/authors/x/comments"),
    ("PATCH", f"{S}/threads/x"),
    ("GET", f"{S}/moderators"),
    ("GET", S),
]
ADMINS_ONLY = [
    ("PATCH", S),
    ("GET", f"{S}/keys"),
    ("POST", f"{S}/keys"),
    ("DELETE", f"{S}/keys/x"),
]
_BODIES: dict[str, Any] = {
    f"{S}/queue/x/decisions": {"action": "approve", "version": 1},
    f"{S}/batches": {
        "action": "approve",
        "comments": [{"id": "01890000-0000-7000-8000-000000000000", "version": 1}],
    },
    f"{S}/threads/x": {"closed": True},
}


def _call(blog: Blog, method: str, path: str, headers: dict[str, str]) -> Any:
    body = _BODIES.get(path, {}) if method in ("POST", "PATCH") else None
    return blog.client.open(path, method=method, json=body, headers=headers)


def _client_key(blog: Blog, *scopes: str) -> dict[str, str]:
    given = {"scopes": list(scopes)} if scopes else {}
    made = blog.client.post(f"{S}/keys", json=given, headers=blog.admin)
    return {"Authorization": f"Bearer {made.json['api_key']}"}


@pytest.mark.parametrize(("method", "path"), MODERATORS_ONLY + ADMINS_ONLY)
def test_nobody_gets_at_what_is_the_moderators(blog: Blog, method: str, path: str) -> None:
    client_key = _client_key(blog)
    reader = blog.author()
    before = blog.everything()
    for headers, status in (({}, 401), (reader, 401), (client_key, 403)):
        answer = _call(blog, method, path, headers)
        assert answer.status_code == status, answer.text
        assert answer.mimetype == "application/problem+json"
    assert blog.everything() == before


@pytest.mark.parametrize(("method", "path"), ADMINS_ONLY)
def test_moderators_are_no_admins(blog: Blog, method: str, path: str) -> None:
    ada, _ = blog.moderator("ada@blog.example")
    before = blog.everything()
    answer = _call(blog, method, path, ada)
    assert (answer.status_code, answer.json["code"]) == (403, "scope")
    assert blog.everything() == before


def _flipped(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


@pytest.mark.parametrize(
    "spoil",
    [
        _flipped,
        lambda key: key.upper(),
        lambda key: key[:-1],
        lambda key: key.replace("rj_blog_", "rj_other_"),
        lambda key: key.split("_")[-1],
        lambda key: "",
        lambda key: "é" * 90,
    ],
)
def test_a_wrong_key_is_refused_everywhere(blog: Blog, spoil: Callable[[str], str]) -> None:
    headers = {"Authorization": f"Bearer {spoil(blog.key)}".encode().decode("latin-1")}
    before = blog.everything()
    body = {"thread": {"url": PAGE}, "text": "x"}
    for answer in (
        blog.client.get(f"{S}/queue", headers=headers),
        blog.client.post(f"{S}/comments", json=body, headers=headers | {"Origin": ORIGIN}),
        blog.client.post("/api/v1/score", json={"texts": ["x"]}, headers=headers),
    ):
        assert (answer.status_code, answer.json["code"]) == (401, "bad-key")
        assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert blog.everything() == before


def test_a_key_is_worth_nothing_on_another_site(blog: Blog, store: Store) -> None:
    credential, key = tokens.new_credential("other", kind="key", role="owner", now=now())
    other = Site(slug="other", name="Other", origins=(ORIGIN,), policy={}, created=now())
    store.sites.create(other, credential=credential, now=now())
    headers = {"Authorization": f"Bearer {key}"}
    assert blog.client.get("/api/v1/sites/other/queue", headers=headers).status_code == 200
    assert blog.client.get(f"{S}/queue", headers=headers).json["code"] == "bad-key"


def test_a_revoked_key_is_worth_nothing_at_once(blog: Blog) -> None:
    headers = _client_key(blog, "score")
    call = {"json": {"texts": ["x"]}, "headers": headers}
    assert blog.client.post("/api/v1/score", **call).status_code == 200
    listed = blog.client.get(f"{S}/keys", headers=blog.admin).json["keys"]
    assert not any("api_key" in key or "secret_hash" in key for key in listed)
    (made,) = [key for key in listed if key["role"] == "client"]
    url = f"{S}/keys/{made['id']}"
    assert blog.client.delete(url, headers=blog.admin).status_code == 204
    assert blog.client.post("/api/v1/score", **call).status_code == 401


def test_a_key_has_the_scopes_it_was_made_with(blog: Blog) -> None:
    scorer, writer = _client_key(blog, "score"), _client_key(blog, "comments")
    assert blog.post("Hello.", headers=scorer).json["code"] == "scope"
    assert blog.post("Hello.", headers=writer).status_code == 201
    body = {"texts": ["x"]}
    assert blog.client.post("/api/v1/score", json=body, headers=writer).json["code"] == "scope"


def test_a_token_of_another_site_or_none_is_refused(blog: Blog, app: Flask) -> None:
    secret = services_of(app).settings.secret_key
    before = blog.everything()
    for token in (
        "x",
        tokens.author_token(secret, "other", "a"),
        tokens.author_token(b"x", "blog", "a"),
    ):
        headers = {"Origin": ORIGIN, "Rejoinder-Author": token}
        answer = blog.post("Hello.", headers=headers)
        assert (answer.status_code, answer.json["code"]) == (401, "bad-author-token")
    assert blog.everything() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_comment_is_its_author_s_alone(blog: Blog, method: str) -> None:
    made, other = blog.made("Mine."), blog.made("Other.")
    reader = blog.author()
    client_key = _client_key(blog)
    before = blog.everything()
    body = {"text": "Changed."} if method == "PATCH" else None
    url = f"{S}/comments/{made['id']}"
    for headers, status in (
        ({"Origin": ORIGIN}, 401),
        (reader, 401),
        ({"Origin": ORIGIN, "Rejoinder-Edit-Token": "x"}, 403),
        ({"Origin": ORIGIN, "Rejoinder-Edit-Token": other["edit_token"]}, 403),
        ({"Origin": "https://evil.example", "Rejoinder-Edit-Token": made["edit_token"]}, 403),
        (client_key, 401),
    ):
        answer = blog.client.open(url, method=method, json=body, headers=headers)
        assert answer.status_code == status, (headers, answer.text)
    assert blog.everything() == before
    moderator = blog.client.open(url, method=method, json=body, headers=blog.admin)
    assert moderator.status_code == 200


def test_a_link_lets_in_once_and_the_session_can_end(blog: Blog, app: Flask) -> None:
    _, link = blog.moderator("ada@blog.example")
    browser = app.test_client()
    answer = browser.post("/api/v1/session", json={"token": link})
    assert answer.status_code == 200
    assert answer.json["moderator"]["email"] == "ada@blog.example"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    again = app.test_client().post("/api/v1/session", json={"token": link})
    assert (again.status_code, again.json["code"]) == (401, "bad-login")
    assert browser.get(f"{S}/queue").status_code == 200
    csrf = {"Rejoinder-CSRF": answer.json["csrf"]}
    assert browser.delete("/api/v1/session", headers=csrf).status_code == 204
    assert browser.get("/api/v1/session").status_code == 401
    assert browser.get(f"{S}/queue").status_code == 401


def test_a_session_s_write_needs_its_own_header(blog: Blog, app: Flask) -> None:
    _, link = blog.moderator("ada@blog.example")
    browser = app.test_client()
    csrf = browser.post("/api/v1/session", json={"token": link}).json["csrf"]
    held = blog.made("You idiot!")["id"]
    url, body = f"{S}/queue/{held}/decisions", {"action": "reject", "version": 1}
    before = blog.everything()
    assert browser.post(url, json=body).status_code == 401
    wrong = browser.post(url, json=body, headers={"Rejoinder-CSRF": "x"})
    assert (wrong.status_code, wrong.json["code"]) == (403, "csrf")
    assert blog.everything() == before
    right = browser.post(url, json=body, headers={"Rejoinder-CSRF": csrf})
    assert right.status_code == 201


def test_a_password_is_set_and_lets_in(blog: Blog, app: Flask) -> None:
    _, link = blog.moderator("ada@blog.example")
    browser = app.test_client()
    begun = browser.post("/api/v1/session", json={"token": link}).json
    assert begun["has_password"] is False
    csrf = begun["csrf"]
    short = browser.put(
        "/api/v1/session/password", json={"password": "short"}, headers={"Rejoinder-CSRF": csrf}
    )
    assert short.status_code == 422
    password = {"password": "correct horse battery"}
    put = browser.put("/api/v1/session/password", json=password, headers={"Rejoinder-CSRF": csrf})
    assert put.status_code == 204
    assert browser.get("/api/v1/session").json["has_password"] is True
    person = {"site": "blog", "email": "ada@blog.example"}
    fresh = app.test_client()
    for wrong in (
        person | {"password": "wrong"},
        person | password | {"email": "bob@blog.example"},
        person | password | {"site": "other"},
    ):
        answer = fresh.post("/api/v1/session", json=wrong)
        assert (answer.status_code, answer.json["code"]) == (401, "bad-login"), wrong
    assert fresh.post("/api/v1/session", json=person | password).status_code == 200
    assert not any(b"correct horse" in value for value in blog.everything().values())


@dataclass
class Desk:
    """A browser in which a moderator is logged in."""

    client: FlaskClient
    csrf: dict[str, str]

    @classmethod
    def opened(cls, app: Flask, **given: str) -> Desk:
        client = app.test_client()
        answer = client.post("/api/v1/session", json=given)
        assert answer.status_code == 200, answer.text
        return cls(client, {"Rejoinder-CSRF": answer.json["csrf"]})

    def is_in(self) -> bool:
        answers = {self.client.get(url).status_code for url in ("/api/v1/session", f"{S}/queue")}
        assert answers in ({200}, {401})
        return answers == {200}

    def change_password(self, password: str, **more: str) -> Any:
        return self.client.put(
            "/api/v1/session/password", json={"password": password, **more}, headers=self.csrf
        )

    def set_password(self, password: str, **more: str) -> None:
        answer = self.change_password(password, **more)
        assert answer.status_code == 204, answer.text


def _again(store: Store, email: str) -> str:
    """Another one-time link for somebody."""
    person = store.accounts.find("blog", email)
    assert person is not None
    login, token = tokens.new_credential(
        "blog",
        kind="login",
        role=person.role,
        moderator=person.id,
        expires=now() + 60_000,
        now=now(),
    )
    store.credentials.add(login, "test", now())
    return token


ADA: dict[str, str] = {"site": "blog", "email": "ada@blog.example"}


def test_a_new_password_ends_one_s_other_sessions(blog: Blog, app: Flask, store: Store) -> None:
    key, link = blog.moderator(ADA["email"])
    _, other = blog.moderator("bob@blog.example")
    here, bob = Desk.opened(app, token=link), Desk.opened(app, token=other)
    there = Desk.opened(app, token=_again(store, ADA["email"]))
    unused = _again(store, ADA["email"])
    here.set_password("correct horse battery")
    assert [desk.is_in() for desk in (here, there, bob)] == [True, False, True]
    late = app.test_client().post("/api/v1/session", json={"token": unused})
    assert (late.status_code, late.json["code"]) == (401, "bad-login")
    there = Desk.opened(app, **ADA, password="correct horse battery")
    there.set_password("another horse battery", old_password="correct horse battery")
    assert [desk.is_in() for desk in (here, there, bob)] == [False, True, True]
    assert blog.client.get(f"{S}/queue", headers=key).status_code == 200


def test_a_new_password_needs_the_old_one(blog: Blog, app: Flask, store: Store) -> None:
    _, link = blog.moderator(ADA["email"])
    first = Desk.opened(app, token=link)
    assert first.client.get("/api/v1/session").json["old_password_needed"] is False
    first.set_password("correct horse battery")
    desk = Desk.opened(app, **ADA, password="correct horse battery")
    assert desk.client.get("/api/v1/session").json["old_password_needed"] is True
    before = blog.everything()
    for more in ({}, {"old_password": "wrong"}, {"old_password": "another horse battery"}):
        answer = desk.change_password("another horse battery", **more)
        assert (answer.status_code, answer.json["code"]) == (422, "old-password")
        assert answer.json["where"] == "/old_password"
    assert blog.everything() == before
    desk.set_password("another horse battery", old_password="correct horse battery")
    assert desk.is_in()
    assert Desk.opened(app, **ADA, password="another horse battery").is_in()


def test_a_link_is_worth_the_old_password_for_a_while(blog: Blog, app: Flask, store: Store) -> None:
    _, link = blog.moderator(ADA["email"])
    Desk.opened(app, token=link).set_password("correct horse battery")
    desk = Desk.opened(app, token=_again(store, ADA["email"]))
    assert desk.client.get("/api/v1/session").json["old_password_needed"] is False
    desk.set_password("another horse battery")
    # The same session, when that while is over.
    person = store.accounts.find("blog", ADA["email"])
    assert person is not None
    at = now()
    made, text = tokens.new_credential(
        "blog",
        kind="session",
        role="moderator",
        moderator=person.id,
        name="link",
        expires=at + DAY,
        now=at - 16 * MINUTE,
    )
    store.credentials.add(made, person.id, at)
    browser = app.test_client()
    browser.set_cookie("rejoinder_session", text)
    session = browser.get("/api/v1/session").json
    assert session["old_password_needed"] is True
    late = Desk(browser, {"Rejoinder-CSRF": session["csrf"]})
    assert late.change_password("correct horse battery").json["code"] == "old-password"
    late.set_password("correct horse battery", old_password="another horse battery")


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """For who tries many passwords: what a hash costs is not what is looked at there."""
    # In the package, the module's name is its blueprint's.
    sessions = importlib.import_module("moderation.api.session")
    hasher = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(sessions, "_HASHER", hasher)
    sessions._nobody.cache_clear()
    yield
    sessions._nobody.cache_clear()


@pytest.mark.usefixtures("quick_hashes")
def test_old_passwords_are_not_guessed(blog: Blog, app: Flask) -> None:
    _, link = blog.moderator(ADA["email"])
    Desk.opened(app, token=link).set_password("correct horse battery")
    desk = Desk.opened(app, **ADA, password="correct horse battery")
    tried = [
        desk.change_password("another horse battery", old_password=f"guess {n}").status_code
        for n in range(24)
    ]
    assert tried[:19] == [422] * 19
    assert tried[-1] == 429


def _over_tls(server: Settings, store: Store, scorer: TinyScorer) -> FlaskClient:
    settings = replace(server, public_url="https://comments.example")
    app = create_app(settings, store=store, scoring=ScoringService(scorer))  # type: ignore[arg-type]
    app.config["PREFERRED_URL_SCHEME"] = "https"
    return app.test_client()


def test_over_tls_no_other_host_can_set_the_session_s_cookie(
    blog: Blog, server: Settings, store: Store, scorer: TinyScorer
) -> None:
    browser = _over_tls(server, store, scorer)
    at = {"base_url": "https://comments.example"}
    _, link = blog.moderator(ADA["email"])
    answer = browser.post("/api/v1/session", json={"token": link}, **at)
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    value, *attributes = rest.split("; ")
    assert name == "__Host-rejoinder_session"
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Strict"} <= set(attributes)
    assert "Domain" not in cookie
    assert browser.get(f"{S}/queue", **at).status_code == 200
    # What another host of the domain could have set says nothing.
    planted = _over_tls(server, store, scorer)
    planted.set_cookie("rejoinder_session", value, domain="comments.example", secure=True)
    assert planted.get(f"{S}/queue", **at).status_code == 401
    csrf = {"Rejoinder-CSRF": answer.json["csrf"]}
    out = browser.delete("/api/v1/session", headers=csrf, **at)
    assert out.status_code == 204
    assert "Secure" in out.headers["Set-Cookie"]
    assert out.headers["Set-Cookie"].startswith("__Host-rejoinder_session=;")
    assert browser.get(f"{S}/queue", **at).status_code == 401


def test_over_tls_an_older_session_goes_on_under_its_name(
    blog: Blog, server: Settings, store: Store, scorer: TinyScorer
) -> None:
    browser = _over_tls(server, store, scorer)
    at = {"base_url": "https://comments.example"}
    _, link = blog.moderator(ADA["email"])
    person = store.accounts.find("blog", ADA["email"])
    assert person is not None
    # As a release made it that did not note how a session began.
    made, text = tokens.new_credential(
        "blog",
        kind="session",
        role="moderator",
        moderator=person.id,
        expires=now() + DAY,
        now=now(),
    )
    store.credentials.add(made, person.id, now())
    browser.set_cookie("rejoinder_session", text, domain="comments.example", secure=True)
    assert browser.get(f"{S}/queue", **at).status_code == 200
    answer = browser.post("/api/v1/session", json={"token": link}, **at)
    dropped, given = sorted(answer.headers.getlist("Set-Cookie"), key=len)
    assert dropped.startswith("rejoinder_session=;")
    assert given.startswith("__Host-rejoinder_session=rj_")


def test_a_stronger_hash_of_the_same_password_ends_nothing(
    blog: Blog, app: Flask, store: Store
) -> None:
    _, link = blog.moderator(ADA["email"])
    here = Desk.opened(app, token=link)
    person = store.accounts.find("blog", ADA["email"])
    assert person is not None
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(
        "correct horse battery"
    )
    session = next(c for c in store.credentials.list("blog", now=now()) if c.kind == "session")
    store.accounts.set_password("blog", person.id, weak, now(), session=session.id)
    there = Desk.opened(app, **ADA, password="correct horse battery")
    assert store.accounts.get("blog", person.id).password_hash != weak
    assert [desk.is_in() for desk in (here, there)] == [True, True]
    assert Desk.opened(app, **ADA, password="correct horse battery").is_in()


def test_a_removed_moderator_is_out_at_once(blog: Blog, app: Flask, store: Store) -> None:
    key, link = blog.moderator(ADA["email"])
    desk = Desk.opened(app, token=link)
    desk.set_password("correct horse battery")
    unused = _again(store, ADA["email"])
    decided, held = blog.made("You idiot!")["id"], blog.made("What an idiot!")["id"]
    verdict = {"action": "escalate", "version": 1}
    url = f"{S}/queue/{decided}/decisions"
    assert desk.client.post(url, json=verdict, headers=desk.csrf).status_code == 201
    claimed = desk.client.post(f"{S}/queue/claims", json={"limit": 2}, headers=desk.csrf)
    assert len(claimed.json["cases"]) == 2
    assert blog.decide(held, "reject").json["code"] == "claimed"
    listening = {"Accept": "text/event-stream", "Last-Event-ID": "0-0"}
    stream = desk.client.get(f"{S}/events", headers=listening, buffered=False)
    chunks = iter(stream.response)
    assert "retry:" in str(next(chunks))

    person = store.accounts.find("blog", ADA["email"])
    assert person is not None
    store.accounts.remove("blog", person.id, "cli", now())

    assert list(chunks) == []
    assert not desk.is_in()
    assert blog.client.get(f"{S}/queue", headers=key).status_code == 401
    for body in ({"token": unused}, ADA | {"password": "correct horse battery"}):
        answer = app.test_client().post("/api/v1/session", json=body)
        assert (answer.status_code, answer.json["code"]) == (401, "bad-login"), body
    assert blog.decide(held, "reject").status_code == 201
    case = blog.client.get(f"{S}/queue/{decided}", headers=blog.admin).json
    assert case["claim"] is None
    assert case["decisions"][0]["moderator"] == {"id": person.id, "name": "ada"}
    (listed,) = blog.client.get(f"{S}/moderators", headers=blog.admin).json["moderators"]
    assert (listed["name"], listed["email"]) == ("ada", "")
    assert listed["removed"] is not None
    assert not any(b"ada@blog.example" in value for value in blog.everything().values())


def test_guessing_is_slowed_down(blog: Blog, app: Flask) -> None:
    answers = [
        app.test_client().post("/api/v1/session", json={"token": f"x{n}"}) for n in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


@pytest.mark.usefixtures("quick_hashes")
def test_guessing_from_many_addresses_is_slowed_down(blog: Blog, app: Flask) -> None:
    def guess(at: str, email: str) -> int:
        return (
            app.test_client()
            .post(
                "/api/v1/session",
                json={"site": "blog", "email": email, "password": "wrong"},
                environ_overrides={"REMOTE_ADDR": at},
            )
            .status_code
        )

    # One account, by whomever; another is not touched.
    # A few more than allowed: a minute may end in between.
    tried = [guess(f"198.51.{n}.1", "ada@blog.example") for n in range(24)]
    assert tried[:20] == [401] * 20
    assert tried[-1] == 429
    assert guess("198.51.98.1", "ADA@blog.example") == 429
    assert guess("198.51.99.1", "bob@blog.example") == 401
    # One customer's network, however many addresses it has.
    tried = [
        app.test_client()
        .post(
            "/api/v1/session",
            json={"token": "wrong"},
            environ_overrides={"REMOTE_ADDR": f"2001:db8:1:{n:x}::1"},
        )
        .status_code
        for n in range(60)
    ]
    assert tried[:30] == [401] * 30
    assert tried[-1] == 429


def test_passwords_are_compared_one_at_a_time(blog: Blog, app: Flask) -> None:
    def guess(n: int) -> int:
        return (
            app.test_client()
            .post(
                "/api/v1/session",
                json={"site": "blog", "email": f"{n}@blog.example", "password": "wrong"},
                environ_overrides={"REMOTE_ADDR": f"198.51.{n}.2"},
            )
            .status_code
        )

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(guess, range(12)))
    assert set(found) == {401, 429}
    assert guess(50) == 401


def test_new_authors_are_limited_by_address(blog: Blog) -> None:
    statuses = [
        blog.client.post(f"{S}/authors", headers={"Origin": ORIGIN}).status_code for _ in range(61)
    ]
    assert statuses == [201] * 60 + [429]


def test_all_addresses_of_an_ipv6_host_are_one(blog: Blog) -> None:
    def ask(address: str) -> int:
        return blog.client.post(
            f"{S}/authors", headers={"Origin": ORIGIN}, environ_overrides={"REMOTE_ADDR": address}
        ).status_code

    assert [ask(f"2001:db8::{n:x}") for n in range(61)] == [201] * 60 + [429]
    assert ask("2001:db8:0:1::1") == 201
    assert ask("::ffff:192.0.2.1") == 201


@given(st.text(max_size=200))
def test_what_is_no_credential_is_none(text: str) -> None:
    assert tokens.read_credential(text) is None
    assert tokens.read_author_token(SECRET, "blog", text) is None
    assert not tokens.is_edit_token(SECRET, "blog", "c", text)


@given(st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?", fullmatch=True))
def test_a_credential_proves_itself_and_no_other(slug: str) -> None:
    one, text = tokens.new_credential(slug, kind="key", role="client", now=0)
    other, _ = tokens.new_credential(slug, kind="key", role="client", now=0)
    presented = tokens.read_credential(text)
    assert presented is not None
    assert (presented.site, presented.id) == (slug, one.id)
    assert presented.proves(one)
    assert not presented.proves(other)
    assert not presented.proves(None)
    assert presented.secret not in str(one)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        ((), "203.0.113.7", "10.0.0.9"),
        (("10.0.0.0/8",), "203.0.113.7", "203.0.113.7"),
        (("10.0.0.0/8",), "203.0.113.7, 10.1.1.1", "203.0.113.7"),
        (("10.0.0.0/8",), "1.2.3.4, 203.0.113.7", "203.0.113.7"),
        (("192.0.2.0/24",), "203.0.113.7", "10.0.0.9"),
        (("10.0.0.0/8",), "not an address", "10.0.0.9"),
        (("10.0.0.0/8",), "", "10.0.0.9"),
        (("10.0.0.0/8",), "2001:db8::1", "2001:db8::1"),
        (("10.0.0.0/8",), "203.0.113.7, ::ffff:10.1.1.1", "203.0.113.7"),
        (("10.0.0.0/8",), "198.51.100.13:5000", "198.51.100.13"),
        (("10.0.0.0/8",), "[2001:db8::5]:443", "2001:db8::5"),
        (("10.0.0.0/8",), "[2001:db8::5]", "2001:db8::5"),
        (("10.0.0.0/8",), '"[2001:db8::5]:443"', "2001:db8::5"),
        (("10.0.0.0/8",), "[::ffff:192.0.2.1]:8", "192.0.2.1"),
        (("10.0.0.0/8",), "192.0.2.1:1, 10.0.0.2:90", "192.0.2.1"),
        (("10.0.0.0/8", "2001:db8::/32"), "192.0.2.1, [2001:db8::1]:9", "192.0.2.1"),
        (("10.0.0.0/8",), "192.0.2.1:port", "10.0.0.9"),
        (("10.0.0.0/8",), "192.0.2.1:123456", "10.0.0.9"),
        (("10.0.0.0/8",), "[192.0.2.1", "10.0.0.9"),
        (("10.0.0.0/8",), "192.0.2.1, ", "192.0.2.1"),
    ],
)
@pytest.mark.parametrize("peer", ["10.0.0.9", "::ffff:10.0.0.9"])
def test_forwarded_addresses_are_believed_as_far_as_the_proxies_are_trusted(
    server: Settings,
    store: Store,
    scorer: TinyScorer,
    peer: str,
    trusted: tuple[str, ...],
    forwarded: str,
    expected: str,
) -> None:
    settings = replace(server, trusted_proxies=tuple(ip_network(net) for net in trusted))
    services = Services(settings=settings, store=store, scoring=ScoringService(scorer))  # type: ignore[arg-type]
    environ = EnvironBuilder(
        headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": peer}
    ).get_environ()
    assert client_address(Request(environ), services) == expected  # type: ignore[arg-type]


def test_an_expired_session_is_none(blog: Blog, app: Flask, store: Store) -> None:
    blog.moderator("ada@blog.example")
    person = store.accounts.find("blog", "ada@blog.example")
    assert person is not None
    made: tuple[Credential, str] = tokens.new_credential(
        "blog", kind="session", role="moderator", moderator=person.id, expires=now() - 1, now=now()
    )
    store.credentials.add(made[0], person.id, now())
    browser = app.test_client()
    browser.set_cookie("rejoinder_session", made[1])
    assert browser.get(f"{S}/queue").status_code == 401
