"""Comments, cases and threads as they are stored.

Names are short, since a comment's are paid for a million times.

A comment's hash:

| field | what |
|---|---|
| v | schema version |
| t p r d | thread, parent (absent for none), root, depth |
| s | status: p, h, r, d |
| a c e n g | author id, created, edited, version, edit until |
| x o | text; the rest (html, author, role, scored, verdict) as JSON, deflated over the text |
| k z | salt of the audit's hashes; hash of thread and text for the rule `repeat` |
| ip zi | hash of the address it came from, hash of the text first sent |
| ik | idempotency keys whose stored answers hold the text |
| u w | up and down votes |
| rn ro rw | reports: all, open, weight of the open ones |
| ql qt qp qj qe | the case: lanes, queued, priority, its terms, escalated |
| j ld | judgement that stands, last decision |
| ex | when it expired |

Erased with the comment: x o k z zi ip ik u w rn ro rw ld and the case.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import fields as fields_of
from typing import Any, cast

from ..errors import NewerRecordError
from ..json_text import write_json
from ..records import (
    Author,
    AuthorRecord,
    Claim,
    Comment,
    Crowd,
    Decision,
    Idempotency,
    Lane,
    Measure,
    Premoderate,
    Priority,
    Raid,
    Reason,
    Report,
    SelfHarm,
    Standing,
    Status,
    StoredScores,
    Thread,
    Verdict,
)
from .keys import SCHEMA, lex_member

Hash = Mapping[bytes, bytes]
"""What HGETALL answers."""

LETTER: Mapping[Status, str] = {"published": "p", "held": "h", "rejected": "r", "deleted": "d"}
STATUS: Mapping[str, Status] = {letter: status for status, letter in LETTER.items()}


_REASON = tuple(field.name for field in fields_of(Reason))


def check_version(version: bytes | int | None) -> None:
    """Raise `NewerRecordError` for what a newer release wrote."""
    if version is not None and int(version) > SCHEMA:
        raise NewerRecordError


def flat(fields: Mapping[str, str | int | None]) -> list[str]:
    """Field, value, field, value … as HSET takes them; None is left out."""
    return [item for k, v in fields.items() if v is not None for item in (k, str(v))]


# comments


def comment_fields(comment: Comment) -> dict[str, str | int | None]:
    """What a new comment's hash begins with; the script adds `o`, depth and root."""
    return {
        "v": SCHEMA,
        "t": comment.thread,
        "p": comment.parent,
        "a": comment.author.id,
        "c": comment.created,
        **content_fields(comment),
    }


def content_fields(comment: Comment) -> dict[str, str | int | None]:
    """What an edit replaces, but for `o`."""
    return {
        "s": LETTER[comment.status],
        "x": comment.text,
        "e": comment.edited,
        "n": comment.version,
        "g": comment.edit_until,
    }


def content_rest(comment: Comment) -> bytes:
    """The field `o`. With the text as its dictionary, html costs next to nothing."""
    author, scored, verdict = comment.author, comment.scored, comment.verdict
    rest: dict[str, Any] = {"h": comment.html, "a": [author.kind, author.name, author.website]}
    if author.role != "reader":
        rest["r"] = author.role
    if scored:
        spans = [dict(span) for span in scored.spans]
        rest["s"] = [dict(scored.scores), scored.language, scored.model, spans, int(scored.failed)]
        if scored.self_harm:
            # Beside the scores: an earlier release reads those as they always were.
            found = scored.self_harm
            rest["g"] = [found.phrases, int(found.acute), dict(found.rest)]
    if verdict:
        reasons = [
            {name: value for name in _REASON if (value := getattr(reason, name)) not in (None, ())}
            for reason in verdict.reasons
        ]
        rest["v"] = [verdict.action, verdict.lane, reasons]
    deflate = zlib.compressobj(wbits=-15, zdict=comment.text.encode()[:16_000] + _USUAL)
    return _SECOND + deflate.compress(write_json(rest).encode()) + deflate.flush()


