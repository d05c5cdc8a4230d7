"""`rejoinder doctor --load`: how many posts and reads a second this machine carries.

The service is served as `rejoinder serve` does it, on an embedded storage of its own in a new
folder beside the owner's, so on the same disk, and asked over sixteen connections for some seconds
each. Nothing that exists is read or written, and nothing is left. Whoever asks takes processor time
too, which a real reader does not: a busy machine carries rather more than is told.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import gunicorn_conf
from .clock import now
from .errors import ConfigurationError, UnavailableError
from .records import Site
from .settings import Settings, environment_with
from .store import Store
from .store.connection import connect
from .tokens import new_credential

CONNECTIONS = 16
COMMENTS = 100
"""In the thread that is read, all of them on its first page."""
_SITE, _ORIGIN = "load", "https://load.example"
_PAGES = 100
_USUAL = (
    "I the a of and to in that it is was for on with as at by this but not they from or which "
    "have all were when we there can an more if no out so said what up its about into than them "
    "only other new some could time these two may then do first any my now such like our over me "
    "even most made after also did many before must through years where much your way well down "
    "should because each just those people how too little state good very make world still see "
    "own men work long here get both between life being under three never same another know while "
    "last might us great old year off come since against go came right used take house few during "
    "public again place around however home small found thought went say part once general high "
    "school every bridge winter garden chart number notes page scale river train coffee story"
)
WORDS = _USUAL.split()
"""Most are among the commonest of English."""
LENGTH = 41
"""Words of a comment; together some 210 characters."""
_rng = random.Random(1)  # noqa: S311 - nothing is secret
# By choice: a model takes seconds to load, on a slow machine some more.
_START_SECONDS = 40.0
# By choice, from where on processors count as what limits.
_BUSY = 0.85
_FSYNCS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One kind of request: how many were answered each second, in milliseconds how soon."""

    per_second: float
    p50_ms: float
    p99_ms: float
    answered: int
    failed: int
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the machine carries, and how it was asked."""

    posts: Phase
    reads: Phase
    durability: str
    fsync_ms: float
    processors: int
    processes: int
    connections: int


def comment() -> str:
    """Make a comment that is like no other.

    A running number in one sentence would be what a flood is made of, and be found as one.
    """
    return " ".join(_rng.choices(WORDS, k=LENGTH)) + "."


def measure(settings: Settings, *, seconds: float = 10.0) -> Load:
    """Serve and ask, for so many seconds each kind.

    Raises `ConfigurationError` where nothing can be served here, `UnavailableError` if it does not
    come up.
    """
    with _served(settings) as served:
        for _ in range(COMMENTS):
            served.ask([_post(served.key, "/read")])
        pages = itertools.cycle(range(_PAGES))
        read = _request("GET", f"/api/v1/sites/{_SITE}/threads?url={_ORIGIN}/read", "")
        # Each process has to see its first requests.
        served.ask([read] * 4 * CONNECTIONS)
        return Load(
            posts=served.phase(
                lambda: _post(served.key, f"/{next(pages)}"), seconds, writes=True,
            ),
            reads=served.phase(lambda: read, seconds, writes=False),
            durability=settings.durability,
            fsync_ms=served.fsync_ms,
            processors=served.processors,
            processes=len(served.processes()),
            connections=CONNECTIONS,
        )  # fmt: skip


class _Served:
    """The service on storage of its own."""

    def __init__(self, folder: Path, store: Store, port: int, master: int, key: str) -> None:
        self.key = key
        self._store = store
        self._port = port
        self._master = master
        self.processors = gunicorn_conf.workers
        self.fsync_ms = _fsync_ms(folder)

    def processes(self) -> Sequence[int]:
        """The web processes; none where the system does not tell."""
        return _children(self._master)

    def ask(self, requests: Sequence[bytes]) -> None:
        """Send requests one after another; raises `UnavailableError` unless all are answered."""
        sent = iter(requests)
        times, failed = asyncio.run(_send(self._port, lambda: next(sent, None), 1))
        if failed or len(times) < len(requests):
            raise UnavailableError("The service that was started for this does not answer.")

    def phase(self, make: Callable[[], bytes], seconds: float, *, writes: bool) -> Phase:
        """Send requests over all connections for some seconds."""
        ends = time.perf_counter() + seconds
        before, begun = self._spent(), time.perf_counter()
        own, machine = time.process_time(), _machine()
        times, failed = asyncio.run(
            _send(self._port, lambda: make() if time.perf_counter() < ends else None, CONNECTIONS)
        )
        took = time.perf_counter() - begun
        own = time.process_time() - own
        spent = {name: after - before[name] for name, after in self._spent().items()}
        cuts = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
        return Phase(
            per_second=round(len(times) / took, 1),
            p50_ms=round(cuts[49] * 1000, 2),
            p99_ms=round(cuts[98] * 1000, 2),
            answered=len(times),
            failed=failed,
            limit=self._limit(
                spent | {"this program": own}, _share(machine, _machine()), took, writes=writes
            ),
        )

    def _spent(self) -> dict[str, float]:
        """Seconds of processor time so far."""
        return {
            "the web processes": sum(map(_seconds, self.processes())),
            "the storage": self._store.maintenance.processor_seconds(),
        }

    def _limit(self, spent: dict[str, float], busy: float, took: float, *, writes: bool) -> str:
        """Say what held more requests up; `busy` is the share of the processors that was used."""
        if not self.processes():
            return "not known: this system does not tell what processes use"
        ours = sum(spent.values()) / took
        shares = ", ".join(f"{name} {used / took:.1f}" for name, used in spent.items())
        told = f"of {self.processors} processors were used: {shares}"
        if ours >= _BUSY * self.processors:
            return f"the processors; {told}"
        if busy >= _BUSY:
            return f"the processors, which other programs use too; {told}"
        # The storage does one thing at a time.
        if spent["the storage"] / took >= _BUSY:
            return f"the storage, which uses one processor; {told}"
        if writes and self._store.connection.server().durable:
            return f"the disk: one fsync takes {self.fsync_ms:.1f} ms; {told}"
        return f"the {CONNECTIONS} connections, which wait for their answers; {told}"


@contextmanager
def _served(settings: Settings) -> Iterator[_Served]:
    """Serve on a storage that is gone in the end."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="load-", dir=settings.data_dir))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        own = replace(settings, redis_url=None, waitaof=False, data_dir=folder)
        connection = connect(own)
        stack.callback(connection.close)
        store, at = Store(connection), now()
        credential, key = new_credential(_SITE, kind="key", role="owner", now=at)
        policy = {"limits": {"key_comments_per_minute": 1_000_000}, "language": "en"}
        site = Site(slug=_SITE, name="Load", origins=(_ORIGIN,), policy=policy, created=at)
        store.sites.create(site, credential=credential, now=at)
        port = free_port()
        log = stack.enter_context((folder / "log").open("w+"))
        process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-m", "moderation.cli", "serve", "--port", str(port)],
            env=_environment(own),
            stdout=log,
            stderr=log,
        )
        stack.callback(_end, process)
        _until_ready(process, port, folder / "log")
        yield _Served(folder, store, port, process.pid, key)


