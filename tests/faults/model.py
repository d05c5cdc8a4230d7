"""What must be stored, worked out from the journal alone: not a line of it is the service's.

The calls about one comment stand in the journal in the order in which they took effect, but for
votes and reports, which may have come at once, and whose order does not matter.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.crowd import FLAG, HOLD, MAX_DEPTH
from tests.faults.journal import Call

SETTING_UP = {"settings", "key", "author"}


@dataclass
class Decided:
    """A decision, and what it found."""

    id: str
    action: str
    moderator: str
    before: str
    after: str
    version: int
    case: tuple[frozenset[str], bool] | None = None
    judged: str | None = None
    settled: frozenset[str] = frozenset()
    previous: str | None = None
    undone_by: str | None = None


@dataclass
class Expected:
    """A comment as it must be."""

    id: str
    thread: str
    parent: str | None
    under: str
    depth: int
    author: str
    text: str
    status: str
    version: int = 1
    listed: str | None = None
    """The lane of the verdict that the text got."""
    lanes: frozenset[str] = frozenset()
    escalated: bool = False
    votes: dict[str, int] = field(default_factory=dict)
    reports: dict[str, str] = field(default_factory=dict)
    """Reporter → open, upheld or dismissed."""
    decisions: dict[str, Decided] = field(default_factory=dict)
    last: str | None = None
    judged: str | None = None
    audit: list[tuple[Any, ...]] = field(default_factory=list)
    """(verb, actor, what it says), in the order of what happened; without reports."""
    reported: Counter[str] = field(default_factory=Counter)

    @property
    def tally(self) -> tuple[int, int]:
        values = list(self.votes.values())
        return values.count(1), values.count(-1)

    @property
    def open_reports(self) -> int:
        return sum(state == "open" for state in self.reports.values())


@dataclass
class Record:
    """What is known of an author."""

    comments: int = 0
    approved: int = 0
    rejected: int = 0
    published: int = 0
    reports: int = 0
    upheld: int = 0


@dataclass
class Leased:
    """A case that a moderator was given by a call that was sent once."""

    comment: str
    moderator: str
    began: float
    ended: float


class Model:
    """A site, from its calls. `surprises` are answers that did not fit what was before."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self.comments: dict[str, Expected] = {}
        self.authors: dict[str, Record] = defaultdict(Record)
        self.threads: dict[str, str] = {}
        """Id → address."""
        self.surprises: list[str] = []
        self.acknowledged: Counter[str] = Counter()
        self._refused_parents: list[str] = []
        self._decided: dict[str, Expected] = {}
        self._leases: list[Leased] = []
        self._given_back: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for call in calls:
            self._take(call)
        for parent in self._refused_parents:
            if self.comments[parent].status != "deleted":
                self.surprises.append(f"a reply was refused, but {parent} was never deleted")
        for comment in self.comments.values():
            if comment.judged is not None:
                record = self.authors[comment.author]
                record.approved += comment.judged == "published"
                record.rejected += comment.judged == "rejected"
            self.authors[comment.author].published += comment.status == "published"

    def totals(self) -> Counter[str]:
        """How many comments have each status."""
        return Counter(comment.status for comment in self.comments.values())

    def queued(self) -> dict[str, set[str]]:
        """The cases in each lane, and in `all`."""
        found: dict[str, set[str]] = defaultdict(set)
        for comment in self.comments.values():
            for lane in comment.lanes:
                found[lane].add(comment.id)
                found["all"].add(comment.id)
        return found

    def shown(self, thread: str) -> dict[str, list[str]]:
        """Under '' the top comments of a thread that are shown, under others their replies."""
        seen: set[str] = set()
        for comment in self.comments.values():
            at = comment.id if comment.status == "published" and comment.thread == thread else ""
            while at and at not in seen:
                seen.add(at)
                at = self.comments[at].under
        lists: dict[str, list[str]] = defaultdict(list)
        for each in sorted(seen):
            lists[self.comments[each].under].append(each)
        return lists

    def rank(self, comment: str) -> tuple[float, str]:
        """By what `top` orders: the surest share of up votes less that of down votes, then age."""
        up, down = self.comments[comment].tally
        score = _surely(up, up + down) - _surely(down, up + down)
        return math.floor((score + 1) * 1e9 + 0.5), comment

    def leased_twice(self) -> Iterator[str]:
        """Cases that two moderators were given at once."""
        holders: dict[str, Leased] = {}
        for lease in sorted(self._leases, key=lambda lease: lease.ended):
            held = holders.get(lease.comment)
            # Seconds, well below the five minutes of a lease.
            if held and held.moderator != lease.moderator and lease.began - held.ended < 200:
                given_back = self._given_back[lease.comment]
                if not any(
                    began <= lease.ended and ended >= held.began for began, ended in given_back
                ):
                    yield f"{lease.comment} was leased to {held.moderator} and {lease.moderator}"
            holders[lease.comment] = lease

    # what each call did

    def _take(self, call: Call) -> None:
        if call.status >= 500:
            self.surprises.append(f"{call.verb} was answered {call.status}: {call.answer}")
        if call.acknowledged:
            self.acknowledged[call.verb] += 1
        if call.verb in SETTING_UP:
            return
        if call.verb == "submit":
            self._submit(call)
        elif call.verb == "claim":
            self._claim(call)
        elif call.verb == "undo":
            self._undo(call)
        elif call.verb == "release":
            # Also of what was claimed before its author knew that it is there.
            self._given_back[call.subject or ""].append((call.began, call.ended))
        else:
            comment = self.comments.get(call.subject or "")
            if comment is not None:
                getattr(self, f"_{call.verb}")(call, comment)

    def _expect(self, call: Call, right: bool, fits: bool) -> bool:
        """Note an answer that is not what follows; answers whether the call took effect."""
        if right != call.acknowledged or not fits:
            code = call.answer.get("code") if isinstance(call.answer, dict) else None
            self.surprises.append(
                f"{call.verb} of {call.subject} was answered {call.status} {code or call.answer}"
            )
        return call.acknowledged

    def _submit(self, call: Call) -> None:
        if not call.acknowledged:
            if call.answer["code"] == "parent-deleted":
                self._refused_parents.append(str(call.subject))
            else:
                self.surprises.append(f"a comment was refused: {call.answer}")
            return
        told, parent = call.answer, call.subject
        under, depth = "", 0
        if parent is not None:
            under, depth = parent, self.comments[parent].depth + 1
            while depth > MAX_DEPTH:
                under, depth = self.comments[under].under, depth - 1
        text = call.sent["text"]
        status, lane = _judged(text)
        if told["id"] in self.comments:
            self.surprises.append(f"{told['id']} was the answer to two calls")
        if (told["text"], told["status"], told["parent"]) != (text, status, parent):
            self.surprises.append(f"{told['id']} was answered as {told}")
        self.threads[told["thread"]] = call.sent["thread"]["url"]
        self.authors[call.who].comments += 1
        comment = Expected(told["id"], told["thread"], parent, under, depth, call.who, text, status)
        comment.listed = lane
        comment.lanes = frozenset({lane} if lane else ())
        comment.audit.append(("submit", call.who, status))
        self.comments[comment.id] = comment

    def _vote(self, call: Call, comment: Expected) -> None:
        if self._expect(call, comment.status == "published", call.status in (200, 404)):
            comment.votes[call.who] = call.sent["value"]

    def _report(self, call: Call, comment: Expected) -> None:
        if not self._expect(call, comment.status == "published", call.status in (201, 404)):
            return
        if call.who not in comment.reports:
            comment.reports[call.who] = "open"
            comment.reported[call.who] += 1
            comment.lanes |= {"reported"}
            self.authors[call.who].reports += 1

    def _edit(self, call: Call, comment: Expected) -> None:
        status, lane = _judged(call.sent["text"])
        if comment.status == "rejected" and status == "published":
            status, lane = "held", "uncertain"
        self._rewrite(call, comment, status, lane)

    def _mend(self, call: Call, comment: Expected) -> None:
        lane = {
            "published": None,
            "rejected": "rejected",
            "held": comment.listed or "uncertain",
        }.get(comment.status)
        self._rewrite(call, comment, comment.status, lane)

    def _rewrite(self, call: Call, comment: Expected, status: str, lane: str | None) -> None:
        alive = comment.status != "deleted"
        if not self._expect(call, alive, call.status in (200, 404)):
            return
        comment.audit.append(("edit", call.who, comment.status, status, comment.version + 1))
        comment.text, comment.status = call.sent["text"], status
        comment.version += 1
        comment.listed = lane
        if (call.answer["version"], call.answer["status"]) != (comment.version, status):
            self.surprises.append(f"an edit of {comment.id} was answered as {call.answer}")
        open_ones = {"reported"} if comment.open_reports else set()
        if lane is not None:
            stays = {"escalated"} if comment.escalated else set()
            comment.lanes = frozenset({lane} | open_ones | stays)
        elif comment.escalated:
            pass
        else:
            comment.lanes = frozenset(open_ones)
            self._given_back[comment.id].append((call.began, call.ended))

    def _delete(self, call: Call, comment: Expected) -> None:
        self._expect(call, True, call.status == 200)
        if comment.status == "deleted":
            return
        comment.audit.append(("delete", call.who, comment.status))
        comment.status, comment.text = "deleted", ""
        comment.lanes, comment.escalated = frozenset(), False
        comment.votes.clear()
        comment.reports.clear()
        comment.last = None
        self._given_back[comment.id].append((call.began, call.ended))

    def _decide(self, call: Call, comment: Expected) -> None:
        if call.status == 409 and call.answer["code"] == "claimed":
            return
        alive = comment.status != "deleted"
        if not self._expect(call, alive, call.status in (201, 404)):
            return
        action, before = call.sent["action"], comment.status
        after = {"approve": "published", "reject": "rejected", "escalate": before}[action]
        made = Decided(
            call.answer["id"], action, call.who, before, after, comment.version,
            case=(comment.lanes, comment.escalated) if comment.lanes else None,
            judged=comment.judged, previous=comment.last,
        )  # fmt: skip
        told = call.answer
        if (told["status_before"], told["status_after"], told["version"]) != (
            before, after, comment.version,
        ):  # fmt: skip
            self.surprises.append(f"a decision on {comment.id} was answered as {told}")
        comment.audit.append((action, call.who, made.id, before, after, comment.version))
        if action == "escalate":
            comment.lanes = (comment.lanes or frozenset({"uncertain"})) | {"escalated"}
            comment.escalated = True
        else:
            made.settled = frozenset(
                who for who, state in comment.reports.items() if state == "open"
            )
            upheld = action == "reject"
            for who in made.settled:
                comment.reports[who] = "upheld" if upheld else "dismissed"
                self.authors[who].upheld += upheld
            comment.status, comment.judged = after, after
            comment.lanes, comment.escalated = frozenset(), False
        comment.decisions[made.id] = made
        self._decided[made.id] = comment
        comment.last = made.id
        self._given_back[comment.id].append((call.began, call.ended))

    def _undo(self, call: Call) -> None:
        comment = self._decided[call.subject or ""]
        made = comment.decisions[call.subject or ""]
        if call.status == 409 and call.answer["code"] == "claimed":
            return
        stands = (
            comment.last == made.id
            and made.undone_by is None
            and comment.status == made.after
            and comment.version == made.version
        )
        if not self._expect(call, stands, call.status in (201, 409)):
            return
        for who in made.settled:
            self.authors[who].upheld -= comment.reports[who] == "upheld"
            comment.reports[who] = "open"
        if made.action != "escalate":
            comment.judged = made.judged
        comment.status = made.before
        lanes, comment.escalated = made.case or (frozenset(), False)
        comment.lanes = lanes | {"reported"} if comment.open_reports else lanes
        comment.last = made.previous
        made.undone_by = call.answer["id"]
        undo = Decided(call.answer["id"], "undo", call.who, made.after, made.before, made.version)
        comment.decisions[undo.id] = undo
        comment.audit.append(("undo", call.who, undo.id, made.after, made.before, made.id))
        self._given_back[comment.id].append((call.began, call.ended))

    def _claim(self, call: Call) -> None:
        if not call.acknowledged:
            self.surprises.append(f"a claim was answered {call.status} {call.answer}")
            return
        if call.tries == 1:
            for case in call.answer["cases"]:
                self._leases.append(Leased(case["comment"]["id"], call.who, call.began, call.ended))


def _judged(text: str) -> tuple[str, str | None]:
    """The status that a text's words give it, and its lane."""
    if HOLD in text:
        return "held", "harmful"
    return "published", "uncertain" if FLAG in text else None


def _surely(good: int, count: int) -> float:
    """The lower end of Wilson's interval at 95 %."""
    if not count:
        return 0.0
    z, share = 1.96, good / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt((share * (1 - share) + z * z / (4 * count)) / count)
    return (middle - spread) / (1 + z * z / count)
