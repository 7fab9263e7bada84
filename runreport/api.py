"""Runs and their metrics as pandas frames, for notebooks and scripts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pandas as pd

from runreport.errors import LogError
from runreport.frames import metrics_frame
from runreport.loading import load
from runreport.records import Finding
from runreport.sources import find_runs, read
from runreport.tracking import state
from runreport.where import find_column, is_missing, matching

Source = str | PathLike[str]

MLFLOW_STATUSES: Final = {
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
    "interrupted": "KILLED",
}


def load_runs(*sources: Source) -> pd.DataFrame:
    """Return a frame with one row a run.

    The columns are run_id, name, experiment, status, started, ended, user, source and version,
    then params.<name>, metrics.<name> (each metric's summary value) and tags.<name>. What was odd
    about the runs is in the frame's ``attrs["findings"]``.

    Args:
        sources: Runs roots or single run folders; by default the folder that runs are logged to.

    Raises:
        ConfigError: A source does not exist or holds no run.
    """
    loaded = load(_paths(sources))
    return _with_findings(loaded.frame(), loaded.findings)


def load_metrics(*sources: Source) -> pd.DataFrame:
    """Return a frame with one row a point: run_id, metric, step, time, value.

    Points come in the order logged, those that a later launch superseded among them; step, time
    (seconds since the epoch, NaN where unknown) and value are float64.

    Args:
        sources: As for `load_runs`.

    Raises:
        ConfigError: A source does not exist or holds no run.
    """
    found, findings = find_runs(_paths(sources))
    records = [read(run) for run in found]
    findings += [finding for record in records for finding in record.findings]
    return _with_findings(metrics_frame(records), findings)


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    *,
    experiment_names: Sequence[str] | None = None,
    order_by: Sequence[str] | None = None,
    max_results: int = 100_000,
    sources: Iterable[Source] = (),
    **others: Any,
) -> pd.DataFrame:
    """Return runs under MLflow's column names, for scripts that were written for it.

    These are run_id, experiment_id, status, artifact_uri, start_time, end_time, metrics.<name>,
    params.<name> (as text) and tags.<name>, with tags.mlflow.runName and its kin.

    Args:
        experiment_ids: Names of experiments; here an experiment's name is its id.
        filter_string: As ``metrics.acc > 0.9 and params.lr = '0.1'``.
        experiment_names: The same as ``experiment_ids``; by default all experiments.
        order_by: Columns, as ``["metrics.acc DESC"]``; by default the latest start first.
        max_results: Rows to return at most.
        sources: As for `load_runs`.
        others: ``output_format="pandas"``, ``search_all_experiments`` and ``run_view_type`` are
            accepted.

    Raises:
        ConfigError: A source or the filter makes no sense.
        LogError: Another argument is given.
    """
    _check_others(others)
    loaded = load(_paths(sources))
    runs = loaded.frame()
    wanted = {*(experiment_names or ()), *(experiment_ids or ())}
    if wanted:
        runs = runs[runs["experiment"].isin(wanted)]
    runs = matching(runs, filter_string, place="filter_string")
    runs = sort_runs(runs, _orders(order_by), place="order_by")[:max_results]
    folders = [str(loaded.records[place].folder) for place in runs.index]
    return _with_findings(_as_mlflow(runs, folders), loaded.findings)


def sort_runs(
    runs: pd.DataFrame, orders: Iterable[tuple[str, bool]], *, place: str = "--sort"
) -> pd.DataFrame:
    """Return the rows sorted by (name, whether descending); gaps come last in both directions."""
    for name, descending in reversed(list(orders)):
        cells = runs[find_column(runs, name, place=place)].tolist()
        known = [row for row, cell in enumerate(cells) if not is_missing(cell)]
        known.sort(key=lambda row: _sort_key(cells[row]), reverse=descending)
        gaps = [row for row, cell in enumerate(cells) if is_missing(cell)]
        runs = runs.iloc[known + gaps]
    return runs


def _sort_key(cell: Any) -> tuple[int, Any]:
    """Order numbers before texts, in a column that holds both."""
    if isinstance(cell, bool | int | float):
        return 0, cell
    return (1, cell.timestamp()) if hasattr(cell, "timestamp") else (2, str(cell))


def _orders(order_by: Sequence[str] | None) -> list[tuple[str, bool]]:
    if not order_by:
        return [("started", True), ("run_id", False)]
    orders = []
    for text in order_by:
        name, _, direction = text.strip().rpartition(" ")
        if direction.lower() in ("asc", "desc") and name:
            orders.append(
                (name.strip().replace("`", "").replace('"', ""), direction.lower() == "desc")
            )
        else:
            orders.append((text.strip().replace("`", "").replace('"', ""), False))
    return orders


def _as_mlflow(runs: pd.DataFrame, folders: Sequence[str]) -> pd.DataFrame:
    groups = [name for name in runs.columns if name.startswith(("metrics.", "params.", "tags."))]
    columns: dict[str, Any] = {
        "run_id": runs["run_id"],
        "experiment_id": runs["experiment"],
        "status": runs["status"].map(lambda status: MLFLOW_STATUSES.get(status, "RUNNING")),
        "artifact_uri": [str(Path(folder) / "artifacts") for folder in folders],
        "start_time": runs["started"],
        "end_time": runs["ended"],
    }
    for name in groups:
        columns[name] = runs[name]
        if name.startswith("params."):
            texts = [_as_param(value) for value in runs[name].tolist()]
            columns[name] = pd.Series(texts, runs.index, dtype=object)
    for name, fact in _MLFLOW_TAGS.items():
        columns.setdefault(f"tags.{name}", runs[fact])
    return pd.DataFrame(columns).reset_index(drop=True)


_MLFLOW_TAGS: Final = {
    "mlflow.runName": "name",
    "mlflow.user": "user",
    "mlflow.source.name": "source",
    "mlflow.source.git.commit": "version",
}


def _as_param(value: Any) -> str | None:
    return None if is_missing(value) and value != "" else str(value)


def _check_others(others: Mapping[str, Any]) -> None:
    for name, value in others.items():
        if name not in ("output_format", "search_all_experiments", "run_view_type"):
            raise LogError(f"search_runs: no argument {name!r}; see help(runreport.search_runs)")
        if name == "output_format" and value != "pandas":
            raise LogError(f"search_runs: output_format={value!r}; only 'pandas' is offered")


def _paths(sources: Iterable[Source]) -> list[Path]:
    return [Path(source) for source in sources] or [Path(state.root())]


def _with_findings(frame: pd.DataFrame, findings: Sequence[Finding]) -> pd.DataFrame:
    frame.attrs["findings"] = tuple(findings)
    return frame
