"""Reading: pages with an ETag, cursors, counts, CORS, what the widget asks for."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.app import ORIGIN, PAGE, Blog, S


def test_an_unknown_thread_is_an_empty_one(blog: Blog) -> None:
    page = blog.thread()
    assert page["comments"] == []
    assert page["next_cursor"] is None
    assert (page["thread"]["url"], page["thread"]["count"]) == (PAGE, 0)


def test_what_leads_to_a_comment_is_one_answer(blog: Blog) -> None:
    root = blog.made("Root.")
    reply = blog.made("Reply.", parent=root["id"])
    query = {"url": PAGE, "around": reply["id"]}
    answer = blog.client.get(f"{S}/threads", query_string=query)
    assert answer.headers["Cache-Control"] == "public, no-cache"
    [top] = answer.json["comments"]
    assert [c["text"] for c in (top, *top["replies"])] == ["Root.", "Reply."]
    asked = {"If-None-Match": answer.headers["ETag"]}
    assert blog.client.get(f"{S}/threads", query_string=query, headers=asked).status_code == 304
    elsewhere = blog.client.get(
        f"{S}/threads", query_string={"url": f"{PAGE}/other", "around": reply["id"]}
    )
    assert (elsewhere.status_code, elsewhere.json["comments"]) == (200, [])
    bad = blog.client.get(f"{S}/threads", query_string={"url": PAGE, "around": "../x"})
    assert bad.status_code == 422


def test_a_page_is_not_sent_twice_and_changes_with_the_thread(blog: Blog) -> None:
    blog.made("One.")
    first = blog.client.get(f"{S}/threads", query_string={"url": PAGE})
    assert first.headers["Cache-Control"] == "public, no-cache"
    tag = first.headers["ETag"]
    asked = {"If-None-Match": tag}
    again = blog.client.get(f"{S}/threads", query_string={"url": PAGE}, headers=asked)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    listed = {"If-None-Match": f'"other", W/{tag}'}
    assert (
        blog.client.get(f"{S}/threads", query_string={"url": PAGE}, headers=listed).status_code
        == 304
    )
    blog.made("Two.")
    changed = blog.client.get(f"{S}/threads", query_string={"url": PAGE}, headers=asked)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag
    oldest = blog.client.get(f"{S}/threads", query_string={"url": PAGE, "sort": "oldest"})
    assert oldest.headers["ETag"] != changed.headers["ETag"]


def test_a_long_page_is_compressed_for_who_wants_it(blog: Blog) -> None:
    for n in range(4):
        blog.made(f"{n} " + "long " * 80)
    plain = blog.client.get(f"{S}/threads", query_string={"url": PAGE})
    packed = blog.client.get(
        f"{S}/threads", query_string={"url": PAGE}, headers={"Accept-Encoding": "gzip"}
    )
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.json
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert "Accept-Encoding" in packed.headers.get("Vary", "")
    assert "Origin" in ",".join(packed.headers.getlist("Vary"))


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("br, gzip;q=0.8", True),
        ("br", False),
        ("*", True),
        ("identity;q=0.5, *;q=0.5", True),
        ("gzip;q=0", False),
        ("*;q=0.5, gzip;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("identity;q=0.5, gzip", True),
    ],
)
def test_a_page_is_packed_for_who_would_rather_have_it_so(
    blog: Blog, accepted: str | None, packed: bool
) -> None:
    for n in range(4):
        blog.made(f"A fair point, and the {n + 1}th of several that were made about it.")
    headers = {} if accepted is None else {"Accept-Encoding": accepted}
    found = blog.client.get(f"{S}/threads", query_string={"url": PAGE}, headers=headers)
    assert found.headers.get("Content-Encoding") == ("gzip" if packed else None)
    assert found.headers["ETag"].endswith('-gz"') is packed
    assert "Accept-Encoding" in found.headers["Vary"]
    again = blog.client.get(
        f"{S}/threads",
        query_string={"url": PAGE},
        headers=headers | {"If-None-Match": found.headers["ETag"]},
    )
    assert again.status_code == 304


def test_a_program_and_a_moderator_name_a_thread_anew(blog: Blog) -> None:
    first = {"id": "article-77", "url": f"{PAGE}/wrong", "title": "Not its title"}
    made = blog.made("I was first.", thread=first)
    url = f"{S}/threads/{made['thread']}"
    read = lambda: blog.thread(id="article-77")["thread"]  # noqa: E731
    blog.made("Me too.", thread=first | {"title": "Nor is this"})
    assert (read()["title"], read()["url"]) == ("Not its title", f"{PAGE}/wrong")
    right = {"id": "article-77", "url": PAGE, "title": "Its title"}
    blog.made("From the site.", thread=right, headers=blog.admin)
    assert (read()["title"], read()["url"]) == ("Its title", PAGE)
    blog.made("Without one.", thread={"id": "article-77", "url": PAGE}, headers=blog.admin)
    assert read()["title"] == "Its title"
    change = {"title": " Another  title ", "url": f"{PAGE}/moved"}
    changed = blog.client.patch(url, json=change, headers=blog.admin)
    assert (changed.status_code, changed.json["title"]) == (200, "Another title")
    assert (read()["title"], read()["url"]) == ("Another title", f"{PAGE}/moved")
    assert (read()["count"], read()["closed"]) == (4, False)
    visit = {"url": f"{PAGE}/there?utm_source=mail&page=2"}
    assert blog.client.patch(url, json=visit, headers=blog.admin).json["url"] == (
        f"{PAGE}/there?page=2"
    )
    for wrong, code in (
        ({"url": "https://elsewhere.example/"}, "foreign-url"),
        ({"url": ""}, "empty"),
        ({}, "invalid"),
    ):
        refused = blog.client.patch(url, json=wrong, headers=blog.admin)
        assert (refused.status_code, refused.json["code"]) == (422, code)
    assert blog.client.patch(url, json=change, headers={"Origin": ORIGIN}).status_code in (401, 403)


def test_the_address_of_a_thread_without_an_id_stays(blog: Blog) -> None:
    made = blog.made("One.")
    url = f"{S}/threads/{made['thread']}"
    moved = blog.client.patch(url, json={"url": f"{PAGE}/moved"}, headers=blog.admin)
    assert (moved.status_code, moved.json["errors"][0]["where"]) == (422, "/url")
    assert (
        blog.client.patch(url, json={"title": "Its title"}, headers=blog.admin).status_code == 200
    )
    assert blog.thread()["thread"]["title"] == "Its title"
    same = {"url": f"{PAGE}?utm_source=mail"}
    assert blog.client.patch(url, json=same, headers=blog.admin).json["url"] == PAGE


@pytest.mark.parametrize("sort", ["newest", "oldest", "top"])
def test_every_root_comes_once_by_cursor(blog: Blog, sort: str) -> None:
    made = [blog.made(f"Number {n}.", headers=blog.admin)["id"] for n in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": 3, "sort": sort} | ({"cursor": cursor} if cursor else {})
        page = blog.thread(**query)
        seen += [comment["id"] for comment in page["comments"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    if sort == "oldest":
        assert seen == made
    if sort == "newest":
        assert seen == made[::-1]


def test_counts(blog: Blog) -> None:
    blog.made()
    other = f"{PAGE}/quiet"
    wanted = {"counts": {PAGE: 1, other: 0}}
    assert blog.client.post(f"{S}/counts", json={"urls": [PAGE, other]}).json == wanted
    got = blog.client.get(f"{S}/counts", query_string=[("url", PAGE), ("url", other)])
    assert got.json == wanted
    many = [f"{PAGE}/{n}" for n in range(101)]
    assert blog.client.post(f"{S}/counts", json={"urls": many}).status_code == 422
    few = [("url", url) for url in many[:11]]
    assert blog.client.get(f"{S}/counts", query_string=few).status_code == 422


def test_settings_for_the_widget(blog: Blog) -> None:
    answer = blog.client.get(f"{S}/settings", headers={"Origin": ORIGIN})
    assert answer.json == {
        "name": "Blog", "max_length": 5000, "max_depth": 6, "edit_minutes": 15, "votes": True,
        "mail": False,
    }  # fmt: skip
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_the_site_s_pages_may_read_and_others_may_not(blog: Blog) -> None:
    own = blog.client.get(f"{S}/threads?url={PAGE}", headers={"Origin": ORIGIN})
    assert own.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = own.headers["Access-Control-Expose-Headers"]
    for name in ("ETag", "Retry-After", "X-Model-Version", "RateLimit-Remaining"):
        assert name in exposed
    assert "Access-Control-Allow-Credentials" not in own.headers
    for origin in ("https://evil.example", "null", "https://blog.example.evil.example"):
        other = blog.client.get(f"{S}/threads?url={PAGE}", headers={"Origin": origin})
        assert "Access-Control-Allow-Origin" not in other.headers
        assert "Origin" in ",".join(other.headers.getlist("Vary"))


def test_a_preflight(blog: Blog) -> None:
    asked = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "rejoinder-author, idempotency-key",
    }
    answer = blog.client.options(f"{S}/comments", headers=asked)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    allowed = answer.headers["Access-Control-Allow-Headers"]
    for name in ("Authorization", "Idempotency-Key", "Rejoinder-Author", "Rejoinder-Edit-Token"):
        assert name in allowed
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    foreign = blog.client.options(
        f"{S}/comments", headers=asked | {"Origin": "https://evil.example"}
    )
    assert "Access-Control-Allow-Origin" not in foreign.headers


def test_an_error_reaches_the_page_s_script_too(blog: Blog) -> None:
    answer = blog.client.post(f"{S}/comments", json={}, headers={"Origin": ORIGIN})
    assert answer.status_code == 422
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN


def test_an_approved_comment_is_published_wherever_it_is_read(blog: Blog) -> None:
    held = blog.made("You idiot!")
    assert blog.decide(held["id"], "approve").status_code == 201
    (shown,) = blog.thread()["comments"]
    assert (shown["id"], shown["status"]) == (held["id"], "published")
    assert blog.client.get(f"{S}/comments/{held['id']}").json["status"] == "published"


def test_a_storage_that_lost_writes_gives_other_pages_other_tags(blog: Blog) -> None:
    root = blog.made("First.")
    client = blog.store.connection.client
    before = blog.everything()
    pages = (f"{S}/threads?url={PAGE}", f"{S}/comments/{root['id']}/replies")

    def tags() -> list[str]:
        return [blog.client.get(page).headers["ETag"] for page in pages]

    blog.made("Lost.", parent=root["id"])
    lost, version = tags(), blog.thread()["thread"]["version"]
    assert tags() == lost
    # As a replica that had not heard of it, or a backup.
    client.flushall()
    for name, value in before.items():
        client.restore(name, 0, value)
    blog.made("Kept.", parent=root["id"])
    assert blog.thread()["thread"]["version"] == version
    for page, tag in zip(pages, lost, strict=True):
        answer = blog.client.get(page, headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert "Kept." in answer.text
        again = blog.client.get(page, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304
