"""Draw the curves of an attribute as inline SVG with matplotlib (the extra ``report``)."""

from __future__ import annotations

import html
import importlib
import io
from collections.abc import Sequence
from typing import Any

from classifiers.errors import ReportError

#: Nothing of the maker stands in a plot, so the same figures give the same bytes.
_NO_METADATA = ("Creator", "Date", "Format", "Type")
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


def draw_plots(row: dict[str, Any]) -> list[str]:
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
