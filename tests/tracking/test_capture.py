"""What a run keeps of where it ran, and how each part is switched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import runreport
from runreport.errors import LogError
from runreport.tracking import capture
from runreport.tracking.packages import requirements
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, record
from tests.tracking.test_git import run_git

TRAIN = "import runreport\nrunreport.start_run({arguments}).end()\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a commit and a change that is not in it."""
    run_git(tmp_path, "init", "--quiet")
    (tmp_path / "train.py").write_text("print('one')\n")
    run_git(tmp_path, "add", "train.py")
    run_git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path


@pytest.mark.parametrize(
    ("environment", "given", "parts"),
    [
        ("", None, {"code", "command", "git", "hardware", "packages"}),
        ("diff,-packages", None, {"code", "command", "git", "hardware", "diff"}),
        ("none", "git", {"git"}),
        ("none", None, set()),
        ("-git", ["all", "-diff"], {"code", "command", "git", "hardware", "packages"}),
        ("", "none diff", {"diff"}),
    ],
)
def test_the_call_wins_over_the_environment(
    monkeypatch: pytest.MonkeyPatch,
    environment: str,
    given: str | list[str] | None,
    parts: set[str],
) -> None:
    monkeypatch.setenv(capture.VARIABLE, environment)

    assert capture.choose(given) == parts


def test_an_unknown_part_is_refused_before_there_is_a_run(root: Path) -> None:
    with pytest.raises(LogError) as caught:
        runreport.start_run(capture="-gitt")

    assert str(caught.value) == (
        "capture: no part '-gitt'; choose from code, command, diff, git, hardware, packages, all, "
        "none, or '-' and one of them"
    )
    assert not root.exists()


@pytest.mark.usefixtures("repository")
def test_all_but_the_diff_is_kept_unless_said_otherwise(script: Script, root: Path) -> None:
    script(TRAIN.format(arguments=""))
    run = only_run(root)
    found = record(run)
    code = sorted(path.name for path in (run / "artifacts" / "code").iterdir())

    assert code == ["requirements.txt", "train.py"]
    assert set(found["git"]) >= {"commit", "branch", "dirty"}
    assert found["version"] == found["git"]["commit"]
    assert "train.py" in found["command"]
    assert found["hardware"]["cpus"] >= 1
    assert found["hardware"].get("memory_mb", 1) > 0


@pytest.mark.usefixtures("repository")
def test_each_part_can_be_left_out(script: Script, root: Path) -> None:
    script(TRAIN.format(arguments="capture='none'"))
    run = only_run(root)

    assert not {"git", "version", "command", "hardware"} & set(record(run))
    assert not (run / "artifacts").exists()


@pytest.mark.usefixtures("repository")
def test_a_diff_can_be_applied_to_the_commit(script: Script, root: Path, tmp_path: Path) -> None:
    script(TRAIN.format(arguments="capture='diff'"))
    patch = only_run(root) / "artifacts" / "code" / "changes.diff"
    copy = tmp_path / "copy"
    run_git(tmp_path, "clone", "--quiet", ".", "copy")
    run_git(copy, "apply", str(patch))

    assert (copy / "train.py").read_bytes() == (tmp_path / "train.py").read_bytes()


def test_a_very_long_diff_says_how_much_is_kept(
    repository: Path, script: Script, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository)
    long = "x = 1  # a line of a script that was changed much\n" * 30_000
    script(TRAIN.format(arguments="capture='diff'") + long)
    patch = (only_run(root) / "artifacts" / "code" / "changes.diff").read_text("utf-8")

    assert len(patch) < capture.DIFF_LIMIT + 100
    assert patch.splitlines()[-1].startswith("# 1,048,576 of 1,5")


def test_without_a_repository_there_is_no_diff(script: Script, root: Path) -> None:
    script(TRAIN.format(arguments="capture='diff'"))

    assert not (only_run(root) / "artifacts" / "code" / "changes.diff").exists()


def test_pip_takes_the_requirements(tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text(requirements(tuple(sys.path)), "utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--no-index",
            "--no-deps",
            "-r",
            path,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )

    assert done.returncode == 0, done.stderr
    assert "Would install" not in done.stdout
    assert "Requirement already satisfied: orjson==" in done.stdout


def test_packages_from_elsewhere_say_from_where(tmp_path: Path) -> None:
    origins = {
        "plain-1.0": None,
        "from_git-2.0": '{"url": "https://me:secret@git.example/a.git", "vcs_info": '
        '{"vcs": "git", "commit_id": "abc"}}',
        "from_web-3.0": '{"url": "https://example.org/a.whl", "archive_info": {}}',
        "from.here-4.0+local": '{"url": "file:///home/me/secret", "dir_info": {}}',
        "broken-5.0": "{",
    }
    for name, origin in origins.items():
        folder = tmp_path / f"{name}.dist-info"
        folder.mkdir()
        if origin is not None:
            (folder / "direct_url.json").write_text(origin)
    (tmp_path / "later" / "plain-9.0.dist-info").mkdir(parents=True)
    lines = requirements((str(tmp_path), str(tmp_path / "gone"), str(tmp_path / "later")))

    assert lines.splitlines()[1:] == [
        "broken==5.0",
        "from-git @ git+https://git.example/a.git@abc",
        "# from-here==4.0+local, from a local folder or file",
        "from-web @ https://example.org/a.whl",
        "plain==1.0",
    ]


def test_gpus_are_named_by_the_drivers_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for slot in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / slot).mkdir()
        (tmp_path / slot / "information").write_text("Model: \t\t NVIDIA A100\nIRQ: 7\n")
    monkeypatch.setattr(capture, "_GPU_FOLDER", tmp_path)

    assert capture.hardware()["gpus"] == ["NVIDIA A100", "NVIDIA A100"]


@pytest.mark.parametrize(
    ("program", "gpus"),
    [("echo 'NVIDIA T4'; echo 'NVIDIA T4'", ["NVIDIA T4", "NVIDIA T4"]), ("exit 9", None)],
)
def test_a_program_is_asked_for_gpus_at_the_end(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, gpus: object
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{program}\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(capture, "_GPU_FOLDER", tmp_path / "gone")
    with runreport.start_run() as run:
        assert "gpus" not in record(run.folder)["hardware"]

    assert record(only_run(root))["hardware"].get("gpus") == gpus
