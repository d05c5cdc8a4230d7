"""The real server that the tests run on: one per test worker, emptied before each test."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from moderation.settings import Settings, load_settings
from moderation.store import Store
from moderation.store.connection import Connection, connect

pytest_plugins = ["tests.support.app", "tests.support.mail_server"]

# How long an example takes is the machine's load, not a fault.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


@pytest.fixture(scope="session")
def server() -> Iterator[Settings]:
    """One embedded server, without waiting for the disk; answers the settings that lead to it."""
    folder = Path(tempfile.mkdtemp(prefix="rejoinder-test-"))
    settings = load_settings(
        {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_DURABILITY": "everysec"}
    )
    connection = connect(settings)
    yield settings
    connection.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def session_connection(server: Settings) -> Iterator[Connection]:
    connection = connect(server)
    yield connection
    connection.close()


@pytest.fixture
def connection(session_connection: Connection) -> Connection:
    """An empty server."""
    session_connection.call(lambda client: client.flushall())
    return session_connection


@pytest.fixture
def store(connection: Connection) -> Store:
    return Store(connection)