def _environment(settings: Settings) -> dict[str, str]:
    own = {
        "DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key.decode("latin-1"),
        "DURABILITY": settings.durability,
        "SECOND_READER": str(settings.second_reader),
        "MODEL": settings.model or "",
        "LOG_LEVEL": "ERROR",
    }
    return environment_with(own)


def _until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
            return
        time.sleep(0.1)
    said = log.read_text("utf-8", "replace").strip().rpartition("\n")[2]
    if process.poll() is not None:
        raise ConfigurationError(said or "the service ended at once")
    raise UnavailableError(f"The service that was started for this does not come up. {said}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(25)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _post(key: str, page: str) -> bytes:
    body = {
        "thread": {"url": f"{_ORIGIN}{page}", "title": "Article"},
        "text": comment(),
        "author": {"name": "Reader"},
    }
    path = f"/api/v1/sites/{_SITE}/comments"
    return _request("POST", path, f"Authorization: Bearer {key}\r\n", json.dumps(body).encode())


def _request(method: str, path: str, headers: str, body: bytes = b"") -> bytes:
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip\r\n{headers}"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"\r\n" + body


async def _send(
    port: int, following: Callable[[], bytes | None], connections: int
) -> tuple[list[float], int]:
    """Send what follows over kept connections until None; gives seconds, and how many failed."""
    times: list[float] = []
    failed = 0

    async def over_one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (request := following()) is not None:
            begun = time.perf_counter()
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))
            if head.split()[1] in ("200", "201"):
                times.append(time.perf_counter() - begun)
            else:
                failed += 1
        writer.close()
        await writer.wait_closed()

    try:
        await asyncio.gather(*(over_one() for _ in range(connections)))
    except (OSError, asyncio.IncompleteReadError) as error:
        raise UnavailableError("The service that was started for this broke off.") from error
    return times, failed


def _fsync_ms(folder: Path) -> float:
    """How long a write to the disk takes that is waited for."""
    times = []
    with (folder / "probe").open("wb") as file:
        for _ in range(_FSYNCS):
            begun = time.perf_counter()
            file.write(b"\0" * 2_048)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return round(statistics.median(times) * 1000, 2)


def _children(master: int) -> Sequence[int]:
    try:
        told = Path(f"/proc/{master}/task/{master}/children").read_text()
    except OSError:
        return ()
    return [int(child) for child in told.split()]


def _machine() -> tuple[float, float]:
    """How long the machine's processors have worked and have had nothing to do, or waited."""
    try:
        fields = [float(field) for field in Path("/proc/stat").read_text().split()[1:9]]
    except OSError:
        return 0.0, 0.0
    rest = fields[3] + fields[4]
    return sum(fields) - rest, rest


def _share(before: tuple[float, float], after: tuple[float, float]) -> float:
    busy, rest = (late - early for early, late in zip(before, after, strict=True))
    return busy / (busy + rest) if busy + rest else 0.0


def _seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
