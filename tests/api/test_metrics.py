"""What `/metrics` tells: enough to see what is wrong, nothing of anybody, little for many sites."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from classifiers.combined import CombinedScorer
from classifiers.second_reader import SecondReader
from moderation import gauges, metrics
from moderation.clock import HOUR, now
from moderation.records import MailPost, Site
from moderation.scoring import ScoringService
from moderation.services import services_of
from moderation.settings import Settings
from moderation.store import Store
from moderation.tokens import new_credential
from tests.support.app import Blog, S, renewed
from tests.support.tiny_model import tiny_scorer
from tests.support.tiny_reader import tiny_combined, write

Labels = frozenset[tuple[str, str]]


def told(blog: Blog) -> Mapping[tuple[str, Labels], float]:
    """Every value by its name and labels, asked anew."""
    services_of(blog.client.application).metrics._stale_at = 0
    text = blog.client.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(found: Mapping[tuple[str, Labels], float], name: str, **labels: str) -> float | None:
    return found.get((f"rejoinder_{name}", frozenset(labels.items())))


def test_what_waits_and_since_when(blog: Blog) -> None:
    blog.made("You idiot!")
    found = told(blog)
    assert value(found, "queue_cases", site="blog", lane="harmful") == 1
    since = value(found, "queue_oldest_seconds", site="blog", lane="harmful")
    assert since is not None
    assert 0 <= since < 60
    assert value(found, "queue_oldest_seconds", site="blog", lane="spam") is None
    assert value(found, "outbox_tasks", site="blog") == 1
    assert (value(found, "outbox_oldest_seconds", site="blog") or 0) < 60
    assert value(found, "storage_writable") == 1
    assert (value(found, "storage_disk_free_bytes") or 0) > 0
    for name in ("dead_tasks", "mail_addresses_off", "webhooks_off", "deliveries_undelivered"):
        assert value(found, name, site="blog") == 0
    for outcome in ("sent", "failed", "dead"):
        assert value(found, "mails_total", site="blog", outcome=outcome) == 0


def test_scores_are_told_by_attribute_and_time_by_reader(
    described_app: Flask, server: Settings, store: Store, blog: Blog
) -> None:
    combined = tiny_combined()
    renewed(described_app, server, store, ScoringService(combined))
    before = told(blog)
    blog.made("What an idiot you are.", author={"name": "Ben"})
    blog.made("thank you for this article", author={"name": "Ben"})
    after = told(blog)

    def more(name: str, **labels: str) -> float:
        return (value(after, name, **labels) or 0) - (value(before, name, **labels) or 0)

    for attribute in combined.attributes:
        assert more("scores_count", attribute=attribute) == 2
    assert more("scoring_seconds_count", reader="fast") >= 2
    read = more("second_reader_total", outcome="read")
    assert read == more("scoring_seconds_count", reader="second") > 0
    assert more("second_reader_total", outcome="failed") == 0
    assert more("scoring_seconds_sum", reader="second") > 0


def test_a_second_reader_that_fails_is_counted(
    described_app: Flask, server: Settings, store: Store, blog: Blog, tmp_path: Path
) -> None:
    # Its vocabulary has a word that its table has not.
    reader = write(tmp_path / "tiny-reader-1.rejoinder", more=("broken",))
    combined = CombinedScorer(tiny_scorer(), SecondReader(reader))
    renewed(described_app, server, store, ScoringService(combined))
    before = value(told(blog), "second_reader_total", outcome="failed") or 0
    blog.made("What a broken idiot you are.")
    assert (value(told(blog), "second_reader_total", outcome="failed") or 0) > before


def test_a_case_that_cannot_be_explained_is_counted(blog: Blog, app: Flask) -> None:
    case = blog.made("You idiot!")["id"]
    before = value(told(blog), "unexplained_total") or 0
    blog.client.get(f"{S}/queue/{case}", headers=blog.admin)
    assert (value(told(blog), "unexplained_total") or 0) == before
    services_of(app).scoring.scorer = tiny_scorer()
    blog.client.get(f"{S}/queue/{case}", headers=blog.admin)
    assert (value(told(blog), "unexplained_total") or 0) == before + 1


def test_further_sites_are_told_of_together(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gauges, "MOST_SITES", 1)
    blog.made("You idiot!")
    blog.made("A fair point.")
    for hours, slug in enumerate(("one", "two"), 1):
        at = now()
        credential, _ = new_credential(slug, kind="key", role="owner", now=at)
        site = Site(slug=slug, name=slug, origins=(), policy={}, created=at)
        blog.store.sites.create(site, credential=credential, now=at)
        post = MailPost(recipient="m-1", item="w/c/1", due=at - hours * HOUR)
        blog.store.mail.post(slug, [post], now=at)
    found = told(blog)
    sites = {label for _, labels in found for name, label in labels if name == "site"}
    assert sites == {"blog", gauges.OTHERS}
    assert value(found, "sites") == 3
    assert value(found, "mails_waiting", site=gauges.OTHERS) == 2
    overdue = value(found, "mail_oldest_seconds", site=gauges.OTHERS)
    assert overdue == pytest.approx(7200, abs=60)
    assert value(found, "queue_cases", site="blog", lane="all") == 1


def test_asking_takes_a_small_part_of_the_time(blog: Blog, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longer it takes to ask about all sites, the longer the answer stands."""
    clock = [1000.0]

    def ask(self: Any, *_: Any, **__: Any) -> Any:
        clock[0] += 2.0
        asked.append(clock[0])
        return []

    asked: list[float] = []
    monkeypatch.setattr("moderation.store.figures.Figures.of", ask)
    monkeypatch.setattr(metrics, "time", type("T", (), {"monotonic": lambda: clock[0]}))
    for _ in range(100):
        blog.client.get("/metrics")
        clock[0] += 1.0
    assert len(asked) == 3
    assert asked[1] - asked[0] >= 2.0 / metrics._MOST_OF_TIME


