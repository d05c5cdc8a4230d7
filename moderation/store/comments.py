"""Comments: the way of a reply into the store, and what happens to it before a moderator."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..clock import MINUTE
from ..errors import CommentDeletedError, CommentNotFoundError, IdempotencyMismatchError
from ..records import (
    AuthorRecord,
    Comment,
    Credential,
    Idempotency,
    Limit,
    Priority,
    Raid,
    Standing,
    Status,
    Thread,
)
from . import codec, site_codec
from .fragments import kept
from .keys import PLACE_MS, key
from .queries import MAX_RETRIES, Queries, parse_cursor, too_many_conflicts
from .results import Context, Replay, Submitted
from .scripts import RETRY, Scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What moderators had set for an author when a text was judged, and where the author is.

    If that is no longer so when the text is written, nothing is, so that no measure comes too late
    for it. `place` is the hash of the author's address.
    """

    standing: Standing | None
    place: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """By what a text's near-duplicates are found, and by which `raid` it was judged, if by any.

    With `hold` the site wants what is like a group held; `again` says that its author wrote the
    same before, which is no sign of a raid.
    """

    bands: Sequence[str]
    hold: bool = False
    again: bool = False
    raid: Raid | None = None


class Comments:
    """`store.comments`: what is written, edited, scored again and erased."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self._queries = Queries(scripts)

    def context(
        self,
        site: str,
        *,
        thread_id: str,
        author_id: str | None = None,
        text_hash: str | None = None,
        ip_hash: str | None = None,
        place: str | None = None,
        idempotency: Idempotency | None = None,
        presumed: Credential | None = None,
        counters: Sequence[Limit] = (),
        now: int = 0,
        staff: bool = False,
        wave: bool = False,
    ) -> Context:
        """Read all that judging a new comment needs, in one round trip.

        `ip_hash` stands for an author without a token, `place` for where any author is. `presumed`
        is the key of who writes, as it was known; `Context.stands` says whether it is so still.
        `counters` are the limits of the write, whose amounts need not be known yet. With `wave` it
        says how much was written lately on all of the site.

        Raises `IdempotencyMismatchError` if the key was used for another body,
        `CommentDeletedError` if what it wrote was deleted.
        """
        recent = [key("recent", site, who=who) for who in (author_id, ip_hash) if who]
        counted = [key("limit", site, limit=f"{one.name}:{one.window}") for one in counters]
        commands: list[tuple[Any, ...]] = [
            ("HGETALL", key("site", site)),
            ("HGETALL", key("thread", site, thread=thread_id)),
            ("HGETALL", key("author", site, author=author_id or "-")),
            ("HGET", key("reporters", site), author_id or "-"),
            ("HMGET", key("idem", site, idem=idempotency.key if idempotency else "-"), *"fsb"),
            ("HGET", key("credentials", site), presumed.id if presumed else "-"),
            ("HMGET", key("measured", site), author_id or "-", codec.place_subject(place)),
            *(("HMGET", name, *"wcp") for name in counted),
            *(("ZSCORE", who, _short(text_hash or "-")) for who in recent),
            *([("HVALS", key("moderators", site))] if staff else []),
            *(_wave(site, now) if wave else []),
        ]
        found = self._queries.pipeline(commands)
        stored_site, thread, author, reporter, kept, credential, (own, there) = found[:7]
        stands = presumed is None or presumed == site_codec.live_credential(
            site, presumed.id, credential, now
        )
        spam = found.pop() + found.pop() if wave else 0
        written = found.pop() if wave else 0
        people = found.pop() if staff else []
        return Context(
            site=site_codec.site_from(site, stored_site) if stored_site else None,
            thread=codec.thread_from(thread) if thread else None,
            author=codec.author_from(author_id or "", author, reporter),
            repeat=any(score is not None for score in found[7 + len(counted) :]),
            replay=_replay(idempotency, kept) if stands else None,
            stands=stands,
            counters=tuple(found[7 : 7 + len(counted)]),
            standing=codec.of_both(codec.standing_from(own, now), codec.standing_from(there, now)),
            staff=tuple(site_codec.staff_names(people)) if stands else (),
            written=written,
            spam=spam,
        )

    def submit(
        self,
        comment: Comment,
        *,
        thread: Thread,
        fragment: bytes,
        priority: Priority | None,
        text_hash: str,
        ip_hash: str | None = None,
        idempotency: Idempotency | None = None,
        response: bytes = b"",
        response_status: int = 201,
        limits: Sequence[Limit] = (),
        max_depth: int = 6,
        found_at: str | None = None,
        imported: bool = False,
        judged: Judged | None = None,
        paced: str | None = None,
        likeness: Likeness | None = None,
        proof: tuple[str, int] | None = None,
        now: int,
    ) -> Submitted:
        """Write a new comment; makes its thread (url and title from `thread`) if it is the first.

        `fragment` is the comment's public JSON object; `priority` is given exactly if
        `comment.verdict.lane` is. A reply below `max_depth` is shown beside the comment it
        answers instead of under it; its `parent` stays what the author chose. `found_at` is the id
        that the address of its page makes, where the thread has another. Nobody is told of one that
        was `imported`. `judged` says under which measure for its author it was judged; without it
        no measure counts. `paced` is who waits between two comments where a thread is slow. With a
        `likeness` it is looked for among recent comments, and entered.
        `proof` is one that is spent with it, and until when it would be good.

        Raises `AuthorBannedError`, `AuthorSuspendedError`, `SiteNotFoundError`,
        `ThreadClosedError`, `ExistsError`, `ParentNotFoundError`, `ParentElsewhereError`,
        `ParentDeletedError`, `IdempotencyMismatchError`, `CommentDeletedError` (by an earlier
        request with the same key), `RateLimitedError`, `SlowModeError`, `ProofSpentError`.
        """
        salt, audit_hash = _salted(comment.text)
        text_hash = _short(text_hash)
        fields = codec.comment_fields(comment) | {
            "k": salt,
            "z": text_hash,
            "ip": ip_hash,
            "zi": text_hash if ip_hash else None,
            "ik": idempotency.key if idempotency else None,
        }
        reply = self._scripts.run(
            "submit",
            {
                "id": comment.id,
                "thread": thread.id,
                "thread_fields": codec.flat(codec.thread_fields(thread)),
                "parent": comment.parent,
                "max_depth": max_depth,
                "found_at": found_at,
                "imported": imported or None,
                "author": comment.author.id,
                "fields": codec.flat(fields),
                "status": codec.LETTER[comment.status],
                "fragment": kept(comment, fragment),
                "case": _case(comment, priority, now),
                "text_hash": text_hash,
                "ip": ip_hash,
                "paced": paced is not None or None,
                **_judged_args(judged),
                **_likeness_args(likeness),
                "proof": proof[0] if proof else None,
                "proof_until": proof[1] if proof else None,
                "hash": audit_hash,
                **codec.idem_args(idempotency, response, response_status),
                "now": now,
            },
            blobs=[codec.content_rest(comment)],
            limits=limits,
            site=comment.site,
            thread=thread.id,
            comment=comment.id,
            parent=comment.parent,
            author=comment.author.id,
            recent_author=comment.author.id,
            recent_ip=ip_hash,
            who=paced,
            idem=idempotency.key if idempotency else None,
        )
        return _submitted(comment, reply)

    def edit(
        self,
        comment: Comment,
        *,
        expected_version: int,
        expected_status: Status | None = None,
        fragment: bytes,
        priority: Priority | None,
        stays: Priority | None = None,
        text_hash: str,
        idempotency: Idempotency | None = None,
        response: bytes = b"",
        response_status: int = 200,
        limits: Sequence[Limit] = (),
        actor: str | None = None,
        judged: Judged | None = None,
        now: int,
    ) -> Submitted:
        """Replace text, html, scores, verdict and status by `comment`'s; its version rises by 1.

        `actor` is who edits, if not the author. `stays` is the priority of a case that the verdict
        would end, but that was escalated or reported; without it, it keeps its own. `judged` is as
        for `submit`. Raises `AuthorBannedError`, `AuthorSuspendedError`, `CommentNotFoundError`,
        `ChangedError` (it has another version or status than was expected),
        `IdempotencyMismatchError`, `RateLimitedError`.
        """
        if comment.version != expected_version + 1:
            raise ValueError("an edit raises the version by one")
        salt, audit_hash = _salted(comment.text)
        text_hash = _short(text_hash)
        fields = codec.content_fields(comment) | {"k": salt, "z": text_hash}
        reply = self._scripts.run(
            "edit",
            {
                "id": comment.id,
                "author": comment.author.id,
                "actor": actor or comment.author.id,
                "expected": expected_version,
                "seen": codec.LETTER[expected_status] if expected_status else None,
                "version": comment.version,
                "fields": codec.flat(fields),
                "status": codec.LETTER[comment.status],
                "fragment": kept(comment, fragment),
                "case": _case(comment, priority, now),
                "stays": codec.case_args("", stays, now) if stays else None,
                "text_hash": text_hash,
                **_judged_args(judged),
                "hash": audit_hash,
                **codec.idem_args(idempotency, response, response_status),
                "now": now,
            },
            blobs=[codec.content_rest(comment)],
            limits=limits,
            site=comment.site,
            thread=comment.thread,
            comment=comment.id,
            author=comment.author.id,
            recent_author=comment.author.id,
            idem=idempotency.key if idempotency else None,
        )
        return _submitted(comment, reply)

    def rescore(
        self, comment: Comment, *, priority: Priority | None, actor: str = "system", now: int
    ) -> Comment:
        """Replace scores, verdict and status by `comment`'s; text and version stay.

        Raises `CommentNotFoundError`, `ChangedError` after an edit, `SupersededError` after a
        decision.
        """
        reply = self._scripts.run(
            "edit",
            {
                "id": comment.id,
                "author": comment.author.id,
                "actor": actor,
                "rescored": True,
                "expected": comment.version,
                "version": comment.version,
                "fields": codec.flat(codec.content_fields(comment)),
                "status": codec.LETTER[comment.status],
                "case": _case(comment, priority, now),
                "now": now,
            },
            blobs=[codec.content_rest(comment)],
            site=comment.site,
            thread=comment.thread,
            comment=comment.id,
            author=comment.author.id,
            recent_author=comment.author.id,
            idem=None,
        )
        return replace(comment, depth=int(reply[0]), root=reply[1].decode())

    def delete(
        self,
        site: str,
        comment_id: str,
        *,
        actor: str,
        by_author: bool,
        expected_version: int | None = None,
        now: int,
    ) -> Comment:
        """Erase the text and all that quotes it; stays as a tombstone under visible replies.

        A request that wrote it is not answered again: `CommentDeletedError`. Deleting twice changes
        nothing. Raises `CommentNotFoundError`, `ChangedError`.
        """
        args = {"actor": actor, "by_author": by_author, "expected": expected_version}
        self._erase(site, comment_id, args, now)
        return self.get(site, comment_id)

    def expire(self, site: str, comment_id: str, *, before: int, now: int) -> str | None:
        """Erase a comment that is held or rejected, and was so before a time; answers its author.

        None if it is not, or if somebody is at work on it. Raises `CommentNotFoundError`.
        """
        args = {"actor": "system", "by_author": False, "before": before}
        return self._erase(site, comment_id, args, now)

    def expired(self, site: str) -> Mapping[str, int]:
        """How many comments expired so far, by the status that they had."""
        stored = self._queries.one("HGETALL", key("expired", site))
        return {status.decode(): int(count) for status, count in stored.items()}

    def _erase(self, site: str, comment_id: str, args: Mapping[str, Any], now: int) -> str | None:
        """Run `delete`; answers the author if there was something to erase."""
        thread, author, _ = self._queries.comment_keys(site, comment_id)
        for _ in range(MAX_RETRIES):
            kept, address = self._queries.one(
                "HMGET", key("comment", site, comment=comment_id), "ik", "ip"
            )
            keys = (kept or b"").decode()
            reply = self._scripts.run(
                "delete",
                {"id": comment_id, **args, "ik": keys, "now": now},
                more=[key("idem", site, idem=one) for one in keys.split()],
                site=site,
                thread=thread,
                comment=comment_id,
                author=author,
                recent_author=author,
                recent_ip=address.decode() if address else None,
            )
            if reply != RETRY:
                return author if reply else None
        raise too_many_conflicts()

    def get(self, site: str, comment_id: str) -> Comment:
        """The comment in any status (a deleted one without text); raises `CommentNotFoundError`."""
        found = self._queries.comments(site, [comment_id])
        if not found:
            raise CommentNotFoundError
        return found[0]

    def several(self, site: str, comment_ids: Sequence[str]) -> list[Comment]:
        """Those of the comments that exist, in the order asked, in any status."""
        return self._queries.comments(site, comment_ids)

    def by_author(
        self, site: str, author_id: str, *, limit: int, cursor: str | None = None
    ) -> tuple[list[Comment], str | None]:
        """An author's comments in every status but deleted, newest first, and the next cursor."""
        start = parse_cursor(cursor, "n")
        ids = self._queries.one(
            "ZRANGE",
            key("history", site, author=author_id),
            f"({start}" if start else "+",
            "-",
            "BYLEX",
            "REV",
            "LIMIT",
            0,
            limit + 1,
        )
        page = [i.decode() for i in ids[:limit]]
        following = f"n{page[-1]}" if len(ids) > limit else None
        return self._queries.comments(site, page), following

    def latest(self, site: str, *, limit: int, thread_id: str | None = None) -> Sequence[Comment]:
        """The published comments that were written last, newest first; of one thread or of all.

        None is of a hidden thread.
        They are among the site's latest 1,000, and of a thread also among its latest top comments
        and replies.
        """
        wanted = self._latest_ids(site, thread_id)
        found: list[str] = []
        hidden: dict[bytes, bool] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            some = wanted[start : start + _AT_ONCE]
            states = self._queries.pipeline(
                [("HMGET", key("comment", site, comment=i), "s", "t") for i in some]
            )
            self._note_hidden(site, {t for s, t in states if s == b"p"}, hidden)
            for comment, (status, thread) in zip(some, states, strict=True):
                here = thread_id is None or thread == thread_id.encode()
                here = here and not hidden.get(thread)
                if status == b"p" and here and len(found) < limit:
                    found.append(comment)
            if len(found) == limit:
                break
        comments = [c for c in self._queries.comments(site, found) if c.status == "published"]
        return sorted(comments, key=lambda c: (c.created, c.id), reverse=True)

    def _note_hidden(self, site: str, threads: set[bytes], known: dict[bytes, bool]) -> None:
        new = sorted(threads - known.keys())
        flags = self._queries.pipeline(
            [("HGET", key("thread", site, thread=thread.decode()), "hidden") for thread in new]
        )
        known |= {thread: flag == b"1" for thread, flag in zip(new, flags, strict=True)}

    def _latest_ids(self, site: str, thread_id: str | None) -> list[str]:
        commands: list[tuple[Any, ...]] = [("ZREVRANGE", key("latest", site), 0, -1)]
        if thread_id is not None:
            most = ("-", "BYLEX", "REV", "LIMIT", 0, _AT_ONCE)
            commands += [
                ("ZRANGE", key(index, site, thread=thread_id), "+", *most)
                for index in ("roots", "replies")
            ]
        latest, *lists = self._queries.pipeline(commands)
        ids = [i.decode() for i in latest]
        if not lists:
            return ids
        roots, replies = lists
        own = {*(i.decode() for i in roots), *(i.decode().partition("/")[2] for i in replies)}
        # Ids are by the time of writing.
        return sorted(own.union(ids), reverse=True)

    def approved_names(self, site: str, author_id: str) -> frozenset[str]:
        """The names under which an author wrote what was approved, among the latest comments."""
        name = key("history", site, author=author_id)
        ids = self._queries.one("ZRANGE", name, "+", "-", "BYLEX", "REV", "LIMIT", 0, _NAMED)
        return self._queries.approved_names(site, [i.decode() for i in ids])

    def author_record(self, site: str, author_id: str) -> AuthorRecord:
        """What is known of an author; an empty record for somebody new."""
        return self._queries.author(site, author_id)


