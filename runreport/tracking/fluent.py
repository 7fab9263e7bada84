"""The calls of a training script: open a run, log to it, end it.

Names, arguments and meanings are those of MLflow's fluent API; what is ours is keyword-only.
`synchronous`, `model_id` and `dataset` are taken so that scripts run as they are: every line is
written before the call returns, and metrics belong to their run.
"""

from __future__ import annotations

from runreport.errors import LogError
from runreport.tracking import state

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike
    from typing import Any

    from runreport.tracking.entities import StoredRun
    from runreport.tracking.run import Run

_ENDS = ("finished", "failed", "killed")


def start_run(  # noqa: PLR0913 - MLflow's arguments, and ours by keyword
    run_id: str | None = None,
    experiment_id: str | None = None,
    run_name: str | None = None,
    nested: bool = False,
    parent_run_id: str | None = None,
    tags: Mapping[str, Any] | None = None,
    description: str | None = None,
    log_system_metrics: bool | None = None,
    *,
    experiment: str | None = None,
    root: str | PathLike[str] | None = None,
    user: str | None = None,
    source: str | dict[str, Any] | None = None,
    version: str | None = None,
    params: Mapping[str, Any] | None = None,
    group: str | None = None,
    code: bool = True,
    capture: str | Iterable[str] | None = None,
    log_console: bool = False,
    report_metrics: bool = False,
    strict: bool = False,
    durability: str = "auto",
) -> Run:
    """Start a run, or resume one, and make it the one that log calls go to.

    Use it in a ``with`` statement, or end the run with `end_run`. A run that is left open ends
    with the process. In a child process (a rank, a worker) it joins the parent's run, unless it
    is called with another name or experiment, or with ``nested=True``: then it makes a run below
    the parent's.

    Args:
        run_id: An existing run to resume; what it logs from here on supersedes equal steps.
        experiment_id: The experiment; ids and names are the same here.
        run_name: A label for people; two random words when it is not given.
        nested: Whether to start the run below the one that is open.
        parent_run_id: The run to start this one below.
        tags: Tags to set.
        description: Markdown, added to the run's notes.
        log_system_metrics: Whether to log CPU, memory, disk, network and GPUs in the background.
        experiment: The experiment, as "vision/cifar"; else as `set_experiment` says.
        root: The runs root; else `set_tracking_uri`, `RUNREPORT_DIR`, or "runs".
        user: Who the run belongs to; else `RUNREPORT_USER`, or the system's user.
        source: What runs, a name or {name, kind, path, entry_point}; else the main script.
        version: The code's version, any text; else the commit.
        params: Params to log.
        group: What runs of one configuration have in common, as over several seeds; a tag.
        code: Whether to keep the running script below ``artifacts/code``.
        capture: What to keep of where it runs: "code", "command", "git", "hardware" and "packages"
            unless said otherwise, "diff" when asked for; a name adds, "-name" takes away, as
            "diff -packages"; "none", "all". `RUNREPORT_CAPTURE` says the same for every run.
        log_console: Whether to keep what is printed, in ``console.log``.
        report_metrics: Whether to call `report_metrics_to_experiment` at the end.
        strict: Whether a write that fails raises; else it warns, and the program goes on.
        durability: "auto" syncs to the disk every 10 s, "line" after each line, "off" never.

    Raises:
        LogError: A run is open already, there is no such run, or the folder cannot be made.
    """
    from runreport.tracking import capture as captured
    from runreport.tracking import opening, start, system

    all_tags = {**(tags or {}), **({} if group is None else {"group": group})}
    parent_run_id = parent_run_id or all_tags.pop("mlflow.parentRunId", None)
    run_name = run_name or all_tags.pop("mlflow.runName", None)
    description = description or all_tags.pop("mlflow.note.content", None)
    checked_params = opening.check_fields(params, "param")
    checked_tags = opening.check_fields(all_tags, "tag")
    if log_system_metrics is None:
        log_system_metrics = state.settings.system_metrics
    if log_system_metrics:
        system.check()
    parts = captured.choose(capture) - (set() if code else {"code"})
    wish = opening.Wish(
        run_id=run_id,
        name=run_name,
        experiment=experiment or experiment_id,
        root=root,
        nested=nested,
        parent=parent_run_id or "",
        user=user,
        source=source,
        version=version,
        strict=strict,
        durability=durability,
        parts=parts,
    )
    run = opening.open_run(wish)
    run.log_params(checked_params)
    run.set_tags(checked_tags)
    start.extras(
        run,
        description=description,
        parts=parts,
        report_metrics=report_metrics,
        system_metrics=log_system_metrics,
        console=log_console,
    )
    return run


