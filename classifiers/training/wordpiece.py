"""Cut an encoder's vocabulary to the words that comments use, so that it stays small.

Most of an encoder of this size is its table of words. A word that is left out is read in the parts
that the table still has, down to single characters, so nothing becomes unreadable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from classifiers.wordpiece import WordPiece

#: Words that the table keeps, single characters and marks not counted.
WORDS = 15_000
MARKS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def frequent_words(
    vocabulary: Sequence[str], texts: Iterable[str], words: int = WORDS
) -> list[str]:
    """The part of a vocabulary to keep: marks, ASCII characters and the most frequent words."""
    known = set(vocabulary)
    counts: Counter[str] = Counter()
    whole = [*MARKS, *(word for word in vocabulary if word not in MARKS)]
    pieces = WordPiece(whole)
    for text in texts:
        counts.update(whole[i] for word in pieces.pieces(text) for i in word)
    characters = {
        word
        for word in known
        if len(word.removeprefix("##")) == 1 and (word.isascii() or counts[word])
    }
    taken = {*MARKS, *characters}
    frequent = [word for word, _ in counts.most_common() if word not in taken][:words]
    return [*MARKS, *sorted({*characters, *frequent})]
