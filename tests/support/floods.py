"""What somebody writes who floods a site: one text in many disguises."""

from __future__ import annotations

import random

TEXT = "The new bridge is a scandal and the mayor should resign before the next council meeting"
_SWAPS = {
    "new": ("old", "latest", "ugly", "so-called"),
    "bridge": ("road", "project", "tunnel"),
    "scandal": ("disgrace", "shame", "joke", "fraud"),
    "mayor": ("council", "boss", "city"),
    "resign": ("quit", "go", "leave"),
    "next": ("coming", "following"),
    "meeting": ("session", "vote"),
}
_LOOK_ALIKES = str.maketrans("aeopc", "аеорс")
_ENDS = ("", "!!!", " 😡😡", "...", " 🔥", " ?!", " 👎👎👎", ".")


def variant(draw: random.Random) -> str:
    """One of its disguises: up to two words swapped, another case, look-alikes, signs, emoji."""
    words = TEXT.split()
    swapped = draw.sample([i for i, word in enumerate(words) if word in _SWAPS], draw.randrange(3))
    for i in swapped:
        words[i] = draw.choice(_SWAPS[words[i]])
    style = draw.randrange(4)
    if style == 0:
        words = [word.upper() for word in words]
    elif style == 1:
        words = [word.translate(_LOOK_ALIKES) if draw.random() < 0.3 else word for word in words]
    elif style == 2:
        words = [word + draw.choice(("", "", ",", " -")) for word in words]
    return " ".join(words) + draw.choice(_ENDS)


def flood(count: int, *, seed: int = 7) -> list[str]:
    """So many of them, the plain text first; the same for the same seed."""
    draw = random.Random(seed)
    return [TEXT, *(variant(draw) for _ in range(count - 1))]
