"""One logit per attribute and text behind every format, with a real model and any text at all."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.scales import Scale
from moderation.scoring import ScoringService
from tests.compat.conftest import Key
from tests.support.tiny_model import tiny_scorer

SCALE = Scale((0.0, 0.25, 1.0), (0.1, 0.75, 0.8))
WORDS = st.sampled_from(
    [
        "you",
        "idiot",
        "stup1d",
        "ѕtupid",
        "s t u p i d",
        "i will kill",
        "thanks",
        "\U0001f600",
        "<b>",
    ]
)
TEXTS = st.one_of(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), st.text(max_size=60))

any_text = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def scoring() -> ScoringService:
    """The service's own scoring in place of the stand-in of the other tests."""
    return ScoringService(tiny_scorer())


def perspective(http: FlaskClient, key: Key, text: str, languages: list[str]) -> Any:
    asked = {"INSULT": {}, "THREAT": {}}
    body = {"comment": {"text": text}, "requestedAttributes": asked, "languages": languages}
    answer = http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=body)
    if answer.status_code != 200:
        return answer.json["error"]["details"][0]["errorType"]
    found = answer.json["attributeScores"]
    return {name.lower(): found[name]["summaryScore"]["value"] for name in found}


def openai(http: FlaskClient, key: Key, texts: list[str]) -> list[Any]:
    answer = http.post("/v1/moderations", json={"input": texts}, headers=key.bearer)
    return [
        {"insult": found["harassment"], "threat": found["harassment/threatening"]}
        for found in (result["category_scores"] for result in answer.json["results"])
    ]


@any_text
@given(text=TEXTS, other=TEXTS)
def test_every_format_answers_from_the_same_logit(
    http: FlaskClient, key: Key, text: str, other: str
) -> None:
    (alone,) = tiny_scorer().score([text])
    assert tiny_scorer().score([other, text, other])[1].logits == alone.logits
    unscored = {"insult": 0.0, "threat": 0.0}
    assert openai(http, key, [text]) == [alone.scores or unscored]
    assert openai(http, key, [other, text, other])[1] == (alone.scores or unscored)
    native = http.post("/api/v1/score", json={"texts": [text]}, headers=key.bearer)
    assert native.json[0]["scores"] == alone.scores
    if not text.strip():
        assert perspective(http, key, text, []) == "COMMENT_EMPTY"
    elif alone.language == "und":
        assert perspective(http, key, text, []) == "LANGUAGE_DETECTION_FAILED"
    elif not alone.scores:
        assert perspective(http, key, text, []) == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    else:
        assert perspective(http, key, text, []) == alone.scores
    if text.strip():
        (stated,) = tiny_scorer().score([text], languages=["en"])
        assert perspective(http, key, text, ["en"]) == stated.scores


@any_text
@given(text=TEXTS.filter(str.strip))
def test_a_keys_scale_moves_only_its_own_answers(
    http: FlaskClient, key: Key, make_key: Any, text: str
) -> None:
    scaled = make_key(scale={"insult": SCALE.as_json()})
    (score,) = tiny_scorer().score([text], languages=["en"])
    expected = {**score.scores, "insult": SCALE(score.scores["insult"])}
    assert perspective(http, scaled, text, ["en"]) == expected
    assert perspective(http, key, text, ["en"]) == score.scores
