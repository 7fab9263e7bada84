"""Record what other frameworks train: one module for each, with a callback or a logger.

This package loads none of them. A module below it imports its framework, and where that is
missing the first use of its class says how to install it.
"""

from __future__ import annotations

import csv
import io
from importlib.util import find_spec
from weakref import WeakSet

import runreport
from runreport import LogError
from runreport.tracking.complain import complain
from runreport.tracking.endings import describe_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from runreport import Run

IMPORTANCE = "feature_importance.csv"

_own: WeakSet[Run] = WeakSet()
"""The runs that were started because there was none."""


def need(library: str) -> None:
    """Raise if a library is not installed."""
    if find_spec(library) is None:
        raise _missing(library, "it is not installed")


def stand_in(library: str, error: ImportError) -> Any:
    """Return a base class for where the framework's own cannot be imported; its use raises."""
    reason = _missing(library, str(error))

    class Missing:
        def __init__(self) -> None:
            raise reason from error

    return Missing


def shortest(number: float | str) -> float:
    """Return a float of 32 bits as people write it: 0.1 and not 0.100000001490116."""
    from numpy import float32

    return float(str(float32(number)))


def _missing(library: str, why: str) -> LogError:
    return LogError(f"{library} cannot be imported ({why}); run: pip install {library}")


class Training:
    """Where one training's numbers go: the active run, else a run of its own that ends with it.

    What comes later, as a test of the trained model, is added to the same run.
    """

    def __init__(
        self,
        *,
        experiment: str | None = None,
        name: str | None = None,
        tags: Mapping[str, Any] | None = None,
    ) -> None:
        self._experiment = experiment
        self._name = name
        self._tags = tags
        self._run: Run | None = None

    @property
    def run(self) -> Run:
        """The training's run; it begins with the first use."""
        return self._run or self.begin()

    def begin(self) -> Run:
        """Begin a training in the active run, else in a new one."""
        run = runreport.active_run()
        if run is not None and run in _own:
            # The training that this run was for has stopped without telling, as by an error.
            run.end()
            run = runreport.active_run()
        if run is None:
            run = runreport.start_run(
                run_name=self._name, experiment=self._experiment, tags=self._tags
            )
            _own.add(run)
        self._run = run
        return run

    def log(self, metrics: Mapping[str, Any], step: float | None = None) -> None:
        """Log the numbers of one step."""
        run = self.run
        if run.status == "running":
            run.log_metrics(metrics, step)
        else:
            runreport.add_metrics_to_run(run, metrics, step=step)

    def log_params(self, params: Mapping[str, Any]) -> None:
        """Log inputs; a run that holds others of an earlier training keeps those, and it is told.

        Hours of training must not end with the second of two.
        """
        from runreport.sklearn.params import plain_params

        run = self.run
        if run.status != "running":
            return
        plain = plain_params({name: each for name, each in params.items() if each is not None})
        try:
            run.log_params(plain)
        except LogError:
            _log_others(run, plain)

    def log_importance(self, columns: Mapping[str, Mapping[str, Any]], *, sort: str) -> None:
        """Keep a table of the features, one column for each kind of importance."""
        order = sorted(columns[sort], key=lambda feature: -columns[sort][feature])
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["feature", *columns])
        writer.writerows(
            [feature, *(kind.get(feature) for kind in columns.values())] for feature in order
        )
        runreport.log_text(file.getvalue(), IMPORTANCE, run_id=self.run.run_id)

    def end(self, status: str = "finished") -> None:
        """End the run if it was started for this training."""
        if self._run is not None and self._run in _own:
            self._run.end(status)

    def fail(self, error: BaseException) -> None:
        """End the run, if it was started for this training, as an exception ends it."""
        if self._run is not None and self._run in _own:
            self._run.end(*describe_end(error))


def _log_others(run: Run, params: Mapping[str, Any]) -> None:
    """Log the params that an earlier training has not set to other values, and name the rest."""
    refused = []
    for name, value in params.items():
        try:
            run.log_param(name, value)
        except LogError:
            refused.append(name)
    complain(
        f"run {run.name!r}: it keeps the params of its first training, this one has other "
        f"values of {', '.join(refused[:5])}; start a run for each training",
        once=f"params {run.run_id}",
    )
