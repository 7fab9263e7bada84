"""Runs and points as columns, and as pandas frames of them.

The runs table has one row a run and the columns run_id, name, experiment, status, started, ended,
user, source, version; then params.<name>, metrics.<name> (the summary value) and tags.<name>, each
group sorted by name. Times are UTC. Absent texts are "", an absent param or tag is None, or NaN
in a column of numbers.

The metrics frame has one row a point, in the order logged: run_id, metric, step, time, value.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from runreport.records import History
from runreport.rows import RunRow
from runreport.text.moments import moments

if TYPE_CHECKING:  # a build makes no frame
    import pandas as pd

Column = list[Any] | NDArray[Any]
"""Numbers as an array, all else as a list in which None is a gap."""

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
"""The runs table's first columns."""

POINTS: Final = ("run_id", "metric", "step", "time", "value")
"""The metrics frame's columns."""

_WHOLE: Final = range(-(1 << 63), 1 << 63)


def run_columns(rows: Sequence[RunRow]) -> dict[str, Column]:
    """Return the columns of the runs table, one entry a run, in the order given.

    Times are seconds since the epoch, NaN where absent.
    """
    columns: dict[str, Column] = {
        "run_id": [row.run_id for row in rows],
        "name": [row.name for row in rows],
        "experiment": [row.experiment for row in rows],
        "status": [row.status for row in rows],
        "started": np.array([row.started for row in rows], dtype=np.float64),
        "ended": np.array([row.ended for row in rows], dtype=np.float64),
        "user": [row.user for row in rows],
        "source": [row.source for row in rows],
        "version": [row.version for row in rows],
    }
    columns |= _spread("params", [row.params for row in rows])
    columns |= _spread("metrics", [{each.name: each.value for each in row.metrics} for row in rows])
    columns |= _spread("tags", [row.tags for row in rows])
    return columns


def runs_frame(rows: Sequence[RunRow]) -> pd.DataFrame:
    """Return one row a run, in the order given."""
    import pandas as pd

    columns = run_columns(rows)
    series = [
        _times(values)
        if name in ("started", "ended")
        else pd.Series(values, dtype=object if isinstance(values, list) else None)
        for name, values in columns.items()
    ]
    frame = pd.DataFrame(dict(enumerate(series)))
    # Text that pandas keeps in pyarrow, where that is installed, must be whole Unicode.
    frame.columns = pd.Index(list(columns), dtype=object)
    return frame


def metrics_frame(runs: Iterable[tuple[str, Sequence[History]]]) -> pd.DataFrame:
    """Return one row a point, superseded ones among them: run by run, metric by metric.

    ``runs`` are run_ids, each with the run's histories.
    """
    import pandas as pd

    names: list[tuple[str, str]] = []
    sizes: list[int] = []
    parts: list[tuple[Any, Any, Any]] = [(np.empty(0), np.empty(0), np.empty(0))]
    for run_id, histories in runs:
        for history in histories:
            names.append((run_id, history.name))
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


def _repeated(names: list[str], sizes: list[int]) -> Any:
    return np.repeat(np.array(names, dtype=object), sizes)


def _times(seconds: Any) -> pd.Series[Any]:
    import pandas as pd

    return pd.Series(moments(seconds).astype("datetime64[ns]")).dt.tz_localize("UTC")


def _spread(prefix: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """Return a column a name, sorted, with a gap for each run that has no such name."""
    # Most runs of an experiment have the same names, and are turned into columns at once.
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        alike[tuple(row)].append(place)
    found: dict[str, list[Any]] = {}
    for names, places in alike.items():
        columns = zip(*(rows[place].values() for place in places), strict=True)
        for name, values in zip(names, columns, strict=True):
            if len(alike) == 1:
                found[name] = list(values)
                continue
            column = found.setdefault(name, [None] * len(rows))
            for place, value in zip(places, values, strict=True):
                column[place] = value
    return {f"{prefix}.{name}": _column(found[name]) for name in sorted(found)}


def _column(values: list[Any]) -> Column:
    kinds = set(map(type, values))
    if kinds <= {float, type(None)}:
        return np.array(values, dtype=np.float64)
    if kinds == {int} and all(value in _WHOLE for value in values):
        return np.array(values, dtype=np.int64)
    if kinds <= {int, float, type(None)}:
        return np.array([math.nan if value is None else float(value) for value in values])
    # Lists and objects cannot be compared or grouped; their text can.
    return [
        orjson.dumps(value).decode() if isinstance(value, dict | list) else value
        for value in values
    ]
