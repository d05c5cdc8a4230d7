"""Despair about oneself: no abuse, first in the queue, help for its author alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from moderation.archive import export_lines, import_lines
from moderation.policy import HELP
from moderation.records import Reason, StoredScores, Verdict
from moderation.services import Services, services_of
from moderation.store.codec import comment_from, content_rest
from moderation.tokens import new_credential
from moderation.worker import Worker
from tests.support.app import ORIGIN, PAGE, Blog, S
from tests.support.scorer import TinyScorer

DESPAIR = "I want to hurt myself. Nobody would miss me if I was gone."
CALL = "go kill yourself, you idiot"
SHOWN = {
    "text": HELP["text"],
    "links": [dict(link) for link in HELP["links"]],
    "own": False,
}


def lane_of(blog: Blog, comment: str) -> list[str]:
    answer = blog.client.get(f"{S}/queue/{comment}", headers=blog.admin)
    lanes: list[str] = answer.json["lanes"]
    return lanes


def settings(blog: Blog, **policy: Any) -> Any:
    answer = blog.client.patch(S, json={"policy": policy}, headers=blog.admin)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_despair_is_published_and_waits_in_its_own_lane(blog: Blog) -> None:
    made = blog.made(DESPAIR)
    assert made["status"] == "published"
    [case] = blog.queue(lane="self-harm")["cases"]
    comment = case["comment"]
    assert comment["scores"]["threat"] > 0.8
    assert comment["verdict"]["action"] == "flag"
    [reason] = comment["verdict"]["reasons"]
    assert (reason["rule"], reason["detail"]) == ("self_harm", "wish")
    assert [DESPAIR[start:end] for start, end in reason["spans"]] == [
        "I want to hurt myself",
        "Nobody would miss me if I was gone",
    ]
    assert comment["self_harm"]["acute"] is True
    assert max(comment["self_harm"]["rest"].values()) == 0.0


def test_its_author_is_offered_help_and_nobody_else_sees_any_of_it(blog: Blog) -> None:
    author = blog.author()
    made = blog.made(DESPAIR, headers=author)
    assert made["help"] == SHOWN
    others = [
        blog.client.get(f"{S}/comments/{made['id']}").json,
        blog.client.get(f"{S}/comments/{made['id']}", headers=author).json,
        blog.thread(),
        blog.client.get(f"{S}/threads/mine", query_string={"url": PAGE}, headers=author).json,
        blog.client.get(f"{S}/settings").json,
    ]
    seen = json.dumps(others)
    for word in ("help", "self_harm", "self-harm", "danger", "findahelpline"):
        assert word not in seen
    assert "help" not in blog.made("A fair point.")


def test_an_answer_that_was_lost_brings_the_help_too(blog: Blog) -> None:
    headers = blog.author() | {"Idempotency-Key": "k" * 20}
    first = blog.post(DESPAIR, headers=headers)
    again = blog.post(DESPAIR, headers=headers)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json == first.json
    assert again.json["help"] == SHOWN


def test_events_that_a_site_passes_on_say_nothing_of_it(blog: Blog, store: Any) -> None:
    blog.made(DESPAIR)
    tasks = store.outbox.read("blog", "test", 10, 0)
    assert [task.type for task in tasks] == ["comment.created"]
    assert "self" not in json.dumps(dict(tasks[0].data))
    entries, _ = store.streams.audit("blog", limit=50)
    assert not any("self" in json.dumps(dict(entry.detail)) for entry in entries)


@pytest.mark.parametrize("text", [CALL, "You idiot, I want you to die", "kill yourself, idiot"])
def test_calls_to_others_stay_abuse(blog: Blog, text: str) -> None:
    made = blog.made(text)
    assert made["status"] == "held"
    assert "help" not in made
    assert lane_of(blog, made["id"]) == ["harmful"]


def test_abuse_beside_despair_is_held_in_the_lane_of_despair(blog: Blog) -> None:
    made = blog.made("I want to hurt myself. You are an idiot.")
    assert made["status"] == "held"
    assert made["help"] == SHOWN
    assert lane_of(blog, made["id"]) == ["self-harm"]
    [case] = blog.queue()["cases"]
    named = {reason["attribute"] for reason in case["comment"]["verdict"]["reasons"]}
    assert "insult" in named
    assert "threat" not in named


def test_a_threat_that_takes_others_along_is_held(blog: Blog) -> None:
    made = blog.made("I want to hurt myself and take all of you with me")
    assert made["status"] == "held"
    assert lane_of(blog, made["id"]) == ["self-harm"]


def test_it_comes_before_what_has_waited_longer(blog: Blog) -> None:
    worst = blog.made("I will hurt you hurt you, idiot")
    wish = blog.made(DESPAIR)
    plan = blog.made("I am going to kill myself tonight")
    cases = blog.queue()["cases"]
    assert [case["comment"]["id"] for case in cases] == [plan["id"], wish["id"], worst["id"]]
    assert [case["priority"]["terms"].get("danger") for case in cases] == [110.0, 100.0, None]
    assert next(iter(blog.queue()["counts"])) == "all"
    assert blog.queue()["counts"]["self-harm"] == 2


def test_a_site_says_whether_it_is_held_and_what_is_told(blog: Blog) -> None:
    link = {"title": "Our own page", "url": "https://blog.example/help"}
    settings(blog, self_harm="hold", help={"text": "Write to us.", "links": [link]})
    made = blog.made(DESPAIR)
    assert made["status"] == "held"
    assert made["notice"]
    assert made["help"] == {"text": "Write to us.", "links": [link], "own": True}
    settings(blog, self_harm="publish", help={"text": "", "links": []})
    quiet = blog.made("I want to die.")
    assert quiet["status"] == "published"
    assert "help" not in quiet
    assert lane_of(blog, quiet["id"]) == []
    site = settings(blog, help={})
    assert site["presets"]["balanced"]["self_harm"] == "flag"
    assert site["presets"]["strict"]["self_harm"] == "hold"
    assert blog.made("I want to be dead.")["help"] == SHOWN


@pytest.mark.parametrize(
    ("policy", "where"),
    [
        ({"self_harm": "reject"}, "/policy/self_harm"),
        ({"help": {"links": [{"title": "x", "url": "javascript:alert(1)"}]}}, "/policy/help/links"),
        ({"help": {"links": [{"url": "https://a.example"}]}}, "/policy/help/links"),
        ({"help": {"text": "x" * 1001}}, "/policy/help/text"),
        ({"help": {"number": "1"}}, "/policy/help/number"),
    ],
)
def test_settings_that_cannot_be_are_refused(blog: Blog, policy: Any, where: str) -> None:
    answer = blog.client.patch(S, json={"policy": policy}, headers=blog.admin)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["where"].startswith(where)


def test_an_edit_is_judged_anew(blog: Blog) -> None:
    author = blog.author()
    made = blog.made("A fair point.", headers=author)

    def change(text: str, version: int) -> Any:
        body = {"text": text, "version": version}
        path = f"{S}/comments/{made['id']}"
        return blog.client.patch(path, json=body, headers=author).json

    assert change(DESPAIR, 1)["help"] == SHOWN
    assert lane_of(blog, made["id"]) == ["self-harm"]
    assert "help" not in change("It passed. Thank you.", 2)
    assert lane_of(blog, made["id"]) == []


def test_a_moderator_who_edits_or_writes_is_offered_none(blog: Blog) -> None:
    made = blog.made("A fair point.")
    person, _ = blog.moderator("mo@blog.example")
    path = f"{S}/comments/{made['id']}"
    answer = blog.client.patch(path, json={"text": DESPAIR}, headers=person | {"Origin": ORIGIN})
    assert answer.status_code == 200, answer.text
    assert "help" not in answer.json


def test_an_edit_after_a_rejection_still_calls_somebody(blog: Blog) -> None:
    author = blog.author()
    made = blog.made("A fair point.", headers=author)
    blog.decide(made["id"], "reject")
    path = f"{S}/comments/{made['id']}"
    answer = blog.client.patch(path, json={"text": "I want to die."}, headers=author)
    assert answer.json["status"] == "held"
    assert lane_of(blog, made["id"]) == ["self-harm"]


def test_a_decision_ends_it_and_its_undoing_brings_it_back_first(blog: Blog) -> None:
    made = blog.made(DESPAIR)
    blog.made("I will hurt you, idiot")
    decision = blog.decide(made["id"], "approve").json
    assert lane_of(blog, made["id"]) == []
    blog.client.post(f"{S}/decisions/{decision['id']}/undo", headers=blog.admin)
    assert lane_of(blog, made["id"]) == ["self-harm"]
    assert blog.queue()["cases"][0]["comment"]["id"] == made["id"]


def test_a_report_adds_its_lane_and_leaves_it_first(blog: Blog) -> None:
    made = blog.made(DESPAIR)
    blog.client.post(
        f"{S}/comments/{made['id']}/reports", json={"reason": "other"}, headers=blog.author()
    )
    assert lane_of(blog, made["id"]) == ["self-harm", "reported"]
    assert blog.queue()["cases"][0]["priority"]["terms"]["danger"] == 100.0


def test_without_a_model_it_is_found_all_the_same_and_scored_later(
    blog: Blog, app: Any, scorer: TinyScorer
) -> None:
    scorer.down = True
    made = blog.made(DESPAIR)
    assert made["status"] == "held"
    assert made["help"] == SHOWN
    assert lane_of(blog, made["id"]) == ["self-harm"]
    scorer.down = False
    services: Services = services_of(app)
    Worker(services).run_once()
    assert lane_of(blog, made["id"]) == ["self-harm"]
    [case] = blog.queue()["cases"]
    assert case["comment"]["status"] == "published"
    assert case["comment"]["self_harm"]["rest"]


def test_another_language_beside_it_changes_nothing(blog: Blog) -> None:
    made = blog.made("Я больше не могу. I want to die.")
    assert made["help"] == SHOWN
    assert lane_of(blog, made["id"]) == ["self-harm"]


def test_an_export_keeps_it_and_an_import_queues_it_first(blog: Blog, store: Any) -> None:
    made = blog.made(DESPAIR)
    before = store.comments.get("blog", made["id"])
    site = store.sites.get("blog")
    lines = list(export_lines(store, site))
    credential, _ = new_credential("copy", kind="key", role="owner", now=site.created)
    copy = replace(site, slug="copy")
    store.sites.create(copy, credential=credential, now=site.created)
    tally = import_lines(store, copy, lines, dry_run=False)
    assert (tally.comments, tally.refused) == (1, [])
    after = store.comments.get("copy", made["id"])
    assert after.scored.self_harm == before.scored.self_harm
    [case] = store.queue.page("copy", lane="self-harm", now=site.created).cases
    assert case.priority.terms["danger"] == 100.0


def test_a_record_of_before_has_none_and_reads_as_it_was(blog: Blog) -> None:
    """A comment that was stored before despair was looked for has no such field."""
    made = blog.made("A fair point.")
    comment = blog.store.comments.get("blog", made["id"])
    old = StoredScores(scores={"threat": 0.9}, language="en", model="m@1")
    verdict = Verdict(action="hold", reasons=(Reason(rule="score"),), lane="harmful")
    record = replace(comment, text="I want to die", scored=old, verdict=verdict)
    stored = {
        b"v": b"1",
        b"t": b"t",
        b"s": b"h",
        b"x": b"I want to die",
        b"a": b"a",
        b"c": b"1",
        b"n": b"1",
        b"o": content_rest(record),
    }
    read = comment_from("blog", made["id"], stored)
    assert read.scored == old
    assert read.verdict == verdict


def test_the_score_call_says_it_beside_the_scores(blog: Blog) -> None:
    answer = blog.client.post(
        "/api/v1/score", json={"texts": [DESPAIR, "What a day"]}, headers=blog.admin
    )
    despair, none = answer.json
    assert despair["signals"] == [
        {
            "name": "self_harm",
            "acute": True,
            "others": False,
            "phrases": [
                {"start": 0, "end": 21, "kind": "wish"},
                {"start": 23, "end": 57, "kind": "despair"},
            ],
        }
    ]
    assert "signals" not in none


def test_what_other_settings_would_have_done_is_told(blog: Blog) -> None:
    blog.made(DESPAIR)
    answer = blog.client.post(
        f"{S}/policy/rehearsal", json={"policy": {"self_harm": "hold"}}, headers=blog.admin
    )
    assert answer.json["before"]["flag"] == 1
    assert answer.json["after"]["hold"] == 1
    assert answer.json["changes"] == 1
