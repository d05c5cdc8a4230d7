"""Webhooks as admins set them up: who may, what is refused, what is shown when."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from moderation import clock
from moderation.outbound.webhooks.events import fan_out
from moderation.outbound.webhooks.sender import Sender
from moderation.services import Services, services_of
from tests.support.app import Blog
from tests.support.receiver import receiving

HOOKS = "/api/v1/sites/blog/webhooks"
URL = "https://hooks.example.org/in?token=s3cret"


@pytest.fixture
def services(app: Any) -> Services:
    found = services_of(app)
    networks = (ip_network("127.0.0.0/8"),)
    made = replace(found, settings=replace(found.settings, webhook_networks=networks))
    made.attach(app)
    return made


def make(blog: Blog, **given: Any) -> Any:
    body = {"url": URL, "events": ["comment.held"], **given}
    return blog.client.post(HOOKS, json=body, headers=blog.admin)


def listed(blog: Blog) -> Any:
    return blog.client.get(HOOKS, headers=blog.admin).json


def test_a_webhook_is_made_read_changed_and_removed(blog: Blog) -> None:
    answer = make(blog, name="Ours")
    assert answer.status_code == 201, answer.text
    made = answer.json
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["events"], made["format"], made["name"], made["active"]) == (
        URL,
        ["comment.held"],
        "standard",
        "Ours",
        True,
    )
    (shown,) = listed(blog)["webhooks"]
    assert "secret" not in shown
    assert shown == {name: value for name, value in made.items() if name != "secret"}
    path = f"{HOOKS}/{made['id']}"
    changed = blog.client.patch(
        path, json={"events": ["*"], "active": False}, headers=blog.admin
    ).json
    assert (changed["events"], changed["active"], changed["off"]) == (["*"], False, "by-hand")
    assert blog.client.patch(path, json={"active": True}, headers=blog.admin).json["active"]
    rotated = blog.client.post(f"{path}/secret", headers=blog.admin)
    assert rotated.status_code == 201
    assert rotated.json["secret"] not in ("", made["secret"])
    assert blog.client.delete(path, headers=blog.admin).status_code == 204
    assert listed(blog)["webhooks"] == []
    for verb, more in (("get", ""), ("delete", ""), ("post", "/secret"), ("post", "/test")):
        gone = getattr(blog.client, verb)(path + more, headers=blog.admin)
        assert (gone.status_code, gone.json["code"]) == (404, "not-found")


def test_it_says_what_may_be_asked_for(blog: Blog) -> None:
    found = listed(blog)
    assert {"comment.created", "report.created", "author.measured"} <= set(found["events"])
    assert found["formats"] == ["standard", "slack", "discord", "mattermost", "matrix"]


def test_only_admins_see_or_make_them(blog: Blog) -> None:
    headers, _ = blog.moderator("mod@blog.example")
    for call in (
        blog.client.get(HOOKS, headers=headers),
        blog.client.post(HOOKS, json={"url": URL, "events": ["*"]}, headers=headers),
        blog.client.get(f"{HOOKS}/undelivered", headers=headers),
    ):
        assert (call.status_code, call.json["code"]) == (403, "scope")
    assert blog.client.get(HOOKS).status_code == 401
    admin, _ = blog.moderator("admin@blog.example", "admin")
    assert blog.client.get(HOOKS, headers=admin).status_code == 200


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"url": "http://hooks.example.org/"}, "bad-target"),
        ({"url": "https://127.0.0.1/"}, "bad-target"),
        ({"url": "https://169.254.169.254/"}, "bad-target"),
        ({"url": "https://[::1]/"}, "bad-target"),
        ({"url": "https://me:word@hooks.example.org/"}, "bad-url"),
        ({"url": "nonsense"}, "bad-url"),
        ({"url": ""}, "empty"),
        ({"events": []}, "invalid"),
        ({"events": ["comment.hidden"]}, "invalid"),
        ({"format": "telegram"}, "invalid"),
        ({"secret": "whsec_AAAA"}, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(
    blog: Blog, unchanged: Any, given: dict[str, Any], code: str
) -> None:
    answer = make(blog, **given)
    assert answer.status_code == 422, answer.text
    codes = {answer.json["code"], *(each.get("code") for each in answer.json.get("errors", []))}
    assert code in codes
    unchanged()


def test_an_address_cannot_be_changed_to_a_private_one(blog: Blog) -> None:
    made = make(blog).json
    answer = blog.client.patch(
        f"{HOOKS}/{made['id']}", json={"url": "https://10.0.0.1/"}, headers=blog.admin
    )
    assert (answer.status_code, answer.json["code"]) == (422, "bad-target")


def test_there_are_twenty_at_most(blog: Blog) -> None:
    for _ in range(20):
        assert make(blog).status_code == 201
    answer = make(blog)
    assert (answer.status_code, answer.json["code"]) == (409, "too-many-webhooks")


def test_a_test_arrives_and_is_seen(blog: Blog, services: Services) -> None:
    with receiving() as receiver:
        made = make(blog, url=receiver.url).json
        path = f"{HOOKS}/{made['id']}"
        assert blog.client.post(f"{path}/test", headers=blog.admin).status_code == 202
        assert blog.client.get(path, headers=blog.admin).json["waiting"] == 1
        Sender(services).run_once()
        (message,) = receiver.verified(made["secret"])
        assert (message["type"], message["data"]) == ("webhook.test", {"site": "blog"})
        shown = blog.client.get(path, headers=blog.admin).json
        assert (shown["waiting"], shown["error"], shown["failed"]) == (0, "", None)
        assert shown["delivered"].endswith("Z")


def test_what_did_not_arrive_is_listed_and_replayed(blog: Blog, services: Services) -> None:
    with receiving(lambda *_: (500, {}, b"")) as receiver:
        made = make(blog, url=receiver.url, events=["comment.created"]).json
        other = make(blog, events=["comment.created"]).json
        blog.client.patch(f"{HOOKS}/{other['id']}", json={"active": False}, headers=blog.admin)
        comments = [blog.made(f"Point {n}.", headers=blog.admin)["id"] for n in range(3)]
        fan_out(services.store, "blog", now=clock.now())
        later = clock.now()
        sender = Sender(services, clock=lambda: later)
        for _ in range(8):
            sender.run_once()
            later += 11 * 3_600_000
        found = blog.client.get(f"{HOOKS}/undelivered?limit=2", headers=blog.admin).json
        assert len(found["undelivered"]) == 2
        assert {each["reason"] for each in found["undelivered"]} == {"It answered 500."}
        rest = blog.client.get(
            f"{HOOKS}/undelivered?cursor={found['next_cursor']}", headers=blog.admin
        ).json
        assert rest["next_cursor"] is None
        everything = [*found["undelivered"], *rest["undelivered"]]
        assert sorted(each["subject"] for each in everything) == sorted(comments)
        none = blog.client.get(f"{HOOKS}/undelivered?webhook={other['id']}", headers=blog.admin)
        assert none.json["undelivered"] == []

        receiver.reply = lambda *_: (200, {}, b"")
        receiver.got.clear()
        path = f"{HOOKS}/undelivered/{everything[0]['id']}/replay"
        assert blog.client.post(path, headers=blog.admin).json == {"replayed": 1}
        assert blog.client.post(path, headers=blog.admin).status_code == 404
        answer = blog.client.post(f"{HOOKS}/{made['id']}/replay", headers=blog.admin)
        assert (answer.status_code, answer.json) == (202, {"replayed": 2})
        sender.run_once()
        assert sorted(comment for _, comment in receiver.events()) == sorted(comments)
        left = blog.client.get(f"{HOOKS}/undelivered", headers=blog.admin).json
        assert left == {"undelivered": [], "next_cursor": None}


@pytest.mark.parametrize("delivery", ["x", "1", "1-1-1", "99999999999999999999-1"])
def test_a_delivery_that_is_none_is_not_found(blog: Blog, delivery: str) -> None:
    path = f"{HOOKS}/undelivered/{delivery}/replay"
    assert blog.client.post(path, headers=blog.admin).status_code in (404, 422)


def test_the_audit_says_what_was_changed_without_addresses(blog: Blog) -> None:
    made = make(blog).json
    blog.client.patch(f"{HOOKS}/{made['id']}", json={"name": "N"}, headers=blog.admin)
    blog.client.delete(f"{HOOKS}/{made['id']}", headers=blog.admin)
    entries = blog.client.get("/api/v1/sites/blog/audit?limit=3", headers=blog.admin).json
    verbs = [(each["verb"], each["subject"]) for each in entries["entries"]]
    assert verbs == [
        (verb, made["id"]) for verb in ("remove-webhook", "update-webhook", "add-webhook")
    ]
    assert "s3cret" not in str(entries)
