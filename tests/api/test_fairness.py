"""A crowd of one, and a crowd at one address: how votes and reports are bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from uuid_utils import uuid7

from moderation.api.fairness import network_of
from moderation.services import services_of
from moderation.tokens import author_token
from tests.support.app import ORIGIN, Blog, S
from tests.support.scorer import TinyScorer


@pytest.fixture
def cast(blog: Blog, app: Flask) -> Callable[..., Any]:
    secret = services_of(app).settings.secret_key

    def cast(comment: str, what: str = "votes", *, at: str = "203.0.113.5", **body: Any) -> Any:
        token = body.pop("token", None) or author_token(secret, "blog", str(uuid7()))
        given = body or ({"value": 1} if what == "votes" else {"reason": "spam"})
        return blog.client.post(
            f"{S}/comments/{comment}/{what}",
            json=given,
            headers={"Origin": ORIGIN, "Rejoinder-Author": token},
            environ_overrides={"REMOTE_ADDR": at},
        )

    return cast


def test_one_address_cannot_carry_a_comment(blog: Blog, cast: Any) -> None:
    comment = blog.made()["id"]
    answers = [cast(comment) for _ in range(40)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[-1].json == {"up": 10, "down": 0}
    (shown,) = blog.thread()["comments"]
    assert shown["votes"]["up"] <= 10
    # Others still count, as do those of this address elsewhere.
    assert cast(comment, at="198.51.100.7").json["up"] == 11
    assert cast(blog.made("Another.")["id"]).json["up"] == 1


@pytest.mark.parametrize(
    "place", ["203.0.113.{}", "2001:db8:1:{:x}::1", "::ffff:203.0.113.{}"], ids=str
)
def test_nor_can_one_network(blog: Blog, cast: Any, place: str) -> None:
    comment = blog.made()["id"]
    for n in range(60):
        assert cast(comment, at=place.format(n + 1)).status_code == 200
    assert cast(comment, at=place.format(99)).json["up"] == 30
    assert cast(comment, at="192.0.2.1").json["up"] == 31


def test_reports_of_one_address_are_a_few(blog: Blog, cast: Any) -> None:
    comment = blog.made()["id"]
    answers = [cast(comment, "reports") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {201}
    assert answers[-1].json == {"reports": 5}
    assert cast(comment, "reports", at="198.51.100.7").json == {"reports": 6}


@pytest.mark.parametrize("place", ["203.0.113.5", "203.0.113.{}", "2001:db8:1:{:x}::1"], ids=str)
def test_reports_of_one_place_are_one_voice(blog: Blog, cast: Any, place: str) -> None:
    harmless, insult = blog.made()["id"], blog.made("You idiot!")["id"]
    for n in range(4):
        cast(harmless, "reports", at=place.format(n + 1))
    cases = {case["comment"]["id"]: case for case in blog.queue()["cases"]}
    case = cases[harmless]
    assert case["priority"]["terms"]["reports"] == 1.0
    assert case["priority"]["total"] < 2  # what the dashboard calls high
    assert [report["weight"] for report in case["reports"]] == [1.0, 0.0, 0.0, 0.0]
    assert [case["comment"]["id"] for case in blog.queue()["cases"]] == [insult, harmless]
    # Somebody elsewhere is a second voice, and a third person there is none.
    for _ in range(2):
        cast(harmless, "reports", at="198.51.100.7")
    cases = {case["comment"]["id"]: case for case in blog.queue()["cases"]}
    assert cases[harmless]["priority"]["terms"]["reports"] == 2.0
    assert blog.store.maintenance.check("blog") == []


def test_a_place_s_voice_is_its_heaviest(blog: Blog, cast: Any, app: Flask) -> None:
    token = author_token(services_of(app).settings.secret_key, "blog", str(uuid7()))
    for n in range(4):  # reports that were upheld
        judged = blog.made(f"Spam {n}.")["id"]
        cast(judged, "reports", token=token)
        blog.decide(judged, "reject")
    comment = blog.made()["id"]
    cast(comment, "reports")
    cast(comment, "reports", token=token)
    cast(comment, "reports")
    (case,) = blog.queue()["cases"]
    assert case["priority"]["terms"]["reports"] == pytest.approx(1.5)
    assert sum(report["weight"] for report in case["reports"]) == pytest.approx(1.5)


def test_what_is_kept_of_a_place_names_none_and_goes_with_the_day(blog: Blog, cast: Any) -> None:
    comment = blog.made()["id"]
    cast(comment, "reports")
    client = blog.store.connection.client
    (name,) = client.keys("*crowd*")
    assert 0 < client.pttl(name) <= 86_400_000
    assert not any(b"203.0" in key + value for key, value in client.hgetall(name).items())


def test_a_vote_that_does_not_count_is_still_its_reader_s(
    blog: Blog, cast: Any, app: Flask
) -> None:
    comment = blog.made()["id"]
    token = author_token(services_of(app).settings.secret_key, "blog", str(uuid7()))
    first = author_token(services_of(app).settings.secret_key, "blog", str(uuid7()))
    cast(comment, token=first, value=1)
    for _ in range(9):
        cast(comment)
    assert cast(comment, token=token, value=-1).json == {"up": 10, "down": 0}
    mine = blog.client.get(
        f"{S}/threads/mine",
        query_string={"url": f"{ORIGIN}/post"},
        headers={"Rejoinder-Author": token},
    )
    assert mine.json["votes"] == {comment: -1}
    assert cast(comment, token=token, value=0).json == {"up": 10, "down": 0}
    # A place that somebody leaves is free again; turning a vote round takes none.
    assert cast(comment, token=first, value=-1).json == {"up": 9, "down": 1}
    assert cast(comment, token=first, value=0).json == {"up": 9, "down": 0}
    assert cast(comment, token=token, value=-1).json == {"up": 9, "down": 1}


def test_an_address_has_a_pace_too(blog: Blog, cast: Any) -> None:
    blog.client.patch(S, json={"policy": {"limits": {"votes_per_minute": 2}}}, headers=blog.admin)
    comments = [blog.made(f"Remark {n}.")["id"] for n in range(7)]
    answers = [cast(comment).status_code for comment in comments]
    assert answers[:4] == [200] * 4
    assert answers[-1] == 429


def test_what_is_refused_for_its_pace_costs_no_scoring(
    blog: Blog, scorer: TinyScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog.client.patch(
        S, json={"policy": {"limits": {"comments_per_minute": 2}}}, headers=blog.admin
    )
    reader = blog.author()
    made = blog.made("One.", headers=reader)
    blog.made("Two.", headers=reader)
    scored = []
    monkeypatch.setattr(scorer, "score", lambda texts, **_: scored.append(texts))
    assert blog.post("Three.", headers=reader).status_code == 429
    edit = {**reader, "Rejoinder-Edit-Token": made["edit_token"]}
    answer = blog.client.patch(f"{S}/comments/{made['id']}", json={"text": "Four."}, headers=edit)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1
    assert scored == []


@pytest.mark.parametrize(
    ("place", "network"),
    [
        ("203.0.113.5", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("/run/socket", "/run/socket"),
    ],
)
def test_networks(place: str, network: str) -> None:
    assert network_of(place) == network


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/comments/{}/votes", {"value": 1}),
        ("POST", "/comments/{}/reports", {"reason": "spam"}),
        ("PATCH", "/comments/{}", {"text": "Another text."}),
        ("DELETE", "/comments/{}", None),
        ("POST", "/authors", None),
    ],
)
def test_a_key_needs_its_scope_whatever_is_sent_beside_it(
    blog: Blog, method: str, path: str, body: Any
) -> None:
    key = blog.client.post(f"{S}/keys", json={"scopes": ["score"]}, headers=blog.admin).json
    reader = blog.author()
    made = blog.made(headers=reader)
    answer = blog.client.open(
        S + path.format(made["id"]),
        method=method,
        json=body,
        headers={
            **reader,
            "Rejoinder-Edit-Token": made["edit_token"],
            "Authorization": f"Bearer {key['api_key']}",
        },
    )
    assert (answer.status_code, answer.json["code"]) == (403, "scope")
