"""Plotly figures that a run logged: what of them is safe to draw, and where.

Figures of the traces that the site's own plotly knows are drawn in the page, from a data file; all
others, in the sandboxed viewer, by the plotly that is installed beside runreport.
"""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

from runreport.text.serialize import script_json

LARGEST: Final = 5_000_000
"""Bytes of a figure that is looked into."""

TRACES: Final = frozenset(
    {"scatter", "bar", "box", "violin", "heatmap", "histogram", "pie", "parcoords"}
)
"""What the site's bundle of plotly draws; the same list stands in figures.js."""

_LEFT_OUT: Final = frozenset(
    {
        # These load pictures, tiles or data from elsewhere, or run what a click asks for.
        *("images", "map", "mapbox", "geo", "frames", "updatemenus", "sliders", "stream"),
        # These would reach behind the figure's own objects.
        *("__proto__", "constructor", "prototype"),
    }
)
_MARKS: Final = re.compile(r"&lt;(/?(?:b|i|u|s|em|br|sub|sup)\s*/?)&gt;", re.IGNORECASE)


def read_figure(content: bytes) -> dict[str, Any] | None:
    """Return a figure's safe part, or None when the JSON is no plotly figure."""
    if len(content) > LARGEST or b'"data"' not in content:
        return None
    try:
        value = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("layout"), dict):
        return None
    traces = value.get("data")
    if not isinstance(traces, list) or not all(isinstance(trace, dict) for trace in traces):
        return None
    try:
        return {"data": _safe(list(map(_as_svg, traces))), "layout": _safe(value["layout"])}
    except RecursionError:
        return None


def _as_svg(trace: dict[str, Any]) -> dict[str, Any]:
    # The same trace by another renderer, which the site does without.
    return trace | {"type": "scatter"} if trace.get("type") == "scattergl" else trace


def is_drawn_in_page(figure: dict[str, Any]) -> bool:
    """Return whether the site's own plotly knows all traces of a figure."""
    return all(trace.get("type", "scatter") in TRACES for trace in figure["data"])


def figure_page(content: bytes) -> str:
    """Return a page, for the sandbox alone, that draws a figure of any trace."""
    figure = script_json(read_figure(content)).decode()
    return (
        '<!doctype html><html><head><meta charset="utf-8"><title>Figure</title>'
        f"<script>{plotly_script()}</script></head>"
        '<body style="margin:0"><div id="figure" style="height:100vh"></div>'
        f"<script>const figure = {figure};"
        "delete figure.layout.width; delete figure.layout.height;"
        'Plotly.newPlot("figure", figure.data, figure.layout,'
        "{responsive: true, displaylogo: false});"
        "</script></body></html>"
    )


def plotly_script() -> str:
    """Return the whole plotly.js of the installed plotly package."""
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


def _safe(value: Any) -> Any:
    """Return a value without what loads or runs something, with plain marks alone in its texts."""
    if isinstance(value, str):
        # plotly takes a text for a kind of HTML, in which links and pictures are live.
        escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return _MARKS.sub(r"<\1>", escaped)
    if isinstance(value, list):
        return [_safe(each) for each in value]
    if isinstance(value, dict):
        return {key: _safe(each) for key, each in value.items() if key not in _LEFT_OUT}
    return value
