"""What was sent and what was answered, line by line: all that an auditor may know."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was answered, however often it had to be sent.

    `who` is the reader's id or the moderator's actor; `subject` the comment or decision it is
    about. `answer` is the body of the last try, `replayed` that it said to be an earlier answer.
    """

    site: str
    verb: str
    who: str
    subject: str | None
    sent: dict[str, Any]
    began: float
    ended: float
    tries: int
    status: int
    answer: Any
    replayed: bool

    @property
    def acknowledged(self) -> bool:
        """Whether the service said that it did it."""
        return 200 <= self.status < 300


class Journal:
    """Appends to a file. What is about one comment stands in the order in which it was answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()
        self._sent = 0
        self.answers = 0
        """How many calls were answered so far."""

    def send(
        self, site: str, verb: str, who: str, subject: str | None, sent: dict[str, Any]
    ) -> int:
        """Note a call before it is sent; answers its number."""
        with self._lock:
            self._sent += 1
            self._write(
                {
                    "n": self._sent,
                    "site": site,
                    "verb": verb,
                    "who": who,
                    "subject": subject,
                    "sent": sent,
                }
            )
            return self._sent

    def answer(
        self,
        number: int,
        *,
        began: float,
        ended: float,
        tries: int,
        status: int,
        answer: Any,
        replayed: bool,
    ) -> None:
        """Note what was answered to the call of that number."""
        with self._lock:
            self.answers += 1
            self._write(
                {
                    "to": number,
                    "began": began,
                    "ended": ended,
                    "tries": tries,
                    "status": status,
                    "answer": answer,
                    "replayed": replayed,
                }
            )

    def close(self) -> None:
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def answered(path: Path) -> Iterator[Call]:
    """The calls that were answered, in the order of their answers."""
    sent: dict[int, dict[str, Any]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if "n" in entry:
                sent[entry.pop("n")] = entry
            else:
                yield Call(**sent.pop(entry.pop("to")), **entry)


def unanswered(path: Path) -> int:
    """How many calls never found an answer."""
    with path.open(encoding="utf-8") as lines:
        return sum(1 if "n" in json.loads(line) else -1 for line in lines)
