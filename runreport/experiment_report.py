"""Draw the metrics of all runs of an experiment, and keep the charts with its latest run."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Final

from runreport.errors import ConfigError
from runreport.layout import ARTIFACTS
from runreport.metric_chart import render_metric_chart
from runreport.reading.sources import RunFolder, find_runs, read
from runreport.records import RunRecord
from runreport.text.names import experiment_slug
from runreport.tracking import state, stored
from runreport.tracking.keep import replace

REPORTS: Final = "reports"
"""The folder below ``artifacts`` that the charts are kept in."""

OUR_READER: Final = "native"


def report_metrics_to_experiment(
    experiment: str, *, root: str | os.PathLike[str] | None = None
) -> list[Path]:
    """Draw one chart per metric of an experiment, a line per run, and return the files.

    Each is an HTML file that stands on its own, kept as ``artifacts/reports/<metric>.html`` of the
    experiment's latest run, which may have ended. Step is on the x-axis. Called again, it replaces
    them; ``start_run(report_metrics=True)`` calls it when the run ends.

    Args:
        experiment: The experiment's name.
        root: The runs root; else `set_tracking_uri`, `RUNREPORT_DIR`, or "runs".

    Raises:
        ConfigError: There is no run of the experiment below the root.
    """
    where = Path(root or state.root())
    runs = _runs_of(experiment, where)
    latest = [run for run in runs if run.reader == OUR_READER][-1:]
    if not latest:
        raise ConfigError(
            f"experiment {experiment!r}: no run of it below {str(where)!r}; check name and root"
        )
    names = sorted({history.name for run in runs for history in run.histories})
    return [_keep_chart(latest[0], experiment, name, runs) for name in names]


def _runs_of(experiment: str, root: Path) -> list[RunRecord]:
    """Return the experiment's runs in order of their start."""
    found, _ = find_runs([root])
    records = (read(run) for run in found if _may_belong(run, experiment))
    runs = [record for record in records if record.experiment == experiment]
    return sorted(runs, key=lambda run: (run.started or 0.0, run.run_id))


def _may_belong(found: RunFolder, experiment: str) -> bool:
    """Tell by the run record alone, so that no history is read in vain."""
    if found.reader != OUR_READER:
        return True
    declared = stored.read_fields(found.folder).get("experiment")
    return declared is None or declared == experiment


def _keep_chart(run: RunRecord, experiment: str, metric: str, runs: list[RunRecord]) -> Path:
    html = render_metric_chart(experiment, metric, runs)
    path = run.folder / ARTIFACTS / REPORTS / f"{experiment_slug(metric)}.html"
    replace(run.folder, path, partial(Path.write_text, data=html, encoding="utf-8"))
    return path
