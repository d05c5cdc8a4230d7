"""A page is one thread, whoever asks for it and in whatever spelling."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

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


def test_the_page_to_try_the_api_at_names_no_host(blog: Blog) -> None:
    page = blog.client.get("/docs/", headers={"Host": "evil.example"})
    assert page.status_code == 200
    assert "evil.example" not in page.text
