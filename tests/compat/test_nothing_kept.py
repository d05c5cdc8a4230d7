"""What was only asked about leaves no trace: Redis, logs and metrics are searched for it."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.store import Store
from moderation.store.connection import Connection
from moderation.usage import month_of
from tests.compat.conftest import SECRET_KEY, SITE, Key, now

TEXT = "Zwetschgendatschi, you casino idiot"
CORAL = "coral-secret"


def everything(connection: Connection) -> dict[str, bytes]:
    """Every key of the server and what it holds, serialised."""

    def read(client: Any) -> dict[str, bytes]:
        return {key.decode(): client.dump(key) or b"" for key in client.scan_iter(count=1_000)}

    return connection.call(read)


def readable(connection: Connection) -> str:
    """Every key and value as text, whatever its type."""
    readers: dict[bytes, Callable[[Any, bytes], Any]] = {
        b"string": lambda c, k: c.get(k),
        b"hash": lambda c, k: c.hgetall(k),
        b"set": lambda c, k: c.smembers(k),
        b"zset": lambda c, k: c.zrange(k, 0, -1, withscores=True),
        b"stream": lambda c, k: c.xrange(k),
        b"list": lambda c, k: c.lrange(k, 0, -1),
    }
    return connection.call(
        lambda c: "\n".join(f"{k!r} {readers[c.type(k)](c, k)!r}" for k in c.scan_iter())
    )


def analyze(http: FlaskClient, key: Key) -> Any:
    asked = {
        "comment": {"text": TEXT},
        "context": {"entries": [{"text": TEXT}]},
        "requestedAttributes": {"TOXICITY": {}, "SPAM": {}},
        "doNotStore": True,
        "clientToken": TEXT,
        "communityId": TEXT,
        "sessionId": TEXT,
        "spanAnnotations": True,
    }
    return http.post(f"/v1alpha1/comments:analyze?key={key.text}", json=asked)


def suggest_not_to_be_stored(http: FlaskClient, key: Key) -> Any:
    asked = {
        "comment": {"text": TEXT},
        "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
        "clientToken": "token",
        "doNotStore": True,
    }
    return http.post(f"/v1alpha1/comments:suggestscore?key={key.text}", json=asked)


def moderate(http: FlaskClient, key: Key) -> Any:
    return http.post("/v1/moderations", json={"input": [TEXT]}, headers=key.bearer)


def form(key: Key) -> dict[str, str]:
    return {
        "api_key": key.text,
        "blog": "https://blog.example",
        "user_ip": "203.0.113.77",
        "comment_author": TEXT,
        "comment_content": TEXT,
    }


def check(http: FlaskClient, key: Key) -> Any:
    return http.post("/1.1/comment-check", data=form(key))


def check_as_test(http: FlaskClient, key: Key) -> Any:
    return http.post("/1.1/comment-check", data={**form(key), "is_test": "1"})


def submit_as_test(http: FlaskClient, key: Key) -> Any:
    return http.post("/1.1/submit-spam", data={**form(key), "is_test": "1"})


def coral(http: FlaskClient, key: Key) -> Any:
    raw = json.dumps({"action": "NEW", "comment": {"body": TEXT}}).encode()
    signature = hmac.new(CORAL.encode(), raw, hashlib.sha256).hexdigest()
    path = f"/coral/moderation/{SITE}/{key.credential.id}"
    return http.post(path, data=raw, headers={"X-Coral-Signature": f"sha256={signature}"})


CALLS = [
    analyze, suggest_not_to_be_stored, moderate, check, check_as_test, submit_as_test, coral,
]  # fmt: skip


@pytest.mark.parametrize("down", [False, True], ids=["answered", "failed"])
@pytest.mark.parametrize("call", CALLS)
def test_nothing_is_kept(
    call: Any,
    down: bool,
    compat_app: Flask,
    http: FlaskClient,
    make_key: Callable[..., Key],
    connection: Connection,
    store: Store,
    scoring: ScoringService,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    key = make_key(coral_secret=CORAL)
    before = everything(connection)
    caplog.set_level(logging.DEBUG)
    scoring.scorer.down = down
    status = call(http, key).status_code
    assert status == 200 or (down and status in (200, 503))
    services_of(compat_app).meter.flush()
    after = everything(connection)
    usage = f"{{{SITE}}}:usage:{key.credential.id}:{month_of(now())}"
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {usage}, "the request is counted, and that is all"
    counts = store.usage.get(SITE, key.credential.id, month_of(now()))
    assert counts.pop("calls") == 1
    if call is check and not down:
        assert counts == {"blog.example|spam": 1, "blog.example|api_calls": 1}
    else:
        assert counts == {}, "no verdict either"
    output = capsys.readouterr()
    metrics = http.get("/metrics").text
    everywhere = "\n".join([readable(connection), caplog.text, output.out, output.err, metrics])
    for trace in traces():
        assert trace not in everywhere
    assert key.text not in caplog.text + output.out + output.err + metrics


def traces() -> list[str]:
    """The text, its words, and its hashes in the forms in which they might be kept."""
    raw = TEXT.encode()
    digests = [hashlib.new(name, raw).hexdigest() for name in ("sha1", "sha256", "md5", "blake2b")]
    digests += [hashlib.blake2b(raw, digest_size=size).hexdigest() for size in (8, 16, 20, 32)]
    digests.append(hmac.new(SECRET_KEY, raw, hashlib.sha256).hexdigest()[:32])
    return ["Zwetschgen", "203.0.113.77", *digests, *(digest[:16] for digest in digests)]


def test_the_search_would_find_a_stored_text(
    http: FlaskClient, key: Key, connection: Connection
) -> None:
    http.post("/1.1/submit-spam", data=form(key))
    assert "Zwetschgen" in readable(connection)


def test_a_dismissed_suggestion_is_erased(
    http: FlaskClient, key: Key, connection: Connection, store: Store
) -> None:
    http.post("/1.1/submit-spam", data=form(key))
    (kept,), _ = store.suggestions.page(SITE, accepted=False, limit=5)
    store.suggestions.review(
        SITE, kept.id, accept=False, created=kept.created, moderator="m", now=now()
    )
    everywhere = readable(connection)
    assert not [trace for trace in traces() if trace in everywhere]
