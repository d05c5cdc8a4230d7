"""Perspective v1alpha1: every field, every error row, spans in UTF-16, suggestions for review."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from moderation.compat.perspective.utf16 import spans_in_utf16
from moderation.scoring import ScoringService
from moderation.store import Store
from tests.compat.conftest import SITE, Key

ANALYZER = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"


def body(text: str = "You idiot", **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"TOXICITY": {}}, **more}


def error_of(response: Any) -> dict[str, Any]:
    """The error, after checking what every error of this format has."""
    error: dict[str, Any] = response.json["error"]
    assert error["code"] == response.status_code
    assert error["message"]
    assert error["status"].isupper()
    if error["code"] == 400:
        assert error["details"], "clients read details[0] of every 400"
        assert all("@type" in detail for detail in error["details"])
    return error


class Analyze:
    def __init__(self, http: FlaskClient, key: Key) -> None:
        self.http, self.key = http, key

    def __call__(self, json: Any, **more: Any) -> Any:
        path = f"/v1alpha1/comments:analyze?key={self.key.text}"
        return self.http.post(path, json=json, **more)


@pytest.fixture
def analyze(http: FlaskClient, key: Key) -> Analyze:
    return Analyze(http, key)


def test_a_comment_is_scored(analyze: Analyze, scoring: ScoringService) -> None:
    response = analyze(body(clientToken="c-1"))
    assert response.status_code == 200
    score = scoring.score(["You idiot"])[0].scores["toxicity"]
    value = {"value": score, "type": "PROBABILITY"}
    assert response.json == {
        "attributeScores": {
            "TOXICITY": {
                "summaryScore": value,
                "spanScores": [{"begin": 0, "end": 9, "score": value}],
            }
        },
        "languages": ["en"],
        "detectedLanguages": ["en"],
        "clientToken": "c-1",
    }
    assert response.headers["X-Model-Version"] == "tiny-3"


def test_every_modelled_attribute_and_alias_is_known(analyze: Analyze) -> None:
    names = ["TOXICITY", "SEVERE_TOXICITY", "IDENTITY_ATTACK", "INSULT", "PROFANITY", "THREAT"]
    names += ["SPAM", "TOXICITY_FAST", "INSULT_EXPERIMENTAL", "THREAT@3"]
    response = analyze(body(requestedAttributes={name: {} for name in names}))
    assert sorted(response.json["attributeScores"]) == sorted(names)


@pytest.mark.parametrize("colon", [":", "%3A", "%3a"])
def test_the_colon_may_be_escaped(http: FlaskClient, key: Key, colon: str) -> None:
    path = f"/v1alpha1/comments{colon}analyze?key={key.text}"
    assert http.post(path, json=body()).status_code == 200


def test_what_google_clients_add_is_accepted(analyze: Analyze) -> None:
    added = "&alt=json&prettyPrint=true&fields=x&quotaUser=u&$.xgafv=2&callback=f&uploadType=media"
    path = f"/v1alpha1/comments:analyze?key={analyze.key.text}{added}&upload_protocol=raw"
    assert analyze.http.post(path, json=body()).status_code == 200


@pytest.mark.parametrize("way", ["key", "header", "bearer", "access_token", "oauth_token"])
def test_the_key_may_come_in_any_of_googles_ways(http: FlaskClient, key: Key, way: str) -> None:
    headers, query = {}, ""
    if way == "header":
        headers = {"X-Goog-Api-Key": key.text}
    elif way == "bearer":
        headers = key.bearer
    else:
        query = f"?{way}={key.text}"
    response = http.post(f"/v1alpha1/comments:analyze{query}", json=body(), headers=headers)
    assert response.status_code == 200


def test_attributes_below_their_threshold_are_left_out(analyze: Analyze) -> None:
    asked = {"TOXICITY": {"scoreThreshold": 0.5}, "THREAT": {"scoreThreshold": 0.5}}
    response = analyze(body(requestedAttributes=asked))
    assert list(response.json["attributeScores"]) == ["TOXICITY"]
    response = analyze(body("A fine day", requestedAttributes=asked))
    assert "attributeScores" not in response.json
    assert response.json["detectedLanguages"] == ["en"]


def test_a_threshold_equal_to_the_score_keeps_it(analyze: Analyze) -> None:
    value = analyze(body()).json["attributeScores"]["TOXICITY"]["summaryScore"]["value"]
    response = analyze(body(requestedAttributes={"TOXICITY": {"scoreThreshold": value}}))
    assert "TOXICITY" in response.json["attributeScores"]


def test_spans_are_sentences_in_utf16_units(analyze: Analyze) -> None:
    text = "\U0001f600 Fine day. You idiot \U0001f621! Bye now."
    response = analyze(body(text, spanAnnotations=True))
    spans = response.json["attributeScores"]["TOXICITY"]["spanScores"]
    units = text.encode("utf-16-le")
    parts = [units[2 * s["begin"] : 2 * s["end"]].decode("utf-16-le").strip() for s in spans]
    assert parts == ["\U0001f600 Fine day.", "You idiot \U0001f621!", "Bye now."]
    values = [span["score"]["value"] for span in spans]
    assert values[1] > 0.5 > max(values[0], values[2])


def test_every_sentence_is_scored_in_the_language_of_the_whole(analyze: Analyze) -> None:
    text = "Fine day. これは良い。 You idiot."
    asked = body(text, spanAnnotations=True)
    spans = analyze(asked).json["attributeScores"]["TOXICITY"]["spanScores"]
    assert len(spans) == 3


def test_stated_languages_are_believed_and_both_lists_returned(analyze: Analyze) -> None:
    response = analyze(body(":-(", languages=["en-GB"]))
    assert response.status_code == 200
    assert response.json["languages"] == ["en-GB"]
    assert response.json["detectedLanguages"] == ["und"]


def test_fields_may_be_unset_by_null_and_spelt_with_underscores(analyze: Analyze) -> None:
    asked = {
        "comment": {"text": "You idiot", "type": None},
        "requested_attributes": {"TOXICITY": None},
        "do_not_store": True,
        "session_id": "7",
        "context": None,
    }
    assert analyze(asked).status_code == 200


@pytest.mark.parametrize(
    ("asked", "message", "kind"),
    [
        (body("x" * 20_481), "Comment text too long.", "COMMENT_TOO_LONG"),
        (body("\u00e9" * 10_241), "Comment text too long.", "COMMENT_TOO_LONG"),
        (body(""), "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": "x"}}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        (
            body(languages=["xx", "yy"]),
            "Attribute TOXICITY does not support request languages: xx, yy",
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        ),
        (
            body("こんにちは"),
            "Attribute TOXICITY does not support request languages: ja",
            "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        ),
        (body("?!"), "Unable to detect language", "LANGUAGE_DETECTION_FAILED"),
        (
            body(requestedAttributes={"FLIRTATION": {}}),
            "Unknown requested attribute: FLIRTATION",
            "INVALID_REQUEST",
        ),
        (
            body(requestedAttributes={"TOXICITY@2": {}}),
            "Unknown requested attribute: TOXICITY@2",
            "INVALID_REQUEST",
        ),
        (
            body(requestedAttributes={"INSULT": {"scoreType": "RAW"}}),
            "Requested score type RAW is not supported by attribute INSULT",
            "INVALID_REQUEST",
        ),
        (
            {**body(), "comment": {"text": "x", "type": "HTML"}},
            "Currently, only 'PLAIN_TEXT' comments are supported",
            "INVALID_REQUEST",
        ),
        (
            body(context={"entries": [{"text": "x"}], "articleAndParentComment": {}}),
            "Context can have either entries or article_and_parent_comment, "
            "but both fields were populated.",
            "INVALID_REQUEST",
        ),
    ],
)
def test_error_rows(analyze: Analyze, asked: Any, message: str, kind: str) -> None:
    error = error_of(analyze(asked))
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"] == message
    assert error["details"][0]["@type"] == ANALYZER
    assert error["details"][0]["errorType"] == kind


def test_exactly_20480_bytes_are_scored(analyze: Analyze) -> None:
    assert analyze(body("x" * 20_480)).status_code == 200


def test_a_language_error_names_attribute_and_languages(analyze: Analyze) -> None:
    detail = error_of(analyze(body("You", languages=["fr"])))["details"][0]
    assert detail["languageNotSupportedByAttributeError"] == {
        "attribute": "TOXICITY",
        "requestedLanguages": ["fr"],
        "detectedLanguages": ["en"],
    }
    detail = error_of(analyze(body("こんにちは")))["details"][0]
    assert "requestedLanguages" not in detail["languageNotSupportedByAttributeError"]


@pytest.mark.parametrize(
    ("raw", "within"),
    [
        (b'{"comment":', "Invalid JSON payload received."),
        (b"[1]", "Root element must be a message"),
        (b'"text"', "Root element must be a message"),
        (b'{"comment":{"text":"\xff"}}', "Invalid UTF-8"),
        (b'{"comment":{"text":"\\ud83d"}}', "Unpaired surrogate"),
        (b'{"comment":{"text":"x"},"spanAnnotations":NaN}', "Invalid JSON payload received."),
        (b"[" * 100_000, "Nested too deeply"),
        (b'{"comment":' + b"9" * 5_000 + b"}", "out of range"),
        (b'{"nonsense": 1}', 'Unknown name "nonsense": Cannot find field.'),
        (b'{"comment":{"txt":"x"}}', "Unknown name \"txt\" at 'comment': Cannot find field."),
        (b'{"comment":{"text":7}}', "Invalid value at 'comment.text' (TYPE_STRING)"),
        (b'{"comment":[]}', "Invalid value at 'comment'"),
        (b'{"comment":{"text":"x","type":"RTF"}}', "Invalid value at 'comment.type'"),
        (b'{"requestedAttributes":["TOXICITY"]}', "Invalid value at 'requestedAttributes'"),
        (b'{"languages":"en"}', "Invalid value at 'languages'"),
        (b'{"languages":[1]}', "Invalid value at 'languages.0' (TYPE_STRING)"),
        (b'{"doNotStore":"yes"}', "Invalid value at 'doNotStore' (TYPE_BOOL)"),
        (
            b'{"requestedAttributes":{"INSULT":{"scoreThreshold":"high"}}}',
            "Invalid value at 'requestedAttributes.INSULT.scoreThreshold' (TYPE_FLOAT)",
        ),
    ],
)
def test_malformed_bodies(analyze: Analyze, raw: bytes, within: str) -> None:
    path = f"/v1alpha1/comments:analyze?key={analyze.key.text}"
    error = error_of(analyze.http.post(path, data=raw, content_type="application/json"))
    assert error["code"] == 400
    assert within in error["message"]


def test_content_encodings_and_large_bodies_are_refused(analyze: Analyze) -> None:
    response = analyze(body(), headers={"Content-Encoding": "br"})
    assert "Unsupported content encoding" in error_of(response)["message"]
    response = analyze(body("x" * 1_100_000))
    assert "payload size exceeds the limit" in error_of(response)["message"]


def test_keys(http: FlaskClient, key: Key, make_key: Callable[..., Key], store: Store) -> None:
    path = "/v1alpha1/comments:analyze"
    error = error_of(http.post(path, json=body()))
    assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
    wrong = [key.text[:-1] + "x", key.text[:-1] + ("0" if key.text[-1] != "0" else "1"), "AIza"]
    for text in [*wrong, key.text.replace(f"rj_{SITE}", "rj_other"), "\u0435" * 80]:
        error = error_of(http.post(path, json=body(), query_string={"key": text}))
        assert error["code"] == 400
        assert error["message"] == "API key not valid. Please pass a valid API key."
        assert error["details"][0]["reason"] == "API_KEY_INVALID"
        assert error["details"][0]["domain"] == "googleapis.com"
    other = make_key(scopes=("openai",))
    error = error_of(http.post(path, json=body(), query_string={"key": other.text}))
    assert (error["code"], error["status"]) == (403, "PERMISSION_DENIED")
    store.credentials.revoke(SITE, key.credential.id, "test", 1)
    assert http.post(path, json=body(), query_string={"key": key.text}).status_code == 400


def test_a_failing_scorer_is_an_error_not_a_score(
    analyze: Analyze, scoring: ScoringService
) -> None:
    scoring.scorer.down = True
    error = error_of(analyze(body()))
    assert (error["code"], error["status"]) == (503, "UNAVAILABLE")


def test_discovery(http: FlaskClient, key: Key) -> None:
    document = http.get("/$discovery/rest?version=v1alpha1").json
    assert document["rootUrl"] == "http://localhost/"
    assert document["resources"]["comments"]["methods"]["analyze"]["path"] == (
        "v1alpha1/comments:analyze"
    )
    referred = set(_references(document))
    assert referred <= set(document["schemas"])
    assert http.get(f"/$discovery/rest?key={key.text}").status_code == 200
    wrong = http.get("/$discovery/rest?key=wrong")
    assert error_of(wrong)["details"][0]["reason"] == "API_KEY_INVALID"
    assert error_of(http.get("/$discovery/rest?version=v2"))["code"] == 404


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        found = [node["$ref"]] if "$ref" in node else []
        return found + [ref for value in node.values() for ref in _references(value)]
    return [ref for value in node for ref in _references(value)] if isinstance(node, list) else []


# suggestscore


def suggestion(value: float = 1, name: str | None = "comment:1", **more: Any) -> dict[str, Any]:
    return {
        "comment": {"text": "You absolute walnut"},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": value}}},
        "communityId": "Coral:https://news.example",
        "languages": ["en"],
        **({"clientToken": name} if name else {}),
        **more,
    }


def suggest(http: FlaskClient, key: Key, json: Any) -> Any:
    return http.post(f"/v1alpha1/comments:suggestscore?key={key.text}", json=json)


def test_a_suggestion_waits_for_review(http: FlaskClient, key: Key, store: Store) -> None:
    response = suggest(http, key, suggestion())
    assert response.json == {
        "clientToken": "comment:1",
        "detectedLanguages": ["en"],
        "requestedLanguages": ["en"],
    }
    kept, cursor = store.suggestions.page(SITE, accepted=False, limit=10)
    assert cursor is None
    assert [(item.text, item.labels, item.source) for item in kept] == [
        ("You absolute walnut", {"toxicity": 1.0}, "perspective")
    ]
    assert store.suggestions.page(SITE, accepted=True, limit=10) == ([], None)


def test_a_later_suggestion_for_the_same_comment_replaces_the_first(
    http: FlaskClient, key: Key, store: Store
) -> None:
    suggest(http, key, suggestion(1))
    suggest(http, key, suggestion(0))
    suggest(http, key, suggestion(1, communityId="Coral:https://other.example"))
    suggest(http, key, suggestion(1, name=None))
    suggest(http, key, suggestion(1, name=None))
    kept, _ = store.suggestions.page(SITE, accepted=False, limit=10)
    assert [item.labels["toxicity"] for item in kept] == [0.0, 1.0, 1.0, 1.0]


def test_span_scores_make_a_label_too(http: FlaskClient, key: Key, store: Store) -> None:
    spans = [
        {"begin": 0, "end": 3, "score": {"value": 0.2}},
        {"begin": 4, "end": 12, "score": {"value": 0.9, "type": "PROBABILITY"}},
    ]
    asked = suggestion(attributeScores={"INSULT": {"spanScores": spans}})
    assert suggest(http, key, asked).status_code == 200
    kept, _ = store.suggestions.page(SITE, accepted=False, limit=10)
    assert kept[0].labels == {"insult": 0.9}


@pytest.mark.parametrize(
    "scores",
    [
        {},
        {"TOXICITY": {}},
        {"TOXICITY": {"spanScores": []}},
        {"TOXICITY": {"summaryScore": {}}},
        {"TOXICITY": {"summaryScore": {"value": 2}}},
        {"TOXICITY": {"summaryScore": {"value": 1, "type": "RAW"}}},
        {"TOXICITY": {"spanScores": [{"end": 3, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 3, "end": 3, "score": {"value": 1}}]}},
        {"TOXICITY": {"spanScores": [{"begin": 0, "end": 99, "score": {"value": 1}}]}},
        {"NICENESS": {"summaryScore": {"value": 1}}},
        [],
    ],
)
def test_malformed_suggestions_are_invalid_arguments(
    http: FlaskClient, key: Key, store: Store, scores: Any
) -> None:
    response = suggest(http, key, suggestion(attributeScores=scores))
    assert error_of(response)["status"] == "INVALID_ARGUMENT"
    assert store.suggestions.page(SITE, accepted=False, limit=10) == ([], None)


def test_a_complaint_names_the_whole_way_to_its_field(http: FlaskClient, key: Key) -> None:
    where = "attributeScores.TOXICITY.summaryScore.value"
    for score, message in (
        ({}, f"Missing {where}"),
        ({"value": 2}, f"Invalid value at '{where}' (PROBABILITY)"),
    ):
        asked = suggestion(attributeScores={"TOXICITY": {"summaryScore": score}})
        assert error_of(suggest(http, key, asked))["message"] == message


@given(st.text(st.characters(exclude_categories=["Cs"])), st.data())
def test_utf16_spans_cut_what_code_point_spans_cut(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = list(pairwise(cuts))
    units = text.encode("utf-16-le")
    for (begin, end), (first, last) in zip(spans, spans_in_utf16(text, spans), strict=True):
        assert units[2 * first : 2 * last].decode("utf-16-le") == text[begin:end]
