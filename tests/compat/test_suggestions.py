"""Suggestions through the API: who may see them, paging, accepting, dismissing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from moderation.records import Suggestion
from moderation.store import Store
from moderation.store.keys import SUGGESTION_MS
from moderation.store.suggestions import MAX_PENDING
from tests.compat.conftest import SITE, Key, now

PATH = f"/api/v1/sites/{SITE}/suggestions"


def suggestion(name: str, created: int, text: str = "Hm") -> Suggestion:
    return Suggestion(
        id=name, site=SITE, source="perspective", community="c", text=text, language="en",
        labels={"toxicity": 1.0}, credential="k", created=created,
    )  # fmt: skip


@pytest.fixture
def moderator(make_key: Callable[..., Key]) -> dict[str, str]:
    return make_key(scopes=("queue",)).bearer


def test_a_suggestion_is_reviewed_and_accepted(
    http: FlaskClient, moderator: dict[str, str], store: Store
) -> None:
    store.suggestions.add(suggestion("s1", now()), now=now())
    (item,) = http.get(PATH, headers=moderator).json["suggestions"]
    assert (item["text"], item["labels"], item["source"]) == (
        "Hm", {"toxicity": 1.0}, "perspective",
    )  # fmt: skip
    review = {"accept": True, "version": item["version"]}
    assert http.post(f"{PATH}/s1/review", json=review, headers=moderator).status_code == 204
    assert http.get(PATH, headers=moderator).json["suggestions"] == []
    accepted = http.get(f"{PATH}?state=accepted", headers=moderator).json["suggestions"]
    assert [(found["id"], found["accepted_by"][:4]) for found in accepted] == [("s1", "key:")]
    review["accept"] = False
    assert http.post(f"{PATH}/s1/review", json=review, headers=moderator).status_code == 204
    assert http.get(f"{PATH}?state=accepted", headers=moderator).json["suggestions"] == []
    assert http.post(f"{PATH}/s1/review", json=review, headers=moderator).status_code == 404


def test_a_replaced_suggestion_is_not_reviewed_unseen(
    http: FlaskClient, moderator: dict[str, str], store: Store
) -> None:
    at = now()
    store.suggestions.add(suggestion("s1", at), now=at)
    store.suggestions.add(suggestion("s1", at + 1), now=at)
    review = {"accept": True, "version": at}
    response = http.post(f"{PATH}/s1/review", json=review, headers=moderator)
    assert (response.status_code, response.json["code"]) == (409, "changed")


def test_pages(http: FlaskClient, moderator: dict[str, str], store: Store) -> None:
    at = now()
    for number in range(25):
        store.suggestions.add(suggestion(f"s{number:02}", at + number), now=at)
    seen: list[str] = []
    cursor = ""
    while True:
        page = http.get(f"{PATH}?limit=10{cursor}", headers=moderator).json
        seen += [item["id"] for item in page["suggestions"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == [f"s{number:02}" for number in range(25)]
    wrong = http.get(f"{PATH}?cursor=a/1", headers=moderator)
    assert wrong.json["code"] == "bad-cursor"


def test_only_moderators_see_them(http: FlaskClient, key: Key) -> None:
    assert http.get(PATH).status_code == 401
    assert http.get(PATH, headers=key.bearer).status_code == 403
    review: dict[str, Any] = {"accept": True, "version": 1}
    assert http.post(f"{PATH}/s1/review", json=review, headers=key.bearer).status_code == 403


@pytest.mark.parametrize("review", [{}, {"accept": "yes", "version": 1}, {"accept": True}])
def test_wrong_reviews(http: FlaskClient, moderator: dict[str, str], review: Any) -> None:
    assert http.post(f"{PATH}/s1/review", json=review, headers=moderator).status_code == 422


def test_what_nobody_reviews_is_dropped(http: FlaskClient, store: Store) -> None:
    old, at = now() - SUGGESTION_MS - 1, now()
    store.suggestions.add(suggestion("old", old), now=old)
    store.suggestions.add(suggestion("new", at), now=at)
    page, _ = store.suggestions.page(SITE, accepted=False, limit=5)
    assert [item.id for item in page] == ["new"]


def test_at_most_10000_wait(http: FlaskClient, store: Store) -> None:
    at = now()
    client = store.connection.client
    pipe = client.pipeline(transaction=False)
    for number in range(MAX_PENDING):
        pipe.hset(f"{{{SITE}}}:suggestions", f"s{number:05}", '{"state":"p","created":1}')
        pipe.zadd(f"{{{SITE}}}:suggested", {f"p/{at:013}s{number:05}": 0})
    pipe.execute()
    store.suggestions.add(suggestion("t", at + 1), now=at)
    assert client.zcard(f"{{{SITE}}}:suggested") == MAX_PENDING
    assert client.hlen(f"{{{SITE}}}:suggestions") == MAX_PENDING
    assert not client.hexists(f"{{{SITE}}}:suggestions", "s00000")
