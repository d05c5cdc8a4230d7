"""OpenAI's moderation endpoint: inputs, the thirteen categories, what makes `flagged`, errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from moderation.compat.openai.views import CATEGORIES
from moderation.scoring import ScoringService
from moderation.store import Store
from tests.compat.conftest import SITE, Key, now

IMAGE = {"type": "image_url", "image_url": {"url": "https://news.example/cat.png"}}


@pytest.fixture
def moderate(http: FlaskClient, key: Key) -> Callable[..., Any]:
    def call(given: Any, **more: Any) -> Any:
        return http.post("/v1/moderations", json={"input": given, **more}, headers=key.bearer)

    return call


def text(value: str) -> dict[str, str]:
    return {"type": "text", "text": value}


def error_of(response: Any) -> dict[str, Any]:
    error: dict[str, Any] = response.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return error


def test_one_text_gives_one_whole_result(moderate: Any, scoring: ScoringService) -> None:
    response = moderate("You idiot")
    assert response.status_code == 200
    assert response.json["id"].startswith("modr-")
    assert response.json["model"] == response.headers["X-Model-Version"] == "tiny-3"
    (result,) = response.json["results"]
    for part in ("categories", "category_scores", "category_applied_input_types"):
        assert set(result[part]) == set(CATEGORIES)
    assert result["flagged"] is True
    assert [name for name, flagged in result["categories"].items() if flagged] == ["harassment"]
    expected = scoring.score(["You idiot"])[0].scores["insult"]
    assert result["category_scores"]["harassment"] == expected


def test_categories_without_a_model_say_so(moderate: Any) -> None:
    response = moderate("I will hurt you, idiot, at the casino")
    (result,) = response.json["results"]
    unmodelled = response.headers["X-Unmodelled-Categories"].split(", ")
    assert sorted(unmodelled) == sorted(name for name in CATEGORIES if not CATEGORIES[name])
    assert len(unmodelled) == 9
    for name in CATEGORIES:
        applied = result["category_applied_input_types"][name]
        if name in unmodelled:
            assert (result["category_scores"][name], result["categories"][name]) == (0.0, False)
            assert applied == []
        else:
            assert applied == ["text"]


def test_threatening_hate_needs_both(moderate: Any) -> None:
    (only_threat,) = moderate("I will hurt you").json["results"]
    assert only_threat["categories"]["harassment/threatening"]
    assert not only_threat["categories"]["hate/threatening"]
    (both,) = moderate("I will hurt foreigners").json["results"]
    assert both["categories"]["hate"]
    assert both["categories"]["hate/threatening"]


def test_a_list_of_texts_gives_a_result_for_each_in_order(moderate: Any) -> None:
    results = moderate(["fine", "You idiot", "fine"]).json["results"]
    assert [result["flagged"] for result in results] == [False, True, False]


def test_a_list_of_texts_is_scored_as_one_batch(
    moderate: Any, scoring: ScoringService, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[int] = []
    score = scoring.score

    def counted(texts: list[str], **options: Any) -> Any:
        batches.append(len(texts))
        return score(texts, **options)

    monkeypatch.setattr(scoring, "score", counted)
    assert len(moderate(["You idiot", "fine"] * 50).json["results"]) == 100
    assert batches == [100]


def test_a_list_of_parts_gives_one_result(moderate: Any) -> None:
    response = moderate([text("fine"), IMAGE, text("You idiot")])
    (result,) = response.json["results"]
    assert result["flagged"]
    assert response.headers["X-Ignored-Input-Types"] == "image"
    assert "X-Ignored-Input-Types" not in moderate([text("fine")]).headers


def test_a_text_that_cannot_be_scored_is_named(moderate: Any) -> None:
    response = moderate(["fine", "こんにちは"])
    assert response.headers["X-Unscored-Results"] == "1"
    result = response.json["results"][1]
    assert not result["flagged"]
    assert not any(result["category_applied_input_types"].values())


def test_the_sites_own_thresholds_flag(moderate: Any, store: Store) -> None:
    assert moderate("You idiot").json["results"][0]["flagged"]
    thresholds = {"insult": {"flag": None, "hold": 0.99}}
    policy = {"preset": "balanced", "thresholds": thresholds}
    store.sites.update(SITE, policy=policy, actor="test", now=now())
    assert not moderate("You idiot").json["results"][0]["flagged"]


@pytest.mark.parametrize(
    "model", ["omni-moderation-latest", "text-moderation-stable", "tiny-3", None]
)
def test_models(moderate: Any, model: str | None) -> None:
    assert moderate("fine", model=model).json["model"] == "tiny-3"


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({}, 400, "input"),
        ({"input": None}, 400, "input"),
        ({"input": 7}, 400, "input"),
        ({"input": []}, 400, "input"),
        ({"input": ["x"] * 1_001}, 400, "input"),
        ({"input": [1, 2]}, 400, "input"),
        ({"input": [{"type": "audio"}]}, 400, "input"),
        ({"input": [{"type": "text", "text": 1}]}, 400, "input"),
        ({"input": [IMAGE]}, 400, "input"),
        ({"input": "x", "model": "gpt-x"}, 404, "model"),
        ({"input": "x", "model": 1}, 400, "model"),
        ([], 400, None),
    ],
)
def test_bad_requests(http: FlaskClient, key: Key, body: Any, status: int, param: Any) -> None:
    response = http.post("/v1/moderations", json=body, headers=key.bearer)
    error = error_of(response)
    assert response.status_code == status
    assert (error["type"], error["param"]) == ("invalid_request_error", param)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_required_parameter"),
        ({"input": []}, "empty_array"),
        ({"input": ["x"] * 1_001}, "array_above_max_length"),
        ({"input": 7}, "invalid_type"),
        ([], "invalid_type"),
        ({"input": [IMAGE]}, "unsupported_input_type"),
        ({"input": "x", "model": "gpt-x"}, "model_not_found"),
    ],
)
def test_bad_requests_have_the_services_codes(
    http: FlaskClient, key: Key, body: Any, code: str
) -> None:
    error = error_of(http.post("/v1/moderations", json=body, headers=key.bearer))
    assert error["code"] == code
    assert "_schema" not in error["message"]


@pytest.mark.parametrize(
    "raw", [b"{", b"\xff", b'{"input": "\\udc00"}', b"", b'{"input": Infinity}']
)
def test_malformed_bodies(http: FlaskClient, key: Key, raw: bytes) -> None:
    response = http.post("/v1/moderations", data=raw, headers=key.bearer)
    assert response.status_code == 400
    assert error_of(response)["type"] == "invalid_request_error"


def test_keys_and_limits(
    http: FlaskClient, make_key: Callable[..., Key], scoring: ScoringService
) -> None:
    def call(headers: dict[str, str]) -> Any:
        return http.post("/v1/moderations", json={"input": "x"}, headers=headers)

    assert call({}).status_code == 401
    wrong = call({"Authorization": "Bearer sk-nothing"})
    assert (wrong.status_code, error_of(wrong)["code"]) == (401, "invalid_api_key")
    scoped = call(make_key(scopes=("perspective",)).bearer)
    assert (scoped.status_code, error_of(scoped)["code"]) == (403, "scope")
    scoring.scorer.down = True
    down = call(make_key().bearer)
    assert (down.status_code, error_of(down)["type"]) == (503, "server_error")


def test_large_bodies(http: FlaskClient, key: Key) -> None:
    raw = json.dumps({"input": "x" * 1_100_000})
    response = http.post("/v1/moderations", data=raw, headers=key.bearer)
    assert response.status_code == 413
    error_of(response)
