"""Measures over HTTP: what moderators set, what authors are told, and that no race lets one by."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from moderation.clock import now
from tests.support.app import ORIGIN, PAGE, Blog, S

RESTORED = (b":queue", b":totals", b":roots", b":top", b":replies", b":measured")


def _in(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


def _measure(blog: Blog, author: str, headers: Any = None, **body: Any) -> Any:
    return blog.client.post(
        f"{S}/authors/{author}/measures", json=body, headers=headers or blog.admin
    )


def _undo(blog: Blog, measure: str) -> Any:
    return blog.client.post(f"{S}/measures/{measure}/undo", headers=blog.admin)


def _known(blog: Blog, text: str = "A fair point.") -> tuple[dict[str, str], str]:
    """A reader who has written: their headers, and their id."""
    headers = blog.author()
    return headers, blog.made(text, headers=headers)["author"]["id"]


def _mine(blog: Blog, headers: dict[str, str]) -> Any:
    return blog.client.get(f"{S}/threads/mine", query_string={"url": PAGE}, headers=headers).json


def _comments(blog: Blog, author: str) -> Any:
    answer = blog.client.get(f"{S}/authors/{author}/comments", headers=blog.admin)
    return answer.json["comments"]


def _statuses(blog: Blog, author: str) -> list[str]:
    return [comment["status"] for comment in _comments(blog, author)]


def test_who_is_banned_is_told_so_and_why(blog: Blog) -> None:
    ada, author = _known(blog)
    made = _measure(blog, author, kind="ban", reason="Spam, again.", note="see the log")
    assert made.status_code == 201, made.text
    assert (made.json["kind"], made.json["holds"], made.json["until"]) == ("ban", True, None)
    refused = blog.post("Let me in.", headers=ada)
    assert (refused.status_code, refused.json["code"]) == (403, "author-banned")
    assert (refused.json["until"], refused.json["reason"]) == (None, "Spam, again.")
    assert "banned you" in refused.json["detail"]
    assert "Spam, again." in refused.json["detail"]
    assert "log" not in refused.text
    told = _mine(blog, ada)["measure"]
    assert told == {"kind": "ban", "barred": True} | {
        name: refused.json[name] for name in ("until", "reason", "code", "detail")
    }
    assert blog.post("I am another.").status_code == 201


def test_who_is_suspended_is_told_until_when_and_then_may_write(blog: Blog) -> None:
    ada, author = _known(blog)
    made = _measure(blog, author, kind="suspend", until=_in(seconds=2))
    refused = blog.post("Let me in.", headers=ada)
    assert (refused.status_code, refused.json["code"]) == (403, "author-suspended")
    assert refused.json["until"] == made.json["until"]
    assert "UTC" in refused.json["detail"]
    over = datetime.fromisoformat(made.json["until"]).timestamp() * 1000
    pause = threading.Event()
    while now() < over + 5:
        pause.wait(0.05)
    assert blog.post("Let me in.", headers=ada).status_code == 201
    assert "measure" not in _mine(blog, ada)
    listed = blog.client.get(f"{S}/authors/{author}/measures", headers=blog.admin).json
    assert [one["holds"] for one in listed["measures"]] == [False]


def test_an_author_edits_nothing_while_banned_but_may_delete(blog: Blog) -> None:
    ada = blog.author()
    made = blog.made("A fair point.", headers=ada)
    _measure(blog, made["author"]["id"], kind="ban")
    edit = {**ada, "Rejoinder-Edit-Token": made["edit_token"]}
    url = f"{S}/comments/{made['id']}"
    refused = blog.client.patch(url, json={"text": "Buy my soap."}, headers=edit)
    assert (refused.status_code, refused.json["code"]) == (403, "author-banned")
    mended = blog.client.patch(url, json={"text": "A point."}, headers=blog.admin)
    assert mended.status_code == 200
    assert blog.client.delete(url, headers=edit).status_code == 200


def test_under_review_all_waits_and_is_said_to(blog: Blog) -> None:
    ada, author = _known(blog)
    _measure(blog, author, kind="review", until=_in(days=3), reason="After the quarrel.")
    held = blog.made("A fair point, again.", headers=ada)
    assert held["status"] == "held"
    assert held["notice"]
    (case,) = blog.queue()["cases"]
    assert [reason["rule"] for reason in case["comment"]["verdict"]["reasons"]] == ["author_review"]
    told = _mine(blog, ada)["measure"]
    assert (told["code"], told["barred"]) == ("author-review", False)
    assert "before they are shown until" in told["detail"]
    assert told["detail"].endswith("UTC. After the quarrel.")
    url = f"{S}/comments/{_comments(blog, author)[-1]['id']}"
    changed = blog.client.patch(url, json={"text": "Another point."}, headers=ada)
    assert changed.json["status"] == "held"


def test_the_trusted_are_published_and_what_would_be_held_is_flagged(blog: Blog) -> None:
    policy = {"audit_rate": 0.0, "first_comment": "hold"}
    blog.store.sites.update("blog", policy=policy, actor="test", now=now())
    ada, author = _known(blog)
    assert _statuses(blog, author) == ["held"]
    _measure(blog, author, kind="trust")
    made = blog.made("You idiot!", headers=ada)
    assert made["status"] == "published"
    (case,) = (c for c in blog.queue()["cases"] if c["comment"]["id"] == made["id"])
    verdict = case["comment"]["verdict"]
    assert verdict["action"] == "flag"
    assert verdict["reasons"][-1]["rule"] == "author_trusted"
    # Nobody is told that they are trusted.
    assert "measure" not in _mine(blog, ada)


def test_rejecting_what_is_there_and_one_undo_for_all_of_it(blog: Blog) -> None:
    ada, author = _known(blog)
    blog.made("You idiot!", headers=ada)
    other = blog.made("A third one.", headers=ada)
    assert blog.decide(other["id"], "reject").status_code == 201
    blog.made("By somebody else.")
    before = {k: v for k, v in blog.everything().items() if k.endswith(RESTORED)}
    trusted = _measure(blog, author, kind="trust").json
    made = _measure(blog, author, kind="ban", reason="Spam.", reject_existing=True).json
    assert (made["changed"], made["left"], made["more"]) == (2, [], False)
    assert made["replaces"] == [trusted["id"]]
    assert _statuses(blog, author) == ["rejected"] * 3
    assert blog.thread()["thread"]["count"] == 1
    undone = _undo(blog, made["id"])
    assert undone.status_code == 201, undone.text
    assert (undone.json["changed"], undone.json["holds"]) == (2, False)
    assert _statuses(blog, author) == ["rejected", "held", "published"]
    assert _undo(blog, made["id"]).json["code"] == "superseded"
    assert _undo(blog, trusted["id"]).status_code == 201
    assert {k: v for k, v in blog.everything().items() if k.endswith(RESTORED)} == before
    assert blog.store.maintenance.check("blog") == []


def test_what_was_decided_since_stays_and_is_named(blog: Blog) -> None:
    ada, author = _known(blog)
    second = blog.made("Another.", headers=ada)
    made = _measure(blog, author, kind="ban", reject_existing=True).json
    assert blog.decide(second["id"], "approve").status_code == 201
    undone = _undo(blog, made["id"]).json
    assert undone["changed"] == 1
    left = [(one["comment"], one["error"]["code"]) for one in undone["left"]]
    assert left == [(second["id"], "superseded")]


def test_by_address(blog: Blog) -> None:
    _, author = _known(blog)
    elsewhere: Any = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}}
    made = blog.client.post(
        f"{S}/authors/{author}/measures",
        json={"kind": "ban", "address": True},
        headers=blog.admin,
        **elsewhere,
    )
    assert made.status_code == 201, made.text
    assert made.json["address"] is True
    assert blog.post("With a new token.").json["code"] == "author-banned"
    body = {"thread": {"url": PAGE}, "text": "Without a token."}
    headers = {"Origin": ORIGIN}
    tokenless = blog.client.post(f"{S}/comments", json=body, headers=headers)
    assert tokenless.json["code"] == "author-banned"
    passed = blog.client.post(f"{S}/comments", json=body, headers=headers, **elsewhere)
    assert passed.status_code == 201
    assert b"127.0.0.1" not in b"".join(blog.everything().values())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "ban", "until": "2020-01-01T00:00:00Z"}, "past-expiry"),
        ({"kind": "suspend", "until": "0001-01-01T00:00:00Z"}, "past-expiry"),
        ({"kind": "suspend"}, "invalid"),
        ({"kind": "silence"}, "invalid"),
        ({"kind": "ban", "until": "tomorrow"}, "invalid"),
        ({"kind": "ban", "until": 12}, "invalid"),
        ({"kind": "trust", "reject_existing": True}, "invalid"),
        ({"kind": "ban", "reason": "x" * 501}, "too-long"),
        ({"kind": "ban", "hours": 3}, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(blog: Blog, body: Any, code: str) -> None:
    _, author = _known(blog)
    before = blog.everything()
    answer = _measure(blog, author, **body)
    assert (answer.status_code, answer.json["code"]) == (422, code)
    assert blog.everything() == before


def test_nobody_measures_themselves_or_who_ranks_above_them(blog: Blog) -> None:
    boss, _ = blog.moderator("boss@blog.example", role="owner")
    mod, _ = blog.moderator("mod@blog.example")
    by_boss = blog.made("As the owner.", headers=boss)["author"]["id"]
    by_mod = blog.made("As a moderator.", headers=mod)["author"]["id"]
    ada, author = _known(blog)
    before = blog.everything()
    for headers, of, code in (
        (mod, by_mod, "own-measure"),
        (boss, by_boss, "own-measure"),
        (mod, by_boss, "scope"),
        (blog.admin, by_boss, "last-owner"),
    ):
        answer = _measure(blog, of, headers, kind="ban")
        assert (answer.status_code, answer.json["code"]) == (403, code)
    own_house = _measure(blog, author, kind="ban", address=True)
    assert (own_house.status_code, own_house.json["code"]) == (403, "own-measure")
    assert _measure(blog, "nobody", kind="ban").status_code == 404
    assert _measure(blog, author, ada, kind="ban").status_code == 401
    assert blog.everything() == before


def test_no_race_lets_one_by(blog: Blog) -> None:
    """The audit has the order in which things were written: nothing of theirs after the ban."""
    ada, author = _known(blog)
    app = blog.client.application
    started = threading.Barrier(5)

    def write(n: int) -> list[int]:
        client = app.test_client()
        started.wait()
        answers = []
        for m in range(8):
            body = {"thread": {"url": PAGE}, "text": f"Number {n} and {m}."}
            answers.append(client.post(f"{S}/comments", json=body, headers=ada).status_code)
        return answers

    with ThreadPoolExecutor(5) as pool:
        writers = [pool.submit(write, n) for n in range(4)]
        started.wait()
        for kind in ("review", "ban"):
            assert _measure(blog, author, kind=kind).status_code == 201
        codes = {code for writer in writers for code in writer.result()}
    assert codes <= {201, 403, 429}
    entries, _ = blog.store.streams.audit("blog", limit=100)
    kinds: list[str] = []
    for entry in reversed(entries):
        if entry.verb == "measure":
            kinds.append(entry.detail["kind"])
        elif entry.verb == "submit" and entry.actor == author:
            assert kinds in ([], ["review"])
            assert entry.detail["status"] == ("held" if kinds else "published")
    assert kinds == ["review", "ban"]


def test_a_request_that_is_sent_again_is_done_once(blog: Blog) -> None:
    _, author = _known(blog)
    headers = {**blog.admin, "Idempotency-Key": "once"}
    body = {"kind": "ban", "reject_existing": True}
    first = _measure(blog, author, headers, **body).json
    again = _measure(blog, author, headers, **body).json
    assert (again["id"], again["batch"]) == (first["id"], first["batch"])
    listed = blog.client.get(f"{S}/authors/{author}/measures", headers=blog.admin).json
    assert [one["id"] for one in listed["measures"]] == [first["id"]]
    assert _undo(blog, first["id"]).json["changed"] == 1
    assert _statuses(blog, author) == ["published"]
