"""`runreport show`."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runreport.cli import main

DATA = Path(__file__).parent / "data" / "native"
RUN_ID = "20261122T101500-brave-otter-3f9c"


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DATA, tmp_path / "runs")
    return tmp_path / "runs"


def show(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["show", *arguments], catch_exceptions=False)


def words(result: Result) -> list[list[str]]:
    return [line.split() for line in result.stdout.splitlines()]


@pytest.mark.parametrize("run", [RUN_ID, "brave-otter", f"runs/iris/{RUN_ID}"])
def test_a_run_is_found_by_id_name_or_folder(run: str) -> None:
    assert words(show(run))[0] == ["brave-otter", "finished"]


def test_all_of_a_run_is_shown() -> None:
    lines = words(show("brave-otter"))

    assert ["run_id", RUN_ID] in lines
    assert ["experiment", "iris"] in lines
    assert ["started", "2026-11-22", "10:15:00"] in lines
    assert ["duration", "20.5", "s"] in lines
    assert ["version", "测试-1.0.0+build.20261122"] in lines
    assert ["lr", "0.01"] in lines
    assert ["layers", "[8,3]"] in lines
    assert ["metrics", "last", "min", "max", "mean", "points"] in lines
    assert ["acc", "0.8", "0.5", "0.8", "0.65", "2"] in lines
    assert ["code/train.py", "9", "B"] in lines
    assert ["notes", "Looks", "*good*."] in lines


def test_what_a_run_lacks_takes_no_room() -> None:
    lines = words(show("bare"))

    assert lines[0] == ["bare"]
    assert not {"params", "artifacts", "started", "notes"} & {line[0] for line in lines if line}


def test_findings_and_the_error_are_shown(runs: Path) -> None:
    (runs / "top" / "run.jsonl").write_text(
        '{"name":"t","status":"failed","error":{"type":"ValueError","message":"no"}}\njunk\n'
    )

    lines = words(show("t"))

    assert ["error", "ValueError:", "no"] in lines
    assert ["warning", "top/run.jsonl:2", "not"] in [line[:3] for line in lines]


def test_a_source_can_be_given(runs: Path) -> None:
    runs.rename(runs.parent / "elsewhere")

    assert words(show("bare", "--source", "elsewhere"))[0] == ["bare"]


def test_an_unknown_run_is_one_line() -> None:
    result = show("nope")

    assert result.exit_code == 1
    assert result.output == "Error: 'nope': no such run; `runreport list` shows their names\n"


def test_a_name_of_several_runs_is_one_line_with_their_folders(runs: Path) -> None:
    shutil.copytree(runs / "top", runs / "top2")

    result = show("at the top")

    assert result.exit_code == 1
    assert result.output.startswith("Error: 'at the top': 2 runs are named so; give one of ")
    assert "top2" in result.output


def test_texts_cannot_steer_the_terminal(runs: Path) -> None:
    (runs / "top" / "run.jsonl").write_text('{"name":"a\\u001b[31m[bold]b","tags":{"x":"[red]"}}\n')

    output = show("top").stdout

    assert output.startswith("a\ufffd[31m[bold]b")
    assert "[red]" in output
