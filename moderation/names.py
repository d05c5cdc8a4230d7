"""Names that are kept for somebody, and those that are made to look like them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from classifiers.normalise import normalise

# Signs and digits that stand for letters.
_AS_LETTERS = str.maketrans("@$€034578", "aseoeastb")
# Strokes, which nobody counts: i and l in either case, and what stands for them.
_STROKES = re.compile(r"[iIl1!|]+")
# Several letters that look like one.
_AS_ONE = (("rn", "m"), ("vv", "w"))
_MAKES_LONGER = "\u0640"


def is_reserved(name: str, reserved: Iterable[str]) -> bool:
    """Say whether a name is, or looks like, one of those that are reserved.

    Case, accents, blanks, marks, digits for letters and letters of other scripts make no
    difference. `*` at the beginning or end of a reserved name stands for anything.
    """
    looks = appearance(name)
    return bool(looks) and any(_matches(looks, one) for one in reserved)


@lru_cache(maxsize=4096)
def appearance(name: str) -> str:
    """Give what a name looks like: the same for all names that a reader would take for one.

    Empty for a name without letters and digits.
    """
    composed = unicodedata.normalize("NFKC", name)
    has_letters = any(character.isalpha() for character in composed)
    if has_letters:
        composed = _STROKES.sub("l", composed.translate(_AS_LETTERS))
    kept = "".join(filter(_is_letter, composed))
    if not kept:
        return ""
    # A Latin letter before it: so a name wholly in Cyrillic is read as one of mixed letters is.
    plain = "".join(filter(str.isalnum, normalise(f"x{kept}"))).removeprefix("x")
    for several, one in _AS_ONE:
        plain = plain.replace(several, one)
    return _STROKES.sub("l", plain) if has_letters else plain


def _matches(looks: str, reserved: str) -> bool:
    wanted = appearance(reserved.strip("*"))
    if not wanted:
        return False
    anything_before, anything_after = reserved.startswith("*"), reserved.endswith("*")
    if anything_before and anything_after:
        return wanted in looks
    if anything_before:
        return looks.endswith(wanted)
    return looks.startswith(wanted) if anything_after else looks == wanted


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN" and character != _MAKES_LONGER
