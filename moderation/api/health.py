"""Health, readiness, metrics."""

from __future__ import annotations

import hmac
from dataclasses import asdict
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import Response, request

from ..auth import client_address
from ..errors import UnauthorizedError, UnavailableError
from ..schemas import health as wire
from ..schemas.base import Problem
from ..services import services
from .blueprint import Blueprint

# What proxies add, besides `X-Forwarded-…`, to a request that they pass on.
_PROXY_HEADERS = """
    forwarded via x-real-ip x-client-ip x-cluster-client-ip x-original-forwarded-for
    x-original-host x-proxyuser-ip true-client-ip client-ip cf-connecting-ip cf-ray
    fastly-client-ip fly-client-ip x-appengine-user-ip x-azure-clientip x-envoy-external-address
    x-amzn-trace-id x-request-id x-scheme x-host cdn-loop proxy-connection
"""
_OF_PROXIES = frozenset(_PROXY_HEADERS.split())

bp = Blueprint("service", __name__)


@bp.get("/healthz")
@bp.response(200, wire.Health)
def healthz() -> Any:
    """Say that this process answers."""
    return {"status": "ok", "languages": services().scoring.scorer.languages}


@bp.get("/readyz")
@bp.response(200, wire.Readiness)
@bp.alt_response(503, schema=Problem)
def readyz() -> Any:
    """Say that the storage takes writes and the model answers, and what power loss can cost."""
    server = services().store.connection.server()
    if server.trouble is not None:
        raise UnavailableError(f"The storage takes no writes: {server.trouble}.")
    (score,) = services().scoring.score(["Is anybody there?"])
    languages = services().scoring.scorer.languages
    return {
        "status": "ok",
        "storage": asdict(server),
        "model": score.model,
        "languages": languages,
    }


@bp.get("/metrics")
@bp.response(200, {"type": "string"}, content_type="text/plain")
@bp.alt_response(401, schema=Problem)
def metrics() -> Any:
    """Give counters for Prometheus, to who sends REJOINDER_METRICS_KEY.

    Without such a key, only to this machine, and only where no proxy stands before the service:
    the names of all sites and their queues are in it.
    """
    wanted = services().settings.metrics_key
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not wanted and not _is_here():
        raise UnauthorizedError(
            "Without REJOINDER_METRICS_KEY, only this machine is answered, and only where no proxy "
            "stands before the service.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
        raise UnauthorizedError(
            "This needs the metrics key.", headers={"WWW-Authenticate": "Bearer"}
        )
    body = services().metrics.render(services().store)
    return Response(body, content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_here() -> bool:
    """Say whether the caller is this machine itself, and no proxy on it speaks for somebody.

    A proxy need not say that it is one: where the settings show that there is one, nobody is here.
    """
    settings = services().settings
    public = urlsplit(settings.public_url).hostname
    if settings.trusted_proxies or not (public == "localhost" or _is_loopback(public or "")):
        return False
    names = {name.lower() for name in request.headers.keys()}  # noqa: SIM118 - they are pairs
    if names & _OF_PROXIES or any(name.startswith("x-forwarded") for name in names):
        return False
    address = client_address(request, services())
    return address.startswith("/") or _is_loopback(address)  # by a socket's path or a loopback


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
