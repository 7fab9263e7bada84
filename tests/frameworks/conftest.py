"""Every test logs into its own folder, and leaves no run open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from runreport.tracking import complain, state


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The runs root of this test, in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("RUNREPORT_RUN", "RUNREPORT_DIR", "RUNREPORT_EXPERIMENT", "RUNREPORT_USER"):
        # Set first, so that what a run leaves behind is undone too.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setattr(state.settings, "root", None)
    monkeypatch.setattr(state.settings, "experiment", None)
    complain.forget()
    yield tmp_path / "runs"
    for run in list(state.opened):
        run.end()
