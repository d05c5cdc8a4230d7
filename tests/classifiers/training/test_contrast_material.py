"""Contrast material: distinct, labelled, balanced over groups, each abusive kind with its twin."""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from classifiers.data.examples import KNOWN_ATTRIBUTES, Example
from classifiers.data.identities import IDENTITIES, fill_templates
from classifiers.data.splits import near_duplicate_key
from classifiers.errors import DataError
from classifiers.evaluation import templates as evaluation
from classifiers.training import contrast_material
from classifiers.training.contrast_material import grammar
from classifiers.training.contrast_material.generator import SOURCE, TWIN, kind_names

#: Words that a sentence and its twin may share without being about the same.
COMMON = frozenset(
    re.findall(
        r"\w+",
        "the and you your for are was with that this all not but too our she they them him her "
        "out how why what who will has have had one can could would should must from just only",
    )
)


@cache
def material() -> tuple[Example, ...]:
    return tuple(contrast_material.examples())


def abusive(row: Example) -> bool:
    return row.labels.get("toxicity", 0.0) >= 0.5


def test_a_seed_always_makes_the_same_texts() -> None:
    grammar.word_list.cache_clear()
    assert tuple(contrast_material.examples(0)) == material()


def test_another_seed_makes_other_texts() -> None:
    first, other = ({row.text for row in contrast_material.examples(n, "de")} for n in (0, 1))
    assert 0 < len(first & other) < 0.8 * len(other)


def test_texts_are_distinct_and_labelled() -> None:
    rows = material()
    texts = [row.text for row in rows]
    assert len(set(texts)) == len(texts)
    assert all(text == text.strip() and text for text in texts)
    assert not [text for text in texts if re.search(r"\{[a-z_]+\d?\}", text)]
    for row in rows:
        assert set(row.labels) <= set(KNOWN_ATTRIBUTES)
        assert row.labels
        assert all(0.0 <= share <= 1.0 for share in row.labels.values())


def test_every_kind_has_its_share() -> None:
    counts = Counter(row.source.removeprefix(SOURCE) for row in material())
    assert set(counts) == set(kind_names())
    for kind in grammar.read_kinds():
        assert counts[kind.name] >= 0.8 * kind.count, kind.name
    clean = sum("toxicity" in row.labels and not abusive(row) for row in material())
    assert 0.55 * len(material()) < clean < 0.75 * len(material())


def test_abusive_sentences_have_harmless_twins_with_the_same_words() -> None:
    kinds = [
        kind
        for kind in grammar.read_kinds()
        if any(line.labels.get("toxicity", 0.0) >= 0.5 for line in kind.lines)
    ]
    assert len(kinds) >= 9
    for kind in kinds:
        for line in kind.lines:
            assert line.twins, f"{kind.name}: {line.text}"
            assert line.twin_labels["toxicity"] < 0.3
            words = words_of(line.text)
            shared = [words & words_of(twin) for twin in line.twins]
            assert any(shared), f"{kind.name}: {line.text}"
    by_source = Counter(row.source for row in material())
    for kind in kinds:
        assert by_source[f"{SOURCE}{kind.name}{TWIN}"] >= 0.4 * by_source[SOURCE + kind.name]


def words_of(line: str) -> set[str]:
    return set(re.findall(r"\{[a-z_]+|[a-z]{3,}", line.lower())) - COMMON


def test_groups_are_named_in_abuse_and_in_kindness_alike() -> None:
    names = [group.many for group in grammar.groups()]
    assert len(set(names)) == len(names)
    assert {term.many for term in IDENTITIES} <= set(names)
    for wanted in (True, False):
        counts = Counter(
            name for row in material() if abusive(row) is wanted for name in row.identities
        )
        numbers = [counts[name] for name in names]
        mean = sum(numbers) / len(numbers)
        assert min(numbers) > 0.7 * mean
        assert max(numbers) < 1.4 * mean


def test_every_emoji_of_the_list_stands_alone_and_is_harmless() -> None:
    labels = {row.text: row.labels for row in material()}
    for emoji in grammar.word_list("emoji"):
        assert labels[emoji]["toxicity"] == 0.0


def test_what_is_measured_on_is_not_written() -> None:
    measured = {near_duplicate_key(text) for text in grammar.word_list("withheld")}
    for templates in (evaluation.CLEAN, evaluation.ABUSIVE, *evaluation.REPORTED.values()):
        measured |= {near_duplicate_key(text) for _, text in fill_templates(templates)}
    learnt = {near_duplicate_key(row.text) for row in material()} - {""}
    assert not measured & learnt


def test_despair_threatens_nobody() -> None:
    rows = [row for row in material() if row.source.startswith(f"{SOURCE}despair")]
    assert all(row.labels["threat"] == 0.0 and row.labels["toxicity"] < 0.2 for row in rows)


def test_the_same_draw_fills_all_forms_of_a_group() -> None:
    writer = grammar.Writer(random.Random(0))
    for _ in range(50):
        text, [group] = writer.write("a {person} of the {many}, {is}")
        assert text.endswith(f"of the {group.many}, {group.be}")
        if group.person[0].lower() not in "eu":
            assert text.startswith("an " if group.person[0] in "AaIiOo" else "a ")


@pytest.mark.parametrize(
    "line", ["@labels toxicity=2", "@labels rudeness=1", "@what 3"], ids=["share", "name", "word"]
)
def test_a_wrong_directive_is_named_with_its_line(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "broken.txt").write_text(f"@count 3\n{line}\nHello\n")
    monkeypatch.setattr(grammar, "HERE", tmp_path)
    with pytest.raises(DataError, match=r"broken\.txt:2"):
        grammar.read_kinds()


@pytest.mark.parametrize("text", ["a smile :)", "one|two", "{no such list}"])
def test_a_line_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DataError):
        grammar.Writer(random.Random(0)).write(text)
