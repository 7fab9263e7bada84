"""Read run folders line by line, without the package's own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson


def only_run(root: Path) -> Path:
    """Return the one run folder below a root."""
    folders = {path.parent for path in root.rglob("*.jsonl")}
    assert len(folders) == 1, folders
    return folders.pop()


def rows(path: Path) -> list[dict[str, Any]]:
    """Return the objects of a file; every line must be one, but blank ones are allowed."""
    content = path.read_bytes()
    assert not content or content.endswith(b"\n"), content[-200:]
    return [orjson.loads(line) for line in content.splitlines() if line]


def segments(folder: Path, stream: str = "metrics") -> list[Path]:
    """Return a stream's files, the first one first."""
    first = folder / f"{stream}.jsonl"
    further = sorted(folder.glob(f"{stream}.*Z-*.jsonl"))
    return [first, *further] if first.exists() else further


def points(folder: Path, stream: str = "metrics") -> list[dict[str, Any]]:
    """Return all lines of a stream that are no segment's header."""
    every = [row for path in segments(folder, stream) for row in rows(path)]
    return [row for row in every if "segment" not in row]


def record(folder: Path) -> dict[str, Any]:
    """Return the run record, its lines folded in order of time."""
    every = [row for path in segments(folder, "run") for row in rows(path)]
    folded: dict[str, Any] = {}
    for row in sorted(every, key=lambda row: float(row["time"])):
        fold(folded, {name: value for name, value in row.items() if name not in {"time", "by"}})
    return folded


def fold(target: dict[str, Any], patch: dict[str, Any]) -> None:
    """Apply a merge patch, as RFC 7396 describes it."""
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            if not isinstance(target.get(name), dict):
                target[name] = {}
            fold(target[name], value)
        else:
            target[name] = value
