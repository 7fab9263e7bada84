"""A real Trainer of Transformers, with a model of one layer and one of its own configurations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import runreport
from tests.frameworks.logged import artifact, only, series

pytestmark = [
    pytest.mark.frameworks,
    # The libraries warn of each other's ways.
    pytest.mark.filterwarnings("ignore"),
]


def rows() -> list[dict[str, Any]]:
    import torch

    numbers = np.random.default_rng(0).random((32, 3)).astype("float32")
    return [{"x": torch.tensor(row), "labels": torch.tensor(row[:1])} for row in numbers]


def line() -> Any:
    import torch

    class Line(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(3, 1)

        def forward(self, x: Any, labels: Any = None) -> dict[str, Any]:
            found = self.layer(x)
            return {"loss": ((found - labels) ** 2).mean(), "logits": found}

    return Line()


def trainer(model: Any, **options: Any) -> Any:
    import transformers

    from runreport.frameworks.transformers import RunReportCallback

    quiet: dict[str, Any] = {"report_to": "none", "disable_tqdm": True, "use_cpu": True}
    often = {"logging_steps": 2, "eval_strategy": "steps", "eval_steps": 2, "max_steps": 4}
    args = transformers.TrainingArguments("out", save_strategy="no", **(quiet | often | options))
    made = transformers.Trainer(
        model, args, train_dataset=rows(), eval_dataset=rows(), callbacks=[RunReportCallback()]
    )
    made.remove_callback(transformers.PrinterCallback)
    return made


def logged(made: Any, name: str) -> dict[int, float]:
    return {row["step"]: row[name] for row in made.state.log_history if name in row}


def test_what_the_trainer_logs_is_logged_by_data_set(root: Path) -> None:
    made = trainer(line())
    made.train()

    found = series(root)
    assert found["train/loss"] == pytest.approx(logged(made, "loss"))
    assert found["eval/loss"] == pytest.approx(logged(made, "eval_loss"))
    assert list(found["train/learning_rate"]) == [2, 4]
    assert only(root)["status"] == "finished"


def test_arguments_that_are_not_their_defaults_are_params(root: Path) -> None:
    trainer(line(), learning_rate=0.01, weight_decay=0.1).train()

    row = only(root)
    params = {name.removeprefix("params.") for name in row if name.startswith("params.")}
    assert (row["params.learning_rate"], row["params.weight_decay"]) == (0.01, 0.1)
    assert (row["params.max_steps"], row["params.seed"]) == (4, 42)
    assert params.isdisjoint({"output_dir", "report_to", "adam_beta1", "warmup_steps"})
    everything = json.loads(artifact(root, "training_arguments.json"))
    assert everything["adam_beta1"] == 0.9


def test_an_evaluation_is_added_to_the_trainings_run(root: Path) -> None:
    made = trainer(line(), eval_strategy="no")
    made.train()
    found = made.evaluate()
    made.evaluate(metric_key_prefix="test")

    assert series(root)["eval/loss"] == pytest.approx({4: found["eval_loss"]})
    assert series(root)["test/loss"] == pytest.approx({4: found["eval_loss"]})


def test_an_evaluation_alone_is_logged(root: Path) -> None:
    found = trainer(line()).evaluate()

    assert series(root)["eval/loss"] == pytest.approx({0: found["eval_loss"]})


def test_the_models_configuration_is_kept(root: Path) -> None:
    import torch
    import transformers

    class Line(transformers.PreTrainedModel):
        config_class = transformers.PretrainedConfig

        def __init__(self, config: Any) -> None:
            super().__init__(config)
            self.layer = torch.nn.Linear(3, 1)
            self.post_init()

        def forward(self, x: Any, labels: Any = None) -> dict[str, Any]:
            found = self.layer(x)
            return {"loss": ((found - labels) ** 2).mean(), "logits": found}

    with runreport.start_run():
        trainer(Line(transformers.PretrainedConfig(problem_type="regression"))).train()

    assert json.loads(artifact(root, "model_config.json"))["problem_type"] == "regression"


def test_other_processes_than_the_first_log_nothing(root: Path) -> None:
    from transformers import TrainerControl, TrainerState, TrainingArguments

    from runreport.frameworks.transformers import RunReportCallback

    callback, control = RunReportCallback(), TrainerControl()
    args = TrainingArguments("out", report_to="none", use_cpu=True)
    state = TrainerState(is_world_process_zero=False)
    callback.on_train_begin(args, state, control)
    callback.on_log(args, state, control, logs={"loss": 1.0})
    callback.on_train_end(args, state, control)

    assert not root.exists()
