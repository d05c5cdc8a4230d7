"""One class for each code, and a table in the docs that is made of them."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from moderation import errors

ROOT = Path(__file__).parents[2]
CLASSES = [
    item
    for _, item in inspect.getmembers(errors, inspect.isclass)
    if issubclass(item, errors.RejoinderError)
]


def test_a_code_has_one_class() -> None:
    codes = [item.code for item in CLASSES if "code" in vars(item)]
    assert sorted(codes) == sorted(set(codes))


@pytest.mark.parametrize("item", CLASSES, ids=lambda item: item.__name__)
def test_a_class_says_what_it_means(item: type[errors.RejoinderError]) -> None:
    assert item.__name__.endswith("Error")
    assert item.__doc__, "its docstring is what the table in the docs says"
    assert item.__doc__ not in {base.__doc__ for base in item.__mro__[1:]}


def test_the_docs_list_the_codes_that_there_are() -> None:
    check = subprocess.run(
        [sys.executable, "docs/tables.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert check.returncode == 0, check.stderr
