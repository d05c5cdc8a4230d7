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
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from itertools import pairwise, product

from anyascii import anyascii

from classifiers.lexicon import (
    BY_SHAPE,
    LEXICON,
    PARTED,
    PARTS,
    SPELLINGS,
    SQUEEZED,
    UNMISTAKABLE,
    squeeze,
)

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
    **{
        chr(base + i): chr(97 + i)
        for base in (0x1F110, 0x1F130, 0x1F150, 0x1F170, 0x249C)
        for i in range(26)
    },
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
LOOKALIKES = {
    "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ѕ": "s",
    "ј": "j", "ԁ": "d", "һ": "h", "ԛ": "q", "ԝ": "w", "ӏ": "l", "ԍ": "g", "ү": "y",
    "ο": "o", "ν": "v", "α": "a", "ι": "i", "ρ": "p", "υ": "u", "κ": "k", "τ": "t",
    "օ": "o", "ս": "u", "հ": "h", "ո": "n", "ց": "g", "զ": "q", "յ": "j",
}  # fmt: skip
#: Those that pass for one only among Latin letters, and capitals that do.
_LOOSE = LOOKALIKES | {
    "в": "b", "к": "k", "м": "m", "н": "h", "т": "t", "г": "r", "б": "b", "з": "3", "є": "e",
    "и": "u", "л": "n", "п": "n", "я": "r", "ш": "w", "щ": "w", "ц": "u", "ч": "y", "ь": "b",
    "β": "b", "γ": "y", "δ": "d", "ε": "e", "ζ": "z", "η": "n", "θ": "o", "λ": "l", "μ": "u",
    "ξ": "e", "π": "n", "σ": "o", "ς": "s", "φ": "o", "χ": "x", "ψ": "y", "ω": "w",
    "ғ": "f", "қ": "k", "ҝ": "k", "ҡ": "k", "ҳ": "x", "ҫ": "c", "ө": "o", "ә": "e", "ҽ": "e",
    "ђ": "h", "ћ": "h", "ѵ": "v", "ѡ": "w", "ѳ": "o", "э": "e", "ж": "x", "ъ": "b", "ы": "b",
    "卂": "a", "乃": "b", "匚": "c", "刀": "d", "乇": "e", "千": "f", "卄": "h", "丨": "i",
    "フ": "j", "ㄥ": "l", "爪": "m", "几": "n", "ㄖ": "o", "卩": "p", "尺": "r", "丂": "s",
    "ㄒ": "t", "ㄩ": "u", "山": "w", "乂": "x", "ㄚ": "y", "乙": "z",
} | dict(
    zip(
        "ᗩᗷᑕᗪᖴᕼᒍᒪᗰᑎᑭᑫᖇᔕᑌᐯᗯ᙭ᘔ" + "ᎪᏴᏟᎠᎬᎶᎻᏆᎫᏦᏞᎷᏢᏒᎡᏚᏙᏔᎽᏃ".lower(),
        "abcdfhjlmnpqrsuvwxz" + "abcdeghijklmprrsvwyz",
        strict=True,
    )
)  # fmt: skip


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
_LETTER = r"[^\W\d_]"
#: Signs that pass for a letter beside others; alone or beside a number they mean themselves.
_AS_LETTERS = dict(zip("€£¥§†¢¡©®°○◯⭕●", "elystcicroooooo"[:14], strict=True))
_SIGN_AS_LETTER = re.compile(
    rf"(?<={_LETTER})[{''.join(_AS_LETTERS)}](?={_LETTER})|(?<!\w)[€£¥§†¢](?={_LETTER}{{2}})"
)
_ESZETT_AS_B = re.compile(r"(?<!\w)ß(?=\w)")
_EMOJI_RANGES = "\u2190-\u245f\u2500-\u2bff\U0001f300-\U0001faff"
_EMOJI = f"[{_EMOJI_RANGES}\ufe0f\u200d]+"
_EMOJI_INSIDE = re.compile(rf"(?<!\w){_LETTER}{{1,40}}(?:{_EMOJI}{_LETTER}{{1,40}})+")
_EMOJI_RUN = re.compile(_EMOJI)
#: Letters turned upside down, to what they were.
_TURNED = dict(
    zip("ɐɔǝɟƃɓɥᴉɾʞʃɯɹʇʌʍʎ", "acefgghijklmrtvwy", strict=True),
)
_UPRIGHT = str.maketrans(
    {**_TURNED, "ı": "i", "n": "u", "u": "n", "p": "d", "d": "p", "b": "q", "q": "b", "m": "w",
     "w": "m"}
)  # fmt: skip
_HAS_TURNED = re.compile(rf"(?<!\w)\w{{0,40}}[{''.join(_TURNED)}]\w*")
#: Where none of these is, no disguise needs the author's own characters.
_ODD = re.compile(f"[\u202eß{''.join(_AS_LETTERS)}{_EMOJI_RANGES}{''.join(_TURNED)}]")
_REVERSING = re.compile("\u202e([^\u202c\u202e\r\n]*)\u202c?")
_WORD = re.compile(r"\w+")