def _rest_from(stored: Hash) -> dict[str, Any]:
    packed = stored.get(b"o")
    if packed is None:
        return {}
    usual = _USUAL if packed.startswith(_SECOND) else _FIRST_USUAL
    inflate = zlib.decompressobj(wbits=-15, zdict=stored[b"x"][:16_000] + usual)
    data = inflate.decompress(packed.removeprefix(_SECOND))
    rest: dict[str, Any] = json.loads(data + inflate.flush())
    return rest


# What ends the dictionary that a comment's rest is deflated with, after its text. Never changed:
# what was written with it could not be read again. A new one needs a mark of its own, of which
# bits 1 and 2 are set, as in no first byte of deflated data (RFC 1951, 3.2.3).
_FIRST_USUAL = b'{"h":"<p></p>","a":["anonymous","",""],"s":[{"toxicity":0.'
_SECOND = b"\x06"
_USUAL = (
    b'"rule":"unsupported_language","rule":"premoderated","rule":"trusted","rule":"repeat",'
    b'"rule":"links","rule":"words","detail":"","part":"name","spans":[[0,"rule":"score",'
    b'"attribute":"identity_attack","attribute":"insult","attribute":"profanity","hold","flag",'
    b'"harmful","uncertain","spam"},{"rule":"audit","threshold":0.01'
    b'{"rule":"below_thresholds","attribute":"toxicity","threshold":0.,"score":0.0'
    b'{"h":"<p></p>","a":["key","","http"],"r":"owner","a":["anonymous","",""],"s":[{"toxicity":0.0'
    b',"severe_toxicity":0.000,"profanity":0.00,"insult":0.00,"threat":0.000,"identity_attack":0.00'
    b',"spam":0.00},"en","abuse-en@2,spam-en@2,reader-en@1",[],0],'
    b'"v":["publish",null,[{"rule":"first_comment"}]]}'
)


def comment_from(site: str, comment_id: str, stored: Hash, reply_count: int = 0) -> Comment:
    """Read a comment's hash; a deleted one has no text and an author without a name."""
    check_version(stored.get(b"v"))
    rest = _rest_from(stored)
    kind, name, website = rest.get("a", ("anonymous", "", ""))
    parent, root, edited, expired = (_text(stored, field) for field in (b"p", b"r", b"e", b"ex"))
    return Comment(
        id=comment_id,
        site=site,
        thread=stored[b"t"].decode(),
        parent=parent,
        status=STATUS[stored[b"s"].decode()],
        text=stored.get(b"x", b"").decode(),
        html=rest.get("h", ""),
        author=Author(
            id=stored[b"a"].decode(),
            kind=kind,
            name=name,
            website=website,
            role=rest.get("r", "reader"),
        ),
        created=int(stored[b"c"]),
        edited=int(edited) if edited else None,
        version=int(stored[b"n"]),
        edit_until=int(stored.get(b"g", 0)),
        up=int(stored.get(b"u", 0)),
        down=int(stored.get(b"w", 0)),
        reply_count=reply_count,
        scored=_scored(rest["s"], rest.get("g")) if "s" in rest else None,
        verdict=_verdict(rest["v"]) if "v" in rest else None,
        depth=int(stored.get(b"d", 0)),
        root=root or comment_id,
        expired=int(expired) if expired else None,
    )


def _text(stored: Hash, field: bytes) -> str | None:
    value = stored.get(field)
    return None if value is None else value.decode()


def _scored(stored: list[Any], self_harm: list[Any] | None) -> StoredScores:
    scores, language, model, spans, failed = stored
    return StoredScores(
        scores=scores,
        language=language,
        model=model,
        spans=tuple(spans),
        failed=bool(failed),
        self_harm=_self_harm(*self_harm) if self_harm else None,
    )


def _self_harm(phrases: list[tuple[int, int, str]], acute: int, rest: dict[str, float]) -> SelfHarm:
    return SelfHarm(
        phrases=tuple((start, end, kind) for start, end, kind in phrases),
        acute=bool(acute),
        rest=rest,
    )


def _verdict(stored: list[Any]) -> Verdict:
    action, lane, reasons = stored
    return Verdict(
        action=action,
        lane=lane,
        reasons=tuple(
            Reason(**{**reason, "spans": tuple((s, e) for s, e in reason.get("spans", ()))})
            for reason in reasons
        ),
    )


