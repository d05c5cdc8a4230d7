"""The OpenAPI document names every path of the compatible formats, with schemas that resolve."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient


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


def test_references_resolve(http: FlaskClient) -> None:
    document = http.get("/openapi.json").json
    text = json.dumps(document)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(document["components"]["schemas"])
    assert "AnalyzeCommentRequest" in referred
