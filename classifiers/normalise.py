"""Write disguised words plainly, keeping the way back to the author's characters.

`st.up1d`, `ѕtupid`, `s t u p i d` and `stuuupid` all become `stupid`; `s3 bucket`, `1080p` and
`a b c d` hide nothing and stay what they are. The result is a *line*: words separated by one
blank, with one blank at either end, in lower case.

A text costs what it needs: classes of its characters are looked at as bytes, and a step runs only
where they show what that step undoes. The steps are the same with and without offsets.
"""

# ruff: noqa: RUF001, RUF002 - look-alikes are what this module is about
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from anyascii import anyascii

from classifiers.lexicon import BY_SHAPE, LEXICON, REVERSED, SQUEEZED, squeeze

Spans = list[tuple[int, int]]
Chunks = list[tuple[int, int]]
Replacement = Callable[[re.Match[str]], str]

URL, MAIL, USER, GRAWLIX = "<url>", "<mail>", "<user>", "<grawlix>"


@dataclass(frozen=True, slots=True)
class Line:
    """A normalised text; `spans` has, for each of its characters, where it comes from.

    A span is a half-open range of code points of the original text; an empty one belongs to the
    blanks at both ends.
    """

    text: str
    spans: Spans


def normalise(text: str) -> str:
    """Return the line of a text; `""` if nothing visible is left. Never raises."""
    return _run(text, None)[0]


def normalise_with_spans(text: str) -> Line:
    """Return the same line with each character's place in the original text."""
    line, spans = _run(text, [(i, i + 1) for i in range(len(text))])
    return Line(line, spans or [])


# ---------------------------------------------------------------- characters

