from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from runreport.digest import digest
from runreport.histories.columns import decode_column
from runreport.records import Finding, History, RunRecord
from runreport.text.serialize import read_data_script


def history(name: str, *values: float) -> History:
    count = len(values)
    steps = np.arange(count, dtype=np.float64)
    return History(name, steps, steps + 100.0, np.array(values))


def record(**fields: Any) -> RunRecord:
    given: dict[str, Any] = {
        "run_id": "20261122-brave",
        "name": "brave",
        "experiment": "iris",
        "started": 90.0,
    }
    return RunRecord(folder=Path("runs/iris/x"), reader="native", **(given | fields))


def test_histories_become_summaries_and_data_files() -> None:
    given = record(
        histories=(history("accuracy", 0.5, 0.9), history("loss", 2.0, 1.0)),
        findings=(Finding("warning", "metrics.jsonl:3", "odd line"),),
    )

    found, files = digest(given, goals={}, status="finished", slug="brave-1")

    assert found.record.histories == ()
    assert (found.slug, found.status) == ("brave-1", "finished")
    assert [(each.name, each.goal, each.value) for each in found.metrics] == [
        ("accuracy", "max", 0.9),
        ("loss", "min", 1.0),
    ]
    assert all(each.sketch is not None for each in found.metrics)
    assert [each.metrics for each in found.chunks] == [("accuracy", "loss")]
    assert [file.name for file in files] == [found.chunks[0].name]
    assert read_data_script(files[0].content)["metrics"]["loss"]["t"] == [10, 11]
    assert found.findings == given.findings


def test_system_metrics_are_apart_and_have_no_goal() -> None:
    given = record(histories=(history("loss", 1.0),), system=(history("cpu_error", 0.1),))

    found, files = digest(given, goals={"cpu*": "min"}, status="", slug="brave-1")

    assert [each.name for each in found.system] == ["cpu_error"]
    assert found.system[0].goal is None
    assert [file.name.split(".")[0] for file in files] == ["h-brave-1-0", "y-brave-1-0"]
    assert found.system_chunks[0].metrics == ("cpu_error",)


def test_what_the_run_declares_sets_goal_and_summary() -> None:
    given = record(
        histories=(history("speed", 3.0, 1.0, 2.0),),
        metrics={"speed": {"goal": "max", "summary": "max"}},
    )

    found, _ = digest(given, goals={}, status="", slug="x")

    assert (found.metrics[0].goal, found.metrics[0].summary) == ("max", "max")
    assert found.metrics[0].value == 3.0


def test_declarations_of_the_wrong_shape_are_passed_over() -> None:
    given = record(
        histories=(history("a", 1.0), history("b", 1.0)),
        metrics={"a": "max", "b": {"goal": ["max"], "summary": {"x": 1}}},
    )

    found, _ = digest(given, goals={}, status="", slug="x")

    assert [(each.goal, each.summary) for each in found.metrics] == [(None, "last")] * 2


def test_a_run_without_a_start_counts_its_times_from_the_first() -> None:
    given = record(started=None, histories=(history("a", 1.0, 2.0),), system=(history("c", 1.0),))

    _, files = digest(given, goals={}, status="", slug="x")

    value = read_data_script(files[0].content)
    assert value["started"] == 100
    assert value["metrics"]["a"]["t"] == [0, 1]


def test_a_run_without_metrics_has_no_data_files() -> None:
    found, files = digest(record(), goals={}, status="finished", slug="x")

    assert files == []
    assert (found.metrics, found.chunks, found.system) == ((), (), ())


def test_metrics_logged_together_are_written_as_each_alone() -> None:
    rng = np.random.default_rng(5)
    steps, times = np.arange(300.0), np.arange(300.0) + 100.5
    columns = {
        "double": rng.random(300),
        "gaps": np.where(steps % 7 == 0, np.nan, rng.random(300)),
        "huge": rng.random(300) * 1e300,
        "line": steps / 4,
        "single": rng.random(300, dtype=np.float32).astype(float),
        "whole": np.floor(rng.random(300) * 50),
    }
    together = tuple(History(name, steps, times, values) for name, values in columns.items())
    apart = tuple(History(h.name, h.steps.copy(), h.times.copy(), h.values) for h in together)

    made, alone = (
        digest(record(histories=given), goals={}, status="", slug="x")[1]
        for given in (together, apart)
    )

    assert made == alone
    written = read_data_script(made[0].content)["metrics"]
    for name in ("double", "huge", "line", "single", "whole"):
        assert np.array_equal(decode_column(written[name]["y"]), columns[name])
