"""Write an evaluation as one HTML file that opens anywhere and needs nothing else.

Plots are inline SVG drawn with matplotlib (the extra ``report``).
"""

from __future__ import annotations

import html
import importlib
import io
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from classifiers.data.attacks import attack
from classifiers.errors import ReportError
from classifiers.evaluation.evaluate import WORKING_TARGET, Evaluation

#: Nothing of the maker stands in a plot, so the same figures give the same bytes.
_NO_METADATA = ("Creator", "Date", "Format", "Type")
#: What each disguise is shown on.
SAMPLE = "What a stupid trash article"

INK, ACCENT, SOFT = "#1d2733", "#2f5d9b", "#9aa5b1"


def check_drawable() -> None:
    """Find out whether plots can be drawn, before hours of measuring.

    Raises:
        ReportError: without matplotlib.
    """
    try:
        importlib.import_module("matplotlib.figure")
    except ImportError as error:
        raise ReportError(
            f"the report needs the extra 'report': pip install 'rejoinder[report]' ({error})"
        ) from error


def write_report(evaluation: Evaluation, path: Path, *, worst: int = 0) -> None:
    """Write the report; with ``worst``, also that many texts an attribute that it got most wrong.

    Leave ``worst`` at 0 for a report that others may read: the texts are the data's own.

    Raises:
        ReportError: without matplotlib.
    """
    check_drawable()
    figures = evaluation.to_json()
    attributes = figures["attributes"]
    page = Template(
        resources.files("classifiers.evaluation")
        .joinpath("report.html")
        .read_text(encoding="utf-8")
    )
    sections = "".join(_attribute(name, row) for name, row in attributes.items())
    links = [("overview", "At a glance")] + [(name, _title(name)) for name in attributes]
    links += [("sources", "By source"), ("robustness", "Disguises"), ("identities", "Fairness")]
    path.write_text(
        page.substitute(
            title=f"How good is {html.escape(str(figures['model']))}?",
            subtitle=_subtitle(figures),
            navigation="".join(
                f'<a href="#{html.escape(at, quote=True)}">{text}</a>' for at, text in links
            ),
            summary=_summary(attributes),
            overview=_overview(attributes),
            attributes=sections,
            sources=_sources(figures["sources"]),
            robustness=_robustness(figures.get("robustness")),
            identities=_identities(figures),
            worst=_worst(evaluation.worst, worst),
        ),
        encoding="utf-8",
        # A lone surrogate in a quoted text has no UTF-8.
        errors="replace",
    )


def _title(name: str) -> str:
    return html.escape(name.replace("_", " ").capitalize())


def _subtitle(figures: dict[str, Any]) -> str:
    data, split = figures.get("data"), figures.get("split")
    parts = [f"{figures['rows']:,} English comments"]
    if data:
        parts.append(f"from {html.escape(str(data))}")
    if split:
        parts.append("all of its rows" if split == "all" else f"split {html.escape(str(split))}")
    if 0 < figures["rows_at_natural_rate"] < figures["rows"]:
        parts.append(f"{figures['rows_at_natural_rate']:,} of them brought to their natural rate")
    parts.append(f"{figures['bootstrap']:,} bootstrap resamples, seed {figures['seed']}")
    return ", ".join(parts) + "."


def _percent(value: float, digits: int = 1) -> str:
    return "n/a" if value != value else f"{100 * value:.{digits}f}&nbsp;%"


def _estimate(row: dict[str, float], digits: int = 3) -> str:
    low, high = f"{row['low']:.{digits}f}", f"{row['high']:.{digits}f}"
    return f"{row['value']:.{digits}f} <span class='soft'>[{low}, {high}]</span>"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        "<div class='wide' tabindex='0'>"
        f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _summary(attributes: dict[str, Any]) -> str:
    name = "toxicity" if "toxicity" in attributes else next(iter(attributes))
    row = attributes[name]
    at = row["thresholds"][WORKING_TARGET]
    return (
        f"If comments scoring {at['threshold']:.2f} or more for {_title(name).lower()} go to a "
        f"moderator, {_percent(at['clean_held'])} of the clean comments wait for one, "
        f"{_percent(at['abuse_found'])} of the abusive ones are caught, and of every hundred in "
        f"the queue {100 * at['precision']:.0f} are abusive. The queue takes "
        f"{_percent(at['queued'])} of all comments (abuse rate here: {_percent(row['rate'])})."
    )


def _remarks(row: dict[str, Any]) -> str:
    remarks = [
        remark
        for remark, applies in (
            ("few positives", not row["gated"]),
            ("as sampled", not row["natural_rate"]),
        )
        if applies
    ]
    return f" <span class='soft'>({', '.join(remarks)})</span>" if remarks else ""


