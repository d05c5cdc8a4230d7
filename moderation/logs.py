"""Logs as JSON lines (or for a console); never a comment's text, a token or a query string."""

from __future__ import annotations

import logging
import sys
from typing import Any

import structlog

from .settings import Settings


def configure(settings: Settings) -> None:
    """Set up structlog for this process."""
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            )
            if settings.log_format == "json"
            else structlog.processors.format_exc_info,
            _drop_messages,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[settings.log_level]
        ),
        # Looked up at each use: whoever redirects standard error gets the log.
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def silence() -> None:
    """Log nothing: a command that ends at once says in its own words what went wrong."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def _drop_messages(
    logger: Any, method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Keep an exception's type and place; its message may quote what somebody wrote."""
    for exception in event.get("exception") or ():
        if isinstance(exception, dict):
            exception.pop("exc_value", None)
            exception.pop("exc_notes", None)
    return event
