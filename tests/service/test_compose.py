"""docker-compose.yml against its schema, and each service's command run by hand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from moderation.settings import load_settings
from moderation.store.connection import connect
from moderation.store.server import binaries
from tests.service.test_serving import Command, until_ready
from tests.store.test_connection import free_port

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"


@pytest.fixture(scope="module")
def services() -> Any:
    return YAML(typ="safe", pure=True).load(COMPOSE)["services"]


def test_the_file_follows_the_compose_specification():
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec",
         COMPOSE],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_one_volume_and_health_checks_for_all(services):
    content = YAML(typ="safe", pure=True).load(COMPOSE)
    assert list(content["volumes"]) == ["storage"]
    assert set(services) == {"web", "worker", "valkey"}
    for service in services.values():
        assert service["healthcheck"]["test"]
        assert service["restart"] == "unless-stopped"
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"valkey": {"condition": "service_healthy"}}
        assert services[name]["read_only"] is True
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        # Of root's rights, those with which the storage's image takes its user's.
        kept = {"CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID"} if name == "valkey" else set()
        assert set(service.get("cap_add", ())) == kept
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])
    assert "ports" not in services["valkey"]


def test_the_image_copies_only_what_is_there():
    copied = [
        word
        for line in (ROOT / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for word in line.split()[1:-1]
    ]
    assert copied
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored, name
    assert "USER rejoinder" in (ROOT / "Dockerfile").read_text()


def test_nothing_that_is_not_pinned_is_fetched_for_the_image():
    """Each `pip install` is by hashes or from files; no build fetches what it builds with."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    steps = [step for line in text.splitlines() for step in line.split("&&") if "pip" in step]
    installs = [step for step in steps if "pip install" in step]
    assert len(installs) == 3
    for step in installs:
        assert "--require-hashes" in step or "--no-index" in step, step
    (build,) = (step for step in steps if "pip wheel" in step)
    assert {"--no-deps", "--no-build-isolation"} <= set(build.split())
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    locked = (ROOT / "requirements-build.lock").read_text()
    for requirement in required:
        name = re.split(r"[<>=]", requirement)[0]
        assert re.search(rf"^{name}==\S+ \\$\n\s+--hash=sha256:", locked, re.MULTILINE), name


def by_hand(command: list[str], log: Path, environment: dict[str, str]) -> Command:
    assert command[0] == "rejoinder"
    return Command(log, *command[1:], **environment)


def test_the_commands_work_together(services, tmp_path):
    storage, port = free_port(), free_port()
    environment = {
        name: str(value)
        .replace("${REJOINDER_PUBLIC_URL:-http://127.0.0.1:8000}", "")
        .replace("${REJOINDER_TRUSTED_PROXIES:-}", "")
        .replace("${REJOINDER_METRICS_KEY:-}", "")
        .replace("${REJOINDER_SMTP_URL:-}", "")
        .replace("${REJOINDER_MAIL_FROM:-}", "")
        .replace("${REJOINDER_WEBHOOK_NETWORKS:-}", "")
        .replace("valkey:6379", f"127.0.0.1:{storage}")
        for name, value in services["web"]["environment"].items()
    } | {"REJOINDER_SECRET_KEY": "s" * 64, "REJOINDER_DATA_DIR": str(tmp_path)}
    assert services["web"]["environment"] == services["worker"]["environment"]
    binary = binaries.candidates()[0].path
    valkey = subprocess.Popen(
        [binary, *services["valkey"]["command"][1:], "--port", str(storage), "--dir", tmp_path],
        stdout=subprocess.DEVNULL,
    )
    commands: list[Command] = []
    try:
        web_command = [
            {"0.0.0.0": "127.0.0.1", "8000": str(port)}.get(word, word)  # noqa: S104
            for word in services["web"]["command"]
        ]
        commands.append(by_hand(web_command, tmp_path / "web.log", environment))
        until_ready(commands[0], port)
        connection = connect(load_settings(environment))
        facts = connection.server()
        connection.close()
        assert facts.durable
        assert facts.maxmemory_policy == "noeviction"
        _, *check = services["web"]["healthcheck"]["test"]
        subprocess.run(
            [sys.executable, *(word.replace("8000", str(port)) for word in check[1:])],
            check=True,
            timeout=20,
        )
        commands.append(
            by_hand(services["worker"]["command"], tmp_path / "worker.log", environment)
        )
        _, *check = services["worker"]["healthcheck"]["test"]
        deadline = time.monotonic() + 20
        while subprocess.run(
            [sys.executable, "-m", "moderation.cli", *check[1:]],
            env={**os.environ, **environment},
            stderr=subprocess.DEVNULL,
        ).returncode:
            assert time.monotonic() < deadline
        for command in commands:
            assert command.end() == 0
    finally:
        for command in commands:
            command.destroy()
        valkey.kill()
        valkey.wait()
