"""Keep the figures of an evaluation as a small file, whose changes can be read line by line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: What only plots and long tables need: hundreds of numbers each, and what the code says as well.
_LEFT_OUT = frozenset(
    {"curve", "reliability", "false_positive_rate", "aucs", "asks", "example", "held_for"}
)
_ESTIMATE = frozenset({"value", "low", "high"})
#: Machines agree on so many decimals.
_DECIMALS = 5


def write_figures(figures: Mapping[str, Any], path: Path, card: Mapping[str, Any]) -> None:
    """Write the figures as JSON, without curves and rows by term.

    An estimate is ``[value, low, high]``, what could not be measured is null, and an object that
    holds no other one stands on one line.

    Args:
        figures: as ``Evaluation.to_json`` gives them.
        card: of the models that were measured, whose hashes are written too.
    """
    cards = card.get("models", [card])
    hashes = {row["version"]: row["sha256"] for row in cards}
    path.write_text(_lines({"sha256": hashes} | _summary(figures)) + "\n", encoding="utf-8")


def _summary(value: Any) -> Any:
    if isinstance(value, Mapping):
        if value.keys() == _ESTIMATE:
            return [value["value"], value["low"], value["high"]]
        return {key: _summary(part) for key, part in value.items() if key not in _LEFT_OUT}
    if isinstance(value, list):
        return [_summary(part) for part in value]
    if isinstance(value, float):
        return round(value, _DECIMALS) if math.isfinite(value) else None
    return value


def _lines(value: Any, indent: str = "") -> str:
    """JSON in which an object that holds no other one stands on one line."""
    inner = indent + " "
    if isinstance(value, list) and any(isinstance(part, dict) for part in value):
        rows, brackets = [_lines(part, inner) for part in value], "[]"
    elif isinstance(value, dict) and _holds_objects(value):
        rows = [f"{json.dumps(key)}: {_lines(part, inner)}" for key, part in value.items()]
        brackets = "{}"
    else:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    return f"{brackets[0]}\n{inner}" + f",\n{inner}".join(rows) + f"\n{indent}{brackets[1]}"


def _holds_objects(value: dict[str, Any]) -> bool:
    parts = [part[0] if isinstance(part, list) and part else part for part in value.values()]
    return any(isinstance(part, dict) for part in parts)
