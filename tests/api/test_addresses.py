"""A page is one thread, whoever asks for it and in whatever spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from markupsafe import escape

from moderation import urls
from moderation.store import Store
from tests.support.app import ORIGIN, Blog, S


def _post(blog: Blog, url: str, **thread: Any) -> Any:
    return blog.made(f"A fair point about {url}.", thread={"url": url, **thread})


def _counts(blog: Blog, **given: Any) -> Any:
    answer = blog.client.post(f"{S}/counts", json=given)
    assert answer.status_code == 200, answer.text
    return answer.json


@pytest.mark.parametrize(
    "spelling", ["/caf%C3%A9", "/caf%c3%a9", "/a/../café", "/café?mc_cid=1#top"]
)
def test_a_comment_is_found_in_every_spelling(blog: Blog, spelling: str) -> None:
    made = _post(blog, f"{ORIGIN}/café")
    url = ORIGIN + spelling
    found = blog.thread(url=url)
    assert found["thread"]["id"] == made["thread"]
    assert [comment["id"] for comment in found["comments"]] == [made["id"]]
    assert _counts(blog, urls=[url])["counts"] == {url: 1}


def test_nobody_learns_how_the_first_reader_came(blog: Blog) -> None:
    _post(blog, f"{ORIGIN}/post?utm_source=mail&fbclid=abc&p=1#x")
    for url in (f"{ORIGIN}/post?p=1", f"{ORIGIN}/post?p=1&gclid=2"):
        assert blog.thread(url=url)["thread"]["url"] == f"{ORIGIN}/post?p=1"
    empty = blog.thread(url=f"{ORIGIN}/other?fbclid=abc")["thread"]
    assert (empty["url"], empty["version"]) == (f"{ORIGIN}/other", 0)


def test_a_thread_of_an_earlier_release_is_still_read_and_written(blog: Blog, store: Store) -> None:
    url = f"{ORIGIN}/caf%c3%a9"
    former = urls.former_canonical(url)
    first = store.comments.get("blog", _post(blog, f"{ORIGIN}/elsewhere")["id"])
    thread = urls.id_of(f"url:{former}")
    record = replace(store.threads.get("blog", first.thread), id=thread, url=url)
    old = replace(first, id=first.id[:-4] + "0000", thread=thread)
    store.comments.submit(
        old,
        thread=record,
        fragment=b'{"id":"' + old.id.encode() + b'"}',
        priority=None,
        text_hash="h",
        now=old.created,
    )
    assert [comment["id"] for comment in blog.thread(url=url)["comments"]] == [old.id]
    assert _counts(blog, urls=[url])["counts"] == {url: 1}
    assert _post(blog, url)["thread"] == thread
    assert blog.thread(url=url)["thread"]["count"] == 2


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/dashboard", "/dashboard/"),
        ("/dashboard?a=1", "/dashboard/?a=1"),
        ("/docs", "/docs/"),
        ("//dashboard//login", "/dashboard/login"),
        (
            "//dashboard///cases//" + "0" * 8 + "-0000-7000-8000-000000000000",
            "/dashboard/cases/" + "0" * 8 + "-0000-7000-8000-000000000000",
        ),
        ("/", "dashboard/"),
    ],
)
@pytest.mark.parametrize("host", ["comments.example.org", "evil.example", "evil.example:81"])
def test_a_redirect_names_no_host(blog: Blog, path: str, location: str, host: str) -> None:
    path, _, query = path.partition("?")
    answer = blog.client.get(
        "/",
        query_string=query,
        headers={"Host": host, "X-Forwarded-Proto": "https"},
        environ_overrides={"PATH_INFO": path},
    )
    assert answer.status_code in (302, 308)
    assert answer.headers["Location"] == location
    assert "example" not in answer.text
    assert escape(location) in answer.text


def test_the_page_that_describes_the_api_names_no_host(blog: Blog) -> None:
    page = blog.client.get("/docs/", headers={"Host": "evil.example"})
    assert page.status_code == 200
    assert "evil.example" not in page.text


def test_a_thread_with_an_id_of_its_own_is_counted(blog: Blog) -> None:
    page, other = f"{ORIGIN}/2026/post", f"{ORIGIN}/other"
    _post(blog, page, id="post-3")
    _post(blog, other)
    answer = _counts(blog, ids=["post-3", "post-4"], urls=[page, other, f"{ORIGIN}/no"])
    assert answer["ids"] == {"post-3": 1, "post-4": 0}
    assert answer["counts"] == {page: 1, other: 1, f"{ORIGIN}/no": 0}
    assert _counts(blog, urls=[f"{page}?utm_source=x"])["counts"] == {f"{page}?utm_source=x": 1}
    assert "ids" not in _counts(blog, urls=[page])
    found = blog.client.get(f"{S}/counts", query_string={"id": ["post-3"], "url": [other]}).json
    assert found == {"counts": {other: 1}, "ids": {"post-3": 1}}


def test_a_page_with_a_thread_of_its_own_is_counted_by_that(blog: Blog) -> None:
    page = f"{ORIGIN}/page"
    _post(blog, page, id="aside")
    for text in ("One thing about this.", "Another thing about it."):
        blog.made(text, thread={"url": page})
    assert _counts(blog, urls=[page], ids=["aside"]) == {"counts": {page: 2}, "ids": {"aside": 1}}


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "/urls"),
        ({"urls": [], "ids": []}, "/urls"),
        ({"ids": ["x"] * 101}, "/ids"),
        ({"urls": [f"{ORIGIN}/a"] * 60, "ids": ["x"] * 60}, "/urls"),
        ({"ids": [""]}, "/ids/0"),
        ({"ids": ["x" * 201]}, "/ids/0"),
        ({"urls": ["http://" + "ﷺ" * 1990] * 100}, "/urls/0"),
    ],
)
def test_what_cannot_be_counted_is_named(blog: Blog, given: Any, where: str) -> None:
    answer = blog.client.post(f"{S}/counts", json=given)
    assert answer.status_code == 422
    assert where in [error["where"] for error in answer.json["errors"]]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/post", f"{ORIGIN}.evil.example/", f"{ORIGIN}:8443/post",
        "https:\\\\evil.example/https://blog.example/",
    ],
)  # fmt: skip
def test_a_page_of_another_site_is_told_before_anybody_writes(blog: Blog, url: str) -> None:
    for query in ({"url": url}, {"url": url, "id": "post-3"}):
        answer = blog.client.get(f"{S}/threads", query_string=query)
        assert (answer.status_code, answer.json["code"]) == (422, "foreign-url")
        assert answer.json["where"] == "url"
    assert blog.client.get(f"{S}/threads", query_string={"id": "post-3"}).status_code == 200
    nowhere = blog.client.get("/api/v1/sites/nowhere/threads", query_string={"url": url})
    assert nowhere.status_code == 404


def test_a_new_origin_is_read_at_once(blog: Blog, store: Store) -> None:
    url = "https://new.example/post"
    query = {"query_string": {"url": url}}
    assert blog.client.get(f"{S}/threads", **query).status_code == 422
    store.sites.update("blog", origins=(ORIGIN, "https://new.example"), actor="test", now=1)
    assert blog.client.get(f"{S}/threads", **query).status_code == 200
