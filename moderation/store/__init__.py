"""The one door to Redis: every verb of the service that reads or writes stored data.

Each write is one Lua script (`lua/*.lua`), so it happens whole or not at all, its audit entry,
event, outbox entry and idempotency record included. The verbs live by noun in the modules of this
package; `keys.py` is the table of all keys. `now` is always the caller's clock in milliseconds.

Errors that any verb may raise: `UnavailableError` (the server is dead, full or read-only),
`NotFoundError` with code `site-not-found`.
"""

from __future__ import annotations

from .accounts import People
from .comments import Comments
from .connection import Connection
from .export import Archive
from .feedback import Feedback
from .maintenance import Upkeep
from .queue import Queue
from .readers import Readers
from .results import (
    Batch,
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
from .streams import Journal
from .threads import Threads

__all__ = [
    "Batch",
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
    """All verbs, in the order in which a reply meets them. Signatures are in the noun's module."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        scripts = Scripts(connection)

        sites = Sites(scripts)
        self.create_site = sites.create_site
        self.get_site = sites.get_site
        self.list_sites = sites.list_sites
        self.update_site = sites.update_site

        people = People(scripts)
        self.create_moderator = people.create_moderator
        self.get_moderator = people.get_moderator
        self.find_moderator = people.find_moderator
        self.list_moderators = people.list_moderators
        self.remove_moderator = people.remove_moderator
        self.end_sessions = people.end_sessions
        self.set_password = people.set_password
        self.set_role = people.set_role
        self.add_credential = people.add_credential
        self.get_credential = people.get_credential
        self.list_credentials = people.list_credentials
        self.revoke_credential = people.revoke_credential
        self.use_login = people.use_login
        self.update_credential_settings = people.update_credential_settings

        comments = Comments(scripts)
        self.context = comments.context
        self.submit = comments.submit
        self.edit = comments.edit
        self.rescore = comments.rescore
        self.delete = comments.delete
        self.get_comment = comments.get_comment
        self.author_comments = comments.author_comments
        self.author_record = comments.author_record

        readers = Readers(scripts)
        self.vote = readers.vote
        self.report = readers.report
        self.mine = readers.mine

        threads = Threads(scripts)
        self.get_thread = threads.get_thread
        self.neighbours = threads.neighbours
        self.thread_page = threads.thread_page
        self.replies_page = threads.replies_page
        self.counts = threads.counts
        self.close_thread = threads.close_thread

        queue = Queue(scripts)
        self.queue_page = queue.queue_page
        self.get_case = queue.get_case
        self.claim = queue.claim
        self.renew = queue.renew
        self.release = queue.release
        self.decide = queue.decide
        self.undo = queue.undo
        self.create_batch = queue.create_batch
        self.get_batch = queue.get_batch
        self.undo_batch = queue.undo_batch
        self.get_decision = queue.get_decision

        journal = Journal(scripts)
        self.audit_page = journal.audit_page
        self.events = journal.events
        self.outbox_read = journal.outbox_read
        self.outbox_ack = journal.outbox_ack
        self.outbox_reclaim = journal.outbox_reclaim
        self.outbox_dead = journal.outbox_dead

        feedback = Feedback(scripts)
        self.suggest = feedback.suggest
        self.suggestions_page = feedback.suggestions_page
        self.review_suggestion = feedback.review_suggestion
        self.add_usage = feedback.add_usage
        self.usage = feedback.usage

        archive = Archive(scripts)
        self.threads = archive.threads
        self.thread_comments = archive.comments

        upkeep = Upkeep(scripts)
        self.trim = upkeep.trim
        self.stats = upkeep.stats
        self.check = upkeep.check
        self.repair_registry = upkeep.repair_registry
