"""Read a thread and post to it, on Rejoinder and on its peers, in turn, on the same machine.

    python -m venv /tmp/isso && /tmp/isso/bin/pip install isso gunicorn
    python -m benchmarks.against_peers --isso /tmp/isso/bin --remark42 /path/to/remark42

Needs `wrk` (apt-get install wrk). A peer that no path is given for is left out. Remark42 is built
from its own sources with one change: its limit of ten reads a second from one address, which is
not to be set, is raised (`const openRouteLimiter` in `backend/app/rest/api/rest.go`), and then

    cd backend && CGO_ENABLED=0 go build -mod=vendor -o remark42 ./app

Isso and Rejoinder run with two worker processes, Remark42 with its threads; each with its default
durability: SQLite, bbolt, and Rejoinder's own server with an fsync for each write. Rejoinder scores
each comment before it answers, keeps its queue, audit and outbox; the peers score nothing. The same
page of comments is read as the widget of each reads it first, and comments of one length, no two
alike, are posted to another page. Printed for each: requests a second and latencies of the
median round; the ratio of Rejoinder's rate to the peer's in each round, lowest, median, highest.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from moderation.load import LENGTH, WORDS, comment, free_port

_PAGE = "http://site.example"
_READ, _POSTED = f"{_PAGE}/article", f"{_PAGE}/posted"


@dataclass(frozen=True)
class Load:
    """Requests of one kind: where to, and the script for wrk that makes them."""

    url: str
    script: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Measured:
    """Requests a second; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:7.0f}/s  p50 {self.p50:6.1f}  p99 {self.p99:6.1f} ms"


