"""Where a request ends, whatever pieces it comes in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.framing import MAX_HEAD, Framing

HEAD = b"POST /a HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = [
    HEAD + b"\r\n",
    HEAD + b"Content-Length: 0\r\n\r\n",
    HEAD + b"content-length:5\r\n\r\nabcde",
    CHUNKED + b"5\r\nabcde\r\n0\r\n\r\n",
    CHUNKED + b"5;x=1\r\nabcde\r\n1\r\nf\r\n0\r\nEtag: x\r\n\r\n",
]


@given(st.sampled_from(WHOLE), st.data())
def test_it_is_whole_with_its_last_byte(request_: bytes, data: st.DataObject) -> None:
    cut = sorted(data.draw(st.lists(st.integers(0, len(request_) - 1), max_size=8)))
    framing = Framing(max_body=100)
    for start, end in zip([0, *cut], [*cut, len(request_) - 1], strict=True):
        framing.feed(request_[start:end])
        assert not framing.whole
    framing.feed(request_[-1:])
    assert framing.whole
    assert bytes(framing.received) == request_


@pytest.mark.parametrize("body", [b"zz\r\n", b"-1\r\n", b"\r\n", b"3\r\nabcdef\r\n", b"x" * 9000])
def test_what_is_framed_wrong_is_not_waited_for(body: bytes) -> None:
    framing = Framing(max_body=100)
    framing.feed(CHUNKED + body)
    assert framing.whole


@pytest.mark.parametrize(
    "sent",
    [HEAD + b"Content-Length: 101\r\n\r\n", CHUNKED + b"ff\r\n" + b"x" * 101],
)
def test_a_body_that_is_refused_is_not_waited_for(sent: bytes) -> None:
    framing = Framing(max_body=100)
    framing.feed(sent)
    assert framing.whole


def test_a_head_without_end_is_given_up() -> None:
    framing = Framing(max_body=100)
    framing.feed(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MAX_HEAD)
    assert framing.too_large
    assert not framing.whole


def test_a_client_that_waits_is_told_to_go_on() -> None:
    framing = Framing(max_body=100)
    framing.feed(HEAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    assert framing.wants_continue
    framing.feed(b"abcde")
    assert framing.whole


@given(st.binary(max_size=200))
def test_any_bytes_are_taken(data: bytes) -> None:
    framing = Framing(max_body=100)
    framing.feed(CHUNKED)
    framing.feed(data)
