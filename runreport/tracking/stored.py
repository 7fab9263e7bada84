"""Look up runs below a root and fold their records, for the few calls that must know them.

The reading half has the reader that tolerates everything and tells what it found; this one only
answers "which folder?" and "which params has it?".
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from runreport.errors import LogError
from runreport.layout import LINE_KEYS, METRICS, RUN, split_segment_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def segments(folder: Path, stream: str) -> list[Path]:
    """Return the files of one stream, the first one first."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                parts = split_segment_name(entry.name)
                if parts and parts[0] == stream and entry.is_file(follow_symlinks=False):
                    found.append((parts[1], Path(entry.path)))
    except OSError:
        return []
    return [path for _, path in sorted(found)]


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines, without what is no object."""
    try:
        content = path.read_bytes()
    except OSError:
        return
    for line in content.split(b"\n"):
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield row


def merge(target: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """Apply a JSON merge patch (RFC 7396) in place and return the target."""
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        elif isinstance(value, dict):
            inner = target.get(name)
            target[name] = merge(inner if isinstance(inner, dict) else {}, value)
        else:
            target[name] = value
    return target


def read_fields(folder: Path) -> dict[str, Any]:
    """Return a run's folded record, {} when it has none."""
    lines: list[tuple[float, dict[str, Any]]] = []
    last = float("-inf")
    for path in segments(folder, RUN):
        for row in read_lines(path):
            time = row.get("time")
            # A line without a time belongs right after the one before it.
            last = float(time) if isinstance(time, (int, float)) else last
            lines.append((last, row))
    fields: dict[str, Any] = {}
    for _, row in sorted(lines, key=lambda line: line[0]):
        merge(fields, {name: value for name, value in row.items() if name not in LINE_KEYS})
    return fields


def last_time(folder: Path) -> float:
    """Return the latest time in a run's record, 0 when there is none."""
    rows = (row for path in segments(folder, RUN) for row in read_lines(path))
    times = (row.get("time") for row in rows)
    return max((float(time) for time in times if isinstance(time, (int, float))), default=0.0)


def last_values(folder: Path) -> dict[str, float]:
    """Return each metric's value on its last line."""
    values: dict[str, float] = {}
    for path in segments(folder, METRICS):
        for row in read_lines(path):
            for name, value in row.items():
                if name in {"step", "time"} or isinstance(value, (dict, list)):
                    continue
                try:
                    values[name] = float(value)
                except (TypeError, ValueError):
                    continue
    return values


def points_of(folder: Path, name: str) -> Iterator[tuple[float, float, float | None]]:
    """Yield a metric's points in the order of the lines: step, value, time in seconds."""
    counted = 0.0
    for path in segments(folder, METRICS):
        for row in read_lines(path):
            if name not in row or isinstance(row[name], (dict, list)):
                continue
            try:
                step, value = float(row.get("step", counted)), float(row[name])
            except (TypeError, ValueError):
                continue
            time = row.get("time")
            counted = step + 1
            yield step, value, float(time) if isinstance(time, (int, float)) else None


def is_run(folder: Path) -> bool:
    """Tell whether a folder holds a run: a run record or metrics."""
    return bool(segments(folder, RUN) or segments(folder, METRICS))


def find_folders(root: Path) -> Iterator[Path]:
    """Yield the run folders below a root, sorted; nothing inside a run is looked at."""
    for folder in _inside(root):
        if is_run(folder):
            yield folder
        else:
            yield from find_folders(folder)


def _inside(folder: Path) -> list[Path]:
    """Return the folders in a folder, sorted; hidden ones and links are left out."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith(".")
            )
    except OSError:
        return []
    return [folder / name for name in names]


def find_by_id(run_id: str, root: Path) -> Path | None:
    """Return the folder of a run by its id; the folder's name is looked at first."""
    named = _find_named(run_id, root)
    if named is not None:
        return named
    return next((f for f in find_folders(root) if read_fields(f).get("run_id") == run_id), None)


def _find_named(name: str, root: Path) -> Path | None:
    """Return the run folder of that name, level by level: among thousands it is asked for alone."""
    if not name or name.startswith(".") or len(Path(name).parts) != 1:
        return None
    level = [root]
    while level:
        for folder in level:
            if is_run(folder / name) and not (folder / name).is_symlink():
                return folder / name
        level = [inner for folder in level for inner in _inside(folder) if not is_run(inner)]
    return None


def find_run(text: str, root: Path) -> Path:
    """Return the one run that `text` names: a run folder, a run's id, or a run's name."""
    folder = Path(text)
    if folder.is_dir() and (is_run(folder) or not any(folder.iterdir())):
        return folder
    found = find_by_id(text, root)
    if found is not None:
        return found
    matches = [f for f in find_folders(root) if read_fields(f).get("name") == text]
    if len(matches) == 1:
        return matches[0]
    if not matches:
        raise LogError(
            f"{text!r}: no run folder, and no run below {str(root)!r} has it as id or name; "
            "give another root or the run's folder"
        )
    names = ", ".join(repr(match.name) for match in matches[:10])
    raise LogError(f"{text!r}: {len(matches)} runs have this name; give the id: {names}")
