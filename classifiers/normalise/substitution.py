"""Replace parts of a text and keep the way back to where each character came from."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

#: For each character of a text the half-open range of code points of the original it is from.
Spans = list[tuple[int, int]]
#: Half-open ranges of a text, rising.
Chunks = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is replaced, and by what; a match that is no disguise is replaced by itself."""

    pattern: re.Pattern[str]
    replacement: Callable[[re.Match[str]], str]


def substitute(
    rule: Rule,
    text: str,
    spans: Spans | None,
    chunks: Chunks | None = None,
) -> tuple[str, Spans | None]:
    """Replace matches, in the whole text or in chunks of it.

    A replacement's characters come from the match's, in order.
    """
    if spans is None and chunks is None:
        return rule.pattern.sub(rule.replacement, text), None
    parts: list[str] = []
    new_spans: Spans = []
    last = 0
    for chunk in chunks if chunks is not None else [(0, len(text))]:
        for match in rule.pattern.finditer(text, *chunk):
            start, end = match.span()
            new = rule.replacement(match)
            parts += (text[last:start], new)
            if spans is not None:
                new_spans += spans[last:start]
                if len(new) == end - start:
                    new_spans += spans[start:end]
                else:
                    new_spans += _shared(spans[start:end], len(new))
            last = end
    parts.append(text[last:])
    return "".join(parts), None if spans is None else new_spans + spans[last:]


def _shared(spans: Spans, count: int) -> Spans:
    """Share the sources of a match out among the `count` characters that replace it."""
    size = len(spans)
    bounds = [i * size // count for i in range(count + 1)] if count else []
    shares = (spans[start : max(end, start + 1)] for start, end in pairwise(bounds))
    # Reversed text has its sources in falling order.
    return [(min(share)[0], max(end for _, end in share)) for share in shares]
