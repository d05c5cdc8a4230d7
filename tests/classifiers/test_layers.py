"""What serves stands alone: it needs NumPy, and neither training nor what training needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import classifiers

FOLDER = Path(classifiers.__file__).parent
TRAINING = ("classifiers.training", "scipy", "sklearn", "joblib")
EVALUATION = ("classifiers.evaluation", "matplotlib")
TEACHER = ("torch", "transformers")
SERVICE = ("moderation", "flask", "redis")
#: What a module, or any of a folder, must not import; the longest name that fits rules.
FORBIDDEN = {
    "classifiers": (*TRAINING, *EVALUATION, *TEACHER, *SERVICE, "classifiers.data", "click"),
    "classifiers.cli": (*TEACHER, *SERVICE),
    "classifiers.cli_tables": (*TRAINING, *TEACHER, *SERVICE),
    "classifiers.data": (*TRAINING, *EVALUATION, *TEACHER, *SERVICE, "click"),
    "classifiers.training": (
        *EVALUATION,
        *TEACHER,
        *SERVICE,
        "click",
        "classifiers.training.teacher",
        "classifiers.training.second_reader",
    ),
    "classifiers.training.teacher": (*EVALUATION, *SERVICE, "classifiers.training.second_reader"),
    "classifiers.training.second_reader": (*EVALUATION, *SERVICE),
    "classifiers.evaluation": (*TRAINING, *TEACHER, *SERVICE, "click"),
}


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def imported(source: str) -> Iterator[str]:
    """Every name that a module imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    "path", sorted(FOLDER.rglob("*.py")), ids=lambda path: str(path.relative_to(FOLDER))
)
def test_imports_stay_within_their_layer(path: Path) -> None:
    parts = path.relative_to(FOLDER.parent).with_suffix("").parts
    module = ".".join(parts).removesuffix(".__init__")
    layer = max((name for name in FORBIDDEN if within(module, name)), key=len)
    names = set(imported(path.read_text(encoding="utf-8")))
    wrong = {name for name in names if any(within(name, other) for other in FORBIDDEN[layer])}
    assert not wrong


@pytest.mark.parametrize(
    "code",
    [
        "from classifiers import load_model; load_model().score(['You fool.'], explain=True)",
        "from classifiers.cli import main; main(['score', '-'], standalone_mode=False)",
    ],
    ids=["library", "command"],
)
def test_scoring_loads_nothing_that_only_training_needs(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        input='{"text": "You fool."}',
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "numpy" in loaded
    assert loaded.isdisjoint({*TRAINING, *EVALUATION, *TEACHER, *SERVICE})
