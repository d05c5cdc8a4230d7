"""What an author may write, and that nothing but known-safe HTML comes of it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.errors import InvalidError
from moderation.text import clean, render


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b\u200d\ufeff", "empty"),
        ("a\x00b", "control-characters"),
        ("bell \x07", "control-characters"),
        ("c1 \x9b31m", "control-characters"),
        ("half \ud83d pair", "surrogates"),
        ("x" * 101, "too-long"),
    ],
)
def test_refused(text: str, code: str) -> None:
    with pytest.raises(InvalidError) as caught:
        clean(text, limit=100, where="/text")
    assert (caught.value.code, caught.value.where) == (code, "/text")


def test_kept_as_written() -> None:
    assert clean("  é\r\nשלום 👩‍👩‍👧\r\ttab ", limit=100, where="/text") == "é\nשלום 👩‍👩‍👧\n\ttab"
    assert clean("👍", limit=1, where="/text") == "👍"


@pytest.mark.parametrize(
    ("text", "html", "links"),
    [
        ("one **two** *three*", "<p>one <strong>two</strong> <em>three</em></p>", 0),
        ("line\nnext", "<p>line<br>\nnext</p>", 0),
        ("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>", 0),
        ("# no heading", "<p># no heading</p>", 0),
        (
            "see https://example.org/a",
            '<p>see <a href="https://example.org/a" rel="nofollow ugc noopener">'
            "https://example.org/a</a></p>",
            1,
        ),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>", 0),
        (
            "*a* [x]() ![]() [*y*]( <> )",
            "<p><em>a</em> [x]() ![]() [<em>y</em>]( &lt;&gt; )</p>",
            0,
        ),
        ("[x](/a) [y](#b) [z](//c.example/d)", "<p>[x](/a) [y](#b) [z](//c.example/d)</p>", 0),
        ("`<i>`", "<p><code>&lt;i&gt;</code></p>", 0),
    ],
)
def test_rendered(text: str, html: str, links: int) -> None:
    rendered = render(text)
    assert (rendered.html, rendered.links) == (html, links)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))


ALLOWED = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
MARKUP = st.lists(
    st.sampled_from(
        [
            "<script>", "</script>", "<img src=x onerror=alert(1)>", "[", "](", ")", "javascript:",
            "data:text/html,", "http://a.b", "*", "_", "`", "```\n", "\n", "\n\n", "> ", "- ",
            "1. ",
            "<", ">", '"', "&#x6a;", "&lt;", "![", "<a href='", "word", " ", "\\", "||", "\t",
        ]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(st.one_of(MARKUP, st.text(max_size=200)))
def test_only_safe_html_comes_out(text: str) -> None:
    reader = _Reader()
    reader.feed(render(text).html)
    for tag, attrs in reader.seen:
        assert tag in ALLOWED
        for name, value in attrs:
            assert tag == "a"
            assert name in {"href", "rel", "title"}
            if name == "href":
                assert (value or "").split(":")[0].lower() in {"http", "https", "mailto"}


def test_many_addresses_are_still_links() -> None:
    rendered = render("https://a.example/x " * 200)
    assert rendered.links == 200
    assert 'href="https://a.example/x"' in rendered.html


def test_what_looks_like_thousands_of_addresses_costs_little() -> None:
    # With a look-up at each, 10^10 steps: it would not end.
    assert render("://" * 100_000).links == 0


def test_many_brackets_are_shown_as_they_are() -> None:
    text = "[label](http://example.org) "
    assert ">label</a>" in render(text).html
    assert ">label</a>" not in render(text + "[" * 200).html
