"""No cache keeps what is for one caller: every route of the app is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from flask import Flask

from tests.support.app import Blog

# What anybody may read, and a cache may keep as its own headers say; GET and HEAD of these only.
PUBLIC = {
    "/",
    "/dashboard/",
    "/dashboard/<path:unknown>",
    "/dashboard/account",
    "/dashboard/authors/<author>",
    "/dashboard/cases/<uuid:comment>",
    "/dashboard/history",
    "/dashboard/icon/<int:count>.svg",
    "/dashboard/login",
    "/dashboard/settings",
    "/dashboard/settings/webhooks",
    "/dashboard/static/<version>/<path:name>",
    "/dashboard/threads",
    "/docs/",
    "/embed.js",
    "/embed/<name>.js",
    "/embed/messages/<language>.json",
    "/latest.js",
    "/openapi.json",
    "/api/v1/sites/<site>/comments/<comment>/replies",
    "/api/v1/sites/<site>/comments.atom",
    "/api/v1/sites/<site>/comments/latest",
    "/api/v1/sites/<site>/counts",
    "/api/v1/sites/<site>/settings",
    "/api/v1/sites/<site>/threads",
    "/api/v1/sites/<site>/threads.atom",
}


def _calls(app: Flask) -> Iterator[tuple[str, str, str]]:
    values = {"site": "blog", "comment": "01a21dfb-8ea0-77a4-a5c7-9831bac1f27a"}
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values.get(found[1], "nothing"), rule.rule)
        for method in sorted((rule.methods or set()) - {"OPTIONS"}):
            yield method, rule.rule, path


def test_every_answer_but_the_public_ones_is_kept_by_nobody(blog: Blog, app: Flask) -> None:
    _, link = blog.moderator("ada@blog.example")
    browser = app.test_client()
    csrf = browser.post("/api/v1/session", json={"token": link}).json["csrf"]
    reader = blog.author()
    asked = 0
    for method, rule, path in _calls(app):
        if rule in PUBLIC and method in ("GET", "HEAD"):
            continue
        for client, headers in (
            (blog.client, {}),
            (blog.client, reader),
            (blog.client, blog.admin),
            (browser, {"Rejoinder-CSRF": csrf}),
        ):
            # The session is needed until the end.
            if client is browser and (method, rule) == ("DELETE", "/api/v1/session"):
                continue
            body = None if method in ("GET", "HEAD", "DELETE") else {}
            answer = client.open(path, method=method, headers=headers, json=body)
            assert "no-store" in answer.headers.get("Cache-Control", ""), (method, rule)
            asked += 1
    assert asked > 200


def test_what_is_public_is_still_there(app: Flask) -> None:
    assert {rule.rule for rule in app.url_map.iter_rules()} >= PUBLIC


def test_lists_of_people_are_kept_by_nobody(blog: Blog) -> None:
    for path in ("moderators", "suggestions", "keys", "audit", "queue"):
        answer = blog.client.get(f"/api/v1/sites/blog/{path}", headers=blog.admin)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, no-store"
