"""Where the processor time of one post goes, part by part, under load.

    python -m benchmarks.post_parts [--posts 2000]

Serves the app with gunicorn as `rejoinder serve` does, an fsync for each write, and sends posts
with a key over 16 kept connections. Each part is timed by the processor time of its own thread
(`time.thread_time`), what it calls of other parts left out, so waiting for the storage, for another
thread or for another process counts nowhere. What gunicorn's event loop does is the process's time
less that of its threads. Timing itself costs about a microsecond for each call of a part.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.processor_time import Served, served

PARTS: tuple[tuple[str, str, str], ...] = (
    ("gunicorn: request and answer", "gunicorn.workers.gthread:ThreadWorker", "handle"),
    ("Flask: routing, request, hooks", "flask:Flask", "__call__"),
    ("headers", "moderation.api.cors", "add_headers"),
    ("metrics", "moderation.metrics:Metrics", "request"),
    ("metrics", "moderation.metrics:Metrics", "judged"),
    ("JSON in", "moderation.api.blueprint:StrictParser", "load_json"),
    ("schema in", "webargs.core:Parser", "parse"),
    ("who asks", "moderation.api.comments", "current_identity"),
    ("who asks", "moderation.api.comments", "author_of"),
    ("who asks", "moderation.api.comments", "idempotency"),
    ("storage client: key", "moderation.store.credentials:Credentials", "get"),
    ("storage client: context", "moderation.store.comments:Comments", "context"),
    ("storage client: limits", "moderation.store.comments:Comments", "check_limits"),
    ("storage client: write", "moderation.store.scripts:Scripts", "run"),
    ("address", "moderation.urls", "thread_ids"),
    ("address", "moderation.urls", "belongs"),
    ("address", "moderation.urls", "public"),
    ("address", "moderation.urls", "thread_id"),
    ("settings", "moderation.store.site_codec", "site_from"),
    ("settings", "moderation.policy:Policy", "from_json"),
    ("rendering", "moderation.text", "compose"),
    ("rendering", "moderation.text", "render"),
    ("scoring", "moderation.scoring:ScoringService", "of_comment"),
    ("explanation", "classifiers.model:LinearScorer", "_spans"),
    ("explanation", "classifiers.model", "normalise_with_spans"),
    ("policy", "moderation.assessment", "judge"),
    ("policy", "moderation.assessment", "assess"),
    ("policy", "moderation.submission.composing", "assess"),
    ("record to store", "moderation.store.comments:Comments", "submit"),
    ("record to store", "moderation.store.codec", "content_rest"),
    ("schema out", "moderation.submission.answers", "written"),
    ("the way of a reply", "moderation.api.comments", "make_comment"),
    ("the way of a reply", "moderation.submission", "submit"),
)
"""Part, where its function is, and its name; what another release has not is left out."""

_LOOP, _FOLDER = "gunicorn: event loop", "BENCH_PARTS"
_here = threading.local()
_spent: defaultdict[str, float] = defaultdict(float)


def _timed(part: str, inner: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(inner)
    def timed(*args: Any, **kwargs: Any) -> Any:
        outer = getattr(_here, "inside", None)
        _here.inside = frame = [0.0]
        begun = time.thread_time()
        try:
            return inner(*args, **kwargs)
        finally:
            took = time.thread_time() - begun
            _spent[part] += took - frame[0]
            if outer is not None:
                outer[0] += took
            else:
                _spent["threads"] += took
            _here.inside = outer

    return timed


def _wrap() -> None:
    import importlib

    for part, where, name in PARTS:
        module, _, kind = where.partition(":")
        owner = importlib.import_module(module)
        owner = getattr(owner, kind) if kind else owner
        found = vars(owner).get(name)
        if isinstance(found, classmethod):
            setattr(owner, name, classmethod(_timed(part, found.__func__)))
        elif found is not None:
            setattr(owner, name, _timed(part, found))


def _serve(port: int) -> None:
    """Serve the app with its parts timed; each worker tells its sums when asked by a file."""
    from moderation import gunicorn_conf
    from moderation.settings import load_settings

    folder = Path(os.environ[_FOLDER])

    def tell() -> None:
        asked = 0
        while True:
            time.sleep(0.05)
            now = len(list(folder.glob("ask.*")))
            if now != asked:
                asked = now
                told = {**_spent, "process": time.process_time()}
                path = folder / f"{os.getpid()}.{asked}"
                path.with_suffix(".part").write_text(json.dumps(told))
                path.with_suffix(".part").rename(path.with_name(f"told.{path.name}"))

    original = gunicorn_conf.post_worker_init

    def post_worker_init(worker: Any) -> None:
        original(worker)
        threading.Thread(target=tell, daemon=True).start()

    gunicorn_conf.post_worker_init = post_worker_init

    def load() -> Any:
        from moderation.app import create_app

        _wrap()
        return create_app(load_settings())

    gunicorn_conf.serve(load, bind=[f"127.0.0.1:{port}"], workers=2)


def _told(folder: Path, number: int) -> Counter[str]:
    (folder / f"ask.{number}").touch()
    while len(found := list(folder.glob(f"told.*.{number}"))) < 2:
        time.sleep(0.05)
    total: Counter[str] = Counter()
    for path in found:
        total.update(json.loads(path.read_text()))
    return total


def _measure(server: Served, folder: Path, posts: int) -> None:
    server.cost(server.post, 200)
    before = _told(folder, 1)
    cost = server.cost(server.post, posts)
    after = _told(folder, 2)
    spent = {part: (after[part] - before[part]) / posts * 1e3 for part in after}
    spent[_LOOP] = spent.pop("process") - spent.pop("threads")
    for part in dict.fromkeys([*(part for part, _, _ in PARTS), _LOOP]):
        if part in spent:
            print(f"| {part} | {spent[part]:.3f} |")
    print(f"| **a web worker, together** | **{sum(spent.values()):.2f}** |")
    print(f"| the storage server, together | {cost.storage:.2f} |")
    print(f"| of it in commands | {cost.commands:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        _serve(given.serve)
        return
    with tempfile.TemporaryDirectory(prefix="rejoinder-parts-") as folder:
        os.environ[_FOLDER] = folder
        import moderation

        tree = Path(moderation.__file__).parents[1]
        command = [sys.executable, str(Path(__file__).resolve()), "--serve"]
        with served(tree, "always", serve=command) as server:
            _measure(server, Path(folder), given.posts)


if __name__ == "__main__":
    main()
