"""Texts made of parts of comments, which only the teacher labels.

A sum of words learns what each phrase is worth from seeing it in many contexts, and the comments
there are show most phrases in one. Parts joined, thinned out and cut short show the others, and a
teacher says what they amount to (Tang et al. 2019, "Distilling Task-Specific Knowledge from BERT
into Simple Neural Networks", section 3.3).
"""

from __future__ import annotations

import random
from collections.abc import Sequence, Set
from itertools import accumulate

from classifiers.data.examples import Example
from classifiers.data.sources import is_wikipedia_talk, source
from classifiers.data.splits import near_duplicate_key
from classifiers.training.augmentation import is_abusive

#: Most texts made, in all and of each row.
COUNT, PER_ROW = 320_000, 4
#: The share of parts that come from abusive comments.
ABUSIVE_SHARE = 0.45
#: Words of a part, at least and at most: joined to another, thinned out, alone.
JOINED, THINNED, ALONE = (3, 30), (4, 60), (2, 10)
#: Shares of the words of a thinned text that go, and that become another comment's.
DROPPED, EXCHANGED = 0.15, 0.1


def mixtures(rows: Sequence[Example], held_out: Set[str]) -> list[str]:
    """Distinct texts made of the rows' words; the same rows give the same texts.

    Clean parts come from Wikipedia talk, abusive ones from all sources, as often as each source
    weighs. Half of the texts are two parts joined, a quarter one part with words left out or
    exchanged, a quarter one short part.

    Args:
        rows: training rows with their labels.
        held_out: keys of near-duplicates (``splits.near_duplicate_key``) that must not be learnt.
    """
    asked = [row for row in rows if "toxicity" in row.labels and row.text.split()]
    abusive = [row for row in asked if is_abusive(row)]
    clean = [row for row in asked if not is_abusive(row) and is_wikipedia_talk(row.source)]
    if not abusive or not clean:
        return []
    # The same texts are wanted every time.
    rng = random.Random(0)  # noqa: S311
    words = {id(row): row.text.split() for row in abusive + clean}
    cumulative = {
        id(group): list(accumulate(source(row.source).weight for row in group))
        for group in (abusive, clean)
    }

    def draw() -> list[str]:
        group = abusive if rng.random() < ABUSIVE_SHARE else clean
        [row] = rng.choices(group, cum_weights=cumulative[id(group)])
        return words[id(row)]

    def part(least_and_most: tuple[int, int]) -> list[str]:
        drawn = draw()
        length = min(len(drawn), rng.randint(*least_and_most))
        start = rng.randint(0, len(drawn) - length)
        return drawn[start : start + length]

    def thinned() -> list[str]:
        remaining = []
        for word in part(THINNED):
            fate = rng.random()
            if fate >= DROPPED + EXCHANGED:
                remaining.append(word)
            elif fate >= DROPPED:
                remaining.append(rng.choice(draw()))
        return remaining

    texts: dict[str, None] = {}
    for number in range(min(COUNT, PER_ROW * len(asked))):
        if number % 4 < 2:
            text = rng.choice((" ", ". ", "\n")).join(" ".join(part(JOINED)) for _ in range(2))
        else:
            text = " ".join(thinned() if number % 4 == 2 else part(ALONE))
        if " " in text and near_duplicate_key(text) not in held_out:
            texts[text] = None
    return list(texts)
