"""Write disguised words plainly, keeping the way back to the author's characters.

`st.up1d`, `ѕtupid`, `s t u p i d` and `stuuupid` all become `stupid`; `s3 bucket`, `1080p` and
`a b c d` hide nothing and stay what they are. The normalised text is one line: words separated by
one blank, with one blank at either end, in lower case.

A text costs what it needs: classes of its characters are looked at as bytes, and a step runs only
where they show what that step undoes. The steps are the same with and without offsets.

Most of what is written was written before. What the steps make of a token, which is what stands
between blanks, is remembered where it depends on nothing else, so that most texts are looked up
token by token; what that gives is what the steps would.
"""

# ruff: noqa: RUF002 - look-alikes are an example
from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from classifiers.normalise import disguises
from classifiers.normalise.confusables import fold
from classifiers.normalise.substitution import Chunks, Rule, Spans, substitute


@dataclass(frozen=True, slots=True)
class NormalisedText:
    """A normalised text; `spans` has, for each of its characters, where it comes from.

    A span is a half-open range of code points of the original text; an empty one belongs to the
    blanks at both ends.
    """

    text: str
    spans: Spans


def normalise(text: str) -> str:
    """Return the normalised text; `""` if nothing visible is left. Never raises."""
    if text.isascii():
        line = _looked_up(text.lower())
        if line is not None:
            return line
    return _run(text, None)[0]


def normalise_with_spans(text: str) -> NormalisedText:
    """Return the same with each character's range in the original text."""
    normalised, spans = _run(text, [(i, i + 1) for i in range(len(text))])
    return NormalisedText(normalised, spans or [])


#: One byte a character: L letter, D digit that stands for a letter, d other digit, A at, S dollar,
#: X bang, C censoring, P joiner, Z control, blank, p anything else.
_CLASS = bytearray(b"p" * 256)
for _characters, _class in (
    ("abcdefghijklmnopqrstuvwxyz", "L"),
    ("01345789", "D"),
    ("26", "d"),
    ("@", "A"),
    ("$", "S"),
    ("!|+", "X"),
    ("*#%&^~", "C"),
    ("._-/\\,=:;", "P"),
    (" \t\n\r\v\f", " "),
    ("".join(map(chr, (*range(9), *range(14, 32), 127))), "Z"),
):
    for _character in _characters:
        _CLASS[ord(_character)] = ord(_class)
