"""Run a command and say what it used: time, processor and memory of all its processes."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil  # type: ignore[import-untyped, unused-ignore]

from runreport import __version__

EVERY = 0.2
"""Seconds between two looks at the memory, which cost time of their own."""

_CHILD_SUBREAPER = 36
"""Of Linux' prctl: processes whose parent has ended become ours, and their times too."""


@dataclass(frozen=True)
class Used:
    """What a command used; memory in bytes."""

    seconds: float
    cpu: float
    largest: int
    """Of one process, at its peak."""
    together: int
    """Of all processes, what they share counted once."""
    output: str
    errors: str


def run(command: Sequence[str | Path]) -> Used:
    """Run a command to its end, which must be a good one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_CHILD_SUBREAPER, 1, 0, 0, 0)
    began, busy = time.perf_counter(), cpu_seconds(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment()
    )
    watch = Memory(process.pid)
    watch.start()
    output, errors = process.communicate()
    seconds = time.perf_counter() - began
    watch.end()
    _reap()
    if process.returncode:
        sys.exit(f"{command}: exit code {process.returncode}\n{errors[-2000:]}")
    cpu = cpu_seconds(resource.RUSAGE_CHILDREN) - busy
    return Used(seconds, cpu, watch.largest, watch.together, output, errors)


@cache
def _environment() -> dict[str, str]:
    """Return an environment in which modules are compiled once, as those of a package are."""
    compiled = {"PYTHONPYCACHEPREFIX": tempfile.mkdtemp(prefix="runreport-bench-compiled-")}
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **compiled}


class Memory(threading.Thread):
    """Looks at a process and all below it until told to end."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.largest = self.together = 0
        self._root = psutil.Process(pid)
        self._ended = threading.Event()

    def run(self) -> None:
        """Look, and look again."""
        while not self._ended.wait(EVERY):
            try:
                below = self._root.children(recursive=True)
            except psutil.Error:
                continue
            sizes = [_sizes(each) for each in (self._root, *below)]
            self.largest = max(self.largest, *(resident for resident, _ in sizes))
            self.together = max(self.together, sum(share for _, share in sizes))

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


def _sizes(process: psutil.Process) -> tuple[int, int]:
    """Return the resident bytes of a process, and its share of them."""
    try:
        used = process.memory_full_info()
    except psutil.Error:
        return 0, 0
    return used.rss, getattr(used, "pss", used.rss)


def _reap() -> None:
    """Wait for the processes that the command has left, for their times."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def cpu_seconds(*kinds: int) -> float:
    """Return the processor time of this process and of those it waited for, or of some of them."""
    kinds = kinds or (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, kinds))


def size_of(folder: Path, pattern: str = "*") -> int:
    """Return the bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file())


def machine() -> str:
    """Return where and when this is measured."""
    return (
        f"{platform.system()} {platform.machine()}, {_processor()}{os.cpu_count()} processors, "
        f"{psutil.virtual_memory().total / 2**30:.0f} GiB, Python {platform.python_version()}, "
        f"runreport {__version__}, {time.strftime('%Y-%m-%d', time.gmtime())}, "
        f"load {os.getloadavg()[0]:.1f} at the end"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0]}, " if names else ""


def row(*cells: object) -> str:
    """Return a line of a Markdown table."""
    return f"| {' | '.join(map(str, cells))} |"
