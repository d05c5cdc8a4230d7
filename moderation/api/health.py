"""Health, readiness, metrics."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any

from flask import Response, request

from ..auth import client_address
from ..errors import UnauthorizedError, UnavailableError
from ..schemas import health as wire
from ..schemas.base import Problem
from ..services import services
from .blueprint import Blueprint

bp = Blueprint("service", __name__)


@bp.get("/healthz")
@bp.response(200, wire.Health)
def healthz() -> Any:
    """Say that this process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@bp.response(200, wire.Readiness)
@bp.alt_response(503, schema=Problem)
def readyz() -> Any:
    """Say that the storage takes writes and the model answers, and what power loss can cost."""
    server = services().store.connection.server()
    if server.trouble is not None:
        raise UnavailableError(f"The storage takes no writes: {server.trouble}.")
    (score,) = services().scoring.score(["Is anybody there?"])
    return {"status": "ok", "storage": asdict(server), "model": score.model}


@bp.get("/metrics")
@bp.response(200, {"type": "string"}, content_type="text/plain")
@bp.alt_response(401, schema=Problem)
def metrics() -> Any:
    """Give counters for Prometheus, to who sends REJOINDER_METRICS_KEY.

    Without such a key, only to this machine: the names of all sites and their queues are in it.
    """
    wanted = services().settings.metrics_key
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not wanted and not _is_here():
        raise UnauthorizedError(
            "Without REJOINDER_METRICS_KEY, only this machine is answered.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
        raise UnauthorizedError(
            "This needs the metrics key.", headers={"WWW-Authenticate": "Bearer"}
        )
    body = services().metrics.render(services().store)
    return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_here() -> bool:
    """Say whether the caller is this machine itself, and no proxy on it speaks for somebody."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ip_address(client_address(request, services())).is_loopback
    except ValueError:
        return True  # a socket's path
