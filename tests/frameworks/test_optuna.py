"""A real Optuna, with studies of a few trials."""

from __future__ import annotations

import math
from pathlib import Path

import optuna
import pytest

import runreport
from runreport.frameworks.optuna import RunReportCallback
from runreport.tracking.stored import read_fields
from tests.frameworks.logged import runs, series

optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(trial: optuna.Trial) -> float:
    trial.set_user_attr("fold", "first")
    for step in range(3):
        trial.report(step / 10, step)
    if trial.number == 1:
        raise optuna.TrialPruned
    if trial.number == 2:
        raise ZeroDivisionError
    return float(trial.suggest_float("lr", 0, 1) + trial.suggest_categorical("base", [1, 2]))


def study(**options: str) -> optuna.Study:
    sampler = optuna.samplers.RandomSampler(seed=0)
    return optuna.create_study(sampler=sampler, study_name="wide", **options)


def test_each_trial_is_a_run_below_the_active_one(root: Path) -> None:
    with runreport.start_run(experiment="search", run_name="all") as parent:
        found = study(direction="maximize")
        found.optimize(objective, 4, callbacks=[RunReportCallback()], catch=ZeroDivisionError)

    rows = {row["name"]: row for row in runs(root)}
    assert set(rows) == {"all", "trial-0", "trial-1", "trial-2", "trial-3"}
    assert {row["experiment"] for row in rows.values()} == {"search"}
    for trial in found.trials:
        row = rows[f"trial-{trial.number}"]
        fields = read_fields(next(root.rglob(row["run_id"])))
        assert fields["parent"] == parent.run_id
        assert fields["tags"] == {
            "fold": "first",
            "group": "wide",
            "trial": trial.number,
            "trial_state": trial.state.name,
        }
        assert fields.get("params", {}) == trial.params
        assert fields["metrics"] == {"value": {"goal": "max"}}
        assert trial.datetime_start is not None
        assert fields["started"] == trial.datetime_start.timestamp()
    assert rows["trial-3"]["metrics.value"] == found.trials[3].value
    assert math.isnan(rows["trial-1"]["metrics.value"])
    assert [rows[f"trial-{i}"]["status"] for i in range(4)] == [
        "finished", "finished", "failed", "finished",
    ]  # fmt: skip


def test_reported_values_are_a_series(root: Path) -> None:
    study().optimize(objective, 1, callbacks=[RunReportCallback()])

    assert series(root)["intermediate_value"] == {0: 0.0, 1: 0.1, 2: 0.2}


def test_the_whole_studys_run_follows_the_best_value(root: Path) -> None:
    with runreport.start_run() as parent:
        found = study(direction="minimize")
        found.optimize(objective, 5, callbacks=[RunReportCallback()], catch=ZeroDivisionError)

    values = [trial.value if trial.number not in {1, 2} else math.inf for trial in found.trials]
    best = {number: min(values[: number + 1]) for number in range(5)}
    assert series(root, parent.run_id) == {"best_value": best}
    fields = read_fields(parent.folder)
    assert fields["tags"]["best_trial"] == found.best_trial.number
    assert fields["metrics"] == {"best_value": {"goal": "min"}}


def test_the_first_completed_trial_is_the_best_so_far(root: Path) -> None:
    with runreport.start_run() as parent:
        study().optimize(objective, 1, callbacks=[RunReportCallback()])

    assert len(runs(root)) == 2
    assert read_fields(parent.folder)["tags"] == {"best_trial": 0}


def test_a_study_without_a_completed_trial_has_no_best_value(root: Path) -> None:
    with runreport.start_run() as parent:
        study().optimize(pruned, 1, callbacks=[RunReportCallback()])

    assert series(root, parent.run_id) == {}
    assert len(runs(root)) == 2


def pruned(trial: optuna.Trial) -> float:  # noqa: ARG001
    raise optuna.TrialPruned


def test_without_a_run_trials_share_a_group_and_leave_nothing_open(root: Path) -> None:
    study().optimize(objective, 1, callbacks=[RunReportCallback()])

    assert runreport.active_run() is None
    (row,) = runs(root)
    assert row["tags.group"] == "wide"


@pytest.mark.parametrize(
    ("names", "expected"),
    [(None, {"values_0", "values_1"}), (["error", "gain"], {"error", "gain"})],
    ids=["optuna's", "given"],
)
def test_several_values_have_names(names: list[str] | None, expected: set[str], root: Path) -> None:
    with runreport.start_run():
        found = optuna.create_study(directions=["minimize", "maximize"])
        found.optimize(lambda _: (1.0, 2.0), 1, callbacks=[RunReportCallback(names)])

    trial = next(row for row in runs(root) if row["name"] == "trial-0")
    assert set(series(root, trial["run_id"])) == expected
    goals = read_fields(next(root.rglob(trial["run_id"])))["metrics"]
    assert [goals[name]["goal"] for name in sorted(expected)] == ["min", "max"]


def test_threads_log_their_trials_apart(root: Path) -> None:
    with runreport.start_run() as parent:
        study().optimize(
            lambda trial: trial.suggest_int("n", 0, 9), 8, n_jobs=4,
            callbacks=[RunReportCallback()],
        )  # fmt: skip

    rows = [row for row in runs(root) if row["run_id"] != parent.run_id]
    assert sorted(row["tags.trial"] for row in rows) == list(range(8))
    assert all(row["params.n"] == row["metrics.value"] for row in rows)
    assert {row["status"] for row in rows} == {"finished"}
