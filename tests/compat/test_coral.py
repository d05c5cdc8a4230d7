"""Coral's external moderation phase: signatures, what each verdict becomes, fail closed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from moderation.compat.judging import plain_text
from moderation.scoring import ScoringService
from moderation.store import Store
from tests.compat.conftest import SITE, Key, now

SECRET = "whsec-of-coral"


def request_of(text: str, role: str = "COMMENTER") -> dict[str, Any]:
    """What Coral 9 sends for a new comment."""
    return {
        "action": "NEW",
        "comment": {"body": text, "parentID": None},
        "author": {"id": "a-1", "role": role},
        "story": {"id": "s-1", "url": "https://news.example/story"},
        "site": {"id": "site-1"},
        "tenantID": "t-1",
        "tenantDomain": "talk.news.example",
    }


def sign(raw: bytes, *secrets: str) -> str:
    """Sign as Coral does: one signature for each secret that it still knows."""
    digests = (hmac.new(s.encode(), raw, hashlib.sha256).hexdigest() for s in secrets)
    return ",".join(f"sha256={digest}" for digest in digests)


@pytest.fixture
def ask(http: FlaskClient, make_key: Callable[..., Key]) -> Callable[..., Any]:
    key = make_key(scopes=("coral",), coral_secret=SECRET)

    def call(body: Any, signature: str | None = None) -> Any:
        raw = json.dumps(body, indent=2).encode()
        return http.post(
            f"/coral/moderation/{SITE}/{key.credential.id}",
            data=raw,
            content_type="application/json",
            headers={"X-Coral-Signature": sign(raw, SECRET) if signature is None else signature},
        )

    return call


def test_a_fine_comment_passes(ask: Any) -> None:
    response = ask(request_of("A fine day"))
    assert (response.status_code, response.data) == (204, b"")
    assert response.headers["X-Model-Version"] == "tiny-3"


def test_verdicts_become_corals_words(ask: Any, store: Store) -> None:
    assert ask(request_of("<p>You <b>idiot</b></p>")).json == {
        "status": "SYSTEM_WITHHELD",
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}],
    }
    spam = ask(request_of("My casino, my casino")).json
    assert spam["actions"][0]["reason"] == "COMMENT_DETECTED_SPAM"
    thresholds = {"insult": {"flag": 0.5, "hold": None}, "toxicity": {"flag": 0.5, "hold": None}}
    policy = {"preset": "balanced", "thresholds": thresholds}
    store.sites.update(SITE, policy=policy, actor="test", now=now())
    assert ask(request_of("You idiot")).json == {
        "actions": [{"actionType": "FLAG", "reason": "COMMENT_DETECTED_TOXIC"}]
    }


@pytest.mark.parametrize("role", ["STAFF", "MODERATOR", "ADMIN"])
def test_staff_is_not_moderated(ask: Any, role: str) -> None:
    assert ask(request_of("You idiot", role)).status_code == 204


def test_edits_and_odd_characters(ask: Any) -> None:
    assert ask({**request_of("1 < 2 & you idiot <3"), "action": "EDIT"}).status_code == 200


@pytest.mark.parametrize(
    "html",
    ["<div>hurt</div><div>idiot</div>", "hurt<br>idiot", "<p>hurt</p>idiot", "hurt<BR/>idiot"],
)
def test_lines_do_not_run_together(html: str) -> None:
    assert plain_text(html).split() == ["hurt", "idiot"]


def test_words_are_not_parted_and_plain_text_stays() -> None:
    assert plain_text("You <b>id</b>iot") == "You idiot"
    assert plain_text("1 < 2 & you <3") == "1 < 2 & you <3"


def test_any_of_several_signatures_will_do(ask: Any) -> None:
    raw = json.dumps(request_of("A fine day"), indent=2).encode()
    assert ask(request_of("A fine day"), sign(raw, "older", SECRET)).status_code == 204


@pytest.mark.parametrize(
    "signature", ["", "sha256=", "sha256=00", "sha1=x", "\u00e9", sign(b"other", SECRET)]
)
def test_wrong_signatures_are_refused(ask: Any, signature: str) -> None:
    response = ask(request_of("x"), signature)
    assert (response.status_code, response.json["code"]) == (401, "bad-signature")
    assert response.content_type == "application/problem+json"


def test_keys_without_secret_or_scope(http: FlaskClient, make_key: Callable[..., Key]) -> None:
    raw = json.dumps(request_of("x")).encode()

    def call(key: Key, secret: str) -> Any:
        path = f"/coral/moderation/{SITE}/{key.credential.id}"
        return http.post(path, data=raw, headers={"X-Coral-Signature": sign(raw, secret)})

    assert call(make_key(scopes=("coral",)), "").status_code == 401
    assert call(make_key(scopes=("openai",), coral_secret=SECRET), SECRET).status_code == 403
    path = f"/coral/moderation/{SITE}/unknown00000"
    assert http.post(path, data=raw, headers={"X-Coral-Signature": "x"}).status_code == 401


@pytest.mark.parametrize("body", [[], {}, {"action": "NEW"}, {**request_of("x"), "action": "NO"}])
def test_what_is_not_corals_is_refused(ask: Any, body: Any) -> None:
    response = ask(body)
    assert response.status_code == 422
    assert response.json["code"] == "invalid"


def test_a_failing_scorer_withholds(ask: Any, scoring: ScoringService) -> None:
    scoring.scorer.down = True
    assert ask(request_of("A fine day")).json["status"] == "SYSTEM_WITHHELD"