def end_run(status: str = "FINISHED") -> None:
    """End the active run, if there is one, as "finished", "failed" or "killed"."""
    word = check_end(status)
    run = state.current()
    if run is not None:
        run.end(word)


def check_end(status: str) -> str:
    """Return how a run ends in the record's words."""
    word = str(status).lower()
    if word not in _ENDS:
        raise LogError(f"end_run: no status {status!r}; choose one of {', '.join(_ENDS)}")
    return word


def active_run() -> Run | None:
    """Return the run that log calls go to, or None."""
    return state.current()


def last_active_run() -> Run | None:
    """Return the active run, else the one that was active last in this process."""
    return state.current() or state.settings.last


def get_run(run_id: str) -> StoredRun:
    """Return a run's info and data as its folder tells them."""
    from pathlib import Path

    from runreport.tracking import entities, stored

    run = state.find_open(run_id)
    return entities.StoredRun(run.folder if run else stored.find_run(run_id, Path(state.root())))


def get_parent_run(run_id: str) -> StoredRun | None:
    """Return the run that a run was started below, or None."""
    from runreport.tracking import stored

    parent = stored.read_fields(get_run(run_id).folder).get("parent")
    return get_run(str(parent)) if parent else None


def _other(run_id: str) -> Run:
    """Return the run of that id, open here or not."""
    from runreport.tracking import others

    return others.writer(run_id)


def require_run() -> Run:
    """Return the active run; without one, join the parent process's run or start one."""
    return state.current() or start_run()


def log_param(key: str, value: Any, synchronous: bool | None = None) -> Any:  # noqa: ARG001
    """Log an input of the run and return it; a second, different value raises."""
    require_run().log_param(key, value)
    return value


def log_params(
    params: Mapping[str, Any],
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
) -> None:
    """Log several inputs of the run."""
    (require_run() if run_id is None else _other(run_id)).log_params(params)


def log_metric(  # noqa: PLR0913 - MLflow's arguments
    key: str,
    value: Any,
    step: float | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    timestamp: float | None = None,
    run_id: str | None = None,
    model_id: str | None = None,  # noqa: ARG001
    dataset: object = None,  # noqa: ARG001
) -> None:
    """Log one number; without a step, the one after the metric's last.

    Args:
        key: The metric's name; "/" groups, as in "train/loss".
        value: A number, also of numpy, torch and their like; NaN and infinity are kept.
        step: The x-axis.
        synchronous: Taken for MLflow's sake; every line is written before the call returns.
        timestamp: Milliseconds since the epoch; else now.
        run_id: Another run than the active one.
        model_id: Taken for MLflow's sake.
        dataset: Taken for MLflow's sake.
    """
    log_metrics({key: value}, step, None, run_id, timestamp)


def log_metrics(  # noqa: PLR0913 - MLflow's arguments
    metrics: Mapping[str, Any],
    step: float | None = None,
    synchronous: bool | None = None,  # noqa: ARG001
    run_id: str | None = None,
    timestamp: float | None = None,
    model_id: str | None = None,  # noqa: ARG001
    dataset: object = None,  # noqa: ARG001
) -> None:
    """Log several numbers of one step, as one line; see `log_metric`."""
    run = state.current() or require_run() if run_id is None else _other(run_id)
    run.log_metrics(metrics, step, timestamp)


def set_tag(key: str, value: Any, synchronous: bool | None = None) -> None:  # noqa: ARG001
    """Set a label of the run; a later value replaces the earlier one."""
    require_run().set_tag(key, value)


def set_tags(tags: Mapping[str, Any], synchronous: bool | None = None) -> None:  # noqa: ARG001
    """Set several labels of the run."""
    require_run().set_tags(tags)


def delete_tag(key: str) -> None:
    """Take a label away."""
    require_run().delete_tag(key)


def define_metric(name: str, *, goal: str | None = None, summary: str | None = None) -> None:
    """Declare a metric's goal ("min", "max") and summary ("last", "min", "max", "mean")."""
    require_run().define_metric(name, goal=goal, summary=summary)
