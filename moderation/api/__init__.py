"""The HTTP API: one blueprint for each resource; parse, one verb of the domain, answer."""

from __future__ import annotations

from .blueprint import Blueprint
from .comments import bp as comments
from .events import bp as events
from .feeds import bp as feeds
from .groups import bp as groups
from .guest_logins import bp as guest_logins
from .health import bp as health
from .measures import bp as measures
from .queue import bp as queue
from .score import bp as score
from .session import bp as session
from .sites import bp as sites
from .suggestions import bp as suggestions
from .thread_settings import bp as thread_settings
from .threads import bp as threads
from .webhooks import bp as webhooks

blueprints: tuple[Blueprint, ...] = (
    comments,
    guest_logins,
    threads,
    thread_settings,
    score,
    queue,
    events,
    sites,
    session,
    health,
    suggestions,
    webhooks,
    feeds,
    measures,
    groups,
)