#: Typographic characters whose plain form compatibility decomposition does not give.
_PLAIN = {
    **dict.fromkeys("‘’‚‛′ʼʹ`´＇", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("•·∙⋅・", "."),
    **dict.fromkeys("\u115f\u1160\u3164\uffa0\u2800\u034f\u180e", ""),
    **dict.fromkeys(map(chr, range(0x1F3FB, 0x1F400)), ""),
    **{chr(0x1F1E6 + i): chr(97 + i) for i in range(26)},
    **{chr(base + i): chr(97 + i) for base in (0x1F150, 0x1F170, 0x1F130) for i in range(26)},
    "€": "e",
    "¢": "c",
    "¡": "i",
    "💩": " :shit: ",
    "🖕": " :fuck you: ",
    "🤡": " :clown: ",
    "🐷": " :pig: ",
    "🐖": " :pig: ",
    "🍆": " :dick: ",
    "🔪": " :knife kill: ",
    "🔫": " :gun shoot: ",
    "💣": " :bomb: ",
    "🗑": " :trash: ",
    "🤮": " :vomit disgusting: ",
    "🤢": " :sick disgusting: ",
    "🐀": " :rat: ",
    "🐍": " :snake: ",
    "🐒": " :monkey: ",
    "🐵": " :monkey: ",
    "☠": " :dead: ",
    "💀": " :dead: ",
}

#: Letters of other scripts that look like a Latin one in any common font (lower case).
_STRICT = {
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ѕ": "s",
    "ј": "j", "ԁ": "d", "һ": "h", "ԛ": "q", "ԝ": "w", "ӏ": "l", "ԍ": "g", "ү": "y",
    "ο": "o", "ν": "v", "α": "a", "ι": "i", "ρ": "p", "υ": "u", "κ": "k", "τ": "t",
    "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "յ": "j",
}  # fmt: skip
#: Those that pass for one only among Latin letters, and capitals that do.
_LOOSE = _STRICT | {
    "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "г": "r", "б": "b", "з": "3", "є": "e",
    "и": "u", "л": "n", "п": "n", "я": "r", "ш": "w", "щ": "w", "ц": "u", "ч": "y", "ь": "b",
    "β": "b", "γ": "y", "δ": "d", "ε": "e", "ζ": "z", "η": "n", "θ": "o", "λ": "l", "μ": "u",
    "ξ": "e", "π": "n", "σ": "o", "ς": "s", "φ": "o", "χ": "x", "ψ": "y", "ω": "w",
}  # fmt: skip


def _plain(character: str) -> str:
    """The plain form of one character: lower case, no accent, no decoration; or nothing."""
    if character < "\x80":
        return character.lower() if character >= " " and character != "\x7f" else " "
    if character in _PLAIN:
        return _PLAIN[character]
    category = unicodedata.category(character)
    if category in {"Cf", "Cs", "Mn", "Me", "Cn", "Co"}:
        return ""
    if category[0] == "Z" or category == "Cc":
        return " "
    decomposed = unicodedata.normalize("NFKD", character)
    if decomposed != character:
        return "".join(map(_plain, decomposed))
    if unicodedata.name(character, "").startswith(("LATIN", "MODIFIER LETTER")):
        return anyascii(character).lower() or character
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category in {"So", "Sk"}:
        words = anyascii(character).lower().strip(":").replace("_", " ")
        return f" :{words}: " if words.strip() else f" {character} "
    return character.lower()


class _PlainTable(dict[int, str]):
    """A translation table that fills itself; it holds at most one entry a code point."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain(chr(code))
        return plain


_PLAIN_TABLE = _PlainTable()
_REVERSING = re.compile("\u202e([^\u202c\u202e\r\n]*)\u202c?")
_WORD = re.compile(r"\w+")


def _unmask(match: re.Match[str]) -> str:
    """Fold look-alikes in a word that mixes scripts or is wholly made of look-alikes."""
    word = match[0]
    if word.isascii():
        return word
    letters = [letter for letter in word if letter.isalpha()]
    if any(letter < "\x80" for letter in letters):
        return "".join(map(_latin, word))
    if all(letter in _STRICT for letter in letters):
        return "".join(_STRICT.get(letter, letter) for letter in word)
    return word


def _latin(letter: str) -> str:
    if letter < "\x80":
        return letter
    if letter in _LOOSE:
        return _LOOSE[letter]
    plain = anyascii(letter).lower()
    return plain if len(plain) == 1 else letter


# ---------------------------------------------------------------- classes of characters

#: One byte a character: L letter, D digit that stands for a letter, d other digit, A at, S dollar,
#: X bang, C censoring, P joiner, Z control, blank, p anything else.
_CLASS = bytearray(b"p" * 256)
for _characters, _class in (
    ("abcdefghijklmnopqrstuvwxyz", "L"),
    ("013457", "D"),
    ("2689", "d"),
    ("@", "A"),
    ("$", "S"),
    ("!|+", "X"),
    ("*#%&^~", "C"),
    ("._-/\\,=", "P"),
    (" \t\n\r\v\f", " "),
    ("".join(map(chr, (*range(9), *range(14, 32), 127))), "Z"),
):
    for _character in _characters:
        _CLASS[ord(_character)] = ord(_class)
_CLASSES = bytes(_CLASS)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")

# ---------------------------------------------------------------- disguises

_LEET = str.maketrans("03457@$!+89", "oeastasitbg")
_ONE = re.compile("[1|]")


def _decode(word: str) -> str:
    """Read digits and signs as letters; a one is an `i` or, if that makes a known word, an `l`."""
    plain = word.translate(_LEET)
    if "1" not in plain and "|" not in plain:
        return plain
    as_l = _ONE.sub("l", plain)
    return as_l if as_l in LEXICON else _ONE.sub("i", plain)


def _known(word: str) -> str | None:
    """The known word that this spelling stands for, or nothing."""
    if word in LEXICON:
        return word
    decoded = _decode(word)
    return decoded if decoded in LEXICON else None


_TOP_LEVEL = "com|net|org|info|biz|ru|xyz|io|uk"
_LINK = re.compile(
    r"(?:https?://|www\.)\S+"
    rf"|(?<![\w@.-])[a-z0-9](?:[a-z0-9-]{{0,62}}\.){{1,4}}(?:{_TOP_LEVEL})\b(?:/\S*)?"
)
_DOMAIN_HINTS = tuple(f".{name}" for name in _TOP_LEVEL.split("|"))
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{1,255}")
_USER = re.compile(r"(?<![\w@.])@[a-z0-9_$]{2,}")


def _mention(match: re.Match[str]) -> str:
    return match[0] if _known(match[0]) else USER


_SPACED = re.compile(r"(?<!\S)(?:[a-z0-9$@!*][ \t]){2,59}[a-z0-9$@!*](?![^\s.,!?;:\"')])")


#: Words that may stand beside a known one where all letters stand apart. Not `the`: `therapist`.
_BESIDE = frozenset(
    ("a", "i", "u", "r", "an", "and", "are", "is", "so", "such", "ur", "you", "your", "man", "all")
)


def _close_up(match: re.Match[str]) -> str:
    """Join letters that stand apart, as words if some are known and the rest are small ones."""
    joined = match[0].replace(" ", "").replace("\t", "")
    if sum(map(str.isalpha, joined)) < 3 or "*" in joined:
        return match[0]
    plain = _decode(joined)
    if plain in LEXICON:
        return plain
    words = _segments(plain)
    return " ".join(words) if words and not LEXICON.isdisjoint(words) else joined


def _segments(letters: str) -> list[str]:
    """Part letters into known and small words, longest last words first; empty if it fails."""
    ways: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        found = None
        for start in range(max(0, end - 14), end):
            word, before = letters[start:end], ways[start]
            if before is not None and (word in LEXICON or word in _BESIDE):
                found = [*before, word]
                break
        ways.append(found)
    return ways[-1] or []


_JOINED = re.compile(r"(?<![a-z0-9$@!])[a-z0-9$@!]+(?:[._\-/\\,=*~^|']{1,3}[a-z0-9$@!]+)+")
_JOINERS = str.maketrans("", "", "._-/\\,=*~^|'")
_LONGEST_WORD = 40


def _rejoin(match: re.Match[str]) -> str:
    """Take signs out of a word if that makes a known one, or if they part single letters."""
    token = match[0]
    if len(token) > _LONGEST_WORD:
        return token
    joined = token.translate(_JOINERS)
    plain = joined.rstrip("!")
    known = _known(plain) or _unstretched(_decode(plain))
    if known:
        return known + joined[len(plain) :]
    letters = sum(map(str.isalpha, joined))
    single = len(token) == 2 * len(joined) - 1
    return joined if single and letters >= 3 and letters == len(joined) else token


_TOKEN = re.compile(r"(?<![a-z0-9@$!|+])[a-z0-9@$!|+]{3,40}(?![a-z0-9@$!|+])")
_SIGNS = "013457@$!|+89"
_SIGNS_OF_SENTENCES = frozenset("!|+")


def _unleet(match: re.Match[str]) -> str:
    """Read a word with digits or signs among its letters as letters."""
    token = match[0]
    if token.isalpha() or token.isdigit() or "2" in token or "6" in token:
        return token
    word = token.rstrip("!|+")
    tail = token[len(word) :]
    inner = word.strip(_SIGNS)
    letters = sum(map(str.isalpha, word))
    if not inner or word.isalpha() or "!!" in word:
        return token
    if not inner.isalpha():
        sure = letters * 2 >= len(word) and not set(inner) & _SIGNS_OF_SENTENCES
        return _decode(word) + tail if sure or _decode(word) in LEXICON else token
    dollar = word[0] == "$" and len(inner) >= 3 and inner == word[1:]
    if dollar or ((word[0] in "$@!" or len(inner) >= 3) and _decode(word) in LEXICON):
        return _decode(word) + tail
    if word[-1] == "$" and _decode(word) in LEXICON:
        return _decode(word) + tail
    return token


_CENSORED = re.compile(r"(?<![a-z*#%&^~])[a-z]+(?:[*#%&^~]+[a-z]*)+")
_STARS = re.compile(r"[#%&^~]")
_CURSING = re.compile(r"(?<!\w)[@#$%&*!^?]{3,}(?!\w)")


def _uncensor(match: re.Match[str]) -> str:
    """Fill in censored letters if one known word fits, else write every sign as a star."""
    token = match[0]
    if len(token) > _LONGEST_WORD:
        return token
    word = _STARS.sub("*", token)
    if word.endswith("*") and word.count("*") == 1:
        return token
    for known in BY_SHAPE.get((len(word), word[0]), ()):
        if all(a in ("*", b) for a, b in zip(word, known, strict=True)):
            return known
    return word


def _curse(match: re.Match[str]) -> str:
    """Signs that stand for a curse are at least three different ones."""
    return f" {GRAWLIX} " if len(set(match[0])) >= 3 else match[0]


#: Pairs of these letters are rare in English words, so they are looked at too (`idiiot`).
_COMMONLY_DOUBLED = bytes(set(range(256)) - set(b"aiuyhk"))
_RARE = np.isin(np.arange(256), [*b"aiuyhk"])
_STRETCHED = re.compile(r"(?<![a-z])(?=[a-z]{0,200}?(?:([a-z])\1\1|aa|ii|uu|yy|hh|kk))[a-z]+")
_RUN = re.compile(r"([a-z])\1{2,}")
_DOUBLED = frozenset("elostfprnmgdb")


def _unstretched(word: str) -> str | None:
    """The known word of this length or shorter with the same letters but for repeated ones."""
    known = SQUEEZED.get(squeeze(word))
    return known if known is not None and len(known) < len(word) else None


def _unstretch(match: re.Match[str]) -> str:
    token = match[0]
    known = None if len(token) > 4 * _LONGEST_WORD or token in LEXICON else _unstretched(token)
    return known or _RUN.sub(lambda run: run[1] * (2 if run[1] in _DOUBLED else 1), token)


_REVERSED_WORD = re.compile(r"(?<![a-z])[a-z]{4,16}(?![a-z])")


def _turn(match: re.Match[str]) -> str:
    return REVERSED.get(match[0], match[0])


# ---------------------------------------------------------------- the steps


def _substitute(
    pattern: re.Pattern[str],
    replacement: Replacement,
    text: str,
    spans: Spans | None,
    chunks: Chunks | None = None,
) -> tuple[str, Spans | None]:
    """Replace matches, in the whole text or in chunks of it.

    A replacement's characters come from the match's, in order.
    """
    if spans is None and chunks is None:
        return pattern.sub(replacement, text), None
    parts: list[str] = []
    kept: Spans = []
    last = 0
    for chunk in chunks if chunks is not None else [(0, len(text))]:
        for match in pattern.finditer(text, *chunk):
            start, end = match.span()
            new = replacement(match)
            parts += (text[last:start], new)
            if spans is not None:
                kept += spans[last:start]
                if len(new) == end - start:
                    kept += spans[start:end]
                else:
                    kept += _shared(spans[start:end], len(new))
            last = end
    parts.append(text[last:])
    return "".join(parts), None if spans is None else kept + spans[last:]


def _shared(spans: Spans, count: int) -> Spans:
    """Share the sources of a match out among the `count` characters that replace it."""
    size = len(spans)
    bounds = [place * size // count for place in range(count + 1)] if count else []
    shares = (spans[start : max(end, start + 1)] for start, end in pairwise(bounds))
    # Reversed text has its sources in falling order.
    return [(min(share)[0], max(end for _, end in share)) for share in shares]


def _fold(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    """Write characters outside ASCII plainly, then fold look-alikes."""
    if "\u202e" in text:
        text, spans = _unreverse(text, spans)
    if spans is not None:
        plain = [_PLAIN_TABLE[ord(character)] for character in text]
        spans = [span for span, new in zip(spans, plain, strict=True) for _ in new]
    text = text.translate(_PLAIN_TABLE)
    if text.isascii():
        return text, spans
    return _substitute(_WORD, _unmask, text, spans)


def _unreverse(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    """Put what a right-to-left override shows reversed into the order that a reader sees."""
    parts: list[str] = []
    kept: Spans = []
    last = 0
    for match in _REVERSING.finditer(text):
        parts += (text[last : match.start()], match[1][::-1])
        if spans is not None:
            kept += spans[last : match.start()] + spans[match.start(1) : match.end(1)][::-1]
        last = match.end()
    parts.append(text[last:])
    return "".join(parts), None if spans is None else kept + spans[last:]


def _run(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    if text.isascii():
        text = text.lower()
    else:
        text, spans = _fold(text, spans)
    classes = _classify(text)
    if b"Z" in classes:
        text, spans = _substitute(_CONTROL, lambda match: "", text, spans)
        classes = _classify(text)
    before = text
    if b"A" in classes:
        chunks = _chunks(_AT, classes)
        text, spans = _substitute(_MAIL, lambda match: MAIL, text, spans, chunks)
        chunks = _chunks(_AT, _classify(text))
        text, spans = _substitute(_USER, _mention, text, spans, chunks)
    if "://" in text or "www." in text or (b"LPL" in classes and _hints(text)):
        text, spans = _substitute(_LINK, lambda match: URL, text, spans)
    if any(apart in classes for apart in _APART):
        text, spans = _substitute(_SPACED, _close_up, text, spans)
    if text is not before:
        classes = _classify(text)
    chunks = _chunks(_JOINER, classes)
    if chunks:
        text, spans = _substitute(_JOINED, _rejoin, text, spans, chunks)
        classes = _classify(text)
    chunks = _chunks(_SIGN, classes)
    if chunks:
        text, spans = _substitute(_TOKEN, _unleet, text, spans, chunks)
    if b"C" in classes:
        text, spans = _substitute(_CENSORED, _uncensor, text, spans)
        text, spans = _substitute(_CURSING, _curse, text, spans)
    repeats = _repeats(text)
    if repeats:
        chunks = _around(repeats, _classify(text))
        text, spans = _substitute(_STRETCHED, _unstretch, text, spans, chunks)
    words = text.split()
    if not REVERSED.keys().isdisjoint(words):
        text, spans = _substitute(_REVERSED_WORD, _turn, text, spans)
        words = text.split()
    line = " ".join(words)
    if not line:
        return "", [] if spans is not None else None
    line = f" {line} "
    return line, None if spans is None else _blanks(text, spans)


#: Where to look, in classes of characters: the chunks between blanks that hold one of these.
_APART = (b" L L L", b" L D L", b" L S L", b" L X L")
_AT = re.compile(rb"A")
_JOINER = re.compile(rb"[PCX](?=[LDS])")
_SIGN = re.compile(rb"[DSAX]")


def _classify(text: str) -> bytes:
    """One byte a character, with a blank before the first and after the last."""
    return b" %b " % text.encode("ascii", "replace").translate(_CLASSES)


def _chunks(wanted: re.Pattern[bytes], classes: bytes) -> Chunks:
    """The chunks of a text between blanks where something wanted stands."""
    return _around((match.start() for match in wanted.finditer(classes)), classes)


def _around(places: Iterable[int], classes: bytes) -> Chunks:
    """The chunks between blanks around rising places in the classes."""
    found: Chunks = []
    end = -1
    for place in places:
        if place > end:
            end = classes.find(b" ", place)
            found.append((classes.rfind(b" ", 0, place), end - 1))
    return found


def _repeats(text: str) -> list[int]:
    """The places, in classes, of letters three times in a row, or twice if they rarely are."""
    codes = np.frombuffer(text.encode("ascii", "replace"), np.uint8)
    same = codes[1:] == codes[:-1]
    doubled = codes[1:][same]
    if not doubled.size:
        return []
    rare = bool(doubled.tobytes().translate(None, _COMMONLY_DOUBLED))
    thrice = same[1:] & same[:-1] & (codes[2:] >= ord("a"))
    if not rare and not thrice.any():
        return []
    places = np.flatnonzero(thrice) + 1
    if rare:
        places = np.union1d(places, np.flatnonzero(same & _RARE[codes[1:]]) + 1)
    return places.tolist()


def _hints(text: str) -> bool:
    return any(hint in text for hint in _DOMAIN_HINTS)


def _blanks(text: str, spans: Spans) -> Spans:
    """The spans of a text whose runs of blanks become one and whose ends get one."""
    kept: Spans = []
    blank = True
    for character, span in zip(text, spans, strict=True):
        if character.isspace():
            if not blank:
                kept.append(span)
            blank = True
        else:
            kept.append(span)
            blank = False
    if blank and kept:
        kept.pop()
    start = (kept[0][0], kept[0][0])
    end = (kept[-1][1], kept[-1][1])
    return [start, *kept, end]
