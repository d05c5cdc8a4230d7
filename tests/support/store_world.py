"""A small site to test the store with: comments, people and what goes with them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import uuid_utils

from moderation.records import (
    Author,
    Comment,
    Credential,
    Decision,
    DecisionAction,
    Idempotency,
    Lane,
    Limit,
    Moderator,
    Priority,
    Reason,
    Site,
    Status,
    StoredScores,
    Thread,
    Verdict,
)
from moderation.schemas.comments import fragment
from moderation.store import Judged, Likeness, Page, Store, Submitted, codec
from moderation.store.keys import key

NOW = 1_780_000_000_000
SITE = "blog"
ACTION: dict[str, Any] = {"published": "publish", "held": "hold", "rejected": "reject"}


def uuid7() -> str:
    return str(uuid_utils.uuid7())


def thread_record(name: str = "a", created: int = NOW) -> Thread:
    return Thread(
        id=hashlib.blake2b(name.encode(), digest_size=16).hexdigest(),
        url=f"https://site.example/{name}",
        title=f"Page “{name}”",
        created=created,
    )


def credential(kind: Any = "key", **fields: Any) -> Credential:
    values: dict[str, Any] = {
        "site": SITE,
        "id": uuid7()[-12:],
        "kind": kind,
        "secret_hash": "0" * 64,
        "role": "moderator",
        "created": NOW,
    }
    return Credential(**{**values, **fields})


def moderator(name: str = "mo", **fields: Any) -> Moderator:
    values: dict[str, Any] = {
        "site": SITE,
        "id": name,
        "email": f"{name}@site.example",
        "name": name.title(),
        "role": "moderator",
        "created": NOW,
    }
    return Moderator(**{**values, **fields})


@dataclass
class World:
    """A site with short ways to write to it; `now` moves on by a second with each step."""

    store: Store
    now: int = NOW

    def tick(self, ms: int = 1000) -> int:
        self.now += ms
        return self.now

    def create(self, slug: str = SITE) -> None:
        site = Site(
            slug=slug,
            name="A blog",
            origins=("https://site.example",),
            policy={"preset": "balanced"},
            created=self.now,
        )
        self.store.sites.create(site, credential=credential(site=slug), now=self.now)

    def comment(
        self,
        text: str = "Good point, thanks.",
        *,
        status: Status = "published",
        thread: str = "a",
        parent: str | None = None,
        author: str = "anna",
        lane: Lane | None = None,
        site: str = SITE,
    ) -> Comment:
        if status in ("held", "rejected") and lane is None:
            lane = "harmful" if status == "held" else "rejected"
        action = "flag" if status == "published" and lane else ACTION[status]
        return Comment(
            id=uuid7(),
            site=site,
            thread=thread_record(thread).id,
            parent=parent,
            status=status,
            text=text,
            html=f"<p>{text}</p>",
            author=Author(id=author, kind="anonymous", name=author.title()),
            created=self.now,
            edited=None,
            version=1,
            edit_until=self.now + 900_000,
            scored=StoredScores(
                scores={"toxicity": 0.25, "insult": 0.125}, language="en", model="m1"
            ),
            verdict=Verdict(
                action=action,
                reasons=(Reason(rule="threshold", attribute="insult", score=0.5, spans=((0, 4),)),),
                lane=lane,
            ),
        )

    def send(
        self,
        comment: Comment,
        *,
        thread: str = "a",
        total: float = 1.0,
        idempotency: Idempotency | None = None,
        limits: tuple[Limit, ...] = (),
        max_depth: int = 6,
        ip: str | None = None,
        judged: Judged | None = None,
        paced: str | None = None,
        likeness: Likeness | None = None,
        proof: tuple[str, int] | None = None,
    ) -> Submitted:
        lane = comment.verdict.lane if comment.verdict else None
        return self.store.comments.submit(
            comment,
            thread=thread_record(thread, self.now),
            fragment=fragment(comment),
            priority=Priority(total=total, terms={"severity": total}) if lane else None,
            text_hash=hashlib.sha256(comment.text.encode()).hexdigest(),
            ip_hash=ip,
            idempotency=idempotency,
            response=json.dumps({"id": comment.id, "text": comment.text}).encode(),
            limits=limits,
            max_depth=max_depth,
            judged=judged,
            paced=paced,
            likeness=likeness,
            proof=proof,
            now=self.tick(),
        )

    def post(
        self,
        text: str = "Good point, thanks.",
        *,
        total: float = 1.0,
        max_depth: int = 6,
        ip: str | None = None,
        idempotency: Idempotency | None = None,
        **fields: Any,
    ) -> Comment:
        comment = self.comment(text, **fields)
        thread = fields.get("thread", "a")
        sent = self.send(
            comment,
            thread=thread,
            total=total,
            max_depth=max_depth,
            ip=ip,
            idempotency=idempotency,
        )
        assert sent.comment is not None
        return sent.comment

    def rewrite(
        self,
        comment: Comment,
        text: str,
        *,
        status: Status = "published",
        lane: Lane | None = None,
        idempotency: Idempotency | None = None,
    ) -> Comment:
        if status == "held" and lane is None:
            lane = "harmful"
        verdict = Verdict(action=ACTION[status], reasons=(Reason(rule="edited"),), lane=lane)
        new = replace(
            comment,
            text=text,
            html=f"<p>{text}</p>",
            status=status,
            verdict=verdict,
            version=comment.version + 1,
            edited=self.now,
        )
        self.store.comments.edit(
            new,
            expected_version=comment.version,
            fragment=fragment(new),
            priority=Priority(total=2.0, terms={}) if lane else None,
            text_hash=hashlib.sha256(text.encode()).hexdigest(),
            idempotency=idempotency,
            response=json.dumps({"text": text}).encode(),
            now=self.tick(),
        )
        return new

    def report(self, comment: Comment, author: str, weight: float = 1.0, note: str = "look") -> int:
        now = self.tick()
        while True:
            reported = self.store.reports.context(SITE, comment.id)
            reports = reported.weight + weight
            count = self.store.reports.add(
                reported,
                author,
                "abuse",
                note,
                weight=weight,
                priority=Priority(total=1 + reports, terms={"reports": reports}),
                now=now,
            )
            if count is not None:
                return count

    def decide(
        self, comment: Comment, action: DecisionAction, who: str = "mo", **fields: Any
    ) -> Decision:
        version = fields.pop("version", comment.version)
        return self.store.queue.decide(
            SITE,
            comment.id,
            action=action,
            moderator=who,
            version=version,
            now=self.tick(),
            **fields,
        )

    def page(self, thread: str = "a", **fields: Any) -> Page:
        fields.setdefault("now", self.now)
        return self.store.threads.page(SITE, thread_record(thread).id, **fields)

    def tree(self, thread: str = "a", **fields: Any) -> Any:
        return json.loads(self.page(thread, **fields).body)


def escalate_without_its_lane(world: World, comment: Comment) -> None:
    """Escalate a case and leave it as it was stored before there was a lane for that."""
    world.decide(comment, "escalate")
    client = world.store.connection.client
    name = key("comment", SITE, comment=comment.id)
    lanes, total = client.hmget(name, "ql", "qp")
    left = [lane for lane in lanes.decode().split(",") if lane != "escalated"]
    both = (lanes.decode().split(","), left)
    gone = set.difference(
        *(codec.queue_members(comment.id, of, float(total), comment.thread) for of in both)
    )
    client.zrem(key("queue", SITE), *gone)
    client.hset(name, "ql", ",".join(left))
