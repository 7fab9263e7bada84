"""The head of an artifact as text, for the run's page."""

from __future__ import annotations

import base64
from typing import Final

from runreport.artifacts.kinds import HEAD
from runreport.text.numbers import bytes_text

CSV_ROWS: Final = 50
LARGEST_SVG: Final = 512_000
"""Bytes of a drawing that stands in the page itself."""


def preview_of(kind: str, content: bytes, size: int) -> tuple[str, str]:
    """Return an artifact's preview and a note on what of it is not shown.

    ``content`` is at least the head of the file's ``size`` bytes.
    """
    if kind == "svg":
        return _drawing(content, size)
    if kind == "csv":
        return _rows(content, size)
    if kind in ("text", "code", "json", "markdown"):
        text = content[:HEAD].decode(errors="ignore" if size > HEAD else "replace")
        return text, f"{bytes_text(HEAD)} of {bytes_text(size)} shown" if size > HEAD else ""
    return "", ""


def _rows(content: bytes, size: int) -> tuple[str, str]:
    lines = content[:HEAD].decode(errors="replace").splitlines(keepends=True)
    if size > HEAD and len(lines) > 1:
        # The last one may be cut.
        lines.pop()
    shown = lines[: CSV_ROWS + 1]
    is_all = size <= HEAD and len(lines) <= CSV_ROWS + 1
    return "".join(shown), "" if is_all else f"the first {len(shown) - 1} rows are shown"


def _drawing(content: bytes, size: int) -> tuple[str, str]:
    if size > LARGEST_SVG:
        return "", f"larger than {bytes_text(LARGEST_SVG)}: not shown in the page"
    return f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}", ""
