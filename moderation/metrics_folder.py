"""The folder in which the processes of one `serve` keep their counters for Prometheus.

A master that is killed leaves it behind. Who it belongs to is said by a kernel lock on a file in
it, which the master and its workers hold, never by a process id, which another may have by now.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "rejoinder-metrics-"
_LOCK = "lock"
_PID = re.compile(r"_(\d+)\.db")
# By choice: a folder without a lock is of a release before this one, or will have one in a moment.
_STALE_SECONDS = 86_400


@contextmanager
def made() -> Iterator[Path]:
    """Make a folder that is gone in the end, and remove those that killed masters left.

    Forked processes hold it too, so that it stays as long as one of them lives.
    """
    sweep()
    owner = os.getpid()
    folder, lock = _new()
    try:
        yield folder
    finally:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def sweep() -> None:
    """Remove the folders of this user whose processes are all gone."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        # What cannot be looked at, or goes meanwhile, is somebody else's.
        with suppress(OSError):
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
                continue
            if not (folder / _LOCK).exists():
                if _is_abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            lock = _locked(folder)
            if lock is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)


def _new() -> tuple[Path, int]:
    """Make a folder and take its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        lock = _locked(folder, create=True)
        # Another that starts may have swept it away before it was locked.
        if lock is not None and (folder / _LOCK).exists():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _locked(folder: Path, *, create: bool = False) -> int | None:
    """Take the folder's lock; None if another holds it."""
    import fcntl  # Windows has none, and no gunicorn either

    flags = os.O_RDWR | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    descriptor = os.open(folder / _LOCK, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _is_abandoned(folder: Path) -> bool:
    """Say of a folder without a lock that nobody wrote in it for a day, and who wrote is gone."""
    files = list(folder.iterdir())
    newest = max(path.lstat().st_mtime for path in (folder, *files))
    pids = {int(found[1]) for path in files if (found := _PID.search(path.name))}
    return time.time() - newest > _STALE_SECONDS and not any(map(_is_alive, pids))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
