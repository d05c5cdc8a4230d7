"""A catalogue of messages has each key once: of two, one would be shown in the other's place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import moderation

CATALOGUES = sorted(Path(moderation.__file__).parent.glob("*/static/messages/*.json"))


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
    return dict(pairs)


def test_there_are_catalogues_of_both() -> None:
    assert {path.parents[2].name for path in CATALOGUES} == {"dashboard", "widget"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: f"{path.parents[2].name}-{path.stem}")
def test_each_message_stands_there_once(path: Path) -> None:
    assert json.loads(path.read_text("utf-8"), object_pairs_hook=once)