def _unmask(match: re.Match[str]) -> str:
    """Fold look-alikes in a word that mixes scripts or is wholly made of look-alikes."""
    word = match[0]
    if word.isascii():
        return word
    letters = [letter for letter in word if letter.isalpha()]
    if all(letter in LOOKALIKES for letter in letters):
        return "".join(LOOKALIKES.get(letter, letter) for letter in word)
    folded = "".join(map(_latin, word))
    if folded in LEXICON:
        return folded
    if any(letter < "\x80" for letter in letters):
        spelt = anyascii(word).lower()
        return spelt if spelt in LEXICON else folded
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in letters}
    return folded if scripts in _MIXED_ON_PURPOSE else word


#: Scripts that no word mixes, unlike those of Japanese.
_MIXED_ON_PURPOSE = (
    {"CYRILLIC", "GREEK"},
    {"CYRILLIC", "ARMENIAN"},
    {"GREEK", "ARMENIAN"},
)


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
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]+")

# ---------------------------------------------------------------- disguises

_LEET = str.maketrans("03457@$!+689|", "oeastasitgbg1")
_MOST_ONES = 3


def _decode(word: str) -> str:
    """Read digits and signs as letters; a one is an `i` or, if that makes a known word, an `l`."""
    plain = word.translate(_LEET)
    ones = plain.count("1")
    if 0 < ones <= _MOST_ONES:
        head, *rest = plain.split("1")
        for letters in product("il", repeat=ones):
            read = head + "".join(map("".join, zip(letters, rest, strict=True)))
            if read in LEXICON:
                return read
    return plain.replace("1", "i")


def _known(word: str) -> str | None:
    """The known word that this spelling stands for, or nothing."""
    if word in LEXICON:
        return word
    decoded = _decode(word)
    return decoded if decoded in LEXICON else SPELLINGS.get(decoded)


def _fitting(word: str, known: Container[str] = LEXICON) -> str | None:
    """The first known word that this one is if each of its stars hides a letter, or nothing."""
    for candidate in BY_SHAPE.get((len(word), word[0]), ()):
        if candidate in known and all(a in ("*", b) for a, b in zip(word, candidate, strict=True)):
            return candidate
    return None


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


_SPACED = re.compile(r"(?<!\S)(?:[a-z0-9$@!*]\s{1,3}){2,59}[a-z0-9$@!*](?![^\s.,!?;:\"')])")
_GAP = re.compile(r"\s+")


#: Words that may stand beside a known one where all letters stand apart. Not `the`: `therapist`.
_BESIDE = frozenset(
    (
        "a",
        "i",
        "u",
        "r",
        "an",
        "and",
        "are",
        "is",
        "so",
        "such",
        "ur",
        "you",
        "your",
        "man",
        "all",
    )
)


def _close_up(match: re.Match[str]) -> str:
    """Join letters that stand apart, as words if some are known and the rest are small ones."""
    apart = match[0]
    if sum(map(str.isalpha, apart)) < 3 or "*" in apart:
        return apart
    gaps = {len(gap) for gap in _GAP.findall(apart)}
    if len(gaps) == 1:
        return _words_of(_GAP.sub("", apart))
    # Wider gaps stand between words.
    parts = re.split(rf"\s{{{min(gaps) + 1},}}", apart)
    return " ".join(_words_of(_GAP.sub("", part)) for part in parts)


