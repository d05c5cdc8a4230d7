"""The one door to Redis: every verb of the service that reads or writes stored data.

Each write is one Lua script (`lua/*.lua`), so it happens whole or not at all, its audit entry,
event, outbox entry and idempotency record included. The verbs live by noun in the modules of this
package; `keys.py` is the table of all keys. `now` is always the caller's clock in milliseconds.

Errors that any verb may raise: `UnavailableError` (the server is dead, full or read-only),
`NotFoundError` with code `site-not-found`.
"""

from __future__ import annotations

from .accounts import Accounts
from .comments import Comments
from .connection import Connection
from .credentials import Credentials
from .export import Export
from .maintenance import Maintenance
from .outbox import Outbox
from .queue import Queue
from .reports import Reports
from .results import (
    Context,
    Event,
    Mine,
    Outcome,
    Page,
    QueuePage,
    Replay,
    Submitted,
    Task,
)
from .scripts import Scripts
from .sites import Sites
from .streams import Streams
from .suggestions import Suggestions
from .threads import Threads
from .usage import Usage
from .votes import Votes

__all__ = [
    "Context",
    "Event",
    "Mine",
    "Outcome",
    "Page",
    "QueuePage",
    "Replay",
    "Store",
    "Submitted",
    "Task",
]


class Store:
    """All of the service's verbs, by noun, in the order in which a reply meets them."""

    def __init__(self, connection: Connection) -> None:
        scripts = Scripts(connection)
        self.connection = connection
        self.sites = Sites(scripts)
        self.accounts = Accounts(scripts)
        self.credentials = Credentials(scripts)
        self.comments = Comments(scripts)
        self.votes = Votes(scripts)
        self.reports = Reports(scripts)
        self.threads = Threads(scripts)
        self.queue = Queue(scripts)
        self.streams = Streams(scripts)
        self.outbox = Outbox(scripts)
        self.suggestions = Suggestions(scripts)
        self.usage = Usage(scripts)
        self.export = Export(scripts)
        self.maintenance = Maintenance(scripts)
