"""`runreport check`."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runreport.cli import main

DATA = Path(__file__).parent / "data" / "native"


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(DATA, tmp_path / "runs")
    return tmp_path / "runs"


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], catch_exceptions=False)


def test_folders_without_findings_are_exit_code_0() -> None:
    result = check()

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "3 runs checked, 0 findings\n"


def test_each_finding_is_a_path_from_here_with_its_line(runs: Path) -> None:
    (runs / "iris" / "bare" / "metrics.jsonl").write_text('{"a":1}\njunk\n[1]\n[2]\n')

    result = check()

    assert result.exit_code == 1
    remedy = "the line is left out, mend or delete it"
    assert result.stdout == (
        "runs/iris/bare/metrics.jsonl:2: warning: "
        f"not JSON (Expecting value, column 1); {remedy}\n"
        "runs/iris/bare/metrics.jsonl:3: warning: "
        f"not an object (but a list); {remedy} (2 times)\n"
    )
    assert result.stderr == "3 runs checked, 2 findings\n"


def test_a_source_elsewhere_gives_whole_paths(runs: Path, tmp_path: Path) -> None:
    (runs / "top" / "run.jsonl").write_text('{"status":"done"}\n')

    result = check(str(tmp_path / "runs" / "top"), "--reader", "native")

    assert result.stdout.startswith("runs/top/run.jsonl: warning: status is 'done'; write one of")


def test_the_working_folder_needs_no_prefix(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (runs / "top" / "run.jsonl").write_text("junk\n")
    monkeypatch.chdir(runs)

    result = check(".")

    assert result.stdout.splitlines()[0].startswith("top: error: no line of this run can be read")


def test_links_that_are_passed_over_are_findings(runs: Path) -> None:
    (runs / "iris" / "latest").symlink_to("bare")

    result = check()

    assert result.exit_code == 1
    assert result.stdout == (
        "iris/latest: note: a link to a folder is not followed; give its target as a source\n"
    )


def test_two_runs_of_one_id_are_a_finding(runs: Path) -> None:
    (runs / "top" / "run.jsonl").write_text('{"run_id":"bare","experiment":"iris"}\n')

    result = check()

    assert result.exit_code == 1
    assert result.stdout == (
        "runs/top: error: has the run_id 'bare' of iris/bare; give one of them another run_id\n"
    )
