"""What else happens when a run starts, and never fails it: keep the code, take notes."""

from __future__ import annotations

from runreport.tracking import capture, keep, system
from runreport.tracking import console as printed
from runreport.tracking.complain import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runreport.tracking.run import Run


def extras(
    run: Run,
    *,
    description: str | None,
    parts: frozenset[str],
    report_metrics: bool,
    system_metrics: bool | None,
    console: bool,
) -> None:
    """Do what `start_run` was asked for beside opening the run."""
    if run.role != "joined":
        capture.start(run, parts)
        if description:
            keep.append_note(run, description)
        if report_metrics:
            run.at_end.append(lambda: _report_metrics(run))
        if console:
            printed.start(run)
    if system_metrics:
        system.start(run)


def _report_metrics(run: Run) -> None:
    """Draw the experiment's metrics into this run's artifacts."""
    from runreport import report_metrics_to_experiment

    try:
        report_metrics_to_experiment(run.experiment, root=run.root)
    except Exception as error:
        complain(f"{run.folder_name}: the experiment's metrics were not drawn ({error})")
