"""What is held as a repeat, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.repeats import fingerprint, is_long
from tests.support.app import ORIGIN, Blog

LONG = "The bridge will be repaired in spring, as the town council said on Monday."


@pytest.mark.parametrize("text", ["Thank you!", "congratulations!", "Great article.", LONG])
def test_two_readers_of_one_address_may_write_the_same(blog: Blog, text: str) -> None:
    assert blog.made(text)["status"] == "published"
    assert blog.made(text)["status"] == "published"


@pytest.mark.parametrize("text", ["Great article.", LONG])
def test_one_reader_may_write_the_same_on_two_pages(blog: Blog, text: str) -> None:
    reader = blog.author()
    for page in "ab":
        thread = {"url": f"{ORIGIN}/{page}"}
        assert blog.made(text, headers=reader, thread=thread)["status"] == "published"


def test_one_reader_may_thank_twice(blog: Blog) -> None:
    reader = blog.author()
    for _ in range(2):
        assert blog.made("Thank you so much!", headers=reader)["status"] == "published"


@pytest.mark.parametrize("again", [LONG, LONG.upper(), f"  {LONG.replace(' ', '  ')} "])
def test_one_reader_writes_a_long_text_once_a_thread(blog: Blog, again: str) -> None:
    reader = blog.author()
    first = blog.made(LONG, headers=reader)
    assert first["status"] == "published"
    assert blog.made(again, headers=reader)["status"] == "held"
    # Without the first it is no repeat.
    other = blog.author()
    mine = blog.made(LONG, headers=other)
    edit = {**other, "Rejoinder-Edit-Token": mine["edit_token"]}
    address = f"/api/v1/sites/blog/comments/{mine['id']}"
    assert blog.client.delete(address, headers=edit).status_code == 200
    assert blog.made(LONG, headers=other)["status"] == "published"


def test_of_who_has_no_token_the_address_is_known(blog: Blog) -> None:
    nobody = {"Origin": ORIGIN}
    assert blog.made(LONG, headers=nobody)["status"] == "published"
    assert blog.made(LONG, headers=nobody)["status"] == "held"
    assert blog.made(LONG)["status"] == "published"
    assert blog.made("Thank you!", headers=nobody)["status"] == "published"
    assert blog.made("Thank you!", headers=nobody)["status"] == "published"


@pytest.mark.parametrize("text", ["+1", "👍" * 60, "同意します。", "Thank you!"])
def test_what_many_people_write_is_short(text: str) -> None:
    assert not is_long(text)


def test_a_sentence_is_long_in_any_writing() -> None:
    assert is_long("この橋は来年の春に修理されるそうです。")
    assert is_long(LONG)


@given(st.text())
def test_a_fingerprint_tells_threads_apart(text: str) -> None:
    assert fingerprint("t", text) == fingerprint("t", f" {text.strip()}\n")
    assert fingerprint("t", text) != fingerprint("u", text)
    assert not is_long("!?. " * 100)
