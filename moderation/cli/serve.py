"""`rejoinder demo`, `serve`, `worker`: what stays running."""

from __future__ import annotations

import signal
import socket
import threading
from typing import Any

import click

from .. import clock
from ..errors import ConfigurationError
from ..settings import load_settings


@click.command()
@click.option("--fresh", is_flag=True, help="Forget what earlier demos stored.")
@click.option("--port", default=8000, show_default=True, help="Or the next free one.")
@click.option("--browser/--no-browser", default=False, help="Open the sample page in a browser.")
def demo(fresh: bool, port: int, browser: bool) -> None:
    """Show a page with comments and its moderators' queue on this machine.

    Everything is kept in a folder of its own for the next demo. Ctrl-C ends it.
    """
    from ..demo.start import run

    run(load_settings(), fresh=fresh, port=port, browser=browser)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65_535))
@click.option("--workers", type=click.IntRange(1, 512), help="Processes.  [default: one per core]")
def serve(host: str, port: int, workers: int | None) -> None:
    """Serve the API, the widget and the dashboard.

    Background work needs `rejoinder worker` beside it.
    """
    from .. import gunicorn_conf

    settings = load_settings()
    _check_port_free(host, port)

    def load() -> Any:
        from ..app import create_app

        return create_app(settings)

    options = {"workers": workers} if workers else {}
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    gunicorn_conf.serve(load, bind=[address], **options)


@click.command()
@click.option("--check", is_flag=True, help="Only say, by the exit status, if one works here.")
def worker(check: bool) -> None:
    """Do the background work: mail, retries, rescoring, retention.

    Any number may run, on any number of machines.
    """
    from ..worker import Worker, is_alive

    settings = load_settings()
    if check:
        if not is_alive(settings.data_dir, clock.now()):
            raise click.ClickException("no worker finished a round here within the last minute")
        return
    from ..app import create_app
    from ..outbound.mail.postman import Postman
    from ..services import services_of

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = services_of(create_app(settings))
    # Beside the rest, which must not wait for a slow mail server.
    sender = threading.Thread(target=Postman(services).run, args=(stop,), name="mail")
    sender.start()
    try:
        Worker(services).run(stop)
    finally:
        stop.set()
        sender.join()


def _check_port_free(host: str, port: int) -> None:
    """Fail at once where gunicorn would try for five seconds, after loading the model."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, proto) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise ConfigurationError(
            f"cannot listen on {host} port {port}: {error.strerror}"
        ) from error
