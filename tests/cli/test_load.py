"""What the machine carries, asked for a moment: real requests, and nothing of the owner's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from moderation.cli import cli
from moderation.settings import load_settings
from moderation.store.connection import connect


def test_posts_and_reads_are_told_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(folder))
    monkeypatch.setenv("REJOINDER_DURABILITY", "everysec")
    connection = connect(load_settings())
    try:
        connection.call(lambda client: client.set("mine", "1"))
        before = sorted(path.name for path in folder.iterdir())
        done = CliRunner().invoke(cli, ["doctor", "--load", "--seconds", "0.5", "--json"])
        assert done.exit_code == 0, done.output
        assert connection.call(lambda client: client.keys("*")) == [b"mine"]
    finally:
        connection.close()
    found = json.loads(done.stdout)
    for name in ("posts", "reads"):
        phase = found[name]
        assert phase["failed"] == 0
        assert phase["answered"] >= 16
        assert phase["per_second"] > 0
        assert 0 < phase["p50_ms"] <= phase["p99_ms"]
        assert phase["limit"]
    assert found["reads"]["per_second"] > found["posts"]["per_second"]
    assert (found["durability"], found["connections"]) == ("everysec", 16)
    assert found["processes"] >= 1
    assert sorted(path.name for path in folder.iterdir()) == before


def test_what_cannot_start_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REJOINDER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("REJOINDER_MODEL", str(tmp_path / "none.rejoinder"))
    done = CliRunner().invoke(cli, ["doctor", "--load", "--seconds", "0.5"])
    assert done.exit_code == 1
    assert "REJOINDER_MODEL" in done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]
