"""Writes the tables in these pages that are made from the code: `python docs/tables.py`.

`--check` writes nothing and fails where a table is not what it would be.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from moderation import errors

HERE = Path(__file__).parent


def error_codes() -> Iterator[str]:
    """Give every code that the API answers with, by status; the general one of a status first."""
    yield "| status | `code` | what it means |"
    yield "|---|---|---|"
    classes = [
        item
        for _, item in inspect.getmembers(errors, inspect.isclass)
        if issubclass(item, errors.RejoinderError)
        and "code" in vars(item)
        and item not in (errors.RejoinderError, errors.ConfigurationError)
    ]
    for item in sorted(classes, key=lambda item: (item.status, len(item.__mro__), item.code)):
        meaning = " ".join((inspect.getdoc(item) or "").partition("\n\n")[0].split())
        yield f"| {item.status} | `{item.code}` | {meaning} |"


TABLES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "error codes": ("integrate.md", error_codes),
}


def with_table(page: str, name: str, lines: Iterator[str]) -> str:
    """Give a page with the table put between its two markers.

    Raises `ValueError` if the page lacks them.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = page.partition(begin)
    _, marker, after = rest.partition(end)
    if not marker:
        raise ValueError(f"the markers of {name!r} are missing")
    return f"{before}{begin}\n" + "".join(f"{line}\n" for line in lines) + f"\n{end}{after}"


def main() -> int:
    """Write the tables, or with `--check` say which are not up to date."""
    outdated = []
    for name, (file, lines) in TABLES.items():
        path = HERE / file
        page = path.read_text("utf-8")
        wanted = with_table(page, name, lines())
        if wanted == page:
            continue
        outdated.append(f"{file}: the table of {name} is not up to date (python docs/tables.py)")
        if "--check" not in sys.argv:
            path.write_text(wanted, "utf-8")
    if "--check" in sys.argv and outdated:
        print("\n".join(outdated), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
