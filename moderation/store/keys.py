"""The table of all keys: the only place that names one.

Every key of a site begins with the hash tag `{slug}:`, so all of them are in one Cluster slot and
change together. Only the registry is global. "Lex" means: all scores are 0, the members are
ordered as bytes, a position in the list is a member, so a cursor stays valid whatever comes or
goes, and a page costs O(log n + page) wherever it begins. Comment ids are UUIDv7: their order is
the order of writing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Type = Literal["string", "hash", "set", "zset", "stream"]

# Raised when a stored record changes its shape; a reader refuses what is newer than itself.
SCHEMA = 1

HOUR = 3_600_000
DAY = 24 * HOUR

PAGES_MS = HOUR
AUDIT_MS = 365 * DAY
EVENTS_MS = 2 * DAY
OUTBOX_MS = 14 * DAY
BATCH_MS = 90 * DAY
SUGGESTION_MS = 180 * DAY
USAGE_MS = 400 * DAY

REGISTRY = "rejoinder:sites"  # set of slugs; written after the site itself, repaired by `doctor`


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the table. `template` follows the hash tag; `{…}` are ids."""

    template: str
    type: Type
    ttl: str
    written_by: str
    holds: str

    @property
    def ids(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.template)


TABLE: dict[str, Key] = {
    # the site and its people
    "site": Key(
        "site",
        "hash",
        "none",
        "create_site update_site",
        "v name origins policy created version; closes: the policy's close_after_days, 0 for never",
    ),
    "moderators": Key(
        "moderators",
        "hash",
        "none",
        "create_site create_moderator set_password set_role remove_moderator",
        "id → JSON; of a removed one without address and password",
    ),
    "emails": Key(
        "emails", "hash", "none", "create_site create_moderator remove_moderator", "address → id"
    ),
    "credentials": Key(
        "credentials",
        "hash",
        "none; trim drops expired ones",
        "create_site *_moderator *_credential use_login set_password set_role end_sessions",
        "id → JSON with the secret's SHA-256",
    ),
    "totals": Key("totals", "hash", "none", "submit edit delete decide undo", "status → comments"),
    # threads
    "threads": Key("threads", "zset", "none", "submit", "lex: thread ids"),
    "thread": Key(
        "thread:{thread}",
        "hash",
        "none",
        "submit edit delete vote decide undo close_thread",
        "v id url title created closed count version raised due; head: its JSON without counters",
    ),
    "nodes": Key(
        "thread:{thread}:nodes",
        "hash",
        "none",
        "submit edit delete decide undo",
        "comment → status|under|parent|fragment: all that a page needs",
    ),
    "roots": Key(
        "thread:{thread}:roots", "zset", "none", "as nodes", "lex: top-level comments shown"
    ),
    "top": Key(
        "thread:{thread}:top",
        "zset",
        "none",
        "as nodes, and vote",
        "lex: the same, each after its 10-digit rank",
    ),
    "replies": Key(
        "thread:{thread}:replies", "zset", "none", "as nodes", "lex: under/comment, if shown"
    ),
    "votes": Key("thread:{thread}:votes", "hash", "none", "vote delete", "comment → up down"),
    "pages": Key(
        "thread:{thread}:pages",
        "hash",
        "1 h; dropped with each version; at most 64 pages",
        "cache",
        "v; sort|limit|replies|cursor → ready body",
    ),
    "mine": Key(
        "mine:{thread}:{author}",
        "hash",
        "none",
        "vote submit edit delete decide undo",
        "comment → own vote; ~comment → '' for an own one that is not public",
    ),
    # comments
    "comment": Key(
        "comment:{comment}",
        "hash",
        "none",
        "submit edit delete vote report decide undo",
        "see codec.py",
    ),
    "author": Key(
        "author:{author}",
        "hash",
        "none",
        "submit edit delete decide undo",
        "comments approved rejected published first",
    ),
    "history": Key(
        "author:{author}:comments", "zset", "none", "submit delete", "lex: comments, not deleted"
    ),
    "recent": Key(
        "recent:{who}", "zset", "24 h", "submit edit delete", "text hash by time, at most 50"
    ),
    "reports": Key(
        "reports:{comment}", "hash", "none", "report decide undo delete", "author → state and JSON"
    ),
    "reporters": Key(
        "reporters", "hash", "none", "report decide undo", "author → reports made, upheld"
    ),
    # the queue
    "queue": Key(
        "queue",
        "zset",
        "none",
        "submit edit delete report decide undo",
        "lex: lane/p/priority+comment and lane/t/comment; lane is one of LANES or all",
    ),
    "claims": Key(
        "claims",
        "hash",
        "none",
        "claim renew release decide delete remove_moderator",
        "comment → until|moderator",
    ),
    "decisions": Key(
        "decisions:{comment}", "hash", "none", "decide undo delete", "decision → JSON"
    ),
    "decision": Key("decision:{decision}", "string", "none", "decide undo", "its comment"),
    "batch": Key(
        "batch:{batch}",
        "hash",
        "90 days",
        "create_batch decide",
        "v moderator action reason created; =decision → comment",
    ),
    # what other systems tell us
    "suggestions": Key(
        "suggestions",
        "hash",
        "180 days until reviewed; at most 10,000 of those",
        "suggest review_suggestion",
        "id → JSON with the text; gone when dismissed",
    ),
    "suggested": Key(
        "suggested", "zset", "as suggestions", "as suggestions", "lex: state/time+id, state p or a"
    ),
    "usage": Key(
        "usage:{credential}:{month}",
        "hash",
        "400 days",
        "add_usage",
        "calls; blog|metric → count, at most 2,000",
    ),
    # the journal
    "audit": Key(
        "audit", "stream", "365 days", "every write", "at actor verb subject detail; never text"
    ),
    "events": Key("events", "stream", "2 days, about 10,000", "every write", "type data; ids only"),
    "outbox": Key(
        "outbox",
        "stream",
        "until acknowledged, 14 days",
        "every write that others act on",
        "type data; group workers",
    ),
    "dead": Key("dead", "stream", "about 1,000", "dead_letter", "task type data reason"),
    "idem": Key(
        "idem:{idem}",
        "hash",
        "24 h; gone with the comment",
        "submit edit vote report decide undo create_batch",
        "f s b: fingerprint, status, body",
    ),
    "limit": Key("limit:{limit}", "hash", "two windows", "the write that it guards", "w c p"),
}


def key(row: str, site: str, **ids: str) -> str:
    """Build a key's name from a row of the table and its ids."""
    return f"{{{site}}}:{TABLE[row].template.format(**ids)}"
