"""A run as a small card in a notebook."""

from __future__ import annotations

from html import escape

from runreport.tracking.entities import read_data

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from runreport.tracking.run import Run

SHOWN = 12
"""Most params, and most metrics, on a card."""


def make_card(run: Run) -> str:
    """Return a run's name, status, params and last values as HTML without scripts or styles."""
    data = read_data(run.folder)
    facts = {"run": run.run_id, "experiment": run.experiment, "folder": run.folder_name}
    rows = [_row(name, value) for name, value in facts.items()]
    rows += _rows("param", data.params)
    rows += _rows("metric", data.metrics)
    head = f"<strong>{escape(run.name)}</strong> ({escape(run.status)})"
    return f"<div>{head}<table>{''.join(rows)}</table></div>"


def _rows(kind: str, values: Mapping[str, Any]) -> list[str]:
    """Return one table row for each of the first values, and one that says how many there are."""
    rows = [_row(f"{kind} {name}", value) for name, value in list(values.items())[:SHOWN]]
    if len(values) > SHOWN:
        rows.append(_row(f"{kind}s", f"{SHOWN} of {len(values):,} shown"))
    return rows


def _row(name: str, value: object) -> str:
    text = str(value)
    text = text if len(text) <= 200 else f"{text[:200]}… ({len(text):,} characters)"
    return f"<tr><th>{escape(name)}</th><td>{escape(text)}</td></tr>"
