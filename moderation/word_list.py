"""Finding a site's listed words in a text, also where they are disguised.

Words and text are folded alike: case, `ß`, composed letters, look-alikes beside Latin letters. A
text is read with its marks between letters taken for nothing (`shill-coin`, `shill**coin**`), and
with its signs and digits as letters (`sh!llco1n`). Each reading knows where its characters come
from, so that what is found can be shown in the author's own text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from classifiers.normalise.confusables import LOOKALIKES

from .visible import is_blank

Span = tuple[int, int]

# Stands in a reading for marks between letters.
_MARK = "\u2027"
_MARKS = frozenset("-._*~+=^/\\`·•\u2010\u2011")
_MOST_MARKS = 3
_LEET = dict(zip("0345789@$€", "oeastbgase", strict=True))
_ONES = "1!|"
# A letter with what is written onto it; a syllable of Hangul in its parts.
_CLUSTER = re.compile(
    r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
    r"|.[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]*",
    re.DOTALL,
)
_WRITTEN_ONTO = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_LATIN = re.compile("[a-z]")
_LOOKALIKES = str.maketrans(LOOKALIKES)
_LETTERS = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A folded text, and for each of its characters the range of the original it comes from."""

    text: str
    spans: list[Span]


def find(words: tuple[str, ...], text: str, *, most: int) -> list[Span]:
    """Give where listed words stand in a text, in order, in code points; `most` bounds the look.

    Whole words, any case; `*` at an end stands for any letters. Digits pass for letters only where
    there are no fewer letters: a road or a model (`A55`) is no word.
    """
    pattern = _pattern(words)
    if pattern is None:
        return []
    plain = _read(text)
    found = set(islice(_found(pattern, plain), most))
    for one in "il":
        read = _as_letters(plain, one)
        if read is not None:
            hidden = (span for span in _found(pattern, read) if _mostly_letters(text[slice(*span)]))
            found.update(islice(hidden, most))
    # One that lies in another was read twice.
    whole = [
        span
        for span in sorted(found)
        if not any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in found)
    ]
    return whole[:most]


def _read(text: str) -> _Reading:
    """Fold a text and write marks between letters as one sign."""
    characters: list[str] = []
    spans: list[Span] = []
    for cluster in _CLUSTER.finditer(text):
        if is_blank(cluster[0]) and not cluster[0].isspace():
            continue
        for character in _fold(cluster[0]):
            characters.append(character)
            spans.append(cluster.span())
    folded = _LETTERS.sub(_unmasked, "".join(characters))
    return _marked(folded, spans, text)


def _fold(cluster: str) -> str:
    if len(cluster) == 1 and cluster.isascii():
        return cluster.lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", cluster).casefold())
    return _WRITTEN_ONTO.sub("", folded) or cluster


def _unmasked(word: re.Match[str]) -> str:
    return word[0].translate(_LOOKALIKES) if _LATIN.search(word[0]) else word[0]


def _marked(folded: str, spans: list[Span], text: str) -> _Reading:
    characters: list[str] = []
    kept: list[Span] = []
    at = 0
    while at < len(folded):
        end = at
        while end < len(folded) and end - at <= _MOST_MARKS and folded[end] in _MARKS:
            end += 1
        inside = 0 < at < end < len(folded) and end - at <= _MOST_MARKS
        if inside and folded[at - 1].isalnum() and folded[end].isalnum():
            before, after = text[spans[at - 1][0]], text[spans[end][0]]
            # `So true.In my view`: a blank is missing, nothing is hidden.
            if folded[at:end].strip(".") or not (before.islower() and after.isupper()):
                characters.append(_MARK)
                kept.append((spans[at][0], spans[end - 1][1]))
                at = end
                continue
        end = max(end, at + 1)
        characters += folded[at:end]
        kept += spans[at:end]
        at = end
    return _Reading("".join(characters), kept)


def _as_letters(reading: _Reading, one: str) -> _Reading | None:
    """Read signs and digits beside letters as letters; `1`, `!` and `|` as the one given."""
    signs = _LEET | dict.fromkeys(_ONES, one)
    if not any(sign in reading.text for sign in signs):
        return None
    text = reading.text
    letters = list(text)
    for at, character in enumerate(text):
        if character in signs:
            after = text[at + 1 : at + 2]
            goes_on = after.isalnum() or after == _MARK or after in signs
            # `Enough!` ends in a sign, `cla$$` in letters.
            if (goes_on and after) or (character not in "!|" and at > 0):
                letters[at] = signs[character]
    return _Reading("".join(letters), reading.spans)


def _mostly_letters(found: str) -> bool:
    letters = sum(map(str.isalpha, found))
    return letters > 0 and letters >= sum(map(str.isdecimal, found))


def _found(pattern: re.Pattern[str], reading: _Reading) -> Iterator[Span]:
    """Give the whole words that match, from where they begin."""
    text, past = reading.text, 0
    for match in pattern.finditer(text):
        start = match.start()
        while start > past and (text[start - 1].isalnum() or text[start - 1] == "_"):
            start -= 1
        past = match.end()
        yield reading.spans[start][0], reading.spans[past - 1][1]


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Compile a word list; None if there is nothing to see in it.

    A match begins at the listed letters, `_found` finds the word's beginning: a pattern that
    looked for it would take a time that grows with the square of a long word.
    """
    cores: dict[tuple[str, str], list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        core = _core(_read(word.strip("*")).text)
        if not core:
            continue
        before = "" if word.startswith("*") else r"(?<!\w)"
        after = r"\w*" if word.endswith("*") else r"(?!\w)"
        cores.setdefault((before, after), []).append(core)
    if not cores:
        return None
    return re.compile(
        "|".join(f"{before}(?:{'|'.join(each)}){after}" for (before, after), each in cores.items())
    )


def _core(word: str) -> str:
    """Write a folded word as a pattern that lets marks stand between its letters."""
    parts: list[str] = []
    for at, character in enumerate(word):
        if at and character.isalnum() and word[at - 1].isalnum():
            parts.append(f"{_MARK}?")
        parts.append(r"\s+" if character.isspace() else re.escape(character))
    return "".join(parts)
