"""Write an evaluation as one HTML file that opens anywhere and needs nothing else.

``report.html`` is the page around it; ``plots`` draws.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from classifiers.data.attacks import attack
from classifiers.evaluation.evaluate import WORKING_TARGET, Evaluation
from classifiers.evaluation.plots import check_drawable, draw_plots

#: What each disguise is shown on.
SAMPLE = "What a stupid trash article"


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
    links = [("behaviour", "Ordinary comments"), ("overview", "At a glance")] + [
        (name, _title(name)) for name in attributes
    ]
    links += [("sources", "By source"), ("robustness", "Disguises"), ("identities", "Fairness")]
    path.write_text(
        page.substitute(
            title=f"How good is {html.escape(str(figures['model']))}?",
            subtitle=_subtitle(figures),
            navigation="".join(
                f'<a href="#{html.escape(anchor, quote=True)}">{text}</a>' for anchor, text in links
            ),
            summary=_summary(attributes),
            behaviour=_behaviour(figures.get("behaviour")),
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
    point = row["thresholds"][WORKING_TARGET]
    return (
        f"If comments scoring {point['threshold']:.2f} or more for {_title(name).lower()} go to a "
        f"moderator, {_percent(point['clean_held'])} of the clean comments wait for one, "
        f"{_percent(point['abuse_found'])} of the abusive ones are caught, and of every hundred in "
        f"the queue {100 * point['precision']:.0f} are abusive. The queue takes "
        f"{_percent(point['queued'])} of all comments (abuse rate here: {_percent(row['rate'])})."
    )


def _behaviour(figures: dict[str, Any] | None) -> str:
    """What the model does with ordinary comments, kind by kind, for people who know comments."""
    if not figures:
        return "<p>Not measured: this model's card has no thresholds.</p>"
    kinds = figures["kinds"]
    held = " and ".join(
        f"{_percent(figures[name]['share']['value'])} of {figures[name]['cases']:,} {name} ones"
        for name in ("harmless", "abusive")
        if name in figures
    )
    missed = [row["kind"] for row in kinds if not row["met"]]
    tables = "".join(
        f"<h3>{title}</h3>{_behaviour_table([row for row in kinds if row['abusive'] == abusive])}"
        for abusive, title in (
            (False, "Harmless comments: few may be held"),
            (True, "Abusive comments and spam: most must be held"),
        )
        if any(row["abusive"] == abusive for row in kinds)
    )
    return (
        f"<p>{figures['cases']:,} comments written for this check, of kinds that readers really "
        f"write; this is the half that whoever makes a model does not read. Held are {held}. "
        f"{len(kinds) - len(missed)} of {len(kinds)} goals are met"
        + (f"; missed: {html.escape(', '.join(missed))}" if missed else "")
        + f".</p>{tables}"
    )


def _behaviour_table(kinds: Sequence[dict[str, Any]]) -> str:
    return _table(
        ("Kind of comment", "Comments", "Held", "Goal", "Result"),
        [
            (
                f"<strong>{html.escape(row['kind'].capitalize())}</strong>: "
                f"{html.escape(row['asks'])}<br><q dir='auto'>{html.escape(row['example'])}</q>",
                f"{row['cases']:,}",
                _share(row["share"]),
                f"{'at least' if row['abusive'] else 'at most'} {_percent(row['goal'], 0)}",
                "met" if row["met"] else "<strong>missed</strong>",
            )
            for row in kinds
        ],
    )


def _share(row: dict[str, float]) -> str:
    low, high = f"{100 * row['low']:.1f}", f"{100 * row['high']:.1f}"
    return f"{_percent(row['value'])} <span class='soft'>[{low}, {high}]</span>"


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
    plots = "".join(f"<figure>{plot}</figure>" for plot in draw_plots(row))
    heading = f"<h2 id='{html.escape(name, quote=True)}'>{_title(name)}</h2>"
    return f"{heading}<div class='plots'>{plots}</div><h3>Thresholds</h3>{thresholds}"


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


def _robustness(figures: dict[str, Any] | None) -> str:
    if not figures:
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
            figures["attacks"].items(), key=lambda item: (-item[1]["loss"]["value"], item[0])
        )
    ]
    worst = max(row["newly_held"] for row in figures["attacks"].values())
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
        f"<p>{figures['rows']:,} of the comments ({figures['positives']:,} abusive) were disguised "
        f"in each of these ways and scored again. Undisguised: ROC-AUC {figures['roc_auc']:.3f}; "
        f"at the threshold {figures['threshold']:.2f} {_percent(figures['abuse_found'])} of the "
        f"abuse is caught and {_percent(figures['clean_held'])} of the clean comments are held. No "
        f"disguise makes more than {_percent(worst, 2)} of the clean comments look abusive.</p>"
        f"{table}"
    )


def _identities(figures: dict[str, Any]) -> str:
    parts = []
    if templates := figures.get("templates"):
        parts.append(_templates(templates))
    mentions = figures.get("identities") or {}
    if mentions.get("identities"):
        parts.append(_mentions(mentions))
    return "".join(parts) or "<p>Not measured: this model has no toxicity score.</p>"


def _templates(figures: dict[str, Any]) -> str:
    """Sentences written about people: harmless, abusive, and those that only name abuse."""
    rates = figures["false_positive_rate"]
    harder = _table(
        ("Kind of sentence", "Held by mistake"),
        [
            (html.escape(name.capitalize()), _percent(value))
            for name, value in figures["reported_clean_held"].items()
        ],
    )
    by_term = _table(
        ("Term", "Held by mistake", *_AUC_HEAD),
        [
            (html.escape(term), _percent(rate), *_subgroup_aucs(figures["aucs"][term]))
            for term, rate in sorted(rates.items(), key=lambda item: (-item[1], item[0]))
        ],
    )
    return (
        f"<p>Harmless sentences about people, {figures['clean_sentences']:,} in all over "
        f"{figures['terms']} terms, at the working threshold "
        f"{figures['threshold']:.2f}: {_percent(figures['mean_false_positive_rate'])} are "
        f"held by mistake, for no term more than "
        f"{_percent(figures['highest_false_positive_rate'])}. Of abusive sentences about "
        f"the same people {_percent(figures['abusive_found'])} are caught.</p>"
        "<p>Harder are harmless sentences that name abuse without committing it:</p>"
        f"{harder}<details><summary>Harmless sentences, by term</summary>{by_term}</details>"
    )


def _mentions(figures: dict[str, Any]) -> str:
    """Comments of the data that mention an identity."""
    table = _table(
        ("Identity", "Comments", *_AUC_HEAD),
        [
            (html.escape(term), f"{row['rows']:,}", *_subgroup_aucs(row))
            for term, row in sorted(figures["identities"].items(), key=lambda item: item[1]["bpsn"])
        ],
    )
    return (
        f"<h3>Comments that mention an identity (by {figures['by']})</h3>"
        "<p class='note'>Subgroup: ROC-AUC among the comments that mention it. BPSN: abusive "
        "ones elsewhere against clean ones that mention it; low means that the word alone "
        f"raises the score. BNSP: the reverse.</p>{table}"
        f"<p>Overall AUC {figures['overall_auc']:.3f}; bias metric "
        f"{figures['bias_metric']:.3f}.</p>"
    )


_AUC_HEAD = ("Subgroup AUC", "BPSN AUC", "BNSP AUC")


def _subgroup_aucs(row: dict[str, float]) -> tuple[str, ...]:
    return tuple(f"{row[kind]:.3f}" for kind in ("subgroup", "bpsn", "bnsp"))


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
