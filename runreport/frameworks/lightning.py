"""Record a training by PyTorch Lightning, installed as `lightning` or `pytorch_lightning`.

import lightning
from runreport.frameworks.lightning import RunReportLogger

trainer = lightning.Trainer(logger=RunReportLogger(experiment="digits"), max_epochs=5)
trainer.fit(model, data)
"""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from runreport.frameworks import Training, stand_in

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from runreport import Run

try:
    try:
        from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
        from lightning.pytorch.utilities import rank_zero_only
    except ImportError:
        from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
        from pytorch_lightning.utilities import rank_zero_only
except ImportError as error:
    Logger = stand_in("lightning", error)

    def rank_zero_only(function: Callable[..., Any]) -> Callable[..., Any]:
        """Stand for Lightning's own."""
        return function

    rank_zero_experiment = rank_zero_only


class RunReportLogger(Logger):
    """Log what the module logs, under its names, and its hyperparameters, by rank zero alone.

    Without an active run it makes one of its own, which ends with the training, as failed if that
    raised; what `test` finds later is added to it. Checkpoints are put into the run's folder unless
    a callback of the Trainer says otherwise, beside the artifacts, so that no site copies them.

    Args:
        experiment: The experiment of an own run, as "vision/digits"; else as for `start_run`.
        run_name: A label for people; two random words when it is not given.
    """

    def __init__(self, experiment: str | None = None, run_name: str | None = None) -> None:
        super().__init__()
        self._training = Training(experiment=experiment, name=run_name)

    @property
    @rank_zero_experiment
    def experiment(self) -> Run:
        """The run, for what `runreport.Run` can do; on other ranks a dummy."""
        return self._training.run

    @property
    def save_dir(self) -> str | None:
        """The folder above `name` and `version`, which make the run's folder; None elsewhere."""
        return str(self._training.run.folder.parents[1]) if rank_zero_only.rank == 0 else None

    @property
    def name(self) -> str | None:
        """The name of the experiment's folder, on rank zero."""
        return self._training.run.folder.parent.name if rank_zero_only.rank == 0 else None

    @property
    def version(self) -> str | None:
        """The run's id, on rank zero."""
        return self._training.run.folder.name if rank_zero_only.rank == 0 else None

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Log the numbers of one step."""
        self._training.log(metrics, step)

    @rank_zero_only
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace) -> None:
        """Log inputs, those of nested mappings as "optimizer/lr"."""
        given = vars(params) if isinstance(params, Namespace) else params
        self._training.log_params(dict(_flat(given)))

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """End an own run; Lightning calls this at the end of a training, and of each test."""
        self._training.end("failed" if status == "failed" else "finished")


def _flat(params: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return params by name, nested ones with their path."""
    found: list[tuple[str, Any]] = []
    for name, value in params.items():
        if hasattr(value, "items"):
            found += _flat(value, f"{prefix}{name}/")
        else:
            found.append((f"{prefix}{name}", value))
    return found
