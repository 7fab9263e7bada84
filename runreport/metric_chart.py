"""One metric of many runs as an interactive chart in an HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from markupsafe import Markup

from runreport.histories.overview import POINTS, kept_points
from runreport.records import History, RunRecord
from runreport.render import make_environment, templates_folder
from runreport.text.names import experiment_slug
from runreport.text.numbers import count_text
from runreport.text.serialize import script_json

TEMPLATE: Final = "metric-report.html.jinja2"

COLORS: Final = (
    "#4269d0", "#d1711a", "#23915c", "#9a55ec", "#d9466f", "#0d8ea3",
    "#8a6a4b", "#76800f", "#b83fa0", "#5f6f86", "#a98100", "#c24d2c",
)  # fmt: skip
"""The site's colours of runs on light ground."""

MARKED: Final = 60
"""Up to so many points each is marked; a single one would be no line at all."""

# The buttons are named one by one: plotly's own choice has one that sends the data away.
_CONFIG: Final = {
    "responsive": True,
    "displaylogo": False,
    "plotlyServerURL": "",
    "modeBarButtons": [["toImage"], ["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]],
}
_INK, _MUTED, _GRID = "#1a1a1e", "#62626a", "#e6e5e2"
_AXIS = {"gridcolor": _GRID, "zerolinecolor": _GRID, "linecolor": _GRID, "automargin": True}


def render_metric_chart(experiment: str, metric: str, runs: Sequence[RunRecord]) -> str:
    """Return the HTML file that draws ``metric`` with a trace for each of ``runs`` that has it.

    A run's colour is the one of its place among all of them. The same runs give the same text.
    """
    drawn = [
        (place, run, history.live())
        for place, run in enumerate(runs)
        for history in run.histories
        if history.name == metric
    ]
    static = templates_folder() / "static" / "vendor"
    # Both are our own files, and tests look that neither closes its element.
    plotly = Markup((static / "plotly.min.js").read_text("utf-8"))
    css = Markup((static / "plotly.css").read_text("utf-8"))
    figure = {
        "data": [_trace(place, _label(run, runs), live) for place, run, live in drawn],
        "layout": _layout(metric),
        "config": _CONFIG,
    }
    return (
        make_environment()
        .get_template(TEMPLATE)
        .render(
            experiment=experiment,
            metric=metric,
            chart_id=f"metric-{experiment_slug(metric)}",
            summary=_summary(len(drawn), len(runs)),
            remarks=_remarks([live for _, _, live in drawn]),
            figure=Markup(script_json(figure).decode()),
            plotly=plotly,
            plotly_css=css,
        )
    )


def _trace(place: int, label: str, live: History) -> dict[str, Any]:
    indices = kept_points(live.values)
    picked = slice(None) if indices is None else indices
    steps, values = live.steps[picked], live.values[picked]
    # What is not finite is a gap in the line; its text would make the axis one of names.
    ys = [value if np.isfinite(value) else None for value in values.tolist()]
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(steps) <= MARKED else "lines",
        "name": label,
        "x": [int(step) if step.is_integer() else step for step in steps.tolist()],
        "y": ys,
        "line": {"color": COLORS[place % len(COLORS)], "width": 1.75},
        "marker": {"size": 5},
        "hovertemplate": "%{y:.6~g}",
    }


def _layout(metric: str) -> dict[str, Any]:
    return {
        "hovermode": "x unified",
        "showlegend": True,
        "legend": {"itemsizing": "constant"},
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "font": {"family": "Inter, system-ui, sans-serif", "size": 13, "color": _INK},
        "paper_bgcolor": "#fff",
        "plot_bgcolor": "#fff",
        "xaxis": {"title": {"text": "step", "font": {"color": _MUTED}}, **_AXIS},
        "yaxis": {"title": {"text": _plain(metric), "font": {"color": _MUTED}}, **_AXIS},
    }


def _label(run: RunRecord, runs: Sequence[RunRecord]) -> str:
    same = sum(other.name == run.name for other in runs) > 1
    return _plain(f"{run.name} ({run.run_id})" if same else run.name)


def _plain(text: str) -> str:
    """Return text that plotly shows as it is: it would take tags and entities for markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _summary(drawn: int, known: int) -> str:
    of_all = "" if drawn == known else f" of {count_text(known)}"
    return f"{count_text(drawn)}{of_all} {'run' if known == 1 else 'runs'}"


def _remarks(drawn: Sequence[History]) -> list[str]:
    """Return what the lines leave out, so that nothing is left out silently."""
    remarks = []
    longest = max((len(live.values) for live in drawn), default=0)
    if longest > POINTS:
        remarks.append(
            f"Lines of more than {count_text(POINTS)} points show minima and maxima; "
            f"the longest has {count_text(longest)} points."
        )
    odd = sum(int(np.count_nonzero(~np.isfinite(live.values))) for live in drawn)
    if odd:
        remarks.append(f"{count_text(odd)} points that are NaN or infinite are gaps.")
    return remarks
