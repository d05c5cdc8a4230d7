"""Type a sentence as people type: in lower case, without points, with slips of the finger."""

from __future__ import annotations

import random
import re

_SHORT = {
    "you": "u", "your": "ur", "are": "r", "because": "cuz", "people": "ppl", "please": "pls",
    "though": "tho", "going to": "gonna", "want to": "wanna", "with": "w/", "about": "abt",
    "probably": "prob", "really": "rly", "thanks": "thx", "don't know": "dunno", "to": "2",
    "right now": "rn", "to be honest": "tbh", "and": "&", "what": "wat", "them": "em",
}  # fmt: skip
_BEFORE = ("lol ", "tbh ", "honestly, ", "ok so ", "well, ", "hmm. ", "omg ", "look, ", "so ")
_EMOJI = (
    "😂", "🤣", "😡", "🙄", "👍", "🔥", "💯", "😭", "❤️", "🙏", "😎", "🤔", "😊", "👏", "💀", "🎉",
    "🤦‍♀️", "🤷", "👩‍🏫", "👨‍👩‍👧", "🏳️‍🌈", "♿", "🧕", "🇬🇧", "🇮🇳", "⚽", "🐶", "🌍", "✊🏾", "👵",
    "🧑‍💻", "✝️", "☪️",
)  # fmt: skip
_BEHIND = (" lol", " tbh", " imo", " haha", "!!!", "!!", " ...", " :)", " :(", " smh", " fr", " ;)")


def type_carelessly(text: str, rng: random.Random, *, english: bool = True) -> str:
    """A text with one or two habits of typing; it says what it said before."""
    for habit in rng.sample(_HABITS if english else _HABITS_ANYWHERE, rng.choice((1, 1, 2))):
        text = habit(text, rng)
    return text


def _lower(text: str, rng: random.Random) -> str:
    return text.lower()


def _no_points(text: str, rng: random.Random) -> str:
    return re.sub(r"(?<=\w)[.,;!](?=\s|$)|(?<=\w)'(?=\w)", "", text)


def _lower_without_points(text: str, rng: random.Random) -> str:
    return _no_points(text.lower(), rng)


def _excited(text: str, rng: random.Random) -> str:
    return re.sub(r"[.!]?$", rng.choice(("!", "!!", "!!!", "!!1")), text)


def _upper(text: str, rng: random.Random) -> str:
    return text.upper() if len(text) < 90 and rng.random() < 0.5 else text.lower()


def _shortened(text: str, rng: random.Random) -> str:
    words = rng.sample(sorted(_SHORT), 8)
    return re.sub(rf"\b(?:{'|'.join(words)})\b", lambda match: _SHORT[match[0]], text.lower())


def _slip(text: str, rng: random.Random) -> str:
    """Exchange, drop or double a letter within one long word."""
    places = [m.start() for m in re.finditer(r"(?<=[a-z])[a-z](?=[a-z]{2})", text)]
    if not places:
        return text
    at = rng.choice(places)
    how = rng.randrange(3)
    if how == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + (text[at] * 2 if how == 1 else "") + text[at + 1 :]


def _before(text: str, rng: random.Random) -> str:
    return rng.choice(_BEFORE) + text


def _behind(text: str, rng: random.Random) -> str:
    return text.rstrip(".!") + rng.choice(_BEHIND)


def _with_emoji(text: str, rng: random.Random) -> str:
    return f"{text} {rng.choice(_EMOJI)}" + rng.choice(("", "", rng.choice(_EMOJI)))


_HABITS = (
    _lower, _lower, _no_points, _lower_without_points, _lower_without_points, _excited, _upper,
    _shortened, _slip, _slip, _before, _behind, _with_emoji, _with_emoji,
)  # fmt: skip
#: Those that know no word of English.
_HABITS_ANYWHERE = (
    _lower, _lower, _no_points, _lower_without_points, _lower_without_points, _excited, _upper,
    _slip, _with_emoji,
)  # fmt: skip
