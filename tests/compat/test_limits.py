"""Each key's own rate and quota, in each format's own words; what was asked is counted."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.errors import InvalidError
from moderation.key_settings import KeySettings
from moderation.records import Credential
from moderation.services import services_of
from moderation.store import Store
from moderation.usage import FLUSH_CALLS, Meter, month_of
from tests.compat.conftest import SITE, Key, now

PERSPECTIVE = {"comment": {"text": "x"}, "requestedAttributes": {"TOXICITY": {}}}


def analyze(http: FlaskClient, key: Key) -> Any:
    return http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=PERSPECTIVE)


def moderate(http: FlaskClient, key: Key) -> Any:
    return http.post("/v1/moderations", json={"input": "x"}, headers=key.bearer)


def check(http: FlaskClient, key: Key) -> Any:
    form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
    return http.post("/1.1/comment-check", data=form)


@pytest.mark.parametrize("limit", ["rate_per_minute", "quota_per_month"])
@pytest.mark.parametrize("call", [analyze, moderate, check])
def test_a_limit_is_reached_and_said_in_the_formats_words(
    http: FlaskClient, make_key: Callable[..., Key], call: Any, limit: str
) -> None:
    key = make_key(**{limit: 2})
    assert [call(http, key).status_code for _ in range(3)] == [200, 200, 429]
    response = call(http, key)
    wait = int(response.headers["Retry-After"])
    assert 1 <= wait <= (60 if limit == "rate_per_minute" else 3_600)
    assert response.headers["X-Model-Version"] == "tiny-3"
    if call is analyze:
        error = response.json["error"]
        assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
        assert error["details"][0]["metadata"]["quota_limit_value"] == "2"
    elif call is moderate:
        code = "rate_limit_exceeded" if limit == "rate_per_minute" else "insufficient_quota"
        assert response.json["error"]["code"] == code
    else:
        assert response.content_type.startswith("text/plain")
        assert response.headers["X-akismet-debug-help"]


def test_limits_are_per_key(http: FlaskClient, make_key: Callable[..., Key]) -> None:
    first, second = make_key(rate_per_minute=1), make_key(rate_per_minute=1)
    assert analyze(http, first).status_code == 200
    assert analyze(http, second).status_code == 200
    assert analyze(http, first).status_code == 429


def test_a_quota_counts_what_other_processes_did(
    http: FlaskClient, make_key: Callable[..., Key], store: Store
) -> None:
    key = make_key(quota_per_month=10)
    store.usage.add(SITE, key.credential.id, month_of(now()), {"calls": 9})
    assert [analyze(http, key).status_code for _ in range(2)] == [200, 429]


def test_refused_calls_are_not_counted(
    compat_app: Flask, http: FlaskClient, make_key: Callable[..., Key], store: Store
) -> None:
    key = make_key(rate_per_minute=3)
    for _ in range(5):
        analyze(http, key)
    services_of(compat_app).meter.flush()
    assert store.usage.get(SITE, key.credential.id, month_of(now())) == {"calls": 3}


def test_counts_are_written_though_no_call_follows(
    store: Store, compat_app: Flask, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.usage.FLUSH_SECONDS", 0.01)
    Meter(store).count(key.credential, {"calls": 1}, now())
    deadline = time.monotonic() + 30
    while not store.usage.get(SITE, key.credential.id, month_of(now())):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_closed_meter_has_written_everything(store: Store, compat_app: Flask, key: Key) -> None:
    meter = Meter(store)
    meter.count(key.credential, {"calls": 1}, now())
    meter.close()
    assert store.usage.get(SITE, key.credential.id, month_of(now())) == {"calls": 1}


def test_no_count_is_lost_between_threads(store: Store, compat_app: Flask, key: Key) -> None:
    meters = [Meter(store), Meter(store)]
    at = now()

    def use(number: int) -> None:
        meters[number % 2].count(key.credential, {"calls": 1, "b.example|spam": 2}, at)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(5 * FLUSH_CALLS)))
    for meter in meters:
        meter.flush()
    assert store.usage.get(SITE, key.credential.id, month_of(at)) == {
        "calls": 5 * FLUSH_CALLS,
        "b.example|spam": 10 * FLUSH_CALLS,
    }


def test_a_key_has_at_most_2000_counters(store: Store, compat_app: Flask, key: Key) -> None:
    month = month_of(now())
    many = {f"b{number}.example|spam": 1 for number in range(2_500)}
    store.usage.add(SITE, key.credential.id, month, {"calls": 1})
    store.usage.add(SITE, key.credential.id, month, many)
    usage = store.usage.get(SITE, key.credential.id, month)
    assert len(usage) <= 2_001
    assert usage["other|spam"] == 2_500 - (len(usage) - 2)


@pytest.mark.parametrize(
    "settings",
    [
        {"rate_per_minute": 0},
        {"rate_per_minute": True},
        {"quota_per_month": "9"},
        {"akismet_verdict": "abuse"},
        {"coral_secret": ""},
        {"scale": []},
        {"scale": {"toxicity": {"x": [0, 1]}}},
        {"colour": "red"},
    ],
)
def test_wrong_key_settings_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(InvalidError) as raised:
        KeySettings.from_json(settings)
    assert raised.value.code == "bad-key-settings"
    assert raised.value.where == f"/settings/{next(iter(settings))}"


def test_a_session_is_no_key(http: FlaskClient, key: Key, store: Store) -> None:
    session = Credential(
        site=SITE, id="session00000", kind="session",
        secret_hash=key.credential.secret_hash, role="client", scopes=("perspective",),
    )  # fmt: skip
    store.credentials.add(session, "test", now())
    text = key.text.replace(key.credential.id, session.id)
    response = http.post(f"/v1alpha1/comments:analyze?key={text}", json=PERSPECTIVE)
    assert response.json["error"]["details"][0]["reason"] == "API_KEY_INVALID"
