"""How long the compatible formats take, beside the same endpoint without scoring.

    python benchmarks/compat_latency.py [--rate 200] [--seconds 5] [--rounds 6]

Two real servers (gunicorn, threads, embedded storage) differ in one thing: the scorer of one
answers a constant. Both get the same requests at the same open-loop rate, in alternating slices,
so that whatever else the machine does meets both. A request's time counts from when it was due,
not from when a connection was free.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CONNECTIONS = 32
SENTENCES = [
    "I walked past the new library on Saturday and it was already full of people.",
    "You clearly have not read the article, the figure is in the second paragraph.",
    "What an idiot, honestly.",
    "The council voted on this in March, and nobody from our street was there to object.",
    "Thanks for the correction, I had the year wrong.",
    "Get lost, nobody asked you.",
]


def texts(amount: int) -> list[str]:
    """Comments of one to four sentences, about 150 characters on average."""
    count = len(SENTENCES)
    return [
        " ".join(SENTENCES[(number * step + step) % count] for step in range(1, 2 + number % 4))
        for number in range(amount)
    ]


def make_app() -> Any:
    """Make the app of one server; gunicorn calls this (`compat_latency:make_app()`)."""
    from moderation.app import create_app
    from moderation.scoring import ScoringService
    from moderation.settings import load_settings
    from moderation.store import Store
    from moderation.store.connection import connect

    settings = replace(load_settings(), log_level="WARNING")
    scoring = ScoringService.load(settings.model)
    if os.environ["BENCHMARK_SCORING"] == "constant":
        scoring.scorer = _Constant(scoring.scorer)  # type: ignore[assignment]
    return create_app(settings, store=Store(connect(settings)), scoring=scoring)


class _Constant:
    """Everything of a scorer but the scoring."""

    def __init__(self, scorer: Any) -> None:
        self._scorer = scorer
        (self._score,) = scorer.score(["A fine day in the park."])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scorer, name)

    def score(self, texts: list[str], **_: Any) -> list[Any]:
        return [self._score] * len(texts)


@contextmanager
def server(scoring: str, data: Path) -> Iterator[tuple[int, str]]:
    """Run gunicorn with 2 workers of 4 threads; gives its port and a key."""
    environment = {
        **os.environ,
        "REJOINDER_DATA_DIR": str(data),
        "REJOINDER_LOG_LEVEL": "WARNING",
        "BENCHMARK_SCORING": scoring,
        "PYTHONPATH": os.pathsep.join(
            [str(ROOT), str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
        ),
    }
    key = _make_key(environment)
    port = _free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", "python:moderation.gunicorn_conf"]
    command += ["--bind", f"127.0.0.1:{port}", "--workers", "2", "--log-level", "warning"]
    command += ["compat_latency:make_app()"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    try:
        _wait_for(port)
        yield port, key
    finally:
        process.terminate()
        process.wait(30)


def _make_key(environment: dict[str, str]) -> str:
    def run(*arguments: str) -> dict[str, Any]:
        program = "from moderation.cli import main; main()"
        command = [sys.executable, "-c", program, *arguments, "--json"]
        done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True)
        made: dict[str, Any] = json.loads(done.stdout)
        return made

    run("site", "create", "bench", "--origin", "https://bench.example")
    return str(run("key", "create", "--site", "bench")["api_key"])


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def perspective_requests(key: str, amount: int) -> list[bytes]:
    asked: dict[str, dict[str, float]] = {"TOXICITY": {}, "INSULT": {}, "THREAT": {}}
    return [
        _request(
            f"/v1alpha1/comments:analyze?key={key}",
            {"comment": {"text": text}, "requestedAttributes": asked, "languages": ["en"]},
        )
        for text in texts(amount)
    ]


def _request(path: str, body: Any, **headers: str) -> bytes:
    raw = json.dumps(body).encode()
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"Content-Length: {len(raw)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


async def load(port: int, requests: list[bytes], rate: float, seconds: float) -> list[float]:
    """Send requests at a fixed rate whatever comes back; gives each one's seconds."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begin = time.perf_counter()
    times: list[float] = []

    async def one(number: int) -> None:
        due = begin + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        reader, writer = connection = await free.get()
        writer.write(requests[number % len(requests)])
        status, _ = await _response(reader)
        times.append(time.perf_counter() - due)
        if status != 200:
            raise RuntimeError(f"status {status}")
        free.put_nowait(connection)

    await asyncio.gather(*(one(number) for number in range(int(rate * seconds))))
    while not free.empty():
        _, writer = free.get_nowait()
        writer.close()
        await writer.wait_closed()
    return times


