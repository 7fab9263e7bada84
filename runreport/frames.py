"""Runs and points as pandas frames.

The runs frame has one row a run and the columns run_id, name, experiment, status, started, ended,
user, source, version; then params.<name>, metrics.<name> (the summary value) and tags.<name>, each
group sorted by name. Times are UTC. Absent texts are "", an absent param or tag is None, or NaN
in a column of numbers.

The metrics frame has one row a point, in the order logged: run_id, metric, step, time, value.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
import pandas as pd

from runreport.records import RunDigest, RunRecord

FACTS: Final = (
    "run_id",
    "name",
    "experiment",
    "status",
    "started",
    "ended",
    "user",
    "source",
    "version",
)
"""The runs frame's first columns."""

POINTS: Final = ("run_id", "metric", "step", "time", "value")
"""The metrics frame's columns."""

_WHOLE: Final = range(-(1 << 63), 1 << 63)


def runs_frame(digests: Sequence[RunDigest]) -> pd.DataFrame:
    """Return one row a run, in the order given."""
    return make_runs_frame(
        [digest.record for digest in digests],
        [digest.status for digest in digests],
        [{metric.name: metric.value for metric in digest.metrics} for digest in digests],
    )


def make_runs_frame(
    records: Sequence[RunRecord],
    statuses: Sequence[str],
    metrics: Sequence[Mapping[str, float]],
) -> pd.DataFrame:
    """Return one row a run from its record, its resolved status and its metrics' summary values."""
    columns: dict[str, Any] = {
        "run_id": _texts(record.run_id for record in records),
        "name": _texts(record.name for record in records),
        "experiment": _texts(record.experiment for record in records),
        "status": _texts(statuses),
        "started": _times([record.started for record in records]),
        "ended": _times([record.ended for record in records]),
        "user": _texts(record.user for record in records),
        "source": _texts(source_text(record.source) for record in records),
        "version": _texts(record.version for record in records),
    }
    columns |= _spread("params", [record.params for record in records])
    columns |= _spread("metrics", metrics)
    columns |= _spread("tags", [record.tags for record in records])
    frame = pd.DataFrame(dict(enumerate(columns.values())))
    # Text that pandas keeps in pyarrow, where that is installed, must be whole Unicode.
    frame.columns = pd.Index(list(columns), dtype=object)
    return frame


def metrics_frame(records: Iterable[RunRecord]) -> pd.DataFrame:
    """Return one row a point, superseded ones among them: run by run, metric by metric."""
    names: list[tuple[str, str]] = []
    sizes: list[int] = []
    parts: list[tuple[Any, Any, Any]] = [(np.empty(0), np.empty(0), np.empty(0))]
    for record in records:
        for history in record.histories:
            names.append((record.run_id, history.name))
            sizes.append(len(history.values))
            parts.append((history.steps, history.times, history.values))
    steps, times, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(
        {
            "run_id": _repeated([run_id for run_id, _ in names], sizes),
            "metric": _repeated([metric for _, metric in names], sizes),
            "step": steps,
            "time": times,
            "value": values,
        }
    )


def source_text(source: Mapping[str, Any]) -> str:
    """Return where a run came from, in one word: its source's name, else its path."""
    for key in ("name", "path"):
        value = source.get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _repeated(names: list[str], sizes: list[int]) -> Any:
    return np.repeat(np.array(names, dtype=object), sizes)


def _texts(texts: Iterable[str]) -> pd.Series[Any]:
    return pd.Series(list(texts), dtype=object)


def _times(times: Sequence[float | None]) -> pd.Series[Any]:
    """Return UTC times to the microsecond, which is what a float64 of our time can hold."""
    micros = [
        np.datetime64("NaT") if time is None else np.datetime64(round(time * 1e6), "us")
        for time in times
    ]
    column = pd.Series(np.array(micros, dtype="datetime64[ns]"))
    return column.dt.tz_localize("UTC")


def _spread(prefix: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a column a name, sorted, with a gap for each run that has no such name."""
    found: dict[str, list[Any]] = {}
    for place, row in enumerate(rows):
        for name, value in row.items():
            column = found.get(name)
            if column is None:
                column = found[name] = [None] * len(rows)
            column[place] = value
    return {f"{prefix}.{name}": _column(found[name]) for name in sorted(found)}


def _column(values: list[Any]) -> Any:
    kinds = set(map(type, values))
    if kinds <= {float, type(None)}:
        return np.array(values, dtype=np.float64)
    if kinds == {int} and all(value in _WHOLE for value in values):
        return np.array(values, dtype=np.int64)
    if kinds <= {int, float, type(None)}:
        return np.array([math.nan if value is None else float(value) for value in values])
    # Lists and objects cannot be compared or grouped; their text can.
    plain = [
        orjson.dumps(value).decode() if isinstance(value, dict | list) else value
        for value in values
    ]
    return pd.Series(plain, dtype=object)