_CLASSES = bytes(_CLASS)
_CONTROLS = Rule(re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+"), lambda match: "")


def _run(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    # When the classes are looked at anew is part of what `features.FEATURE_SET_VERSION` counts: a
    # step that looked at fresher ones would run on other texts, and models would see other words.
    if text.isascii():
        text = text.lower()
    else:
        text, spans = fold(text, spans)
    classes = _classify(text)
    if b"Z" in classes:
        text, spans = substitute(_CONTROLS, text, spans)
        classes = _classify(text)
    before = text
    if b"A" in classes:
        chunks = _chunks(_AT, classes)
        text, spans = substitute(disguises.MAILS, text, spans, chunks)
        chunks = _chunks(_AT, _classify(text))
        text, spans = substitute(disguises.MENTIONS, text, spans, chunks)
    if "://" in text or "www." in text or (b"LPL" in classes and disguises.may_name_a_site(text)):
        text, spans = substitute(disguises.LINKS, text, spans)
    if _APART.search(classes):
        text, spans = substitute(disguises.APART, text, spans)
    if text is not before:
        classes = _classify(text)
    chunks = _chunks(_JOINER, classes)
    if chunks:
        text, spans = substitute(disguises.JOINED, text, spans, chunks)
        classes = _classify(text)
    if disguises.OPENING.search(text):
        text, spans = substitute(disguises.BRACKETED, text, spans)
        classes = _classify(text)
    chunks = _chunks(_SIGN, classes)
    if chunks:
        text, spans = substitute(disguises.LEET, text, spans, chunks)
    if b"C" in classes:
        chunks = _chunks(_SIGN_IN_WORD, _classify(text))
        if chunks:
            text, spans = substitute(disguises.CENSORED, text, spans, chunks)
        if disguises.CURSES.pattern.search(text):
            text, spans = substitute(disguises.CURSES, text, spans)
    repeats = disguises.repeats(text)
    if repeats:
        chunks = _around(repeats, _classify(text))
        text, spans = substitute(disguises.STRETCHED, text, spans, chunks)
    if disguises.may_be_misspelt(text):
        text, spans = substitute(disguises.MISSPELT, text, spans)
        parted = disguises.parted(text)
        if parted:
            text, spans = substitute(disguises.IN_PARTS, text, spans, parted)
    line = " ".join(text.split())
    if not line:
        return "", [] if spans is not None else None
    line = f" {line} "
    return line, None if spans is None else _blanks(text, spans)


#: What the steps make of tokens. A bound on memory: some three megabytes in a process.
_TOKENS: dict[str, str] = {}
_MOST_TOKENS, _LONGEST_TOKEN = 1 << 14, 40
#: With one of these in a text, or the end of a host's name, what becomes of a token may depend on
#: another one, so no token with one is remembered: a step that runs because of one runs on all.
_SIGNS = re.compile(r"[@*#%&^~\x00-\x08\x0e-\x1f\x7f]")
_BRACKET = re.compile(r"[a-z0-9$!]\(")


def _looked_up(text: str) -> str | None:
    """The normalised text, if each token of it can be looked at alone."""
    classes = _classify(text)
    # Letters that stand apart are read together; some controls part tokens that they stand in.
    if b"Z" in classes or _APART.search(classes):
        return None
    tokens = text.split()
    known = _TOKENS
    try:
        line = " ".join(map(known.__getitem__, tokens))
    except KeyError:
        made = _made_of([token for token in tokens if token not in known])
        if made is None:
            return None
        line = " ".join([made.get(token) or known[token] for token in tokens])
    return f" {line} " if line else ""


def _made_of(tokens: list[str]) -> dict[str, str] | None:
    """What the steps make of each of some tokens, remembered, if each can be looked at alone."""
    global _TOKENS
    text = " ".join(tokens)
    if (
        _SIGNS.search(text)
        or "://" in text
        or "www." in text
        or disguises.may_name_a_site(text)
        or ("(" in text and _BRACKET.search(text))
        or _APART.search(_classify(text))
        or disguises.may_be_parted(text)
        or max(map(len, tokens)) > _LONGEST_TOKEN
    ):
        return None
    words = _run(text, None)[0].split()
    # Every token makes one word or more, so as many words as tokens are one of each.
    if len(words) != len(tokens):
        return None
    made = dict(zip(tokens, words, strict=True))
    if len(_TOKENS) + len(made) > _MOST_TOKENS:
        # Not cleared: another thread may be looking one up.
        _TOKENS = {}
    if len(made) <= _MOST_TOKENS:
        _TOKENS.update(made)
    return made


#: What each step looks for in the classes; it is given the chunks between blanks that hold one.
_APART = re.compile(rb" [LDS] +[LDSX] +[LDSXA] ")
_AT = re.compile(rb"A")
_JOINER = re.compile(rb"[PCX](?=[LDS])")
_SIGN = re.compile(rb"[DSAX]")
_SIGN_IN_WORD = re.compile(rb"[LSAX]C")


def _classify(text: str) -> bytes:
    """One byte a character, with a blank before the first and after the last."""
    return b" %b " % text.encode("ascii", "replace").translate(_CLASSES)


def _chunks(wanted: re.Pattern[bytes], classes: bytes) -> Chunks:
    """The chunks of a text between blanks where something wanted stands."""
    return _around((match.start() for match in wanted.finditer(classes)), classes)


def _around(positions: Iterable[int], classes: bytes) -> Chunks:
    """The chunks between blanks around rising positions in the classes."""
    chunks: Chunks = []
    end = -1
    for position in positions:
        if position > end:
            end = classes.find(b" ", position)
            chunks.append((classes.rfind(b" ", 0, position), end - 1))
    return chunks


def _blanks(text: str, spans: Spans) -> Spans:
    """The spans of a text whose runs of blanks become one and whose ends get one."""
    remaining: Spans = []
    blank = True
    for character, span in zip(text, spans, strict=True):
        if character.isspace():
            if not blank:
                remaining.append(span)
            blank = True
        else:
            remaining.append(span)
            blank = False
    if blank and remaining:
        remaining.pop()
    start = (remaining[0][0], remaining[0][0])
    end = (remaining[-1][1], remaining[-1][1])
    return [start, *remaining, end]
