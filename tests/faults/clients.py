"""Readers and moderators who write without a pause: what they do next is drawn."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from typing import Any

from tests.faults.calls import Caller
from tests.faults.crowd import FLAG, HOLD, Crowd, Known, Moderator, Reader


class Client:
    """One of the crowd at a time: what it does next is drawn."""

    def __init__(
        self, crowd: Crowd, caller: Caller, chosen: random.Random, *, seat: int = 0, seats: int = 1
    ) -> None:
        """Of `seats` clients each votes for its own readers: nobody is two people at once."""
        self._crowd, self._caller, self._chosen = crowd, caller, chosen
        self._voters = range(seat, len(crowd.readers), seats)
        self._deeds: list[tuple[int, Callable[[], None]]] = [
            (18, self._post),
            (20, self._reply),
            (26, self._vote),
            (8, self._report),
            (5, self._claim),
            (7, self._decide),
            (5, self._undo),
            (8, self._edit),
            (2, self._mend),
            (5, self._delete),
        ]

    def work(self, over: threading.Event, pause: float) -> None:
        weights, deeds = zip(*self._deeds, strict=True)
        while not over.is_set():
            (deed,) = self._chosen.choices(deeds, weights)
            deed()
            if pause:
                over.wait(self._chosen.uniform(0, 2 * pause))

    def close_up(self) -> None:
        """Write a last comment in each thread, so that no page waits to show the latest votes."""
        for thread in self._crowd.threads:
            self._submit(thread, None)

    def _post(self) -> None:
        self._submit(self._chosen.choice(self._crowd.threads), None)

    def _reply(self) -> None:
        above = self._crowd.pool.pick(self._chosen)
        if above is not None:
            self._submit(above.thread, above.id)

    def _submit(self, thread: str, parent: str | None) -> None:
        number = self._chosen.randrange(len(self._crowd.readers))
        reader = self._crowd.readers[number]
        body: dict[str, Any] = {"thread": {"url": thread}, "text": self._text()}
        if parent is not None:
            body["parent"] = parent
        status, told = self._caller.call(
            "submit", "POST", "/comments", reader.headers, body, who=reader.id, subject=parent
        )
        if status == 201:
            self._crowd.pool.add(Known(told["id"], thread, number))

    def _vote(self) -> None:
        with self._some(alone=False) as known:
            if known is None:
                return
            reader = self._other_than(known)
            self._caller.call(
                "vote",
                "POST",
                f"/comments/{known.id}/votes",
                reader.headers,
                {"value": self._chosen.choice((1, 1, 1, -1, 0))},
                who=reader.id,
                subject=known.id,
            )

    def _report(self) -> None:
        with self._some(alone=False) as known:
            if known is None:
                return
            reader = self._other_than(known)
            self._caller.call(
                "report",
                "POST",
                f"/comments/{known.id}/reports",
                reader.headers,
                {"reason": "abuse", "note": "Please look."},
                who=reader.id,
                subject=known.id,
            )

    def _edit(self) -> None:
        with self._some(alone=True) as known:
            if known is None or known.deleted:
                return
            reader = self._crowd.readers[known.author]
            self._change("edit", known, reader.headers, reader.id)

    def _mend(self) -> None:
        """A moderator puts a text right."""
        with self._some(alone=True) as known:
            if known is None or known.deleted:
                return
            moderator = self._moderator()
            self._change("mend", known, moderator.headers, moderator.actor)

    def _change(self, verb: str, known: Known, headers: dict[str, str], who: str) -> None:
        status, told = self._caller.call(
            verb,
            "PATCH",
            f"/comments/{known.id}",
            headers,
            {"text": self._text(), "version": known.version},
            who=who,
            subject=known.id,
        )
        if status == 200:
            known.version = told["version"]

    def _delete(self) -> None:
        with self._some(alone=True) as known:
            if known is None:
                return
            by_author = self._chosen.random() < 0.7
            reader, moderator = self._crowd.readers[known.author], self._moderator()
            status, _ = self._caller.call(
                "delete",
                "DELETE",
                f"/comments/{known.id}",
                reader.headers if by_author else moderator.headers,
                who=reader.id if by_author else moderator.actor,
                subject=known.id,
                keyed=False,
            )
            known.deleted = known.deleted or status == 200

    def _decide(self) -> None:
        with self._some(alone=True) as known:
            if known is not None:
                self._decide_on(known, self._moderator())

    def _decide_on(self, known: Known, moderator: Moderator) -> None:
        status, told = self._caller.call(
            "decide",
            "POST",
            f"/queue/{known.id}/decisions",
            moderator.headers,
            {
                "action": self._chosen.choice(("approve", "approve", "reject", "escalate")),
                "version": known.version,
            },
            who=moderator.actor,
            subject=known.id,
        )
        if status == 201:
            known.decisions.append(told["id"])
            self._crowd.pool.decided(known)

    def _undo(self) -> None:
        with self._enter(self._crowd.pool.pick_decided(self._chosen), alone=True) as known:
            if known is None or not known.decisions:
                return
            # Mostly the last one; an earlier one is refused.
            at = -1 if self._chosen.random() < 0.8 else self._chosen.randrange(len(known.decisions))
            moderator = self._moderator()
            status, _ = self._caller.call(
                "undo",
                "POST",
                f"/decisions/{known.decisions[at]}/undo",
                moderator.headers,
                {},
                who=moderator.actor,
                subject=known.decisions[at],
            )
            if status == 201:
                del known.decisions[at]

    def _claim(self) -> None:
        """Lease the next cases, and decide or give back each of them."""
        moderator = self._moderator()
        status, told = self._caller.call(
            "claim",
            "POST",
            "/queue/claims",
            moderator.headers,
            {"limit": 3},
            who=moderator.actor,
            keyed=False,
        )
        if status != 200:
            return
        for case in told["cases"]:
            known = self._crowd.pool.find(case["comment"]["id"])
            if known is not None and self._chosen.random() < 0.7:
                with known.gate.enter(alone=True) as room:
                    if room:
                        self._decide_on(known, moderator)
                        continue
            self._caller.call(
                "release",
                "DELETE",
                f"/queue/claims/{case['comment']['id']}",
                moderator.headers,
                who=moderator.actor,
                subject=case["comment"]["id"],
                keyed=False,
            )

    @contextlib.contextmanager
    def _some(self, *, alone: bool) -> Iterator[Known | None]:
        with self._enter(self._crowd.pool.pick(self._chosen), alone=alone) as known:
            yield known

    @contextlib.contextmanager
    def _enter(self, known: Known | None, *, alone: bool) -> Iterator[Known | None]:
        if known is None:
            yield None
            return
        with known.gate.enter(alone=alone) as room:
            yield known if room else None

    def _other_than(self, known: Known) -> Reader:
        return self._crowd.readers[
            self._chosen.choice([number for number in self._voters if number != known.author])
        ]

    def _moderator(self) -> Moderator:
        return self._chosen.choice(self._crowd.moderators)

    def _text(self) -> str:
        with self._crowd.lock:
            self._crowd.texts += 1
            number = self._crowd.texts
        kind = self._chosen.choices(("", f" There is a {HOLD}.", f" There is a {FLAG}."), (8, 1, 1))
        return f"Remark {number} on the river and the weather, with thanks.{kind[0]}"
