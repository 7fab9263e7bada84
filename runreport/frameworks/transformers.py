"""Record a training by the Trainer of Hugging Face Transformers.

from runreport.frameworks.transformers import RunReportCallback
from transformers import Trainer

with runreport.start_run(experiment="sentiment"):
    Trainer(model, args, train_dataset=data, callbacks=[RunReportCallback()]).train()
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import runreport
from runreport.frameworks import Training, stand_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from transformers import TrainerControl, TrainerState, TrainingArguments

try:
    from transformers import TrainerCallback
    from transformers.integrations import rewrite_logs
except ImportError as error:
    TrainerCallback = stand_in("transformers", error)

_ALWAYS = frozenset({"learning_rate", "num_train_epochs", "per_device_train_batch_size", "seed"})
_PLACES = frozenset({"logging_dir", "output_dir"})


class RunReportCallback(TrainerCallback):
    """Log what the Trainer logs, as "train/loss" and "eval/loss", by the first process alone.

    The params are the training arguments that are not their defaults; all of them, and the model's
    configuration, are kept as JSON. What `evaluate` finds later is added to the same run. Without
    an active run the training is a run of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._training = Training()

    def on_train_begin(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        **context: Any,
    ) -> None:
        """Begin, and log the params."""
        if not state.is_world_process_zero:
            return
        run = self._training.begin()
        self._training.log_params(read_params(args))
        runreport.log_dict(args.to_dict(), "training_arguments.json", run_id=run.run_id)
        config = getattr(context.get("model"), "config", None)
        if config is not None:
            runreport.log_dict(config.to_dict(), "model_config.json", run_id=run.run_id)

    def on_log(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,
        control: TrainerControl,  # noqa: ARG002
        logs: Mapping[str, Any] | None = None,
        **context: Any,  # noqa: ARG002
    ) -> None:
        """Log the numbers of one step."""
        if state.is_world_process_zero:
            numbers = {k: v for k, v in (logs or {}).items() if isinstance(v, int | float)}
            if numbers:
                self._training.log(rewrite_logs(numbers), state.global_step)

    def on_train_end(
        self,
        args: TrainingArguments,  # noqa: ARG002
        state: TrainerState,  # noqa: ARG002
        control: TrainerControl,  # noqa: ARG002
        **context: Any,  # noqa: ARG002
    ) -> None:
        """End an own run."""
        self._training.end()


def read_params(args: TrainingArguments) -> dict[str, Any]:
    """Return the arguments that matter for the table: those that are not their defaults."""
    values = args.to_dict()
    changed = {
        field.name
        for field in dataclasses.fields(args)
        if field.default is not dataclasses.MISSING and getattr(args, field.name) != field.default
    }
    shown = (changed | _ALWAYS) - _PLACES
    # Lists and mappings are settings of the machinery; the JSON has them.
    return {name: values[name] for name in shown if isinstance(values.get(name), int | float | str)}
