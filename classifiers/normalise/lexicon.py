"""Words that people disguise: the normaliser undoes a disguise only where one of them appears.

The list is no judgement: whether a comment is abusive is the model's to say. It keeps the
normaliser from turning clean text into something else, since `s3 bucket` or `pen-and-paper` hide
none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

_STEM_WORDS = """
    ass asshole bastard bitch bollock bugger bullshit clown cock coon crap cretin cunt damn dick
    dickhead dimwit dipshit dork douche douchebag dumb dumbass dyke fag faggot fatso filth freak
    fuck fucker goddamn halfwit hate hell homo horny hore idiot idiotic imbecile jackass jerk
    kike kill knobhead liar loser maggot moron moronic motherfucker muppet murder nazi negro
    nigga nigger paki pathetic penis pervert pig piss porn prick pussy queer racist rape rapist
    retard retarded scum scumbag screw sex shit shithead shitty shut slag slut spastic spic
    stupid stupidity suck suicide terrorist threat tits trash tranny turd twat ugly vagina
    vermin wanker whore worthless wtf stfu die dead bomb shoot stab choke strangle hang burn
    beat destroy garbage disgusting disgrace nonsense viagra casino cialis lottery bitcoin
    crypto
"""
_STEMS = tuple(_STEM_WORDS.split())

_ENDINGS = ("s", "es", "ed", "er", "ers", "ing", "in", "y", "face", "head")


def _forms(stem: str) -> Iterator[str]:
    base = stem.removesuffix("e")
    yield stem
    yield from (stem + ending for ending in ("s", "y") if stem[-2:] != 2 * ending)
    yield from (base + ending for ending in _ENDINGS[1:])


#: Every word with its common endings.
LEXICON: frozenset[str] = frozenset().union(*map(_forms, _STEMS))

#: Words that are mostly recognised however they are misspelt, unlike `beat` or `hang`.
_CORE_WORDS = """
    asshole bastard bitch bullshit cunt dickhead dipshit disgusting douche douchebag dumbass faggot
    fuck fucker fucking idiot idiotic imbecile jackass loser moron moronic motherfucker nigga
    nigger pathetic penis pervert pussy racist rapist retard retarded scumbag shit shithead shitty
    slut stupid stupidity terrorist tranny twat vagina wanker whore worthless
"""
_CORE = tuple(_CORE_WORDS.split())
#: The same with what is often put behind them, the likeliest first.
_WITH_ENDINGS = (
    *_CORE,
    *(word + "s" for word in _CORE if word[-1] not in "sgcy"),
    *(
        stem.removesuffix("e") + ending
        for stem in ("bitch", "fuck", "shit", "whore")
        for ending in ("ed", "er", "ers", "in", "ing", "y")
    ),
)
UNMISTAKABLE = frozenset(_WITH_ENDINGS)

#: Spellings that no rule makes.
_BY_HAND = {
    "kill yourself": "kys kysm",
    "asshole": "asswhole ashole",
    "assholes": "assholez asholes",
    "bastard": "basterd bastad",
    "bitch": "biatch biotch beeyotch biyatch bytch beetch bihtch",
    "bitches": "biatches bitchez biotches",
    "cunt": "qunt",
    "dumbass": "dumass",
    "faggot": "phaggot faggit",
    "fuck": "fuk fukk fcuk phuk phuq fuq fucc fuxk fuqk fck fack fock fvk fukc",
    "fucked": "fcked fuct phukd fukd fuked",
    "fucker": "fucka fukka fuker",
    "fucking": "fucken fuckn fukn fkn fkin fking fcking fuking fukin fukkin phukin fuken",
    "idiot": "idjit idjot idyot ediot",
    "moron": "morron",
    "motherfucker": (
        "muthafucka mothafucka mothafucker muthafucker mutherfucker motherfucka mothafucca"
    ),
    "nigger": "nigguh niqqer",
    "nigga": "niqqa niggah",
    "pussy": "pussi",
    "retard": "reetard ritard",
    "shit": "shyt sht schit",
    "stupid": "stoopid stupit stewpid stoopit styoopid",
    "whore": "whoor",
}

#: Words and names that one of the rules would take for another word.
_ITSELF_WORDS = """
    arab asses bastard bats bicher birch bircher birchers birching birchs botch botched
    botching bulshit butch butcher butchers butchy cips cnut coon cuny cuts daed debats deed
    deid depar derail dessa doche douce douces drut duche duches epar etah fags fick ficker
    fickers ficking fock fook gals gnah horde idios idioti imbecil imbecille izan knits krod
    live loder loders loers looser loosers lose losee loses losser miron mood moon moons morin
    morins morn morna morno mornos morns moro morona moroni moros moton niger nigers nigge
    nissa nixes nogger nooc orgen parc parcs peins pens pensi perver pervers posses prevert
    puss puzzy racista racisti rail rapiat redrum reed regals reid rekik repar resol ressa
    restit retarda retarde retards rexes saggin schit segals seid separ serail sessa shied
    shier shiner shir shire shirer shires shirin shiring shirt shirty shita shite shiter
    shitted shitter shitters shittin shitting shittu shot shoter shoting shots shotty shut siht
    sited siter siting sits slit slits slur slurs slut somoh sorgen sparc sssa stit stuls stupi
    stupida sult tanny tats teat teats terroris terrorista terroristas tihs twas vagin vagins
    vaina vainas waker wakers waner whoes wore worin
