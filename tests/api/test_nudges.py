"""The nudge: what may hurt somebody is shown to its author once, and what they do is counted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from moderation.clock import DAY, now
from moderation.errors import RateLimitedError
from moderation.nudges import nudge_for
from moderation.policy import PRESETS, Thresholds
from moderation.records import Limit, Reason, Verdict
from moderation.store import Store
from tests.support.app import Blog, S

RUDE = "You are an idiot, I say."
KIND = "I see it another way, I say."


def ask(blog: Blog, text: str = RUDE, nudge: str = "ask", **more: Any) -> Any:
    return blog.post(text, nudge=nudge, **more)


def counts(blog: Blog) -> dict[str, int]:
    answer = blog.client.get(f"{S}/nudges", headers=blog.admin)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json
    return found


def test_what_may_hurt_is_shown_with_its_words_and_not_stored(blog: Blog) -> None:
    answer = ask(blog)
    assert (answer.status_code, answer.json["code"]) == (422, "nudge")
    nudge = answer.json["nudge"]
    assert nudge["words"] == ["idiot"]
    ((start, end),) = nudge["spans"]
    assert nudge["text"][start:end] == "idiot"
    assert nudge["text"] == RUDE
    assert "idiot" in answer.json["detail"]
    assert blog.thread()["thread"]["version"] == 0
    assert blog.queue()["cases"] == []
    assert counts(blog) == {"shown": 1, "changed": 0, "unchanged": 0, "withdrawn": 0, "open": 1}


@pytest.mark.parametrize(
    ("then", "status", "outcome"), [(RUDE, "held", "unchanged"), (KIND, "published", "changed")]
)
def test_it_is_shown_once_and_what_follows_is_counted_once(
    blog: Blog, then: str, status: str, outcome: str
) -> None:
    reader = blog.author()
    token = ask(blog, headers=reader).json["nudge"]["token"]
    for _ in range(2):
        answer = ask(blog, then, token, headers=reader)
        assert (answer.status_code, answer.json["status"]) == (201, status)
    found = counts(blog)
    assert (found["shown"], found[outcome], found["open"]) == (1, 1, 0)
    counters = text_string_to_metric_families(blog.client.get("/metrics").text)
    (counter,) = [family for family in counters if family.name == "rejoinder_nudges"]
    assert {"shown", outcome} <= {sample.labels["outcome"] for sample in counter.samples}


def test_who_does_not_ask_is_not_shown_anything(blog: Blog) -> None:
    assert blog.made(RUDE)["status"] == "held"
    assert counts(blog)["shown"] == 0


@pytest.mark.parametrize("text", [KIND, "Come to my casino.", "Из города."])
def test_only_abuse_is_shown(blog: Blog, text: str) -> None:
    assert ask(blog, text).status_code == 201


def test_a_listed_word_is_not_told(blog: Blog) -> None:
    change = {"policy": {"words": {"hold": ["gizmo"]}}}
    assert blog.client.patch(S, json=change, headers=blog.admin).status_code == 200
    assert ask(blog, "What about a gizmo?").json["status"] == "held"


def test_staff_are_not_nudged(blog: Blog) -> None:
    headers, _ = blog.moderator("zoe@blog.example")
    assert ask(blog, headers=headers).json["status"] == "published"


def test_a_site_switches_it_off(blog: Blog) -> None:
    change = {"policy": {"nudge": False}}
    assert blog.client.patch(S, json=change, headers=blog.admin).status_code == 200
    assert ask(blog).json["status"] == "held"


@pytest.mark.parametrize("token", ["yes", "a.b.c", "ask.ask", "ü" * 20])
def test_a_made_up_token_counts_nothing(blog: Blog, token: str) -> None:
    assert ask(blog, nudge=token).json["status"] == "held"
    assert counts(blog)["unchanged"] == 0


@pytest.mark.parametrize("field", ["", "x" * 201, True, 1])
def test_what_is_no_token_is_refused(blog: Blog, field: Any) -> None:
    assert ask(blog, nudge=field).status_code == 422
    assert ask(blog, nudge=field).json["code"] != "nudge"


def test_words_are_not_tried_out_without_end(blog: Blog) -> None:
    change = {"policy": {"limits": {"comments_per_minute": 2}}}
    assert blog.client.patch(S, json=change, headers=blog.admin).status_code == 200
    reader = blog.author()
    codes = [ask(blog, headers=reader).status_code for _ in range(4)]
    assert 429 in codes[2:]


def test_the_counts_are_for_moderators(blog: Blog) -> None:
    assert blog.client.get(f"{S}/nudges").status_code == 401


def test_what_is_not_answered_within_a_day_is_withdrawn(store: Store) -> None:
    at = now()
    for name in ("a", "b", "c"):
        store.nudges.show("blog", name, now=at)
    assert store.nudges.answer("blog", "a", "changed", now=at + 1)
    assert not store.nudges.answer("blog", "a", "changed", now=at + 2)
    assert not store.nudges.answer("other", "b", "changed", now=at + 2)
    assert not store.nudges.answer("blog", "b", "unchanged", now=at + DAY)
    found = store.nudges.counts("blog", now=at + DAY)
    assert (found.shown, found.changed, found.unchanged) == (3, 1, 0)
    assert (found.withdrawn, found.open) == (2, 0)
    limit = Limit(name="x", amount=1, window=60)
    store.nudges.show("blog", "d", limits=[limit], now=at)
    with pytest.raises(RateLimitedError):
        store.nudges.show("blog", "e", limits=[limit], now=at)


@pytest.mark.parametrize(
    ("text", "marked", "words"),
    [
        ("You stupid idiot, go.", (4, 17), "stupid idiot"),
        ("What an idiot?!", (8, 15), "idiot"),
        ("Honestly ... no.", (9, 12), "..."),
    ],
)
def test_what_ends_a_clause_is_not_marked(text: str, marked: tuple[int, int], words: str) -> None:
    reason = Reason(rule="score", attribute="toxicity", score=0.99, spans=(marked,))
    policy = replace(PRESETS["balanced"], thresholds={"toxicity": Thresholds(flag=None, hold=0.5)})
    verdict = Verdict(action="hold", lane="harmful", reasons=(reason,))
    nudge = nudge_for(verdict, text, policy, {}, secret=b"s", site="blog")
    assert nudge is not None
    assert nudge.words == (words,)
    ((start, end),) = nudge.spans
    assert text[start:end] == words
