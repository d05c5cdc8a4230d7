"""Read the rows of the files people have: JSON lines or a table, gzipped or not.

A table's header says what its columns are; its cells may be parted by commas, semicolons, tabs or
bars. Text is UTF-8, or UTF-16 with a byte order mark, as spreadsheets write it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any

from classifiers.errors import DataError

TEXT_COLUMNS = ("text", "comment_text", "comment")
DELIMITERS = (",", ";", "\t", "|")
#: What `surrogateescape` makes of a byte that is no text.
_NO_TEXT = re.compile("[\udc80-\udcff]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """One comment: its text, all that stands beside it by column, and where it was found.

    Values are the strings of a table's cells or what JSON holds; ``number`` counts lines of JSON
    and rows of a table, whose header is row 1.
    """

    text: str
    values: Mapping[str, object]
    number: int
    where: str
    in_table: bool


def read_rows(raw: IO[bytes], name: str) -> Iterator[Row]:
    """Yield the rows of an open file, which need not be seekable; none if it is empty.

    Raises:
        DataError: for a missing text column, bad JSON or quoting, a broken gzip, or bytes that are
            no text, with ``name`` and the line or row.
    """
    try:
        lines = _lines(raw, name)
        first, head = next(
            ((at, line) for at, line in enumerate(lines, 1) if line.strip()), (0, "")
        )
        if not head:
            return
        if head.lstrip().startswith("{"):
            yield from _json_rows(chain([head], lines), first, name)
        elif head.lstrip().startswith("["):
            raise DataError(f"{name}: a JSON array; write one object a line instead")
        else:
            yield from _table_rows(chain([head], lines), head, name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{name}: the gzip data is cut short or damaged ({error})") from error
    except UnicodeError as error:
        raise DataError(f"{name}: not UTF-8 text ({error})") from error
    except OSError as error:
        raise DataError(f"{name}: {error.strerror or error}") from error


def _lines(raw: IO[bytes], name: str) -> Iterator[str]:
    # Only peeking leaves a pipe as it was.
    buffered = raw if isinstance(raw, io.BufferedReader) else io.BufferedReader(raw)  # type: ignore[type-var]
    magic = buffered.peek(2)
    if magic.startswith(b"PK\x03\x04"):
        raise DataError(f"{name}: a zip archive; unpack it first")
    if not magic.startswith(b"\x1f\x8b"):
        yield from _decoded(buffered, name)
        return
    with gzip.GzipFile(fileobj=buffered) as inflated, io.BufferedReader(inflated) as plain:
        yield from _decoded(plain, name)


def _decoded(binary: io.BufferedReader[Any], name: str) -> Iterator[str]:
    encoding = "utf-16" if binary.peek(2).startswith(_UTF16) else "utf-8-sig"
    stream = io.TextIOWrapper(binary, encoding, errors="surrogateescape", newline="")
    try:
        for number, line in enumerate(stream, 1):
            if not line.isascii() and _NO_TEXT.search(line):
                raise DataError(f"{name}, line {number}: not UTF-8 text; save the file as UTF-8")
            yield line
    finally:
        # Who opened the file closes it, perhaps before this generator ends.
        if not binary.closed:
            stream.detach()


def _json_rows(lines: Iterable[str], first: int, name: str) -> Iterator[Row]:
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            values = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise DataError(f"{where}: not a JSON object ({error})") from error
        if not isinstance(values, dict):
            raise DataError(f"{where}: not a JSON object")
        text = next((values[column] for column in TEXT_COLUMNS if column in values), None)
        if not isinstance(text, str):
            raise DataError(f"{where}: 'text' must be a string")
        yield Row(text, values, number, where, in_table=False)


def _table_rows(lines: Iterable[str], head: str, name: str) -> Iterator[Row]:
    # Civil Comments has cells above csv's default limit of 128 KiB.
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    # An unclosed quote would else swallow all rows below it.
    rows = csv.reader(lines, delimiter=_delimiter(head), strict=True)
    number = 1
    try:
        header = [column.strip().lower() for column in next(rows)]
        text_at = next((header.index(column) for column in TEXT_COLUMNS if column in header), None)
        if text_at is None:
            raise DataError(
                f"{name}: no text column; the header needs one of {', '.join(TEXT_COLUMNS)}, "
                f"it has: {' '.join(', '.join(header).split())}"
            )
        # Of columns with the same name the first one counts.
        columns = {column: at for at, column in reversed([*enumerate(header)])}
        for row in rows:
            number += 1
            if not row:
                continue
            where = f"{name}, row {number}"
            if len(row) != len(header):
                raise DataError(f"{where}: {len(row)} columns where the header has {len(header)}")
            values = {column: row[at] for column, at in columns.items()}
            yield Row(row[text_at], values, number, where, in_table=True)
    except csv.Error as error:
        raise DataError(f"{name}, row {number + 1}: {error}; is a quote not closed?") from error


def _delimiter(head: str) -> str:
    """What parts a header so that one of its columns is a text's."""
    for delimiter in DELIMITERS:
        names = {name.strip(' "\r\n').lower() for name in head.split(delimiter)}
        if len(names) > 1 and not names.isdisjoint(TEXT_COLUMNS):
            return delimiter
    return DELIMITERS[0]
