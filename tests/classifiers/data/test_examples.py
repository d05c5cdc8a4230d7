"""Every layout people have is read, every flaw is named with its place, no copy crosses over."""

from __future__ import annotations

import csv
import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifiers.data.examples import Example, fingerprint, read_examples
from classifiers.errors import DataError


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_text(text, encoding=encoding, newline="")
    return path


def read(path: Path, **options: str) -> list[Example]:
    return list(read_examples(path, **options))


def json_lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


# ---------------------------------------------------------------- layouts


def test_json_lines_keep_all_that_they_say(tmp_path: Path) -> None:
    row = {
        "id": "a1",
        "text": "What a lovely bridge",
        "lang": "en",
        "labels": {"toxicity": 0.25, "insult": 0, "threat": None},
        "source": "letters",
        "license": "CC0-1.0",
        "split": "dev",
        "use": "evaluate",
        "identities": ["female"],
    }
    (example,) = read(written(tmp_path / "rows.jsonl", json_lines(row) + "\n\n"))
    assert example == Example(
        text="What a lovely bridge",
        labels={"toxicity": 0.25, "insult": 0.0},
        id="a1",
        source="letters",
        license="CC0-1.0",
        split="dev",
        use="evaluate",
        identities=("female",),
    )


def test_json_lines_need_no_more_than_a_text(tmp_path: Path) -> None:
    (example,) = read(written(tmp_path / "rows.jsonl", '{"text": ""}'))
    assert example == Example(text="", id="1", source="rows.jsonl")
    assert (example.split, example.use, example.lang) == ("", "train", "en")


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_a_byte_order_mark_and_gzip_change_nothing(tmp_path: Path, name: str) -> None:
    data = b"\xef\xbb\xbf" + json_lines({"text": "fine", "labels": {"spam": 1}}).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    (example,) = read(path)
    assert (example.text, example.labels) == ("fine", {"spam": 1.0})


JIGSAW = "id,comment_text,toxic,severe_toxic,obscene,threat,insult,identity_hate\n"


def test_jigsaw_columns_become_attributes(tmp_path: Path) -> None:
    table = JIGSAW + '7,"You said ""no"",\nthen yes",1,0,0,0,1,0\n8,fine,0,0,0,0,0,0\n'
    first, second = read(written(tmp_path / "train.csv", table))
    assert first.text == 'You said "no",\nthen yes'
    assert first.id == "7"
    assert first.labels == {
        "toxicity": 1,
        "severe_toxicity": 0,
        "profanity": 0,
        "threat": 0,
        "insult": 1,
        "identity_attack": 0,
    }
    assert second.labels["toxicity"] == 0


def test_jigsaw_test_rows_of_minus_one_were_not_asked(tmp_path: Path) -> None:
    (example,) = read(written(tmp_path / "test.csv", JIGSAW + "1,hello,-1,-1,-1,-1,-1,-1\n"))
    assert example.labels == {}


def test_civil_comments_have_shares_and_identities(tmp_path: Path) -> None:
    table = (
        "id,target,comment_text,severe_toxicity,obscene,identity_attack,insult,threat,"
        "female,muslim,black,rating\n"
        "9,0.8333,An unfriendly line,0.1,0.0,0.2,0.7,0.0,0.6,,0.2,approved\n"
    )
    (example,) = read(written(tmp_path / "civil.csv", table))
    assert example.labels == {
        "toxicity": 0.8333,
        "severe_toxicity": 0.1,
        "profanity": 0.0,
        "identity_attack": 0.2,
        "insult": 0.7,
        "threat": 0.0,
    }
    assert example.identities == ("female",)


@pytest.mark.parametrize(
    ("word", "share"),
    [("1", 1), ("0", 0), ("0.4", 0.4), ("TRUE", 1), ("no", 0), (" spam ", 1), ("ham", 0)],
)
def test_a_plain_table_labels_the_attribute_that_is_asked(
    tmp_path: Path, word: str, share: float
) -> None:
    path = written(tmp_path / "labels.csv", f"text,label\nhello there,{word}\n")
    (example,) = read(path, attribute="insult")
    assert example.labels == {"insult": share}


def test_header_names_are_read_in_any_case_and_order(tmp_path: Path) -> None:
    (example,) = read(written(tmp_path / "t.csv", " Label ,TEXT\r\n1,hello\r\n"))
    assert (example.text, example.labels) == ("hello", {"toxicity": 1.0})


@pytest.mark.parametrize(
    ("table", "share"),
    [
        ('text;label\n"well; yes, so";0,5\n', 0.5),
        ("label\ttext\n1\twell; yes, so\n", 1),
        ('"text"|"toxic"\nwell; yes, so|0\n', 0),
    ],
)
def test_cells_may_be_parted_as_spreadsheets_part_them(
    tmp_path: Path, table: str, share: float
) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        (example,) = read(written(tmp_path / "t.csv", table, encoding))
        assert (example.text, example.labels) == ("well; yes, so", {"toxicity": share})


def test_json_lines_may_have_the_columns_of_a_table(tmp_path: Path) -> None:
    rows = json_lines(
        {"text": "a", "label": "toxic"},
        {"comment_text": "b", "toxic": 0, "obscene": 1, "threat": None, "insult": "-1"},
        {"text": "c", "target": 0.7, "label": 0, "female": 0.8, "male": 0.1},
        {"text": "d", "labels": {"identity_hate": 1}, "label": 0},
    )
    read_rows = read(written(tmp_path / "rows.jsonl", "\n\r\n" + rows))
    assert [row.labels for row in read_rows] == [
        {"toxicity": 1},
        {"toxicity": 0, "profanity": 1},
        {"toxicity": 0.7},
        {"identity_attack": 1},
    ]
    assert read_rows[2].identities == ("female",)
    assert read_rows[0].id == "3"


