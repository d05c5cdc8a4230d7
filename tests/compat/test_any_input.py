"""Whatever is sent, each format answers in its own shape, and never with a defect's 500."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.compat.perspective.schemas import (
    AnalyzeCommentRequestSchema,
    SuggestCommentScoreRequestSchema,
)
from tests.compat.conftest import Key

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = sorted(
    {*AnalyzeCommentRequestSchema().fields, *SuggestCommentScoreRequestSchema().fields}
    | {"text", "type", "TOXICITY", "summaryScore", "spanScores", "value", "begin", "end", "score"}
    | {"entries", "articleAndParentComment", "scoreThreshold", "requested_attributes"}
)
PERSPECTIVE = st.recursive(
    JSON,
    lambda inner: (
        st.dictionaries(st.sampled_from(NAMES), inner, max_size=4) | st.lists(inner, max_size=2)
    ),
    max_leaves=12,
)
PART = st.fixed_dictionaries({}, optional={"type": st.sampled_from(["text", "image_url"]) | JSON,
                                           "text": JSON, "image_url": JSON})  # fmt: skip
MODERATION = st.fixed_dictionaries(
    {}, optional={"input": JSON | st.lists(PART | JSON, max_size=3), "model": JSON}
)
anything = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


@anything
@given(method=st.sampled_from(["analyze", "suggestscore"]), given_body=PERSPECTIVE)
def test_perspective(http: FlaskClient, key: Key, method: str, given_body: Any) -> None:
    path = f"/v1alpha1/comments:{method}?key={key.text}"
    response = http.post(path, data=json.dumps(given_body))
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        error = response.json["error"]
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
        assert error["message"]
        assert error["details"][0]["@type"]


@anything
@given(given_body=MODERATION | JSON)
def test_openai(http: FlaskClient, key: Key, given_body: Any) -> None:
    response = http.post("/v1/moderations", data=json.dumps(given_body), headers=key.bearer)
    assert response.status_code in (200, 400, 404)
    if response.status_code != 200:
        assert set(response.json["error"]) == {"message", "type", "param", "code"}


@anything
@given(
    fields=st.dictionaries(
        st.sampled_from(["blog", "user_ip", "comment_content", "comment_author", "blog_charset",
                         "user_role", "is_test", "charset", "month", "limit"]),
        st.text(max_size=20) | st.just("https://b.example") | st.text("[].:/@b", max_size=9).map(
            "http://".__add__
        ),
    ),
    method=st.sampled_from(["1.1/comment-check", "1.1/submit-spam", "1.1/verify-key",
                            "1.2/key-sites", "1.2/usage-limit"]),
)  # fmt: skip
def test_akismet(http: FlaskClient, key: Key, fields: dict[str, str], method: str) -> None:
    cleaned = {name: text.encode(errors="replace") for name, text in fields.items()}
    response = http.post(f"/{method}", data={"api_key": key.text, **cleaned})
    assert response.status_code == 200
    if response.mimetype == "text/plain":
        words = ("true", "false", "valid", "invalid", "Thanks for making the web a better place.")
        assert response.text in words


@anything
@given(raw=st.binary(max_size=60))
def test_bytes(http: FlaskClient, key: Key, raw: bytes) -> None:
    path = f"/v1alpha1/comments:analyze?key={key.text}"
    assert http.post(path, data=raw).json["error"]["details"]
    response = http.post("/v1/moderations", data=raw, headers=key.bearer)
    assert response.json["error"]["message"]
    assert http.post("/1.1/comment-check", data=raw).data == b"invalid"


@anything
@given(text=st.text())
def test_any_text_is_answered(http: FlaskClient, key: Key, text: str) -> None:
    response = http.post("/v1/moderations", json={"input": text}, headers=key.bearer)
    assert response.status_code == 200
    asked = {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}},
             "spanAnnotations": True, "languages": ["en"]}  # fmt: skip
    response = http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=asked)
    assert response.status_code == (200 if text.strip() else 400)
    if response.status_code == 200:
        spans = response.json["attributeScores"]["TOXICITY"]["spanScores"]
        length = len(text.encode("utf-16-le")) // 2
        ends = [end for span in spans for end in (span["begin"], span["end"])]
        assert ends == sorted(ends)
        assert 0 <= ends[0] < ends[-1] <= length
