"""What a build says while it works: a bar on a terminal, a line every tenth otherwise."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID


class Reporter(Protocol):
    """Is told how far each stage of a build is."""

    def begin(self, stage: str, total: int) -> None:
        """Begin a stage of so many steps."""

    def advance(self) -> None:
        """Count one step of the stage."""

    def end(self) -> None:
        """End the last stage, whether it is complete or not."""


class Quiet:
    """Says nothing."""

    def begin(self, stage: str, total: int) -> None:
        """Say nothing."""

    def advance(self) -> None:
        """Say nothing."""

    def end(self) -> None:
        """Say nothing."""


class Lines:
    """Writes a plain line with the rate at every tenth of a stage, and one for a short stage."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._stage = ""
        self._total = 0
        self._done = 0
        self._began = 0.0

    def begin(self, stage: str, total: int) -> None:
        """Begin a stage; the first line comes with its first tenth."""
        self._stage, self._total, self._done = stage, total, 0
        self._began = self._clock()

    def advance(self) -> None:
        """Count one step, and write a line when it completes a tenth."""
        before, self._done = self._done, self._done + 1
        parts = 10 if self._total >= 10 else 1
        if self._done * parts // self._total > before * parts // self._total:
            percent = self._done * 100 // self._total
            rate = _rate(self._done, self._clock() - self._began)
            done = f"{self._done:,} of {self._total:,}"
            self._stream.write(f"{self._stage} {done} ({percent} %, {rate})\n")
            self._stream.flush()

    def end(self) -> None:
        """Write nothing: a stage that ends early is told by its error."""


def _rate(done: int, seconds: float) -> str:
    speed = done / max(seconds, 1e-3)
    return f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s"


class Bar:
    """Draws a bar that is gone afterwards."""

    _EACH: Final = 200
    """Redraws a stage, at most: no thread of its own draws, since worker processes are forked."""

    def __init__(self, stream: TextIO) -> None:
        # Only a terminal needs it: neither the processes that render pages nor a log do.
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(file=stream),
            auto_refresh=False,
            transient=True,
        )
        self._task: TaskID | None = None
        self._step = 1
        self._done = 0
        self._began = 0.0

    def begin(self, stage: str, total: int) -> None:
        """Replace the bar of the stage before."""
        if self._task is None:
            self._progress.start()
        else:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(stage, total=total, rate="")
        self._began = time.monotonic()
        self._step, self._done = max(1, total // self._EACH), 0
        self._progress.refresh()

    def advance(self) -> None:
        """Count one step."""
        self._done += 1
        if self._task is not None and self._done % self._step == 0:
            rate = _rate(self._done, time.monotonic() - self._began)
            self._progress.update(self._task, completed=self._done, rate=rate, refresh=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._task is not None:
            self._progress.stop()
            self._task = None


def make_reporter(*, quiet: bool = False, stream: TextIO | None = None) -> Reporter:
    """Return the reporter that fits the stream, by default standard error."""
    stream = stream or sys.stderr
    if quiet:
        return Quiet()
    return Bar(stream) if stream.isatty() else Lines(stream)