# cases


def crowd_args(crowd: Crowd | None) -> dict[str, list[Any]]:
    """What a script is told of where a reader is."""
    if crowd is None:
        return {}
    return {
        "from": [crowd.address, crowd.network],
        "room": [crowd.at_address, crowd.in_network],
    }


def top_member(comment_id: str, up: int, down: int) -> str:
    """A comment's place in the order by votes, as the prelude's `top_member` gives it."""
    rank = _lower_bound(up, up + down) - _lower_bound(down, up + down)
    return f"{math.floor((rank + 1) * 1e9 + 0.5):010d}{comment_id}"


def _lower_bound(good: int, count: int) -> float:
    if count == 0:
        return 0.0
    z, share = 1.96, good / count
    spread = z * math.sqrt((share * (1 - share) + z * z / (4 * count)) / count)
    return (share + z * z / (2 * count) - spread) / (1 + z * z / count)


def case_args(lane: str, priority: Priority, now: int) -> dict[str, str | int]:
    """A case as the scripts' `enter_queue` takes it."""
    return {
        "lanes": lane,
        "total": repr(float(priority.total)),
        "terms": write_json(dict(priority.terms)),
        "queued": now,
    }


def queue_members(comment_id: str, lanes: Iterable[str], total: float, thread_id: str) -> set[str]:
    """The members that a case has in the queue's index, as the scripts' `queue_members` does."""
    priority = int((max(-1e6, min(1e6, total)) + 1e6) * 1e6 + 0.5)
    return {
        member
        for lane in ("all", *lanes)
        for member in (lex_member(f"{lane}/p/", priority, comment_id), f"{lane}/t/{comment_id}")
    } | {f"{of_thread(thread_id)}{comment_id}"}


def of_thread(thread_id: str) -> str:
    """What the queue's members for the cases of a thread begin with."""
    return f"thread/{thread_id}/"


def lanes_from(stored: Hash) -> tuple[Lane, ...]:
    """The lanes in which a case is queued; none for one that is not."""
    return cast(tuple[Lane, ...], tuple(filter(None, stored.get(b"ql", b"").decode().split(","))))


def priority_from(stored: Hash) -> Priority:
    """The priority of a queued case, with the terms that it is made of."""
    return Priority(total=float(stored.get(b"qp", 0)), terms=json.loads(stored.get(b"qj") or b"{}"))


def claim_from(raw: bytes | None, now: int) -> Claim | None:
    """A live claim, or None."""
    if raw is None:
        return None
    until, _, moderator = raw.decode().partition("|")
    return Claim(moderator=moderator, until=int(until)) if int(until) > now else None


def report_json(reason: str, note: str, created: int, weight: float) -> str:
    """A report as it is kept under its reporter's id; the script puts its state before it."""
    return write_json(
        {"v": SCHEMA, "reason": reason, "note": note, "created": created, "weight": weight}
    )


def reports_from(stored: Hash) -> tuple[Report, ...]:
    """All reports on a comment, oldest first."""
    found = []
    for author, raw in stored.items():
        data = json.loads(raw[2:])
        check_version(data.pop("v"))
        found.append(Report(author=author.decode(), **data))
    return tuple(sorted(found, key=lambda report: (report.created, report.author)))


def decision_from(decision_id: str, raw: bytes) -> Decision:
    """Read a decision's JSON; what only its undoing needs is left out."""
    data = json.loads(raw)
    check_version(data["v"])
    return Decision(
        id=decision_id,
        comment=data["comment"],
        action=data["action"],
        moderator=data["moderator"],
        reason=data["reason"],
        created=data["created"],
        version=data["version"],
        status_before=STATUS[data["before"]],
        status_after=STATUS[data["after"]],
        batch=data.get("batch"),
        undoes=data.get("undoes"),
        undone_by=data.get("undone_by"),
    )


def decisions_from(stored: Hash) -> tuple[Decision, ...]:
    """All decisions on a comment, oldest first."""
    found = (decision_from(name.decode(), raw) for name, raw in stored.items())
    return tuple(sorted(found, key=lambda decision: decision.id))


