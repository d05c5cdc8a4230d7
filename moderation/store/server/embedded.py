"""A Redis-compatible server of our own, on a Unix socket in the data folder.

Who runs and who may start is decided by kernel locks (`flock`), never by pid files, which go stale
and get re-used:

=================  ============================================================================
`start.lock`       held, exclusive, while somebody starts or stops the server
`server.lock`      held, exclusive, by the server process itself: it inherits the descriptor, so
                   the lock lasts exactly as long as the process, however it ends
`users.lock`       held, shared, by every process that uses the server; who can take it alone at
                   an orderly exit is the last one, and shuts the server down
=================  ============================================================================

Which server that is, `binaries` says.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from moderation.errors import ConfigurationError, RejoinderError, UnavailableError
from moderation.settings import Durability
from moderation.store.server.binaries import Binary, candidates, choose, read_record, write_record

if sys.platform != "win32":
    import fcntl

SOCKET_PATH_MAX = 100
"""Bytes. The kernels' limit is 104 (macOS) to 108 (Linux), the final NUL included."""

COMPACT = ("--hash-max-listpack-value", "2048", "--hash-max-listpack-entries", "64")
"""A comment's hash stays in one block although its text is long: a fifth less memory in all."""

LOG_MAX = 1_048_576
POLL = 0.02
SHUTDOWN_TIMEOUT = 30.0


class EmbeddedServer:
    """One process's use of the server of one data folder.

    `ensure` may be called at any time, from any thread, as often as one likes: it starts the
    server, attaches to a running one, or heals a dead one. After a fork parent and child each
    count as a user.
    """

    def __init__(self, data_dir: Path, durability: Durability = "always") -> None:
        self.folder = data_dir.expanduser().absolute() / "storage"
        self.durability = durability
        self.socket = _socket_path(self.folder)
        self._users: int | None = None
        _servers.add(self)

    def ensure(self, timeout: float = 60.0) -> Path:
        """Make sure that the server runs and answers, and return its socket.

        Waits up to `timeout` seconds, through the loading of the append-only file too.

        Raises:
            ConfigurationError: this can only be put right by a person: no server program, a
                folder of another server, a folder that cannot be written.
            UnavailableError: the server does not answer in time.
        """
        if sys.platform == "win32":
            raise ConfigurationError(
                "the embedded server needs Linux or macOS; set REJOINDER_REDIS_URL instead"
            )
        deadline = time.monotonic() + timeout
        started = False
        while True:
            with _guard, self._alone("start.lock", deadline):
                alone = self._join()
                running = self._take("server.lock")
                if running is not None:
                    try:
                        if started:
                            raise UnavailableError(
                                f"the embedded server ended: {self._last_words()}"
                            )
                        self._start(running)
                        started = True
                    finally:
                        os.close(running)
            try:
                with self._client() as client:
                    client.ping()
                    self._set_durability(client, may_weaken=alone)
                return self.socket
            except redis.exceptions.ConnectionError as error:  # also while it loads
                reason = str(error)
            except redis.exceptions.RedisError as error:
                reason = str(error)
            if time.monotonic() > deadline:
                raise UnavailableError(
                    f"the embedded server does not answer: {reason}", headers={"Retry-After": "1"}
                )
            time.sleep(POLL)

    def close(self) -> None:
        """Stop using the server; the last user shuts it down and waits for its end."""
        with _guard:
            _servers.discard(self)
            if self._users is None:
                return
            try:
                with self._alone("start.lock", time.monotonic() + SHUTDOWN_TIMEOUT):
                    if _lock(self._users, exclusive=True):
                        self._shut_down()
            except (RejoinderError, OSError):
                # The folder is gone or another process hangs: there is nothing to shut down.
                pass
            finally:
                os.close(self._users)
                self._users = None

    def is_running(self) -> bool:
        """Whether a server process holds the folder, whoever uses it."""
        if not (self.folder / "server.lock").exists():
            return False
        with _guard:
            free = self._take("server.lock")
            if free is not None:
                os.close(free)
            return free is None

    def free(self) -> int:
        """Bytes that the disk under the folder still takes."""
        found = os.statvfs(self.folder)
        return found.f_bavail * found.f_frsize

    def version(self) -> Binary | None:
        """The server that wrote this folder, or None if there is none yet."""
        return read_record(self.folder)

    def log(self) -> Path:
        """Where the server writes what it has to say."""
        return self.folder / "server.log"

    def _join(self) -> bool:
        """Take the shared lock, once; return whether no other process held it."""
        if self._users is not None:
            return False
        self._users = self._open("users.lock")
        alone = _lock(self._users, exclusive=True)
        _lock(self._users, exclusive=False)
        return alone

    def _rejoin(self) -> None:
        """Count on one's own after a fork: a lock belongs to the open file, not to a process."""
        if self._users is not None:
            inherited, self._users = self._users, None
            self._join_shared()
            os.close(inherited)

    def _join_shared(self) -> None:
        self._users = self._open("users.lock")
        _lock(self._users, exclusive=False)

    def _start(self, running: int) -> None:
        recorded = read_record(self.folder)
        if recorded is None and any(self.folder.glob("appendonlydir/*")):
            raise ConfigurationError(
                f"{self.folder} holds data but no readable server.json says which server wrote it; "
                "nothing was touched"
            )
        binary = choose(recorded, candidates(), self.folder)
        if binary.version != (recorded.version if recorded else None):
            write_record(self.folder, binary)
        self.socket.unlink(missing_ok=True)
        if self.log().exists() and self.log().stat().st_size > LOG_MAX:
            self.log().replace(self.log().with_suffix(".log.1"))
        done = subprocess.run(  # noqa: S603
            [
                binary.path,
                *("--daemonize", "yes"),
                *("--dir", self.folder),
                *("--port", "0"),
                *("--unixsocket", self.socket),
                *("--unixsocketperm", "700"),
                *("--appendonly", "yes"),
                *("--appendfsync", self.durability),
                *("--save", ""),
                *("--maxmemory-policy", "noeviction"),
                *COMPACT,
                *("--logfile", self.log()),
                *("--pidfile", self.folder / "server.pid"),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            cwd=self.folder,
            env={"LC_ALL": "C"},
            pass_fds=(running,),
            check=False,
        )
        if done.returncode != 0:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise UnavailableError(f"{binary} did not start: {said or self._last_words()}")

    def _shut_down(self) -> None:
        """Ask the server to end and wait for it; nobody else can start one meanwhile."""
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT
        asked = False
        while (free := self._take("server.lock")) is None:
            if time.monotonic() > deadline:
                return
            if not asked:
                try:
                    with self._client(timeout=SHUTDOWN_TIMEOUT) as client:
                        client.shutdown()
                    asked = True
                except redis.exceptions.RedisError:
                    pass  # still loading, or just ended
            time.sleep(POLL)
        os.close(free)

    def _set_durability(self, client: redis.Redis, *, may_weaken: bool) -> None:
        """Bring a running server to the wanted setting; beside others only to the safer one."""
        if self.durability == "always" or may_weaken:
            client.config_set("appendfsync", self.durability)

    def _client(self, timeout: float = 2.0) -> redis.Redis:
        return redis.Redis(
            unix_socket_path=str(self.socket),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), 0),
            single_connection_client=False,
        )

    def _last_words(self) -> str:
        try:
            lines = self.log().read_text("utf-8", "replace").splitlines()
        except OSError:
            return "it left no log"
        return " / ".join(line.strip() for line in lines[-3:]) + f" (see {self.log()})"

    def _open(self, name: str) -> int:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.folder.stat()
            if found.st_uid != os.geteuid():
                raise ConfigurationError(
                    f"REJOINDER_DATA_DIR: {self.folder} belongs to another user (id {found.st_uid})"
                )
            if stat.S_IMODE(found.st_mode) & 0o077:
                self.folder.chmod(0o700)
            return os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ConfigurationError(
                f"REJOINDER_DATA_DIR: {self.folder} cannot be used: {error.strerror or error}"
            ) from error

    def _take(self, name: str) -> int | None:
        """An open file with the exclusive lock, or None if another process holds it."""
        descriptor = self._open(name)
        if _lock(descriptor, exclusive=True):
            return descriptor
        os.close(descriptor)
        return None

    @contextmanager
    def _alone(self, name: str, deadline: float) -> Iterator[None]:
        while (descriptor := self._take(name)) is None:
            if time.monotonic() > deadline:
                raise UnavailableError(f"another process is starting or stopping {self.folder}")
            time.sleep(POLL)
        try:
            yield
        finally:
            os.close(descriptor)