async def _response(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    length = int(head.split("content-length: ")[1].split("\r\n")[0])
    return int(head.split(" ")[1]), await reader.readexactly(length)


async def one_by_one(port: int, request: bytes, amount: int) -> list[float]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times = []
    for _ in range(amount):
        begin = time.perf_counter()
        writer.write(request)
        status, _ = await _response(reader)
        times.append(time.perf_counter() - begin)
        if status != 200:
            raise RuntimeError(f"status {status}")
    writer.close()
    await writer.wait_closed()
    return times


def quantile(times: list[float], share: float) -> float:
    """Give a quantile in milliseconds."""
    return 1_000 * sorted(times)[min(len(times) - 1, int(share * len(times)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=200)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=6)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="rejoinder-bench-") as folder,
        server("real", Path(folder) / "real") as (real, real_key),
        server("constant", Path(folder) / "constant") as (constant, constant_key),
    ):
        _compare(options, real, real_key, constant, constant_key)
        _batches(real, real_key, constant, constant_key)


def _compare(options: Any, real: int, real_key: str, constant: int, constant_key: str) -> None:
    sides = {
        "scored": (real, perspective_requests(real_key, 500)),
        "constant": (constant, perspective_requests(constant_key, 500)),
    }
    for port, requests in sides.values():
        asyncio.run(load(port, requests, options.rate, 1))
    times: dict[str, list[float]] = {name: [] for name in sides}
    ratios = []
    for number in range(options.rounds):
        order = list(sides) if number % 2 == 0 else list(sides)[::-1]
        slices = {}
        for name in order:
            port, requests = sides[name]
            slices[name] = asyncio.run(load(port, requests, options.rate, options.seconds))
            times[name] += slices[name]
        ratios.append(quantile(slices["scored"], 0.99) / quantile(slices["constant"], 0.99))
    print(f"comments:analyze, {options.rate:g} requests/s, {len(times['scored'])} on each side")
    for name, found in times.items():
        shown = "  ".join(f"p{share * 100:g} {quantile(found, share):6.2f} ms"
                          for share in (0.5, 0.95, 0.99))  # fmt: skip
        print(f"  {name:<9} {shown}")
    overall = quantile(times["scored"], 0.99) / quantile(times["constant"], 0.99)
    rounds = " ".join(f"{ratio:.2f}" for ratio in ratios)
    print(f"  p99 ratio {overall:.2f}; by round {rounds}; median {statistics.median(ratios):.2f}")


def _batches(real: int, real_key: str, constant: int, constant_key: str) -> None:
    for amount in (1, 100):
        given = {"input": texts(amount)}
        print(f"/v1/moderations, {amount} texts in one request, 40 requests one after the other")
        for name, port, key in (("scored", real, real_key), ("constant", constant, constant_key)):
            request = _request("/v1/moderations", given, Authorization=f"Bearer {key}")
            asyncio.run(one_by_one(port, request, 5))
            found = asyncio.run(one_by_one(port, request, 40))
            print(f"  {name:<9} p50 {quantile(found, 0.5):6.2f} ms  "
                  f"p95 {quantile(found, 0.95):6.2f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
