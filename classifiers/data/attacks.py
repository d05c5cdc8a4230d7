"""Disguise comments the way authors do: a seeded suite to measure robustness with, and to train on.

An attack changes the words that carry a comment, or any words where none is known to. The same
text, attack and seed give the same result on every machine.
"""

# ruff: noqa: RUF001, S311 - look-alikes are the point, and nothing here is a secret

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from classifiers.normalise.lexicon import KEYBOARD_NEIGHBOURS, LEXICON

Attack = Callable[[str, random.Random], str]
Spell = Callable[[str, random.Random], str]

_WORD = re.compile(r"[A-Za-z]{3,}")
#: The share of ordinary words that an attack changes besides those that people disguise.
ORDINARY_SHARE = 0.15

_LEET = {"a": "4@", "e": "3", "i": "1!", "o": "0", "s": "5$", "t": "7", "l": "1"}
_LOOKALIKES = {
    "a": "а", "c": "с", "e": "е", "i": "і", "j": "ј", "o": "о", "p": "р", "s": "ѕ", "x": "х",
    "y": "у", "h": "һ", "A": "А", "B": "В", "C": "С", "E": "Е", "H": "Н", "I": "І", "K": "К",
    "M": "М", "O": "О", "P": "Р", "S": "Ѕ", "T": "Т", "X": "Х",
}  # fmt: skip
_ACCENTS = {
    "a": "áàäâå", "e": "éèëê", "i": "íìïî", "o": "óòöô", "u": "úùüû", "n": "ñ", "c": "ç", "y": "ý",
}  # fmt: skip
_EMOJI = {
    "shit": "💩", "clown": "🤡", "pig": "🐷", "snake": "🐍", "rat": "🐀", "monkey": "🐒",
    "trash": "🗑️", "bomb": "💣", "dead": "💀", "fire": "🔥", "love": "❤️", "dog": "🐶", "cat": "🐱",
}  # fmt: skip
# The suite has never put a z for an a, and would be another one if it did.
_NEIGHBOURS = {**KEYBOARD_NEIGHBOURS, "a": "sq"}
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def _each_word(spell: Spell) -> Attack:
    """Make an attack of a way to spell one word."""

    def disguise(text: str, rng: random.Random) -> str:
        def replace(match: re.Match[str]) -> str:
            word = match[0]
            if word.lower() in LEXICON or rng.random() < ORDINARY_SHARE:
                return spell(word, rng)
            return word

        return _WORD.sub(replace, text)

    return disguise


def _leet(word: str, rng: random.Random) -> str:
    return _some_letters(word, rng, _LEET, 0.7)


def _homoglyphs(word: str, rng: random.Random) -> str:
    return _some_letters(word, rng, _LOOKALIKES, 0.6)


def _accents(word: str, rng: random.Random) -> str:
    return _some_letters(word, rng, _ACCENTS, 0.6)


def _some_letters(word: str, rng: random.Random, table: Mapping[str, str], share: float) -> str:
    """Exchange some letters for one of the table's, and one at least if any is in it."""
    known = [i for i, letter in enumerate(word) if letter in table or letter.lower() in table]
    if not known:
        return word
    chosen = {i for i in known if rng.random() < share} or {rng.choice(known)}
    return "".join(
        rng.choice(table.get(letter) or table[letter.lower()]) if i in chosen else letter
        for i, letter in enumerate(word)
    )


def _zero_width(word: str, rng: random.Random) -> str:
    return word[0] + "".join(
        rng.choice(_INVISIBLE) * (rng.random() < 0.6) + letter for letter in word[1:]
    )


def _dots(word: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return rng.choice(".-_*").join(word)
    cut = rng.randrange(1, len(word))
    return word[:cut] + rng.choice(".-_") + word[cut:]


def _spaces(word: str, rng: random.Random) -> str:
    del rng
    return " ".join(word)


def _stretched(word: str, rng: random.Random) -> str:
    i = rng.randrange(len(word))
    return word[:i] + word[i] * rng.randint(3, 6) + word[i + 1 :]


def _censored(word: str, rng: random.Random) -> str:
    count = max(1, (len(word) - 2) // 2)
    start = rng.randrange(1, len(word) - count) if len(word) - count > 1 else 1
    return word[:start] + "*" * count + word[start + count :]


def _mixed_case(word: str, rng: random.Random) -> str:
    return "".join(letter.upper() if rng.random() < 0.5 else letter.lower() for letter in word)


def _emoji(word: str, rng: random.Random) -> str:
    del rng
    return _EMOJI.get(word.lower(), word)


def _reversed(word: str, rng: random.Random) -> str:
    del rng
    return word[::-1]


def _right_to_left(word: str, rng: random.Random) -> str:
    if rng.random() < 0.5:
        return "\u202e" + word[::-1] + "\u202c"
    return rng.choice("\u200f\u2067\u202b").join((word[:1], word[1:]))


def _typos(word: str, rng: random.Random) -> str:
    i = rng.randrange(1, len(word))
    kind = rng.randrange(4)
    if kind == 0:
        return word[:i] + word[i] + word[i:]
    if kind == 1 and len(word) > 3:
        return word[:i] + word[i + 1 :]
    if kind == 2 and i + 1 < len(word):
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]
    near = rng.choice(_NEIGHBOURS[word[i].lower()])
    return word[:i] + near + word[i + 1 :]


#: Every attack by its name.
ATTACKS: Mapping[str, Attack] = MappingProxyType(
    {
        "leet": _each_word(_leet),
        "homoglyphs": _each_word(_homoglyphs),
        "zero_width": _each_word(_zero_width),
        "dots": _each_word(_dots),
        "spaces": _each_word(_spaces),
        "stretched": _each_word(_stretched),
        "censored": _each_word(_censored),
        "emoji": _each_word(_emoji),
        "mixed_case": _each_word(_mixed_case),
        "accents": _each_word(_accents),
        "right_to_left": _each_word(_right_to_left),
        "reversed": _each_word(_reversed),
        "typos": _each_word(_typos),
    }
)


def attack(text: str, name: str, seed: int = 0) -> str:
    """Disguise a text by one attack.

    Raises:
        KeyError: for an unknown attack.
    """
    return ATTACKS[name](text, random.Random(f"{name}:{seed}:{text}"))
