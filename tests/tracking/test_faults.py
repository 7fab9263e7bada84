"""Every call to the system fails once: the program goes on, and is told."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import runreport
from runreport.errors import LogError
from runreport.tracking import complain, segments

FAULTS = ("EIO", "EINTR", "EDQUOT", "ESTALE", "EACCES", "ENOSPC")


class Faults:
    """Fails the n-th call of one function of `os`, and counts all."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.name, self.at, self.error, self.calls = "", -1, "", 0
        self.patch = monkeypatch

    def fail(self, name: str, at: int, error: str) -> None:
        self.name, self.at, self.error, self.calls = name, at, error, 0
        whole: Callable[..., Any] = getattr(os, name)

        def faulty(*arguments: Any, **options: Any) -> Any:
            self.calls += 1
            if self.calls != self.at:
                return whole(*arguments, **options)
            if name == "close":
                # A failed close has closed all the same.
                whole(*arguments)
            raise OSError(getattr(errno, self.error), self.error)

        self.patch.setattr(os, name, faulty)
        if name == "write":
            self.patch.setattr(segments, "_write", faulty)
        if name == "fdatasync":
            self.patch.setattr(segments, "_sync_data", faulty)


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Iterator[Faults]:
    with monkeypatch.context() as patch:
        yield Faults(patch)


def train(root: Path) -> None:
    """Log something of every kind; only starting may raise."""
    try:
        run = runreport.start_run(root=root, code=False, durability="line", capture="none")
    except LogError:
        return
    runreport.log_metric("loss", 1, step=0)
    runreport.log_params({"lr": 0.1})
    runreport.log_text("text", "a.txt")
    runreport.note("a note")
    runreport.log_image([[0]], key="sample")
    runreport.log_metric("loss", 2, step=1)
    run.end()


@pytest.mark.parametrize(
    "name", ["open", "write", "fsync", "fdatasync", "close", "replace", "mkdir", "unlink"]
)
def test_no_failed_call_stops_the_program(
    tmp_path: Path,
    faults: Faults,
    name: str,
    caplog: pytest.LogCaptureFixture,
    still_open: Callable[[], list[str]],
) -> None:
    train(tmp_path / "warm")
    faults.fail(name, -1, "EIO")
    train(tmp_path / "clean")
    count = faults.calls
    silent = []
    for error in FAULTS:
        for at in range(1, count + 1):
            complain.forget()
            caplog.clear()
            faults.patch.undo()
            faults.fail(name, at, error)
            root = tmp_path / f"{error}-{at}"
            train(root)
            begun = any("ended" in path.read_text() for path in root.rglob("run*.jsonl"))
            warned = any(line.levelno == logging.WARNING for line in caplog.records)
            if begun and not warned:
                silent.append((error, at))

    assert count > 0
    assert silent == []
    assert still_open() == []