def _overview(attributes: dict[str, Any]) -> str:
    head = (
        "Attribute",
        "Comments",
        "Positives",
        "Rate",
        "ROC-AUC",
        "Average precision",
        "Brier skill",
        "Calibration error",
        "Gap in the top 5&nbsp;%",
    )
    rows = [
        (
            _title(name) + _remarks(row),
            f"{row['rows']:,}",
            f"{row['positives']:,}",
            _percent(row["rate"]),
            _estimate(row["roc_auc"]),
            _estimate(row["average_precision"]),
            _estimate(row["brier_skill"]),
            _estimate(row["calibration_error"]),
            _estimate(row["top_gap"]),
        )
        for name, row in attributes.items()
    ]
    return _table(head, rows)


def _attribute(name: str, row: dict[str, Any]) -> str:
    thresholds = _table(
        ("Clean comments that may be held", "Score", "Abuse caught", "Queue", "Abusive in queue"),
        [
            (
                _percent(float(target)),
                f"{at['threshold']:.3f}",
                _percent(at["abuse_found"]),
                _percent(at["queued"]),
                _percent(at["precision"]),
            )
            for target, at in row["thresholds"].items()
        ],
    )
    plots = "".join(f"<figure>{plot}</figure>" for plot in _plots(row))
    heading = f"<h2 id='{html.escape(name, quote=True)}'>{_title(name)}</h2>"
    return f"{heading}<div class='plots'>{plots}</div><h3>Thresholds</h3>{thresholds}"


def _plots(row: dict[str, Any]) -> list[str]:
    """ROC, precision-recall, reliability and queue load, each as an ``<svg>``."""
    curve = row["curve"]
    recall = [point["abuse_found"] for point in curve]
    return [
        _plot(
            [point["clean_held"] for point in curve],
            recall,
            ("Clean comments held", "Abuse caught"),
            f"ROC curve, area {row['roc_auc']['value']:.3f}",
            diagonal=True,
        ),
        _plot(
            recall,
            [point["precision"] for point in curve],
            ("Abuse caught", "Abusive among the held"),
            f"Precision and recall, average {row['average_precision']['value']:.3f}",
        ),
        _plot(
            [point["score"] for point in row["reliability"]],
            [point["share"] for point in row["reliability"]],
            ("Score", "Share of raters who said yes"),
            "Reliability: on the line is honest",
            diagonal=True,
            marker="o",
        ),
        _plot(
            [point["threshold"] for point in curve],
            [point["queued"] for point in curve],
            ("Threshold", "Share of all comments in the queue"),
            "Threshold against queue load",
        ),
    ]


def _plot(
    x: Sequence[float],
    y: Sequence[float],
    labels: tuple[str, str],
    title: str,
    *,
    diagonal: bool = False,
    marker: str = "",
) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": title, "svg.fonttype": "path"}):
        figure = Figure(figsize=(4.6, 3.6), layout="constrained")
        axes = figure.add_subplot()
        if diagonal:
            axes.plot([0, 1], [0, 1], color=SOFT, linestyle="--", linewidth=1)
        axes.plot(x, y, color=ACCENT, linewidth=2, marker=marker)
        axes.set(xlabel=labels[0], ylabel=labels[1], xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.set_title(title, color=INK, fontsize=11)
        axes.grid(alpha=0.3)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=dict.fromkeys(_NO_METADATA))
    svg = out.getvalue()
    alternative = html.escape(f"{title}: {labels[1]} against {labels[0]}", quote=True)
    start = svg.index("<svg")
    return svg[start:].replace("<svg", f'<svg role="img" aria-label="{alternative}"', 1)


def _sources(table: Sequence[dict[str, Any]]) -> str:
    return _table(
        ("Source", "Attribute", "Comments", "Positives", "ROC-AUC", "Average precision"),
        [
            (
                html.escape(row["source"]) + (" (in domain)" if row["in_domain"] else ""),
                _title(row["attribute"]),
                f"{row['rows']:,}",
                f"{row['positives']:,}",
                _estimate(row["roc_auc"]),
                f"{row['average_precision']:.3f}",
            )
            for row in table
        ],
    )


