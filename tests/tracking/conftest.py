"""Every test logs into its own folder, and leaves no run open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runreport.tracking import complain, others, state

Script = Callable[..., "subprocess.CompletedProcess[str]"]

PROJECT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runs root of this test, in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("RUNREPORT_RUN", "RUNREPORT_DIR", "RUNREPORT_EXPERIMENT", "RUNREPORT_USER"):
        # Set first, so that what a run leaves behind is undone too.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    # What is installed here is not what most tests are about.
    monkeypatch.setenv("RUNREPORT_CAPTURE", "-packages")
    settings = (state.settings.experiment, state.settings.root, state.settings.inherited)
    complain.forget()
    yield tmp_path / "runs"
    for run in list(state.opened):
        run.end()
    others._close_all()
    state.settings.experiment, state.settings.root, state.settings.inherited = settings
    state.settings.last = None


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Run Python code as a script of its own, in the test's folder."""

    def run(
        code: str, *arguments: str, check: bool = True, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "train.py"
        path.write_text(code, "utf-8")
        done = subprocess.run(
            [sys.executable, str(path), *arguments],
            cwd=tmp_path,
            env=clean_environment(**environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    return run


def clean_environment(**more: str) -> dict[str, str]:
    """Return an environment for a child process that finds the package as it is here."""
    import os

    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNREPORT_")}
    return {**kept, "PYTHONPATH": str(PROJECT), "PYTHONWARNINGS": "error", **more}
