from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from moderation.errors import ConfigurationError
from moderation.settings import SHIPPED_TRACKING, load_settings


def load(tmp_path: Path, **variables: str):
    return load_settings({"REJOINDER_DATA_DIR": str(tmp_path), **variables})


def test_nothing_else_reads_the_environment():
    """Save for the variable that `prometheus_client` itself looks at."""
    package = Path(__file__).parents[2] / "moderation"
    for path in package.rglob("*.py"):
        lines = [
            line for line in path.read_text().splitlines() if re.search("environ\\b|getenv", line)
        ]
        if path.name != "settings.py":
            assert all("METRICS_FOLDER" in line for line in lines), (path, lines)


def test_defaults(tmp_path):
    settings = load(tmp_path)
    assert settings.redis_url is None
    assert settings.durability == "always"
    assert settings.trusted_proxies == ()
    assert settings.max_body == 1_048_576
    assert settings.waitaof is False
    assert settings.metrics_key is None


def test_the_data_folder_follows_the_desktop_standard(tmp_path):
    assert load_settings({"XDG_DATA_HOME": str(tmp_path)}).data_dir == tmp_path / "rejoinder"


def test_everything_can_be_set(tmp_path):
    settings = load(
        tmp_path,
        REJOINDER_REDIS_URL="redis+cluster://a:1,b:2",
        REJOINDER_SECRET_KEY="s" * 32,
        REJOINDER_PUBLIC_URL="https://comments.example.org/",
        REJOINDER_DURABILITY="everysec",
        REJOINDER_TRUSTED_PROXIES="10.0.0.0/8, ::1",
        REJOINDER_LOG_LEVEL="DEBUG",
        REJOINDER_LOG_FORMAT="console",
        REJOINDER_MAX_BODY="2000000",
        REJOINDER_WAITAOF="yes",
        REJOINDER_METRICS_KEY="m",
        REJOINDER_MODEL="/models/x",
        REJOINDER_WEBHOOK_NETWORKS="10.1.0.0/16,::1",
    )
    assert settings.webhook_networks == (ip_network("10.1.0.0/16"), ip_network("::1"))
    assert settings.redis_url == "redis+cluster://a:1,b:2"
    assert settings.secret_key == b"s" * 32
    assert settings.public_url == "https://comments.example.org"
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))
    assert (settings.log_level, settings.log_format) == ("DEBUG", "console")
    assert (settings.max_body, settings.waitaof) == (2_000_000, True)
    assert (settings.metrics_key, settings.model) == ("m", "/models/x")


def test_a_given_key_makes_no_file(tmp_path):
    load(tmp_path, REJOINDER_SECRET_KEY="s" * 32)
    assert list(tmp_path.iterdir()) == []


def test_the_secret_is_made_once_and_kept_private(tmp_path):
    folder = tmp_path / "new" / "folder"
    first = load(folder).secret_key
    assert load(folder).secret_key == first
    assert len(first) == 64
    assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_processes_that_start_at_once_agree_on_the_secret(tmp_path):
    code = "from moderation.settings import load_settings as l; print(l().secret_key.decode())"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, "REJOINDER_DATA_DIR": str(tmp_path)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    secrets = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(secrets) == 1
    assert len(secrets.pop()) == 64


def test_a_variable_can_come_from_a_file(tmp_path):
    (tmp_path / "key").write_text("k" * 40 + "\n")
    settings = load(tmp_path, REJOINDER_SECRET_KEY_FILE=str(tmp_path / "key"))
    assert settings.secret_key == b"k" * 40


def test_an_empty_variable_is_not_set(tmp_path):
    assert load(tmp_path, REJOINDER_REDIS_URL="", REJOINDER_DURABILITY="").redis_url is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_URL", "http://example.org"),
        ("REDIS_URL", "localhost:6379"),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY_FILE", "/nowhere/at/all"),
        ("PUBLIC_URL", "comments.example.org"),
        ("PUBLIC_URL", "https://example.org/?a=1"),
        ("PUBLIC_URL", "https://example.org/comments"),
        ("PUBLIC_URL", "https://example.org/comments/"),
        ("PUBLIC_URL", "https://example.org//"),
        ("PUBLIC_URL", "https://user@example.org"),
        ("PUBLIC_URL", "https://example.org:99999"),
        ("PUBLIC_URL", "https://exa mple.org"),
        ("PUBLIC_URL", "https:///"),
        ("TRACKING_PARAMETERS", "ref,so urce"),
        ("TRACKING_PARAMETERS", "*"),
        ("DURABILITY", "sometimes"),
        ("TRUSTED_PROXIES", "10.0.0.0/8,proxy.example.org"),
        ("LOG_LEVEL", "LOUD"),
        ("LOG_FORMAT", "xml"),
        ("MAX_BODY", "lots"),
        ("MAX_BODY", "10"),
        ("WAITAOF", "perhaps"),
    ],
)
def test_a_wrong_value_names_its_variable(tmp_path, name, value):
    with pytest.raises(ConfigurationError, match=f"REJOINDER_{name}"):
        load(tmp_path, **{f"REJOINDER_{name}": value})


def test_a_public_address_below_a_path_says_what_is_needed(tmp_path):
    with pytest.raises(ConfigurationError, match=r"path \(/comments\).* of its own"):
        load(tmp_path, REJOINDER_PUBLIC_URL="https://www.example.org/comments")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Comments.Example.org:443/", "https://comments.example.org"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://größe.example", "https://xn--gre-6ka8i.example"),
    ],
)
def test_the_public_address_is_what_a_browser_calls_the_origin(tmp_path, given, kept):
    assert load(tmp_path, REJOINDER_PUBLIC_URL=given).public_url == kept


def test_tracking_parameters_can_be_added_or_replaced(tmp_path):
    def tracking(value):
        return load(tmp_path, REJOINDER_TRACKING_PARAMETERS=value).tracking

    assert tracking("") == SHIPPED_TRACKING
    assert tracking("default, Ref,src_*") == (*SHIPPED_TRACKING, "ref", "src_*")
    assert tracking("utm_*") == ("utm_*",)
    assert tracking("none") == ()


def test_all_wrong_values_are_named_at_once(tmp_path):
    with pytest.raises(ConfigurationError, match=r"DURABILITY.*MAX_BODY"):
        load(tmp_path, REJOINDER_DURABILITY="x", REJOINDER_MAX_BODY="y")


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"REJOINDER_DATA_DIR.*Not a directory"):
        load(tmp_path / "file" / "data")


def test_a_damaged_secret_is_not_used(tmp_path):
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(ConfigurationError, match=r"secret\.key is damaged"):
        load(tmp_path)
