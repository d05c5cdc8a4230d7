"""Finds other people's clients where `install-clients` puts them, and runs those apart from us.

Where one is missing its tests are skipped by name, or fail under `CLIENTS=required` (.ci/run).
"""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

HERE = Path(__file__).parent
PYTHON_CLIENTS = HERE / ".clients" / "python"
PYTHON_AKISMET = HERE / ".clients" / "python-akismet"
NODE_MODULES = HERE / "npm" / "node_modules"

# Two Akismet clients put the key before the host name: this domain and every name below it is us.
DOMAIN = "rejoinder.test"
RESOLVE = f"""
def resolve_here():
    import socket
    lookup = socket.getaddrinfo

    def getaddrinfo(host, *more, **named):
        return lookup("127.0.0.1" if host.endswith("{DOMAIN}") else host, *more, **named)

    socket.getaddrinfo = getaddrinfo

resolve_here()
"""


def load_client(module: str) -> Any:
    """Import a client's module. Behind our own packages on the path, so none of ours changes."""
    if PYTHON_CLIENTS.is_dir() and str(PYTHON_CLIENTS) not in sys.path:
        sys.path.append(str(PYTHON_CLIENTS))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing(f"{error.name} is not installed (tests/compat/clients/install-clients)")


def run_python_akismet(program: str, *arguments: str) -> None:
    """Run a program with python-akismet, whose package has the name of another client's."""
    if not PYTHON_AKISMET.is_dir():
        missing("python-akismet is not installed (tests/compat/clients/install-clients)")
    command = [sys.executable, "-c", RESOLVE + program, *arguments]
    _run(command, {"PYTHONPATH": str(PYTHON_AKISMET)})


def run_node(package: str, program: str, *arguments: str) -> None:
    """Run a JavaScript module that imports an npm package."""
    if shutil.which("node") is None:
        missing("Node is not installed")
    if not (NODE_MODULES / package).is_dir():
        missing(f"{package} (npm) is not installed (tests/compat/clients/install-clients)")
    path = NODE_MODULES / f".test-{package}-{os.getpid()}.mjs"
    path.write_text(program)
    try:
        _run(["node", "--require", str(HERE / "npm" / "resolve.cjs"), str(path), *arguments], {})
    finally:
        path.unlink()


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where every client has to be there."""
    if os.environ.get("CLIENTS") == "required":
        pytest.fail(reason)
    pytest.skip(reason)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