def raid_from(group: bytes, asks: bytes) -> Raid | None:
    """What is to happen to what is like a group, as `submit` says it; None for nothing."""
    if asks == b"":
        return None
    return Raid(group=group.decode(), asks="reject" if asks == b"reject" else "hold")


# requests


def idem_args(
    idempotency: Idempotency | None, response: bytes | None = None, status: int | None = None
) -> dict[str, Any]:
    """An idempotency key as the scripts take it; without a response they keep their result."""
    if idempotency is None:
        return {}
    return {
        "idem": idempotency.key,
        "fingerprint": idempotency.fingerprint,
        "response": response.decode() if response is not None else None,
        "response_status": status,
    }


# threads, authors


def thread_fields(thread: Thread) -> dict[str, str | int | None]:
    """A new thread's hash, without what is set later; `head` is its public JSON for pages."""
    return {
        "v": SCHEMA,
        "id": thread.id,
        "url": thread.url,
        "title": thread.title,
        "created": thread.created,
        "closed": int(thread.closed),
        "head": thread_head(thread),
    }


def thread_head(thread: Thread) -> str:
    """Write a thread's public JSON without counters and braces."""
    return write_json({"id": thread.id, "url": thread.url, "title": thread.title})[1:-1]


def thread_from(stored: Hash) -> Thread:
    """Read a thread's hash."""
    check_version(stored.get(b"v"))
    return Thread(
        id=stored[b"id"].decode(),
        url=stored[b"url"].decode(),
        title=stored[b"title"].decode(),
        created=int(stored[b"created"]),
        closed=stored[b"closed"] == b"1",
        count=int(stored.get(b"count", 0)),
        version=int(stored.get(b"version", 0)),
        premoderate=cast(Premoderate | None, _text(stored, b"premoderate") or None),
        slow_seconds=int(stored.get(b"slow_seconds", 0)),
        hidden=stored.get(b"hidden") == b"1",
        pinned=_text(stored, b"pinned") or None,
        authors=tuple(stored.get(b"authors", b"").decode().split()),
        last=int(last) if (last := _text(stored, b"last")) else None,
    )


def author_from(author_id: str, stored: Hash, reporter: bytes | None) -> AuthorRecord:
    """Read an author's hash, and `reports made, upheld` of them as a reader."""
    made, upheld = (reporter or b"0 0").split()
    first = stored.get(b"first")
    return AuthorRecord(
        id=author_id,
        comments=int(stored.get(b"comments", 0)),
        approved=int(stored.get(b"approved", 0)),
        rejected=int(stored.get(b"rejected", 0)),
        published=int(stored.get(b"published", 0)),
        reports=int(made),
        reports_upheld=int(upheld),
        first_seen=int(first) if first else None,
    )


# measures


def standing_from(raw: bytes | None, now: int) -> Standing | None:
    """What holds for an author, or for an address; None if it is over."""
    if raw is None:
        return None
    data = json.loads(raw)
    until = data.get("until")
    if until is not None and until <= now:
        return None
    return Standing(id=data["id"], kind=data["kind"], until=until, reason=data["reason"])


def place_subject(place: str | None) -> str:
    """Under what a measure for an address is kept; no author's id begins like it."""
    return f"~{place or ''}"


_STRICTER = ("trust", "review", "suspend", "ban")


def of_both(own: Standing | None, there: Standing | None) -> Standing | None:
    """What holds of an author's own measure and the address's, as the prelude's `standing` says."""
    if own is None or there is None:
        return own or there
    stricter = _STRICTER.index(own.kind) >= _STRICTER.index(there.kind)
    return own if own.kind == "trust" or stricter else there


def measure_from(measure_id: str, raw: bytes) -> Measure:
    """Read a measure's JSON; what only its undoing needs is left out."""
    data = json.loads(raw)
    check_version(data["v"])
    return Measure(
        id=measure_id,
        author=data["author"],
        kind=data["kind"],
        moderator=data["moderator"],
        created=data["created"],
        until=data.get("until"),
        reason=data["reason"],
        note=data["note"],
        place=data.get("place"),
        batch=data.get("batch"),
        replaces=tuple(data["replaces"]),
        undone=data.get("undone"),
        undone_by=data.get("undone_by"),
    )
