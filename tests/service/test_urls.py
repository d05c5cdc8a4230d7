"""Two addresses of one page are one thread; a page of somebody else's is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import InvalidError
from moderation.urls import allowed, belongs, canonical, origin, thread_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a", "https://example.org/a"),
        ("https://EXAMPLE.org:443/a", "https://example.org/a"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org/a#top", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&fbclid=1&p=2&gclid=3", "https://example.org/a?p=2"),
        ("https://münchen.example/", "https://xn--mnchen-3ya.example/"),
    ],
)
def test_same_page(one: str, other: str) -> None:
    assert canonical(one) == canonical(other)
    assert thread_id(None, one) == thread_id(None, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a", "https://example.org/b"),
        ("https://example.org/?a=1&b=2", "https://example.org/?b=2&a=1"),
        ("https://example.org/", "https://example.org:8080/"),
        ("https://example.org/A", "https://example.org/a"),
    ],
)
def test_other_page(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


def test_given_id_wins_over_the_url() -> None:
    assert thread_id("post-1", "https://a.example/") == thread_id("post-1", "https://b.example/")
    assert thread_id("post-1", "https://a.example/") != thread_id(None, "https://a.example/")


@pytest.mark.parametrize(
    "bad",
    [
        "", "example.org/a", "ftp://example.org/", "javascript:alert(1)", "https://",
        "//example.org",
        "https://user:pw@example.org/", "https://example.org:99999/", "https://exa mple.org/",
        "https://example.org/\x00", "http://[::1", "https://example.org/" + "a" * 2000,
        "https://example.org/\ud800", "https://evil.example\\.example.net/", "https://a%5c.example/",
        "https://<a>.example/", "https://\u3000.example/", "https://a;.example/",
    ],
)  # fmt: skip
def test_bad_url(bad: str) -> None:
    with pytest.raises(InvalidError) as caught:
        canonical(bad)
    assert caught.value.code == "bad-url"


def test_origins() -> None:
    assert origin("HTTPS://Example.org:443/") == "https://example.org"
    assert origin("http://[::1]:8000") == "http://[::1]:8000"
    for bad in ("https://example.org/path", "null", "example.org", "https://a.b?x"):
        with pytest.raises(InvalidError) as caught:
            origin(bad)
        assert caught.value.code == "bad-origin"


def test_allowed_and_belongs() -> None:
    origins = ("https://example.org", "https://*.example.net")
    assert allowed("https://example.org", origins)
    assert not allowed("http://example.org", origins)
    assert allowed("https://www.example.net", origins)
    assert not allowed("https://example.net", origins)
    assert not allowed("https://evilexample.net", origins)
    assert not allowed("null", origins)
    assert belongs("http://example.org/a?b", origins)
    assert not belongs("https://example.org.evil.example/", origins)
    assert not belongs("https://example.org:8443/", origins)
    # A browser reads a backslash as a slash: this page is not example.net's.
    with pytest.raises(InvalidError):
        belongs("https://evil.example\\.example.net/", origins)
    assert not allowed("https://evil.example\\.example.net", origins)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_a_clear_error(text: str) -> None:
    try:
        identity = canonical("https://" + text)
    except InvalidError as error:
        identity = f"//{error.code}"
    assert identity.startswith("//")
    assert "#" not in identity
