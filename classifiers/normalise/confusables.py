"""Write the characters of a text plainly: lower case, no accents or decoration, no look-alikes."""

# ruff: noqa: RUF001 - look-alikes are what this module is about
from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

from classifiers.normalise.disguises import fitting_word
from classifiers.normalise.lexicon import LEXICON, UNMISTAKABLE, spellings
from classifiers.normalise.substitution import Rule, Spans, substitute

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
    "🔪": " :knife: ",
    "🔫": " :gun: ",
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
#: Letters that are read as a Latin one only beside others, and those whose capital looks like one.
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


#: Pictures of people, of what they wear and need, of their faiths and flags: who or where somebody
#: is says nothing of what is meant, so they are left out (their names come with abuse in tweets).
_WHO = re.compile(
    r"\b(?:WOM[AE]N|WOMANS|WOMENS|M[AE]N|MANS|MENS|PERSON|PEOPLE|BOY|GIRL|BABY|CHILD|CHILDREN|ADULT"
    r"|FAMILY|COUPLE|BRIDE|HOLDING HANDS|PRINCE|PRINCESS|SANTA|MOTHER CHRISTMAS|POLICE OFFICER"
    r"|GUARDSMAN|CONSTRUCTION WORKER|SLEUTH OR SPY|ANGEL|MAGE|FAIRY|VAMPIRE|MERPERSON|ELF|GENIE"
    r"|NINJA|DANCER|SURFER|SWIMMER|RUNNER|BICYCLIST|WRESTLERS|BUSTS?|BREAST-FEEDING|SPEAKING HEAD"
    r"|WHEELCHAIR|PROBING CANE|GUIDE DOG|SERVICE|HEARING AID|MECHANICAL|CRUTCH|DEAF"
    r"|MOSQUE|CHURCH|SYNAGOGUE|HINDU TEMPLE|SHINTO SHRINE|KAABA|PLACE OF WORSHIP|PRAYER BEADS"
    r"|MENORAH|STAR OF DAVID|STAR AND CRESCENT|LATIN CROSS|ORTHODOX CROSS|OM SYMBOL"
    r"|WHEEL OF DHARMA|KHANDA|ANKH|YIN YANG|FLAG|FEMALE SIGN|MALE SIGN|TRANSGENDER"
    r"|EMOJI (?:COMPONENT|MODIFIER))\b"
)


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
    if category in {"So", "Sk", "Sm"} and _WHO.search(unicodedata.name(character, "")):
        return " "
    if category in {"So", "Sk"}:
        words = anyascii(character).lower().strip(":").replace("_", " ")
        if _WHO.search(words.upper()):
            return " "
        return f" :{words}: " if words.strip() else f" {character} "
    return character.lower()


class _PlainTable(dict[int, str]):
    """A translation table that fills itself; it holds at most one entry a code point."""

    def __missing__(self, code: int) -> str:
        plain = self[code] = _plain(chr(code))
        return plain


_PLAIN_TABLE = _PlainTable()
_MISSPELT = spellings().misspelt
_LETTER = r"[^\W\d_]"
#: Signs that pass for a letter beside others; alone or beside a number they mean themselves.
_AS_LETTERS = dict(zip("€£¥§†¢¡©®°○◯⭕●", "elystcicrooooo", strict=True))
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


_MASKED = Rule(_WORD, _unmask)


def _latin(letter: str) -> str:
    if letter < "\x80":
        return letter
    if letter in _LOOSE:
        return _LOOSE[letter]
    plain = anyascii(letter).lower()
    return plain if len(plain) == 1 else letter


def fold(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    """Write characters outside ASCII plainly, then fold look-alikes."""
    if _ODD.search(text):
        text, spans = _undo_raw(text, spans)
    if spans is not None:
        plain = [_PLAIN_TABLE[ord(character)] for character in text]
        spans = [span for span, new in zip(spans, plain, strict=True) for _ in new]
    text = text.translate(_PLAIN_TABLE)
    if text.isascii():
        return text, spans
    return substitute(_MASKED, text, spans)


def _uncover(match: re.Match[str]) -> str:
    """Take emoji out of a word, or the letters that they hide in."""
    word = match[0]
    joined = _EMOJI_RUN.sub("", word).lower()
    if joined in LEXICON or joined in _MISSPELT:
        return joined
    pieces = _EMOJI_RUN.split(word)
    if len(pieces) >= 3 and all(len(piece) == 1 for piece in pieces):
        return joined
    return fitting_word(_EMOJI_RUN.sub("*", word).lower(), UNMISTAKABLE) or word


#: What is undone while all characters are still the author's.
_RAW_DISGUISES = (
    Rule(_SIGN_AS_LETTER, lambda match: _AS_LETTERS[match[0]]),
    Rule(_ESZETT_AS_B, lambda match: "b"),
    Rule(_EMOJI_INSIDE, _uncover),
)
#: With so many letters in words that hold a turned one, a whole text is upside down.
_SOME_TURNED = 6


def _undo_raw(text: str, spans: Spans | None) -> tuple[str, Spans | None]:
    if "\u202e" in text:
        text, spans = _unreverse(text, spans)
    for rule in _RAW_DISGUISES:
        text, spans = substitute(rule, text, spans)
    turned = _HAS_TURNED.findall(text)
    if turned:
        whole = len("".join(turned)) > _SOME_TURNED
        turning = Rule(_HAS_TURNED, _upright if whole else _upright_if_known)
        text, spans = substitute(turning, text, spans)
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
    new_spans: Spans = []
    last = 0
    for match in _REVERSING.finditer(text):
        parts += (text[last : match.start()], match[1][::-1])
        if spans is not None:
            new_spans += spans[last : match.start()] + spans[match.start(1) : match.end(1)][::-1]
        last = match.end()
    parts.append(text[last:])
    return "".join(parts), None if spans is None else new_spans + spans[last:]
