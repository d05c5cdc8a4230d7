"""Offsets in UTF-16 code units, which is how JavaScript, Java and Google's APIs count text."""

from __future__ import annotations

from collections.abc import Iterable


def spans_in_utf16(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Turn spans of code points into spans of UTF-16 code units; ends stay exclusive.

    Spans must be sorted and must not overlap.
    """
    if text.isascii():
        return list(spans)
    converted = []
    position = units = 0
    for begin, end in spans:
        units += _units(text[position:begin])
        start = units
        units += _units(text[begin:end])
        converted.append((start, units))
        position = end
    return converted


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)
