"""Add to runs that have ended: metrics, params, tags, notes, corrections; nothing is rewritten."""

from __future__ import annotations

import os
from pathlib import Path

from runreport.errors import LogError
from runreport.layout import STATUSES
from runreport.tracking import context, keep, opening, state, stored
from runreport.tracking.lines import check_name, declaration, field
from runreport.tracking.run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Named = Run | str | os.PathLike[str]
    """A run: itself, its folder, its id, or its name."""


def reopen(
    run: Named, *, root: str | os.PathLike[str] | None = None, user: str | None = None
) -> Run:
    """Return a further writer of a run, found by folder, id or name; it is not made active."""
    if isinstance(run, Run):
        folder = run.folder
    else:
        folder = stored.find_run(os.fspath(run), Path(root or state.root())).absolute()
    fields = dict(stored.read_fields(folder))
    # A run without a record, as a shell script makes it, says nothing of its end.
    over = opening.is_over(fields)
    fields["user"] = context.user(user)
    return Run(folder, "added" if over else "joined", fields=fields, strict=True)


def add_metrics_to_run(
    run: Named,
    metrics: Mapping[str, Any],
    *,
    step: float | None = None,
    timestamp: float | None = None,
    root: str | os.PathLike[str] | None = None,
    user: str | None = None,
) -> None:
    """Add metrics to a run, also long after it ended; the site marks them as added later.

    Args:
        run: A run, its folder, its id, or its name.
        metrics: The values by name.
        step: Their step; else the one after each metric's last.
        timestamp: Milliseconds since the epoch; else now.
        root: Where to look for an id or name; else the runs root.
        user: Who adds them; else `RUNREPORT_USER`, or the system's user.

    Raises:
        LogError: There is no such run, or several have the name.
    """
    writer = _open_run(run)
    if writer is not None:
        writer.log_metrics(metrics, step, timestamp)
        return
    writer = reopen(run, root=root, user=user)
    try:
        writer.log_metrics(metrics, step, timestamp)
    finally:
        writer.end()


add_metrics = add_metrics_to_run


def report_custom_metrics(
    metrics: Mapping[str, Any],
    run: Named | None = None,
    *,
    step: float | None = None,
    root: str | os.PathLike[str] | None = None,
) -> None:
    """Add metrics to a run; without one to the active run, else to the one that ended last."""
    target = run if run is not None else state.current() or state.settings.last
    if target is None:
        raise LogError(
            "report_custom_metrics: no run has been open in this process; give its folder or id"
        )
    add_metrics_to_run(target, metrics, step=step, root=root)


def amend(  # noqa: PLR0913 - each field that can be corrected, by keyword
    run: Named,
    *,
    params: Mapping[str, Any] | None = None,
    tags: Mapping[str, Any] | None = None,
    status: str | None = None,
    name: str | None = None,
    note: str | None = None,
    metrics: Mapping[str, Mapping[str, str | None] | None] | None = None,
    root: str | os.PathLike[str] | None = None,
    user: str | None = None,
) -> Path:
    """Correct what a run's record says, and return the run's folder.

    The record gets one more line, with date and user; what was said before stays in it. A value
    None takes a param or tag away.

    Args:
        run: A run, its folder, its id, or its name.
        params: Params to set.
        tags: Tags to set.
        status: "running", "finished", "failed" or "killed".
        name: A new name.
        note: Markdown to add to the run's notes.
        metrics: Per metric its goal ("min", "max") and summary ("last", "min", "max", "mean");
            None takes the declaration away.
        root: Where to look for an id or name; else the runs root.
        user: Who corrects; else `RUNREPORT_USER`, or the system's user.
    """
    patch = _patch(params, tags, status=status, name=name)
    if metrics:
        patch["metrics"] = {
            check_name(metric): None
            if given is None
            else declaration(metric, given.get("goal"), given.get("summary"))
            for metric, given in metrics.items()
        }
    writer = reopen(run, root=root, user=user)
    try:
        if patch:
            writer.write(patch)
        if note:
            keep.append_note_to(writer.folder, note, strict=True)
    finally:
        writer.end()
    return writer.folder


def _patch(
    params: Mapping[str, Any] | None,
    tags: Mapping[str, Any] | None,
    *,
    status: str | None,
    name: str | None,
) -> dict[str, Any]:
    """Return the merge patch of a correction."""
    patch: dict[str, Any] = {}
    for key, values, what in (("params", params, "param"), ("tags", tags, "tag")):
        if values:
            patch[key] = {
                check_name(each, what): None if value is None else field(value)
                for each, value in values.items()
            }
    if status is not None:
        if status not in STATUSES:
            raise LogError(f"status {status!r}: choose one of {', '.join(STATUSES)}")
        patch["status"] = status
    if name is not None:
        patch["name"] = check_name(name, "run")
    return patch


def _open_run(run: Named) -> Run | None:
    """Return a run that is open in this process, None for any other."""
    if isinstance(run, Run):
        return run if run.status == "running" else None
    text = os.fspath(run)
    return state.find_open(text) or next((r for r in state.opened if r.folder_name == text), None)
