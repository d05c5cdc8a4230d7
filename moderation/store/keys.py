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

from ..clock import DAY, HOUR, MINUTE

Type = Literal["string", "hash", "set", "zset", "stream"]

# Raised when a stored record changes its shape; a reader refuses what is newer than itself.
SCHEMA = 2

PAGES_MS = HOUR
IDEMPOTENCY_MS = RECENT_MS = CROWD_MS = DAY  # DAY of the prelude
AUDIT_MS = 365 * DAY
EVENTS_MS = 2 * DAY
OUTBOX_MS = 14 * DAY
UNDELIVERED_MS = 30 * DAY
BATCH_MS = 90 * DAY
SUGGESTION_MS = 180 * DAY
PLACE_MS = 30 * DAY
USAGE_MS = 400 * DAY
TOLD_MS = 60 * DAY
PROOFS_MS = 10 * MINUTE
GROUP_MS = 7 * DAY
ALIKE_MS = 20 * MINUTE  # ALIKE_FOR of the prelude

REGISTRY = "rejoinder:sites"
"""A set of slugs; written after the site itself, repaired by `doctor`."""


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the table. `template` follows the hash tag; `{…}` are ids.

    `written_by` names the scripts that write or delete it. `ttl` is how long the server keeps it:
    milliseconds, or in words what a script works out; None for what stays until it is removed.
    """

    template: str
    type: Type
    written_by: str
    holds: str
    ttl: int | str | None = None

    @property
    def ids(self) -> list[str]:
        """The names of the ids in the template, in its order."""
        return re.findall(r"\{(\w+)\}", self.template)


_STATUS_CHANGES = "submit edit delete decide undo"

TABLE: dict[str, Key] = {
    # the site and its people
    "site": Key(
        "site",
        "hash",
        "create_site update_site",
        "v name origins policy created version; closes: the policy's close_after_days, 0 for never",
    ),
    "moderators": Key(
        "moderators",
        "hash",
        "create_site create_moderator set_password set_role remove_moderator",
        "id → JSON; of a removed one without address and password",
    ),
    "emails": Key(
        "emails", "hash", "create_site create_moderator remove_moderator", "address → id"
    ),
    "credentials": Key(
        "credentials",
        "hash",
        "create_site create_moderator add_credential update_credential revoke_credential use_login "
        "set_password set_role end_sessions remove_moderator trim",
        "id → JSON with the secret's SHA-256; trim drops expired ones",
    ),
    "expired": Key("expired", "hash", "delete", "held rejected: how many expired in that status"),
    "totals": Key("totals", "hash", f"{_STATUS_CHANGES} mend_counts", "status → comments"),
    # threads
    "threads": Key("threads", "zset", "submit move_thread", "lex: thread ids"),
    "listing": Key(
        "listing",
        "zset",
        f"{_STATUS_CHANGES} move_thread list_threads mend_thread",
        "lex: a/time of the latest comment+thread and c/published comments+thread",
    ),
    "thread": Key(
        "thread:{thread}",
        "hash",
        f"{_STATUS_CHANGES} vote change_thread move_thread mend_top mend mend_thread "
        "mend_votes name_thread list_threads",
        "v id url title created closed count version raised due; head: its JSON without counters; "
        "last: its latest comment's time; hidden slow_seconds premoderate pinned authors: what is "
        "set for it alone; changed: of each of these, the audit's latest entry",
    ),
    "addresses": Key(
        "addresses",
        "hash",
        "submit move_thread",
        "id that a page's address makes → thread with an id of the site's own that is on that "
        "page; of several the first",
    ),
    "nodes": Key(
        "thread:{thread}:nodes",
        "hash",
        f"{_STATUS_CHANGES} move_thread",
        "comment → status|under|parent|fragment: all that a page needs, see fragments.py",
    ),
    "roots": Key(
        "thread:{thread}:roots",
        "zset",
        f"{_STATUS_CHANGES} move_thread mend mend_thread",
        "lex: top-level comments shown",
    ),
    "top": Key(
        "thread:{thread}:top",
        "zset",
        f"{_STATUS_CHANGES} vote move_thread mend_top mend mend_votes",
        "lex: the same, each after its 10-digit rank",
    ),
    "replies": Key(
        "thread:{thread}:replies",
        "zset",
        f"{_STATUS_CHANGES} move_thread mend mend_thread",
        "lex: under/comment, if shown",
    ),
    "votes": Key(
        "thread:{thread}:votes", "hash", "vote delete move_thread mend_votes", "comment → up down"
    ),
    "pages": Key(
        "thread:{thread}:pages",
        "hash",
        f"cache {_STATUS_CHANGES} vote change_thread move_thread mend_top mend mend_thread "
        "mend_votes name_thread",
        "v; sort|limit|replies|cursor → ready body of a first page, and with |tag its tag; dropped "
        "with each version",
        PAGES_MS,
    ),
    "mine": Key(
        "mine:{thread}:{author}",
        "hash",
        f"{_STATUS_CHANGES} vote move_thread mend",
        "comment → own vote; ~comment → '' for an own one that is not public",
    ),
    # comments
    "comment": Key(
        "comment:{comment}",
        "hash",
        f"{_STATUS_CHANGES} vote report enter_cases move_thread mend mend_votes",
        "see codec.py",
    ),
    "author": Key(
        "author:{author}",
        "hash",
        f"{_STATUS_CHANGES} mend_counts",
        "comments approved rejected published first",
    ),
    "history": Key(
        "author:{author}:comments", "zset", "submit delete mend", "lex: comments, not deleted"
    ),
    "slowed": Key(
        "slow:{thread}:{who}",
        "string",
        "submit",
        "when somebody wrote in a thread with slow_seconds",
        "as many seconds",
    ),
    "latest": Key(
        "latest", "zset", "submit fill_latest", "comments by time of writing, the latest 1,000"
    ),
    "recent": Key(
        "recent:{who}", "zset", "submit edit delete", "text hash by time, at most 50", RECENT_MS
    ),
    "reports": Key(
        "reports:{comment}", "hash", "report decide undo delete", "author → state and JSON"
    ),
    "crowd": Key(
        "crowd:{comment}",
        "hash",
        "vote report delete",
        "v or r, and a hash of an address or a network → votes or reports that count; w and a "
        "hash of a network → its heaviest report's weight",
        CROWD_MS,
    ),
    "reporters": Key(
        "reporters", "hash", "report decide undo mend_counts", "author → reports made, upheld"
    ),
    # measures
    "measures": Key(
        "measures", "hash", "set_measure undo_measure", "measure → JSON, undone ones too"
    ),
    "measured": Key(
        "measured",
        "hash",
        "set_measure undo_measure",
        "author, or ~ and an address's hash → JSON of what holds: id kind until reason place",
    ),
    "measures_of": Key("author:{author}:measures", "zset", "set_measure", "lex: measures"),
    "place": Key(
        "author:{author}:place", "string", "submit delete", "hash of the latest address", PLACE_MS
    ),
    # the queue
    "queue": Key(
        "queue",
        "zset",
        f"{_STATUS_CHANGES} report enter_cases move_thread mend",
        "lex: lane/p/priority+comment and lane/t/comment, where lane is one of LANES or all; "
        "thread/thread/comment",
    ),
    "claims": Key(
        "claims",
        "hash",
        "claim renew release edit decide undo delete remove_moderator drop_claims trim",
        "comment → until|moderator; gone with the case",
    ),
    "decisions": Key("decisions:{comment}", "hash", "decide undo delete", "decision → JSON"),
    "decision": Key("decision:{decision}", "string", "decide undo", "its comment"),
    "batch": Key(
        "batch:{batch}",
        "hash",
        "create_batch decide decide_group",
        "v moderator action reason created; =decision → comment; of a group's: group, upto (its "
        "latest member), before",
        BATCH_MS,
    ),
    # near-duplicates of recent comments
    "alike": Key(
        "alike",
        "hash",
        "submit",
        "band of a text → the comment that brought it first, =comment → JSON of those like it "
        "that are no group yet; at most some 24,000",
        ALIKE_MS,
    ),
    "groups": Key(
        "groups",
        "hash",
        "submit decide_group undo_group trim",
        "its first comment → JSON: count first last began, seen (the count at the last decision), "
        "batch, next and until (what happens to the next ones); 7 days after the last, at most 200",
    ),
    "group_members": Key(
        "groups:members",
        "zset",
        "submit trim",
        "lex: group/comment, the first 2,000 of each",
    ),
    "proofs": Key(
        "proofs", "zset", "submit", "spent proof by when it is over; at most 10,000", PROOFS_MS
    ),
    # what other systems tell us
    "suggestions": Key(
        "suggestions",
        "hash",
        "suggest review_suggestion",
        "id → JSON with the text; gone when dismissed, or after 180 days without a review; at most "
        "10,000 of those",
    ),
    "suggested": Key(
        "suggested", "zset", "suggest review_suggestion", "lex: state/time+id, state p or a"
    ),
    "usage": Key(
        "usage:{credential}:{month}",
        "hash",
        "add_usage",
        "calls; blog|metric → count, at most 2,000",
        USAGE_MS,
    ),
    # mail that is to go out; a recipient is m- and a moderator's id, or a- and an address's hash
    "mail_due": Key(
        "mail:due",
        "zset",
        "post_mail lease_mail settle_mail ask_mail confirm_mail forget_mail ask_guest_login",
        "recipient by when a mail may go",
    ),
    "mail_box": Key(
        "mail:box:{recipient}",
        "hash",
        "post_mail settle_mail ask_mail forget_mail ask_guest_login",
        "item → since when; =sent =tries =more: the last mail, tries that failed, items left out",
        "60 days after its latest item, a day once it is empty",
    ),
    "mail_told": Key(
        "mail:told",
        "zset",
        "post_mail settle_mail ask_mail ask_guest_login",
        "recipient|item by when it was told; 60 days",
    ),
    "mail_leases": Key(
        "mail:leases",
        "hash",
        "lease_mail settle_mail forget_mail",
        "recipient → until when somebody sends it",
    ),
    "mail_bounces": Key(
        "mail:bounces",
        "hash",
        "settle_mail choose_mail forget_mail",
        "recipient → refusals of the address since the last mail; from three on none goes",
    ),
    "mail_choices": Key(
        "mail:choices",
        "hash",
        "create_moderator choose_mail remove_moderator",
        "moderator → JSON: which mails they want, and when",
    ),
    "mail_address": Key(
        "mail:address:{address}",
        "hash",
        "ask_mail confirm_mail mute_mail forget_mail",
        "v l w asked; e: the address, encrypted; u:author → asked or confirmed; g:author → they "
        "write in a browser; first: of those who was confirmed first; t:thread → of which nothing "
        "more is told; blocked: never to be asked",
        "a month, until it is confirmed; of one that was forgotten, a week or a year",
    ),
    "mail_of": Key(
        "mail:of:{author}",
        "hash",
        "ask_mail confirm_mail forget_mail",
        "to: the address",
        "a month, until it is confirmed",
    ),
    "guest_login": Key(
        "mail:login:{address}",
        "hash",
        "ask_guest_login open_guest_login use_guest_login forget_mail",
        "v; id until asked opened: the link that was mailed last; since mails: how many; code good "
        "tries: a code's hash, until when it is good, wrong ones",
        DAY,
    ),
    # what authors did after a nudge
    "nudges": Key("nudges", "hash", "count_nudge", "shown changed unchanged: counts"),
    "nudged": Key(
        "nudged", "zset", "count_nudge", "nudge → when; gone when answered; at most 10,000", DAY
    ),
    # streams: trim cuts them, and the outbox's tasks go when they are acknowledged
    "audit": Key(
        "audit",
        "stream",
        f"{_STATUS_CHANGES} report renew create_batch change_thread move_thread name_thread "
        "decide_group undo_group create_site update_site "
        "create_moderator remove_moderator set_password set_role end_sessions add_credential "
        "update_credential revoke_credential use_login suggest review_suggestion dead_letter trim "
        "choose_mail set_webhook remove_webhook set_measure undo_measure",
        "at actor verb subject detail; never text; 365 days",
    ),
    "events": Key(
        "events",
        "stream",
        f"{_STATUS_CHANGES} report claim renew release change_thread move_thread name_thread "
        "decide_group undo_group create_site "
        "update_site create_moderator remove_moderator set_role suggest review_suggestion trim "
        "set_measure undo_measure",
        "type data; ids only; 2 days, about 10,000",
    ),
    "outbox": Key(
        "outbox",
        "stream",
        f"{_STATUS_CHANGES} report create_site dead_letter trim set_measure undo_measure",
        "type data; group workers; 14 days",
    ),
    "dead": Key("dead", "stream", "dead_letter settle_mail", "task type data reason; about 1,000"),
    # webhooks
    "webhooks": Key("webhooks", "hash", "set_webhook remove_webhook", "id → JSON, no secret"),
    "webhook_lanes": Key(
        "webhooks:lanes",
        "hash",
        "enqueue_deliveries claim_deliveries finish_delivery replay_delivery remove_webhook",
        "webhook/subject → JSON: due tries waiting, the deliveries about one subject in their "
        "order; at most 10,000 wait for a webhook",
    ),
    "webhook_due": Key(
        "webhooks:due",
        "zset",
        "enqueue_deliveries claim_deliveries finish_delivery replay_delivery remove_webhook",
        "lex: webhook/time+subject, when its first delivery is tried next",
    ),
    "webhook_state": Key(
        "webhooks:state",
        "hash",
        "set_webhook enqueue_deliveries finish_delivery replay_delivery remove_webhook",
        "cursor: how far the outbox was read; webhook/waiting delivered failed error",
    ),
    "undelivered": Key(
        "undelivered",
        "stream",
        "enqueue_deliveries finish_delivery replay_delivery remove_webhook trim",
        "webhook subject delivery reason; 30 days, about 10,000",
    ),
    # for who runs the service
    "tallies": Key(
        "tallies",
        "hash",
        "settle_mail enqueue_deliveries finish_delivery",
        "mail/sent mail/failed mail/dead webhooks/delivered webhooks/failed webhooks/dead: how "
        "often, ever",
    ),
    # requests
    "idem": Key(
        "idem:{idem}",
        "hash",
        f"{_STATUS_CHANGES} vote report create_batch set_measure undo_measure change_thread "
        "decide_group",
        "f s b: fingerprint, status, body; with the comment f and b go, and s is `deleted`",
        IDEMPOTENCY_MS,
    ),
    "limit": Key(
        "limit:{limit}",
        "hash",
        "submit edit vote report ask_mail ask_guest_login count_nudge",
        "w c p",
        "two windows",
    ),
}


def tag_of(site: str) -> str:
    """Give what each of a site's keys begins with: its hash tag."""
    return f"{{{site}}}:"


def key(row: str, site: str, **ids: str) -> str:
    """Build a key's name from a row of the table and its ids."""
    template = TABLE[row].template
    return tag_of(site) + (template.format(**ids) if ids else template)


def lex_prefix(prefix: str) -> tuple[str, str]:
    """Where the members of a lex index that begin with `prefix` start and end.

    A prefix ends in `/`, and `0` is the character after it: the end of all that it begins.
    """
    return f"[{prefix}", f"({prefix[:-1]}0"


def lex_member(prefix: str, order: int, member_id: str) -> str:
    """Give a member of a lex index that is ordered by a number of at most 13 digits."""
    return f"{prefix}{order:013d}{member_id}"
