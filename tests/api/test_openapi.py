"""The description is a valid OpenAPI 3.1, and the answers are what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.support.app import ORIGIN, PAGE, Blog, S

# What browsers show and run; the rest is the API.
PAGES = re.compile(
    r"/$|/dashboard/|/docs/|/embed\.js$|/latest\.js$|/embed/|/pages/|/openapi\.json$|/mail/"
)


@pytest.fixture
def spec(blog: Blog) -> Any:
    return blog.client.get("/openapi.json").json


def test_the_description_is_valid(spec: Any) -> None:
    assert spec["openapi"].startswith("3.1")
    validate(spec)


def test_who_asks_and_how_to_ask_again_are_described(spec: Any) -> None:
    schemes = spec["components"]["securitySchemes"]
    assert schemes["key"]["scheme"] == "bearer"
    assert {schemes["author"]["name"], schemes["edit"]["name"]} == {
        "Rejoinder-Author",
        "Rejoinder-Edit-Token",
    }
    assert {name for row in spec["security"] for name in row} == set(schemes)
    repeatable = {
        (method, path.rpartition("/")[2])
        for path, calls in spec["paths"].items()
        for method, call in calls.items()
        if method != "parameters"
        and "Idempotency-Key" in [parameter.get("name") for parameter in call.get("parameters", ())]
    }
    assert repeatable == {
        ("post", "comments"),
        ("patch", "{comment}"),
        ("patch", "{thread}"),
        ("post", "votes"),
        ("post", "reports"),
        ("post", "decisions"),
        ("post", "undo"),
        ("post", "batches"),
        ("post", "measures"),
    }


def test_every_call_is_described_and_every_description_is_of_a_call(spec: Any, app: Flask) -> None:
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, calls in spec["paths"].items()
        for method in calls
        if method != "parameters"
    }
    served = {
        (method, re.sub(r"<[^>]+>", "{}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not PAGES.match(rule.rule)
    }
    assert served == described


def _check(spec: Any, method: str, path: str, status: int, body: Any) -> None:
    responses = spec["paths"][path][method]["responses"]
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    whole = {**schema, "components": spec["components"]}
    errors = [error.message for error in Draft202012Validator(whole).iter_errors(body)]
    assert not errors, (path, errors)


def test_the_answers_are_what_it_says(blog: Blog, spec: Any) -> None:
    base = "/api/v1/sites/{site}"
    reader = blog.author()
    fine = blog.made("Fine.", author={"name": "Ada"})
    blog.made("Reply.", parent=fine["id"])
    held = blog.made("You idiot!", headers=reader)
    vote = blog.client.post(f"{S}/comments/{fine['id']}/votes", json={"value": 1}, headers=reader)
    note = blog.client.post(
        f"{S}/comments/{fine['id']}/reports", json={"reason": "spam"}, headers=reader
    )
    decided = blog.decide(held["id"], "escalate")
    admin = blog.admin
    page = {"url": PAGE}
    answers = [
        ("post", f"{base}/comments", blog.post("More.", headers=reader)),
        ("post", f"{base}/authors", blog.client.post(f"{S}/authors", headers={"Origin": ORIGIN})),
        ("get", f"{base}/comments/{{comment}}", blog.client.get(f"{S}/comments/{fine['id']}")),
        ("post", f"{base}/comments/{{comment}}/votes", vote),
        ("post", f"{base}/comments/{{comment}}/reports", note),
        ("get", f"{base}/threads", blog.client.get(f"{S}/threads", query_string=page)),
        (
            "get",
            f"{base}/threads/mine",
            blog.client.get(f"{S}/threads/mine", query_string=page, headers=reader),
        ),
        (
            "get",
            f"{base}/comments/{{comment}}/replies",
            blog.client.get(f"{S}/comments/{fine['id']}/replies"),
        ),
        ("get", f"{base}/counts", blog.client.get(f"{S}/counts", query_string=page)),
        ("get", f"{base}/settings", blog.client.get(f"{S}/settings")),
        ("get", f"{base}/queue", blog.client.get(f"{S}/queue", headers=admin)),
        (
            "get",
            f"{base}/queue/{{comment}}",
            blog.client.get(f"{S}/queue/{held['id']}", headers=admin),
        ),
        ("post", f"{base}/queue/{{comment}}/decisions", decided),
        (
            "post",
            f"{base}/queue/claims",
            blog.client.post(f"{S}/queue/claims", json={}, headers=admin),
        ),
        ("get", f"{base}/audit", blog.client.get(f"{S}/audit", headers=admin)),
        ("get", f"{base}/events", blog.client.get(f"{S}/events", headers=admin)),
        ("get", base, blog.client.get(S, headers=admin)),
        ("get", f"{base}/keys", blog.client.get(f"{S}/keys", headers=admin)),
        ("get", f"{base}/moderators", blog.client.get(f"{S}/moderators", headers=admin)),
        (
            "post",
            "/api/v1/score",
            blog.client.post(
                "/api/v1/score", json={"texts": ["x"], "explain": True}, headers=admin
            ),
        ),
    ]
    for method, path, answer in answers:
        assert answer.status_code < 300, (path, answer.text)
        _check(spec, method, path, answer.status_code, answer.json)


def test_every_error_is_described_as_a_problem_document(spec: Any) -> None:
    named = spec["components"]["responses"]
    for path, calls in spec["paths"].items():
        if not path.startswith(("/api/", "/healthz", "/readyz", "/metrics")):
            continue
        for method, call in calls.items():
            if method == "parameters":
                continue
            responses = call["responses"]
            assert any(status.startswith("2") for status in responses), (path, method)
            for status, answer in responses.items():
                if status[0] in "23":
                    continue
                described = named[answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer
                (kind,) = described["content"]
                assert kind == "application/problem+json", (path, method, status)
                schema = described["content"][kind]["schema"]
                assert schema == {"$ref": "#/components/schemas/Problem"}
            assert "default" in responses, (path, method)


def test_a_comment_is_described_in_each_of_its_shapes(blog: Blog, spec: Any) -> None:
    reader = blog.author()
    held = blog.made("You idiot!", headers=reader)
    gone = blog.made("Never mind.", headers=reader)
    edit = {**reader, "Rejoinder-Edit-Token": gone["edit_token"]}
    blog.client.delete(f"{S}/comments/{gone['id']}", headers=edit)
    path = "/api/v1/sites/{site}/comments/{comment}"
    for comment, headers, field in (
        (held["id"], reader, "notice"),
        (held["id"], blog.admin, "edit_until"),
        (gone["id"], {}, "status"),
    ):
        answer = blog.client.get(f"{S}/comments/{comment}", headers=headers)
        assert answer.status_code == 200
        assert field in answer.json
        _check(spec, "get", path, 200, answer.json)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_described(blog: Blog, spec: Any, path: str) -> None:
    _check(spec, "get", path, 200, blog.client.get(path).json)


def test_an_error_is_what_it_says(blog: Blog, spec: Any) -> None:
    answer = blog.client.post(f"{S}/comments", json={}, headers={"Origin": ORIGIN})
    problem = {"$ref": "#/components/schemas/Problem", "components": spec["components"]}
    Draft202012Validator(problem).validate(answer.json)
    assert set(answer.json) <= set(spec["components"]["schemas"]["Problem"]["properties"])
