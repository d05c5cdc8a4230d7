"""A moderator chooses over the API which mails to get."""

from __future__ import annotations

from typing import Any

import pytest

from moderation import clock
from tests.outbound.conftest import HOST, Post
from tests.support.app import Blog

PATH = "/api/v1/session/mail"


@pytest.fixture
def ann(blog: Blog) -> dict[str, Any]:
    """Her headers, logged in over TLS."""
    _, link = blog.moderator("ann@example.org")
    answer = blog.client.post("/api/v1/session", json={"token": link}, base_url=HOST)
    assert answer.status_code == 200
    return {"headers": {"Rejoinder-CSRF": answer.json["csrf"]}, "base_url": HOST}


def test_what_was_chosen_counts(blog: Blog, ann: dict[str, Any], post: Post) -> None:
    found = blog.client.get(PATH, **ann).json
    assert (found["wants"], found["hours"], found["available"]) == ("waiting", [], True)
    assert "de" in found["languages"]
    chosen = {"wants": "all", "hours": [17, 8, 8], "zone": "Europe/Berlin", "language": "de"}
    answer = blog.client.put(PATH, json=chosen, **ann)
    assert answer.status_code == 200
    assert answer.json == found | chosen | {"hours": [8, 17]}
    assert blog.client.get(PATH, **ann).json == answer.json
    (kept,) = blog.store.mail.choices("blog").values()
    assert (kept.wants, kept.hours, kept.zone) == ("all", (8, 17), "Europe/Berlin")
    (entry, *_), _ = blog.store.streams.audit("blog", limit=1)
    assert (entry.verb, entry.detail) == ("choose-mail", {"wants": "all"})


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"wants": "some"}, "invalid"),
        ({"wants": "all", "hours": [24]}, "invalid"),
        ({"wants": "all", "zone": "../../etc/passwd"}, "bad-time-zone"),
        ({"wants": "all", "zone": "Mars/Olympus"}, "bad-time-zone"),
        ({"wants": "all", "language": "tlh"}, "invalid"),
        ({}, "invalid"),
    ],
)
def test_a_wrong_choice_changes_nothing(
    blog: Blog, ann: dict[str, Any], wrong: dict[str, Any], code: str
) -> None:
    answer = blog.client.put(PATH, json=wrong, **ann)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert blog.store.mail.choices("blog") == {}


def test_it_is_ones_own(blog: Blog, ann: dict[str, Any]) -> None:
    strange = {"base_url": HOST, "headers": {"Rejoinder-CSRF": "wrong"}}
    assert blog.client.put(PATH, json={"wants": "never"}, **strange).status_code == 403
    blog.client.delete_cookie("__Host-rejoinder_session", domain="comments.example.org")
    assert blog.client.get(PATH, base_url=HOST).status_code == 401


def test_an_address_that_was_switched_off_is_said(
    blog: Blog, ann: dict[str, Any], post: Post
) -> None:
    post.server.refuse["ann@example.org"] = "550 No such user"
    blog.made("Such an idiot.")
    for after in (2 * clock.MINUTE, clock.HOUR, clock.DAY):
        post.deliver(after)
    assert blog.client.get(PATH, **ann).json["switched_off"] is True
    answer = blog.client.put(PATH, json={"wants": "waiting"}, **ann)
    assert answer.json["switched_off"] is False
