"""Cut a normalised text into the pieces of words that the second reader knows.

This is WordPiece as BERT uses it: words and marks, each split greedily into the longest pieces of
the vocabulary. The library ``tokenizers`` would bring a client for downloading models along, which
a service that never calls out should not carry.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

#: A run of letters and digits, or one other mark.
_PART = re.compile(r"[^\W_]+|[^\w\s]|_")
#: Longer words are no words.
_LONGEST = 60
#: Most words remembered with their pieces.
_REMEMBERED = 20_000


class WordPiece:
    """A vocabulary with the marks ``[PAD]``, ``[UNK]``, ``[CLS]`` and ``[SEP]`` first, in order."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        """Number the vocabulary; raise ``ValueError`` if its marks are not where they belong."""
        if tuple(vocabulary[:4]) != ("[PAD]", "[UNK]", "[CLS]", "[SEP]"):
            raise ValueError("a vocabulary begins with [PAD], [UNK], [CLS], [SEP]")
        self._numbers = {piece: i for i, piece in enumerate(vocabulary)}
        if len(self._numbers) != len(vocabulary):
            raise ValueError("a vocabulary has each piece once")
        self._known: dict[str, list[int]] = {}

    def pieces(self, text: str) -> list[list[int]]:
        """The numbers of each word's pieces, word by word."""
        return self.words(text)[1]

    def words(self, text: str) -> tuple[list[str], list[list[int]]]:
        """The words and marks of a text, and the numbers of each one's pieces."""
        words = _PART.findall(text)
        return words, [self._word(word) for word in words]

    @staticmethod
    def places(text: str) -> list[tuple[int, int]]:
        """Where the words and marks of a text stand in it, as ``words`` gives them."""
        return [match.span() for match in _PART.finditer(text)]

    def _word(self, word: str) -> list[int]:
        known = self._known.get(word)
        if known is None:
            known = self._split(word)
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def _split(self, word: str) -> list[int]:
        if len(word) > _LONGEST:
            return [1]
        numbers: list[int] = []
        start = 0
        while start < len(word):
            for end in range(len(word), start, -1):
                piece = word[start:end] if not start else f"##{word[start:end]}"
                number = self._numbers.get(piece)
                if number is not None:
                    numbers.append(number)
                    start = end
                    break
            else:
                return [1]
        return numbers


def framed(pieces: Sequence[Sequence[int]], most: int) -> list[int]:
    """One sequence of at most ``most`` numbers for the encoder: its begin, the pieces, its end."""
    numbers = [2]
    for word in pieces:
        numbers += word
        if len(numbers) >= most:
            break
    return [*numbers[: most - 1], 3]


def windows(pieces: Sequence[Sequence[int]], most: int) -> list[tuple[int, int]]:
    """Parts of a text, as half-open ranges of its words, each of which ``framed`` can hold whole.

    The last one is as long as the others: it begins earlier and overlaps the one before it.
    """
    room = most - 2
    ranges: list[tuple[int, int]] = []
    start = length = 0
    for i, word in enumerate(pieces):
        if length + len(word) > room and i > start:
            ranges.append((start, i))
            start, length = i, 0
        length += len(word)
    ranges.append((start, len(pieces)))
    if len(ranges) > 1:
        first = last = len(pieces)
        length = 0
        while first and length + len(pieces[first - 1]) <= room:
            first -= 1
            length += len(pieces[first])
        ranges[-1] = (min(first, last - 1), last)
    return ranges
