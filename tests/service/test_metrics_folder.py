"""Which folders of counters are removed: only those that nobody has any more."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from moderation import metrics_folder


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def _folder(temporary: Path, name: str, *files: str, days: float = 0) -> Path:
    folder = temporary / f"rejoinder-metrics-{name}"
    folder.mkdir()
    for file in files:
        (folder / file).touch()
    when = time.time() - days * 86_400
    for path in (*folder.iterdir(), folder):
        os.utime(path, (when, when))
    return folder


def _gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


# Ends without a word, as one that is killed, and leaves a child.
PARENT = """
import os, time
from moderation import metrics_folder
with metrics_folder.made():
    child = os.fork()
    if child == 0:
        os.close(1)
        time.sleep(60)
    else:
        print(child, flush=True)
    os._exit(0)
"""


def test_a_folder_is_there_as_long_as_it_is_used(temporary: Path) -> None:
    with metrics_folder.made() as folder:
        metrics_folder.sweep()
        assert folder.is_dir()
        with metrics_folder.made() as other:
            assert folder.is_dir()
            assert other != folder
        assert list(temporary.iterdir()) == [folder]
    assert list(temporary.iterdir()) == []


def test_a_child_keeps_the_folder_of_a_killed_parent(temporary: Path) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", PARENT],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    child = int(parent.stdout)
    (folder,) = temporary.iterdir()
    metrics_folder.sweep()
    assert folder.is_dir()
    os.kill(child, 9)
    deadline = time.monotonic() + 10
    while folder.exists():
        assert time.monotonic() < deadline
        metrics_folder.sweep()
        time.sleep(0.02)


def test_folders_of_a_release_without_locks(temporary: Path) -> None:
    dead = f"counter_{_gone()}.db"
    kept = {
        _folder(temporary, "new"),
        _folder(temporary, "of-today", dead),
        _folder(temporary, "in-use", f"histogram_{os.getpid()}.db", dead, days=3),
    }
    _folder(temporary, "empty", days=3)
    _folder(temporary, "dead", dead, days=3)
    metrics_folder.sweep()
    assert set(temporary.iterdir()) == kept


def test_what_is_no_folder_of_ours_stays(temporary: Path) -> None:
    elsewhere = temporary / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "lock").touch()
    (temporary / "rejoinder-metrics-link").symlink_to(elsewhere)
    (temporary / "rejoinder-metrics-file").touch()
    before = set(temporary.iterdir())
    metrics_folder.sweep()
    assert set(temporary.iterdir()) == before
    assert (elsewhere / "lock").exists()
