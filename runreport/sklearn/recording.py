"""Record a fit in a run: before it the params, after it the metrics, the picture and the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from runreport.errors import LogError
from runreport.sklearn.fitting import example_rows, training_data
from runreport.sklearn.metrics import PREFIX, Evaluation, TrainingData, evaluate_training
from runreport.sklearn.mlmodel import ModelOptions
from runreport.sklearn.model import class_name, record_model
from runreport.sklearn.params import plain_params
from runreport.sklearn.patching import FitCall
from runreport.sklearn.search import (
    best_candidates,
    best_params,
    best_score,
    is_search,
    results_csv,
)
from runreport.sklearn.signature import infer_signature
from runreport.tracking import stored
from runreport.tracking.complain import complain
from runreport.tracking.datasets import describe
from runreport.tracking.fluent import start_run
from runreport.tracking.keep import keep_text, write_file
from runreport.tracking.run import Run

PICTURE = f"{PREFIX}confusion_matrix.png"
RESULTS = "cv_results.csv"
INSTALL = "run: pip install scikit-learn matplotlib"


@dataclass(frozen=True, slots=True)
class AutologOptions:
    """What is recorded of a fit; the names and meanings are those of MLflow's ``autolog``."""

    log_input_examples: bool = False
    log_model_signatures: bool = True
    log_models: bool = True
    log_datasets: bool = True
    exclusive: bool = False
    silent: bool = False
    max_tuning_runs: int | None = None
    serialization_format: str = "pickle"
    pos_label: object = None
    extra_tags: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Recorder:
    """Writes one fit into one run; what fails is told and never stops the fit."""

    run: Run
    call: FitCall
    options: AutologOptions

    def before(self) -> None:
        """Record the params and the estimator's class."""
        self._attempt("the params", self._log_params)
        self._attempt("the tags", self._set_tags)

    def after(self) -> None:
        """Record all that can be told of a fitted estimator."""
        data = self._attempt("the training data", partial(training_data, self.call))
        if data is None:
            return
        if self.options.log_datasets:
            self._attempt("the data set", partial(self._log_data, data))
        self._attempt("the training metrics", partial(self._log_metrics, data))
        if is_search(self.call.estimator):
            self._attempt("the search", self._log_search)
        if self.options.log_models:
            self._attempt("the model", partial(self._log_models, data))

    def _log_params(self) -> None:
        # The params of what a search starts from are not those that it ends with.
        deep = not is_search(self.call.estimator)
        self._keep_params(self.call.estimator.get_params(deep=deep))

    def _keep_params(self, params: Mapping[str, Any]) -> None:
        plain = plain_params(params)
        try:
            self.run.log_params(plain)
        except LogError:
            self._keep_first_params(plain)

    def _keep_first_params(self, params: Mapping[str, Any]) -> None:
        """Log what an earlier fit in the run has not set to another value, and name the rest."""
        kept = stored.read_fields(self.run.folder).get("params", {})
        other = [name for name, value in params.items() if kept.get(name, value) != value]
        self.run.log_params({name: params[name] for name in params if name not in other})
        shown = ", ".join(other[:5]) + (", …" if len(other) > 5 else "")
        self._tell(
            f"the run keeps the params of its first fit, this one has other values of {shown}; "
            "start a run for each fit",
            once=f"autolog params {self.run.run_id}",
        )

    def _set_tags(self) -> None:
        estimator = self.call.estimator
        names = {"estimator_name": type(estimator).__name__}
        self.run.set_tags(names | {"estimator_class": class_name(estimator)})

    def _log_data(self, data: TrainingData) -> None:
        if isinstance(data.X, (pd.DataFrame, np.ndarray)) and data.X.size:
            name, facts = describe(data.X, name="train", context="train")
            self.run.write({"datasets": {name: facts}})

    def _log_metrics(self, data: TrainingData) -> None:
        found = evaluate_training(self.call.estimator, data, pos_label=self.options.pos_label)
        for name, reason in found.failures.items():
            self._tell(f"{name} cannot be computed: {reason}")
        if found.metrics:
            self.run.log_metrics(found.metrics)
        if found.confusion is not None:
            self._attempt("the confusion matrix", partial(self._log_picture, found))

    def _log_picture(self, found: Evaluation) -> None:
        try:
            from runreport.sklearn.confusion import confusion_png
        except ImportError:
            self._tell(f"no confusion matrix without matplotlib; {INSTALL}", once="autolog png")
            return
        if found.confusion is not None:
            picture = confusion_png(found.confusion, title="Training confusion matrix")
            write_file(self.run, PICTURE, lambda draft: draft.write_bytes(picture))

    def _log_search(self) -> None:
        search = self.call.estimator
        self._keep_params(best_params(search))
        if score := best_score(search):
            self.run.log_metrics(score)
        keep_text(self.run, RESULTS, results_csv(search))
        self._log_candidates(search)

    def _log_candidates(self, search: Any) -> None:
        """Give each candidate a run of its own below the search's."""
        given = self._given_to_children()
        candidates = best_candidates(search, self.options.max_tuning_runs)
        for candidate in candidates:
            with start_run(
                run_name=f"{self.run.name}-{candidate.number}",
                params=plain_params(candidate.params),
                tags={"estimator_name": type(search.estimator).__name__},
                **given,
            ) as child:
                child.log_metrics(candidate.metrics)
        total = len(search.cv_results_["params"])
        if len(candidates) < total:
            said = f"{len(candidates)} of {total:,}"
            self.run.set_tag("child_runs", said)
            self._tell(f"{said} candidates, the best, have runs of their own (max_tuning_runs)")

    def _given_to_children(self) -> dict[str, Any]:
        """Return what the children have in common; where they ran is told by the search's run."""
        fields = stored.read_fields(self.run.folder)
        shared = {name: fields.get(name) for name in ("user", "source", "version")}
        # All that they hold is in the search's table too, which is synced to the disk.
        quick = {"capture": "none", "durability": "off", "log_system_metrics": False}
        return {"nested": True, "parent_run_id": self.run.run_id, **shared, **quick}

    def _log_models(self, data: TrainingData) -> None:
        estimator = self.call.estimator
        example = example_rows(data.X)
        options = ModelOptions(
            signature=self._signature(estimator, example),
            input_example=example if self.options.log_input_examples else None,
            serialization_format=self.options.serialization_format,
        )
        record_model(self.run, estimator, "model", options)
        best = getattr(estimator, "best_estimator_", None)
        if is_search(estimator) and best is not None:
            record_model(self.run, best, "best_estimator", options)

    def _signature(self, estimator: Any, example: Any) -> Any:
        wanted = self.options.log_model_signatures and hasattr(estimator, "predict")
        if example is None or not wanted:
            return False
        return infer_signature(example, estimator.predict(example)) or False

    def _attempt(self, what: str, record: Callable[[], Any]) -> Any:
        try:
            return record()
        except Exception as error:
            self._tell(f"{what} cannot be recorded: {type(error).__name__}: {error}")
            return None

    def _tell(self, message: str, *, once: str = "") -> None:
        if not self.options.silent:
            name = type(self.call.estimator).__name__
            complain(f"autolog: {name} in run {self.run.name!r}: {message}", once=once)
