"""The site's styles and scripts as pages load them: several sources in one file, shortened.

The sources stay what they are, to be read and to be replaced one by one by a theme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

BUNDLES: Final[Mapping[str, tuple[str, ...]]] = {
    "base.css": ("vendor/fonts.css", "theme.css", "site.css", "page.css"),
    "base.js": ("runreport.js", "format.js", "state.js", "page.js"),
    "table.js": (
        "picks.js",
        "grid-tree.js",
        "grid-data.js",
        "grid-filter.js",
        "grid-cells.js",
        "grid-view.js",
        "grid-keys.js",
        "grid-tools.js",
        "grid-export.js",
        "grid-groups.js",
        "grid.js",
    ),
    "drawing.js": (
        "chart-data.js",
        "chart-tiles.js",
        "chart-plot.js",
        "chart-series.js",
        "chart-detail.js",
        "chart-reader.js",
        "chart-wheel.js",
        "chart-view.js",
        "chart-controls.js",
        "chart-legend.js",
        "chart-panel.js",
        "figures.js",
    ),
    "gallery.js": ("media-items.js", "media-panel.js", "media.js"),
}
"""Which sources make up a file, in their order. All others are files of their own."""

_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_SPACES: Final = re.compile(r"\s+")
_AROUND: Final = re.compile(r" ?([{};]) ?")


def bundled(contents: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return static files with those of a bundle joined into one; a missing source is left out."""
    inside = {source for sources in BUNDLES.values() for source in sources}
    files = {name: content for name, content in contents.items() if name not in inside}
    for name, sources in BUNDLES.items():
        found = [contents[source] for source in sources if source in contents]
        if found:
            files[name] = b"\n".join(found)
    return files


def shortened(name: str, content: bytes) -> bytes:
    """Return a source of ours without comments and indentation; any other file as it is.

    It knows our way of writing, not the languages: a comment has a line of its own, and no text
    goes over a line's end or holds what would be taken for a comment. A test sees to that.
    """
    if name.endswith(".js"):
        return _short_script(content.decode()).encode()
    if name.endswith(".css"):
        return _short_style(content.decode()).encode()
    return content


def _short_script(text: str) -> str:
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))


def _short_style(text: str) -> str:
    text = _AROUND.sub(r"\1", _SPACES.sub(" ", _COMMENT.sub("", text)))
    return text.replace(";}", "}").replace(": ", ":").replace(", ", ",").strip()