# How far back an author's names are looked for: further than most authors ever write.
_NAMED = 100
# Of the latest comments, by choice: most sites publish most of what is written.
_AT_ONCE = 200


def _salted(text: str) -> tuple[str, str]:
    """A fresh salt, and the hash that the audit keeps: worth nothing once the salt is erased."""
    salt = secrets.token_hex(16)
    return salt, hashlib.sha256((salt + text).encode()).hexdigest()


def _short(text_hash: str) -> str:
    """128 bits tell one text from another; a forged twin would only be held as a repeat."""
    return text_hash[:32]


def _case(comment: Comment, priority: Priority | None, now: int) -> dict[str, str | int] | None:
    lane = comment.verdict.lane if comment.verdict else None
    if (lane is None) != (priority is None):
        raise ValueError("a priority is given exactly if the verdict names a lane")
    return codec.case_args(lane, priority, now) if lane and priority else None


def _replay(idempotency: Idempotency | None, kept: list[bytes | None]) -> Replay | None:
    fingerprint, status, body = kept
    if idempotency is not None and status == b"deleted":
        raise CommentDeletedError
    if idempotency is None or fingerprint is None:
        return None
    if fingerprint.decode() != idempotency.fingerprint:
        raise IdempotencyMismatchError
    return Replay(status=int(status or 0), body=body or b"")