def _robustness(found: dict[str, Any] | None) -> str:
    if not found:
        return "<p>Not measured.</p>"
    rows = [
        (
            html.escape(name.replace("_", " ")),
            f"<span class='sample'>{html.escape(attack(SAMPLE, name))}</span>",
            f"{row['roc_auc']:.3f}",
            _estimate(row["loss"]),
            _percent(row["abuse_found"]),
            _percent(row["clean_held"]),
            _percent(row["newly_held"], 2),
            _percent(row["other_language"], 2),
        )
        for name, row in sorted(
            found["attacks"].items(), key=lambda item: (-item[1]["loss"]["value"], item[0])
        )
    ]
    worst = max(row["newly_held"] for row in found["attacks"].values())
    table = _table(
        (
            "Disguise",
            "Example",
            "ROC-AUC",
            "Loss",
            "Abuse caught",
            "Clean held",
            "Clean newly held",
            "Taken for another language",
        ),
        rows,
    )
    return (
        f"<p>{found['rows']:,} of the comments ({found['positives']:,} abusive) were disguised in "
        f"each of these ways and scored again. Undisguised: ROC-AUC {found['roc_auc']:.3f}; at the "
        f"threshold {found['threshold']:.2f} {_percent(found['abuse_found'])} of the abuse is "
        f"caught and {_percent(found['clean_held'])} of the clean comments are held. No disguise "
        f"makes more than {_percent(worst, 2)} of the clean comments look abusive.</p>{table}"
    )


def _identities(figures: dict[str, Any]) -> str:
    parts = []
    if templates := figures.get("templates"):
        by_term = sorted(
            templates["false_positive_rate"].items(), key=lambda item: (-item[1], item[0])
        )
        parts.append(
            f"<p>Harmless sentences about people, {templates['clean_sentences']:,} in all over "
            f"{templates['terms']} terms, at the working threshold "
            f"{templates['threshold']:.2f}: {_percent(templates['mean_false_positive_rate'])} are "
            f"held by mistake, for no term more than "
            f"{_percent(templates['highest_false_positive_rate'])}. Of abusive sentences about "
            f"the same people {_percent(templates['abusive_found'])} are caught.</p>"
        )
        parts.append(
            "<p>Harder are harmless sentences that name abuse without committing it:</p>"
            + _table(
                ("Kind of sentence", "Held by mistake"),
                [
                    (html.escape(name.capitalize()), _percent(value))
                    for name, value in templates["reported_clean_held"].items()
                ],
            )
        )
        parts.append("<details><summary>Harmless sentences, by term</summary>")
        parts.append(
            _table(
                ("Term", "Held by mistake", "Subgroup AUC", "BPSN AUC", "BNSP AUC"),
                [
                    (
                        html.escape(term),
                        _percent(value),
                        *(
                            f"{templates['aucs'][term][kind]:.3f}"
                            for kind in ("subgroup", "bpsn", "bnsp")
                        ),
                    )
                    for term, value in by_term
                ],
            )
        )
        parts.append("</details>")
    found = figures.get("identities") or {}
    if table := found.get("identities"):
        parts.append(
            f"<h3>Comments that mention an identity (by {found['by']})</h3>"
            "<p class='note'>Subgroup: ROC-AUC among the comments that mention it. BPSN: abusive "
            "ones elsewhere against clean ones that mention it; low means that the word alone "
            "raises the score. BNSP: the reverse.</p>"
        )
        parts.append(
            _table(
                ("Identity", "Comments", "Subgroup AUC", "BPSN AUC", "BNSP AUC"),
                [
                    (
                        html.escape(term),
                        f"{row['rows']:,}",
                        f"{row['subgroup']:.3f}",
                        f"{row['bpsn']:.3f}",
                        f"{row['bnsp']:.3f}",
                    )
                    for term, row in sorted(table.items(), key=lambda item: item[1]["bpsn"])
                ],
            )
        )
        parts.append(
            f"<p>Overall AUC {found['overall_auc']:.3f}; bias metric "
            f"{found['bias_metric']:.3f}.</p>"
        )
    return "".join(parts) or "<p>Not measured: this model has no toxicity score.</p>"


def _worst(table: Sequence[dict[str, Any]], count: int) -> str:
    if not count:
        return ""
    parts = ["<h2 id='worst'>Worst errors</h2><p class='note'>Offensive text follows.</p>"]
    for name in dict.fromkeys(row["attribute"] for row in table):
        rows = [row for row in table if row["attribute"] == name][:count]
        body = "".join(
            f"<tr><td>{row['score']:.2f}</td><td>{row['share']:.2f}</td>"
            f"<td>{html.escape(row['source'])}</td>"
            f"<td class='text' dir='auto'>{html.escape(row['text'][:500])}</td></tr>"
            for row in rows
        )
        parts.append(
            f"<details><summary>{_title(name)}</summary><div class='wide' tabindex='0'>"
            "<table><thead><tr><th>Score</th><th>Raters</th><th>Source</th><th>Text</th></tr>"
            f"</thead><tbody>{body}</tbody></table></div></details>"
        )
    return "".join(parts)
