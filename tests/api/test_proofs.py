"""Proofs of work: asked for where many comments come at once, good once, not of programs."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from flask import Flask

from moderation import proofs
from moderation.clock import MINUTE, now
from moderation.services import services_of
from tests.support.app import ORIGIN, Blog, S

ELSEWHERE = f"{ORIGIN}/other"


def work(asked: dict[str, Any]) -> str:
    """Answer a challenge, as docs/integrate.md says."""
    numbers = (
        next(n for n in count() if proofs.zero_bits(asked["challenge"], place, n) >= asked["bits"])
        for place in range(asked["parts"])
    )
    return f"{asked['challenge']}~{'.'.join(map(str, numbers))}"


def needed(answer: Any) -> dict[str, Any]:
    assert (answer.status_code, answer.json["code"]) == (428, "proof-needed"), answer.text
    asked: dict[str, Any] = answer.json["proof"]
    return asked


@pytest.fixture
def asking(blog: Blog) -> Blog:
    """A site that asks for a proof from a reader's second comment in a minute on."""
    policy = {"proof": "second", "repeat": "publish"}
    blog.client.patch(S, json={"policy": policy}, headers=blog.admin)
    return blog


def test_the_second_comment_in_a_minute_needs_work_that_is_good_once(asking: Blog) -> None:
    blog, reader = asking, asking.author()
    once = {**reader, "Idempotency-Key": "k1"}
    assert blog.post("The first.", headers=reader).status_code == 201
    stored = blog.everything()
    asked = needed(blog.post("The second.", headers=once))
    assert blog.everything() == stored
    proof = {"Rejoinder-Proof": work(asked)}
    made = blog.post("The second.", headers={**once, **proof})
    assert made.status_code == 201
    # The answer is given again to whoever lost it, without more work.
    again = blog.post("The second.", headers=once)
    assert (again.status_code, again.json) == (201, made.json)
    other = needed(blog.post("The third.", headers={**reader, **proof}))
    assert other["challenge"] != asked["challenge"]
    assert other["bits"] == proofs.BITS_IN_A_WAVE
    # Another reader at this address is asked too; a program and the staff are not.
    needed(blog.post("Somebody else.", headers=blog.author()))
    for _ in range(3):
        assert blog.post("A program.", headers=blog.admin).status_code == 201
    # Who comes later is not asked.
    blog.client.patch(S, json={"policy": {"proof": "risen"}}, headers=blog.admin)
    assert blog.post("The third.", headers=reader).status_code == 201


def test_what_is_no_proof_is_refused(asking: Blog, app: Flask) -> None:
    blog, reader = asking, asking.author()
    blog.post(headers=reader)
    proof = work(needed(blog.post("Once more.", headers=reader)))
    challenge, _, numbers = proof.partition("~")
    bits, until, *rest = challenge.split(".")
    wrong = [
        "",
        "x",
        challenge,
        f"{challenge}~",
        f"{challenge}~{numbers}.0",
        f"{challenge}~{'.'.join(['0'] * proofs.PARTS)}",
        f"0.{'.'.join([until, *rest])}~{numbers}",
        f"{bits}.{int(until) + 1}.{'.'.join(rest)}~{numbers}",
        "9" * 5000,
    ]
    for text in wrong:
        needed(blog.post("Once more.", headers={**reader, "Rejoinder-Proof": text}))
    headers = {**reader, "Rejoinder-Proof": proof}
    needed(blog.post("Once more.", headers=headers, thread={"url": ELSEWHERE}))
    secret = services_of(app).settings.secret_key
    thread = blog.thread()["thread"]["id"]
    at = now()
    assert proofs.proven(secret, "blog", thread, proof, now=at)
    assert not proofs.proven(secret, "other", thread, proof, now=at)
    assert not proofs.proven(b"0" * 32, "blog", thread, proof, now=at)
    assert not proofs.proven(secret, "blog", thread, proof, now=at + 11 * MINUTE)
    assert blog.post("Once more.", headers=headers).status_code == 201


@pytest.mark.parametrize("kind", ["spam", "volume"])
def test_a_wave_asks_everybody_and_passes(blog: Blog, app: Flask, kind: str) -> None:
    store = services_of(app).store
    if kind == "spam":
        for i in range(5):
            assert blog.post(f"casino {i}").status_code == 201
    reader = blog.author()
    if kind == "volume":
        for i in range(60):
            assert blog.post(f"Note {i}.", headers=blog.admin).status_code == 201
    needed(blog.post("Hello there.", headers=reader))
    blog.client.patch(S, json={"policy": {"proof": "off"}}, headers=blog.admin)
    assert blog.post("Hello there.", headers=reader).status_code == 201
    context = store.comments.context("blog", thread_id="t", wave=True, now=now() + 11 * MINUTE)
    assert (context.written, context.spam) == (0, 0)
