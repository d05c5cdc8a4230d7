"""A comment's public JSON reaches a page byte for byte, however little of it is kept."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation import text as texts
from moderation.records import Author, Comment
from moderation.schemas.comments import fragment
from moderation.store.fragments import kept, text_in
from moderation.store.keys import key
from tests.support.store_world import SITE, World, thread_record

_NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
_TEXTS = st.one_of(
    st.text(st.sampled_from("ab \"'\n.,!?()"), min_size=1, max_size=40),
    st.text(st.sampled_from('a\\n"{}|~^,:/<>&*\n\u2028é😀'), min_size=1, max_size=40),
    st.just('x","text":"y","html":"<b>'),
    st.just("one\ntwo\nthree"),
)


def on_page(world: World, comment: Comment) -> str:
    """The comment's part of the page's bytes, up to what the page itself adds."""
    body = world.page().body.decode()
    start = body.index(f'{{"id":"{comment.id}"')
    return body[start : body.index(',"votes":{"up":', start)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=_TEXTS,
    author=st.builds(
        Author,
        id=st.just("anna"),
        kind=st.sampled_from(["anonymous", "key"]),
        name=_NAMES,
        website=st.sampled_from(["", "https://anna.example/"]),
        role=st.sampled_from(["reader", "moderator", "owner"]),
    ),
    is_reply=st.booleans(),
    edited=st.booleans(),
)
def test_a_page_has_what_was_given(
    world: World, words: str, author: Author, is_reply: bool, edited: bool
) -> None:
    above = world.post("Above.") if is_reply else None
    made = replace(
        world.comment(words, parent=above.id if above else None),
        html=texts.parsed(words).html,
        author=author,
    )
    sent = world.send(made).comment
    assert sent is not None
    assert on_page(world, sent) + "}" == fragment(made).decode()
    assert text_in(kept(made, fragment(made))) == (made.text, 1)
    if edited:
        later = replace(made, text=words + "!", edited=world.now, version=2)
        later = replace(later, html=texts.parsed(later.text).html)
        world.store.comments.edit(
            later,
            expected_version=1,
            fragment=fragment(later),
            priority=None,
            text_hash="0" * 64,
            now=world.tick(),
        )
        assert on_page(world, sent) + "}" == fragment(later).decode()
        assert text_in(kept(later, fragment(later))) == (later.text, 2)


def test_a_plain_text_is_kept_once(world: World) -> None:
    words = "I read the whole piece twice and still think that the chart is wrong.\nTruly."
    made = replace(world.comment(words), html=texts.render(words).html)
    sent = world.send(made).comment
    assert sent is not None
    nodes = key("nodes", SITE, thread=thread_record().id)
    stored = world.store.comments._scripts.connection.client.hget(nodes, sent.id).decode()
    assert stored.count("I read the whole piece") == 1
    assert sent.id not in stored
    assert len(stored) < len(fragment(made)) / 1.7


def test_json_in_another_order_is_kept_as_it_is(world: World) -> None:
    made = world.comment("Hello")
    other = json.dumps({"text": "Hello", "id": made.id}).encode()
    assert kept(made, other) == other.decode()
    assert text_in(other.decode()) == ("Hello", 1)
    longer = fragment(made)[:-1] + b',"mood":"fine"}'
    assert kept(made, longer) == longer.decode()


def test_what_an_earlier_release_kept_is_shown(world: World) -> None:
    sent = world.post("Hello there")
    nodes = key("nodes", SITE, thread=thread_record().id)
    public = json.loads(fragment(sent))
    del public["author"]["role"]
    old = json.dumps(public, separators=(",", ":"))
    world.store.comments._scripts.connection.client.hset(nodes, sent.id, f"p|||{old}")
    assert world.tree()["comments"][0]["author"]["role"] == "reader"
    assert world.tree()["comments"][0]["text"] == "Hello there"
