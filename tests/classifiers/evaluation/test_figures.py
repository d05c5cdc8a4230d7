"""The figures in the docs are those that were measured, of the models that are shipped."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from classifiers import load_model, models
from classifiers.cli import main
from classifiers.evaluation import behaviour, templates
from classifiers.evaluation.figures import write_figures
from tests.support.labelled import examples
from tests.support.tiny_model import tiny_path, tiny_scorer

DOCS = Path(__file__).parents[3] / "docs"
FIGURES = json.loads((DOCS / "classifier-figures.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "classifier.md").read_text(encoding="utf-8")
#: Disguises by the names that the page gives them; the others share its first row.
DISGUISES = {
    "emoji": "emoji for words",
    "dots": "dots inside words",
    "censored": "censored letters",
    "reversed": "reversed words",
    "stretched": "stretched letters",
    "typos": "typing errors",
    "leet": "leet",
    "spaces": "spaces inside words",
}


def estimate(values: list[float], digits: int = 3) -> str:
    value, low, high = (f"{number:.{digits}f}" for number in values)
    return f"{value} [{low}, {high}]"


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def test_they_are_of_the_models_that_are_shipped() -> None:
    card = load_model(language="en").card
    assert FIGURES["model"] == card["version"]
    assert FIGURES["sha256"] == {row["version"]: row["sha256"] for row in card["models"]}
    assert set(FIGURES["attributes"]) == set(card["attributes"])


@pytest.mark.parametrize("name", FIGURES["attributes"])
def test_the_page_has_each_attribute(name: str) -> None:
    row = FIGURES["attributes"][name]
    figures = ("roc_auc", "average_precision", "brier_skill", "calibration_error")
    cells = [
        name,
        f"{row['rows']:,}",
        f"{row['positives']:,}",
        *(estimate(row[figure]) for figure in figures),
        estimate(row["top_gap"]) if row["natural_rate"] else "not at a natural rate",
    ]
    assert f"| {' | '.join(cells)} |\n" in PAGE


@pytest.mark.parametrize("target", FIGURES["attributes"]["toxicity"]["thresholds"])
def test_the_page_has_each_threshold(target: str) -> None:
    point = FIGURES["attributes"]["toxicity"]["thresholds"][target]
    cells = [
        f"{100 * float(target):g} %",
        f"{point['threshold']:.3f}",
        *(percent(point[share]) for share in ("abuse_found", "queued", "precision")),
    ]
    assert f"| {' | '.join(cells)} |\n" in PAGE


def test_the_page_has_each_disguise() -> None:
    robustness = FIGURES["robustness"]
    assert f"{robustness['rows']:,} test comments, {robustness['positives']} abusive" in PAGE
    plain = PAGE.replace("**", "")
    for attack, row in robustness["attacks"].items():
        points = [100 * number for number in row["loss"]]
        if attack in DISGUISES:
            cells = (DISGUISES[attack], estimate(points, 2), percent(row["newly_held"], 2))
            assert f"| {' | '.join(cells)} |\n" in plain
        else:
            assert abs(round(points[0], 2)) <= 0.02
            assert row["newly_held"] == 0
    assert max(row["newly_held"] for row in robustness["attacks"].values()) <= 0.025


def test_the_page_has_the_sentences_about_people() -> None:
    found = FIGURES["templates"]
    assert (
        f"Of {found['clean_sentences']:,} harmless sentences about people "
        f"({len(templates.CLEAN)} templates, {found['terms']} terms, none trained on) "
        f"{percent(found['mean_false_positive_rate'])} are held" in PAGE
    )
    assert found["highest_false_positive_rate"] <= 0.02
    words = " ".join(PAGE.split())
    assert f"same people {percent(found['abusive_found'], 0)} are caught" in words
    reported = ", ".join(
        f"{name} {percent(held, 0)}" for name, held in found["reported_clean_held"].items()
    )
    assert reported in words


def written(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_figures_are_written_without_what_only_plots_need(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    figures = {
        "rows": 3,
        "attributes": {
            "insult": {"rate": 1 / 3, "skill": float("nan"), "curve": [{"threshold": 0.5}] * 200}
        },
        "sources": [{"source": "a", "roc_auc": {"value": 0.9, "low": 0.8, "high": 1.0}}],
        "robustness": {},
    }
    write_figures(figures, path, tiny_scorer().card)
    kept = {
        "sha256": {"tiny-en@1": tiny_scorer().card["sha256"]},
        "rows": 3,
        "attributes": {"insult": {"rate": 0.33333, "skill": None}},
        "sources": [{"source": "a", "roc_auc": [0.9, 0.8, 1.0]}],
        "robustness": {},
    }
    assert written(path) == kept
    assert '  {"source": "a", "roc_auc": [0.9, 0.8, 1.0]}' in path.read_text().splitlines()


def test_the_command_writes_them(tmp_path: Path) -> None:
    data, path = tmp_path / "in.jsonl", tmp_path / "figures.json"
    rows = [{"text": row.text, "labels": row.labels} for row in examples()]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    options = ("--model", str(tiny_path()), "--bootstrap", "10", "--figures", str(path))
    result = CliRunner().invoke(main, ["evaluate", str(data), *options])
    assert result.exit_code == 0, result.output
    assert written(path)["attributes"]["insult"]["rows"] == len(rows)
    kinds = written(path)["behaviour"]["kinds"]
    assert set(kinds[0]) == {"kind", "abusive", "cases", "held", "share", "goal", "met"}
    assert sum(line.startswith('   {"kind": ') for line in path.read_text().splitlines()) == 35
    nowhere = ("--figures", str(tmp_path / "none" / "figures.json"))
    result = CliRunner().invoke(main, ["evaluate", str(data), *nowhere])
    assert result.exit_code == 1
    assert "no such folder" in result.output


# ---------------------------------------------------------------- other languages

OTHERS = {
    path.stem.rpartition("-")[2]: json.loads(path.read_text(encoding="utf-8"))
    for path in DOCS.glob("classifier-figures-*.json")
}
SHIPPED = {version for version in models.shipped() if version.startswith("abuse-")}


def met(figures: dict[str, Any]) -> bool:
    return all(each["met"] for each in figures["bar"].values())


@pytest.mark.parametrize("language", sorted(OTHERS))
def test_the_page_has_each_language(language: str) -> None:
    figures = OTHERS[language]
    toxicity, bar = figures["attributes"]["toxicity"], figures["bar"]
    (origin,) = {row["source"] for row in figures["sources"]}
    cells = [
        f"`{figures['model']}`" if met(figures) else language,
        f"{origin}, {toxicity['rows']:,} rows",
        estimate(toxicity["roc_auc"]),
        *(
            f"{100 * bar[name]['value']:.1f} %" if bar[name]["met"]
            else f"**{100 * bar[name]['value']:.1f} %**"
            for name in ("clean_held", "abuse_caught")
        ),
        f"{bar['calibration_error']['value']:.3f}",
        *(
            f"{100 * bar[name]['value']:.1f} %" if bar[name]["met"]
            else f"**{100 * bar[name]['value']:.1f} %**"
            for name in ("written_harmless_held", "written_abuse_caught")
        ),
        "yes" if met(figures) else "no",
    ]  # fmt: skip
    assert f"| {' | '.join(cells)} |\n" in PAGE


@pytest.mark.parametrize("language", sorted(OTHERS))
def test_what_is_shipped_has_met_the_bar(language: str) -> None:
    figures = OTHERS[language]
    assert (figures["model"] in SHIPPED) is met(figures)
    if met(figures):
        model = load_model(f"abuse-{language}", language=language)
        assert figures["sha256"] == {model.version: model.card["sha256"]}
        found = behaviour.check(model, language)
        assert found.met
        for name, abusive in (("harmless", False), ("abusive", True)):
            held, _ = found.held(abusive=abusive)
            assert figures["behaviour"][name]["held"] == held


def test_every_model_of_another_language_has_its_figures() -> None:
    measured = {figures["model"] for figures in OTHERS.values() if met(figures)}
    assert measured == {version for version in SHIPPED if "-en@" not in version}
    for version in measured:
        assert models.shipped()[version].stat().st_size < 1_000_000
