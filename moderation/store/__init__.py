"""The one door to Redis: every verb of the service that reads or writes stored data.

Each write to a site is one Lua script (`lua/*.lua`), so it happens whole or not at all, its audit
entry, event, outbox entry and idempotency record included; the registry of sites is written last.
The verbs are called by their noun, `store.queue.claim(…)`, and live in the module of that noun;
`keys.py` is the table of all keys. `now` is always the caller's clock in milliseconds.

Errors that any verb may raise: `UnavailableError` (the server is dead, full or read-only, or a
newer release wrote the record).
"""

from __future__ import annotations

from .accounts import Accounts
from .comments import Comments, Judged, Likeness
from .connection import Connection
from .credentials import Credentials
from .export import Export
from .figures import Figures
from .groups import Groups
from .guest_logins import GuestLogins
from .listing import Listing
from .mail import Mail
from .mail_addresses import MailAddresses
from .maintenance import Maintenance
from .measures import Measures
from .moves import Moves
from .nudges import Nudges
from .outbox import Outbox
from .queries import MAX_RETRIES, too_many_conflicts
from .queue import Queue
from .reports import Reports
from .results import (
    BatchDone,
    Context,
    Event,
    Listed,
    Mine,
    Outcome,
    Page,
    QueuePage,
    Replay,
    Reported,
    Submitted,
    Task,
    ThreadList,
    Undelivered,
    WebhookState,
)
from .scripts import Scripts
from .sites import Sites
from .streams import Streams
from .suggestions import Suggestions
from .threads import Threads
from .usage import Usage
from .votes import Votes
from .webhooks import Webhooks

__all__ = [
    "MAX_RETRIES",
    "BatchDone",
    "Context",
    "Event",
    "Judged",
    "Likeness",
    "Listed",
    "Mine",
    "Outcome",
    "Page",
    "QueuePage",
    "Replay",
    "Reported",
    "Store",
    "Submitted",
    "Task",
    "ThreadList",
    "Undelivered",
    "WebhookState",
    "too_many_conflicts",
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
        self.listing = Listing(scripts)
        self.moves = Moves(scripts)
        self.queue = Queue(scripts)
        self.groups = Groups(scripts)
        self.measures = Measures(scripts)
        self.streams = Streams(scripts)
        self.outbox = Outbox(scripts)
        self.mail = Mail(scripts)
        self.mail_addresses = MailAddresses(scripts)
        self.guest_logins = GuestLogins(scripts)
        self.webhooks = Webhooks(scripts)
        self.suggestions = Suggestions(scripts)
        self.usage = Usage(scripts)
        self.nudges = Nudges(scripts)
        self.export = Export(scripts)
        self.figures = Figures(scripts)
        self.maintenance = Maintenance(scripts)
