"""The OpenAPI document names every path of the foreign formats, with schemas that resolve."""

from __future__ import annotations

import json

from flask import Flask
from flask.testing import FlaskClient


def test_every_route_is_described(foreign_app: Flask, http: FlaskClient) -> None:
    formats = ("perspective.", "openai.", "akismet.", "coral.", "suggestions.")
    routes = {
        rule.rule.replace("<", "{").replace(">", "}")
        for rule in foreign_app.url_map.iter_rules()
        if rule.endpoint.startswith(formats)
    }
    assert len(routes) == 13
    assert routes <= set(http.get("/openapi.json").json["paths"])


def test_references_resolve(http: FlaskClient) -> None:
    document = http.get("/openapi.json").json
    text = json.dumps(document)
    referred = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert referred <= set(document["components"]["schemas"])
    assert "AnalyzeCommentRequest" in referred
