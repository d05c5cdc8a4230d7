"""The library's commands: what they print, and one clear line when they fail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_model import tiny_path, tiny_scorer

from classifiers.cli import main

MODEL = ("--model", str(tiny_path()))


def run(*arguments: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments], input=input)


@pytest.mark.parametrize("command", ["train", "evaluate", "score", "card"])
def test_help_has_examples(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"python -m classifiers {command}" in result.output


def test_score_writes_a_line_for_each_line_in_order(tmp_path: Path) -> None:
    texts = [f"you are stupid number {i}" if i % 2 else f"thank you {i}" for i in range(600)]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text, "id": 1}) + "\n" for text in texts))
    result = run("score", str(path), *MODEL)
    assert result.exit_code == 0
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    expected = tiny_scorer().score(texts)
    assert [line["scores"] for line in lines] == [score.scores for score in expected]
    assert all(set(line) == {"scores", "language", "model"} for line in lines)


def test_score_reads_standard_input_and_explains() -> None:
    result = run("score", "-", "--explain", *MODEL, input='{"text": "ѕtupid you"}\n{"text": ""}')
    assert result.exit_code == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert [(span["start"], span["end"]) for span in first["spans"]] == [(0, 6), (7, 10)]
    assert second["spans"] == []


@pytest.mark.parametrize("line", ["{", "[1]", '"text"', '{"body": "x"}', '{"text": 3}', "\x00"])
def test_score_says_which_line_is_wrong(line: str) -> None:
    result = run("score", "-", *MODEL, input='{"text": "fine"}\n' + line + "\n")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "line 2" in result.stderr


def test_score_takes_lone_surrogates_and_bytes_that_are_no_text() -> None:
    assert run("score", "-", *MODEL, input='{"text": "\\ud800 \\u0000"}').exit_code == 0
    result = run("score", "-", *MODEL, input=b'{"text": "\xff"}')
    assert result.exit_code == 1
    assert "line 1" in result.stderr


def test_card_is_json() -> None:
    result = run("card", *MODEL)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["version"] == "tiny-en@1"


@pytest.mark.parametrize("command", [("card",), ("score", "-")])
def test_a_missing_or_foreign_model_is_one_clear_line(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    foreign = tmp_path / "foreign.rejoinder"
    foreign.write_bytes(b"PK\x03\x04 nothing")
    for model, words in (("nothing-here", "no model"), (str(foreign), "foreign.rejoinder")):
        result = run(*command, "--model", model, input="")
        assert result.exit_code == 1
        assert words in result.stderr
        assert result.stderr.count("\n") == 1


def test_a_missing_file_is_a_usage_error() -> None:
    result = run("score", "/nowhere/at-all.jsonl", *MODEL)
    assert result.exit_code == 2
    assert "/nowhere/at-all.jsonl" in result.stderr


def test_evaluate_needs_readable_rows(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("comment,score\nhello,1\n")
    result = run("evaluate", str(table), *MODEL)
    assert result.exit_code == 1
    assert "table.csv" in result.stderr