def wrk(load: Load, *, seconds: int, connections: int) -> Measured:
    """Send a load for some seconds; raises `SystemExit` if any answer was an error."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    for name, value in load.headers.items():
        command += ["-H", f"{name}: {value}"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if load.script:
            file.write(load.script)
            file.flush()
            command += ["-s", file.name]
        out = subprocess.run(
            [*command, load.url], capture_output=True, text=True, check=True
        ).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(f"{load.url} answered with errors:\n{out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    return Measured(rate, _milliseconds(out, "50%"), _milliseconds(out, "99%"))


def _milliseconds(out: str, share: str) -> float:
    value, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def post_script(path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> str:
    """A script for wrk that posts the body with another comment each time in place of {}."""
    before, after = json.dumps(json.dumps(body)).split("{}")
    lines = [
        f'wrk.headers["{name}"] = {json.dumps(value)}'
        for name, value in {"Content-Type": "application/json", **headers}.items()
    ]
    return "\n".join(
        [
            *lines,
            f"local words = {{{', '.join(json.dumps(word) for word in WORDS)}}}",
            "math.randomseed(os.time())",
            "request = function()",
            "  local chosen = {}",
            f"  for i = 1, {LENGTH} do chosen[i] = words[math.random(#words)] end",
            f'  return wrk.format("POST", {json.dumps(path)}, nil, {before}" .. '
            f'table.concat(chosen, " ") .. "{after})',
            "end",
        ]
    )


@contextmanager
def running(
    command: list[str], environment: Mapping[str, str], ready: str, *, cwd: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; raises `SystemExit` if it does not answer in 30 s."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                if requests.get(ready, timeout=1).status_code < 500:
                    break
            except (requests.ConnectionError, requests.Timeout):
                time.sleep(0.1)
        else:
            raise SystemExit(f"{command[0]} did not start")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            # One that waits for what its clients never send.
            process.kill()
            process.wait()


def rejoinder(stack: ExitStack, folder: Path, comments: int) -> dict[str, Load]:
    """Serve this tree with its own storage and two workers, and fill a page."""
    port = free_port()
    serve = [sys.executable, "-m", "moderation.cli", "serve", "--workers", "2"]
    return filled(stack, folder, port, [*serve, "--port", str(port)], comments)


def filled(
    stack: ExitStack,
    folder: Path,
    port: int,
    serve: list[str],
    comments: int,
    started: Callable[[subprocess.Popen[bytes]], None] = lambda process: None,
) -> dict[str, Load]:
    """Serve this tree by a command with a storage in the folder, and fill a page."""
    root = f"http://127.0.0.1:{port}"
    environment = {
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "REJOINDER_DATA_DIR": str(folder / "data"),
        "REJOINDER_PUBLIC_URL": root,
    }
    made = subprocess.run(
        [*(sys.executable, "-m", "moderation.cli", "site", "create", "bench"),
         *("--origin", _PAGE, "--json")],
        env={**os.environ, **environment}, capture_output=True, check=True,
    )  # fmt: skip
    started(stack.enter_context(running(serve, environment, f"{root}/readyz", cwd=folder)))
    key = {"Authorization": f"Bearer {json.loads(made.stdout)['api_key']}"}
    site = f"{root}/api/v1/sites/bench"
    policy: dict[str, Any] = {"limits": {"key_comments_per_minute": 1_000_000}, "audit_rate": 0}
    _sent("PATCH", site, {"policy": policy}, key)

    def body(url: str, text: str) -> dict[str, Any]:
        return {"thread": {"url": url}, "text": text, "author": {"name": "Reader"}}

    for _ in range(comments):
        _sent("POST", f"{site}/comments", body(_READ, comment()), key)
    read = f"{site}/threads?url={_READ}"
    return {
        "read": Load(read),
        "read, gzip": Load(read, headers={"Accept-Encoding": "gzip"}),
        "post": Load(root, post_script("/api/v1/sites/bench/comments", body(_POSTED, "{}"), key)),
    }


def isso(stack: ExitStack, folder: Path, comments: int, *, bin_folder: Path) -> dict[str, Load]:
    """Serve Isso under gunicorn with two workers, its guard off, and fill a page."""
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    settings = folder / "isso.cfg"
    settings.write_text(
        f"[general]\ndbpath = {folder}/isso.db\nhost = {root}\n[guard]\nenabled = false\n"
    )
    serve = [str(bin_folder / "gunicorn"), "-w2", "-b", f"127.0.0.1:{port}", "isso.run"]
    environment = {"ISSO_SETTINGS": str(settings)}
    stack.enter_context(running(serve, environment, f"{root}/config?uri=/", cwd=folder))
    origin = {"Origin": root}
    body = {"text": "{}", "author": "Reader", "title": "Article"}
    for _ in range(comments):
        new = {**body, "text": comment()}
        _sent("POST", f"{root}/new?uri=/article", new, origin)
    _sent("POST", f"{root}/new?uri=/posted", {**body, "text": comment()}, origin)
    read = f"{root}/?uri=/article&limit=20&nested_limit=3"
    return {
        "read": Load(read),
        "read, gzip": Load(read, headers={"Accept-Encoding": "gzip"}),
        "post": Load(root, post_script("/new?uri=/posted", body, origin)),
    }


def remark42(stack: ExitStack, folder: Path, comments: int, *, binary: Path) -> dict[str, Load]:
    """Serve Remark42 and fill a page.

    Readers need no account and cannot edit; its limit of writes is raised.
    """
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    environment = {
        "SECRET": secrets.token_hex(16),
        "REMARK_URL": root,
        "REMARK_PORT": str(port),
        "SITE": "bench",
        "AUTH_ANON": "true",
        "AUTH_TTL_JWT": "24h",
        # Else each comment waits in a queue of 5,000 until it may no longer be edited, and when the
        # queue is full, every post waits for it until its time is out.
        "EDIT_TIME": "0",
        "UPDATE_LIMIT": "1000000",
        "STORE_BOLT_PATH": str(folder / "db"),
    }
    serve = [str(binary), "server"]
    stack.enter_context(running(serve, environment, f"{root}/ping", cwd=folder))
    reader = requests.Session()
    login = f"{root}/auth/anonymous/login?user=Reader&aud=bench&from={root}"
    reader.get(login, timeout=30).raise_for_status()
    cookies = {name: value or "" for name, value in reader.cookies.get_dict().items()}
    known = {
        "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        "X-XSRF-TOKEN": cookies["XSRF-TOKEN"],
    }
    new = "/api/v1/comment?site=bench"

    def body(url: str, text: str) -> dict[str, Any]:
        return {"text": text, "locator": {"site": "bench", "url": url}}

    for _ in range(comments):
        _sent("POST", root + new, body(_READ, comment()), known)
    read = f"{root}/api/v1/find?site=bench&url={_READ}&sort=-time&format=tree"
    return {
        "read": Load(read),
        "read, gzip": Load(read, headers={"Accept-Encoding": "gzip"}),
        "post": Load(root, post_script(new, body(_POSTED, "{}"), known)),
    }


def _sent(method: str, url: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    answer = requests.request(method, url, json=body, headers=dict(headers), timeout=30)
    answer.raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--isso", type=Path, help="bin folder with isso and gunicorn")
    parser.add_argument("--remark42", type=Path, help="a built binary")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--comments", type=int, default=100, help="in the thread that is read")
    given = parser.parse_args()
    peers: dict[str, Callable[[ExitStack, Path], dict[str, Load]]] = {
        "rejoinder": lambda stack, folder: rejoinder(stack, folder, given.comments)
    }
    if given.isso:
        peers["isso"] = lambda stack, folder: isso(
            stack, folder, given.comments, bin_folder=given.isso.resolve()
        )
    if given.remark42:
        peers["remark42"] = lambda stack, folder: remark42(
            stack, folder, given.comments, binary=given.remark42.resolve()
        )
    with ExitStack() as stack:
        loads: dict[str, dict[str, Load]] = {}
        for name, start in peers.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rejoinder-")))
            loads[name] = start(stack, folder)
        for what in loads["rejoinder"]:
            _compare(what, {name: each[what] for name, each in loads.items()}, given)


def _compare(what: str, loads: Mapping[str, Load], given: argparse.Namespace) -> None:
    found: dict[str, list[Measured]] = {name: [] for name in loads}
    for _ in range(given.rounds):
        for name, load in loads.items():
            measured = wrk(load, seconds=given.seconds, connections=given.connections)
            found[name].append(measured)
    for name, rounds in found.items():
        middle = sorted(rounds, key=lambda each: each.rate)[len(rounds) // 2]
        line = f"{what:12} {name:10} {middle}"
        if name != "rejoinder":
            pairs = zip(found["rejoinder"], rounds, strict=True)
            ratios = sorted(ours.rate / theirs.rate for ours, theirs in pairs)
            middle_ratio = statistics.median(ratios)
            line += f"  ratio {middle_ratio:.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(line, flush=True)


if __name__ == "__main__":
    main()
