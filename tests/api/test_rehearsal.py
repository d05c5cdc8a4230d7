"""What other settings would have done to the latest comments."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.support.app import ORIGIN, PAGE, Blog, S

TEXTS = (
    "A fair point.",
    "You idiot!",
    "You stupid idiot, I will kill you.",
    "See https://a.example, https://b.example and https://c.example.",
    "One link: https://a.example.",
    "Это текст на русском языке.",
    "A fair point about casinos.",
)


def rehearse(blog: Blog, policy: dict[str, Any], **headers: str) -> Any:
    return blog.client.post(
        f"{S}/policy/rehearsal", json={"policy": policy}, headers=headers or blog.admin
    )


def change(blog: Blog, policy: dict[str, Any]) -> None:
    answer = blog.client.patch(S, json={"policy": policy}, headers=blog.admin)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def written(blog: Blog) -> list[Any]:
    change(blog, {"audit_rate": 0})
    return [
        blog.made(text, thread={"url": f"{PAGE}/{number % 2}", "title": "Post"})
        for number, text in enumerate(TEXTS)
    ]


def actions(blog: Blog, written: list[Any]) -> Counter[str]:
    """What was really done to each."""
    found: Counter[str] = Counter()
    for comment in written:
        case = blog.client.get(f"{S}/queue/{comment['id']}", headers=blog.admin).json
        found[case["comment"]["verdict"]["action"]] += 1
    return found


def test_the_settings_as_they_are_change_nothing(blog: Blog, written: list[Any]) -> None:
    answer = rehearse(blog, {}).json
    assert answer["comments"] == len(TEXTS)
    assert (answer["skipped"], answer["changed"]) == (0, [])
    assert answer["before"] == answer["after"]
    assert Counter(answer["before"]) == actions(blog, written)


@pytest.mark.parametrize(
    "policy",
    [
        {"thresholds": {"insult": {"flag": 0.01, "hold": 0.02}}},
        {"thresholds": {"insult": {"flag": None, "hold": None}}},
        {"max_links": 0},
        {"max_links": None},
        {"words": {"hold": ["casino*"], "flag": ["fair"]}},
        {"unsupported_language": "publish"},
        {"language": "ru"},
        {"first_comment": "flag"},
        {"preset": "strict"},
        {"preset": "relaxed"},
    ],
)
def test_it_says_what_the_settings_do_once_they_are_made(
    blog: Blog, written: list[Any], policy: dict[str, Any]
) -> None:
    """The same comments written again under the new settings are treated as it was said."""
    said = rehearse(blog, policy).json
    assert sum(said["after"].values()) == said["comments"] == len(TEXTS)
    change(blog, policy)
    again = [
        blog.made(text, thread={"url": f"{PAGE}/{number}", "title": "Post"})
        for number, text in enumerate(TEXTS)
    ]
    assert Counter(said["after"]) == actions(blog, again)
    assert Counter(each["after"] for each in said["changed"]) - Counter(said["after"]) == Counter()


def test_it_says_what_moderators_thought_of_those_that_change(blog: Blog) -> None:
    strict = {"thresholds": {"insult": {"flag": 0.0, "hold": 0.0}}}
    attributes = blog.client.get(S, headers=blog.admin).json["effective"]
    loose = {"thresholds": {name: {"flag": None, "hold": None} for name in attributes}}
    change(blog, {"audit_rate": 0})
    fair = [blog.made(f"A fair point, number {number}.") for number in range(4)]
    insult = blog.made("You idiot!")
    for comment, action in ((fair[0], "approve"), (fair[1], "reject"), (insult, "reject")):
        assert blog.decide(comment["id"], action).status_code == 201
    made = blog.decide(fair[2]["id"], "approve").json
    undone = blog.client.post(f"{S}/decisions/{made['id']}/undo", headers=blog.admin)
    assert undone.status_code == 201
    held = rehearse(blog, strict).json
    assert (held["held_approved"], held["passed_rejected"]) == (1, 0)
    assert held["after"]["hold"] == 5
    assert [(each["text"], each["decision"]) for each in held["changed"]] == [
        ("A fair point, number 3.", None),
        ("A fair point, number 2.", None),
        ("A fair point, number 1.", "reject"),
        ("A fair point, number 0.", "approve"),
    ]
    passed = rehearse(blog, loose).json
    assert (passed["held_approved"], passed["passed_rejected"]) == (0, 1)
    (changed,) = passed["changed"]
    assert (changed["id"], changed["before"]) == (insult["id"], "hold")


def test_nothing_is_changed_scored_or_written_down(
    blog: Blog, written: list[Any], scorer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def audit() -> Any:
        return blog.client.get(f"{S}/audit", headers=blog.admin).json

    before = audit(), blog.client.get(S, headers=blog.admin).json, blog.queue()["counts"]
    scorer.down = True
    assert rehearse(blog, {"preset": "strict"}).json["comments"] == len(TEXTS)
    scorer.down = False
    after = audit(), blog.client.get(S, headers=blog.admin).json, blog.queue()["counts"]
    assert before == after


def test_what_is_gone_or_scored_by_another_model_is_left_out(
    blog: Blog, written: list[Any], scorer: Any
) -> None:
    reader = blog.author()
    gone = blog.made("Soon gone.", headers=reader)
    token = reader | {"Rejoinder-Edit-Token": gone["edit_token"]}
    assert blog.client.delete(f"{S}/comments/{gone['id']}", headers=token).status_code == 200
    answer = rehearse(blog, {}).json
    assert (answer["comments"], answer["skipped"]) == (len(TEXTS), 1)
    scorer.version = "another"
    blog.made("Scored by another.", headers={"Origin": ORIGIN} | blog.author())
    answer = rehearse(blog, {}).json
    assert (answer["comments"], answer["skipped"]) == (1, len(TEXTS) + 1)


def test_it_looks_at_so_many_and_shows_so_many(
    blog: Blog, written: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("moderation.rehearsal.COMMENTS", 3)
    monkeypatch.setattr("moderation.rehearsal.SHOWN", 1)
    answer = rehearse(blog, {"thresholds": {"insult": {"flag": 0.0, "hold": 0.0}}}).json
    assert (answer["comments"], answer["changes"]) == (3, 1)
    assert [each["text"] for each in answer["changed"]] == [TEXTS[4]]


def test_it_ends_in_time(blog: Blog, written: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moderation.rehearsal.SECONDS", -1)
    answer = rehearse(blog, {"preset": "strict"}).json
    assert (answer["comments"], answer["skipped"]) == (0, 0)


def test_it_is_for_who_may_change_the_settings(blog: Blog) -> None:
    headers, _ = blog.moderator("ada@blog.example")
    assert rehearse(blog, {}, **headers).status_code == 403
    assert rehearse(blog, {}, Origin=ORIGIN).status_code == 401
    headers, _ = blog.moderator("eve@blog.example", "admin")
    empty = rehearse(blog, {}, **headers)
    assert (empty.status_code, empty.json["comments"]) == (200, 0)
    wrong = rehearse(blog, {"thresholds": {"insult": {"flag": 0.9, "hold": 0.1}}})
    assert (wrong.status_code, wrong.json["code"]) == (422, "contradicting-thresholds")
    assert blog.client.post(f"{S}/policy/rehearsal", json={}, headers=blog.admin).status_code == 422