"""
_ITSELF = frozenset(_ITSELF_WORDS.split())

#: The letters beside each one on a keyboard.
KEYBOARD_NEIGHBOURS = {
    "a": "sqz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj",
    "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "w",
    "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu",
    "z": "x",
}  # fmt: skip

#: The fewest letters of a word that is still known with the key beside the right one, and with a
#: letter missing: shorter ones become other words.
_MIN_LETTERS_TO_SLIP = 4
_MIN_LETTERS_TO_DROP = 5

#: Parts of a word that may be two words.
_TWO_WORDS = """
    b itch, bulls hit, dips hit, dum bass, fag got, los er, lose r, m oron, mo ron, mor on, moro n,
    path etic, pen is, per vert, pat hetic, pus sy, puss y, rap ist, s hit, t wat, tra nny, tran ny,
    tw at, va gina, vag ina, w hore, wa nker, wan ker, who re, worth less, wort hless, dip shit
"""

_RUN = re.compile(r"(.)\1+")
_THRICE = re.compile(r"(.)\1\1")
#: Sounds and shapes for which others are written.
_EXCHANGES = (
    ("u", "v"), ("ck", "k"), ("ck", "kk"), ("ck", "q"), ("ck", "cc"), ("ss", "zz"), ("l", "i"),
    ("m", "rn"), ("w", "vv"),
)  # fmt: skip


def squeeze(word: str) -> str:
    """Write runs of one letter as one letter."""
    return _RUN.sub(r"\1", word)


def _misspelt(word: str) -> Iterator[str]:
    """The ways to write a word with one slip or one letter for another."""
    size = len(word)
    for i, letter in enumerate(word):
        before, after = word[:i], word[i + 1 :]
        yield before + letter + letter + after
        if 0 < i < size - 1:
            yield before + after[0] + letter + after[1:]
        if i and size >= _MIN_LETTERS_TO_DROP:
            yield before + after
        if i and size >= _MIN_LETTERS_TO_SLIP:
            for other in KEYBOARD_NEIGHBOURS[letter]:
                yield before + other + after
        for old, new in _EXCHANGES:
            if word.startswith(old, i):
                yield before + new + word[i + len(old) :]
    if word[0] == "f":
        yield "ph" + word[1:]


@dataclass(frozen=True, slots=True)
class Spellings:
    """What the words look like when they are written otherwise, and the word that each stands for.

    Attributes:
        misspelt: other spellings of a word, backwards too, to the word.
        squeezed: a word of four letters or more without repeated ones (`idiiot` and `idiot` are
            both `idiot`) to the shortest that it may be.
        by_shape: length and first letter to the words that a censored one (`f**k`) may stand for,
            the likeliest first.
        parted: a word in two parts with one blank between (`st upid`) to the word.
        parts: the longer part of each of these; a text with none of them holds no parted word.
    """

    misspelt: Mapping[str, str]
    squeezed: Mapping[str, str]
    by_shape: Mapping[tuple[int, str], tuple[str, ...]]
    parted: Mapping[str, str]
    parts: frozenset[str]


@cache
def spellings() -> Spellings:
    """The spellings of all words, made once."""
    parted = _parted()
    return Spellings(
        misspelt=_all_misspelt(),
        squeezed=_squeezed(),
        by_shape=_by_shape(),
        parted=parted,
        parts=frozenset(max(pair.split(" "), key=len) for pair in parted),
    )


def _all_misspelt() -> dict[str, str]:
    words: dict[str, str] = {}
    for word, by_hand in _BY_HAND.items():
        words.update(dict.fromkeys(by_hand.split(), word))
    for word in sorted(_WITH_ENDINGS, key=len):
        for spelling in _misspelt(word):
            words.setdefault(spelling, word)
    for word in sorted(LEXICON):
        if len(word) > 3:
            words.setdefault(word[::-1], word)
    return {
        spelling: word
        for spelling, word in words.items()
        if spelling not in LEXICON and spelling not in _ITSELF and not _THRICE.search(spelling)
    }


def _squeezed() -> dict[str, str]:
    # Of two words that squeeze to the same letters the plain stem, the last one here, wins.
    words = sorted(LEXICON, key=lambda word: (len(word), word), reverse=True)
    return {squeeze(word): word for word in words if len(word) >= 4}


def _by_shape() -> dict[tuple[int, str], tuple[str, ...]]:
    shapes: dict[tuple[int, str], list[str]] = {}
    for word in dict.fromkeys((*_WITH_ENDINGS, *_STEMS, *sorted(LEXICON))):
        shapes.setdefault((len(word), word[0]), []).append(word)
    return {shape: tuple(words) for shape, words in shapes.items()}


def _parted() -> dict[str, str]:
    two_words = {pair.strip() for pair in _TWO_WORDS.split(",")}
    return {
        f"{word[:cut]} {word[cut:]}": word
        for word in _CORE
        for cut in range(1, len(word))
        if f"{word[:cut]} {word[cut:]}" not in two_words
        and LEXICON.isdisjoint((word[:cut], word[cut:]))
    }
