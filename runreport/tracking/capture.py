"""What a run keeps of where it ran: which parts are wanted, and the parts that cost something."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runreport.errors import LogError
from runreport.layout import CHANGES, CODE
from runreport.tracking import context, git, keep
from runreport.tracking.complain import complain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from runreport.tracking.run import Run

VARIABLE = "RUNREPORT_CAPTURE"
"""Environment variable: what is wanted, as "diff,-packages"."""

PARTS = ("code", "command", "diff", "git", "hardware", "packages")
UNLESS_SAID = frozenset(PARTS) - {"diff"}

REQUIREMENTS = f"{CODE}/requirements.txt"
DIFF_LIMIT = 1 << 20
"""Characters of a diff that are kept."""

_GPU_FOLDER = Path("/proc/driver/nvidia/gpus")


def choose(given: str | Iterable[str] | None) -> frozenset[str]:
    """Return the parts to keep: what is usual, changed by the environment, then by the call.

    A name adds a part, "-name" takes one away; "none" takes away all, "all" adds all.
    """
    wanted = set(UNLESS_SAID)
    for place, words in ((VARIABLE, os.environ.get(VARIABLE)), ("capture", given)):
        for word in _words(words):
            _apply(wanted, word, place)
    return frozenset(wanted)


def _words(given: str | Iterable[str] | None) -> list[str]:
    if given is None:
        return []
    return given.replace(",", " ").split() if isinstance(given, str) else list(given)


def _apply(wanted: set[str], word: str, place: str) -> None:
    if word in {"all", "none"}:
        wanted.clear()
        wanted.update(PARTS if word == "all" else ())
        return
    name = word.removeprefix("-")
    if name not in PARTS:
        choices = ", ".join((*PARTS, "all", "none"))
        raise LogError(f"{place}: no part {word!r}; choose from {choices}, or '-' and one of them")
    if word == name:
        wanted.add(name)
    else:
        wanted.discard(name)


def start(run: Run, parts: frozenset[str]) -> None:
    """Keep what belongs to a run's start, and arrange for what is kept at its end."""
    if "code" in parts:
        keep.keep_script(run)
    if "diff" in parts:
        keep_diff(run)
    if "packages" in parts:
        run.at_end.append(lambda: keep_packages(run))
    if "hardware" in parts and not gpus():
        run.at_end.append(lambda: ask_for_gpus(run))


def keep_diff(run: Run) -> None:
    """Keep what the working tree has that the commit has not; a site shows it only when told to."""
    repository = context.find_repository()
    changes = git.diff(repository) if repository is not None else None
    if not changes:
        return
    if len(changes) > DIFF_LIMIT:
        total = len(changes)
        changes = f"{changes[:DIFF_LIMIT]}\n# {DIFF_LIMIT:,} of {total:,} characters\n"
    try:
        keep.keep_text(run, CHANGES, changes)
    except LogError as error:
        complain(str(error))


def keep_packages(run: Run) -> None:
    """Keep a requirements file of all that is installed, for `pip install -r`."""
    from runreport.tracking.packages import requirements

    keep.keep_text(run, REQUIREMENTS, requirements(tuple(sys.path)))


def hardware() -> dict[str, Any]:
    """Return the machine's processors, memory and GPUs, as far as a look into files tells them."""
    found = {
        "cpu": _processor(),
        "cpus": _processors(),
        "memory_mb": _memory(),
        "gpus": gpus(),
    }
    return {name: value for name, value in found.items() if value}


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 0


def _processor() -> str:
    """Return the processor's name where a file tells it."""
    try:
        with Path("/proc/cpuinfo").open("rb") as file:
            head = file.read(4096).decode("utf-8", "replace")
    except OSError:
        return ""
    return _value(head, "model name")


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1_000_000
    except (AttributeError, OSError, ValueError):
        return 0


def gpus() -> list[str]:
    """Return the names of NVIDIA's GPUs where the driver tells them in files."""
    try:
        files = sorted(_GPU_FOLDER.glob("*/information"))
        names = [_value(file.read_text("utf-8", "replace"), "Model") for file in files]
    except OSError:
        return []
    return [name for name in names if name]


def _value(text: str, key: str) -> str:
    """Return what the first line "key : value" says."""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def ask_for_gpus(run: Run) -> None:
    """Record the GPUs' names where only a program tells them; at the end, as it takes a while."""
    import shutil
    import subprocess

    program = shutil.which("nvidia-smi")
    if program is None:
        return
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=5.0, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return
    names = [line.strip() for line in done.stdout.decode("utf-8", "replace").splitlines()]
    if any(names):
        run.write({"hardware": {"gpus": [name for name in names if name]}})
