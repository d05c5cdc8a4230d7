"""The OpenAPI document names every path of the compatible formats, with schemas that resolve."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.compat.conftest import Key


def test_every_route_is_described(compat_app: Flask, http: FlaskClient) -> None:
    formats = ("perspective.", "openai.", "akismet.", "coral.", "suggestions.")
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in compat_app.url_map.iter_rules()
        if rule.endpoint.startswith(formats)
    }
    assert len(routes) == 13
    assert routes <= set(http.get("/openapi.json").json["paths"])


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1alpha1/comments:analyze", 403),
        ("/v1alpha1/comments:suggestscore", 403),
        ("/v1/moderations", 401),
        ("/1.1/comment-check", 200),
        ("/coral/moderation/{site}/{key_id}", 401),
    ],
)
def test_what_is_wrong_is_described_as_it_is_answered(
    http: FlaskClient, path: str, status: int
) -> None:
    responses = http.get("/openapi.json").json["paths"][path]["post"]["responses"]
    assert ("204" in responses) == path.startswith("/coral")
    ((kind, content),) = responses["default"]["content"].items()
    answer = http.post(path.format(site="gazette", key_id="nobody"), json={})
    assert (answer.status_code, answer.mimetype) == (status, kind)
    schema = content["schema"]
    if kind == "text/plain":
        assert answer.text in schema["enum"]
    elif "$ref" in schema:
        assert schema["$ref"].endswith("/Problem")
    else:
        inner = schema["properties"]["error"]["properties"]
        assert set(inner) == set(answer.json["error"]) - {"details"}


def test_what_a_key_has_used_is_asked_by_query_or_form(
    http: FlaskClient, make_key: Callable[..., Key]
) -> None:
    key = make_key().text
    paths = http.get("/openapi.json").json["paths"]
    for path in ("/1.2/key-sites", "/1.2/usage-limit"):
        assert set(paths[path]) >= {"get", "post"}
        assert paths[path]["post"]["parameters"] == paths[path]["get"]["parameters"]
        (kind,) = paths[path]["post"]["requestBody"]["content"]
        assert kind == "application/x-www-form-urlencoded"
        by_query = http.get(path, query_string={"api_key": key})
        by_form = http.post(path, data={"api_key": key})
        assert by_query.status_code == by_form.status_code == 200
        assert by_query.json == by_form.json


def test_references_resolve(http: FlaskClient) -> None:
    document = http.get("/openapi.json").json
    text = json.dumps(document)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(document["components"]["schemas"])
    assert "AnalyzeCommentRequest" in referred
