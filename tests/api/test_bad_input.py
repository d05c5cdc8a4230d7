"""Whatever is wrong with a request: the right status and code, where it is, nothing stored."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.app import ORIGIN, PAGE, Blog, S

NOBODY = "01890000-0000-7000-8000-000000000000"
THREAD = {"url": PAGE}


def is_problem(answer: Any, status: int, code: str, where: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["status"] == status
    assert answer.json["code"] == code
    assert answer.json["detail"]
    if where is not None:
        assert where in [item["where"] for item in answer.json["errors"]]


# What a field's own kind says is wrong has a code of its own, as long as it is all that is wrong.
FIELDS: list[tuple[Any, str, str]] = [
    ([], "/", "invalid"),
    ("text", "/", "invalid"),
    (None, "/", "invalid"),
    ({"text": "x"}, "/thread", "invalid"),
    ({"thread": THREAD}, "/text", "invalid"),
    ({"thread": THREAD, "text": 7}, "/text", "invalid"),
    ({"thread": THREAD, "text": None}, "/text", "invalid"),
    ({"thread": THREAD, "text": ["x"]}, "/text", "invalid"),
    ({"thread": THREAD, "text": ""}, "/text", "empty"),
    ({"thread": THREAD, "text": " \n\t \u200b "}, "/text", "empty"),
    ({"thread": THREAD, "text": "x" * 5_001}, "/text", "too-long"),
    ({"thread": THREAD, "text": "x" * 50_001}, "/text", "too-long"),
    ({"thread": THREAD, "text": "nul \x00"}, "/text", "control-characters"),
    ({"thread": THREAD, "text": "escape \x1b[31m"}, "/text", "control-characters"),
    ({"thread": THREAD, "text": "x", "score": 0}, "/score", "invalid"),
    ({"thread": THREAD, "text": "x", "parent": 7}, "/parent", "invalid"),
    ({"thread": THREAD, "text": "x", "parent": "7"}, "/parent", "invalid"),
    (
        {"thread": THREAD, "text": "x", "parent": NOBODY.upper().replace("0", "A")},
        "/parent",
        "invalid",
    ),
    ({"thread": PAGE, "text": "x"}, "/thread", "invalid"),
    ({"thread": {}, "text": "x"}, "/thread/url", "invalid"),
    ({"thread": {"url": 7}, "text": "x"}, "/thread/url", "invalid"),
    ({"thread": {"url": "/post"}, "text": "x"}, "/thread/url", "bad-url"),
    ({"thread": {"url": "ftp://blog.example/"}, "text": "x"}, "/thread/url", "bad-url"),
    ({"thread": {"url": "javascript:alert(1)"}, "text": "x"}, "/thread/url", "bad-url"),
    ({"thread": {"url": "https://blog.example:99999/"}, "text": "x"}, "/thread/url", "bad-url"),
    ({"thread": {"url": "https://[::1"}, "text": "x"}, "/thread/url", "bad-url"),
    ({"thread": {"url": PAGE + "/" + "x" * 2_000}, "text": "x"}, "/thread/url", "too-long"),
    ({"thread": {"url": PAGE, "title": "x" * 301}, "text": "x"}, "/thread/title", "too-long"),
    ({"thread": {"url": PAGE, "id": "x" * 201}, "text": "x"}, "/thread/id", "too-long"),
    ({"thread": {"url": PAGE, "id": 7}, "text": "x"}, "/thread/id", "invalid"),
    ({"thread": THREAD, "text": "x", "author": "Ada"}, "/author", "invalid"),
    ({"thread": THREAD, "text": "x", "author": {"name": "x" * 81}}, "/author/name", "too-long"),
    (
        {"thread": THREAD, "text": "x", "author": {"name": "a\x07b"}},
        "/author/name",
        "control-characters",
    ),
    (
        {"thread": THREAD, "text": "x", "author": {"website": "javascript:x"}},
        "/author/website",
        "bad-url",
    ),
    (
        {"thread": THREAD, "text": "x", "author": {"website": "https://a.example/" + "x" * 300}},
        "/author/website",
        "too-long",
    ),
]


@pytest.mark.parametrize(("body", "where", "code"), FIELDS)
def test_a_wrong_field_is_named(
    blog: Blog, unchanged: Callable[[], None], body: Any, where: str, code: str
) -> None:
    answer = blog.client.post(
        f"{S}/comments",
        data=json.dumps(body),
        headers={"Origin": ORIGIN},
        content_type="application/json",
    )
    is_problem(answer, 422, code, where)
    assert answer.json["where"] == where
    unchanged()


def test_several_wrong_fields_are_all_named(blog: Blog) -> None:
    answer = blog.post("", author={"name": "x" * 81}, headers=blog.admin)
    is_problem(answer, 422, "invalid", "/text")
    is_problem(answer, 422, "invalid", "/author/name")
    answer = blog.post("x", **{"a/b~c": 1}, headers=blog.admin)
    is_problem(answer, 422, "invalid", "/a~1b~0c")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "malformed-json"),
        (b"{", "malformed-json"),
        (b'{"text": "x"', "malformed-json"),
        (b"text=x", "malformed-json"),
        (b'{"text": NaN}', "malformed-json"),
        (b'{"text": "\xff\xfe"}', "malformed-json"),
        (b'{"text": "\xed\xa0\x80"}', "malformed-json"),
        (b'{"text": "half \\ud83d pair"}', "malformed-json"),
        (b'{"text": "\\udc00"}', "malformed-json"),
        (b"[" * 100_000, "malformed-json"),
        (b'{"text": ' + b"9" * 5_000 + b"}", "malformed-json"),
    ],
)
def test_a_body_that_is_no_json(
    blog: Blog, unchanged: Callable[[], None], raw: bytes, code: str
) -> None:
    answer = blog.client.post(
        f"{S}/comments", data=raw, headers={"Origin": ORIGIN}, content_type="application/json"
    )
    is_problem(answer, 400, code)
    unchanged()


def test_a_body_of_another_type(blog: Blog, unchanged: Callable[[], None]) -> None:
    raw = json.dumps({"thread": THREAD, "text": "x"})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = blog.client.post(
            f"{S}/comments", data=raw, headers={"Origin": ORIGIN}, content_type=content_type
        )
        is_problem(answer, 415, "unsupported-media-type")
    unchanged()


def test_a_compressed_body(blog: Blog, unchanged: Callable[[], None]) -> None:
    raw = gzip.compress(json.dumps({"thread": THREAD, "text": "x"}).encode())
    answer = blog.client.post(
        f"{S}/comments",
        data=raw,
        headers={"Origin": ORIGIN, "Content-Encoding": "gzip"},
        content_type="application/json",
    )
    is_problem(answer, 415, "unsupported-media-type", "Content-Encoding")
    unchanged()


@pytest.mark.parametrize("path", [f"{S}/comments", "/api/v1/score", "/v1/moderations"])
def test_ten_megabytes_of_unknown_length(
    blog: Blog, unchanged: Callable[[], None], path: str
) -> None:
    # Valid up to the limit, so that a body that is cut off there would be taken.
    raw = json.dumps({"thread": THREAD, "text": "x"}) + " " * 10_000_000
    answer = blog.client.post(
        path,
        input_stream=io.BytesIO(raw.encode()),
        headers={"Origin": ORIGIN, "Transfer-Encoding": "chunked"},
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413, answer.text
    unchanged()


def test_ten_megabytes(blog: Blog, unchanged: Callable[[], None]) -> None:
    raw = json.dumps({"thread": THREAD, "text": "x" * 10_000_000})
    answer = blog.client.post(
        f"{S}/comments", data=raw, headers={"Origin": ORIGIN}, content_type="application/json"
    )
    is_problem(answer, 413, "too-large")
    assert answer.headers["Connection"] == "close"
    unchanged()


@pytest.mark.parametrize(
    "site", ["nobody", "BLOG", "a}b{", "blog%00", "{blog}", "*", "b" * 33, "blog:", "-blog"]
)
def test_an_unknown_site(blog: Blog, unchanged: Callable[[], None], site: str) -> None:
    base = f"/api/v1/sites/{site}"
    headers = {"Origin": ORIGIN}
    body = {"thread": THREAD, "text": "x"}
    for answer in (
        blog.client.post(f"{base}/comments", json=body, headers=headers),
        blog.client.post(f"{base}/authors", headers=headers),
        blog.client.get(f"{base}/threads", query_string={"url": PAGE}),
        blog.client.get(f"{base}/comments/{NOBODY}"),
        blog.client.post(f"{base}/counts", json={"urls": [PAGE]}),
        blog.client.get(f"{base}/settings"),
    ):
        assert answer.status_code == 404, answer.text
        assert answer.mimetype == "application/problem+json"
    unchanged()


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "null", "http://blog.example:81", ""]
)
def test_a_foreign_origin_without_a_key(
    blog: Blog, unchanged: Callable[[], None], origin: str | None
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    body = {"thread": THREAD, "text": "x"}
    is_problem(
        blog.client.post(f"{S}/comments", json=body, headers=headers),
        403,
        "foreign-origin",
        "Origin",
    )
    is_problem(blog.client.post(f"{S}/authors", headers=headers), 403, "foreign-origin")
    unchanged()


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "https://blog.example.evil.example/", "https://xblog.example/"],
)
def test_a_foreign_thread(blog: Blog, unchanged: Callable[[], None], url: str) -> None:
    body = {"thread": {"url": url}, "text": "x"}
    answer = blog.client.post(f"{S}/comments", json=body, headers=blog.admin)
    is_problem(answer, 422, "foreign-url", "/thread/url")
    unchanged()


def test_a_parent_that_is_missing_elsewhere_or_hidden(blog: Blog) -> None:
    other = blog.made("Elsewhere.", thread={"url": f"{PAGE}/other"})
    reader = blog.author()
    before = blog.everything()
    for parent in (NOBODY, other["id"]):
        answer = blog.post("A reply.", parent=parent, headers=reader)
        assert answer.status_code in (404, 422), answer.text
        assert answer.mimetype == "application/problem+json"
        assert "/parent" in [item["where"] for item in answer.json["errors"]]
    assert blog.everything() == before


def test_a_text_longer_than_the_site_allows(blog: Blog) -> None:
    blog.client.patch(S, json={"policy": {"max_length": 10}}, headers=blog.admin)
    before = blog.everything()
    is_problem(blog.post("Eleven char", headers=blog.admin), 422, "too-long", "/text")
    assert blog.everything() == before
    assert blog.post("Ten chars.", headers=blog.admin).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not-found"),
        ("GET", f"{S}/comments/{NOBODY}", 404, "not-found"),
        ("GET", f"{S}/comments/x", 404, "not-found"),
        ("GET", f"{S}/comments/{NOBODY}/replies", 404, "not-found"),
        ("GET", f"{S}/comments/x/replies", 404, "not-found"),
        ("PUT", f"{S}/comments", 405, "method-not-allowed"),
        ("GET", f"{S}/threads", 422, "invalid"),
        ("GET", f"{S}/threads?url=/post", 422, "bad-url"),
        ("GET", f"{S}/threads?url={PAGE}&limit=0", 422, "invalid"),
        ("GET", f"{S}/threads?url={PAGE}&limit=101", 422, "invalid"),
        ("GET", f"{S}/threads?url={PAGE}&limit=many", 422, "invalid"),
        ("GET", f"{S}/threads?url={PAGE}&sort=worst", 422, "invalid"),
        ("GET", f"{S}/threads/mine?url={PAGE}", 401, "author-token-needed"),
        ("GET", f"{S}/counts", 422, "invalid"),
        ("GET", f"{S}/queue", 401, "unauthorized"),
        ("POST", f"{S}/queue/claims", 400, "malformed-json"),
    ],
)
def test_a_call_that_goes_nowhere(
    blog: Blog, unchanged: Callable[[], None], method: str, path: str, status: int, code: str
) -> None:
    is_problem(blog.client.open(path, method=method), status, code)
    unchanged()


@pytest.mark.parametrize(
    "cursor", ["x", "0", "{}", "a:b", "../..", "%00", "9" * 200, "9" * 201, "é"]
)
def test_a_cursor_that_is_none_of_ours(blog: Blog, cursor: str) -> None:
    comment = blog.made()["id"]
    before = blog.everything()
    for path in ("threads", f"comments/{comment}/replies", "queue", "audit", "authors/x/comments"):
        query = {"cursor": cursor} | ({"url": PAGE} if path == "threads" else {})
        answer = blog.client.get(f"{S}/{path}", query_string=query, headers=blog.admin)
        assert answer.status_code in (200, 422), (path, answer.text)
    assert set(blog.everything()) == set(before)


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        ("votes", {}, "/value"),
        ("votes", {"value": 2}, "/value"),
        ("votes", {"value": "1"}, "/value"),
        ("votes", {"value": True}, "/value"),
        ("votes", {"value": 0.5}, "/value"),
        ("reports", {}, "/reason"),
        ("reports", {"reason": "because"}, "/reason"),
    ],
)
def test_a_wrong_vote_or_report(blog: Blog, path: str, body: Any, where: str) -> None:
    url = f"{S}/comments/{blog.made()['id']}/{path}"
    reader = blog.author()
    before = blog.everything()
    is_problem(blog.client.post(url, json=body, headers=reader), 422, "invalid", where)
    assert blog.everything() == before


def test_a_wrong_note(blog: Blog) -> None:
    url = f"{S}/comments/{blog.made()['id']}/reports"
    reader = blog.author()
    before = blog.everything()
    for note, code in (("x" * 501, "too-long"), ("\x00", "control-characters")):
        body = {"reason": "spam", "note": note}
        is_problem(blog.client.post(url, json=body, headers=reader), 422, code, "/note")
    assert blog.everything() == before


@pytest.mark.parametrize(
    ("query", "where"),
    [("limit=0", "limit"), ("limit=many", "limit"), ("sort=worst", "sort"), ("cursor=x", "cursor")],
)
def test_a_wrong_parameter_is_named(blog: Blog, query: str, where: str) -> None:
    blog.made()
    answer = blog.client.get(f"{S}/threads?url={PAGE}&{query}")
    assert answer.status_code == 422
    assert answer.json["where"] == where


@pytest.mark.parametrize("name", ["roots", "nodes", "votes", "comments", "{}", "\x00"])
def test_an_id_that_would_be_another_key(blog: Blog, name: str) -> None:
    made = blog.made()
    before = blog.everything()
    author, thread = made["author"]["id"], made["thread"]
    for answer in (
        blog.client.get(f"{S}/authors/{author}:{name}/comments", headers=blog.admin),
        blog.client.patch(
            f"{S}/threads/{thread}:{name}", json={"closed": True}, headers=blog.admin
        ),
        blog.client.get(f"{S}/queue/{made['id']}:{name}", headers=blog.admin),
        blog.client.get(f"{S}/comments/{made['id']}:{name}/replies"),
    ):
        is_problem(answer, 404, "not-found")
    assert blog.everything() == before


def test_a_name_is_one_line(blog: Blog) -> None:
    made = blog.made(
        author={"name": " Ada\r\nof\tthe  Bridge "}, thread={"url": PAGE, "title": "A\npage"}
    )
    assert made["author"]["name"] == "Ada of the Bridge"
    assert blog.thread()["thread"]["title"] == "A page"


def test_votes_and_reports_need_an_author_and_a_comment_of_somebody_else(blog: Blog) -> None:
    reader = blog.author()
    own = blog.made(headers=reader)["id"]
    held = blog.made("You idiot!")["id"]
    before = blog.everything()
    for path, body in (("votes", {"value": 1}), ("reports", {"reason": "spam"})):
        nobody = blog.client.post(
            f"{S}/comments/{own}/{path}", json=body, headers={"Origin": ORIGIN}
        )
        is_problem(nobody, 401, "author-token-needed")
        for hidden in (NOBODY, held):
            url = f"{S}/comments/{hidden}/{path}"
            is_problem(blog.client.post(url, json=body, headers=reader), 404, "not-found")
    own_vote = blog.client.post(f"{S}/comments/{own}/votes", json={"value": 1}, headers=reader)
    assert own_vote.status_code in (403, 409, 422)
    assert blog.everything() == before


@pytest.mark.parametrize("key", ["", "x" * 201, "é\x7f"])
def test_a_wrong_idempotency_key(blog: Blog, key: str) -> None:
    reader = blog.author()
    before = blog.everything()
    answer = blog.post(headers=reader | {"Idempotency-Key": key})
    is_problem(answer, 422, "bad-idempotency-key", "Idempotency-Key")
    assert blog.everything() == before


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    body=st.fixed_dictionaries(
        {},
        optional={
            "thread": st.fixed_dictionaries(
                {"url": st.just(PAGE) | _JSON}, optional={"id": _JSON, "title": _JSON}
            )
            | _JSON,
            "text": st.text() | _JSON,
            "parent": _JSON,
            "author": st.fixed_dictionaries({}, optional={"name": _JSON, "website": _JSON}) | _JSON,
        },
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_at_all_breaks_it(blog: Blog, body: Any) -> None:
    answer = blog.client.post(f"{S}/comments", json=body, headers=blog.admin)
    assert answer.status_code in (201, 400, 422), answer.text
    if answer.status_code != 201:
        assert answer.mimetype == "application/problem+json"
        assert answer.json["code"]


def test_any_depth_of_nesting_is_refused_or_read(blog: Blog) -> None:
    pair = b'"\\ud83d\\ude00"'
    for depth in (10, *range(900, 1000), 2_000, 100_000):
        body = b'{"urls":' + b"[" * depth + pair + b"]" * depth + b"}"
        answer = blog.client.post(f"{S}/counts", data=body, content_type="application/json")
        assert answer.status_code in (400, 422), depth
