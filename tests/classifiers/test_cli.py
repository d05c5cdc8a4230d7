"""The library's commands: what they print, and one clear line when they fail."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from classifiers.cli import main
from classifiers.data.splits import split_examples
from tests.support.labelled import examples
from tests.support.tiny_model import tiny_path, tiny_scorer
from tests.support.tiny_reader import write as write_reader

MODEL = ("--model", str(tiny_path()))


def run(*arguments: str, input: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, [*arguments], input=input)


@pytest.mark.parametrize("command", ["train", "evaluate", "check", "score", "card"])
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


def test_score_tells_of_despair_where_there_is_some(tmp_path: Path) -> None:
    path = tmp_path / "comments.jsonl"
    path.write_text('{"text": "I want to die"}\n{"text": "What a day"}\n', "utf-8")
    despair, none = (
        json.loads(line) for line in run("score", str(path), *MODEL).stdout.splitlines()
    )
    assert despair["signals"] == [
        {
            "name": "self_harm",
            "phrases": [{"start": 0, "end": 13, "kind": "wish"}],
            "acute": True,
            "others": False,
        }
    ]
    assert "signals" not in none


def test_score_reads_standard_input_and_explains() -> None:
    result = run("score", "-", "--explain", *MODEL, input='{"text": "ѕtupid you"}\n{"text": ""}')
    assert result.exit_code == 0
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert [(span["start"], span["end"]) for span in first["spans"]] == [(0, 6), (7, 10)]
    assert second["spans"] == []


def test_score_explains_what_a_second_reader_changed(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime")
    reader = tmp_path / "tiny-reader-1.rejoinder"
    write_reader(reader)
    both = ("--model", f"{tiny_path()},{reader}")
    given = '{"text": "you are not an idiot"}\n{"text": "thank you"}'
    result = run("score", "-", "--explain", *both, input=given)
    assert result.exit_code == 0, result.output
    read, sure = map(json.loads, result.stdout.splitlines())
    assert "reading" not in sure
    assert read["reading"]["model"] == "tiny-reader@1"
    assert read["reading"]["fast"]["insult"] > read["scores"]["insult"]
    assert [(word["start"], word["end"]) for word in read["reading"]["words"]] == [
        (8, 11),
        (15, 20),
    ]
    assert read["reading"]["words"][0]["changes"]["insult"] < 0
    [plain, _] = map(json.loads, run("score", "-", *both, input=given).stdout.splitlines())
    assert set(plain) == {"scores", "language", "model"}


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


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_score_reads_a_table(tmp_path: Path, name: str) -> None:
    texts = ["you are stupid", 'said "well,\nno"', "", "thank you"]
    lines = io.StringIO()
    rows = csv.writer(lines)
    rows.writerow(["id", "comment_text", "toxic"])
    rows.writerows([i, text, 0] for i, text in enumerate(texts))
    data = lines.getvalue().encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    expected = [score.scores for score in tiny_scorer().score(texts)]
    for given in (run("score", str(path), *MODEL), run("score", "-", *MODEL, input=data)):
        assert given.exit_code == 0, given.output
        assert [json.loads(line)["scores"] for line in given.stdout.splitlines()] == expected


def test_score_skips_blank_lines_and_takes_nothing_for_nothing() -> None:
    result = run("score", "-", *MODEL, input='\n{"text": "a"}\n\n{"text": "b"}\n\n')
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)
    result = run("score", "-", *MODEL, input="")
    assert (result.exit_code, result.stdout) == (0, "")


def test_score_takes_no_gzip_that_is_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(b'{"text": "a"}\n' * 999)[:-9])
    result = run("score", str(path), *MODEL)
    assert result.exit_code == 1
    assert "cut short" in result.stderr


@pytest.mark.parametrize("line", ["{" * 100_000, '{"text": "a", "n": ' + "9" * 5000 + "}"])
def test_score_is_not_brought_down_by_what_json_cannot_hold(line: str) -> None:
    result = run("score", "-", *MODEL, input=line)
    assert result.exit_code == 1
    assert "line 1: not a JSON object" in result.stderr


def test_train_says_at_once_what_cannot_work(tmp_path: Path) -> None:
    data = table(tmp_path / "t.csv")
    result = run("train", str(data), "--output", str(tmp_path / "none" / "a-1.rejoinder"))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "no such folder" in result.stderr
    os.mkfifo(tmp_path / "pipe")
    result = run("train", str(tmp_path / "pipe"), "--output", str(tmp_path / "a-1.rejoinder"))
    assert (result.exit_code, result.stderr.count("\n")) == (1, 1)
    assert "pipe: not a file" in result.stderr


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


# ---------------------------------------------------------------- evaluate


def table(path: Path, rows: int = 180) -> Path:
    """A plain text,label table of insults and others."""
    lines = [f'"{row.text}",{row.labels["insult"]:.0f}\n' for row in examples()[:rows]]
    path.write_text("text,label\n" + "".join(lines))
    return path


def evaluated(*arguments: str | Path) -> Result:
    return run("evaluate", *map(str, arguments), "--bootstrap", "10", *MODEL)


def test_evaluate_measures_a_plain_table_whole(tmp_path: Path) -> None:
    path = table(tmp_path / "labels.csv")
    result = evaluated(path, "--attribute", "insult", "--json")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    figures = json.loads(result.stdout)
    assert (figures["data"], figures["split"]) == ("labels.csv", "all")
    assert figures["attributes"]["insult"]["rows"] == 180


def test_evaluate_measures_what_training_held_out(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    rows = [{**asdict(row), "split": "train"} for row in examples("jigsaw_ak")]
    path.write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    result = evaluated(path, "--json")
    assert result.exit_code == 0, result.output
    figures = json.loads(result.stdout)
    assert figures["split"] == "test"
    assert figures["rows"] == len(split_examples(examples("jigsaw_ak"))["test"]) < len(rows)
    other = json.loads(evaluated(path, "--split", "dev", "--json").stdout)
    assert other["rows"] == len(split_examples(examples("jigsaw_ak"))["dev"])


def test_evaluate_prints_lines_and_writes_the_report(tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    result = evaluated(
        table(tmp_path / "t.csv"), "--attribute", "insult", "--report", report, "--worst", "2"
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("insult: ROC-AUC ")
    assert "Worst errors" in report.read_text(encoding="utf-8")
    for stage in ("score", "measure"):
        assert stage in result.stderr


def test_evaluate_fails_with_one_line(tmp_path: Path) -> None:
    good = table(tmp_path / "t.csv")
    named = tmp_path / "named.jsonl"
    named.write_text('{"text": "hello", "labels": {"insult": 0}, "split": "train"}\n')
    for arguments, words in (
        ((good, "--attribute", "rudeness"), "unknown attribute 'rudeness'"),
        ((good,), "the data has toxicity, the model scores insult, threat"),
        ((table(tmp_path / "few.csv", 5), "--attribute", "insult"), "nothing to measure"),
        ((named,), "none of its 1 rows is in the split test; try --split all"),
        ((good, "--report", tmp_path / "none" / "r.html"), "no such folder"),
    ):
        result = evaluated(*arguments)
        assert result.exit_code == 1, result.output
        last = result.stderr.splitlines()[-1]
        assert last.startswith("Error: ")
        assert words in last
        assert "Traceback" not in result.output


# ---------------------------------------------------------------- score


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "\ud800", "😀🔥🤡", "a" * 1_000_000, "s t u p i d " * 20_000, "\u202e" * 1000],
    ids=["empty", "blank", "nul", "surrogate", "emoji", "long", "longer", "overrides"],
)
def test_any_text_has_a_defined_score(text: str) -> None:
    result = run("score", "-", "--explain", *MODEL, input=json.dumps({"text": text}))
    assert result.exit_code == 0, result.output
    (line,) = result.stdout.splitlines()
    found = json.loads(line, parse_constant=lambda name: pytest.fail(name))
    assert found["language"] in {"en", "und"}
    assert set(found["scores"]) == {"insult", "threat"}
    assert all(0 <= score <= 1 for score in found["scores"].values())


def test_an_empty_file_has_no_scores(tmp_path: Path) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text("")
    result = run("score", str(path), *MODEL)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_a_reader_that_has_had_enough_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text('{"text": "a fine day"}\n' * 20_000)
    command = [sys.executable, "-m", "classifiers", "score", str(path), *MODEL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert b"scores" in process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0
