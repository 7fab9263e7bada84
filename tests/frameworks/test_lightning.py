"""A real Lightning, with a module of one layer, also in two processes."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

import runreport
from tests.frameworks.logged import only, series

pytestmark = [
    pytest.mark.frameworks,
    # The libraries warn of each other's ways.
    pytest.mark.filterwarnings("ignore"),
]

SCRIPT = """
import sys

import lightning
import torch
from torch.utils.data import DataLoader, TensorDataset

import runreport
from runreport.frameworks.lightning import RunReportLogger


class Line(lightning.LightningModule):
    def __init__(self, lr=0.1, breaks=False, more=None):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(3, 1)

    def loss(self, batch):
        x, y = batch
        return ((self.layer(x) - y) ** 2).mean()

    def training_step(self, batch, index):
        if self.hparams.breaks and index == 2:
            raise RuntimeError("a bad batch")
        loss = self.loss(batch)
        self.log("train/loss", loss)
        return loss

    def validation_step(self, batch, index):
        self.log("val/loss", self.loss(batch))

    def test_step(self, batch, index):
        self.log("test/loss", self.loss(batch))

    def on_train_start(self):
        self.logger.experiment.set_tag("said_by", self.global_rank)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.hparams.lr)


def data():
    x = torch.rand(32, 3, generator=torch.Generator().manual_seed(0))
    return DataLoader(TensorDataset(x, x[:, :1]), 8)


def trainer(logger, **options):
    quiet = {"enable_progress_bar": False, "enable_model_summary": False, "accelerator": "cpu"}
    return lightning.Trainer(logger=logger, max_epochs=2, log_every_n_steps=1, **quiet, **options)
"""
RANKS = """
if __name__ == "__main__":
    logger = RunReportLogger("ranks")
    trained = trainer(logger, devices=2, strategy="ddp", use_distributed_sampler=True)
    trained.fit(Line(), data())
"""


@pytest.fixture
def line() -> dict[str, Any]:
    """The names of the script."""
    names: dict[str, Any] = {"__name__": "line"}
    exec(compile(SCRIPT, "line.py", "exec", dont_inherit=True), names)
    return names


def logger(**options: Any) -> Any:
    from runreport.frameworks.lightning import RunReportLogger

    return RunReportLogger(**options)


def test_what_the_module_logs_is_logged_under_its_names(line: Any, root: Path) -> None:
    made = logger(experiment="lines", run_name="straight")
    line["trainer"](made).fit(line["Line"](lr=0.05, more={"a": {"b": 1}}), line["data"]())

    row = only(root)
    assert (row["experiment"], row["name"], row["status"]) == ("lines", "straight", "finished")
    assert (row["params.lr"], row["params.more/a/b"]) == (0.05, 1)
    assert list(series(root)["train/loss"]) == list(range(8))


def test_validation_has_the_steps_of_the_training(line: Any, root: Path) -> None:
    line["trainer"](logger()).fit(line["Line"](), line["data"](), line["data"]())

    assert list(series(root)["val/loss"]) == [3, 7]


def test_a_test_is_added_to_the_trainings_run(line: Any, root: Path) -> None:
    trainer, model = line["trainer"](logger()), line["Line"]()
    trainer.fit(model, line["data"]())
    (found,) = trainer.test(model, line["data"](), verbose=False)

    assert series(root)["test/loss"] == pytest.approx({8: found["test/loss"]})
    assert only(root)["status"] == "finished"


def test_checkpoints_are_in_the_runs_folder_and_no_artifacts(line: Any, root: Path) -> None:
    with runreport.start_run(experiment="a/b") as run:
        line["trainer"](logger()).fit(line["Line"](), line["data"]())

    (checkpoint,) = root.rglob("*.ckpt")
    assert checkpoint.parent == run.folder / "checkpoints"
    assert only(root)["run_id"] == run.run_id


def test_a_training_that_raised_is_failed(line: Any, root: Path) -> None:
    with pytest.raises(RuntimeError, match="a bad batch"):
        line["trainer"](logger()).fit(line["Line"](breaks=True), line["data"]())

    assert only(root)["status"] == "failed"
    assert runreport.active_run() is None


def test_a_namespace_is_taken_as_hyperparameters(root: Path) -> None:
    made = logger()
    made.log_hyperparams(Namespace(lr=0.5, layers=[1, 2]))
    made.finalize("success")

    assert (only(root)["params.lr"], only(root)["params.layers"]) == (0.5, "[1, 2]")


def test_of_several_processes_the_first_alone_logs(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(SCRIPT + RANKS, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        env=os.environ | {"MASTER_ADDR": "127.0.0.1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )

    assert done.returncode == 0, done.stderr
    row = only(root)
    assert (row["experiment"], row["status"]) == ("ranks", "finished")
    assert row["tags.said_by"] == 0
    # 32 rows in batches of 8 on two ranks, twice.
    assert list(series(root)["train/loss"]) == [0, 1, 2, 3]
    assert len(list((next(root.glob("ranks/*"))).glob("metrics*.jsonl"))) == 1
