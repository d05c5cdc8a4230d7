"""The report is one file that needs nothing else, says what was measured and trusts no text."""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from classifiers.errors import ReportError
from classifiers.evaluation.evaluate import Evaluation, evaluate
from classifiers.evaluation.report import write_report
from tests.support.labelled import Named, examples
from tests.support.tiny_model import tiny_scorer

HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)"> & \' " \u202e ${title} $worst'


class Page(HTMLParser):
    """What a page is made of: its tags with their attributes, its text, its ids."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(source)
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br", "img", "link", "input"}:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def ids(self) -> set[str]:
        """Every id on the page."""
        return {attrs["id"] for _, attrs in self.tags if attrs.get("id")}  # type: ignore[misc]


def measured() -> Evaluation:
    scorer = Named(tiny_scorer(), toxicity="insult", threat="threat")
    rows = [
        replace(
            row,
            labels={"toxicity": row.labels["insult"], "threat": row.labels["threat"]},
            source=HOSTILE,
        )
        for row in examples()
    ]
    rows[0] = replace(rows[0], text=HOSTILE, labels={"toxicity": 1.0})
    return evaluate(scorer, rows, bootstrap=10, disguised=40)


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    return measured()


@pytest.fixture(scope="module")
def source(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(evaluation, path, worst=200)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source: str) -> Page:
    return Page(source)


def test_the_page_loads_nothing(source: str, page: Page) -> None:
    for tag, attrs in page.tags:
        assert tag not in {"script", "link", "iframe", "img", "object", "embed", "base"}
        for name, value in attrs.items():
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "data", "action"}:
                assert value
                assert value.startswith("#"), (tag, name, value)
    style = "".join(re.findall(r"<style.*?</style>", source, re.DOTALL))
    assert "@import" not in style
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", source))


def test_every_link_leads_somewhere_on_the_page(page: Page) -> None:
    links = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert len(links) >= 6
    assert {str(link)[1:] for link in links} <= page.ids


def test_every_plot_says_what_it_shows(page: Page) -> None:
    plots = [attrs for tag, attrs in page.tags if tag == "svg"]
    assert len(plots) == 4 * 2
    assert all(plot["role"] == "img" for plot in plots)
    assert sum("ROC curve" in str(plot["aria-label"]) for plot in plots) == 2
    assert sum("queue" in str(plot["aria-label"]) for plot in plots) == 2


def test_the_figures_are_those_measured(evaluation: Evaluation, page: Page) -> None:
    figures = evaluation.to_json()
    text = page.text.replace("\xa0", " ")
    assert f"{figures['rows']:,} English comments" in text
    for row in figures["attributes"].values():
        for key in ("roc_auc", "average_precision", "brier_skill", "calibration_error"):
            estimate = row[key]
            shown = f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"
            assert shown in text
        for at in row["thresholds"].values():
            assert f"{at['threshold']:.3f}" in text
    at = figures["attributes"]["toxicity"]["thresholds"]["0.02"]
    assert f"comments scoring {at['threshold']:.2f} or more" in text
    assert f"{100 * at['abuse_found']:.1f} % of the abusive ones are caught" in text
    for name, row in figures["robustness"]["attacks"].items():
        assert name.replace("_", " ") in text
        assert f"{row['loss']['value']:.3f}" in text
    templates = figures["templates"]
    assert f"over {templates['terms']} terms" in text
    for name in ("Negation", "Counter-speech", "Reported speech"):
        assert name in text


def test_ordinary_comments_come_first_with_the_unseen_half(
    evaluation: Evaluation, source: str, page: Page
) -> None:
    found = evaluation.to_json()["behaviour"]
    assert found["half"] == "unseen"
    assert re.findall(r"<h2 id=.([a-z_]+)", source)[0] == "behaviour"
    text = page.text.replace("\xa0", " ")
    assert f"{found['cases']:,} comments written for this check" in text
    for row in found["kinds"]:
        share = row["share"]
        assert f"{row['kind'].capitalize()}: {row['asks']}" in text
        assert row["example"] in text
        interval = f"[{100 * share['low']:.1f}, {100 * share['high']:.1f}]"
        assert f"{100 * share['value']:.1f} % {interval}" in text
    assert text.count("missed") == 1 + sum(not row["met"] for row in found["kinds"])


def test_hostile_text_stays_text(source: str, page: Page) -> None:
    assert "<script" not in source
    assert 'onerror="' not in source
    assert page.text.count("<script>alert(1)</script>") >= 3
    assert "${title}" in page.text
    assert ("td", {"class": "text", "dir": "auto"}) in page.tags


def test_texts_are_quoted_only_when_asked(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(evaluation, path)
    shown = path.read_text(encoding="utf-8")
    assert "Worst errors" not in shown
    assert not any(row["text"][:60] in shown for row in evaluation.worst if len(row["text"]) > 20)


def test_the_same_figures_give_the_same_bytes(evaluation: Evaluation, tmp_path: Path) -> None:
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    write_report(evaluation, first)
    write_report(evaluation, second)
    assert first.read_bytes() == second.read_bytes()


def test_a_lone_surrogate_does_not_stop_the_report(tmp_path: Path) -> None:
    rows = [
        *examples(),
        replace(examples()[0], text="half of a pair: \ud83d", labels={"insult": 0.0}),
    ]
    found = evaluate(tiny_scorer(), rows, bootstrap=10, worst=200)
    path = tmp_path / "report.html"
    write_report(found, path, worst=200)
    assert "half of a pair" in path.read_text(encoding="utf-8")


def test_a_model_without_toxicity_has_a_report_too(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_report(evaluate(tiny_scorer(), examples(), bootstrap=10), path)
    page = Page(path.read_text(encoding="utf-8"))
    assert {"insult", "threat", "sources"} <= page.ids
    assert "this model has no toxicity score" in page.text


def test_a_model_without_thresholds_has_a_report_too(tmp_path: Path) -> None:
    scorer = Named(tiny_scorer(), toxicity="threat")
    assert scorer.card == {"thresholds": {}}
    rows = [replace(row, labels={"toxicity": row.labels["threat"]}) for row in examples()]
    path = tmp_path / "report.html"
    write_report(evaluate(scorer, rows, bootstrap=10, disguised=0), path)
    assert "this model's card has no thresholds" in path.read_text(encoding="utf-8")


def test_without_its_extra_the_report_says_what_to_install(
    evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, *arguments: object, **options: object) -> object:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *arguments, **options)

    real = builtins.__import__
    monkeypatch.setattr("importlib.import_module", refuse)
    with pytest.raises(ReportError, match=r"rejoinder\[report\]"):
        write_report(evaluation, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()
