"""Words that people disguise: the normaliser undoes a disguise only where one of them appears.

The list is no judgement: whether a comment is abusive is the model's to say. It keeps the
normaliser from turning clean text into something else, since `s3 bucket` or `pen-and-paper` hide
none of these.
"""

from __future__ import annotations

import re

_STEMS = [
    "ass",
    "asshole",
    "bastard",
    "bitch",
    "bollock",
    "bugger",
    "bullshit",
    "clown",
    "cock",
    "coon",
    "crap",
    "cretin",
    "cunt",
    "damn",
    "dick",
    "dickhead",
    "dimwit",
    "dipshit",
    "dork",
    "douche",
    "douchebag",
    "dumb",
    "dumbass",
    "dyke",
    "fag",
    "faggot",
    "fatso",
    "filth",
    "freak",
    "fuck",
    "fucker",
    "goddamn",
    "halfwit",
    "hate",
    "hell",
    "homo",
    "horny",
    "hore",
    "idiot",
    "idiotic",
    "imbecile",
    "jackass",
    "jerk",
    "kike",
    "kill",
    "knobhead",
    "liar",
    "loser",
    "maggot",
    "moron",
    "moronic",
    "motherfucker",
    "muppet",
    "murder",
    "nazi",
    "negro",
    "nigga",
    "nigger",
    "paki",
    "pathetic",
    "penis",
    "pervert",
    "pig",
    "piss",
    "porn",
    "prick",
    "pussy",
    "queer",
    "racist",
    "rape",
    "rapist",
    "retard",
    "retarded",
    "scum",
    "scumbag",
    "screw",
    "sex",
    "shit",
    "shithead",
    "shitty",
    "shut",
    "slag",
    "slut",
    "spastic",
    "spic",
    "stupid",
    "stupidity",
    "suck",
    "suicide",
    "terrorist",
    "threat",
    "tits",
    "trash",
    "tranny",
    "turd",
    "twat",
    "ugly",
    "vagina",
    "vermin",
    "wanker",
    "whore",
    "worthless",
    "wtf",
    "stfu",
    "kys",
    "die",
    "dead",
    "bomb",
    "shoot",
    "stab",
    "choke",
    "strangle",
    "hang",
    "burn",
    "beat",
    "destroy",
    "garbage",
    "disgusting",
    "disgrace",
    "nonsense",
    "viagra",
    "casino",
    "cialis",
    "lottery",
    "bitcoin",
    "crypto",
]

_ENDINGS = ("s", "es", "ed", "er", "ers", "ing", "in", "y", "face", "head")


def _forms(stem: str) -> set[str]:
    base = stem[:-1] if stem.endswith("e") else stem
    return {stem} | {stem + end for end in ("s", "y")} | {base + end for end in _ENDINGS[1:]}


#: Every word with its common endings.
LEXICON: frozenset[str] = frozenset().union(*map(_forms, _STEMS))

#: Squeezed letters (`idiiot` and `idiot` are both `idiot`) to the word, for long words only.
SQUEEZED: dict[str, str] = {}

#: Words written backwards, without those that are words or frequent typing errors themselves.
REVERSED: dict[str, str] = {
    word[::-1]: word
    for word in sorted(LEXICON)
    if len(word) > 3
    and word[::-1] not in {"tihs", "live", "deed", "knits", "reed", "mood", "loots"}
}

#: Length and first letter to the words that a censored one (`f**k`) may stand for.
BY_SHAPE: dict[tuple[int, str], tuple[str, ...]] = {}


_RUN = re.compile(r"(.)\1+")


def squeeze(word: str) -> str:
    """Write runs of one letter as one letter."""
    return _RUN.sub(r"\1", word)


def _fill() -> None:
    shapes: dict[tuple[int, str], list[str]] = {}
    # Short and longer words of one spelling: the plain stem wins.
    for word in sorted(LEXICON, key=lambda word: (len(word), word), reverse=True):
        if len(word) >= 4:
            SQUEEZED[squeeze(word)] = word
    for word in [*_STEMS, *sorted(LEXICON - set(_STEMS))]:
        shapes.setdefault((len(word), word[0]), []).append(word)
    BY_SHAPE.update({shape: tuple(words) for shape, words in shapes.items()})


_fill()
