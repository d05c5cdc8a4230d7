"""Unknown paths and methods below a format's own are refused in its shape."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient


def google(answer: Any) -> str:
    return str(answer.json["error"]["status"])


def openai(answer: Any) -> str:
    assert set(answer.json["error"]) == {"message", "type", "param", "code"}
    return str(answer.json["error"]["code"])


def akismet(answer: Any) -> str:
    assert answer.headers["X-akismet-debug-help"]
    return str(answer.text)


@pytest.mark.parametrize(
    ("method", "path", "status", "shape", "said"),
    [
        ("GET", "/v1alpha1/comments:analyze", 405, google, "UNIMPLEMENTED"),
        ("POST", "/v1alpha1/comments:delete", 404, google, "NOT_FOUND"),
        ("POST", "/$discovery/rest", 405, google, "UNIMPLEMENTED"),
        ("GET", "/v1/moderations", 405, openai, "method_not_supported"),
        ("POST", "/v1/chat/completions", 404, openai, "unknown_url"),
        ("GET", "/1.1/comment-check", 405, akismet, "invalid"),
        ("POST", "/1.1/comment-delete", 404, akismet, "invalid"),
        ("GET", "/1.2/nothing", 404, akismet, "invalid"),
    ],
)
def test_refused_in_the_formats_shape(
    http: FlaskClient, method: str, path: str, status: int, shape: Any, said: str
) -> None:
    answer = http.open(path, method=method)
    assert answer.status_code == status
    assert shape(answer) == said
    assert answer.headers["X-Model-Version"] == "tiny-3"
    assert (
        "POST" in answer.headers.get("Allow", "") or "GET" in answer.headers.get("Allow", "")
    ) == (status == 405)


def test_all_other_paths_are_answered_with_problem_documents(http: FlaskClient) -> None:
    for path in ("/v2/moderations", "/api/v1/nothing", "/coral/moderation/news"):
        answer = http.get(path)
        assert (answer.status_code, answer.json["code"]) == (404, "not-found")
