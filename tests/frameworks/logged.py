"""What a test finds in the run folders below its root, read as any script reads them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import runreport


def runs(root: Path) -> list[dict[str, Any]]:
    """Return the rows of the runs, in order of their start."""
    frame = runreport.load_runs(root).sort_values(["started", "run_id"])
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def only(root: Path) -> dict[str, Any]:
    """Return the row of the one run."""
    (row,) = runs(root)
    return row


def series(root: Path, run_id: str = "") -> dict[str, dict[float, float]]:
    """Return each metric's values by step, of the one run or of a given one."""
    frame = runreport.load_metrics(root)
    found: dict[str, dict[float, float]] = {}
    for row in frame[frame["run_id"] == (run_id or only(root)["run_id"])].to_dict("records"):
        found.setdefault(row["metric"], {})[row["step"]] = row["value"]
    return found


def artifact(root: Path, name: str) -> str:
    """Return the text of the only artifact of that name."""
    (path,) = root.rglob(f"artifacts/{name}")
    return path.read_text("utf-8")