def _socket_path(folder: Path) -> Path:
    """In the folder, or, if that is too long for a socket, in a short private one.

    The short one depends on nothing but user and folder: every process must find the same.
    """
    path = folder / "server.sock"
    if len(os.fsencode(path)) <= SOCKET_PATH_MAX or sys.platform == "win32":
        return path
    private = _private(Path(f"/tmp/rejoinder-{os.geteuid()}"))  # noqa: S108
    return private / f"{hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]}.sock"


def _private(folder: Path) -> Path:
    """Make the folder, or make sure that nobody else made it for us."""
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.geteuid()
        or stat.S_IMODE(found.st_mode) & 0o077
    ):
        raise ConfigurationError(
            f"{folder} must be a folder of your own that nobody else may enter: the data folder's "
            "path is too long for a socket, so it would go there"
        )
    return folder


def _lock(descriptor: int, *, exclusive: bool) -> bool:
    """Take or change the lock without waiting; False if another process is in the way.

    A shared lock that fails to become exclusive is lost, which is what a leaving user wants.
    """
    if sys.platform == "win32":
        raise NotImplementedError
    kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


_servers: set[EmbeddedServer] = set()
_guard = threading.RLock()


def _after_fork_in_child() -> None:
    for server in _servers:
        server._rejoin()
    _guard.release()


if sys.platform != "win32":
    # Held over a fork, so that no child is born while a lock's descriptor is open elsewhere.
    os.register_at_fork(
        before=_guard.acquire,
        after_in_parent=_guard.release,
        after_in_child=_after_fork_in_child,
    )


@atexit.register
def _close_all() -> None:
    for server in list(_servers):
        server.close()
