"""A raid through the API: one entry in the queue, one decision, one undo."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from flask import Flask
from uuid_utils import uuid7

from moderation import raids
from moderation.clock import now
from moderation.services import services_of
from moderation.tokens import author_token, edit_token
from moderation.worker import Worker
from tests.support.app import ORIGIN, Blog, S
from tests.support.floods import TEXT, flood

CALM = {"audit_rate": 0.0, "proof": "off", "limits": {"comments_per_minute": 100_000}}


def flooded(blog: Blog, texts: list[str]) -> list[str]:
    """Post them, each as another reader."""
    secret = services_of(blog.client.application).settings.secret_key
    made = []
    for text in texts:
        token = author_token(secret, "blog", str(uuid7()))
        headers = {"Origin": ORIGIN, "Rejoinder-Author": token}
        made.append(blog.made(text, headers=headers)["id"])
    return made


@pytest.fixture
def calm(blog: Blog) -> Blog:
    """A site whose limits do not end a flood."""
    ask(blog, "PATCH", "", {"policy": CALM})
    return blog


def ask(blog: Blog, method: str, path: str, body: Any = None, **headers: str) -> Any:
    answer = blog.client.open(
        f"{S}{path}", method=method, json=body, headers={**blog.admin, **headers}
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json


def statuses(blog: Blog) -> Counter[str]:
    stats = blog.store.maintenance.stats("blog")
    return Counter({name: stats[f"comments.{name}"] for name in ("published", "held", "rejected")})


def groups(blog: Blog) -> Any:
    return ask(blog, "GET", "/queue/groups")["groups"]


def test_five_hundred_variants_are_decided_with_one_click_and_undone(calm: Blog) -> None:
    blog = calm
    bystander = blog.made("I have lived beside the old bridge for thirty years and will miss it.")
    made = flooded(blog, flood(500))
    (group,) = groups(blog)
    # By chance a variant may be too far from all the others, and is a comment as any other then.
    assert group["count"] >= 495
    assert group["waits"]
    assert len(group["examples"]) == 3
    before = standing(blog, made)
    shown = statuses(blog)

    body = {"action": "reject", "reason": "spam", "next": "reject"}
    path = f"/queue/groups/{group['id']}/decisions"
    once = str(uuid7())
    done = ask(blog, "POST", path, body, **{"Idempotency-Key": once})
    assert (done["changed"], done["left"]) == (group["count"], [])
    assert statuses(blog)["rejected"] == group["count"]
    assert blog.client.get(f"{S}/comments/{bystander['id']}").status_code == 200
    again = ask(blog, "POST", path, body, **{"Idempotency-Key": once})
    assert (again["batch"], again["changed"]) == (done["batch"], done["changed"])
    batches = ask(blog, "GET", "/audit?verb=batch")["entries"]
    assert [e["detail"]["comments"] for e in batches] == [group["count"]]

    # The next ones are rejected as they come, and told so to moderators alone.
    (late,) = flooded(blog, [TEXT + " at last"])
    case = ask(blog, "GET", f"/queue/{late}")
    assert case["comment"]["status"] == "rejected"
    assert case["comment"]["verdict"]["reasons"][0]["rule"] == "raid"
    assert case["comment"]["verdict"]["reasons"][0]["detail"] == group["id"]

    undone = ask(blog, "POST", f"/batches/{done['batch']}/undo")
    assert all(result["ok"] for result in undone["results"])
    assert undone["judged_anew"] == 1
    assert statuses(blog) == shown + Counter(published=1)
    (back,) = groups(blog)
    assert back["next"] is None
    assert back["count"] == group["count"] + 1
    assert standing(blog, made) == before
    assert standing(blog, [late])[0][:2] == ("published", ())


def standing(blog: Blog, comments: list[str]) -> list[tuple[Any, ...]]:
    """All that a decision may change of comments and their authors."""
    cases = blog.store.queue.cases("blog", comments, now=0)
    assert len(cases) == len(comments)
    return [(c.comment.status, c.lanes, c.queued, c.priority, c.author, c.claim) for c in cases]


def test_the_queue_has_one_entry_for_a_group(calm: Blog) -> None:
    blog = calm
    ask(blog, "PATCH", "", {"policy": {**CALM, "words": {"hold": ["scandal"]}}})
    single = blog.made("A scandal that they closed the pool.")["id"]
    made = flooded(blog, [TEXT + "!" * i for i in range(7)])
    assert len(blog.queue()["cases"]) == 8
    assert [c["comment"]["id"] for c in blog.queue(grouped="true", limit=5)["cases"]] == [single]
    (group,) = groups(blog)
    assert (group["count"], group["held"], group["published"]) == (7, 7, 0)
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = ask(blog, "GET", f"/queue/groups/{group['id']}?limit=3{cursor}")
        seen += [case["comment"]["id"] for case in page["cases"]]
        cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
    assert seen == made[::-1]
    # Decided on one by one, they are no group any more.
    for comment in made:
        assert blog.decide(comment, "approve").status_code == 201
    assert groups(blog) == []


def test_a_site_may_have_raids_held(calm: Blog, app: Flask) -> None:
    blog = calm
    ask(blog, "PATCH", "", {"policy": {**CALM, "raids": "hold"}})
    made = flooded(blog, [TEXT + "!" * i for i in range(6)])
    assert statuses(blog) == Counter(published=4, held=2)
    Worker(services_of(app)).run_once()
    assert statuses(blog) == Counter(held=6)
    # An edit does not take a comment out of it, and who approves the group lets the next ones be.
    secret = services_of(app).settings.secret_key
    answer = blog.client.patch(
        f"{S}/comments/{made[5]}",
        json={"text": f"{TEXT}, they say"},
        headers={"Origin": ORIGIN, "Rejoinder-Edit-Token": edit_token(secret, "blog", made[5])},
    )
    assert answer.json["status"] == "held"
    (group,) = groups(blog)
    path = f"/queue/groups/{group['id']}/decisions"
    done = ask(blog, "POST", path, {"action": "approve"})
    assert done["changed"] == 5
    assert [left["error"]["code"] for left in done["left"]] == ["changed"]
    flooded(blog, [TEXT + " ok"])
    assert statuses(blog) == Counter(published=6, held=1)
    refused = blog.client.post(
        f"{S}{path}", json={"action": "approve", "next": "reject"}, headers=blog.admin
    )
    assert refused.status_code == 422
    # Without it nothing is looked for.
    ask(blog, "PATCH", "", {"policy": {**CALM, "raids": "off"}})
    services = services_of(app)
    before = services.store.groups.get("blog", group["id"]).count
    flooded(blog, [TEXT] * 3)
    assert services.store.groups.get("blog", group["id"]).count == before
    assert raids.hold_published(services, "blog", group["id"], now=now()) == 0
