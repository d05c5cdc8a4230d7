"""The words that a phrase can begin with, so that it is looked for only where they stand.

A sentence has a dozen words and there are more than a hundred phrases. Most begin with an `I` or
another word that is in many a sentence, so there the next word counts too. How a phrase begins is
read from its expression, so a new phrase needs nothing said of it twice.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\(\?:|\(\?<?[!=]|\[[^\]]*\]|\\.|.", re.DOTALL)
_REPEAT = re.compile(r"[?*+]|\{\d*,?\d*\}")
_BRANCHING = re.compile(r"\\.|\[[^\]]*\]|[()|]")
_MANY, _NO_CHARACTER = (".", "\\w", "\\d", "\\s"), ("\\b", "\\Z")
#: Stands for the start of a sentence, where no blank is.
_START = "^"
#: Words that are too common to say much.
_COMMON_WORDS = """
    all and as can everything here how i if im it its ive life like my no nobody not now people
    the there they this want we what when who why with would wrote you
"""
COMMON = frozenset(_COMMON_WORDS.split())
#: More beginnings than any phrase has are letters that are repeated without end.
_TOO_MANY = 10_000


def beginnings(phrase: str) -> frozenset[str]:
    """The runs of letters, ``[a-z]+``, that a match can begin with.

    After one of ``COMMON`` the second run too, with one blank before it whatever stands there in a
    text; the first alone if any may follow.

    Args:
        phrase: an expression as ``grammar`` makes it: letters in lower case, groups that do not
            capture, lists of characters, and looking round, with no letter after it.

    Raises:
        ValueError: if a match could begin with anything else, or with any letters whatever.
    """
    reader = _Reader(phrase)
    for begun in reader.choice({""}):
        reader.finish(begun)
    return frozenset(reader.found)


class _Reader:
    """Reads an expression as far as its first two words go.

    Each method takes what may have been read so far, and says what may have been read after it:
    letters, with a blank for all between two runs of them.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.found: set[str] = set()

    def choice(self, begun: set[str]) -> set[str]:
        after = self._sequence(begun)
        while self.source.startswith("|", self.at):
            self.at += 1
            after |= self._sequence(begun)
        return after

    def finish(self, begun: str) -> None:
        """Keep a beginning after which nothing more is known."""
        if begun.strip(_START) == "":
            raise ValueError(f"{self.source!r} may begin with anything")
        self.found.add(begun.strip(_START + " "))

    def _sequence(self, begun: set[str]) -> set[str]:
        while self.at < len(self.source) and self.source[self.at] not in "|)":
            if not begun:
                self._skip()
                break
            begun = self._repeated(begun)
        return begun

    def _repeated(self, begun: set[str]) -> set[str]:
        start = self.at
        more = after = self._item(begun)
        repeat = _REPEAT.match(self.source, self.at)
        if repeat is None:
            return after
        if repeat[0] != "?":
            # As often as it takes to have two words is as often as matters.
            while more:
                self.at = start
                more = self._item(more) - after
                after = after | more
                if len(after) > _TOO_MANY:
                    raise ValueError(f"{self.source!r} may begin with anything")
        self.at = repeat.end()
        return after | begun if repeat[0][0] in "?*" or repeat[0][1:2] in ("0", ",") else after

    def _item(self, begun: set[str]) -> set[str]:
        token = _TOKEN.match(self.source, self.at)
        assert token is not None  # noqa: S101 - for the type checker
        item, self.at = token[0], token.end()
        if item.startswith("("):
            # What must or must not stand around lets through no beginning that is not found.
            after = self.choice(begun) if item == "(?:" else self._around(begun)
            self.at += 1
            return after
        if item == _START:
            return {each or _START for each in begun}
        if item in _NO_CHARACTER:
            return begun
        characters = item.strip("[]\\") if len(item) > 1 else item
        if item in _MANY or characters.startswith("^") or "-" in characters[1:-1]:
            return self._anything(begun)
        return {after for each in begun for one in characters for after in self._one(each, one)}

    def _one(self, begun: str, character: str) -> list[str]:
        if "a" <= character <= "z":
            return [begun + character]
        if begun.strip(_START) == "":
            if begun == _START and character == " ":
                return []
            raise ValueError(f"{self.source!r} may begin with {character!r}")
        if begun.strip(_START) in COMMON:
            return [begun + " "]
        if begun.endswith(" "):
            return [begun]
        self.found.add(begun.strip(_START))
        return []

    def _anything(self, begun: set[str]) -> set[str]:
        if any(" " not in each for each in begun):
            raise ValueError(f"{self.source!r} may begin with anything")
        self.found |= {each.strip(_START).split()[0] for each in begun}
        return set()

    def _around(self, begun: set[str]) -> set[str]:
        while True:
            self._skip()
            if not self.source.startswith("|", self.at):
                return begun
            self.at += 1

    def _skip(self) -> None:
        """Go to the end of a sequence."""
        depth = 0
        for token in _BRANCHING.finditer(self.source, self.at):
            if token[0] == "(":
                depth += 1
            elif token[0] in ("|", ")"):
                if depth == 0:
                    self.at = token.start()
                    return
                depth -= token[0] == ")"
        self.at = len(self.source)
