"""Feeds and the latest comments: what is in them, in which order, and who may read them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation import clock
from moderation.outbound.feeds import Entry, atom
from moderation.records import Author, Comment, Thread
from tests.support.app import ORIGIN, PAGE, Blog, S
from tests.support.store_world import thread_record, uuid7

NS = {"a": "http://www.w3.org/2005/Atom", "thr": "http://purl.org/syndication/thread/1.0"}


def feed(blog: Blog, path: str, **query: str) -> ET.Element:
    answer = blog.client.get(f"{S}/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/atom+xml"
    return ET.fromstring(answer.data)  # noqa: S314 - our own


def texts(found: ET.Element, path: str) -> list[str]:
    return [each.text or "" for each in found.findall(path, NS)]


def latest(blog: Blog, **query: Any) -> Any:
    answer = blog.client.get(f"{S}/comments/latest", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json["comments"]


def test_the_latest_comments_are_those_of_all_pages_newest_first(blog: Blog) -> None:
    first = blog.made("First.", author={"name": "Ann"})
    reply = blog.made("A reply.", parent=first["id"])
    elsewhere = blog.made("Elsewhere.", thread={"url": f"{ORIGIN}/other", "title": "Other"})
    blog.made("You idiot.")
    gone = blog.made("Gone soon.")
    blog.store.comments.delete("blog", gone["id"], actor="a", by_author=True, now=clock.now())
    found = latest(blog)
    assert [each["id"] for each in found] == [elsewhere["id"], reply["id"], first["id"]]
    assert found[0]["page"] == {"url": f"{ORIGIN}/other", "title": "Other"}
    assert found[2]["link"] == f"{PAGE}#rejoinder-comment-{first['id']}"
    assert found[2]["author"]["name"] == "Ann"
    assert not {"scores", "verdict", "email"} & set(found[2])
    assert [each["id"] for each in latest(blog, limit=1)] == [elsewhere["id"]]


def test_an_excerpt_is_plain_and_short(blog: Blog) -> None:
    blog.made("**Bold** <b>&amp; [a link](https://example.org) `x`\n\nSecond paragraph.")
    blog.made("word " * 100)
    long, plain = (each["excerpt"] for each in latest(blog))
    assert plain == "Bold <b>& a link x Second paragraph."
    assert long == "word " * 32 + "…"


def test_what_is_approved_late_stands_where_it_was_written(blog: Blog) -> None:
    held = blog.made("You idiot.")
    later = blog.made("Later.")
    assert [each["id"] for each in latest(blog)] == [later["id"]]
    blog.decide(held["id"], "approve")
    assert [each["id"] for each in latest(blog)] == [later["id"], held["id"]]
    blog.decide(later["id"], "reject")
    assert [each["id"] for each in latest(blog)] == [held["id"]]


def test_those_from_before_there_was_a_list_are_entered(blog: Blog) -> None:
    made = [blog.made(f"Point {n}.", headers=blog.admin)["id"] for n in range(3)]
    blog.store.connection.call(lambda client: client.delete("{blog}:latest"))
    made.append(blog.made("A new one.")["id"])
    assert [each["id"] for each in latest(blog)] == made[3:]
    assert blog.store.maintenance.fill_latest("blog") == 4
    assert [each["id"] for each in latest(blog)] == made[::-1]
    assert blog.store.maintenance.fill_latest("blog") == 0


def test_a_thousand_are_kept(blog: Blog) -> None:
    client = blog.store.connection.client
    client.zadd("{blog}:latest", {uuid7(): n for n in range(1005)})
    made = blog.made()
    assert client.zcard("{blog}:latest") == 1000
    assert [each["id"] for each in latest(blog)] == [made["id"]]


@pytest.mark.parametrize("limit", ["0", "51", "x"])
def test_a_wrong_limit_is_refused(blog: Blog, limit: str) -> None:
    assert blog.client.get(f"{S}/comments/latest?limit={limit}").status_code == 422


def test_a_sites_pages_and_caches_may_read_them(blog: Blog) -> None:
    for path in ("comments/latest", "comments.atom", f"threads.atom?url={PAGE}"):
        answer = blog.client.get(f"{S}/{path}", headers={"Origin": ORIGIN})
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert answer.headers["Cache-Control"] == "public, max-age=60"
    for path in ("comments/latest", "comments.atom", f"threads.atom?url={PAGE}"):
        answer = blog.client.get(f"/api/v1/sites/none/{path}")
        assert (answer.status_code, answer.json["code"]) == (404, "site-not-found")


def test_a_feed_says_what_atom_asks_for(blog: Blog) -> None:
    first = blog.made("A *fair* point.", author={"name": "Ann", "website": "https://ann.example/"})
    reply = blog.made("Answer & more.", parent=first["id"])
    found = feed(blog, "comments.atom")
    assert found.findtext("a:title", namespaces=NS) == "Comments: Blog"
    address = found.findtext("a:id", namespaces=NS) or ""
    assert address.endswith(f"{S}/comments.atom")
    links = {link.get("rel"): link.get("href") for link in found.findall("a:link", NS)}
    assert links == {"self": address, "alternate": ORIGIN}
    assert texts(found, "a:entry/a:id") == [f"urn:uuid:{each['id']}" for each in (reply, first)]
    entry = found.findall("a:entry", NS)[1]
    assert entry.findtext("a:title", namespaces=NS) == "Ann: Post"
    assert entry.findtext("a:author/a:name", namespaces=NS) == "Ann"
    assert entry.findtext("a:author/a:uri", namespaces=NS) == "https://ann.example/"
    content = entry.find("a:content", NS)
    assert content is not None
    assert (content.get("type"), content.text) == ("html", "<p>A <em>fair</em> point.</p>")
    answered = found.find("a:entry/thr:in-reply-to", NS)
    assert answered is not None
    assert answered.get("ref") == f"urn:uuid:{first['id']}"
    updated = texts(found, "a:updated") + texts(found, "a:entry/a:updated")
    assert updated[0] == max(updated)


def test_a_thread_has_a_feed_of_its_own(blog: Blog) -> None:
    first = blog.made("First.")
    reply = blog.made("Reply.", parent=first["id"])
    blog.made("Elsewhere.", thread={"url": f"{ORIGIN}/other", "title": "Other"})
    own = blog.made("By id.", thread={"url": f"{ORIGIN}/x", "id": "story-1"})
    found = feed(blog, "threads.atom", url=f"{PAGE}?utm_source=mail")
    assert texts(found, "a:entry/a:id") == [f"urn:uuid:{each['id']}" for each in (reply, first)]
    assert found.findtext("a:title", namespaces=NS) == "Comments: Post"
    by_id = feed(blog, "threads.atom", id="story-1")
    assert texts(by_id, "a:entry/a:id") == [f"urn:uuid:{own['id']}"]
    # Not among the site's latest any more.
    blog.store.connection.call(lambda client: client.delete("{blog}:latest"))
    found = feed(blog, "threads.atom", url=PAGE)
    assert texts(found, "a:entry/a:id") == [f"urn:uuid:{each['id']}" for each in (reply, first)]


def test_a_thread_without_comments_has_an_empty_feed(blog: Blog) -> None:
    assert feed(blog, "threads.atom", url=f"{ORIGIN}/none").findall("a:entry", NS) == []
    assert blog.client.get(f"{S}/threads.atom").status_code == 422


def test_a_feed_that_did_not_change_is_not_sent_again(blog: Blog) -> None:
    blog.made()
    first = blog.client.get(f"{S}/comments.atom")
    again = {"If-None-Match": first.headers["ETag"]}
    assert blog.client.get(f"{S}/comments.atom", headers=again).status_code == 304
    blog.made("Another.")
    assert blog.client.get(f"{S}/comments.atom", headers=again).status_code == 200


# the queue's


def secret_address(blog: Blog, headers: dict[str, str]) -> str:
    made = blog.client.post(f"{S}/queue/feed", headers=headers)
    assert made.status_code == 201, made.text
    assert made.headers["Cache-Control"] == "private, no-store"
    parts = urlsplit(made.json["url"])
    return f"{parts.path}?{parts.query}"


def test_the_queues_feed_is_read_at_a_secret_address(blog: Blog) -> None:
    held = blog.made("You idiot <b>&.", author={"name": "Bob"})
    blog.made("A fair point.")
    moderator, _ = blog.moderator("mod@blog.example")
    address = secret_address(blog, moderator)
    answer = blog.client.get(address)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    key = address.partition("key=")[2]
    assert key.encode() not in answer.data
    found = ET.fromstring(answer.data)  # noqa: S314 - our own
    assert texts(found, "a:entry/a:id") == [f"urn:uuid:{held['id']}"]
    link = found.find("a:entry/a:link", NS)
    assert link is not None
    assert (link.get("href") or "").endswith(f"/dashboard/cases/{held['id']}")
    assert "Held, waits for review (harmful)" in texts(found, "a:entry/a:content")[0]


def test_a_secret_address_is_good_for_the_feed_alone_and_ends(blog: Blog) -> None:
    moderator, _ = blog.moderator("mod@blog.example")
    first = secret_address(blog, moderator)
    key = first.partition("key=")[2]
    as_key = blog.client.get(f"{S}/queue", headers={"Authorization": f"Bearer {key}"})
    assert (as_key.status_code, as_key.json["code"]) == (401, "bad-key")
    second = secret_address(blog, moderator)
    assert blog.client.get(first).status_code == 401
    assert blog.client.get(second).status_code == 200
    other, _ = blog.moderator("other@blog.example")
    theirs = secret_address(blog, other)
    assert blog.client.delete(f"{S}/queue/feed", headers=moderator).status_code == 204
    assert blog.client.get(second).status_code == 401
    assert blog.client.get(theirs).status_code == 200
    account = blog.store.accounts.find("blog", "other@blog.example")
    assert account is not None
    blog.store.accounts.end_sessions("blog", account.id, "test", clock.now())
    assert blog.client.get(theirs).status_code == 401
    again = secret_address(blog, other)
    blog.store.accounts.remove("blog", account.id, "test", clock.now())
    assert blog.client.get(again).status_code == 401


@pytest.mark.parametrize("key", ["", "x", "rj_blog_abcdefghijkl_" + "0" * 64])
def test_a_wrong_address_reads_nothing(blog: Blog, key: str) -> None:
    assert blog.client.get(f"{S}/queue.atom", query_string={"key": key}).status_code == 401
    assert blog.client.get(f"{S}/queue.atom").status_code == 422


def test_a_key_of_another_sort_is_no_address(blog: Blog) -> None:
    assert blog.client.get(f"{S}/queue.atom", query_string={"key": blog.key}).status_code == 401
    assert blog.client.post(f"{S}/queue/feed").status_code == 401


# whatever readers write

anything = st.text(st.characters(), max_size=50)


@given(name=anything, title=anything, html=anything, website=anything)
def test_a_feed_is_well_formed_whatever_is_in_it(
    name: str, title: str, html: str, website: str
) -> None:
    author = Author(id="a", kind="anonymous", name=name, website=website)
    comment = Comment(
        id=uuid7(), site="blog", thread="t", parent=uuid7(), status="published", text="", html=html,
        author=author, created=1, edited=None, version=1, edit_until=1,
    )  # fmt: skip
    page = Thread(id="t", url=thread_record().url, title=title, created=1)
    written = atom(
        [Entry(comment=comment, page=page, link=title, note=name)],
        title=title,
        address=website,
        about=title,
        created=1,
    )
    found = ET.fromstring(written)  # noqa: S314 - our own
    assert len(found.findall("a:entry", NS)) == 1


def test_an_entry_says_who_speaks_for_the_site_and_who_wrote_the_page(blog: Blog) -> None:
    ann = blog.author()
    made = blog.made("As a reader.", headers=ann, author={"name": "Ann"})
    path = f"{S}/threads/{made['thread']}"
    blog.client.patch(path, json={"authors": [made["author"]["id"]]}, headers=blog.admin)
    blog.made("As the author.", headers=ann, author={"name": "Ann"})
    moderator, _ = blog.moderator("mod@blog.example")
    blog.made("As staff.", headers=moderator)
    entries = feed(blog, "comments.atom").findall("a:entry", NS)
    told = [
        (texts(entry, "a:author/a:name"), [c.get("term") for c in entry.findall("a:category", NS)])
        for entry in entries
    ]
    assert told == [
        (["mod (moderator)"], ["moderator"]),
        (["Ann (author of this page)"], ["author"]),
        (["Ann"], []),
    ]
    assert [c["author"]["role"] for c in latest(blog)] == ["moderator", "author", "reader"]