def _words_of(joined: str) -> str:
    plain = _known(joined)
    if plain:
        return plain
    words = _segments(_decode(joined))
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


_JOINED = re.compile(r"(?<![a-z0-9$@!])[a-z0-9$@!]+(?:[._\-/\\,=*~^|':;]{1,3}[a-z0-9$@!]+)+")
_JOINERS = str.maketrans("", "", "._-/\\,=*~^|':;")
_DASH = re.compile("[-_]")
_SENTENCE_MARKS = re.compile("[.,:;]+")
_LONGEST_WORD = 40


def _rejoin(match: re.Match[str]) -> str:
    """Take signs out of a word if that makes a known one, or if they part single letters."""
    token = match[0]
    if len(token) > _LONGEST_WORD:
        return token
    joined = token.translate(_JOINERS)
    single = token[::2] == joined
    if "'" in token and not single:
        return token
    pieces = _SENTENCE_MARKS.split(token)
    if not single and joined not in LEXICON and not LEXICON.isdisjoint(pieces):
        return token
    plain = joined.rstrip("!")
    known = _known(plain) or (_unstretched(_decode(plain)) if single else None)
    if known and 2 * sum(map(str.isalpha, plain)) >= len(plain):
        return known + joined[len(plain) :]
    if len(token) == len(joined) + 1:
        return _fitting(_DASH.sub("*", token), UNMISTAKABLE) or token
    return joined if single and len(joined) >= 3 and joined.isalpha() else token


_OPENING = re.compile(r"\((?<=[a-z0-9]\()[a-z0-9)]")
_BRACKETED = re.compile(r"(?<![a-z0-9(])[a-z0-9$@!]+(?:\(\)?[a-z0-9$@!]+)+(?![a-z0-9(])")


def _unbracket(match: re.Match[str]) -> str:
    """Read an opening bracket as a `c` and a pair as an `o`, if that makes a known word."""
    return _known(match[0].replace("()", "o").replace("(", "c")) or match[0]


_TOKEN = re.compile(r"(?<![a-z0-9@$!|+])[a-z0-9@$!|+]{3,40}(?![a-z0-9@$!|+])")
_SIGNS = "0134576@$!|+89"
_SIGNS_OF_SENTENCES = frozenset("!|+")
_DIGITS_APART = re.compile(r"[a-z@$]*(?:[013457@$][a-z]+)+")
_PLURAL = re.compile("[57]s$")
_THREE_DIGITS = re.compile(r"\d{3}")
#: Words of three letters that are often written with a digit, unlike `w3c` or `b1t`.
_SHORT_WORDS_READ = """
    all and any are bad bro can did dog for get god guy has her him his how its job let lol man men
    mom new nor not now off old one our out own put say see she son the too two use was who why
    yes you
"""
_SHORT_WORDS = frozenset(_SHORT_WORDS_READ.split())


def _unleet(match: re.Match[str]) -> str:
    """Read a word with digits or signs among its letters as letters."""
    token = match[0]
    if token.isalpha() or token.isdigit() or "2" in token:
        return token
    word = token.rstrip("!|+")
    tail = token[len(word) :]
    if word.isalpha():
        return (len(tail) == 1 and word not in LEXICON and _in_lexicon(token)) or token
    inner = word.strip(_SIGNS)
    if not inner:
        return ("@" in word and _in_lexicon(word)) or token
    if "!!" in word:
        return _in_lexicon(word.replace("!!", "!")) or token
    known = _known(word) or ("@" in word and _fitting(word.replace("@", "*"), UNMISTAKABLE))
    if inner.isalpha():
        signed = word[0] in "$@!" or word[-1] == "$" or len(inner) >= 3
        sure = signed or (len(word) >= 4 and not _THREE_DIGITS.search(word))
        # Longer than the names of shares.
        dollar = word[0] == "$" and inner == word[1:] and len(inner) >= 6
        return known + tail if known and sure else "s" + inner + tail if dollar else token
    if known:
        return known + tail
    plain = _decode(word)
    if not _DIGITS_APART.fullmatch(word) or _PLURAL.search(word):
        return token
    return plain + tail if len(plain) > 3 or plain in _SHORT_WORDS else token


