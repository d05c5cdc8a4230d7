"""Any sequence of writes leaves thread, queue and totals as a model in plain Python has them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from moderation.errors import RejoinderError
from moderation.records import Comment
from moderation.store import Store
from tests.support.store_world import SITE, World

MAX_DEPTH = 2


@dataclass
class Modelled:
    """What the model knows of a comment."""

    comment: Comment
    under: Modelled | None
    depth: int
    status: str
    version: int = 1
    lanes: set[str] = field(default_factory=set)
    escalated: bool = False
    reporters: set[str] = field(default_factory=set)
    open_reports: int = 0
    votes: dict[str, int] = field(default_factory=dict)
    decided: list[dict[str, Any]] = field(default_factory=list)


def machine(store: Store) -> type[RuleBasedStateMachine]:
    class StoreMachine(RuleBasedStateMachine):
        comments: Bundle[Modelled] = Bundle("comments")

        def __init__(self) -> None:
            super().__init__()
            store.connection.call(lambda client: client.flushall())
            self.world = World(store)
            self.world.create()
            self.all: list[Modelled] = []

        # rules

        @rule(
            target=comments,
            status=st.sampled_from(["published", "held", "rejected"]),
            lane=st.sampled_from([None, "uncertain"]),
        )
        def post(self, status: str, lane: Any) -> Modelled:
            return self.write(None, status, lane)

        @rule(
            target=comments,
            parent=comments,
            status=st.sampled_from(["published", "published", "held"]),
        )
        def reply(self, parent: Modelled, status: str) -> Any:
            if parent.status == "deleted":
                self.refused("parent-deleted", lambda: self.write(parent, status, None))
                return multiple()
            return self.write(parent, status, None)

        @rule(
            of=comments,
            status=st.sampled_from(["published", "held"]),
            lane=st.sampled_from([None, "language"]),
        )
        def edit(self, of: Modelled, status: Any, lane: Any) -> None:
            def act() -> Comment:
                return self.world.rewrite(of.comment, "new", status=status, lane=lane)

            if of.status == "deleted":
                self.refused("not-found", act)
                return
            of.comment = act()
            of.version += 1
            of.status = status
            if lane or status == "held":
                of.lanes = {lane or "harmful"}
            elif not of.escalated:
                of.lanes = set()
            if of.open_reports:
                of.lanes.add("reported")

        @rule(of=comments)
        def delete(self, of: Modelled) -> None:
            store.comments.delete(
                SITE, of.comment.id, actor="mo", by_author=False, now=self.world.tick()
            )
            of.status, of.lanes, of.open_reports, of.votes = "deleted", set(), 0, {}
            of.escalated = False

        @rule(of=comments, action=st.sampled_from(["approve", "reject", "escalate"]))
        def decide(self, of: Modelled, action: Any) -> None:
            if of.status == "deleted":
                self.refused("not-found", lambda: self.world.decide(of.comment, action))
                return
            decision = self.world.decide(of.comment, action)
            record = {
                "id": decision.id,
                "before": of.status,
                "version": of.version,
                "lanes": set(of.lanes),
                "escalated": of.escalated,
                "settled": 0,
            }
            if action == "escalate":
                of.lanes = of.lanes or {"uncertain"}
            else:
                record["settled"], of.open_reports = of.open_reports, 0
                of.lanes = set()
                of.status = {"approve": "published", "reject": "rejected"}[action]
            of.escalated = action == "escalate"
            record["after"] = of.status
            of.decided.append(record)

        @rule()
        def claim(self) -> None:
            # By the one who decides here: it stands in nobody's way.
            store.queue.claim(SITE, "mo", limit=2, now=self.world.tick())

        @rule(of=comments)
        def undo(self, of: Modelled) -> None:
            if not of.decided:
                return
            last = of.decided[-1]

            def act() -> Any:
                return store.queue.undo(SITE, last["id"], moderator="mo", now=self.world.tick())

            if (of.status, of.version) != (last["after"], last["version"]):
                self.refused("superseded", act)
                return
            act()
            of.decided.pop()
            of.status, of.lanes = last["before"], last["lanes"]
            of.escalated = last["escalated"]
            of.open_reports += last["settled"]
            if of.open_reports:
                of.lanes.add("reported")

        @rule(of=comments, who=st.sampled_from(["rita", "sam"]))
        def report(self, of: Modelled, who: str) -> None:
            if of.status != "published":
                self.refused("not-found", lambda: self.world.report(of.comment, who))
                return
            count = self.world.report(of.comment, who)
            if who not in of.reporters:
                of.reporters.add(who)
                of.open_reports += 1
                of.lanes.add("reported")
            assert count == len(of.reporters)

        @rule(of=comments, who=st.sampled_from(["rita", "sam"]), value=st.integers(-1, 1))
        def vote(self, of: Modelled, who: str, value: int) -> None:
            def act() -> tuple[int, int]:
                return store.votes.cast(SITE, of.comment.id, who, value, now=self.world.tick())

            if of.status != "published":
                self.refused("not-found", act)
                return
            of.votes[who] = value
            values = list(of.votes.values())
            assert act() == (values.count(1), values.count(-1))

        # what must hold after each

        @invariant()
        def the_thread_is_as_modelled(self) -> None:
            def shown(under: Modelled | None) -> list[Any]:
                found = []
                for c in sorted(self.all, key=lambda c: c.comment.id):
                    if c.under is under:
                        below = shown(c)
                        if c.status == "published" or below:
                            values = list(c.votes.values())
                            votes = {"up": values.count(1), "down": values.count(-1)}
                            found.append((c.comment.id, c.status, votes, below))
                return found

            published = sum(c.status == "published" for c in self.all)
            self.world.tick(10_000)  # the last votes show now
            tree = self.world.tree(sort="oldest", limit=100)
            assert tree["thread"]["count"] == published
            assert self.read(tree["comments"]) == shown(None)

        @invariant()
        def the_queue_is_as_modelled(self) -> None:
            cases = store.queue.page(SITE, limit=100, now=self.world.now).cases
            assert {case.comment.id: (set(case.lanes), case.escalated) for case in cases} == {
                c.comment.id: (c.lanes | ({"escalated"} if c.escalated else set()), c.escalated)
                for c in self.all
                if c.lanes
            }

        @invariant()
        def the_indexes_agree(self) -> None:
            assert store.maintenance.check(SITE) == []
            totals = Counter(c.status for c in self.all)
            stats = store.maintenance.stats(SITE)
            for status in ("published", "held", "rejected", "deleted"):
                assert stats[f"comments.{status}"] == totals[status]
            record = store.comments.author_record(SITE, "anna")
            assert (record.comments, record.published) == (len(self.all), totals["published"])

        # how

        def write(self, parent: Modelled | None, status: Any, lane: Any) -> Modelled:
            comment = self.world.post(
                status=status,
                lane=lane,
                parent=parent.comment.id if parent else None,
                max_depth=MAX_DEPTH,
            )
            under, depth = parent, parent.depth + 1 if parent else 0
            while depth > MAX_DEPTH and under:
                under, depth = under.under, depth - 1
            assert comment.depth == depth
            made = Modelled(comment, under, depth, status)
            if comment.verdict and comment.verdict.lane:
                made.lanes = {comment.verdict.lane}
            self.all.append(made)
            return made

        def read(self, comments: list[Any]) -> list[Any]:
            """The whole tree of a page: what it left to a cursor is fetched."""
            found = []
            for c in comments:
                replies, cursor = list(c["replies"]), c["replies_cursor"]
                while cursor:
                    page = json.loads(
                        store.threads.replies(
                            SITE, c["id"], cursor=cursor, limit=2, now=self.world.now
                        ).body
                    )
                    replies += page["comments"]
                    cursor = page["next_cursor"]
                assert len(replies) == c["reply_count"]
                status = c["status"]
                found.append((c["id"], status, c["votes"], self.read(replies)))
            return found

        def refused(self, code: str, act: Any) -> None:
            with pytest.raises(RejoinderError) as error:
                act()
            assert error.value.code == code

    return StoreMachine


def test_any_sequence_of_writes(store: Store) -> None:
    run_state_machine_as_test(
        machine(store),
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            suppress_health_check=list(HealthCheck),
        ),
    )
