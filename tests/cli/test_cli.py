"""The commands, on embedded storage of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from moderation import clock, urls
from moderation.cli import cli
from moderation.records import Delivery, Thread, Webhook
from moderation.settings import load_settings
from moderation.store import Store
from moderation.store.connection import connect
from moderation.store.mail import MAX_BOUNCES
from moderation.tokens import read_credential
from tests.support.store_world import World

KEY = r"rj_blog_[a-z0-9]{12}_[0-9a-f]{64}"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    for name in list(os.environ):
        if name.startswith("REJOINDER_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REJOINDER_DURABILITY", "everysec")
    monkeypatch.setenv("REJOINDER_PUBLIC_URL", "https://comments.example.org")
    return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def asked(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return json.loads(result.stdout)


def refused(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code != 0
    assert result.stdout == ""
    assert isinstance(result.exception, SystemExit)
    return result.stderr.strip().splitlines()[-1]


@pytest.fixture
def blog(folder) -> Any:
    return asked("site", "create", "blog", "--origin", "https://Blog.example.org/")


@pytest.fixture
def store(blog) -> Any:
    connection = connect(load_settings())
    yield Store(connection)
    connection.close()


def test_what_authors_in_despair_are_told_can_be_set(blog) -> None:
    usual = asked("site", "help-lines", "blog")
    assert "https://findahelpline.com" in {link["url"] for link in usual["links"]}
    link = {"title": "Our page", "url": "https://blog.example.org/help"}
    told = asked(
        *("site", "help-lines", "blog", "--text", "Write to us.", "--link", link["url"], "Our page")
    )
    assert told == {"site": "blog", "text": "Write to us.", "links": [link]}
    assert asked("site", "help-lines", "blog") == told
    assert asked("site", "help-lines", "blog", "--no-links")["text"] == "Write to us."
    assert asked("site", "help-lines", "blog", "--usual") == usual
    assert "/links/0/url" in refused("site", "help-lines", "blog", "--link", "tel:1", "x")
    refused("site", "help-lines", "blog", "--usual", "--no-links")
    refused("site", "help-lines", "elsewhere")


def test_a_site_with_its_key(blog, store):
    assert blog["site"] == "blog"
    assert blog["origins"] == ["https://blog.example.org"]
    assert 'src="https://comments.example.org/embed.js" data-site="blog"' in blog["tag"]
    presented = read_credential(blog["api_key"])
    assert presented is not None
    stored = store.credentials.get("blog", presented.id, now=clock.now())
    assert presented.proves(stored)
    assert stored.role == "owner"
    assert store.sites.get("blog").policy == {"preset": "balanced"}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nothing"], "Error: No such command 'nothing'. See "),
        (["--nothing"], "Error: No such option '--nothing'. See "),
        (["site", "create", "blog"], "Error: Missing option '--origin'. See "),
        (["serve", "--port", "http"], "Error: Invalid value for '--port': "),
    ],
)
def test_a_wrong_call_is_one_line(folder, arguments, line):
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(line)
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(" --help.\n")


def test_sites_for_people(folder):
    assert run("site", "list").stdout == "No sites.\n"
    made = run("site", "create", "blog", "--origin", "https://a.example", "--name", "My blog")
    assert re.search(KEY, made.stdout)
    assert "<rejoinder-thread>" in made.stdout
    listed = run("site", "list").stdout
    assert "blog" in listed
    assert "My blog  https://a.example" in listed
    assert asked("site", "list")[0]["name"] == "My blog"


def test_a_moderator_with_key_and_link(blog, store):
    made = asked("moderator", "create", "Ann@example.org", "--site", "blog", "--role", "admin")
    assert (made["role"], made["name"]) == ("admin", "Ann")
    key = read_credential(made["api_key"])
    address, _, token = made["login_link"].partition("#")
    login = read_credential(token)
    assert address == "https://comments.example.org/dashboard/login"
    assert store.accounts.get("blog", made["moderator"]).email == "Ann@example.org"
    for presented, kind in ((key, "key"), (login, "login")):
        stored = store.credentials.get("blog", presented.id, now=clock.now())
        assert presented.proves(stored)
        assert (stored.kind, stored.moderator) == (kind, made["moderator"])
    again = asked("moderator", "login-link", "ann@example.org", "--site", "blog")
    assert again["login_link"] != made["login_link"]
    assert [m["email"] for m in asked("moderator", "list", "--site", "blog")] == ["Ann@example.org"]
    bob = ("moderator", "create", "bob@example.org", "--site", "blog")
    text = run(*bob).stdout
    assert re.search(rf"/dashboard/login#{KEY}", text)
    assert len(re.findall(KEY, text)) == 1
    said = refused(*bob)
    assert "bob@example.org already has an account on blog" in said
    assert "rejoinder moderator login-link bob@example.org --site blog" in said
    both = run("moderator", "create", "di@example.org", "--site", "blog", "--with-key").stdout
    assert len(re.findall(KEY, both)) == 2


def test_a_moderator_is_logged_out_and_removed(blog, store):
    made = asked("moderator", "create", "Ann@example.org", "--site", "blog")
    asked("moderator", "create", "bob@example.org", "--site", "blog")
    key, login = (
        read_credential(text.partition("#")[2] or text)
        for text in (made["api_key"], made["login_link"])
    )
    of_ann = ("ann@example.org", "--site", "blog")
    assert asked("moderator", "end-sessions", *of_ann) == {
        "site": "blog",
        "moderator": made["moderator"],
        "email": "Ann@example.org",
        "ended": 0,
    }
    assert store.credentials.get("blog", login.id, now=clock.now()) is None
    assert store.credentials.get("blog", key.id, now=clock.now()) is not None
    ended = run("moderator", "end-sessions", *of_ann).stdout
    assert ended == "Logged Ann@example.org out; sessions ended: 0.\n"

    assert asked("moderator", "remove", *of_ann) == {
        "site": "blog",
        "removed": made["moderator"],
        "email": "Ann@example.org",
    }
    assert store.credentials.get("blog", key.id, now=clock.now()) is None
    assert [m["email"] for m in asked("moderator", "list", "--site", "blog")] == ["bob@example.org"]
    for command in ("remove", "end-sessions", "login-link"):
        assert "no moderator ann@example.org" in refused("moderator", command, *of_ann)
    assert store.streams.audit("blog", limit=1)[0][0].actor == "cli"
    back = asked("moderator", "create", *of_ann)
    assert back["moderator"] != made["moderator"]
    gone = run("moderator", "remove", "BOB@example.org", "--site", "blog").stdout
    assert gone.startswith("Removed bob@example.org from blog. ")


def test_a_moderator_gets_another_role(blog, store):
    made = asked("moderator", "create", "Ann@example.org", "--site", "blog")
    key = read_credential(made["api_key"]).id
    assert "admin" not in store.credentials.get("blog", key, now=clock.now()).scopes
    assert asked("moderator", "role", "ann@example.org", "admin", "--site", "blog") == {
        "site": "blog",
        "moderator": made["moderator"],
        "email": "Ann@example.org",
        "role": "admin",
        "role_before": "moderator",
    }
    assert "admin" in store.credentials.get("blog", key, now=clock.now()).scopes
    assert [m["role"] for m in asked("moderator", "list", "--site", "blog")] == ["admin"]
    entry = store.streams.audit("blog", limit=1)[0][0]
    assert (entry.actor, entry.verb, entry.subject) == ("cli", "set-role", made["moderator"])
    role = ("moderator", "role", "ann@example.org", "moderator", "--site", "blog")
    assert run(*role).stdout == "Ann@example.org is moderator of blog now; it was admin.\n"
    assert run(*role).stdout == "Ann@example.org is moderator of blog already.\n"
    assert "admin" not in store.credentials.get("blog", key, now=clock.now()).scopes


def test_keys_are_made_listed_and_revoked(blog, store):
    made = asked("key", "create", "--site", "blog", "--scope", "score", "--name", "bot")
    presented = read_credential(made["api_key"])
    assert made["scopes"] == ["score"]
    listed = asked("key", "list", "--site", "blog")
    assert [item["name"] for item in listed] == ["first key", "bot"]
    assert made["api_key"] not in json.dumps(listed)
    assert "bot" in run("key", "list", "--site", "blog").stdout
    assert asked("key", "revoke", presented.id, "--site", "blog")["revoked"] == presented.id
    assert store.credentials.get("blog", presented.id, now=clock.now()) is None
    assert "queue" not in asked("key", "create", "--site", "blog")["scopes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("site", "create", "blog", "--origin", "https://a.example"), "already"),
        (("site", "create", "Big_Blog", "--origin", "https://a.example"), "slug"),
        (("site", "create", "new", "--origin", "a.example"), "Error: "),
        (("site", "create", "new", "--origin", "https://a.example/path"), "path"),
        (("site", "create", "new"), "--origin"),
        (("moderator", "create", "ann", "--site", "blog"), "e-mail"),
        (("moderator", "create", "a@b.c", "--site", "nope"), "nope"),
        (("moderator", "create", "a@b.c", "--site", "blog", "--role", "king"), "--role"),
        (("moderator", "login-link", "a@b.c", "--site", "blog"), "no moderator a@b.c"),
        (("moderator", "list", "--site", "nope"), "nope"),
        (("moderator", "remove", "a@b.c", "--site", "blog"), "no moderator a@b.c"),
        (("moderator", "remove", "a@b.c", "--site", "nope"), "nope"),
        (("moderator", "end-sessions", "a@b.c", "--site", "blog"), "no moderator a@b.c"),
        (("moderator", "role", "a@b.c", "admin", "--site", "blog"), "no moderator a@b.c"),
        (("moderator", "role", "a@b.c", "client", "--site", "blog"), "client"),
        (("key", "create", "--site", "nope"), "nope"),
        (("key", "create", "--site", "blog", "--scope", "all"), "--scope"),
        (("key", "revoke", "unknown", "--site", "blog"), "Error: "),
        (("worker", "--check"), "no worker"),
        (("serve", "--port", "0"), "--port"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_failure_is_one_clear_line(blog, arguments, message):
    assert message in refused(*arguments)


def test_a_wrong_setting_is_one_clear_line(folder, monkeypatch):
    monkeypatch.setenv("REJOINDER_DURABILITY", "sometimes")
    for command in (("site", "list"), ("serve",), ("worker",), ("doctor",), ("demo",)):
        assert "REJOINDER_DURABILITY" in refused(*command)


def test_a_storage_that_is_away_is_one_clear_line(folder, monkeypatch):
    monkeypatch.setenv("REJOINDER_REDIS_URL", "redis://127.0.0.1:1")
    result = run("site", "list")
    assert result.stdout == ""
    assert result.stderr.startswith("Error: The storage is not available: ")
    assert "127.0.0.1:1" in result.stderr
    assert result.stderr.count("\n") == 1


def commands(group: Any, *path: str) -> Any:
    yield path
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, *path, name)


@pytest.mark.parametrize("path", [p for p in commands(cli) if p != ("compare",)], ids=" ".join)
def test_every_command_has_help(path):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith("Usage: ")
    first = result.stdout.split("\n\n")[1].strip()
    assert len(first.split()) > 2


def test_doctor_names_what_is_wrong(blog, store, monkeypatch):
    found = run("doctor", "--json")
    report = json.loads(found.stdout)
    levels = {item["about"]: (item["level"], item["detail"]) for item in report["findings"]}
    assert levels["server"][0] == "ok"
    assert "scores comments in " in levels["model"][1]
    assert "en" in levels["model"][1].split("scores comments in ")[1]
    assert "Valkey" in levels["server"][1]
    assert levels["persistence"][0] == "warning"  # everysec
    assert levels["site blog"][0] == "ok"
    assert report["ok"] is all(level != "broken" for level, _ in levels.values())
    assert (found.exit_code == 0) is report["ok"]

    client = store.connection.client
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("appendonly", "no")
    # The site is lost from the list, as if its making had been cut short.
    client.delete("rejoinder:sites")
    broken = run("doctor")
    assert broken.exit_code == 1
    assert "FAIL  memory: maxmemory-policy is allkeys-lru" in broken.stdout
    assert "FAIL  persistence: there is no append-only file" in broken.stdout
    assert "WARN  site blog: was missing from the list of sites" in broken.stdout
    assert [site.slug for site in store.sites.list()] == ["blog"]


def test_doctor_says_when_the_second_reader_cannot_run(blog, monkeypatch):
    def model() -> tuple[str, str]:
        findings = json.loads(run("doctor", "--json").stdout)["findings"]
        (found,) = [item for item in findings if item["about"] == "model"]
        return found["level"], found["detail"]

    assert model()[0] == "ok"
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    level, text = model()
    assert level == "warning"
    assert "reader-en" not in text
    assert "without ONNX Runtime there is no second reader" in text
    monkeypatch.setenv("REJOINDER_SECOND_READER", "false")
    assert model()[0] == "ok"


def written(store: Store, thread: Thread) -> None:
    """Give the site blog a thread, with one comment."""
    store.comments.submit(
        replace(World(store).comment(site="blog"), thread=thread.id),
        thread=thread,
        fragment=b'{"id":""}',
        priority=None,
        text_hash="h",
        now=1,
    )


def test_doctor_says_what_does_not_arrive(blog, store):
    at = clock.now()
    for name, off in (("well", None), ("fails", None), ("gone", "gone"), ("resting", "by-hand")):
        url = f"https://{name}.example.org/secret-path"
        store.webhooks.add(
            Webhook(site="blog", id=name, url=url, events=("*",), created=at, off=off),
            actor="test",
            now=at,
        )
    deliveries = [
        Delivery(webhook=name, subject=str(n), id=f"{name}{n}", event="e", at=at, data={})
        for name, n in (("fails", 1), ("gone", 1), ("gone", 2))
    ]
    store.webhooks.enqueue("blog", deliveries, now=at)
    (tried,) = store.webhooks.claim("blog", "fails", count=1, lease_ms=1, now=at)
    store.webhooks.finish("blog", tried, error="It answered 500.", now=at)
    for _ in range(MAX_BOUNCES):
        store.mail.settle("blog", "a-x", failed=True, bounced=True, again=at, now=at)
    told = run("doctor").stdout
    assert "WARN  site blog: the webhook fails (fails.example.org) fails: It answered 500" in told
    assert "the webhook gone (gone.example.org) was switched off, since its receiver answered" in (
        told
    )
    assert "410 Gone; 2 deliveries wait for it" in told
    assert "ok    site blog: the webhook resting (resting.example.org) is switched off" in told
    assert "well.example.org" not in told
    assert "secret-path" not in told
    assert "WARN  site blog: 1 deliveries to webhooks were given up" in told
    assert "WARN  site blog: 1 mail addresses were refused 3 times in a row" in told


def test_doctor_looks_through_a_full_storage(blog, store):
    written(store, Thread(id="a" * 32, url="https://blog.example.org/a", title="", created=1))
    client = store.connection.client
    (top,) = client.keys("*:top")
    client.zadd(top, {"0000000000gone": 0})
    client.config_set("maxmemory", 1)
    try:
        found = run("doctor")
        assert "FAIL  writes: the storage takes none" in found.stdout
        assert "WARN  site blog: the order by votes of 1 threads was broken; mended it" in (
            found.stdout
        )
        assert "indexes agree" in found.stdout
        # A site that is missing from the list cannot be entered now; that is said.
        client.srem("rejoinder:sites", "blog")
        found = run("doctor")
        assert "FAIL  sites: one is missing from the list" in found.stdout
        assert found.stderr == ""
    finally:
        client.config_set("maxmemory", 0)
    assert "was missing from the list of sites; entered it" in run("doctor").stdout


def test_doctor_says_that_the_storage_is_away(folder, monkeypatch):
    monkeypatch.setenv("REJOINDER_REDIS_URL", "redis://127.0.0.1:1")
    found = run("doctor")
    assert found.exit_code == 1
    assert "FAIL  storage: The storage is not available: " in found.stdout
    assert "127.0.0.1:1" in found.stdout
    assert found.stderr == ""


def test_the_installed_command(folder):
    done = subprocess.run(
        [sys.executable, "-m", "moderation.cli", "site", "list", "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_a_page_is_moved_and_threads_are_tidied(blog, store):
    here, there, of_blog = "https://blog.example.org/x", "https://a.example/x", ("--site", "blog")
    assert "no thread at https://a.example/x" in refused("thread", "move", there, here, *of_blog)
    answer = refused("thread", "move", here, there, *of_blog)
    assert "none of the site's origins" in answer
    assert asked("thread", "tidy", *of_blog) == {"moved": [], "merged": 0}


def test_doctor_mends_what_the_records_say(blog, store):
    written(store, Thread(id="a" * 32, url="https://blog.example.org/a", title="", created=1))
    store.connection.client.hset("{blog}:totals", "published", 7)
    found = run("doctor").stdout
    assert "WARN  site blog: mended: totals are {'published': 7}, the comments say " in found
    assert "1 comments published, 0 in the queue, 0 dead tasks; indexes agree" in found
    assert "mended" not in run("doctor").stdout


def test_doctor_drops_claims_on_no_case(blog, store):
    store.connection.client.hset("{blog}:claims", "nobody", "4000000000000|mo")
    assert "1 claims were on comments that are not in the queue" in run("doctor").stdout
    found = run("doctor").stdout
    assert "in the queue; dropped" not in found
    assert "indexes agree" in found


def test_doctor_names_threads_that_other_spellings_do_not_find(blog, store):
    url = "https://blog.example.org/caf%c3%a9"
    former = urls.id_of(f"url:{urls.former_canonical(url)}")
    written(store, Thread(id=former, url=url, title="", created=1))
    assert "1 threads are found only by" in run("doctor").stdout
    assert asked("thread", "tidy", "--site", "blog")["moved"] == [
        [url, "https://blog.example.org/caf%C3%A9"]
    ]
    assert "found only by" not in run("doctor").stdout


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (None, "with --language"),
        ("en", "reads comments in en."),
        ("fr", "No model reads comments in fr"),
        ("fr_CA", "No model reads comments in fr"),
        ("eng", "reads comments in en."),
        ("EN", "reads comments in en."),
    ],
)
def test_who_makes_a_site_is_told_of_its_language(folder, language, told):
    asked = ["--language", language] if language else []
    made = run("site", "create", "paper", "--origin", "https://paper.example", *asked)
    assert made.exit_code == 0, made.stderr
    assert told in " ".join(made.stdout.split())
    again = run("site", "create", "news", "--origin", "https://news.example", "--json", *asked)
    assert told in json.loads(again.stdout)["note"]
    found = run("doctor").stdout
    assert ("no model reads its language, fr" in found) is (language in ("fr", "fr_CA"))


@pytest.mark.parametrize("given", ["German", "xx", ""])
def test_a_language_is_a_code(folder, given):
    made = run("site", "create", "p", "--origin", "https://p.example", "--language", given)
    assert made.exit_code != 0
    assert "--language" in made.stderr
    assert "ISO 639" in made.stderr


def test_webhooks_are_made_switched_tested_and_removed(blog, store) -> None:
    made = asked(
        "webhook", "create", "https://hooks.example.org/", "--site", "blog", "--event",
        "comment.held", "--format", "slack", "--name", "Ours",
    )  # fmt: skip
    assert made["secret"].startswith("whsec_")
    of_site = ("--site", "blog")
    (listed,) = asked("webhook", "list", *of_site)
    assert (listed["url"], listed["events"], listed["format"], listed["off"]) == (
        "https://hooks.example.org/",
        ["comment.held"],
        "slack",
        None,
    )
    assert "secret" not in listed
    assert asked("webhook", "rotate", made["id"], *of_site)["secret"] != made["secret"]
    assert asked("webhook", "switch", made["id"], "off", *of_site)["off"] == "by-hand"
    assert asked("webhook", "switch", made["id"], "on", *of_site)["off"] is None
    assert asked("webhook", "test", made["id"], *of_site)["message"].startswith("msg_")
    (waiting,) = store.webhooks.claim("blog", made["id"], count=1, lease_ms=1, now=clock.now())
    store.webhooks.finish("blog", waiting, error="It answered 500.", now=clock.now())
    (given_up,) = asked("webhook", "undelivered", *of_site)
    assert (given_up["event"], given_up["reason"]) == ("webhook.test", "It answered 500.")
    assert "It answered 500." in run("webhook", "list", *of_site).stdout
    assert asked("webhook", "replay", given_up["id"], *of_site) == {"replayed": 1}
    assert asked("webhook", "replay", "--webhook", made["id"], *of_site) == {"replayed": 0}
    assert "give a delivery, or --webhook" in refused("webhook", "replay", *of_site)
    asked("webhook", "remove", made["id"], *of_site)
    assert asked("webhook", "list", *of_site) == []
    assert "no such webhook" in refused("webhook", "remove", made["id"], *of_site)
    assert "private network" in refused("webhook", "create", "https://10.0.0.1/", *of_site)
    assert "no site" in refused("webhook", "list", "--site", "none")
