"""Keep a copy of what a run prints, with its colors; of a progress bar the last state of a line."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from threading import RLock

from runreport.layout import CONSOLE
from runreport.tracking.complain import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from runreport.tracking.run import Run

LIMIT = 64 << 20
"""Bytes of output that one process keeps."""
LONGEST_LINE = 1 << 20
"""Characters of a line that are held back while it may still change."""


def start(run: Run) -> None:
    """Copy what is printed from here to the run's end into the console log."""
    log = Log(run.folder / CONSOLE, resumed=run.role == "resumed")
    copies = [Copy(sys.stdout, log), Copy(sys.stderr, log)]
    sys.stdout, sys.stderr = copies

    def stop() -> None:
        # Somebody else may have put their own stream around ours: then it stays.
        if sys.stdout is copies[0]:
            sys.stdout = copies[0].stream
        if sys.stderr is copies[1]:
            sys.stderr = copies[1].stream
        for copy in copies:
            copy.finish()
        log.close()

    run.at_end.append(stop)


class Log:
    """The console log: whole lines, each in one write; a failure ends it and nothing else."""

    def __init__(self, path: Path, *, resumed: bool) -> None:
        self._path = path
        self._left = LIMIT
        self._fd = -1
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._fd = os.open(path, flags, 0o666)
        except OSError as error:
            self._give_up(error)
        if resumed:
            self.write("--- resumed ---\n")

    def write(self, text: str) -> None:
        """Append text."""
        if self._fd < 0:
            return
        data = text.encode("utf-8", "replace")
        self._left -= len(data)
        if self._left < 0:
            data = f"--- the first {LIMIT >> 20} MiB of this process's output ---\n".encode()
        try:
            os.write(self._fd, data)
        except OSError as error:
            self._give_up(error)
        if self._left < 0:
            self.close()

    def close(self) -> None:
        """Take no more text."""
        if self._fd >= 0:
            fd, self._fd = self._fd, -1
            os.close(fd)

    def _give_up(self, error: OSError) -> None:
        self.close()
        complain(f"{self._path}: printed output is no longer kept ({error.strerror})")


class Copy:
    """A text stream that passes all on, and hands whole lines to the log."""

    def __init__(self, stream: Any, log: Log) -> None:
        self.stream = stream
        self._log = log
        self._line = ""
        self._pid = os.getpid()
        self._lock = RLock()

    def write(self, text: str) -> int:
        """Print text, and keep the lines that it ends."""
        written: int = self.stream.write(text)
        if os.getpid() != self._pid:
            # What the parent has not ended is the parent's; its lock may be held for ever.
            self._pid, self._line, self._lock = os.getpid(), "", RLock()
        with self._lock:
            *ended, self._line = (self._line + text).split("\n")
            if ended:
                self._log.write("".join(f"{shown(line)}\n" for line in ended))
            if len(self._line) > LONGEST_LINE:
                self._log.write(shown(self._line))
                self._line = ""
        return written

    def writelines(self, lines: Any) -> None:
        """Print several texts."""
        for line in lines:
            self.write(line)

    def finish(self) -> None:
        """Keep the last line, which has no end."""
        with self._lock:
            if self._line and os.getpid() == self._pid:
                self._log.write(f"{shown(self._line)}\n")
            self._line = ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def __iter__(self) -> Any:
        return iter(self.stream)


def shown(line: str) -> str:
    """Return what stands on a terminal at the end of a line: carriage returns overwrite."""
    return line.rstrip("\r").rpartition("\r")[2]
