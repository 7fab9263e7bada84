"""Record an Optuna study, one run for each trial.

from runreport.frameworks.optuna import RunReportCallback

with runreport.start_run(experiment="search"):
    study = optuna.create_study(direction="minimize")
    study.optimize(objective, n_trials=50, callbacks=[RunReportCallback()])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import runreport
from runreport.frameworks import need

if TYPE_CHECKING:
    from optuna.study import Study, StudyDirection
    from optuna.trial import FrozenTrial

    from runreport import Run


class RunReportCallback:
    """Log each trial as a run: its params, values, reported values and state.

    The study's name is their group. They lie below the run that is active where the callback is
    made, if there is one; that run gets the best value after each trial. A trial that failed is
    recorded if the study goes on, as with Optuna's ``catch``.

    Args:
        metrics: The names of the trial's values; else Optuna's "value", or "values_0", "values_1".
    """

    def __init__(self, metrics: list[str] | None = None) -> None:
        need("optuna")
        self._metrics = metrics
        self._parent = runreport.active_run()

    def __call__(self, study: Study, trial: FrozenTrial) -> None:
        """Log a trial that has ended; Optuna may call this from several threads at once."""
        parent = self._parent
        run = runreport.start_run(
            run_name=f"trial-{trial.number}",
            nested=True,
            parent_run_id=parent.run_id if parent else None,
            experiment=parent.experiment if parent else None,
            group=study.study_name,
            params=trial.params,
            tags={"trial": trial.number, "trial_state": trial.state.name, **trial.user_attrs},
            code=False,
        )
        if trial.datetime_start is not None:
            run.write({"started": trial.datetime_start.timestamp()})
        self._log_values(run, study, trial)
        run.end("failed" if trial.state.name == "FAIL" else "finished")
        if parent is not None and len(study.directions) == 1:
            self._log_best(parent, study, trial)

    def _log_values(self, run: Run, study: Study, trial: FrozenTrial) -> None:
        count = len(study.directions)
        names = self._metrics or (
            ["value"] if count == 1 else [f"values_{i}" for i in range(count)]
        )
        for name, direction in zip(names, study.directions, strict=True):
            run.define_metric(name, goal=_goal(direction))
        # The value of a pruned trial is only the last one that it reported.
        if trial.state.name == "COMPLETE":
            run.log_metrics(dict(zip(names, trial.values, strict=True)))
        for step, value in sorted(trial.intermediate_values.items()):
            run.log_metrics({"intermediate_value": value}, step)

    def _log_best(self, parent: Run, study: Study, trial: FrozenTrial) -> None:
        """Log the best value so far where the whole study is recorded."""
        try:
            best = study.best_trial
        except ValueError:
            # No trial has been completed.
            return
        if best.number == trial.number:
            parent.define_metric("best_value", goal=_goal(study.direction))
            parent.set_tag("best_trial", best.number)
        parent.log_metrics({"best_value": best.value}, trial.number)


def _goal(direction: StudyDirection) -> str:
    """Return a direction in runreport's word."""
    return "max" if direction.name == "MAXIMIZE" else "min"
