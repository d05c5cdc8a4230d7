"""Moderators' work over HTTP: queue, claims, decisions, undo, batches, audit, events."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from tests.support.app import PAGE, Blog, S

NOBODY = "01890000-0000-7000-8000-000000000000"


def _status(blog: Blog, comment: str) -> str:
    answer = blog.client.get(f"{S}/comments/{comment}", headers=blog.admin)
    status: str = answer.json["status"]
    return status


@pytest.mark.parametrize("why", ["escalated", "reported", "both"])
def test_a_case_that_stays_after_an_edit_is_weighed_anew(blog: Blog, why: str) -> None:
    author = blog.author()
    made = blog.made("You are a liar.", headers=author)
    held = made["status"] == "held"
    if why != "escalated" and not held:
        blog.client.post(
            f"{S}/comments/{made['id']}/reports", json={"reason": "abuse"}, headers=blog.author()
        )
    if why != "reported":
        assert blog.decide(made["id"], "escalate").status_code == 201
    (before,) = blog.queue()["cases"]
    edit = {**author, "Rejoinder-Edit-Token": made["edit_token"]}
    for text, harmful in (("You idiot!", True), ("I think otherwise.", False)):
        answer = blog.client.patch(f"{S}/comments/{made['id']}", json={"text": text}, headers=edit)
        assert answer.status_code == 200
        (case,) = blog.queue()["cases"]
        terms = case["priority"]["terms"]
        assert case["escalated"] is before["escalated"]
        assert case["queued"] == before["queued"]
        assert (terms["probability"] > 0.6) is harmful
        assert terms["reports"] == before["priority"]["terms"].get("reports", 0)
        assert ("reported" in case["lanes"]) is ("reported" in before["lanes"])
    assert blog.store.maintenance.check("blog") == []


def test_a_case_says_all_that_speaks_for_and_against_it(blog: Blog) -> None:
    parent = blog.made("First.")
    held = blog.made("You idiot!", parent=parent["id"], author={"name": "Ada"})
    blog.made("Another.", parent=parent["id"])
    (case,) = blog.queue()["cases"]
    assert case["lanes"] == ["harmful"]
    assert case["comment"]["id"] == held["id"]
    assert case["comment"]["scores"]["toxicity"] == pytest.approx(0.731, abs=0.001)
    assert case["comment"]["model"] == "tiny-3"
    (toxicity, insult) = case["comment"]["verdict"]["reasons"]
    assert (toxicity["rule"], toxicity["attribute"]) == ("score", "toxicity")
    assert toxicity["score"] >= toxicity["threshold"]
    assert insult["spans"] == [[4, 9]]
    assert case["comment"]["spans"] == [
        {"start": 4, "end": 9, "contributions": {"toxicity": 4.0, "insult": 5.0}}
    ]
    assert case["thread"]["url"] == PAGE
    assert case["author"]["name"] == "Ada"
    assert case["author"]["record"]["comments"] == 1
    assert case["priority"]["total"] == pytest.approx(sum(case["priority"]["terms"].values()))
    whole = blog.client.get(f"{S}/queue/{held['id']}", headers=blog.admin).json
    assert whole["context"]["parent"]["id"] == parent["id"]
    assert [comment["text"] for comment in whole["context"]["siblings"]] == ["Another."]


def test_the_queue_pages_by_cursor(blog: Blog) -> None:
    made = {blog.made(f"You idiot number {n}!", headers=blog.admin)["id"] for n in range(5)}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = blog.queue(limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [case["comment"]["id"] for case in page["cases"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert page["counts"]["all"] == 5


def test_a_claim_keeps_others_out_until_it_is_given_back(blog: Blog) -> None:
    comment = blog.made("You idiot!")["id"]
    ada, _ = blog.moderator("ada@blog.example")
    bob, _ = blog.moderator("bob@blog.example")
    claimed = blog.client.post(f"{S}/queue/claims", json={"limit": 3}, headers=ada)
    assert [case["comment"]["id"] for case in claimed.json["cases"]] == [comment]
    assert blog.client.post(f"{S}/queue/claims", json={}, headers=bob).json["cases"] == []
    url = f"{S}/queue/{comment}/decisions"
    body = {"action": "reject", "version": 1}
    before = blog.everything()
    refused = blog.client.post(url, json=body, headers=bob)
    assert (refused.status_code, refused.json["code"]) == (409, "claimed")
    stolen = blog.client.patch(f"{S}/queue/claims/{comment}", headers=bob)
    assert (stolen.status_code, stolen.json["code"]) == (409, "claimed")
    assert blog.everything() == before
    renewed = blog.client.patch(f"{S}/queue/claims/{comment}", headers=ada)
    assert renewed.status_code == 200
    assert renewed.json["until"] >= claimed.json["cases"][0]["claim"]["until"]
    assert blog.client.delete(f"{S}/queue/claims/{comment}", headers=ada).status_code == 204
    assert blog.client.post(url, json=body, headers=bob).status_code == 201


def test_a_decision_changes_the_thread_and_can_be_undone(blog: Blog) -> None:
    held = blog.made("You idiot!")["id"]
    ada, _ = blog.moderator("ada@blog.example")
    made = blog.client.post(
        f"{S}/queue/{held}/decisions",
        json={"action": "approve", "version": 1, "reason": "Friendly banter."},
        headers=ada,
    )
    assert made.status_code == 201
    decision = made.json
    assert (decision["status_before"], decision["status_after"]) == ("held", "published")
    assert decision["moderator"]["name"] == "ada"
    assert blog.thread()["thread"]["count"] == 1
    assert blog.queue()["counts"]["all"] == 0
    undone = blog.client.post(f"{S}/decisions/{decision['id']}/undo", headers=ada)
    assert (undone.status_code, undone.json["undoes"]) == (201, decision["id"])
    assert blog.thread()["thread"]["count"] == 0
    assert blog.queue()["counts"]["harmful"] == 1
    before = blog.everything()
    twice = blog.client.post(f"{S}/decisions/{decision['id']}/undo", headers=ada)
    assert (twice.status_code, twice.json["code"]) == (409, "superseded")
    assert blog.everything() == before


def test_an_undo_after_something_else_is_refused(blog: Blog) -> None:
    held = blog.made("You idiot!")["id"]
    first = blog.decide(held, "approve").json
    blog.decide(held, "reject")
    before = blog.everything()
    answer = blog.client.post(f"{S}/decisions/{first['id']}/undo", headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (409, "superseded")
    assert blog.everything() == before
    assert _status(blog, held) == "rejected"


def test_an_escalated_case_stays_queued(blog: Blog) -> None:
    held = blog.made("You idiot!")["id"]
    assert blog.decide(held, "escalate", reason="Not mine to say.").status_code == 201
    (case,) = blog.queue()["cases"]
    assert case["escalated"] is True
    assert case["comment"]["status"] == "held"
    assert case["decisions"][0]["reason"] == "Not mine to say."


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"action": "approve", "version": 9}, 409, "changed"),
        ({"action": "approve"}, 422, "invalid"),
        ({"action": "publish", "version": 1}, 422, "invalid"),
        ({"action": "approve", "version": "1"}, 422, "invalid"),
        ({"action": "approve", "version": 1, "reason": "x" * 501}, 422, "too-long"),
    ],
)
def test_a_wrong_decision_changes_nothing(
    blog: Blog, body: dict[str, Any], status: int, code: str
) -> None:
    held = blog.made("You idiot!")["id"]
    before = blog.everything()
    url = f"{S}/queue/{held}/decisions"
    answer = blog.client.post(url, json=body, headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (status, code)
    assert blog.everything() == before


def test_nothing_there_to_decide_or_undo(blog: Blog) -> None:
    before = blog.everything()
    for comment in (NOBODY, "x"):
        assert blog.decide(comment, "approve").status_code == 404
        for call in (
            blog.client.get(f"{S}/queue/{comment}", headers=blog.admin),
            blog.client.post(f"{S}/decisions/{comment}/undo", headers=blog.admin),
            blog.client.post(f"{S}/batches/{comment}/undo", headers=blog.admin),
            blog.client.patch(f"{S}/queue/claims/{comment}", headers=blog.admin),
        ):
            assert call.status_code == 404, call.text
    assert blog.everything() == before


def test_a_batch_is_previewed_made_and_undone(blog: Blog) -> None:
    ids = [blog.made(f"You idiot {n}!", headers=blog.admin)["id"] for n in range(3)]
    items = [{"id": comment, "version": 1} for comment in ids]
    items[2]["version"] = 5
    body = {"action": "approve", "comments": items}
    before = blog.everything()
    preview = blog.client.post(f"{S}/batches", json=body | {"preview": True}, headers=blog.admin)
    assert preview.json["id"] is None
    assert [result["ok"] for result in preview.json["results"]] == [True, True, False]
    assert preview.json["results"][0]["excerpt"] == "You idiot 0!"
    assert preview.json["results"][2]["error"]["code"] == "changed"
    assert blog.everything() == before
    made = blog.client.post(f"{S}/batches", json=body, headers=blog.admin)
    assert [result["ok"] for result in made.json["results"]] == [True, True, False]
    assert [_status(blog, comment) for comment in ids] == ["published", "published", "held"]
    blog.decide(ids[1], "reject")
    undone = blog.client.post(f"{S}/batches/{made.json['id']}/undo", headers=blog.admin)
    outcomes = {result["comment"]: result for result in undone.json["results"]}
    assert outcomes[ids[0]]["ok"] is True
    assert outcomes[ids[1]]["error"]["code"] == "superseded"
    assert [_status(blog, comment) for comment in ids] == ["held", "rejected", "held"]


def test_a_preview_foretells_what_a_claim_will_refuse(blog: Blog) -> None:
    ids = [blog.made(f"You idiot {n}!", headers=blog.admin)["id"] for n in range(2)]
    ada, _ = blog.moderator("ada@blog.example")
    assert blog.client.patch(f"{S}/queue/claims/{ids[0]}", headers=ada).status_code == 200
    body = {"action": "reject", "comments": [{"id": comment, "version": 1} for comment in ids]}
    url = f"{S}/batches"
    for headers, expected in ((ada, [None, None]), (blog.admin, ["claimed", None])):
        preview = blog.client.post(url, json=body | {"preview": True}, headers=headers).json
        codes = [result.get("error", {}).get("code") for result in preview["results"]]
        assert codes == expected
    made = blog.client.post(url, json=body, headers=blog.admin).json
    assert [r.get("error", {}).get("code") for r in made["results"]] == ["claimed", None]


def test_a_wrong_batch_changes_nothing(blog: Blog) -> None:
    held = blog.made("You idiot!")["id"]
    item = {"id": held, "version": 1}
    before = blog.everything()
    for comments in ([], [item, item], [item] * 201, [{"id": held}], [{"id": "x", "version": 1}]):
        body = {"action": "approve", "comments": comments}
        answer = blog.client.post(f"{S}/batches", json=body, headers=blog.admin)
        assert answer.status_code == 422, answer.text
    assert blog.everything() == before


def test_an_author_s_history(blog: Blog) -> None:
    reader = blog.author()
    held = blog.made("You idiot!", headers=reader)
    fine = blog.made("A fair point.", headers=reader)
    blog.decide(held["id"], "reject")
    url = f"{S}/authors/{held['author']['id']}/comments"
    nobody = blog.client.get(f"{S}/authors/none/comments", headers=blog.admin)
    assert (nobody.status_code, nobody.json["code"]) == (404, "not-found")
    answer = blog.client.get(url, headers=blog.admin).json
    assert [comment["id"] for comment in answer["comments"]] == [fine["id"], held["id"]]
    assert answer["author"]["record"]["rejected"] == 1
    assert blog.client.get(url, headers=reader).status_code == 401


def test_the_audit_names_who_did_what_and_holds_no_text(blog: Blog) -> None:
    held = blog.made("You idiot xylophone!")["id"]
    ada, _ = blog.moderator("ada@blog.example")
    body = {"action": "reject", "version": 1}
    decided = blog.client.post(f"{S}/queue/{held}/decisions", json=body, headers=ada).json
    answer = blog.client.get(f"{S}/audit", headers=ada)
    newest = answer.json["entries"][0]
    assert newest["actor"] == decided["moderator"]["id"]
    assert held in (newest["subject"], str(newest["detail"]))
    assert "xylophone" not in answer.text
    first = blog.client.get(f"{S}/audit", query_string={"limit": 1}, headers=ada).json
    second = blog.client.get(
        f"{S}/audit", query_string={"limit": 1, "cursor": first["next_cursor"]}, headers=ada
    ).json
    assert second["entries"] == answer.json["entries"][1:2]


def test_events_by_polling_and_as_a_stream(blog: Blog) -> None:
    blog.made("First.")
    start = blog.client.get(f"{S}/events", headers=blog.admin).json["next"]
    held = blog.made("You idiot xylophone!")["id"]
    polled = blog.client.get(f"{S}/events", query_string={"after": start}, headers=blog.admin)
    assert "comment.created" in [event["type"] for event in polled.json["events"]]
    assert held in polled.text
    assert "xylophone" not in polled.text
    again = {"after": polled.json["next"]}
    nothing = blog.client.get(f"{S}/events", query_string=again, headers=blog.admin).json
    assert nothing == {"events": [], "next": polled.json["next"]}
    stream = blog.client.get(
        f"{S}/events",
        query_string={"after": start},
        headers=blog.admin | {"Accept": "text/event-stream"},
        buffered=False,
    )
    assert stream.mimetype == "text/event-stream"
    chunks = iter(stream.response)
    assert "retry:" in _text(next(chunks))
    assert held in _text(next(chunks))
    stream.close()


def test_streams_leave_threads_for_others(blog: Blog) -> None:
    after = {"after": blog.client.get(f"{S}/events", headers=blog.admin).json["next"]}
    blog.made("First.")
    accept = blog.admin | {"Accept": "text/event-stream"}
    streams = [
        blog.client.get(f"{S}/events", query_string=after, headers=accept, buffered=False)
        for _ in range(2)
    ]
    held = [iter(stream.response) for stream in streams]
    for chunks in held:
        assert "retry:" in _text(next(chunks))
        assert "comment.created" in _text(next(chunks))
    third = blog.client.get(f"{S}/events", query_string=after, headers=accept)
    assert "comment.created" in third.text  # whole: it ended
    for stream in streams:
        stream.close()
    fourth = blog.client.get(f"{S}/events", query_string=after, headers=accept, buffered=False)
    chunks = iter(fourth.response)
    assert "retry:" in _text(next(chunks))
    fourth.close()


def _text(chunk: bytes | str) -> str:
    return chunk.decode() if isinstance(chunk, bytes) else chunk


@pytest.mark.parametrize(
    "after", ["x", "1-", "-1", "9" * 65, "$", ">", f"{2**64}-0", "0-" + "9" * 20]
)
def test_a_wrong_place_in_the_events(blog: Blog, after: str) -> None:
    answer = blog.client.get(f"{S}/events", query_string={"after": after}, headers=blog.admin)
    assert answer.status_code == 422, answer.text
    stream = blog.admin | {"Accept": "text/event-stream", "Last-Event-ID": after}
    answer = blog.client.get(f"{S}/events", headers=stream)
    assert answer.status_code == 422, answer.text


def test_a_case_is_taken_over_by_who_asks_for_it(blog: Blog) -> None:
    comment = blog.made("You idiot!")["id"]
    ada, _ = blog.moderator("ada@blog.example")
    bob, _ = blog.moderator("bob@blog.example")
    url = f"{S}/queue/claims/{comment}"
    assert blog.client.patch(url, headers=ada).status_code == 200
    assert blog.client.put(url).status_code == 401
    taken = blog.client.put(url, headers=bob)
    assert taken.status_code == 200
    assert blog.client.patch(url, headers=ada).json["code"] == "claimed"
    decided = blog.client.post(
        f"{S}/queue/{comment}/decisions", json={"action": "approve", "version": 1}, headers=bob
    )
    assert decided.status_code == 201
    again = blog.client.put(url, headers=bob)
    assert (again.status_code, again.json["code"]) == (404, "not-found")
    read = blog.client.get(f"{S}/audit", query_string={"verb": "take-over"}, headers=bob).json
    assert [entry["subject"] for entry in read["entries"]] == [comment]


def test_the_audit_is_filtered_by_verb_actor_and_time(blog: Blog) -> None:
    made = [blog.made("You idiot!")["id"] for _ in range(3)]
    ada, _ = blog.moderator("ada@blog.example")
    for comment, headers in zip(made, (ada, blog.admin, ada), strict=True):
        blog.client.post(
            f"{S}/queue/{comment}/decisions",
            json={"action": "reject", "version": 1},
            headers=headers,
        )

    def read(**query: Any) -> Any:
        answer = blog.client.get(f"{S}/audit", query_string=query, headers=ada)
        assert answer.status_code == 200, answer.text
        return answer.json

    page = read(verb="approve,reject,undo")
    assert [entry["subject"] for entry in page["entries"]] == made[::-1]
    assert page["next_cursor"] is None
    [by_key] = {entry["actor"] for entry in page["entries"]} - {page["entries"][0]["actor"]}
    theirs = read(verb="reject", actor=by_key)["entries"]
    assert [entry["subject"] for entry in theirs] == [made[1]]
    first = read(verb="reject", limit=1)
    rest = read(verb="reject", limit=2, cursor=first["next_cursor"])
    assert [entry["subject"] for entry in rest["entries"]] == made[1::-1]
    assert read(verb="reject", before="2026-01-01T00:00:00Z")["entries"] == []
    assert len(read(verb="reject", before="2999-01-01T00:00:00+02:00")["entries"]) == 3
    assert {entry["verb"] for entry in read(verb="submit")["entries"]} == {"submit"}
    for bad in ({"verb": "Reject"}, {"before": "yesterday"}, {"actor": "x" * 101}):
        answer = blog.client.get(f"{S}/audit", query_string=bad, headers=ada)
        assert answer.status_code == 422, bad


def test_long_answers_of_the_queue_are_compressed_for_who_accepts_it(blog: Blog) -> None:
    for number in range(5):
        blog.made(f"You idiot number {number}!", headers=blog.admin)
    for path in ("queue", "audit", "events"):
        plain = blog.client.get(f"{S}/{path}", headers=blog.admin)
        accepts = blog.admin | {"Accept-Encoding": "gzip, br"}
        packed = blog.client.get(f"{S}/{path}", headers=accepts)
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert "Content-Encoding" not in plain.headers
        assert len(packed.data) < len(plain.data) / 2
        unpacked = json.loads(gzip.decompress(packed.data))
        if path != "queue":  # there the waiting time goes on
            assert unpacked == plain.json
        refused = blog.admin | {"Accept-Encoding": "gzip;q=0"}
        assert "Content-Encoding" not in blog.client.get(f"{S}/{path}", headers=refused).headers


def test_spam_waits_apart_and_may_be_rejected_where_the_site_says_so(blog: Blog) -> None:
    held = blog.made("casino casino casino")
    assert held["status"] == "held"
    (case,) = blog.queue(lane="spam")["cases"]
    assert (case["comment"]["id"], case["lanes"]) == (held["id"], ["spam"])
    assert blog.queue()["counts"]["harmful"] == 0
    site = blog.client.get(S, headers=blog.admin).json
    assert site["presets"]["balanced"]["spam"] == "hold"
    assert site["spam_refusal"]["clean_share"] == 0.02
    answer = blog.client.patch(S, json={"policy": {"spam": "reject"}}, headers=blog.admin)
    assert answer.json["policy"]["spam"] == "reject"
    rejected = blog.made("casino casino casino casino")
    assert rejected["status"] == "rejected"
    assert rejected["notice"]
    (case,) = blog.queue(lane="rejected")["cases"]
    assert case["comment"]["verdict"]["reasons"][0]["attribute"] == "spam"
    assert blog.decide(rejected["id"], "approve").json["status_after"] == "published"
    wrong = blog.client.patch(S, json={"policy": {"spam": "delete"}}, headers=blog.admin)
    assert (wrong.status_code, wrong.json["where"]) == (422, "/policy/spam")