def test_no_label_says_anything_of_anybody(blog: Blog) -> None:
    reader = blog.author()
    made = blog.made("A xylophone, you idiot!", headers=reader, author={"name": "Quentin"})
    blog.client.get(f"{S}/queue/{made['id']}", headers=blog.admin)
    services_of(blog.client.application).metrics._stale_at = 0
    text = blog.client.get("/metrics").text
    for secret in ("xylophone", "Quentin", made["id"], blog.key, reader["Rejoinder-Author"]):
        assert secret not in text


ROOT = Path(__file__).parents[2]
NAMES = re.compile(r"\brejoinder_[a-z_]+\b")


def board() -> Any:
    return json.loads((ROOT / "docs/grafana/rejoinder.json").read_text("utf-8"))


def rules() -> list[Any]:
    groups = YAML(typ="safe").load((ROOT / "docs/alerts.yml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_figure_of_the_dashboard_and_the_alerts_is_told(blog: Blog) -> None:
    """By a service that has seen a comment that was read twice."""
    services = services_of(blog.client.application)
    read_twice = ScoringService(tiny_combined())
    replace(services, scoring=read_twice).attach(blog.client.application)
    blog.made("What an idiot you are.", author={"name": "Ben"})
    services.metrics.nudged("shown")
    at = now()
    post = MailPost(recipient="m-1", item="w/c/1", due=at)
    blog.store.mail.post("blog", [post], now=at)
    names = {name for name, _ in told(blog)}
    found = [
        (panel["title"], target["expr"])
        for panel in board()["panels"]
        for target in panel.get("targets", [])
    ]
    found += [
        (variable["name"], variable["definition"]) for variable in board()["templating"]["list"]
    ]
    found += [(rule["alert"], rule["expr"]) for rule in rules()]
    used: set[str] = set()
    for title, expression in found:
        its = set(NAMES.findall(expression))
        assert its or expression == 'up{job="rejoinder"} == 0', title
        assert its <= names, (title, its - names)
        used |= its
    # And what is told is shown, but for the parts of histograms.
    parts = ("_bucket", "_count", "_sum", "_created")
    families = {name for name in names if not name.endswith(parts)}
    shown = used | {name.removesuffix(part) for name in used for part in parts}
    assert families <= shown


def test_the_dashboard_can_be_imported() -> None:
    found = board()
    (source,) = found["__inputs"]
    assert (source["name"], source["type"]) == ("DS_PROMETHEUS", "datasource")
    needed = {each["id"] for each in found["__requires"] if each["type"] == "panel"}
    assert needed == {panel["type"] for panel in found["panels"]} - {"row"}
    assert len({panel["id"] for panel in found["panels"]}) == len(found["panels"])
    variables = {each["name"] for each in found["templating"]["list"]}
    places: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        box = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(box["x"], box["x"] + box["w"])
            for y in range(box["y"], box["y"] + box["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not places & cells, panel["title"]
        places |= cells
        targets = panel.get("targets", [])
        assert panel["type"] == "row" or targets
        assert len({target["refId"] for target in targets}) == len(targets)
        for target in targets:
            assert target["datasource"] == panel["datasource"]
            asked = set(re.findall(r"\$(\w+)", target["expr"]))
            assert asked <= variables | {"__rate_interval"}


def test_the_alerts_are_rules_and_are_explained(tmp_path: Path) -> None:
    page = (ROOT / "docs/operate.md").read_text("utf-8")
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert {"summary", "description"} == set(rule["annotations"])
        assert f"| `{rule['alert']}` |" in page
        assert rule["expr"].count("(") == rule["expr"].count(")")
    promtool = shutil.which("promtool")
    if promtool is not None:
        expressions = [rule["expr"] for rule in rules()]
        expressions += [
            target["expr"].replace("$__rate_interval", "5m")
            for panel in board()["panels"]
            for target in panel.get("targets", [])
        ]
        path = tmp_path / "rules.yml"
        named = [{"record": f"r{n}", "expr": each} for n, each in enumerate(expressions)]
        path.write_text(json.dumps({"groups": [{"name": "all", "rules": named}]}))
        for each in (path, ROOT / "docs/alerts.yml"):
            checked = subprocess.run([promtool, "check", "rules", each], capture_output=True)
            assert checked.returncode == 0, checked
