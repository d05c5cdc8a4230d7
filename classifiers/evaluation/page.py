"""Tables of a page that are written by a command, each between two markers of its name."""

from __future__ import annotations

from collections.abc import Iterable


def with_table(page: str, name: str, lines: Iterable[str]) -> str:
    """Give a page with the table put between its two markers.

    Raises:
        ValueError: if the page lacks them.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
    before, _, rest = page.partition(begin)
    _, marker, after = rest.partition(end)
    if not marker:
        raise ValueError(f"the markers of {name!r} are missing")
    return f"{before}{begin}\n" + "".join(f"{line}\n" for line in lines) + f"\n{end}{after}"
