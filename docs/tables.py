"""Writes the tables in these pages that are made from the code: `python docs/tables.py`.

`--check` writes nothing and fails where a table is not what it would be. Tables that need labelled
comments too are written by `python -m classifiers readers` and `certain` (classifier.md).
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from classifiers import load_model
from classifiers.evaluation.behaviour import HALVES, Outcome, check
from classifiers.evaluation.page import with_table
from moderation import errors

HERE = Path(__file__).parent
#: Percentage points: two cases of fifty.
POINTS = 4.1


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


def ordinary_comments() -> Iterator[str]:
    """Give what the shipped models do with each kind of ordinary comments, both halves."""
    model = load_model(language="en")
    found = [check(model, half) for half in HALVES]
    yield f"| `{model.version}` | the question | seen, held | unseen, held | goal |"
    yield "|---|---|---|---|---|"
    groups = ((False, "all harmless", "at most"), (True, "all abusive", "at least"))
    for abusive, group, bound in groups:
        for rows in zip(*(each.outcomes for each in found), strict=True):
            kind = rows[0].kind
            if kind.abusive == abusive:
                cells = [kind.name, kind.asks, *map(_held, rows), f"{bound} {kind.goal:.0%}"]
                yield f"| {' | '.join(cells).replace('%', ' %')} |"
        totals = [each.held(abusive=abusive) for each in found]
        shares = [f"{100 * held / cases:.1f} % of {cases:,}" for held, cases in totals]
        yield f"| **{group}** | | {' | '.join(shares)} | |"


def _held(outcome: Outcome) -> str:
    """Give the share held with its interval, in bold where the goal is missed."""
    share = outcome.share
    value = f"{100 * share.value:.1f}"
    interval = f"[{100 * share.low:.1f}, {100 * share.high:.1f}]"
    return f"{value if outcome.met else f'**{value}**'} {interval}"


TABLES: dict[str, tuple[str, Callable[[], Iterator[str]]]] = {
    "error codes": ("integrate.md", error_codes),
    "ordinary comments": ("classifier.md", ordinary_comments),
}


def _near(wanted: str, page: str) -> bool:
    """Say whether two pages differ by as little as another processor makes of the second reader.

    It rounds what it multiplies, so a score may differ in the third decimal and a case or two of a
    kind may come out otherwise.
    """
    number = re.compile(r"\d+\.\d")
    shapes = [number.sub("#", text.replace("**", "")) for text in (wanted, page)]
    pairs = zip(*(map(float, number.findall(text)) for text in (wanted, page)), strict=True)
    return shapes[0] == shapes[1] and all(abs(a - b) <= POINTS for a, b in pairs)


def main() -> int:
    """Write the tables, or with `--check` say which are not up to date."""
    outdated = []
    for name, (file, lines) in TABLES.items():
        path = HERE / file
        page = path.read_text("utf-8")
        wanted = with_table(page, name, lines())
        measured = name == "ordinary comments" and "--check" in sys.argv
        if wanted == page or (measured and _near(wanted, page)):
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
