"""Read disguised words: each rule finds what may be one and writes the word that it hides.

Nothing here looks at where a character came from; `normalise` says which rule runs when. Texts
are in lower case, and letters outside ASCII that pass for others are folded already.
"""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import pairwise, product

from classifiers.normalise.lexicon import LEXICON, UNMISTAKABLE, spellings, squeeze
from classifiers.normalise.substitution import Chunks, Rule

#: What stands in a line for an address, a mention and a row of signs.
URL, MAIL, USER, GRAWLIX = "<url>", "<mail>", "<user>", "<grawlix>"

_KNOWN = spellings()
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


def known_word(word: str) -> str | None:
    """The known word that this spelling stands for, or nothing."""
    if word in LEXICON:
        return word
    decoded = _decode(word)
    return decoded if decoded in LEXICON else _KNOWN.misspelt.get(decoded)


def fitting_word(word: str, known: Container[str] = LEXICON) -> str | None:
    """The first known word that this one is if each of its stars hides a letter, or nothing."""
    for candidate in _KNOWN.by_shape.get((len(word), word[0]), ()):
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


def may_name_a_site(text: str) -> bool:
    """Whether a text holds the end of a host's name."""
    return any(hint in text for hint in _DOMAIN_HINTS)


def _mention(match: re.Match[str]) -> str:
    return match[0] if known_word(match[0]) else USER


_SPACED = re.compile(r"(?<!\S)(?:[a-z0-9$@!*]\s{1,3}){2,59}[a-z0-9$@!*](?![^\s.,!?;:\"')])")
_GAP = re.compile(r"\s+")


#: Words that may stand beside a known one where all letters stand apart. Not `the`: `therapist`.
_COMPANIONS = frozenset(
    ["a", "i", "u", "r", "an", "and", "are", "is", "so", "such", "ur", "you", "your", "man", "all"]
)
#: The longest word that is looked for where letters stand apart; `motherfuckers` has thirteen.
_LONGEST_APART = 14


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
    plain = known_word(joined)
    if plain:
        return plain
    words = _segments(_decode(joined))
    return " ".join(words) if words and not LEXICON.isdisjoint(words) else joined


def _segments(letters: str) -> list[str]:
    """Part letters into known and small words, longest last words first; empty if it fails."""
    ways: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        way = None
        for start in range(max(0, end - _LONGEST_APART), end):
            word, before = letters[start:end], ways[start]
            if before is not None and (word in LEXICON or word in _COMPANIONS):
                way = [*before, word]
                break
        ways.append(way)
    return ways[-1] or []


_JOINED = re.compile(r"(?<![a-z0-9$@!])[a-z0-9$@!]+(?:[._\-/\\,=*~^|':;]{1,3}[a-z0-9$@!]+)+")
_JOINERS = str.maketrans("", "", "._-/\\,=*~^|':;")
_DASH = re.compile("[-_]")
_SENTENCE_MARKS = re.compile("[.,:;]+")
#: No longer run of letters and signs is taken for a disguised word.
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
    known = known_word(plain) or (_unstretched(_decode(plain)) if single else None)
    if known and 2 * sum(map(str.isalpha, plain)) >= len(plain):
        return known + joined[len(plain) :]
    if len(token) == len(joined) + 1:
        return fitting_word(_DASH.sub("*", token), UNMISTAKABLE) or token
    return joined if single and len(joined) >= 3 and joined.isalpha() else token


OPENING = re.compile(r"\((?<=[a-z0-9]\()[a-z0-9)]")
_BRACKETED = re.compile(r"(?<![a-z0-9(])[a-z0-9$@!]+(?:\(\)?[a-z0-9$@!]+)+(?![a-z0-9(])")


def _unbracket(match: re.Match[str]) -> str:
    """Read an opening bracket as a `c` and a pair as an `o`, if that makes a known word."""
    return known_word(match[0].replace("()", "o").replace("(", "c")) or match[0]


