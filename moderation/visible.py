"""What a character does: show nothing, turn those around it, stand in a script without blanks."""

from __future__ import annotations

import re
from urllib.parse import quote

# White space, what Unicode calls "default ignorable", annotation and hieroglyph controls, and the
# signs whose picture is empty: Braille blank, null notehead.
_SHOWS_NOTHING = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]+"
)
# Embeddings, overrides and isolates; the marks (U+200E, U+200F, U+061C) turn no letters.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]+")
_OVERRIDES = re.compile("[\u202d\u202e]+")

# Letters, vowels and signs of scripts that write no blanks between words: South-East Asia's (line
# breaking class SA), Han and Kana.
_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\u3005-\u3007"
    "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaadf\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)


def is_without_blanks(character: str) -> bool:
    """Whether a character is of a script that writes no blanks between words."""
    return bool(_WITHOUT_BLANKS.match(character))


def is_blank(text: str) -> bool:
    """Whether a text shows nothing."""
    return not shown(text)


def shown(text: str) -> str:
    """Give what is left without the characters that show nothing."""
    return _SHOWS_NOTHING.sub("", text)


def unturned(text: str) -> str:
    """Give a short text without characters that change the order of others."""
    return _TURNS.sub("", text)


def escaped(url: str) -> str:
    """Give an address with escapes for characters that show nothing or turn others."""
    return _SHOWS_NOTHING.sub(lambda found: quote(found[0]), url)


def read_forwards(text: str) -> str:
    """Give a text without the characters that show all others backwards.

    The others that set a direction stay: who writes two scripts needs them.
    """
    return _OVERRIDES.sub("", text)
