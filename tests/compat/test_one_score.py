"""One score for one text: whatever the format, the same number, on the key's own scale."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.compat.openai.views import CATEGORIES
from moderation.compat.perspective.views import ATTRIBUTES
from moderation.scales import Scale
from moderation.scoring import ScoringService
from tests.compat.conftest import Key

WORDS = st.sampled_from(
    ["idiot", "casino", "hurt", "foreigners", "damn", "fine", "\U0001f600", "ß", "\n", "<b>", "'"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=12).map(" ".join).filter(str.strip)


@pytest.fixture
def formats(http: FlaskClient, make_key: Any) -> Any:
    """Ask all formats for a text's scores by our attribute names: native, ours, theirs."""

    def ask(text: str, key: Key) -> dict[str, dict[str, float]]:
        asked = {name: {} for name in ATTRIBUTES}
        native = http.post("/api/v1/score", json={"texts": [text]}, headers=key.bearer)
        perspective = http.post(
            f"/v1alpha1/comments:analyze?key={key.text}",
            json={"comment": {"text": text}, "requestedAttributes": asked, "languages": ["en"]},
        )
        openai = http.post("/v1/moderations", json={"input": text}, headers=key.bearer)
        scores = perspective.json["attributeScores"]
        categories = openai.json["results"][0]["category_scores"]
        single = {name: parts[0] for name, parts in CATEGORIES.items() if len(parts) == 1}
        return {
            "native": native.json[0]["scores"],
            "perspective": {
                attribute: scores[name]["summaryScore"]["value"]
                for name, attribute in ATTRIBUTES.items()
            },
            "openai": {attribute: categories[name] for name, attribute in single.items()},
        }

    return ask


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_every_format_gives_the_same_score(
    text: str, formats: Any, key: Key, scoring: ScoringService
) -> None:
    (expected,) = scoring.scorer.score([text])
    if not expected.scores:
        return
    found = formats(text, key)
    assert found["native"] == pytest.approx(expected.scores, abs=0)
    assert found["perspective"] == expected.scores
    for attribute, score in found["openai"].items():
        assert score == expected.scores[attribute]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_a_keys_scale_is_applied_once_and_only_to_its_answers(
    text: str, formats: Any, make_key: Any, scoring: ScoringService
) -> None:
    scale = Scale((0.0, 0.5, 1.0), (0.0, 0.9, 1.0))
    key = make_key(scale={"insult": scale.as_json()})
    (expected,) = scoring.scorer.score([text])
    if not expected.scores:
        return
    found = formats(text, key)
    assert found["native"] == expected.scores
    assert found["perspective"]["insult"] == scale(expected.scores["insult"])
    assert found["openai"]["insult"] == scale(expected.scores["insult"])
    assert found["perspective"]["toxicity"] == expected.scores["toxicity"]


def test_akismet_follows_the_same_score(
    http: FlaskClient, key: Key, scoring: ScoringService
) -> None:
    for text in ("fine", "casino", "an idiot", "casino casino"):
        form = {"api_key": key.text, "blog": "https://b.example", "user_ip": "::1"}
        answer = http.post("/1.1/comment-check", data={**form, "comment_content": text}).data
        (score,) = scoring.scorer.score([text])
        assert answer == (b"true" if score.scores["spam"] >= 0.6 else b"false")
