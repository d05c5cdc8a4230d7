"""Pages without scripts: the API's description for people, and what is said where there is none."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from moderation.pages import reference
from tests.support.app import Blog, S


class Anchors(HTMLParser):
    """The ids of a page, where its links lead, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.add(tag)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "a":
            self.links.append(given["href"] or "")
        elif "href" in given or "src" in given:
            self.loads.append(given.get("href") or given.get("src") or "")


@pytest.fixture
def docs(blog: Blog) -> str:
    answer = blog.client.get("/docs/")
    assert answer.status_code == 200
    return answer.text


def test_it_describes_every_call_and_all_of_it(blog: Blog, docs: str) -> None:
    spec: Any = blog.client.get("/openapi.json").json
    anchors = Anchors(docs)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", docs))
    calls = [call for group in reference.groups_of(spec) for call in group.calls]
    assert {(call.method.lower(), call.path) for call in calls} == {
        (method, path)
        for path, item in spec["paths"].items()
        for method in item
        if method != "parameters"
    }
    for call in calls:
        assert call.anchor in anchors.ids
        assert f"{call.method} {call.path}" in text
        described = spec["paths"][call.path]
        own = described[call.method.lower()]
        assert {answer.status for answer in call.answers} == set(own["responses"])
        assert bool(call.bodies) == ("requestBody" in own)
        assert len(call.parameters) == len(
            [*described.get("parameters", ()), *own.get("parameters", ())]
        )
        assert all(f"<code>{each['name']}</code>" in docs for each in call.parameters)
    for name, schema in spec["components"]["schemas"].items():
        assert f"shape-{name}" in anchors.ids
        assert all(f"<code>{field}</code>" in docs for field in schema.get("properties", ()))
    for header in ("Rejoinder-Author", "Rejoinder-Edit-Token", "Idempotency-Key"):
        assert header in text


def test_every_link_leads_somewhere_and_every_anchor_is_one(blog: Blog, docs: str) -> None:
    anchors = Anchors(docs)
    assert len(anchors.ids) == len(set(anchors.ids))
    assert {link[1:] for link in anchors.links if link.startswith("#")} <= set(anchors.ids)
    for link in (link for link in anchors.links if not link.startswith("#")):
        assert blog.client.get(link).status_code == 200


def test_it_needs_no_script_and_nothing_from_elsewhere(blog: Blog, docs: str) -> None:
    anchors = Anchors(docs)
    assert not anchors.tags & {"script", "style", "img", "iframe", "form"}
    (icon, style) = anchors.loads
    assert icon == "data:,"
    sheet = blog.client.get(style)
    assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "url(" not in sheet.text
    assert blog.client.get("/pages/0/page.css").status_code == 404
    policy = blog.client.get("/docs/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe" not in policy


def test_the_page_is_kept_until_it_changes(blog: Blog) -> None:
    first = blog.client.get("/docs/", headers={"Accept-Encoding": "gzip"})
    again = blog.client.get(
        "/docs/", headers={"Accept-Encoding": "gzip", "If-None-Match": first.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"minimum": 0, "maximum": 50_000}, "0 to 50,000"),
        ({"minLength": 1}, "not empty"),
        ({"minimum": 1}, "at least 1"),
        ({"maxItems": 100, "default": []}, "at most 100 items; else empty"),
        ({"pattern": "[a-z]+"}, "as [a-z]+"),
        ({"default": False}, "else false"),
        ({"default": None}, ""),
    ],
)
def test_what_a_field_takes_is_said_in_words(schema: dict[str, Any], words: str) -> None:
    assert reference.limits(schema) == words


def test_a_description_cannot_write_the_page(app: Flask) -> None:
    hostile = "<script>`<b>`</script>"
    operation = {
        "tags": ["x"],
        "summary": hostile,
        "description": hostile,
        "parameters": [{"name": hostile, "in": "query", "schema": {"enum": [hostile, 1, None]}}],
        "responses": {"200": {"description": hostile}},
    }
    description = {
        "info": {"title": hostile, "version": "v1", "description": hostile},
        "tags": [{"name": "x", "description": hostile}],
        "paths": {"/<script>": {"get": operation}},
        "components": {"schemas": {"A": {"properties": {hostile: {"default": hostile}}}}},
    }
    with app.test_request_context():
        page = reference.page_of(description)
    assert not Anchors(page).tags & {"script", "b"}


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
NOWHERE = (
    "/nosuch",
    "/nosuch/",
    "/api/v1/nosuch",
    "/embed/messages/xx.json",
    "/dashboard/static/0/nosuch.js",
    "/docs/swagger-ui.css",
    "/pages/0/page.css",
    "/%3Cscript%3E",
    "/a%00b",
    "/%ff",
    "/" + "x" * 4000,
)


@pytest.mark.parametrize("path", NOWHERE)
def test_a_person_is_told_on_a_page_that_there_is_nothing(blog: Blog, path: str) -> None:
    answer = blog.client.get(path, headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert "There is no such page" in answer.text
    assert "<script" not in answer.text
    assert "Accept" in answer.vary
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    for link in Anchors(answer.text).links:
        assert blog.client.get(link).status_code == 200
    head = blog.client.head(path, headers={"Accept": BROWSER})
    assert (head.status_code, head.mimetype, head.data) == (404, "text/html", b"")
    assert "Accept" in head.vary


@pytest.mark.parametrize("path", NOWHERE)
@pytest.mark.parametrize(
    "accept",
    [
        None,
        "",
        "*/*",
        "application/json",
        "application/problem+json",
        "text/html;q=0.5, application/json",
        "text/html, application/json",
        "text/html;q=0, */*",
        "text/plain",
        "nonsense",
    ],
)
def test_a_program_is_told_by_a_problem_document(blog: Blog, path: str, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = blog.client.get(path, headers=headers)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    assert answer.json["code"] == "not-found"
    assert "Accept" in answer.vary


def test_what_is_missing_at_an_address_of_the_api_stays_a_problem(blog: Blog) -> None:
    path = f"{S}/comments/00000000-0000-7000-8000-000000000000"
    for accept in (BROWSER, "*/*"):
        answer = blog.client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")
    answer = blog.client.get("/v1/nosuch", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.mimetype) == (404, "application/json")
