"""Who runs what where: user, host, source, version, command; whatever cannot be known is left out.

Nothing here may fail a run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from runreport.tracking import git
from runreport.tracking.scrub import scrub_command
from runreport.tracking.state import USER_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BATCH_VARIABLES = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "SGE_TASK_ID")
"""Set by batch schedulers for the jobs that they start."""


def os_user() -> str:
    """Return the operating system's name for who runs this process; never fails.

    The account comes before the environment, which anyone can set. A container's user may have
    no account entry: then the environment, at last the number.
    """
    return _account() or _from_environment() or _number()


def _account() -> str:
    if sys.platform == "win32":
        return _windows_user()
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError, AttributeError):
        return ""


def _windows_user() -> str:
    import ctypes

    size = ctypes.c_ulong(257)
    buffer = ctypes.create_unicode_buffer(size.value)
    windll: Any = getattr(ctypes, "windll", None)
    if windll is None or not windll.advapi32.GetUserNameW(buffer, ctypes.byref(size)):
        return ""
    return buffer.value


def _from_environment() -> str:
    names = ("LOGNAME", "USER", "LNAME", "USERNAME")
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _number() -> str:
    return f"uid {os.getuid()}" if hasattr(os, "getuid") else ""


def user(given: str | None = None) -> str:
    """Return who the run belongs to: as given, else `RUNREPORT_USER`, else the system's user."""
    return str(given) if given else os.environ.get(USER_VARIABLE) or os_user()


def host() -> str:
    """Return this machine's name."""
    if hasattr(os, "uname"):
        return os.uname().nodename
    return os.environ.get("COMPUTERNAME", "")


def process_start(pid: int) -> float | None:
    """Return when a process of this machine began, in seconds since the epoch; None if unknown.

    One that is dead and only not yet waited for never began.
    """
    try:
        # The name before the last bracket may hold anything.
        words = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        if words[0] in {b"Z", b"X"}:
            return float("inf")
        (since,) = (
            line.split()[1]
            for line in Path("/proc/stat").read_bytes().splitlines()
            if line.startswith(b"btime ")
        )
        return int(since) + int(words[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def python_version() -> str:
    """Return the interpreter's version, as "3.11.7"."""
    return ".".join(str(number) for number in sys.version_info[:3])


def command() -> str:
    """Return the command line that started this process, without secrets."""
    arguments = list(sys.argv)
    # `python -m package` replaces the first argument by a path; this is what was typed.
    original = list(getattr(sys, "orig_argv", ()))
    return scrub_command(["python", *original[1:]] if original else arguments)


def main_script() -> Path | None:
    """Return the path of the script that runs, None in a notebook or at a prompt."""
    if notebook() is not None:
        return None
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    if not file:
        return None
    path = Path(file).absolute()
    return path if path.is_file() else None


def notebook() -> str | None:
    """Return the notebook's path or name, "" when it is unknown, None outside of one."""
    shell = _shell()
    if shell is None:
        return None
    file = shell.user_ns.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    return str(file)


def cells() -> list[str]:
    """Return the source of the notebook's cells that ran so far, in the order of their numbers."""
    shell = _shell()
    return [] if shell is None else [str(cell) for cell in shell.user_ns.get("In", ())[1:]]


def _shell() -> Any:
    """Return the kernel that runs this code, None outside of notebooks."""
    module = sys.modules.get("IPython")
    return module.get_ipython() if module is not None and "ipykernel" in sys.modules else None


def describe_source(given: str | dict[str, Any] | None, repository: Path | None) -> dict[str, Any]:
    """Return what ran: {name, kind, path, entry_point}; as given, else found out."""
    if isinstance(given, dict):
        return dict(given)
    found = _notebook_source() or _script_source(repository)
    if given:
        found["name"] = str(given)
    return found


def _notebook_source() -> dict[str, Any] | None:
    file = notebook()
    if file is None:
        return None
    name = Path(file).name or "notebook"
    return {"name": name, "kind": "notebook"}


def _script_source(repository: Path | None) -> dict[str, Any]:
    kind = "job" if any(os.environ.get(name) for name in _BATCH_VARIABLES) else "script"
    script = main_script()
    if script is None:
        return {"name": "python", "kind": kind}
    source: dict[str, Any] = {"name": script.name, "kind": kind}
    if repository is not None and script.is_relative_to(repository):
        source["path"] = script.relative_to(repository).as_posix()
    entry = getattr(getattr(sys.modules.get("__main__"), "__spec__", None), "name", None)
    if entry:
        # Started with `python -m`.
        source["entry_point"] = str(entry)
    return source


def find_repository() -> Path | None:
    """Return the repository of the running script, else of the current folder."""
    script = main_script()
    try:
        start = script.parent if script is not None else Path.cwd()
        return git.find_repository(start)
    except OSError:
        return None


def gather(
    *,
    user_name: str | None,
    source: str | dict[str, Any] | None,
    version: str | None,
    with_git: bool = True,
    with_command: bool = True,
) -> dict[str, Any]:
    """Return the run record's fields about who runs what where."""
    repository = find_repository()
    state = git.describe(repository) if repository is not None and with_git else {}
    found = {
        "user": user(user_name),
        "os_user": os_user(),
        "host": host(),
        "pid": os.getpid(),
        "source": describe_source(source, repository),
        "version": str(version) if version is not None else state.get("commit", ""),
        "git": state,
        "python": python_version(),
        "command": command() if with_command else "",
    }
    return {name: value for name, value in found.items() if value not in ("", {}, None)}
