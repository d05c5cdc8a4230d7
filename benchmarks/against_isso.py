"""Read a thread and post to it, on Rejoinder and on Isso, in turn, on the same machine.

    python -m venv /tmp/isso && /tmp/isso/bin/pip install isso gunicorn
    python benchmarks/against_isso.py --isso /tmp/isso/bin

Needs `wrk` (apt-get install wrk). Both run two worker processes under gunicorn with their default
durability: Isso's SQLite, Rejoinder's embedded server with an fsync for each write. Rejoinder
scores each comment before it answers; Isso scores nothing. Printed: requests a second and
latencies of each pair, and the ratio of each pair, median last.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

PAGE = "/article"
TEXT = (
    "I read the whole piece twice and still think that the second chart is drawn on the wrong "
    "scale, which makes the drop look larger than it was. The rest is fair, number {}."
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(command: list[str], environment: dict[str, str], ready: str) -> Iterator[None]:
    process = subprocess.Popen(
        command,
        env={**os.environ, **environment},
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
        yield
    finally:
        process.terminate()
        process.wait(20)


def wrk(url: str, seconds: int, script: str | None = None) -> tuple[float, float, float]:
    """Give requests a second, p50 and p99 in milliseconds."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "--latency"]
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        if script:
            file.write(script)
            file.flush()
            command += ["-s", file.name]
        out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{url} answered with errors:\n{out}")
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]
    p50, p99 = (_milliseconds(out, share) for share in ("50%", "99%"))
    return rate, p50, p99


def _milliseconds(out: str, share: str) -> float:
    value, unit = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", out).groups()  # type: ignore[union-attr]
    return float(value) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


def post_script(path: str, body: Mapping[str, object], headers: dict[str, str]) -> str:
    """A wrk script that posts the body with a running number in place of {}."""
    before, after = json.dumps(json.dumps(body)).split("{}")
    lines = [
        f'wrk.headers["{name}"] = {json.dumps(value)}'
        for name, value in {"Content-Type": "application/json", **headers}.items()
    ]
    return "\n".join(
        [
            *lines,
            "local n = 0",
            "request = function()",
            "  n = n + 1",
            f'  return wrk.format("POST", {json.dumps(path)}, nil, {before}" .. n .. "{after})',
            "end",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--isso", type=Path, required=True, help="bin folder with isso, gunicorn")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--comments", type=int, default=50, help="in the thread that is read")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        isso_read, isso_post = _isso(stack, folder, options)
        ours_read, ours_post = _rejoinder(stack, folder, options)
        for name, (ours, isso) in {
            "read a thread": (ours_read, isso_read),
            "post a comment": (ours_post, isso_post),
        }.items():
            ratios = []
            for pair in range(options.pairs):
                one = wrk(ours[0], options.seconds, ours[1])
                other = wrk(isso[0], options.seconds, isso[1])
                ratios.append(one[0] / other[0])
                print(
                    f"{name} {pair + 1}: rejoinder {one[0]:.0f}/s p50 {one[1]:.1f} p99 "
                    f"{one[2]:.1f} ms; isso {other[0]:.0f}/s p50 {other[1]:.1f} p99 "
                    f"{other[2]:.1f} ms; ratio {ratios[-1]:.2f}"
                )
            print(f"{name}: median ratio {statistics.median(ratios):.2f}")


Load = tuple[str, str | None]


def _isso(stack: ExitStack, folder: Path, options: argparse.Namespace) -> tuple[Load, Load]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    settings = folder / "isso.cfg"
    settings.write_text(
        f"[general]\ndbpath = {folder}/isso.db\nhost = {root}\n[guard]\nenabled = false\n"
    )
    command = [str(options.isso / "gunicorn"), "-w2", "-b", f"127.0.0.1:{port}", "isso.run"]
    environment = {"ISSO_SETTINGS": str(settings)}
    stack.enter_context(running(command, environment, f"{root}/config?uri=/"))
    headers = {"Origin": root}
    for page in (PAGE, "/posted"):
        for number in range(options.comments if page == PAGE else 1):
            body = {"text": TEXT.format(number), "author": "Reader", "title": "Article"}
            url = f"{root}/new?uri={page}"
            requests.post(url, json=body, headers=headers, timeout=30).raise_for_status()
    read = f"{root}/?uri={PAGE}&limit=20&nested_limit=3"
    body = {"text": TEXT, "author": "Reader", "title": "Article"}
    return (read, None), (root, post_script("/new?uri=/posted", body, headers))


def _rejoinder(stack: ExitStack, folder: Path, options: argparse.Namespace) -> tuple[Load, Load]:
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    command = str(Path(sys.executable).with_name("rejoinder"))
    environment = {"REJOINDER_DATA_DIR": str(folder / "data"), "REJOINDER_PUBLIC_URL": root}
    made = subprocess.run(
        [command, "site", "create", "bench", "--origin", "http://site.example", "--json"],
        env={**os.environ, **environment},
        capture_output=True,
        check=True,
    )
    key = json.loads(made.stdout)["api_key"]
    serve = [command, "serve", "--port", str(port), "--workers", "2"]
    stack.enter_context(running(serve, environment, f"{root}/healthz"))
    headers = {"Authorization": f"Bearer {key}"}
    site = f"{root}/api/v1/sites/bench"
    limits: dict[str, Any] = {
        "policy": {"limits": {"key_comments_per_minute": 1_000_000}, "audit_rate": 0}
    }
    requests.patch(site, json=limits, headers=headers, timeout=30).raise_for_status()
    for number in range(options.comments):
        body: dict[str, Any] = {
            "thread": {"url": f"http://site.example{PAGE}", "title": "Article"},
            "text": TEXT.format(number),
            "author": {"name": "Reader"},
        }
        answer = requests.post(f"{site}/comments", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
    read = f"{site}/threads?url=http://site.example{PAGE}&limit=20"
    posted = {
        "thread": {"url": "http://site.example/posted", "title": "Article"},
        "text": TEXT,
        "author": {"name": "Reader"},
    }
    return (read, None), (root, post_script("/api/v1/sites/bench/comments", posted, headers))


if __name__ == "__main__":
    main()
