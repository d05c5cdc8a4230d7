"""Traces for OpenTelemetry: which parts of a request took how long, and nothing of what was in it.

On only where REJOINDER_TRACING names a collector; else nothing of OpenTelemetry is imported, and a
span costs the look at one variable. Its own instrumentations of Flask and Redis are not used: they
note addresses, queries and the arguments of commands, which hold what people wrote. Here a span has
the attributes that its place in the code gives it: a route, a verb, a number.

What a caller says of a trace of its own (`traceparent`) is not heeded: anybody may say anything.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

_OFF: AbstractContextManager[None] = nullcontext()
# By choice: spans are sent while requests go on, and a collector that is away must hold nobody up.
_EXPORT_SECONDS = 5
_provider: TracerProvider | None = None
_tracer: Tracer | None = None


def start(collector: str) -> None:
    """Send spans from now on to a collector that speaks OTLP over HTTP.

    Its standard variables (`OTEL_SERVICE_NAME`, `OTEL_EXPORTER_OTLP_HEADERS`,
    `OTEL_TRACES_SAMPLER` …) are heeded. Raises `ConfigurationError` without the extra `tracing`.
    """
    global _provider, _tracer
    if _tracer is not None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise ConfigurationError(
            "REJOINDER_TRACING: OpenTelemetry is not installed: pip install 'rejoinder[tracing]'"
        ) from error
    resource = Resource({SERVICE_NAME: "rejoinder"}).merge(OTELResourceDetector().detect())
    _provider = TracerProvider(resource=resource)
    exporter = OTLPSpanExporter(f"{collector.rstrip('/')}/v1/traces", timeout=_EXPORT_SECONDS)
    # After a fork it starts its thread anew.
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("moderation")


def stop() -> None:
    """Send what is left, and no more."""
    global _provider, _tracer
    if _provider is not None:
        _provider.shutdown()
    _provider = _tracer = None


def span(name: str, **attributes: str | int | bool) -> AbstractContextManager[Any]:
    """Time what is done within it."""
    return _OFF if _tracer is None else _timed(_tracer, name, attributes)


def traced(wsgi: Wsgi) -> Wsgi:
    """Put a span around each request."""

    def answer(request: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with span("request"):
            return wsgi(request, start_response)

    return answer


def answered(method: str, route: str, status: int) -> None:
    """Name the request's span by its route, never by its path."""
    if _tracer is None:
        return
    from opentelemetry.trace import StatusCode, get_current_span

    current = get_current_span()
    current.update_name(f"{method} {route}")
    current.set_attributes(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}
    )
    if status >= 500:
        current.set_status(StatusCode.ERROR)


def was(name: str, seconds: float, *, before: float = 0.0) -> None:
    """Note within the present span what took so long and ended so many seconds ago."""
    if _tracer is None:
        return
    ended = time.time_ns() - round(before * 1e9)
    _tracer.start_span(name, start_time=ended - round(seconds * 1e9)).end(ended)


@contextmanager
def _timed(tracer: Tracer, name: str, attributes: dict[str, Any]) -> Iterator[Span]:
    from opentelemetry.trace import StatusCode

    # What an exception says may quote what somebody wrote: its class must do.
    with tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        try:
            yield current
        except Exception as error:
            current.set_attribute("error.type", type(error).__name__)
            current.set_status(StatusCode.ERROR)
            raise
