"""Other languages than English in the foreign formats: each answers what its models know."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from flask.testing import FlaskClient

from classifiers import load_model
from moderation.scoring import ScoringService
from tests.compat.conftest import Key

GERMAN = "Du bist ein verdammtes Arschloch, halt die Fresse."
FRENCH = "Je ne suis pas d'accord avec cet article, il est vraiment mal écrit."


@cache
def shipped() -> ScoringService:
    return ScoringService(load_model("abuse-en,spam-en,reader-en,abuse-de,abuse-ko,abuse-pt"))


@pytest.fixture
def scoring() -> ScoringService:
    return shipped()


def analyze(http: FlaskClient, key: Key, text: str, *names: str, **more: Any) -> Any:
    asked = {"comment": {"text": text}, "requestedAttributes": {name: {} for name in names}, **more}
    return http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=asked)


def test_perspective_answers_in_the_language_that_it_detects(http: FlaskClient, key: Key) -> None:
    answer = analyze(http, key, GERMAN, "TOXICITY", "INSULT").json
    assert answer["languages"] == answer["detectedLanguages"] == ["de"]
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] > 0.5
    stated = analyze(http, key, "Danke dir!", "TOXICITY", languages=["de-AT"]).json
    assert stated["languages"] == ["de-AT"]
    spans = analyze(http, key, f"Guten Tag. {GERMAN}", "TOXICITY", spanAnnotations=True).json
    assert len(spans["attributeScores"]["TOXICITY"]["spanScores"]) == 2


@pytest.mark.parametrize(
    ("text", "name", "more"),
    [
        (GERMAN, "THREAT", {}),
        (FRENCH, "TOXICITY", {}),
        ("ok", "TOXICITY", {"languages": ["fr"]}),
        ("ok", "THREAT", {"languages": ["de"]}),
    ],
)
def test_perspective_names_what_no_model_knows(
    http: FlaskClient, key: Key, text: str, name: str, more: Any
) -> None:
    answer = analyze(http, key, text, name, **more)
    assert answer.status_code == 400
    (detail,) = answer.json["error"]["details"]
    assert detail["languageNotSupportedByAttributeError"]["attribute"] == name


@pytest.mark.parametrize("text", ["π ≈ 3.14159", "ok", "Mañana, mañana", "lol"])
def test_what_does_not_show_its_language_is_scored_as_english(
    http: FlaskClient, key: Key, text: str
) -> None:
    answer = analyze(http, key, text, "TOXICITY", "THREAT", languages=["en"])
    assert answer.status_code == 200
    assert http.post("/v1/moderations", json={"input": text}, headers=key.bearer).json["results"][
        0
    ]["category_applied_input_types"]["harassment"] == ["text"]


def test_openai_flags_by_the_thresholds_of_the_language(http: FlaskClient, key: Key) -> None:
    answer = http.post(
        "/v1/moderations", json={"input": [GERMAN, "Danke, das wusste ich nicht."]},
        headers=key.bearer,
    )  # fmt: skip
    abusive, kind = answer.json["results"]
    assert abusive["categories"]["harassment"] is True
    assert abusive["category_applied_input_types"]["harassment/threatening"] == []
    assert kind["flagged"] is False


def test_akismet_says_that_it_knows_no_spam_in_it(http: FlaskClient, key: Key) -> None:
    form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
    answer = http.post("/1.1/comment-check", data={**form, "comment_content": GERMAN})
    assert answer.data == b"false"
    assert "no spam model of 'de'" in answer.headers["X-akismet-debug-help"]
