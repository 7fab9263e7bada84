"""Our own forms of JSON files: which file is a table or a histogram, and what of it is shown."""

from __future__ import annotations

import re
from typing import Final

from runreport.artifacts.histograms import histogram_preview, read_histogram
from runreport.artifacts.tables import read_table, table_preview
from runreport.text.numbers import count_text
from runreport.text.redact import Redactor

FORMS: Final = ("table", "histogram")
_TEXTS: Final = frozenset({"text", "code", "json", "csv", "markdown"})
_TABLE: Final = re.compile(rb'\s*\{\s*"columns"\s*:\s*\[')
"""How `log_table` and pandas ("split") begin a table."""


def form_of(path: str, kind: str, content: bytes, wanted: str) -> str:
    """Return "table" or "histogram" for a file that is, or should be, one; else ""."""
    if wanted:
        return wanted if wanted in FORMS and kind in _TEXTS else ""
    if kind != "json":
        return ""
    named = next((form for form in FORMS if path.lower().endswith(f".{form}.json")), "")
    return named or ("table" if _TABLE.match(content) and b'"data"' in content else "")


def read_form(form: str, content: bytes, redactor: Redactor) -> tuple[str, str]:
    """Return what is shown of a table or a histogram, and a note on what is not.

    Raises:
        ValueError: it is none.
    """
    if form == "histogram":
        return histogram_preview(read_histogram(content)), ""
    head = read_table(content, redactor)
    notes = [
        f"{shown} of {count_text(total)} {noun} shown"
        for shown, total, noun in (
            (len(head.rows), head.total_rows, "rows"),
            (len(head.columns), head.total_columns, "columns"),
        )
        if shown < total
    ]
    return table_preview(head), ", ".join(notes)
