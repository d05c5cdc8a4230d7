"""Comments for the benchmarks: some 210 characters each, of ordinary words, no two of them alike.

A running number in one sentence would be what a flood is made of, and be found as one.
"""

from __future__ import annotations

import random

_USUAL = (
    "I the a of and to in that it is was for on with as at by this but not they from or which "
    "have all were when we there can an more if no out so said what up its about into than them "
    "only other new some could time these two may then do first any my now such like our over me "
    "even most made after also did many before must through years where much your way well down "
    "should because each just those people how too little state good very make world still see "
    "own men work long here get both between life being under three never same another know while "
    "last might us great old year off come since against go came right used take house few during "
    "public again place around however home small found thought went say part once general high "
    "school every bridge winter garden chart number notes page scale river train coffee story"
)
WORDS = _USUAL.split()
"""Most are among the commonest of English."""
LENGTH = 41
"""Words of a comment."""

_rng = random.Random(1)


def comment() -> str:
    """Make another comment."""
    return " ".join(_rng.choices(WORDS, k=LENGTH)) + "."
