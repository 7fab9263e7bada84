"""Record a LightGBM training, through `lightgbm.train`, `lightgbm.cv` or an estimator's `fit`.

import lightgbm
from runreport.frameworks.lightgbm import RunReportCallback

with runreport.start_run(experiment="boosting"):
    lightgbm.train(params, data, valid_sets=[valid], callbacks=[RunReportCallback()])
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from runreport.frameworks import Training, need

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightgbm.callback import CallbackEnv


class RunReportCallback:
    """Log each round's metrics as "valid_0/l2" with their goals, and the params.

    The best iteration, the best scores and a table of the features' importance follow when the run
    ends: LightGBM tells no callback that it has stopped early. For the same reason a training
    without an active run that stops early leaves its run open to the next training's start.
    """

    before_iteration = False

    def __init__(self, *, tags: Mapping[str, Any] | None = None) -> None:
        need("lightgbm")
        self.training = Training(tags=tags)

    def __call__(self, env: CallbackEnv) -> None:
        """Log one round."""
        results = [tuple(result) for result in env.evaluation_result_list or ()]
        if env.iteration == env.begin_iteration:
            self._begin(env, results)
        row: dict[str, float] = {}
        for data, name, value, _, *deviation in results:
            row[f"{data}/{name}"] = value
            # Cross-validation gives the deviation over the folds too.
            row.update({f"{data}/{name}_std": each for each in deviation if each is not None})
        if row:
            self.training.log(row, env.iteration)
        if env.iteration == env.end_iteration - 1:
            self.training.end()

    def _begin(self, env: CallbackEnv, results: list[tuple[Any, ...]]) -> None:
        run = self.training.begin()
        self.training.log_params(env.params)
        for data, name, _, higher, *_ in results:
            run.define_metric(f"{data}/{name}", goal="max" if higher else "min")
        run.at_end.append(partial(self._finish, env.model))

    def _finish(self, model: Any) -> None:
        """Log what is known of a trained model."""
        if model.best_iteration > 0:
            self.training.log({"best_iteration": model.best_iteration - 1})
        if not hasattr(model, "boosters"):
            columns = {
                kind: dict(zip(model.feature_name(), model.feature_importance(kind), strict=True))
                for kind in ("gain", "split")
            }
            self.training.log_importance(columns, sort="gain")
