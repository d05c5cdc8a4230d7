"""Finding a site's listed words in a text, also where they are disguised.

Words and text are folded alike: case, composed letters, what is written onto a letter, the forms
that one letter has. A text is read with its marks between letters taken for nothing (`shill-coin`,
`shill**coin**`), with its signs and digits as letters (`sh!llco1n`), and with look-alikes as
letters of either script. Each reading knows where its characters come from, so that what is found
can be shown in the author's own text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from classifiers.normalise.confusables import LOOKALIKES

from .visible import is_blank, is_without_blanks

Span = tuple[int, int]

# A mark between letters stands in a reading as itself in a private plane, several as one sign.
_PRIVATE = 0xF0000
_MARKS = "\u2027"
_GAP = "[\u2027\U000f0000-\U000ffffd]"
_LEET = dict(zip("0345789@$€", "oeastbgase", strict=True))
_ONES = "1!|"
_LETTER_SIGNS = frozenset("@$€!|")
# A letter with what is written onto it (Hebrew and Arabic vowels too); a syllable of Hangul in its
# parts.
_ONTO = (
    "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"
    "\ufe20-\ufe2f"
)
_CLUSTER = re.compile(
    r"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"
    rf"|.[{_ONTO}\u3099\u309a\uff9e\uff9f]*",
    re.DOTALL,
)
_WRITTEN_ONTO = re.compile(f"[{_ONTO}]+")
# One letter or sign in several forms; the Arabic bar that only makes a word longer.
_ONE_FORM = str.maketrans(
    dict.fromkeys("‘’‛′ʼʹ´\uff07", "'")  # noqa: RUF001
    | dict.fromkeys("‐‑‒–—―−", "-")  # noqa: RUF001
    | {"ё": "е", "ك": "ک", "ي": "ی", "ى": "ی", "\u0640": ""}  # noqa: RUF001
)
# A capital I is that of two letters, as Turkish writes them; it is kept, and both find it.
_EITHER_I = {"i": "[iI]", "ı": "[ıI]", "I": "[iıI]"}  # noqa: RUF001

_LATIN = re.compile("[a-zI]")
_LETTERS = re.compile(rf"(?:\w|{_GAP})+")
_TO_LATIN = str.maketrans(LOOKALIKES)
# The other way, with those whose capitals look alike.
_NATIVE = tuple(
    (
        re.compile(script),
        # The first of those that look alike is the usual letter.
        str.maketrans(
            {latin: letter for letter, latin in reversed(pairs) if re.match(script, letter)}
        ),
    )
    for script, pairs in (
        ("[\u0400-\u04ff]", (*zip("вкмнт", "bkmht", strict=True), ("і", "I"), *LOOKALIKES.items())),  # noqa: RUF001
        ("[\u0370-\u03ff]", (*zip("βεζημ", "bezhm", strict=True), ("ι", "I"), *LOOKALIKES.items())),  # noqa: RUF001
    )
)

# Between digits these make one number, a score or a date of them.
_IN_NUMBERS = r"[.,:/'\-·\u066b\u066c]"
_COMBINING = "".join(
    re.escape(chr(point))
    for point in range(0x300, 0x10000)
    if unicodedata.category(chr(point)) in ("Mn", "Mc")
)
# What parts nothing: the text goes on without a blank. A tag is shown as it was written.
_RUN = re.compile(rf"(?:<[/!a-z][^<>\n]{{0,60}}>|[^\w\s'{_COMBINING}])+")
_SENTENCE_SIGNS = ".,;:!?"
_SIGNS_WITHOUT_BLANKS = frozenset(",;:!?()，；：！？（）。｡、､「」『』《》〈〉【】〔〕—…“”")  # noqa: RUF001
# Words of foreign origin are told by it.
_KATAKANA = "[\u30a0-\u30fa\u30fc-\u30ff\u31f0-\u31ff]"

# Apostrophes, as they are typed.
_IN_A_WORD = "'\u2019"
_JOINS = re.compile(r"(?<=[^\W_])(?:[^\w\s]|_)+(?=[^\W_])")


@dataclass(frozen=True, slots=True)
class _Reading:
    """A folded text, and for each of its characters the range of the original it comes from."""

    text: str
    spans: list[Span]


def find(words: tuple[str, ...], text: str, *, most: int) -> list[Span]:
    """Give where listed words stand in a text, in order, in code points; `most` bounds the look.

    Whole words, any case; `*` at an end stands for any letters. In a script without blanks a word
    is found inside others. Digits pass for letters only where there are no fewer letters: a road or
    a model (`A55`) is no word. A listed number is found as a whole number only.
    """
    pattern = _pattern(words)
    if pattern is None:
        return []
    folded = _folded(text)
    found = {
        span
        for reading in _unmasked(_joined(folded, text))
        for span in islice(_found(pattern, reading), most)
    }
    for reading in _as_letters(folded, text):
        hidden = (span for span in _found(pattern, reading) if _mostly_letters(text[slice(*span)]))
        found.update(islice(hidden, most))
    # One that lies in another was read twice.
    whole = [
        span
        for span in sorted(found)
        if not any(a <= span[0] and span[1] <= b and (a, b) != span for a, b in found)
    ]
    return whole[:most]


def apart(name: str) -> str:
    """Write a name as words where it is one: `you_and_me`, `YouAndMe`."""
    words: list[str] = []
    spaced = _JOINS.sub(_blank, name)
    for before, character, after in zip(f" {spaced}", spaced, f"{spaced[1:]} ", strict=False):
        ends = before.islower() or before.isdecimal() or (before.isupper() and after.islower())
        if character.isupper() and ends:
            words.append(" ")
        words.append(character)
    return "".join(words)


def _blank(signs: re.Match[str]) -> str:
    marks = all(
        unicodedata.category(sign)[0] in "PS" and sign not in _IN_A_WORD for sign in signs[0]
    )
    return " " if marks else signs[0]


def _folded(text: str) -> _Reading:
    characters: list[str] = []
    spans: list[Span] = []
    for cluster in _CLUSTER.finditer(text):
        if is_blank(cluster[0]) and not cluster[0].isspace():
            continue
        for character in _fold(cluster[0]):
            characters.append(character)
            spans.append(cluster.span())
    return _Reading("".join(characters), spans)


@lru_cache(maxsize=4096)
def _fold(cluster: str) -> str:
    # What a reading uses for its own signs is any mark where an author wrote it.
    cluster = re.sub(_GAP, "·", cluster)
    plain = unicodedata.normalize("NFKC", cluster.translate(_ONE_FORM))
    lower = "".join(c if c == "I" else "i" if c == "İ" else c.casefold() for c in plain)
    folded = _WRITTEN_ONTO.sub("", unicodedata.normalize("NFKC", lower)).translate(_ONE_FORM)
    if folded.isascii():
        return folded or cluster.translate(_ONE_FORM)
    parts = unicodedata.normalize("NFD", folded)
    if "\u0370" <= parts[0] <= "\u03ff":
        # Greek capitals have no accents.
        return _WRITTEN_ONTO.sub("", parts)
    if folded.isdecimal():
        return "".join(str(unicodedata.decimal(digit)) for digit in folded)
    # Indian vowels of two parts are typed as one character or two.
    two = len(parts) > len(folded) and not any(map(unicodedata.combining, parts))
    return parts if two and not "\uac00" <= folded[0] <= "\ud7a3" else folded


def _is_letter(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character) in ("Mn", "Mc")


def _joined(folded: _Reading, text: str, *, apart: frozenset[str] = frozenset()) -> _Reading:
    """Write marks between letters as one sign; those in `apart` are none."""
    characters: list[str] = []
    kept: list[Span] = []
    at = 0
    for run in _RUN.finditer(folded.text.replace("_", "\u203f")):
        start, end = run.span()
        signs = folded.text[start:end]
        if start == 0 or end == len(folded.text) or not apart.isdisjoint(signs):
            continue
        before, after = folded.text[start - 1], folded.text[end]
        if not (_is_letter(before) and _is_letter(after)):
            continue
        if before.isdecimal() and after.isdecimal():
            continue
        if _ends_sentence(signs, text[folded.spans[start - 1][0] : folded.spans[end][1]]):
            continue
        characters += (folded.text[at:start], _private(signs))
        kept += folded.spans[at:start]
        kept.append((folded.spans[start][0], folded.spans[end - 1][1]))
        at = end
    characters.append(folded.text[at:])
    return _Reading("".join(characters), kept + folded.spans[at:])


def _ends_sentence(signs: str, written: str) -> bool:
    """Whether signs between two characters part them, though no blank is there.

    `So true.In my view` misses one; Chinese and Japanese have none there.
    """
    before, after = written[0], written[-1]
    if is_without_blanks(before) and is_without_blanks(after):
        return not _SIGNS_WITHOUT_BLANKS.isdisjoint(written[1:-1])
    return not signs.strip(_SENTENCE_SIGNS) and before.islower() and after.isupper()


def _private(signs: str) -> str:
    return chr(_PRIVATE + ord(signs)) if len(signs) == 1 and signs < "\ufffe" else _MARKS


def _unmasked(reading: _Reading) -> Iterator[_Reading]:
    """Read a word of mixed scripts as Latin, and as the other script if there is one."""
    texts = {
        _LETTERS.sub(_as_latin, reading.text),
        _LETTERS.sub(_as_native, reading.text),
    }
    for text in texts:
        yield _Reading(text, reading.spans)


def _as_latin(word: re.Match[str]) -> str:
    if word[0].isascii():
        return word[0]
    return word[0].translate(_TO_LATIN) if _LATIN.search(word[0]) else word[0]


def _as_native(word: re.Match[str]) -> str:
    if word[0].isascii():
        return word[0]
    for script, letters in _NATIVE:
        if script.search(word[0]):
            return word[0].translate(letters)
    return word[0]


def _as_letters(folded: _Reading, text: str) -> Iterator[_Reading]:
    """Read signs and digits beside letters as letters, `1`, `!` and `|` as either of two."""
    if not any(sign in folded.text for sign in (*_LEET, *_ONES)):
        return
    for apart, one in product((_LETTER_SIGNS, frozenset[str]()), "il"):
        if not apart or not _LETTER_SIGNS.isdisjoint(folded.text):
            yield from _unmasked(_with_letters(_joined(folded, text, apart=apart), one))


def _with_letters(reading: _Reading, one: str) -> _Reading:
    signs = _LEET | dict.fromkeys(_ONES, one)
    text = reading.text
    letters = list(text)
    for at, character in enumerate(text):
        if character in signs:
            after = text[at + 1 : at + 2]
            goes_on = after.isalnum() or after in signs or re.match(_GAP, after)
            # `Enough!` ends in a sign, `cla$$` in letters.
            if (goes_on and after) or (character not in "!|" and at > 0):
                letters[at] = signs[character]
    return _Reading("".join(letters), reading.spans)


def _mostly_letters(found: str) -> bool:
    letters = sum(map(str.isalpha, found))
    return letters > 0 and letters >= sum(map(str.isdecimal, found))


def _found(pattern: re.Pattern[str], reading: _Reading) -> Iterator[Span]:
    """Give the words that match; where others may stand before, from where they begin."""
    text, past = reading.text, 0
    for match in pattern.finditer(text):
        start = match.start()
        if (match.lastgroup or "").startswith("open"):
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
    cores: dict[tuple[str, str], dict[str, None]] = {}
    for word in sorted(words, key=len, reverse=True):
        bare = word.strip("*")
        for reading in _unmasked(_joined(_folded(bare), bare)):
            listed = reading.text
            core = _core(listed)
            if not core:
                continue
            before = "" if word.startswith("*") else _begins(listed)
            after = r"\w*" if word.endswith("*") else _ends(listed)
            cores.setdefault((before, after), {})[core] = None
    if not cores:
        return None
    return re.compile(
        "|".join(
            f"(?P<{'closed' if before else 'open'}{at}>{before}(?:{'|'.join(each)}){after})"
            for at, ((before, after), each) in enumerate(cores.items())
        )
    )


def _begins(listed: str) -> str:
    """Write what may not stand before a listed word, by its first character."""
    first = listed[0]
    if re.match(_KATAKANA, first):
        return f"(?<!{_KATAKANA})"
    if is_without_blanks(first):
        return "(?:)"
    if first.isdecimal():
        return rf"(?<!\w)(?<!\d{_IN_NUMBERS})"
    # `.xyz` ends other words.
    return rf"(?<![\w{_COMBINING}])" if _is_letter(first) or first == "_" else ""


def _ends(listed: str) -> str:
    """Write what may not stand behind a listed word, by its last character."""
    last = listed[-1]
    if re.match(_KATAKANA, last):
        return f"(?!{_KATAKANA})"
    if is_without_blanks(last):
        return f"(?![{_COMBINING}])"
    if last.isdecimal():
        return rf"(?!\w)(?!{_IN_NUMBERS}\d)"
    return rf"(?![\w{_COMBINING}])"


def _core(listed: str) -> str:
    """Write a folded word as a pattern that lets marks stand between its letters.

    Where the word has a blank or a mark itself, a text may have either, or none.
    """
    parts: list[str] = []
    for run in re.finditer(rf"(?P<blank>\s+)|(?P<gap>{_GAP})|.", listed, re.DOTALL):
        start, end = run.span()
        before, after = listed[start - 1 : start], listed[end : end + 1]
        between = bool(before and after) and _is_letter(before) and _is_letter(after)
        numbers = before.isdecimal() and after.isdecimal()
        if run["gap"] or (run["blank"] and between and not numbers):
            parts.append(rf"(?:\s+|{_GAP})?")
        elif run["blank"]:
            parts.append(r"\s+")
        else:
            sign = run[0]
            if start and _is_letter(sign) and _is_letter(before):
                parts.append(f"{_GAP}?")
            if sign in _EITHER_I:
                parts.append(_EITHER_I[sign])
            elif sign == "'":
                # A grave accent is typed for one, and a mark otherwise.
                parts.append(f"['{_private('`')}]")
            elif _is_letter(sign):
                parts.append(re.escape(sign))
            else:
                parts.append(f"[{re.escape(sign)}{_private(sign)}]")
    return "".join(parts)
