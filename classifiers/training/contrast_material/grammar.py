"""Read the files of kinds and lists, and write sentences out of their lines.

A line of a kind is a sentence with ``(one|other|)`` for a choice and ``{list}`` for a word of a
list; ``{adj}``, ``{person}``, ``{many}`` and ``{is}`` name one group of people in its forms, which
only English has, and a number behind (``{many2}``, ``{name2}``) another draw. A backslash takes the
meaning of the next character away. ``= `` begins a twin of the line above. ``#`` begins a remark,
``@`` a directive: ``@labels toxicity=0.9 insult=0.9`` (``@labels clean``), ``@twins`` for the
labels of twins, ``@count`` for how many texts and ``@habits`` for the share typed carelessly.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from classifiers.data.examples import ATTRIBUTES
from classifiers.data.identities import IDENTITIES
from classifiers.errors import DataError

HERE = Path(__file__).parent
ENGLISH = "en"
#: Labels of a comment that no rater minds.
CLEAN: Mapping[str, float] = {**dict.fromkeys(ATTRIBUTES, 0.0), "spam": 0.0}
#: The forms of a group of people.
FORMS = ("adj", "person", "many", "is")
_SLOT = re.compile(r"([a-z_]+?)(\d?)")
_TEMPLATE = re.compile(r"[({]")
#: An address, a path or code, which is written as it is.
_ADDRESS = re.compile(r"[^\s.]*[/\\]|\w+\.\w|\w+[(_]")
#: Vowel letters that are spoken as consonants: `a European`, `a unicorn`, `a one-off`.
_VOWEL = re.compile(r"(?!eu|uni|use|usu|ute|one\b|once\b|ukr|uga)[aeiou]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """A group of people: adjective, one of them, several, and what follows `is`."""

    adj: str
    person: str
    many: str
    be: str
    #: Whether it is a trade, a party or a way of life.
    chosen: bool = False

    def form(self, name: str) -> str:
        """The form that a slot names."""
        return self.be if name == "is" else str(getattr(self, name))


@dataclass(frozen=True)
class Line:
    """One sentence of a kind, with what raters say of it and of its twins."""

    text: str
    labels: Mapping[str, float]
    twins: tuple[str, ...] = ()
    twin_labels: Mapping[str, float] = field(default_factory=lambda: CLEAN)


@dataclass(frozen=True)
class Kind:
    """The sentences of one kind, how many texts they become, and how they are typed."""

    name: str
    lines: tuple[Line, ...]
    count: int
    habits: float


def read_kinds(language: str = ENGLISH) -> list[Kind]:
    """All kinds of a language, by name; none if nothing was written in it."""
    return [_read_kind(path) for path in sorted((_folder(language) / "kinds").glob("*.txt"))]


def _folder(language: str) -> Path:
    return HERE if language == ENGLISH else HERE / language


def _items(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("# "):
            yield number, line.strip()


def _read_kind(path: Path) -> Kind:
    count, habits = 0, 0.3
    labels, twin_labels = CLEAN, CLEAN
    lines: list[Line] = []
    for number, item in _items(path):
        where = f"{path}:{number}"
        if re.match("@[a-z]+ ", item):
            directive, _, rest = item[1:].partition(" ")
            if directive == "labels":
                labels = _labels(rest, where)
            elif directive == "twins":
                twin_labels = _labels(rest, where)
            elif directive == "count":
                count = int(rest)
            elif directive == "habits":
                habits = float(rest)
            else:
                raise DataError(f"{where}: unknown directive @{directive}")
        elif item.startswith("= "):
            last = lines.pop()
            lines.append(Line(last.text, last.labels, (*last.twins, item[2:]), twin_labels))
        else:
            lines.append(Line(item, labels, (), twin_labels))
    return Kind(path.stem, tuple(lines), count, habits)


def _labels(words: str, where: str) -> Mapping[str, float]:
    if words == "clean":
        return CLEAN
    labels: dict[str, float] = {}
    if words.startswith("clean "):
        labels.update(CLEAN)
        words = words.removeprefix("clean ")
    for word in words.split():
        name, _, share = word.partition("=")
        if name not in CLEAN or not 0.0 <= float(share) <= 1.0:
            raise DataError(f"{where}: no label: {word}")
        labels[name] = float(share)
    return labels


@cache
def word_list(name: str, language: str = ENGLISH) -> tuple[str, ...]:
    """The items of a list."""
    path = _folder(language) / "lists" / f"{name}.txt"
    return tuple(dict.fromkeys(item for _, item in _items(path)))


@cache
def groups() -> tuple[Group, ...]:
    """Groups of people: those of ``data.identities`` and more, none twice."""
    found: dict[str, Group] = {}
    for item in word_list("groups"):
        adj, person, many, be, *chosen = (part.strip() for part in item.split(";"))
        found[many] = Group(adj, person, many, be, bool(chosen))
    for term in IDENTITIES:
        if term.many == f"{term.one} people":
            new = Group(term.one, f"{term.one} person", term.many, term.one)
        else:
            new = Group(term.one, term.one, term.many, f"a {term.one}")
        found.setdefault(term.many, new)
    return tuple(found.values())


class Writer:
    """Writes sentences; each list is drawn from as a deck of cards, so all of it is used."""

    def __init__(self, rng: random.Random, language: str = ENGLISH) -> None:
        self._rng = rng
        self.language = language
        self._decks: dict[str, list[object]] = {}

    def deal(self, name: str, cards: Sequence[object]) -> object:
        """Take a card from the deck of a name, shuffled anew when it is empty."""
        deck = self._decks.setdefault(name, [])
        if not deck:
            deck.extend(cards)
            self._rng.shuffle(deck)
        return deck.pop()

    def write(self, text: str) -> tuple[str, tuple[Group, ...]]:
        """A sentence out of a line, and the groups of people that it names."""
        drawn: dict[str, object] = {}
        written = self._written(text, drawn)
        if text[0] in "{(" and not _ADDRESS.match(written):
            written = written[:1].upper() + written[1:]
        named = tuple(word for word in drawn.values() if isinstance(word, Group))
        return re.sub(" {2,}", " ", written).strip(), named

    def _written(self, text: str, drawn: dict[str, object]) -> str:
        written, end = self._sequence(text, 0, drawn, "")
        if end < len(text):
            raise DataError(f"a bar or bracket without its choice: {text}")
        return written

    def _sequence(
        self, text: str, at: int, drawn: dict[str, object], before: str
    ) -> tuple[str, int]:
        """What stands from a place on to the end, or to the end of the choice it is in."""
        out = before
        while at < len(text) and text[at] not in "|)":
            character = text[at]
            if character == "\\":
                out += "\n" if text[at + 1] == "n" else text[at + 1]
                at += 2
            elif character == "(":
                chosen, at = self._choice(text, at + 1)
                out, _ = self._sequence(chosen, 0, drawn, out)
            elif character == "{":
                end = text.index("}", at)
                word = self._word(text[at + 1 : end], drawn)
                if self.language == ENGLISH and _VOWEL.match(word):
                    out = re.sub(r"\b([Aa]) $", r"\1n ", out)
                out += word
                at = end + 1
            else:
                out += character
                at += 1
        return out, at

    def _choice(self, text: str, at: int) -> tuple[str, int]:
        """One of the alternatives of a choice, and the place behind it."""
        options, depth, start = [], 1, at
        while depth:
            character = text[at]
            if character == "\\":
                at += 1
            elif character == "(":
                depth += 1
            elif character == ")" or (character == "|" and depth == 1):
                if depth == 1:
                    options.append(text[start:at])
                    start = at + 1
                depth -= character == ")"
            at += 1
        return self._rng.choice(options), at

    def _word(self, slot: str, drawn: dict[str, object]) -> str:
        match = _SLOT.fullmatch(slot)
        if not match:
            raise DataError(f"no slot: {{{slot}}}")
        name, number = match.groups()
        if name in FORMS:
            key = f"group{number}"
            group = drawn.get(key)
            if group is None:
                group = drawn[key] = self.deal("group", groups())
            assert isinstance(group, Group)  # noqa: S101
            return group.form(name)
        key = f"{name}{number}"
        if key not in drawn:
            word = str(self.deal(key, word_list(name, self.language)))
            inner: dict[str, object] = {}
            drawn[key] = self._written(word, inner) if _TEMPLATE.search(word) else word
            drawn.update({f"{key}/{n}": v for n, v in inner.items() if isinstance(v, Group)})
        return str(drawn[key])
