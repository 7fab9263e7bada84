"""Who runs what where."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

import runreport
from runreport.tracking import context
from tests.tracking.conftest import Script, clean_environment
from tests.tracking.folders import only_run, record

SHOW = "import runreport\nrunreport.start_run(code=False)\n"


def test_the_systems_user_is_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")

    assert context.os_user() == pwd.getpwuid(os.getuid()).pw_name


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can be others")
@pytest.mark.parametrize(
    ("environment", "user"), [({"USER": "kim"}, "kim"), ({}, "uid 54321")], ids=["env", "number"]
)
def test_a_user_without_an_account(tmp_path: Path, environment: dict[str, str], user: str) -> None:
    code = "from runreport.tracking.context import os_user; print(os_user())"
    base = {
        name: value
        for name, value in clean_environment().items()
        if name not in {"USER", "LOGNAME", "LNAME", "USERNAME"}
    }
    become = f"import os\nos.setuid(54321)\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", f"import runreport.tracking.context\n{become}"],
        env={**base, **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.strip() == user, done.stderr


def test_a_declared_user_is_recorded_beside_the_systems(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNREPORT_USER", "kim")
    with runreport.start_run():
        pass
    found = record(only_run(root))

    assert (found["user"], found["os_user"]) == ("kim", context.os_user())


def test_an_argument_wins_over_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_USER", "kim")
    with runreport.start_run(user="lee"):
        pass

    assert record(only_run(root))["user"] == "lee"


def test_a_module_is_named_as_entry_point(tmp_path: Path, root: Path) -> None:
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "train.py").write_text(SHOW)
    subprocess.run(
        [sys.executable, "-m", "study.train"], cwd=tmp_path, env=clean_environment(), check=True
    )

    assert record(only_run(root))["source"] == {
        "name": "train.py",
        "kind": "script",
        "entry_point": "study.train",
    }


def test_a_command_without_a_script(tmp_path: Path, root: Path) -> None:
    subprocess.run([sys.executable, "-c", SHOW], cwd=tmp_path, env=clean_environment(), check=True)

    assert record(only_run(root))["source"] == {"name": "python", "kind": "script"}


def test_a_batch_schedulers_job_is_one(script: Script, root: Path) -> None:
    script(SHOW, SLURM_JOB_ID="17")

    assert record(only_run(root))["source"]["kind"] == "job"


def test_a_script_outside_of_a_repository_keeps_its_place_to_itself(
    script: Script, root: Path
) -> None:
    script(SHOW)
    source = record(only_run(root))["source"]

    assert source == {"name": "train.py", "kind": "script"}


def test_the_command_line_holds_no_secret(script: Script, root: Path) -> None:
    script(SHOW, "--token", "abc123", "--lr", "0.1")

    assert record(only_run(root))["command"].endswith("--token [redacted] --lr 0.1")


def test_any_text_is_a_version(root: Path) -> None:
    with runreport.start_run(version="v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef"):
        pass

    assert record(only_run(root))["version"] == "v2.1.0-rc.1+build.20261122.gdeadbeefdeadbeef"
