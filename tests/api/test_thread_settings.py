"""A thread's own settings over HTTP: who may set them, and what readers and authors then meet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.app import ORIGIN, PAGE, Blog, S


def change(blog: Blog, thread: str, **given: Any) -> Any:
    answer = blog.client.patch(f"{S}/threads/{thread}", json=given, headers=blog.admin)
    assert answer.status_code == 200, answer.text
    return answer.json


def listed(blog: Blog, **query: Any) -> Any:
    answer = blog.client.get(f"{S}/threads/list", query_string=query, headers=blog.admin)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_only_who_works_the_queue_sees_and_changes_them(blog: Blog) -> None:
    thread = blog.made()["thread"]
    calls = [
        ("get", f"{S}/threads/list", None),
        ("get", f"{S}/threads/{thread}", None),
        ("patch", f"{S}/threads/{thread}", {"hidden": True}),
        ("post", f"{S}/threads/{thread}/changes/1-1/undo", None),
    ]
    for method, path, body in calls:
        for headers in ({"Origin": ORIGIN}, blog.author()):
            answer = getattr(blog.client, method)(path, json=body, headers=headers)
            assert answer.status_code in (401, 403), (path, answer.text)
    moderator, _ = blog.moderator("mo@blog.example")
    read = blog.client.get(f"{S}/threads/{thread}", headers=moderator)
    assert read.status_code == 200
    assert "no-store" in read.headers["Cache-Control"]
    assert read.json["hidden"] is False


@pytest.mark.parametrize(
    "given",
    [
        {"premoderate": "some"},
        {"slow_seconds": -1},
        {"slow_seconds": 86_401},
        {"slow_seconds": "5"},
        {"hidden": 1},
        {"pinned": "x"},
        {"authors": ["a b"]},
        {"authors": ["x"] * 21},
        {"pinned": "00000000-0000-7000-8000-000000000000"},
        {},
    ],
)
def test_what_is_none_of_the_choices_changes_nothing(blog: Blog, given: Any) -> None:
    thread = blog.made()["thread"]
    before = blog.everything()
    refused = blog.client.patch(f"{S}/threads/{thread}", json=given, headers=blog.admin)
    assert refused.status_code == 422, refused.text
    assert blog.everything() == before


def test_a_change_is_read_listed_and_undone(blog: Blog) -> None:
    made = blog.made(author={"name": "Ann"})
    thread, author = made["thread"], made["author"]["id"]
    tag = blog.client.get(f"{S}/threads", query_string={"url": PAGE}).headers["ETag"]
    done = change(
        blog, thread, slow_seconds=60, premoderate="all", pinned=made["id"], authors=[author]
    )
    assert done["change"]
    page = blog.client.get(f"{S}/threads", query_string={"url": PAGE})
    assert page.headers["ETag"] != tag
    assert page.json["thread"] | {"slow_seconds": 60, "pinned": made["id"]} == page.json["thread"]
    read = blog.client.get(f"{S}/threads/{thread}", headers=blog.admin).json
    assert read["names"] == {author: "Ann"}
    assert read["pinned_comment"]["excerpt"] == "A fair point."
    (row,) = listed(blog)["threads"]
    assert {name: read[name] for name in row} == row
    assert (row["premoderate"], row["waiting"], row["expired"]) == ("all", 0, False)
    path = f"{S}/threads/{thread}/changes/{done['change']}/undo"
    undone = blog.client.post(path, headers=blog.admin)
    assert (undone.status_code, undone.json["slow_seconds"]) == (200, 0)
    again = blog.client.post(path, headers=blog.admin)
    assert (again.status_code, again.json["code"]) == (409, "superseded")
    assert change(blog, thread, closed=False)["change"] is None
    once = {**blog.admin, "Idempotency-Key": "k"}
    answers = [
        blog.client.patch(f"{S}/threads/{thread}", json={"closed": True}, headers=once).json
        for _ in range(2)
    ]
    assert answers[0]["change"] == answers[1]["change"] is not None


def test_the_list_is_searched_filtered_and_paged(blog: Blog) -> None:
    for name in ("Apples", "Pears", "Plums"):
        blog.made(thread={"url": f"{ORIGIN}/{name.lower()}", "title": name})
    waiting = blog.made("You idiot.", thread={"url": f"{ORIGIN}/pears"})["thread"]
    titles = lambda **query: [t["title"] for t in listed(blog, **query)["threads"]]  # noqa: E731
    assert titles() == ["Pears", "Plums", "Apples"]
    first = listed(blog, limit=2)
    assert titles(limit=2, cursor=first["next_cursor"]) == ["Apples"]
    assert titles(search="PL ums") == ["Plums"]
    assert titles(sort="waiting") == ["Pears"]
    change(blog, waiting, closed=True)
    assert titles(state="closed") == ["Pears"]
    assert titles(state="open", sort="comments") == ["Plums", "Apples"]
    for wrong in ({"sort": "x"}, {"state": "x"}, {"cursor": "x"}, {"limit": 101}):
        bad = blog.client.get(f"{S}/threads/list", query_string=wrong, headers=blog.admin)
        assert bad.status_code == 422


def test_a_thread_premoderates_in_its_own_way(blog: Blog) -> None:
    first = blog.made("A fair point.")
    change(blog, first["thread"], premoderate="all")
    held = blog.made("Another fair point.")
    assert held["status"] == "held"
    reasons = blog.queue()["cases"][0]["comment"]["verdict"]["reasons"]
    assert [r["rule"] for r in reasons] == ["premoderated"]
    assert blog.made("Elsewhere.", thread={"url": f"{PAGE}/b"})["status"] == "published"
    edited = blog.client.patch(
        f"{S}/comments/{first['id']}",
        json={"text": "A fairer point."},
        headers={"Origin": ORIGIN, "Rejoinder-Edit-Token": first["edit_token"]},
    )
    assert edited.json["status"] == "held"
    blog.client.patch(S, json={"policy": {"premoderate": "all"}}, headers=blog.admin)
    assert blog.made("Elsewhere too.", thread={"url": f"{PAGE}/b"})["status"] == "held"
    change(blog, first["thread"], premoderate="none")
    assert blog.made("At once.")["status"] == "published"


def test_slow_mode_tells_how_long_and_spares_staff_and_edits(blog: Blog) -> None:
    ann = blog.author()
    first = blog.made("One.", headers=ann)
    change(blog, first["thread"], slow_seconds=300)
    second = blog.made("Two.", headers=ann)
    slow = blog.post("Three.", headers=ann)
    assert (slow.status_code, slow.json["code"]) == (429, "slow-mode")
    assert 290 < int(slow.headers["Retry-After"]) <= 300
    assert "300 seconds" in slow.json["detail"]
    assert slow.headers["Content-Type"] == "application/problem+json"
    edit = {"Origin": ORIGIN, "Rejoinder-Edit-Token": second["edit_token"]}
    path = f"{S}/comments/{second['id']}"
    assert blog.client.patch(path, json={"text": "Too."}, headers=edit).status_code == 200
    moderator, _ = blog.moderator("mo@blog.example")
    for n in range(2):
        blog.made(f"As staff {n}.", headers=moderator)
    # Without a token it is the address that waits, so that leaving the token out is no way round.
    nobody = {"Origin": ORIGIN}
    blog.made("Without a token.", headers=nobody)
    assert blog.post("And again.", headers=nobody).json["code"] == "slow-mode"
    assert [c["text"] for c in blog.thread()["comments"]].count("Three.") == 0


def test_a_hidden_thread_is_nowhere_for_readers_and_there_for_staff(blog: Blog) -> None:
    made = blog.made("To be hidden.")
    change(blog, made["thread"], hidden=True)
    page = blog.thread()
    assert (page["comments"], page["thread"]["hidden"]) == ([], True)
    assert (page["thread"]["count"], page["thread"]["closed"]) == (0, True)
    path = f"{S}/comments/{made['id']}"
    assert blog.client.get(path).status_code == 404
    for headers in (blog.admin, {"Rejoinder-Edit-Token": made["edit_token"]}):
        assert blog.client.get(path, headers=headers).json["text"] == "To be hidden."
    assert blog.client.get(f"{path}/replies").json["comments"] == []
    assert blog.client.get(f"{S}/counts", query_string={"url": PAGE}).json["counts"] == {PAGE: 0}
    assert blog.client.get(f"{S}/comments/latest").json["comments"] == []
    for feed in ("comments.atom", f"threads.atom?url={PAGE}"):
        assert b"To be hidden." not in blog.client.get(f"{S}/{feed}").data
    assert blog.post("More.").json["code"] == "thread-closed"
    (row,) = listed(blog, state="hidden")["threads"]
    assert (row["hidden"], row["closed"], row["count"]) == (True, False, 1)


def test_who_wrote_the_page_writes_as_its_author(blog: Blog) -> None:
    ann = blog.author()
    before = blog.made("Before.", headers=ann, author={"name": "Ann"})
    change(blog, before["thread"], authors=[before["author"]["id"]])
    role = lambda made: made["author"]["role"]  # noqa: E731
    answer = blog.made("I wrote this page.", headers=ann, author={"name": "Ann"})
    assert (role(before), role(answer)) == ("reader", "author")
    # It is no right: they are judged as readers are, and elsewhere they are one.
    assert blog.made("You idiot.", headers=ann)["status"] == "held"
    assert role(blog.made("Hello.", headers=ann, thread={"url": f"{PAGE}/b"})) == "reader"
    assert role(blog.made("Hello.")) == "reader"
    assert [role(c) for c in blog.thread(sort="oldest")["comments"]][:2] == ["reader", "author"]


@pytest.mark.parametrize(
    "change", ["x", "1-1", "-", "+", "(1-1", "9" * 40 + "-1", "1", "%00", "a" * 300]
)
def test_a_change_that_is_none_is_not_found(blog: Blog, change: str) -> None:
    thread = blog.made()["thread"]
    path = f"{S}/threads/{thread}/changes/{change}/undo"
    answer = blog.client.post(path, headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
