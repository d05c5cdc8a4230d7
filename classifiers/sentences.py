"""Part a text into sentences, for scores of its parts."""

from __future__ import annotations

import re

#: A sentence ends at marks of an end, with closing quotes, before a blank; or at a line's end.
_MARKS = ".!?…。"
_CLOSING = r"[\"'”)\]]*"
_SENTENCE = re.compile(
    rf"[^\s](?:[^{_MARKS}\n]+|[{_MARKS}]+(?!{_CLOSING}(?:\s|$)))*[{_MARKS}]*{_CLOSING}"
)


def sentences(text: str) -> list[tuple[int, int]]:
    """Return the half-open ranges of the sentences in code points, without blanks around them.

    A text without marks is one sentence; a blank one has none.
    """
    ranges = []
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        while end > start and text[end - 1].isspace():
            end -= 1
        if end > start:
            ranges.append((start, end))
    return ranges
