"""Runs and their metrics as pandas frames, for notebooks and scripts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pandas as pd

from runreport.errors import LogError
from runreport.frames import metrics_frame, runs_frame
from runreport.loading import load, look
from runreport.records import Finding
from runreport.tracking import state
from runreport.tracking.entities import StoredRun
from runreport.where import find_column, is_missing, matching

Source = str | PathLike[str]

MLFLOW_STATUSES: Final = {
    "running": "RUNNING",
    "finished": "FINISHED",
    "failed": "FAILED",
    "killed": "KILLED",
    "interrupted": "KILLED",
}

_DELETED_ONLY: Final = 2
"""MLflow's number for a look at what was deleted."""


def load_runs(*sources: Source, where: str = "") -> pd.DataFrame:
    """Return a frame with one row a run.

    The columns are run_id, name, experiment, status, started, ended, user, source and version,
    then params.<name>, metrics.<name> (each metric's summary value) and tags.<name>. What was odd
    about the runs is in the frame's ``attrs["findings"]``.

    Args:
        sources: Runs roots or single run folders; by default the folder that runs are logged to.
        where: Only the runs that this filter of `runreport list --where` lets through.

    Raises:
        ConfigError: A source does not exist or holds no run, or the filter makes no sense.
    """
    loaded = load(_paths(sources))
    runs = loaded.frame()
    if where.strip():
        # Once more, as these runs have fewer columns and fewer gaps.
        chosen = matching(runs, where, place="where").index
        runs = runs_frame([loaded.rows[place] for place in chosen])
    return _with_findings(runs, loaded.findings)


def load_metrics(
    *sources: Source, where: str = "", metrics: str | Iterable[str] = ()
) -> pd.DataFrame:
    """Return a frame with one row a point: run_id, metric, step, time, value.

    Points come in the order logged, those that a later launch superseded among them; step, time
    (seconds since the epoch, NaN where unknown) and value are float64.

    Args:
        sources: As for `load_runs`.
        where: As for `load_runs`.
        metrics: Only these: names, or patterns as ``"val/*"``. A build's index says which runs
            have them, and the others are not opened.

    Raises:
        ConfigError: A source does not exist or holds no run, the filter makes no sense, or no run
            has one of the metrics.
    """
    names = (metrics,) if isinstance(metrics, str) else tuple(metrics)
    catalog = look(_paths(sources))
    runs = ((row.run_id, histories) for row, histories in catalog.points(where, names))
    return _with_findings(metrics_frame(runs), catalog.findings)


def search_runs(  # noqa: PLR0913 - MLflow's arguments
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    run_view_type: int = 1,
    max_results: int = 100_000,
    order_by: Sequence[str] | None = None,
    output_format: str = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
    *,
    sources: Iterable[Source] = (),
) -> Any:
    """Return runs under MLflow's column names, for scripts that were written for it.

    These are run_id, experiment_id, status, artifact_uri, start_time, end_time, metrics.<name>,
    params.<name> (as text) and tags.<name>, with tags.mlflow.runName and its kin.

    Args:
        experiment_ids: Names of experiments; here an experiment's name is its id.
        filter_string: As ``metrics.acc > 0.9 and params.lr = '0.1'``.
        run_view_type: MLflow's number of active (1), deleted (2) or all (3) runs; a run that is
            deleted is not there.
        max_results: Rows to return at most.
        order_by: Columns, as ``["metrics.acc DESC"]``; by default the latest start first.
        output_format: "pandas", or "list" for what `get_run` returns of each run.
        search_all_experiments: Take all, also after `set_experiment`.
        experiment_names: The same as ``experiment_ids``; by default the one that
            `set_experiment` has set, else all.
        sources: As for `load_runs`.

    Raises:
        ConfigError: A source or the filter makes no sense.
        LogError: There is no such output format.
    """
    if output_format not in ("pandas", "list"):
        raise LogError(f"search_runs: output_format={output_format!r}; choose 'pandas' or 'list'")
    loaded = load(_paths(sources))
    runs = loaded.frame()
    wanted = {*(experiment_names or ()), *(experiment_ids or ())}
    if not wanted and not search_all_experiments and state.settings.experiment and not sources:
        wanted = {state.settings.experiment}
    if wanted:
        runs = runs[runs["experiment"].isin({name.strip().strip("/") for name in wanted})]
    if run_view_type == _DELETED_ONLY:
        runs = runs[:0]
    if len(runs):
        # Without a run there is no column that a name could be looked up in.
        runs = _with_mlflows_tags(runs, [loaded.rows[place].parent for place in runs.index])
        runs = matching(runs, _in_our_words(filter_string), place="filter_string")
        runs = sort_runs(runs, _orders(order_by), place="order_by")[:max_results]
    folders = [loaded.folders[place] for place in runs.index]
    if output_format == "list":
        return [StoredRun(Path(folder)) for folder in folders]
    return _with_findings(_as_mlflow(runs, [str(folder) for folder in folders]), loaded.findings)


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


def _with_mlflows_tags(runs: pd.DataFrame, parents: Sequence[str]) -> pd.DataFrame:
    """Return the frame with the facts that MLflow keeps as tags, for filters that name them."""
    facts: dict[str, Any] = {name: runs[fact].tolist() for name, fact in _MLFLOW_TAGS.items()}
    facts["mlflow.parentRunId"] = [parent or None for parent in parents]
    columns = {
        f"tags.{name}": pd.Series(values, runs.index, dtype=object)
        for name, values in facts.items()
        if f"tags.{name}" not in runs.columns
    }
    return pd.concat([runs, pd.DataFrame(columns)], axis=1)


def _in_our_words(filter_string: str) -> str:
    """Return a filter with MLflow's words for a status, as FINISHED, as ours."""
    return _STATUS.sub(lambda found: found[0].lower(), filter_string)


_STATUS: Final = re.compile(
    r"status`?\s*(?:!=|==?)\s*['\"](?:RUNNING|FINISHED|FAILED|KILLED)['\"]", re.IGNORECASE
)


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
    if "tags.mlflow.parentRunId" in columns and not any(columns["tags.mlflow.parentRunId"]):
        del columns["tags.mlflow.parentRunId"]
    return pd.DataFrame(columns).reset_index(drop=True)


_MLFLOW_TAGS: Final = {
    "mlflow.runName": "name",
    "mlflow.user": "user",
    "mlflow.source.name": "source",
    "mlflow.source.git.commit": "version",
}


def _as_param(value: Any) -> str | None:
    return None if is_missing(value) and value != "" else str(value)


def _paths(sources: Iterable[Source]) -> list[Path]:
    return [Path(source) for source in sources] or [Path(state.root())]


def _with_findings(frame: pd.DataFrame, findings: Sequence[Finding]) -> pd.DataFrame:
    frame.attrs["findings"] = tuple(findings)
    return frame
