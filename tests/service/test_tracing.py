"""Traces as a collector gets them: every part of a request, and nothing of what was in it."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from moderation import tracing
from moderation.app import create_app
from moderation.clock import now
from moderation.errors import ConfigurationError
from moderation.records import Site
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import Settings, load_settings
from moderation.store import Store
from moderation.tokens import new_credential
from moderation.worker import Worker
from tests.support.app import ORIGIN, PAGE, Blog, S
from tests.support.scorer import TinyScorer
from tests.support.tiny_reader import tiny_combined

installed = pytest.mark.skipif(
    subprocess.run(
        [sys.executable, "-c", "import opentelemetry.sdk"], capture_output=True
    ).returncode
    != 0,
    reason="the extra tracing is not installed",
)


@dataclass
class Collector:
    """What was sent to a collector, as it came."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    paths: set[str] = field(default_factory=set)

    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
            ExportTraceServiceRequest,
        )

        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            collector.bodies.append(body)
            collector.paths.add(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(f"http://127.0.0.1:{server.server_port}")
    serve = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serve.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector
        tracing.stop()


def traced(server: Settings, store: Store, collector: Collector, scorer: Any) -> Blog:
    settings = replace(server, tracing=collector.url)
    app = create_app(settings, store=store, scoring=ScoringService(scorer))
    at = now()
    credential, key = new_credential("blog", kind="key", role="owner", now=at)
    site = Site(slug="blog", name="Blog", origins=(ORIGIN,), policy={"audit_rate": 0.0}, created=at)
    store.sites.create(site, credential=credential, now=at)
    return Blog(app.test_client(), store, key)


def attributes(span: Any) -> dict[str, Any]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes
    }


@installed
def test_every_part_of_a_request_and_a_task_and_nothing_of_anybody(
    server: Settings, store: Store, collector: Collector
) -> None:
    blog = traced(server, store, collector, tiny_combined())
    reader = blog.author()
    forged = {"traceparent": "00-" + "ab" * 16 + "-" + "cd" * 8 + "-01"}
    made = blog.made(
        "What an idiot, xylophone.",
        headers=reader | forged,
        author={"name": "Quentin Marlowe", "website": "https://quentin.example"},
    )
    blog.thread()
    blog.client.open("/secret-path?q=secret-query", method="SECRETMETHOD")
    Worker(services_of(blog.client.application)).run_once()
    tracing.stop()
    assert collector.paths == {"/v1/traces"}
    spans = collector.spans()
    names = {span.span_id: span.name for span in spans}
    within = {(names.get(span.parent_span_id), span.name) for span in spans}
    post, read = f"POST {S}/comments", f"GET {S}/threads"
    post, read = (name.replace("blog", "<site>") for name in (post, read))
    assert {
        (None, post),
        (None, read),
        (None, "task"),
        (None, "other unknown"),
        (post, "score"),
        (post, "storage"),
        (read, "storage"),
        ("task", "storage"),
        ("score", "score fast"),
        ("score", "score second reader"),
    } <= within
    (request,) = (span for span in spans if span.name == post)
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/api/v1/sites/<site>/comments",
        "http.response.status_code": 201,
    }
    assert request.trace_id.hex() != "ab" * 16
    its = [span for span in spans if span.trace_id == request.trace_id]
    assert "submit" in {attributes(span).get("what") for span in its}
    for span in its:
        assert request.start_time_unix_nano <= span.end_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano
    known = {"http.request.method", "http.route", "http.response.status_code"}
    known |= {"what", "read", "texts", "explain", "type", "tries", "error.type"}
    assert {name for span in spans for name in attributes(span)} <= known
    assert not [span for span in spans if span.events]
    sent = b"".join(collector.bodies)
    secrets = [blog.key, reader["Rejoinder-Author"], made["id"], made["edit_token"], PAGE]
    for secret in [*secrets, "xylophone", "Quentin", "quentin", "secret", "SECRET", "127.0.0.1"]:
        assert secret.encode() not in sent, secret


@installed
def test_an_error_is_told_by_its_class_alone(
    server: Settings, store: Store, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    blog = traced(server, store, collector, TinyScorer())

    def broken(facts: Any) -> None:
        raise RuntimeError(f"a defect about {facts.text}")

    monkeypatch.setattr("moderation.assessment.judge", broken)
    assert blog.post("A xylophone.").status_code == 500
    with pytest.raises(ZeroDivisionError), tracing.span("task"):
        _ = 1 / 0
    tracing.stop()
    failed = {span.name: attributes(span) for span in collector.spans() if span.status.code == 2}
    assert set(failed) == {"POST /api/v1/sites/<site>/comments", "task"}
    assert failed["task"] == {"error.type": "ZeroDivisionError"}
    sent = b"".join(collector.bodies)
    assert b"xylophone" not in sent
    assert b"division by" not in sent


@installed
def test_a_collector_that_is_away_holds_nobody_up(
    server: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_EXPORT_SECONDS", 0.2)
    blog = traced(server, store, Collector("http://127.0.0.1:9"), TinyScorer())
    try:
        assert blog.made("A fair point.")["status"] == "published"
    finally:
        tracing.stop()


def test_off_nothing_of_it_is_loaded() -> None:
    code = (
        "import sys, moderation.app, moderation.worker, moderation.tracing as t\n"
        "with t.span('a', b=1): pass\n"
        "t.answered('GET', '/', 200); t.was('x', 1.0); t.stop()\n"
        # Of what is installed redis-py loads its own parts.
        "parts = ('opentelemetry.exporter', 'opentelemetry.sdk.trace')\n"
        "assert not [name for name in sys.modules if name.startswith(parts)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_the_package_nothing_starts(
    server: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    for name in [name for name in sys.modules if name.startswith("opentelemetry.")]:
        monkeypatch.setitem(sys.modules, name, None)
    settings = replace(server, tracing="http://127.0.0.1:4318")
    scoring = ScoringService(TinyScorer())  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"REJOINDER_TRACING.*rejoinder\[tracing\]"):
        create_app(settings, store=store, scoring=scoring)


@pytest.mark.parametrize("wrong", ["yes", "ftp://a.example", "http://a.example/?x=1", "4318"])
def test_what_is_no_collector_is_named(wrong: str, tmp_path: Any) -> None:
    with pytest.raises(ConfigurationError, match="REJOINDER_TRACING"):
        load_settings({"REJOINDER_DATA_DIR": str(tmp_path), "REJOINDER_TRACING": wrong})
