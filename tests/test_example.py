"""The example's scripts run for real, and what they leave is what the pages promise."""

from __future__ import annotations

import json
import math
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from runreport.reading.liveness import resolve_status
from runreport.reading.sources import experiment_notes, find_runs, read
from runreport.records import RunRecord

EXAMPLE = Path(__file__).parents[1] / "site-example"
COMMITTED = EXAMPLE / "runs"


def read_all(root: Path) -> dict[str, dict[str, RunRecord]]:
    """Return the runs by experiment and name."""
    runs: dict[str, dict[str, RunRecord]] = {}
    for found in find_runs([root])[0]:
        record = read(found)
        runs.setdefault(record.experiment, {})[record.name] = record
    return runs


def train_all(root: Path) -> None:
    given = {"RUNREPORT_USER": "kim", "OMP_NUM_THREADS": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNREPORT_")}
    subprocess.run(
        [sys.executable, str(EXAMPLE / "train_all.py"), str(root)],
        check=True,
        cwd=root.parent,
        env={**kept, **given},
        stdout=subprocess.DEVNULL,
        timeout=300,
    )


@pytest.fixture(scope="module", params=["trained", "committed"])
def root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The runs as the scripts make them, and those that the repository holds."""
    if request.param == "committed":
        return COMMITTED
    made = tmp_path_factory.mktemp("example") / "runs"
    train_all(made)
    return made


@pytest.fixture(scope="module")
def runs(root: Path) -> dict[str, dict[str, RunRecord]]:
    return read_all(root)


def values(run: RunRecord, metric: str) -> np.ndarray:
    (found,) = (history for history in run.histories if history.name == metric)
    return found.values


def paths(run: RunRecord) -> set[str]:
    return {artifact.path for artifact in run.artifacts}


def test_nothing_is_odd_about_any_run(runs: dict[str, dict[str, RunRecord]]) -> None:
    findings = [f for group in runs.values() for run in group.values() for f in run.findings]

    assert findings == []


def test_iris_has_five_recorded_forests(runs: dict[str, dict[str, RunRecord]]) -> None:
    iris = runs["iris"]

    assert {run.params["test_size"] for run in iris.values()} == {0.3, 0.2, 0.1, 0.05, 0.01}
    assert {run.params["n_estimators"] for run in iris.values()} == {2}
    assert {run.status for run in iris.values()} == {"finished"}
    assert {run.user for run in iris.values()} == {"kim"}
    assert "测试" in {run.version for run in iris.values()}
    for run in iris.values():
        assert run.tags["estimator_name"] == "RandomForestClassifier"
        assert {
            "training_confusion_matrix.png",
            "model/MLmodel",
            "model/model.pkl",
            "code/train.py",
        } <= paths(run)
        assert len(values(run, "accuracy")) == 40
        assert len(values(run, "training_accuracy_score")) == 1


def test_iris_models_are_those_that_were_measured(runs: dict[str, dict[str, RunRecord]]) -> None:
    run = runs["iris"]["test-size-0.3"]

    model = pickle.loads((run.folder / "artifacts/model/model.pkl").read_bytes())

    assert len(model.estimators_) == 2


def test_noisy_flowers_were_added_after_the_end_by_somebody_else(
    runs: dict[str, dict[str, RunRecord]],
) -> None:
    for run in runs["iris"].values():
        (history,) = (h for h in run.histories if h.name == "accuracy_on_noisy_flowers")
        (added,) = history.added
        assert added.by == "sam"
        assert added.time is not None
        assert run.ended is not None
        assert added.time >= run.ended


def test_spirals_have_a_thousand_steps_for_each_rate_and_seed(
    runs: dict[str, dict[str, RunRecord]],
) -> None:
    trained = [run for run in runs["spirals"].values() if "group" in run.tags]
    finished = [run for run in trained if run.status == "finished"]

    assert len({(run.params["learning_rate"], run.params["seed"]) for run in finished}) == 9
    assert len({run.tags["group"] for run in finished}) == 3
    for run in finished:
        loss = values(run, "loss")
        assert len(loss) == 1000
        assert np.isfinite(loss).all()
        assert loss[-1] < loss[0]
        assert {"plane.png", "plane.plotly.json", "weights.html", "code/network.py"} <= paths(run)
        assert Counter(each.kind for each in run.media) == {
            "image": 5,
            "histogram": 5,
            "table": 5,
        }
        assert run.notes
        assert json.loads((run.folder / "artifacts/plane.plotly.json").read_text())["data"]


def test_one_spiral_diverges(runs: dict[str, dict[str, RunRecord]]) -> None:
    run = runs["spirals"]["too-hot"]

    loss = values(run, "loss")
    assert run.status == "finished"
    assert math.isfinite(loss[0])
    assert np.isnan(loss).sum() > 100
    assert "Diverged" in run.notes


def test_one_spiral_is_killed_and_keeps_all_that_it_logged(
    runs: dict[str, dict[str, RunRecord]],
) -> None:
    run = runs["spirals"]["pulled-plug"]

    assert run.ended is None
    assert len(values(run, "loss")) == 641
    assert run.started is not None
    assert resolve_status(run, now=run.started + 30 * 86400) == "interrupted"


@pytest.mark.skipif(
    not (shutil.which("sh") and shutil.which("gzip")), reason="needs a shell and gzip"
)
def test_shell_script_logs_runs_without_the_library(
    runs: dict[str, dict[str, RunRecord]],
) -> None:
    assert set(runs["compression"]) == {"network.py", "pictures.py", "train.py"}
    for run in runs["compression"].values():
        assert len(values(run, "bytes")) == 9
        assert run.metrics["bytes"]["goal"] == "min"
        assert run.version


def test_every_experiment_is_described(root: Path) -> None:
    notes, findings = experiment_notes(find_runs([root])[0])

    assert {name: bool(text) for name, text in notes.items()} == {
        "compression": True,
        "iris": True,
        "spirals": True,
    }
    assert findings == []


def test_committed_runs_tell_nothing_of_the_machine_that_made_them() -> None:
    odd = re.compile(
        rb"/home/(?!kim/)|/work/|/root\b|/tmp/|\"host\":\"(?!lab\")|os_user\":\"(?!kim\")"
    )
    found = [
        f"{path.relative_to(COMMITTED)}: {match[0]!r}"
        for path in sorted(COMMITTED.rglob("*"))
        if path.is_file()
        for match in odd.finditer(path.read_bytes())
    ]

    assert found == []


def test_committed_runs_are_small() -> None:
    size = sum(path.stat().st_size for path in COMMITTED.rglob("*") if path.is_file())

    assert size < 3_000_000
