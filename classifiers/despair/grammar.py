"""Read the phrases and the guards: lines of text that become regular expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import get_args

from classifiers.despair.beginnings import beginnings
from classifiers.score import PhraseKind

#: The end of a sentence, whatever marks it has.
_END = r"(?=[ .,!?…;:)(*]*\Z)"
_HEAD = re.compile(r"== (\w+) ==")


@dataclass(slots=True)
class Section:
    """The lines under a heading; ``unless`` may not follow them."""

    lines: list[str] = field(default_factory=list)
    unless: list[str] = field(default_factory=list)

    def choice(self) -> str:
        """The source of an expression that is one of the lines."""
        return f"(?:{'|'.join(self.lines)})"

    def plain(self) -> frozenset[str]:
        """The words of lines that are no expressions."""
        return frozenset("|".join(self.lines).replace("?", "").split("|"))

    def words(self) -> re.Pattern[str]:
        """An expression that finds one of the lines as whole words."""
        return re.compile(rf"(?<![\w'])(?:{self.choice()})(?!\w)")

    def phrases(self) -> re.Pattern[str]:
        """The same with a group for each line, and not before what may not follow."""
        lines = "|".join(f"(?P<p{number}>{line})" for number, line in enumerate(self.lines))
        unless = f"(?![ ,]*(?:{'|'.join(self.unless)})(?!\\w))" if self.unless else ""
        return re.compile(rf"(?<![\w'/#@-])(?:{lines})(?!\w){unless}")


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands around phrases, see ``guards.txt``."""

    author: frozenset[str]
    words: frozenset[str]
    pairs: re.Pattern[str]
    openings: re.Pattern[str]
    borrowed: re.Pattern[str]
    laughs: re.Pattern[str]
    earnest: re.Pattern[str]
    before: re.Pattern[str]
    harmed: re.Pattern[str]
    others: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Phrases:
    """All phrases: for each kind one expression, the gravest first, None for the weak ones.

    ``beginnings`` has the numbers of the kinds whose phrases may begin so: with two words if they
    are there, else with the first of them. ``first_words`` are all that may be the first.
    """

    kinds: tuple[tuple[PhraseKind | None, re.Pattern[str]], ...]
    beginnings: Mapping[str, frozenset[int]]
    first_words: frozenset[str]


@cache
def phrases() -> Phrases:
    """Read the phrases."""
    sections = _read("phrases.txt")
    kinds: list[tuple[PhraseKind | None, re.Pattern[str]]] = []
    begin: dict[str, set[int]] = {}
    for kind in (*get_args(PhraseKind), None):
        section = sections[kind or "weak"]
        for line in section.lines:
            for words in beginnings(line):
                begin.setdefault(words, set()).add(len(kinds))
        kinds.append((kind, section.phrases()))
    return Phrases(
        tuple(kinds),
        {words: frozenset(of | begin.get(words.split()[0], of)) for words, of in begin.items()},
        frozenset(words.split()[0] for words in begin),
    )


@cache
def guards() -> Guards:
    """What must and must not stand around a phrase."""
    found = _read("guards.txt")
    return Guards(
        author=found["author"].plain(),
        words=found["words"].plain(),
        pairs=re.compile(f" {found['pairs'].choice()}"),
        openings=re.compile(rf" {found['openings'].choice()}\b"),
        borrowed=found["borrowed"].words(),
        laughs=found["laughs"].words(),
        earnest=found["earnest"].words(),
        before=re.compile(rf"\b{found['before'].choice()}[ ,:]*\Z"),
        harmed=found["harmed"].words(),
        others=found["others"].words(),
    )


def _read(name: str) -> dict[str, Section]:
    parts: dict[str, str] = {}
    sections: dict[str, Section] = {}
    current = Section()
    for line in resources.files(__package__).joinpath(name).read_text("utf-8").splitlines():
        if line.startswith("@"):
            part, _, value = line[1:].partition(" ")
            parts[part] = _filled(value, parts)
        elif head := _HEAD.fullmatch(line):
            current = sections.setdefault(head[1], Section())
        elif line.startswith("- "):
            current.unless.append(_filled(line[2:], parts))
        elif line and not line.startswith("#"):
            current.lines.append(_filled(line, parts))
    return sections


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    """Put parts in, let brackets only group, and apostrophes be left out."""
    for name, value in parts.items():
        pattern = pattern.replace(f"{{{name}}}", value)
    pattern = re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)
    pattern = re.sub(r"'(?!\?)", "'?", pattern)
    return pattern.replace("$", _END)


def outside(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What of ``[start, end)`` is in none of the ranges."""
    left, at = [], start
    for first, last in sorted(ranges):
        if last > at and first < end:
            if first > at:
                left.append((at, first))
            at = last
    return [*left, (at, end)] if at < end else left
