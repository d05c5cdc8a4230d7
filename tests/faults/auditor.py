"""Compare what the service says with what follows from the journal, thing by thing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

import requests

from tests.faults.model import Expected, Model

Kind = Literal["lost", "doubled", "differs"]
PAGE = 100
VERBS = "submit,edit,delete,report,approve,reject,escalate,undo"


@dataclass(frozen=True)
class Finding:
    """Something acknowledged that is not there, is there twice, or is not as it was said."""

    kind: Kind
    what: str


class Auditor:
    """Reads a site through its public API, as a moderator."""

    def __init__(self, port: int, site: str, headers: dict[str, str], model: Model) -> None:
        self._root = f"http://127.0.0.1:{port}/api/v1/sites/{site}"
        self._headers = headers
        self._model = model
        self._session = requests.Session()

    def findings(self) -> list[Finding]:
        """Everything that is not as it was acknowledged; none is the promise kept."""
        checks: list[Callable[[], Iterator[Finding]]] = [
            self._surprises,
            self._cases,
            self._authors,
            self._pages,
            self._counts,
            self._queue,
            self._audit,
        ]
        return [finding for check in checks for finding in check()]

    def close(self) -> None:
        self._session.close()

    def _surprises(self) -> Iterator[Finding]:
        for told in (*self._model.surprises, *self._model.leased_twice()):
            yield Finding("differs", told)

    def _get(self, path: str, **query: Any) -> Any:
        answer = self._session.get(
            self._root + path, params=query, headers=self._headers, timeout=60
        )
        return answer.json() if answer.status_code == 200 else None

    def _all(self, path: str, item: str, **query: Any) -> Iterator[Any]:
        cursor = None
        while True:
            page = self._get(path, limit=PAGE, cursor=cursor, **query)
            if page is None:
                return
            yield from page[item]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    # comment by comment

    def _cases(self) -> Iterator[Finding]:
        with ThreadPoolExecutor(2) as pool:
            ids = list(self._model.comments)
            for comment, case in zip(ids, pool.map(self._case, ids), strict=True):
                yield from self._compared(self._model.comments[comment], case)

    def _case(self, comment: str) -> Any:
        return self._get(f"/queue/{comment}")

    def _compared(self, expected: Expected, case: Any) -> Iterator[Finding]:
        name = f"comment {expected.id}"
        if case is None:
            yield Finding("lost", name)
            return
        found = case["comment"]
        for what, is_, should in (
            ("text", found["text"], expected.text),
            ("version", found["version"], expected.version),
            ("status", found["status"], expected.status),
            ("parent", found["parent"], expected.parent),
            ("thread", found["thread"], expected.thread),
            ("author", found["author"]["id"], expected.author),
            ("lanes", set(case["lanes"]), set(expected.lanes)),
            ("escalation", case["escalated"], expected.escalated),
            ("reports", len(case["reports"]), len(expected.reports)),
        ):
            if is_ != should:
                yield Finding("differs", f"{name}: {what} is {is_!r}, not {should!r}")
        yield from _tally(name, found["votes"], expected.tally)
        yield from self._decisions(name, case["decisions"], expected)

    def _decisions(self, name: str, found: list[Any], expected: Expected) -> Iterator[Finding]:
        told = {
            made["id"]: (
                made["action"],
                made["moderator"]["id"],
                made["status_before"],
                made["status_after"],
                made["version"],
                made["undone_by"],
            )
            for made in found
        }
        should = {
            made.id: (
                made.action,
                made.moderator,
                made.before,
                made.after,
                made.version,
                made.undone_by,
            )
            for made in expected.decisions.values()
        }
        for made in should.keys() - told.keys():
            yield Finding("lost", f"{name}: decision {made}")
        for made in told.keys() - should.keys():
            yield Finding("doubled", f"{name}: decision {made} was never acknowledged")
        for made in should.keys() & told.keys():
            if told[made] != should[made]:
                yield Finding(
                    "differs", f"{name}: decision {made} is {told[made]}, not {should[made]}"
                )

    # author by author: what nobody acknowledged shows here

    def _authors(self) -> Iterator[Finding]:
        written: dict[str, set[str]] = {author: set() for author in self._model.authors}
        for comment in self._model.comments.values():
            if comment.status != "deleted":
                written[comment.author].add(comment.id)
        for author, record in self._model.authors.items():
            told = self._get(f"/authors/{author}/comments", limit=1)
            if told is None:
                yield Finding("lost", f"author {author}")
                continue
            known = told["author"]["record"]
            should = {
                "comments": record.comments,
                "approved": record.approved,
                "rejected": record.rejected,
                "published": record.published,
                "reports": record.reports,
                "reports_upheld": record.upheld,
            }
            for what, value in should.items():
                if known[what] != value:
                    kind: Kind = "doubled" if known[what] > value else "lost"
                    yield Finding(kind, f"author {author}: {what} is {known[what]}, not {value}")
            found = Counter(
                comment["id"] for comment in self._all(f"/authors/{author}/comments", "comments")
            )
            yield from _same(f"comments of {author}", found, written[author])

    # the public pages

    def _pages(self) -> Iterator[Finding]:
        for thread, url in self._model.threads.items():
            lists = self._model.shown(thread)
            tops = lists.get("", [])
            orders = {
                "newest": sorted(tops, reverse=True),
                "oldest": sorted(tops),
                "top": sorted(tops, key=self._model.rank, reverse=True),
            }
            for sort, order in orders.items():
                found = list(self._all("/threads", "comments", url=url, sort=sort))
                name = f"{url} by {sort}"
                ids = [comment["id"] for comment in found]
                yield from _same(name, Counter(ids), set(order))
                if sorted(ids) == sorted(order) and ids != order:
                    yield Finding("differs", f"{name}: the order is another one")
                for comment in found:
                    yield from self._shown(name, comment, lists)

    def _shown(self, name: str, found: Any, lists: dict[str, list[str]]) -> Iterator[Finding]:
        expected = self._model.comments.get(found["id"])
        if expected is None:
            return  # told of already
        name = f"{name}, {found['id']}"
        public = expected.status == "published"
        if public and (found["text"], found["version"]) != (expected.text, expected.version):
            yield Finding("differs", f"{name}: it has another text")
        if found["status"] != expected.status or ("text" in found) != public:
            yield Finding("differs", f"{name}: it is shown as {found['status']}")
        yield from _tally(name, found["votes"], expected.tally)
        below = lists.get(expected.id, [])
        if found["reply_count"] != len(below):
            yield Finding("differs", f"{name}: {found['reply_count']} replies, not {len(below)}")
        replies = list(found["replies"])
        if (cursor := found["replies_cursor"]) is not None:
            while cursor is not None:
                page = self._get(f"/comments/{found['id']}/replies", limit=PAGE, cursor=cursor)
                replies += page["comments"]
                cursor = page["next_cursor"]
        if [reply["id"] for reply in replies] != below:
            yield Finding("differs", f"{name}: its replies are others")
        for reply in replies:
            yield from self._shown(name, reply, lists)

    def _counts(self) -> Iterator[Finding]:
        published = Counter(
            comment.thread
            for comment in self._model.comments.values()
            if comment.status == "published"
        )
        urls = list(self._model.threads.values())
        told = self._session.post(f"{self._root}/counts", json={"urls": urls}, timeout=60).json()
        for thread, url in self._model.threads.items():
            if told["counts"][url] != published[thread]:
                yield Finding(
                    "differs", f"{url} counts {told['counts'][url]}, not {published[thread]}"
                )

    # the queue

    def _queue(self) -> Iterator[Finding]:
        lanes = self._model.queued()
        counts = self._get("/queue", limit=1)["counts"]
        for lane, count in counts.items():
            if count != len(lanes.get(lane, ())):
                yield Finding(
                    "differs", f"the lane {lane} counts {count}, not {len(lanes.get(lane, ()))}"
                )
        for sort in ("priority", "newest", "oldest"):
            for lane in (None, *lanes):
                if lane == "all":
                    continue
                found = [
                    case["comment"]["id"]
                    for case in self._all(
                        "/queue", "cases", sort=sort, **({"lane": lane} if lane else {})
                    )
                ]
                name = f"the queue, {lane or 'all'} by {sort}"
                yield from _same(name, Counter(found), lanes.get(lane or "all", set()))
                if sort != "priority" and found != sorted(found, reverse=sort == "newest"):
                    yield Finding("differs", f"{name}: the order is another one")

    # the audit

    def _audit(self) -> Iterator[Finding]:
        told: dict[str, list[tuple[Any, ...]]] = {}
        reported: Counter[tuple[str, str]] = Counter()
        for entry in self._all("/audit", "entries", verb=VERBS):
            if entry["verb"] == "report":
                reported[entry["subject"], entry["actor"]] += 1
            else:
                told.setdefault(entry["subject"], []).insert(0, _said(entry))
        should = Counter(
            {
                (comment.id, reporter): count
                for comment in self._model.comments.values()
                for reporter, count in comment.reported.items()
            }
        )
        yield from _same("reports in the audit", reported, set(should))
        for comment in self._model.comments.values():
            found = told.pop(comment.id, [])
            if found == comment.audit:
                continue
            name = f"the audit of {comment.id}"
            yield from _same(name, Counter(map(_plain, found)), set(map(_plain, comment.audit)))
            if Counter(found) == Counter(comment.audit):
                yield Finding("differs", f"{name}: the order is another one")
        for subject in told:
            yield Finding("doubled", f"the audit of {subject}, which was never acknowledged")


def _said(entry: Any) -> tuple[Any, ...]:
    """An entry of the audit as the model writes it."""
    verb, actor, detail = entry["verb"], entry["actor"], entry["detail"]
    if verb == "submit":
        return verb, actor, detail["status"]
    if verb == "edit":
        return verb, actor, detail["before"], detail["status"], detail["version"]
    if verb == "delete":
        return verb, actor, detail["before"]
    made = (verb, actor, detail["decision"], detail["before"], detail["after"])
    return (*made, detail["undoes"] if verb == "undo" else detail["version"])


def _plain(entry: tuple[Any, ...]) -> str:
    return json.dumps(entry)


def _tally(name: str, found: Any, should: tuple[int, int]) -> Iterator[Finding]:
    is_ = (found["up"], found["down"])
    if is_ != should:
        kind: Kind = "doubled" if sum(is_) > sum(should) else "lost"
        yield Finding(kind, f"{name}: votes are {is_}, not {should}")


def _same(name: str, found: Counter[Any], should: Iterable[Any]) -> Iterator[Finding]:
    wanted = set(should)
    for each in wanted - found.keys():
        yield Finding("lost", f"{name}: {each}")
    for each in found.keys() - wanted:
        yield Finding("doubled", f"{name}: {each} was never acknowledged")
    for each, count in found.items():
        if each in wanted and count > 1:
            yield Finding("doubled", f"{name}: {each} is there {count} times")
