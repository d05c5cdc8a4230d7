"""JSON as it comes in from outside, read strictly, and as it is stored and sent, compact."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

# Only an escaped surrogate can bring an unpaired one into decoded JSON.
_ESCAPED_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class MalformedBody(ValueError):
    """The body is not JSON in UTF-8; the message says why, without quoting it."""


# `json.dumps` makes one for each call.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def write_json(value: Any) -> str:
    """Write compact JSON, with every character as itself."""
    return _write(value)


def read_json(raw: bytes, *, content_encoding: str = "") -> Any:
    """Parse a body; raises MalformedBody.

    Refused beside syntax errors: any content encoding, invalid UTF-8, `NaN` and `Infinity`,
    integers of thousands of digits, nesting deeper than Python's stack, unpaired surrogates.
    """
    if content_encoding.lower() not in ("", "identity"):
        raise MalformedBody("Unsupported content encoding.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedBody(f"Invalid UTF-8 at byte {error.start}.") from error
    try:
        parsed = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise MalformedBody(f"{error.msg} at character {error.pos}.") from error
    except RecursionError as error:
        raise MalformedBody("Nested too deeply.") from error
    except ValueError as error:
        raise MalformedBody("A number is out of range.") from error
    if _ESCAPED_SURROGATE.search(raw) and not _encodable(parsed):
        raise MalformedBody("Unpaired surrogate in a string.")
    return parsed


def _encodable(parsed: Any) -> bool:
    try:
        json.dumps(parsed, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    except RecursionError as error:
        # Writing needs a frame more than reading did.
        raise MalformedBody("Nested too deeply.") from error
    return True


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