def test_a_table_may_say_language_and_split(tmp_path: Path) -> None:
    table = "text,lang,split,label\nhello,,,1\nhola,es,test,0\n"
    first, second = read(written(tmp_path / "t.csv", table))
    assert (first.lang, first.split, first.source) == ("en", "", "t.csv")
    assert (second.lang, second.split) == ("es", "test")


def test_a_pipe_is_read_like_a_file(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = gzip.compress(b"text,label\nhello,1\n")
    with ThreadPoolExecutor(1) as writers:
        writers.submit(pipe.write_bytes, data)
        assert [row.text for row in read(pipe)] == ["hello"]


def test_a_cell_may_be_as_long_as_a_book(tmp_path: Path) -> None:
    (example,) = read(written(tmp_path / "t.csv", f"text,label\n{'word ' * 60_000},1\n"))
    assert len(example.text) == 300_000


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=5)
)
def test_any_text_survives_a_table(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    path = tmp_path_factory.mktemp("table") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["text", "label"])
        rows.writerows([text, "1"] for text in texts)
    assert [example.text for example in read(path)] == texts


# ---------------------------------------------------------------- flaws


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("empty.jsonl", "", "empty.jsonl: the file is empty"),
        ("a.jsonl", '{"text": "x"}\n{"text": \n', "a.jsonl, line 2: not a JSON object"),
        ("a.jsonl", '{"text": "x"}\n[1]\n', "line 2: not a JSON object"),
        ("a.jsonl", '{"body": "x"}', "line 1: 'text' must be a string"),
        ("a.jsonl", '{"text": 3}', "'text' must be a string"),
        ("a.jsonl", '{"text": "x", "labels": [1]}', "'labels' must be an object"),
        ("a.jsonl", '{"text": "x", "identities": "male"}', "'identities' must be a list"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": 1.5}}', "spam is 1.5, outside"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": NaN}}', "outside"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": "often"}}', "not a share of raters"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": {}}}', "not a share of raters"),
        ("a.jsonl", "{" * 100_000, "not a JSON object"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": ' + "9" * 400 + "}}", "outside [0, 1]"),
        ("a.jsonl", '{"text": "x", "labels": {"spam": ' + "9" * 5000 + "}}", "not a JSON object"),
        ("a.json", '[{"text": "x"}]', "a JSON array; write one object a line"),
        ("b.jsonl", "\n \n", "b.jsonl: the file is empty"),
        ("t.csv", "text,label\n", "no comment below its header"),
        ("t.csv", "title,score\nhello,1\n", "no text column"),
        ("t.csv", '"a\nb",score\nhello,1\n', "it has: a b, score"),
        ("t.csv", 'label,text\n0,fine\n1,"no end\n0,lost\n', "t.csv, row 3: unexpected end"),
        ("t.csv", "text,toxic,target\nhello,1,1\n", "several columns for one attribute"),
        ("t.csv", "PK\x03\x04", "a zip archive; unpack it first"),
        ("t.csv", "text,score\nhello,1\n", "no label column"),
        ("t.csv", "text,label\nhello,1\nbye\n", "t.csv, row 3: 1 columns where the header has 2"),
        ("t.csv", "text,label\nhello,7\n", "row 2: toxicity is '7', outside"),
        ("t.csv", "text,label\nhello,maybe\n", "row 2: toxicity is 'maybe', not a share"),
        ("t.csv", JIGSAW + "1,hello,2,0,0,0,0,0\n", "toxicity is '2', outside"),
    ],
)
def test_a_flaw_is_named_with_its_place(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(DataError) as caught:
        read(written(tmp_path / name, text))
    assert words in str(caught.value)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_attribute_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unknown attribute 'rudeness'"):
        read(written(tmp_path / "t.csv", "text,label\nhello,1\n"), attribute="rudeness")


@pytest.mark.parametrize("keep", [3, 12, 60, -9])
def test_a_gzip_cut_short_is_an_error_not_fewer_rows(tmp_path: Path, keep: int) -> None:
    rows = json_lines(*({"text": f"comment {i * 7919}"} for i in range(50)))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(rows.encode())[:keep])
    with pytest.raises(DataError, match=r"cut.jsonl.gz: the gzip data is cut short or damaged"):
        read(path)


def test_a_gzip_with_a_wrong_byte_is_an_error(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(json_lines({"text": "hello " * 99}).encode()))
    data[len(data) // 2] ^= 0xFF
    path = tmp_path / "damaged.jsonl.gz"
    path.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"damaged.jsonl.gz"):
        read(path)


def test_what_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"t.csv, line 2: not UTF-8"):
        read(written(tmp_path / "t.csv", "text,label\nÜbung,1\n", encoding="latin-1"))


def test_a_missing_file_or_a_folder_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(DataError, match=path.name):
            read(path)


def test_a_nul_in_a_table_is_read_or_refused_but_never_crashes(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "text,label\nhel\0lo,1\n")
    assert [example.text for example in read(path)] == ["hel\0lo"]


def test_a_fingerprint_takes_any_string() -> None:
    assert fingerprint("\ud800") != fingerprint("")
    assert len(fingerprint("x")) == 32