def _in_lexicon(word: str) -> str | None:
    plain = _decode(word)
    return plain if plain in LEXICON else None


_CENSORED = re.compile(r"(?<![a-z0-9*#%&^~@$!])[a-z$@][a-z@$!]*(?:[*#%&^~]+[a-z@$!]*)+(?![\d*])")
_STARS = re.compile(r"[#%&^~@!]")
_CURSING = re.compile(r"(?<!\w)[@#$%&*!^?]{3,}(?!\w)")


def _uncensor(match: re.Match[str]) -> str:
    """Fill in censored letters if one known word fits, else leave them."""
    token = match[0]
    word = token.rstrip("!@$")
    if len(word) > _LONGEST_WORD or not any(map(str.isalpha, word)):
        return token
    first = word[0].translate(_LEET)
    word = first + _STARS.sub("*", word[1:].replace("$", "s"))
    letters = len(word) - word.count("*")
    if word.rstrip("*") in LEXICON:
        return token
    if letters == len(word) - 1 and word[-1] == "*":
        # One star behind a word is a footnote, unless the word needs it.
        known = _fitting(word, UNMISTAKABLE)
    else:
        known = _fitting(word) if len(word) > 3 or letters > 1 else None
    return known + token[len(word) :] if known else token


def _curse(match: re.Match[str]) -> str:
    """Signs that stand for a curse are at least three different ones."""
    return f" {GRAWLIX} " if len(set(match[0])) >= 3 else match[0]


#: These letters are rarely doubled in English words, so pairs of them are looked at too (`idiiot`).
_RARELY_DOUBLED = (b"aa", b"ii", b"uu", b"yy", b"hh", b"kk")
_THRICE = re.compile(rb"([a-z])\1\1")
_REPEATED = re.compile(rb"([a-z])\1\1|aa|ii|uu|yy|hh|kk")
_STRETCHED = re.compile(r"(?<![a-z])(?=[a-z]{0,200}?(?:([a-z])\1\1|aa|ii|uu|yy|hh|kk))[a-z]+")
_RUN = re.compile(r"([a-z])\1{2,}")
_DOUBLED = frozenset("elostfprnmgdb")
#: Roman numerals, and a name that is nothing without its letters.
_NUMERAL = re.compile("[ivxlc]{2,6}|kkk")


def _unstretched(word: str) -> str | None:
    """The known word of this length or shorter with the same letters but for repeated ones."""
    known = SQUEEZED.get(squeeze(word))
    return known if known is not None and len(known) < len(word) else None


def _unstretch(match: re.Match[str]) -> str:
    token = match[0]
    if token in LEXICON or token in SPELLINGS or _NUMERAL.fullmatch(token):
        return token
    if len(token) <= 4 * _LONGEST_WORD:
        known = _unstretched(token)
        if _RUN.search(token) and squeeze(token) in LEXICON:
            return squeeze(token)
        if known:
            return known
    return _RUN.sub(lambda run: run[1] * (2 if run[1] in _DOUBLED else 1), token)


_SPELT = re.compile(r"(?<![a-z])[a-z]{3,20}(?![a-z])")
_MISSPELT = frozenset(spelling.encode("ascii") for spelling in (*SPELLINGS, *PARTS))
_ONLY_LETTERS = bytes(code if ord("a") <= code <= ord("z") else ord(" ") for code in range(256))


_PLAIN_WORD = re.compile("[a-z']+")
_WHOLE = re.compile(r".+")


def _spell(match: re.Match[str]) -> str:
    return SPELLINGS.get(match[0], match[0])


def _parted(text: str) -> Chunks:
    """Where a word stands in two parts."""
    found: Chunks = []
    for first, second in pairwise(_PLAIN_WORD.finditer(text)):
        place = (first.start(), second.end())
        if text[slice(*place)] in PARTED and (not found or found[-1][1] <= place[0]):
            found.append(place)
    return found


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
    if _ODD.search(text):
        text, spans = _undo_raw(text, spans)
    if spans is not None:
        plain = [_PLAIN_TABLE[ord(character)] for character in text]
        spans = [span for span, new in zip(spans, plain, strict=True) for _ in new]
    text = text.translate(_PLAIN_TABLE)
    if text.isascii():
        return text, spans
    return _substitute(_WORD, _unmask, text, spans)


