"""`rejoinder demo`: the whole service on this machine, with a sample site, in one command."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import threading
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from uuid_utils import uuid7

from .. import clock, gunicorn_conf, urls
from ..errors import ConfigurationError, NotFoundError
from ..records import Author, Moderator, Site
from ..services import Services, services_of
from ..settings import Settings
from ..store.server.embedded import EmbeddedServer
from ..tokens import new_credential
from ..worker import Worker
from . import PAGES, SITE, bp, origins, thread

HOST = "127.0.0.1"
# Enough to get past what else listens near the port, by choice.
PORTS = 50
EMAIL = "moderator@demo.example"
LINK_MS = clock.DAY


def run(settings: Settings, *, fresh: bool, port: int, browser: bool) -> None:
    """Serve the demo until Ctrl-C; then raises `SystemExit`.

    Raises:
        ConfigurationError: another demo runs on the same folder, or no port is free.
    """
    listening = free_port(port)
    if listening != port:
        click.echo(f"Port {port} is taken; using {listening}.")
    settings = replace(
        settings,
        redis_url=None,
        data_dir=settings.data_dir / "demo",
        public_url=f"http://{HOST}:{listening}",
        trusted_proxies=(),
        log_format="console",
        log_level="WARNING",
    )
    if fresh:
        forget(settings.data_dir)
    link: list[str] = []
    background: list[int] = []
    services: list[Services] = []

    def load() -> Any:
        from ..app import create_app

        app = create_app(settings)
        if bp.name not in app.blueprints:
            app.register_blueprint(bp)
        services.append(services_of(app))
        link.append(prepare(services[0], listening, clock.now()))
        return app

    def when_ready(server: Any) -> None:
        background.append(_start_worker(services[0]))
        click.echo(_welcome(settings, link[0]))
        if browser:
            webbrowser.open(settings.public_url + PAGES[0])

    def on_exit(server: Any) -> None:
        for pid in background:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGTERM)
                os.waitpid(pid, 0)
        click.echo("Stopped. Everything is kept for the next time.")

    gunicorn_conf.serve(
        load,
        bind=[f"{HOST}:{listening}"],
        workers=2,
        loglevel="warning",
        when_ready=when_ready,
        on_exit=on_exit,
    )


def free_port(wanted: int) -> int:
    """Give the first port from `wanted` on that nobody listens on.

    Raises:
        ConfigurationError: none of the next 50 is free.
    """
    for port in range(wanted, min(wanted + PORTS, 65_536)):
        with contextlib.closing(socket.socket()) as probe:
            # As gunicorn will: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise ConfigurationError(f"no port from {wanted} to {wanted + PORTS - 1} is free; use --port")


def forget(data_dir: Path) -> None:
    """Remove what earlier demos stored, unless one is running.

    Raises:
        ConfigurationError: a demo is using it.
    """
    server = EmbeddedServer(data_dir)
    if data_dir.exists():
        # A server that a killed demo left behind is taken over, and ends with its last user.
        with contextlib.suppress(ConfigurationError):
            server.ensure()
        server.close()
        if server.is_running():
            raise ConfigurationError(f"another demo is running on {data_dir}; end it first")
        shutil.rmtree(data_dir)


def prepare(services: Services, port: int, now: int) -> str:
    """Make the sample site where it is missing, and give a one-time link into its dashboard."""
    store, here = services.store, origins(port)
    try:
        site = store.sites.get(SITE)
    except NotFoundError:
        site = Site(slug=SITE, name="The sample site", origins=here, policy={}, created=now)
        credential, _ = new_credential(SITE, kind="key", role="owner", now=now)
        store.sites.create(site, credential=credential, now=now)
    if not set(here) <= set(site.origins):
        # Earlier ones stay: another demo may be running on another port.
        known = tuple(dict.fromkeys([*site.origins, *here]))
        store.sites.update(SITE, origins=known, actor="demo", now=now)
    moderator = store.accounts.find(SITE, EMAIL)
    login_of = moderator or Moderator(
        site=SITE, id=str(uuid7()), email=EMAIL, name="You", role="owner", created=now
    )
    login, token = new_credential(
        SITE,
        kind="login",
        role=login_of.role,
        moderator=login_of.id,
        expires=now + LINK_MS,
        now=now,
    )
    if moderator is None:
        store.accounts.create(login_of, [login], actor="demo", now=now)
    else:
        store.credentials.add(login, "demo", now)
    _post_samples(services, f"{services.settings.public_url}{PAGES[0]}", now)
    return f"{services.settings.public_url}/dashboard/login#{token}"


def _post_samples(services: Services, page: str, now: int) -> None:
    """Send the sample comments the way of any reply, oldest first, if the page has none yet."""
    from ..submission import Draft, submit

    if (
        services.store.comments.context(SITE, thread_id=urls.thread_id(None, page), now=now).thread
        is not None
    ):
        return
    authors: dict[str, Author] = {}
    posted: dict[thread.Sample, str] = {}
    for sample, parent in sorted(thread.flat(), key=lambda pair: -pair[0].age):
        author = authors.setdefault(
            sample.name, Author(id=str(uuid7()), kind="anonymous", name=sample.name)
        )
        answer = submit(
            services,
            Draft(
                site=SITE,
                url=page,
                title=thread.TITLE,
                text=sample.text,
                author=author,
                parent=None if parent is None else posted[parent],
            ),
            now=now - sample.age * clock.MINUTE,
        )
        if answer.comment is not None:
            posted[sample] = answer.comment.id


def _start_worker(services: Services) -> int:
    """Fork a process for the background work; it shares the model's pages. Gives its id."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    stop = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too; the parent tells us
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=_stop_without, args=(parent, stop), daemon=True).start()
    try:
        Worker(services).run(stop)
    finally:
        services.store.connection.close()
        os._exit(0)


def _stop_without(parent: int, stop: threading.Event) -> None:
    """End the work when the parent is gone, however it went."""
    gunicorn_conf.wait_for_parent_exit(parent)
    stop.set()


def _welcome(settings: Settings, link: str) -> str:
    page, elsewhere = (settings.public_url + path for path in PAGES)
    return f"""
  The page            {page}
  From elsewhere      {elsewhere}
  The moderators      {link}
                      (the link is good once)

Write something kind and something nasty, then look at the queue. Ctrl-C ends the demo.
Everything is kept in {settings.data_dir}; --fresh forgets it.
"""
