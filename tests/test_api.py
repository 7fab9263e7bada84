"""Runs and their metrics for scripts."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import runreport
from runreport.api import load_metrics, load_runs, search_runs, sort_runs
from runreport.errors import ConfigError, LogError
from runreport.layout import FOLDER_VARIABLE

DATA = Path(__file__).parent / "data" / "native"


def make_run(folder: Path, record: dict[str, Any], *lines: dict[str, Any]) -> Path:
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text(json.dumps(record) + "\n")
    (folder / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    root = tmp_path / "runs"
    for place, (name, lr, acc) in enumerate([("a", 0.1, 0.9), ("b", 0.01, 0.95), ("c", 1, 0.5)]):
        record = {
            "name": name,
            "status": "finished",
            "started": 1795342500.0 + place,
            "ended": 1795342600.0,
            "user": "kim",
            "params": {"lr": lr},
            "tags": {"team": name},
            "metrics": {"acc": {"summary": "max"}},
        }
        folder = root / ("digits" if name == "c" else "iris") / name
        make_run(folder, record, {"step": 0, "acc": acc}, {"step": 1, "acc": acc / 2})
    return root


class TestLoadRuns:
    def test_one_row_a_run(self, root: Path) -> None:
        runs = load_runs(root)

        assert runs["run_id"].tolist() == ["c", "a", "b"]
        assert runs["params.lr"].tolist() == [1.0, 0.1, 0.01]
        assert runs["metrics.acc"].tolist() == [0.5, 0.9, 0.95]
        assert runs["tags.team"].tolist() == ["c", "a", "b"]
        assert runs["experiment"].tolist() == ["digits", "iris", "iris"]
        assert runs.attrs["findings"] == ()

    def test_the_runs_folder_is_the_default(self) -> None:
        assert len(load_runs()) == 3

    def test_sources_may_be_texts(self, root: Path) -> None:
        assert len(load_runs("runs/iris", str(root / "digits"))) == 3

    def test_findings_come_with_the_frame(self, root: Path) -> None:
        (root / "iris" / "a" / "metrics.jsonl").write_text("junk\n")

        runs = load_runs(root)

        assert [finding.place for finding in runs.attrs["findings"]] == ["iris/a/metrics.jsonl:1"]

    def test_a_run_that_cannot_be_read_keeps_its_row(self, root: Path) -> None:
        make_run(root / "iris" / "bad", {}).joinpath("run.jsonl").write_text("junk\n")

        runs = load_runs(root)

        assert runs["run_id"].tolist() == ["c", "a", "b", "bad"]
        assert runs.attrs["findings"][0].level == "error"

    def test_a_missing_source_is_an_error(self) -> None:
        with pytest.raises(ConfigError, match="'nope': no such folder"):
            load_runs("nope")

    def test_a_run_without_a_living_writer_is_interrupted(self, tmp_path: Path) -> None:
        make_run(tmp_path / "more" / "a", {"status": "running", "started": 5.0})

        assert load_runs(tmp_path / "more")["status"].tolist() == ["interrupted"]

    def test_the_package_offers_it(self) -> None:
        assert runreport.load_runs is load_runs
        assert runreport.load_metrics is load_metrics
        assert runreport.search_runs is search_runs


class TestLoadMetrics:
    def test_one_row_a_point_in_file_order(self, root: Path) -> None:
        points = load_metrics(root / "iris")

        assert points["run_id"].tolist() == ["a", "a", "b", "b"]
        assert points["value"].tolist() == [0.9, 0.45, 0.95, 0.475]
        assert set(points["metric"]) == {"acc"}

    def test_superseded_points_are_kept(self) -> None:
        points = load_metrics(DATA / "iris")

        acc = points[points["metric"] == "acc"].query("run_id != 'bare'")
        assert acc["step"].tolist() == [0, 1, 2, 1]
        assert points.attrs["findings"] == ()


class TestSearchRuns:
    def test_columns_are_mlflows(self, root: Path) -> None:
        runs = search_runs()

        assert runs.columns.tolist() == [
            "run_id",
            "experiment_id",
            "status",
            "artifact_uri",
            "start_time",
            "end_time",
            "params.lr",
            "metrics.acc",
            "tags.team",
            "tags.mlflow.runName",
            "tags.mlflow.user",
            "tags.mlflow.source.name",
            "tags.mlflow.source.git.commit",
        ]
        assert runs["status"].tolist() == ["FINISHED"] * 3
        assert runs["artifact_uri"].tolist()[0] == str(root / "digits" / "c" / "artifacts")

    def test_the_latest_run_comes_first(self) -> None:
        assert search_runs()["run_id"].tolist() == ["c", "b", "a"]

    def test_params_are_texts(self, root: Path) -> None:
        make_run(root / "iris" / "d", {"params": {"new": ""}})

        runs = search_runs(order_by=["run_id"])

        assert runs["params.lr"].tolist() == ["0.1", "0.01", "1.0", None]
        assert runs["params.new"].tolist() == [None, None, None, ""]

    def test_experiments_can_be_named(self) -> None:
        assert search_runs(experiment_names=["iris"])["run_id"].tolist() == ["b", "a"]
        assert search_runs(["digits"])["run_id"].tolist() == ["c"]
        assert len(search_runs(experiment_names=["nope"])) == 0

    def test_a_filter_narrows(self) -> None:
        runs = search_runs(filter_string="metrics.acc > 0.8 and params.lr = '0.1'")

        assert runs["run_id"].tolist() == ["a"]

    def test_rows_can_be_ordered_and_limited(self) -> None:
        runs = search_runs(order_by=["metrics.acc DESC", "start_time"], max_results=2)

        assert runs["run_id"].tolist() == ["b", "a"]
        assert search_runs(order_by=["metrics.`acc`"])["run_id"].tolist() == ["c", "a", "b"]

    def test_mlflows_other_arguments_are_accepted(self) -> None:
        assert len(search_runs(search_all_experiments=True, output_format="pandas")) == 3

    def test_another_output_format_is_an_error(self) -> None:
        with pytest.raises(LogError) as caught:
            search_runs(output_format="arrow")

        assert str(caught.value) == (
            "search_runs: output_format='arrow'; choose 'pandas' or 'list'"
        )

    def test_runs_can_be_had_one_by_one(self) -> None:
        runs = search_runs(output_format="list")

        assert [run.info.run_id for run in runs] == ["c", "b", "a"]
        assert runs[0].data.params == {"lr": "1"}

    def test_deleted_runs_are_not_there(self) -> None:
        assert len(search_runs(run_view_type=2)) == 0

    def test_a_bad_filter_names_itself(self) -> None:
        with pytest.raises(ConfigError, match=r"^filter_string: the filter ends early"):
            search_runs(filter_string="acc >")


class TestSorting:
    frame = pd.DataFrame(
        {
            "run_id": list("abcd"),
            "metrics.acc": [0.5, float("nan"), 0.9, 0.5],
            "params.x": pd.Series(["z", 2, None, 1], dtype=object),
        }
    )

    @pytest.mark.parametrize(
        ("orders", "expected"),
        [
            ([("acc", False)], "adcb"),
            ([("acc", True)], "cadb"),
            ([("acc", False), ("run_id", True)], "dacb"),
            ([("x", False)], "dbac"),
            ([("x", True)], "abdc"),
            ([], "abcd"),
        ],
    )
    def test_gaps_come_last_and_ties_keep_their_order(
        self, orders: list[tuple[str, bool]], expected: str
    ) -> None:
        assert "".join(sort_runs(self.frame, orders)["run_id"]) == expected

    def test_an_unknown_column_is_an_error(self) -> None:
        with pytest.raises(ConfigError, match=r"^--sort: no run has 'nope'; choose from run_id"):
            sort_runs(self.frame, [("nope", False)])