def _uncover(match: re.Match[str]) -> str:
    """Take emoji out of a word, or the letters that they hide in."""
    word = match[0]
    joined = _EMOJI_RUN.sub("", word).lower()
    if joined in LEXICON or joined in SPELLINGS:
        return joined
    pieces = _EMOJI_RUN.split(word)
    if len(pieces) >= 3 and all(len(piece) == 1 for piece in pieces):
        return joined
    return _fitting(_EMOJI_RUN.sub("*", word).lower(), UNMISTAKABLE) or word


#: What is undone while all characters are still the author's.
_RAW_DISGUISES: tuple[tuple[re.Pattern[str], Replacement], ...] = (
    (_SIGN_AS_LETTER, lambda match: _AS_LETTERS[match[0]]),
    (_ESZETT_AS_B, lambda match: "b"),
    (_EMOJI_INSIDE, _uncover),
)
#: With so many letters in words that hold a turned one, a whole text is upside down.
_SOME_TURNED = 6


def _undo_raw(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    if "\u202e" in text:
        text, spans = _unreverse(text, spans)
    for pattern, replacement in _RAW_DISGUISES:
        text, spans = _substitute(pattern, replacement, text, spans)
    turned = _HAS_TURNED.findall(text)
    if turned:
        turning = _upright if len("".join(turned)) > _SOME_TURNED else _upright_if_known
        text, spans = _substitute(_HAS_TURNED, turning, text, spans)
    return text, spans


def _upright(match: re.Match[str]) -> str:
    return _upright_if_known(match, always=True)


def _upright_if_known(match: re.Match[str], *, always: bool = False) -> str:
    """Turn a word whose letters stand upside down, from its end or from its start."""
    word = match[0].lower()
    turned = word.translate(_UPRIGHT)
    if turned[::-1] in LEXICON or turned in LEXICON:
        return turned[::-1] if turned[::-1] in LEXICON else turned
    return turned[::-1] if always else word


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
    if _APART.search(classes):
        text, spans = _substitute(_SPACED, _close_up, text, spans)
    if text is not before:
        classes = _classify(text)
    chunks = _chunks(_JOINER, classes)
    if chunks:
        text, spans = _substitute(_JOINED, _rejoin, text, spans, chunks)
        classes = _classify(text)
    if _OPENING.search(text):
        text, spans = _substitute(_BRACKETED, _unbracket, text, spans)
        classes = _classify(text)
    chunks = _chunks(_SIGN, classes)
    if chunks:
        text, spans = _substitute(_TOKEN, _unleet, text, spans, chunks)
    if b"C" in classes:
        chunks = _chunks(_SIGN_IN_WORD, _classify(text))
        if chunks:
            text, spans = _substitute(_CENSORED, _uncensor, text, spans, chunks)
        if _CURSING.search(text):
            text, spans = _substitute(_CURSING, _curse, text, spans)
    repeats = _repeats(text)
    if repeats:
        chunks = _around(repeats, _classify(text))
        text, spans = _substitute(_STRETCHED, _unstretch, text, spans, chunks)
    if not _MISSPELT.isdisjoint(text.encode("ascii", "replace").translate(_ONLY_LETTERS).split()):
        text, spans = _substitute(_SPELT, _spell, text, spans)
        parted = _parted(text)
        if parted:
            text, spans = _substitute(_WHOLE, lambda match: PARTED[match[0]], text, spans, parted)
    line = " ".join(text.split())
    if not line:
        return "", [] if spans is not None else None
    line = f" {line} "
    return line, None if spans is None else _blanks(text, spans)


#: Where to look, in classes of characters: the chunks between blanks that hold one of these.
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
    letters = text.encode("ascii", "replace")
    if not _THRICE.search(letters) and not any(pair in letters for pair in _RARELY_DOUBLED):
        return []
    return [match.start() + 1 for match in _REPEATED.finditer(letters)]


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
