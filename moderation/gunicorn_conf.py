"""How gunicorn serves the app: `rejoinder serve` runs it so, and so does
`gunicorn -c python:moderation.gunicorn_conf moderation.wsgi:app`.

Threads, because a request waits for the storage; preloading, so that all workers share one copy of
the model; no recycling of workers, because every worker that ends leaves its metrics' files behind.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import metrics_folder, tracing
from .balance import balance
from .errors import ConfigurationError
from .scoring import ScoringService
from .settings import METRICS_FOLDER

# gthread, which hands a request to a thread when it is whole: a slow client holds none.
worker_class = "moderation.gunicorn_worker.BufferingWorker"
workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
# A reply waited for the storage two fifths of its time when that was measured, so
# two threads keep a core busy; two more may be held by event streams (`services.MAX_STREAMS`).
threads = 4
preload_app = True
max_requests = 0
# By choice, above gunicorn's two seconds: a reader's next vote finds the connection open, and one
# that is idle holds no thread.
keepalive = 30
# By choice, twice gunicorn's: for a worker that does not answer its master, not for a request.
timeout = 60
# By choice, less than the 30 seconds that docker-compose.yml leaves for an orderly end. An event
# stream is cut; its browser comes back.
graceful_timeout = 20
# Whom to believe is REJOINDER_TRUSTED_PROXIES, which the app itself reads.
forwarded_allow_ips = ""
# The most that gunicorn allows. A thread's address may be 2,000 characters, each up to twelve bytes
# when percent-encoded, so the longest of other scripts do not fit into a GET.
limit_request_line = 8190
control_socket_disable = True
proc_name = "rejoinder"
# Three times gunicorn's `worker_connections`.
MAX_FILES = 3_000

SETTINGS = (
    "worker_class",
    "workers",
    "threads",
    "preload_app",
    "max_requests",
    "keepalive",
    "timeout",
    "graceful_timeout",
    "forwarded_allow_ips",
    "limit_request_line",
    "control_socket_disable",
    "proc_name",
    "on_starting",
    "pre_request",
    "worker_exit",
    "post_worker_init",
    "child_exit",
)
"""What of this module is gunicorn's; `serve` hands these over by name."""


def on_starting(server: Any) -> None:
    """Do before the fork what is done once for all workers.

    Empty the folder of the last run's metrics, get the scoring ready, and allow as many open files
    as may be: each connection that waits is one, beside those to the storage.
    """
    import resource  # Windows has none, and no gunicorn either

    ScoringService.prepare()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    folder = os.environ.get(METRICS_FOLDER)
    if folder:
        for path in Path(folder).glob("*.db"):
            path.unlink()


def pre_request(worker: Any, req: Any) -> None:
    """Announce the end of a connection whose body is too large: what is left of it is not read.

    Only gunicorn can say so; it drops the app's own `Connection: close`.
    """
    length = next((value for name, value in req.headers if name == "CONTENT-LENGTH"), "")
    if length.isdecimal() and int(length) > worker.wsgi.config["MAX_CONTENT_LENGTH"]:
        req.force_close()


def worker_exit(server: Any, worker: Any) -> None:
    """Write the keys' last counts, if the worker came so far as to have an app."""
    app = getattr(worker, "wsgi", None)
    if app is not None:
        # It imports prometheus_client, which reads METRICS_FOLDER then: not before it is set.
        from .services import services_of

        services_of(app).meter.close()
    tracing.stop()
    if app is not None:
        _end_here()


def _end_here() -> None:
    """End the process without the endings of native libraries.

    ONNX Runtime is loaded before the fork, and waits at its end for threads that the fork left
    behind: a worker would abort, or hang, after all was done.
    """
    ended = sys.exception()
    code = ended.code if isinstance(ended, SystemExit) else 0
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 1)


def post_worker_init(worker: Any) -> None:
    """End this worker soon after its master died.

    By itself it would serve its open connections for as long as `graceful_timeout`, and hold the
    port all that time, so that no other master could start.
    """
    threading.Thread(target=_end_without, args=(worker.ppid,), daemon=True).start()


def wait_for_parent_exit(parent: int) -> None:
    """Return when the parent process is gone, however it went."""
    while os.getppid() == parent:
        # By choice: so long may the port stay taken.
        time.sleep(0.5)


def _end_without(parent: int) -> None:
    wait_for_parent_exit(parent)
    os.kill(os.getpid(), signal.SIGTERM)


def child_exit(server: Any, worker: Any) -> None:
    """Tell `prometheus_client` that a worker has ended; what it counted stays in the sums."""
    balance.leave(getattr(worker, "place", None))
    if os.environ.get(METRICS_FOLDER):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def serve(load: Callable[[], Any], *, bind: list[str], **options: Any) -> None:
    """Serve the app that `load` makes, until SIGTERM or SIGINT; then raises `SystemExit`.

    `load` is called once, before the workers are forked.

    Raises:
        ConfigurationError: there is no gunicorn for this platform.
    """
    try:
        from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
    except ImportError as error:
        raise ConfigurationError(
            "`serve` needs gunicorn, which needs Linux or macOS; elsewhere let any WSGI server "
            "serve moderation.wsgi:app"
        ) from error

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            chosen = {name: globals()[name] for name in SETTINGS}
            for name, value in {**chosen, "bind": bind, **options}.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return load()

    if METRICS_FOLDER in os.environ:
        Application().run()
        return
    with metrics_folder.made() as folder:
        # Read when prometheus_client is imported, so before `load` imports the app.
        os.environ[METRICS_FOLDER] = str(folder)
        Application().run()