_TOKEN = re.compile(r"(?<![a-z0-9@$!|+])[a-z0-9@$!|+]{3,40}(?![a-z0-9@$!|+])")
_SIGNS = "0134576@$!|+89"
_DIGITS_APART = re.compile(r"[a-z@$]*(?:[013457@$][a-z]+)+")
_PLURAL = re.compile("[57]s$")
_THREE_DIGITS = re.compile(r"\d{3}")
#: Words of three letters that are often written with a digit, unlike `w3c` or `b1t`.
_SHORT_READ = """
    all and any are bad bro can did dog for get god guy has her him his how its job let lol man men
    mom new nor not now off old one our out own put say see she son the too two use was who why
    yes you
"""
_SHORT_LEET_WORDS = frozenset(_SHORT_READ.split())


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
    known = known_word(word) or ("@" in word and fitting_word(word.replace("@", "*"), UNMISTAKABLE))
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
    return plain + tail if len(plain) > 3 or plain in _SHORT_LEET_WORDS else token


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
        known = fitting_word(word, UNMISTAKABLE)
    else:
        known = fitting_word(word) if len(word) > 3 or letters > 1 else None
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


def repeats(text: str) -> list[int]:
    """Where, from one, letters stand three times in a row, or twice if they rarely do."""
    letters = text.encode("ascii", "replace")
    if not _THRICE.search(letters) and not any(pair in letters for pair in _RARELY_DOUBLED):
        return []
    return [match.start() + 1 for match in _REPEATED.finditer(letters)]


def _unstretched(word: str) -> str | None:
    """The known word of this length or shorter with the same letters but for repeated ones."""
    known = _KNOWN.squeezed.get(squeeze(word))
    return known if known is not None and len(known) < len(word) else None


def _unstretch(match: re.Match[str]) -> str:
    token = match[0]
    if token in LEXICON or token in _KNOWN.misspelt or _NUMERAL.fullmatch(token):
        return token
    # A stretched word may be longer than others, but is looked up letter by letter.
    if len(token) <= 4 * _LONGEST_WORD:
        known = _unstretched(token)
        if _RUN.search(token) and squeeze(token) in LEXICON:
            return squeeze(token)
        if known:
            return known
    return _RUN.sub(lambda run: run[1] * (2 if run[1] in _DOUBLED else 1), token)


_SPELT = re.compile(r"(?<![a-z])[a-z]{3,20}(?![a-z])")
_PARTS = frozenset(part.encode("ascii") for part in _KNOWN.parts)
_SPELLINGS_AND_PARTS = _PARTS | {spelling.encode("ascii") for spelling in _KNOWN.misspelt}
_ONLY_LETTERS = bytes(code if ord("a") <= code <= ord("z") else ord(" ") for code in range(256))


_PLAIN_WORD = re.compile("[a-z']+")
_WHOLE = re.compile(r".+")


def may_be_misspelt(text: str) -> bool:
    """Whether a text holds a word that stands for another one, or a part of one."""
    return not _SPELLINGS_AND_PARTS.isdisjoint(_words(text))


def may_be_parted(text: str) -> bool:
    """Whether a text holds the longer part of a word in two parts."""
    return not _PARTS.isdisjoint(_words(text))


def _words(text: str) -> list[bytes]:
    return text.encode("ascii", "replace").translate(_ONLY_LETTERS).split()


def _spell(match: re.Match[str]) -> str:
    return _KNOWN.misspelt.get(match[0], match[0])


def parted(text: str) -> Chunks:
    """Where a word stands in two parts."""
    chunks: Chunks = []
    for first, second in pairwise(_PLAIN_WORD.finditer(text)):
        start, end = first.start(), second.end()
        if text[start:end] in _KNOWN.parted and (not chunks or chunks[-1][1] <= start):
            chunks.append((start, end))
    return chunks


# ---------------------------------------------------------------- the rules

LINKS = Rule(_LINK, lambda match: URL)
MAILS = Rule(_MAIL, lambda match: MAIL)
MENTIONS = Rule(_USER, _mention)
APART = Rule(_SPACED, _close_up)
JOINED = Rule(_JOINED, _rejoin)
BRACKETED = Rule(_BRACKETED, _unbracket)
LEET = Rule(_TOKEN, _unleet)
CENSORED = Rule(_CENSORED, _uncensor)
CURSES = Rule(_CURSING, _curse)
STRETCHED = Rule(_STRETCHED, _unstretch)
MISSPELT = Rule(_SPELT, _spell)
IN_PARTS = Rule(_WHOLE, lambda match: _KNOWN.parted[match[0]])
