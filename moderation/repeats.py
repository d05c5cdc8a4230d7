"""What counts as the same comment again, for the rule `repeat`. Pure.

Readers thank, congratulate and agree in the same few words; whole offices and schools share an
address. So a repeat is a text of some length that one author sends to one thread twice within a
day. Who sends no author token is known by the address alone, which then stands for the author.
"""

from __future__ import annotations

import hashlib
import re
from unicodedata import east_asian_width

# By choice: longer than "Congratulations to you both, well done!", shorter than what somebody
# writes about a page and would not write word for word again.
MIN_LETTERS = 40
# A character of Chinese, Japanese or Korean says about as much as three letters.
_WIDE = 3


def fingerprint(thread: str, text: str) -> str:
    """Give what two repeats have in common: the thread and the text, however spaced or cased."""
    folded = re.sub(r"\s+", " ", text).strip().casefold()
    return hashlib.sha256(f"{thread}\0{folded}".encode(errors="replace")).hexdigest()[:32]


def is_long(text: str) -> bool:
    """Say whether nobody writes this twice by chance: letters and digits count, nothing else."""
    letters = (_WIDE if east_asian_width(c) in "WF" else 1 for c in text if c.isalnum())
    return sum(letters) >= MIN_LETTERS
