"""`rejoinder key set`: what it changes, keeps, hides, refuses; `rejoinder suggestions`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from moderation.cli import cli
from moderation.records import Suggestion
from moderation.settings import Settings
from moderation.store import Store
from tests.compat.conftest import SITE, Key, now


@pytest.fixture
def run(server: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(server.data_dir))
    return lambda *options: CliRunner().invoke(cli, ["key", "set", *options, "--site", SITE])


def test_settings_are_changed_kept_and_taken_back(
    run: Callable[..., Any], make_key: Callable[..., Key], store: Store
) -> None:
    scale = {"toxicity": {"x": [0.0, 1.0], "y": [0.0, 0.5]}}
    key = make_key(scale=scale)

    def stored() -> Any:
        credential = store.credentials.get(SITE, key.credential.id, now=now())
        assert credential is not None
        return credential.settings

    done = run(key.credential.id, "--rate-per-minute", "60", "--coral-secret", "hush", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["coral_secret"] == "(set)"
    assert stored() == {"scale": scale, "rate_per_minute": 60, "coral_secret": "hush"}
    run(key.credential.id, "--unset", "scale", "--akismet-verdict", "hold")
    assert set(stored()) == {"rate_per_minute", "coral_secret", "akismet_verdict"}
    shown = run(key.credential.id)
    assert "akismet_verdict: hold" in shown.stdout
    assert "hush" not in shown.stdout


def test_an_unknown_key_is_one_clear_line(run: Callable[..., Any], key: Key) -> None:
    done = run("unknown00000", "--rate-per-minute", "1")
    assert done.exit_code == 1
    assert done.stderr.strip() == f"Error: There is no key unknown00000 at the site {SITE}."
    assert run(key.credential.id, "--rate-per-minute", "0").exit_code == 2


def test_accepted_suggestions_are_training_data(
    run: Callable[..., Any], key: Key, store: Store
) -> None:
    at = now()
    for name in ("first", "second"):
        item = Suggestion(
            id=name, site=SITE, source="akismet", community="b.example", text=f"{name} ü",
            language="en", labels={"spam": 1.0}, credential=key.credential.id, created=at,
        )  # fmt: skip
        store.suggestions.add(item, now=at)
    store.suggestions.review(SITE, "first", accept=True, created=at, moderator="m", now=at)
    accepted = CliRunner().invoke(cli, ["suggestions", "--site", SITE])
    assert [json.loads(line) for line in accepted.stdout.splitlines()] == [
        {"text": "first ü", "lang": "en", "labels": {"spam": 1.0}, "source": "akismet:b.example"}
    ]
    waiting = CliRunner().invoke(cli, ["suggestions", "--site", SITE, "--waiting"])
    assert [json.loads(line)["text"] for line in waiting.stdout.splitlines()] == ["second ü"]
    assert CliRunner().invoke(cli, ["suggestions", "--site", "nowhere"]).exit_code == 1
