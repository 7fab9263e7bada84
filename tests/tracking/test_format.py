"""The public document of the format: its schemas hold for real folders, its examples work."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import runreport
from runreport.layout import FORMAT, SEGMENT_KINDS, STATUSES, STREAMS
from runreport.readers.native import read_run
from tests.tracking.folders import only_run, points, rows, segments

DOCUMENTS = Path(runreport.__file__).with_name("format")
TEXT = (DOCUMENTS / "format-1.md").read_text("utf-8")


def document(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DOCUMENTS / f"{name}.schema.json").read_text("utf-8"))
    return loaded


def schema(name: str) -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(document(name))
    return jsonschema.Draft202012Validator(document(name))


def check(folder: Path) -> int:
    """Hold every line of a run folder against its schema; return how many there were."""
    count = 0
    for stream, name in (("run", "run"), ("metrics", "metrics"), ("system", "metrics")):
        validator = schema(name)
        for path in segments(folder, stream):
            for row in rows(path):
                validator.validate(row)
                count += 1
    return count


def example(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found is not None
    return found[1]


def test_what_is_written_holds_to_the_schemas(root: Path) -> None:
    run = runreport.start_run(
        params={"lr": 0.1, "layers": [1, 2], "none": None},
        tags={"a": 1},
        source={"name": "x", "kind": "job"},
    )
    runreport.log_metrics({"loss": float("nan"), "up": float("inf")}, step=3)
    runreport.log_metric("free", -1)
    runreport.delete_tag("a")
    runreport.define_metric("loss", goal="min", summary="min")
    run.end("failed", {"type": "ValueError", "message": "", "traceback": ""})
    runreport.add_metrics(run, {"late": 1})
    runreport.amend(run, params={"lr": None}, status="killed")
    with runreport.start_run(run_id=run.run_id):
        runreport.log_metric("loss", 0.5, step=2)

    assert check(only_run(root)) == 15


@pytest.mark.parametrize(
    "line",
    [
        {"status": "done"},
        {"params": [1]},
        {"format": "runreport/2"},
        {"gap": {"stream": "metrics"}},
        {"metrics": {"loss": {"goal": "up"}}},
    ],
    ids=lambda line: next(iter(line)),
)
def test_the_schema_refuses_a_wrong_record(line: dict[str, Any]) -> None:
    assert not schema("run").is_valid(line)


@pytest.mark.parametrize(
    "line",
    [{"loss": "high"}, {"step": "1"}, {"time": "now"}, {"loss": None}, {"segment": {"kind": "x"}}],
    ids=str,
)
def test_the_schema_refuses_a_wrong_line_of_metrics(line: dict[str, Any]) -> None:
    assert not schema("metrics").is_valid(line)


def test_truth_values_are_one_and_zero_for_writer_reader_and_schema(root: Path) -> None:
    with runreport.start_run() as run:
        runreport.log_metrics({"good": True, "bad": np.bool_(False)})
    with (run.folder / "metrics.jsonl").open("a") as file:
        file.write('{"good":true,"bad":false}\n{"good":1,"bad":true}\n')
    found = {
        history.name: history.values.tolist() for history in read_run(run.folder, root).histories
    }

    assert schema("metrics").is_valid({"good": True})
    assert found == {"good": [1, 1, 1], "bad": [0, 0, 1]}
    assert runreport.get_run(run.run_id).data.metrics == {"good": 1, "bad": 1}


def test_the_schemas_and_the_code_have_the_same_words() -> None:
    run = document("run")["properties"]
    metrics = document("metrics")["oneOf"][1]["properties"]["segment"]["properties"]

    assert run["format"]["const"] == FORMAT
    assert run["status"]["enum"] == [*STATUSES, None]
    assert run["gap"]["properties"]["stream"]["enum"] == list(STREAMS)
    assert metrics["kind"]["enum"] == list(SEGMENT_KINDS)


def test_every_field_of_the_schema_is_in_the_document() -> None:
    fields = document("run")["properties"]

    assert [name for name in fields if f"`{name}`" not in TEXT] == []


def test_the_shell_example_writes_a_run(tmp_path: Path, root: Path) -> None:
    subprocess.run(["sh", "-eu", "-c", example("sh")], cwd=tmp_path, check=True)
    folder = only_run(root)

    assert [row["loss"] for row in points(folder)] == [0.9, 0.8, 0.7]
    assert check(folder) == 6
    assert json.loads((folder / "run.jsonl").read_text().splitlines()[-1])["status"] == "finished"


def test_the_shortest_example_is_a_run_that_can_be_added_to(tmp_path: Path) -> None:
    command = re.search(r"`(echo .*?>> metrics.jsonl)`", TEXT)
    assert command is not None
    subprocess.run(["sh", "-c", command[1]], cwd=tmp_path, check=True)
    runreport.add_metrics(tmp_path, {"loss": 0.25})

    assert [row["loss"] for row in points(tmp_path)] == [0.5, 0.25]


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_the_c_example_writes_metrics(tmp_path: Path) -> None:
    (tmp_path / "log.c").write_text(example("c"))
    subprocess.run(["cc", "-Wall", "-Werror", "-o", "log", "log.c"], cwd=tmp_path, check=True)
    subprocess.run(["./log"], cwd=tmp_path, check=True)

    assert [row["step"] for row in points(tmp_path)] == list(range(10))
    assert not (tmp_path / "run.jsonl").exists()


@pytest.mark.parametrize(("program", "language"), [("Rscript", "r"), ("julia", "julia")])
def test_the_other_examples_write_a_run(
    tmp_path: Path, root: Path, program: str, language: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed here")
    path = tmp_path / f"example.{language}"
    path.write_text(example(language))
    subprocess.run([program, str(path)], cwd=tmp_path, check=True)

    assert check(only_run(root)) == 12