def _judged_args(judged: Judged | None) -> dict[str, str | int | None]:
    if judged is None:
        return {}
    measure = judged.standing.id if judged.standing else ""
    return {"measure": measure, "place": judged.place, "place_ms": PLACE_MS}


def _wave(site: str, now: int) -> list[tuple[Any, ...]]:
    """The comments of the last minute, and of the last ten those that are spam or rejected."""
    since = f"{now - 10 * MINUTE:012x}"
    recent = f"{since[:8]}-{since[8:]}"
    lanes = ("rejected", "spam")
    return [
        ("ZCOUNT", key("latest", site), now - MINUTE, "+inf"),
        *(("ZLEXCOUNT", key("queue", site), f"[{n}/t/{recent}", f"({n}/t0") for n in lanes),
    ]


def _likeness_args(likeness: Likeness | None) -> dict[str, Any]:
    if likeness is None or not likeness.bands:
        return {}
    return {
        "bands": list(likeness.bands),
        "raids": "hold" if likeness.hold else None,
        "again": likeness.again or None,
        "raid": likeness.raid.asks if likeness.raid else None,
    }


def _submitted(comment: Comment, reply: list[bytes]) -> Submitted:
    if reply[0] == RETRY[0]:
        raid = codec.raid_from(*reply[1:]) if len(reply) > 1 else None
        return Submitted(replay=None, comment=None, raid=raid)
    if reply[0] == b"replay":
        return Submitted(replay=Replay(status=int(reply[1]), body=reply[2]), comment=None)
    return Submitted(
        replay=None, comment=replace(comment, depth=int(reply[0]), root=reply[1].decode())
    )
