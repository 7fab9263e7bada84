"""Open a run: make a folder, join a run that another process opened, or resume one."""

from __future__ import annotations

import os
from pathlib import Path
from time import time

from runreport.errors import LogError
from runreport.layout import FORMAT
from runreport.tracking import capture, context, endings, naming, state, stored
from runreport.tracking.lines import check_name, field
from runreport.tracking.run import Run
from runreport.tracking.segments import DURABILITIES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


_CLOCK_STEPS = 10.0
"""Seconds by which a clock may have been set since the machine started."""


class Wish:
    """What a call of `start_run` asks for."""

    run_id: str | None = None
    name: str | None = None
    experiment: str | None = None
    root: str | os.PathLike[str] | None = None
    nested: bool = False
    parent: str = ""
    user: str | None = None
    source: str | dict[str, Any] | None = None
    version: str | None = None
    strict: bool = False
    durability: str = "auto"
    parts: frozenset[str] = frozenset()

    def __init__(self, **wishes: Any) -> None:
        self.__dict__.update(wishes)


def open_run(wish: Wish) -> Run:
    """Open the run that is wished for and make it the active one."""
    check_durability(wish.durability)
    endings.watch()
    run = _resume_by_id(wish) if wish.run_id else _join_or_create(wish)
    state.push(run)
    return run


def make_run(wish: Wish) -> Run:
    """Make a run without making it the active one."""
    check_durability(wish.durability)
    return _create(wish)


def _join_or_create(wish: Wish) -> Run:
    """Join the parent process's run unless the wish is for another one; else make a run."""
    outer = state.innermost()
    if outer is not None and not outer.inherited:
        if not wish.nested:
            raise LogError(
                f"start_run: the run {outer.run_id!r} is still open; "
                "end it with end_run(), or give nested=True for a run below it"
            )
        return _create_below(wish, outer)
    if state.settings.inherited:
        folder = Path(state.settings.inherited)
        if not stored.is_run(folder):
            return _create_at(wish, folder)
        fields = stored.read_fields(folder)
        if not _wants_another(wish, fields):
            return _join(wish, folder, fields)
        parent = Run(folder.absolute(), "joined", fields=fields)
        # This process has set an experiment after that run was opened.
        parent.default_experiment = "" if state.settings.experiment else parent.default_experiment
        return _create_below(wish, parent)
    outer = state.outer()
    if outer is not None and (wish.nested or wish.parent == outer.run_id):
        return _create_below(wish, outer)
    return _create(wish)


def _create_below(wish: Wish, outer: Run) -> Run:
    """Make a run below another one, and beside it: in its root, whatever the current folder is."""
    wish.parent = wish.parent or outer.run_id
    wish.root = wish.root or outer.root
    if state.experiment() == outer.default_experiment:
        # No other one was set meanwhile.
        wish.experiment = wish.experiment or outer.experiment
    return _create(wish)


def _wants_another(wish: Wish, fields: Mapping[str, Any]) -> bool:
    """Tell whether a wish is for a run of its own and not for the parent process's one."""
    if wish.nested or wish.parent:
        return True
    asked = ((wish.name, fields.get("name")), (wish.experiment, fields.get("experiment")))
    return any(given and known and given != known for given, known in asked)


def _join(wish: Wish, folder: Path, fields: Mapping[str, Any]) -> Run:
    """Open a run of another process as a further writer, or as the next launch once it ended."""
    if is_over(fields):
        return _resume(wish, folder, fields)
    return Run(folder, "joined", fields=fields, strict=wish.strict, durability=wish.durability)


def is_over(fields: Mapping[str, Any]) -> bool:
    """Tell whether a run has ended, or its process on this machine is gone."""
    status = fields.get("status")
    if status != "running":
        return status is not None
    same_host = fields.get("host") == context.host()
    return same_host and isinstance(fields.get("pid"), int) and not _is_going_on(fields)


def _is_going_on(fields: Mapping[str, Any]) -> bool:
    """Tell whether a run's process works on this machine at this moment."""
    pid, started = fields.get("pid"), fields.get("started")
    if fields.get("status") != "running" or fields.get("host") != context.host():
        return False
    if not isinstance(pid, int) or pid == os.getpid() or not is_alive(pid):
        return False
    # Numbers of processes are used again, in containers at each start.
    born = context.process_start(pid)
    return born is None or not isinstance(started, (int, float)) or born < started + _CLOCK_STEPS


def is_alive(pid: int) -> bool:
    """Tell whether a process of this machine lives; True where that cannot be known."""
    if os.name != "posix":
        # There, signal 0 is a real one.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


def _resume_by_id(wish: Wish) -> Run:
    """Open an existing run again, as a further launch of it."""
    run_id = str(wish.run_id)
    if state.find_open(run_id) is not None:
        raise LogError(f"start_run: the run {run_id!r} is open already; end it first")
    outer = state.innermost()
    if outer is not None and not outer.inherited and not wish.nested:
        raise LogError(
            f"start_run: the run {outer.run_id!r} is still open; end it, or give nested=True"
        )
    folder = _find_to_resume(wish, run_id).absolute()
    fields = stored.read_fields(folder)
    if _is_going_on(fields):
        # A worker that was told the id: the process that started the run ends it.
        return Run(folder, "joined", fields=fields, strict=wish.strict, durability=wish.durability)
    return _resume(wish, folder, fields)


def _find_to_resume(wish: Wish, run_id: str) -> Path:
    """Return a run's folder: the parent process's run, else one below the runs root."""
    inherited = Path(state.settings.inherited)
    its_id = stored.read_fields(inherited).get("run_id") or inherited.name
    if state.settings.inherited and not wish.root and its_id == run_id:
        return inherited
    root = Path(wish.root or state.root())
    folder = stored.find_by_id(run_id, root)
    if folder is None:
        raise LogError(f"start_run: no run {run_id!r} below {str(root)!r}; check id and root")
    return folder


def _resume(wish: Wish, folder: Path, fields: Mapping[str, Any]) -> Run:
    """Open an ended run again and record the new launch."""
    found = _gather(wish)
    merged = {**fields, "user": found.get("user", "")}
    run = Run(folder, "resumed", fields=merged, strict=wish.strict, durability=wish.durability)
    launch = {name: value for name, value in found.items() if fields.get(name) != value}
    if not wish.user and fields.get("user"):
        # Whose run it is does not change with who resumes it; `by` tells that.
        launch.pop("user", None)
    if wish.name and wish.name != run.name:
        run.name = launch["name"] = wish.name
    run.write({"status": "running", "ended": None, "error": None, **launch})
    return run


def _gather(wish: Wish) -> dict[str, Any]:
    """Return the record's fields about who runs what where, without what is not wanted."""
    found = context.gather(
        user_name=wish.user,
        source=wish.source,
        version=wish.version,
        with_git="git" in wish.parts,
        with_command="command" in wish.parts,
    )
    return {**found, "hardware": capture.hardware()} if "hardware" in wish.parts else found


def _create(wish: Wish) -> Run:
    """Make a run in a folder of its own below the runs root."""
    experiment = (wish.experiment or state.experiment()).strip().strip("/")
    root = Path(wish.root or state.root()).absolute()
    parent = root.joinpath(*naming.experiment_parts(experiment))
    now = time()
    # The words of a given name are in the folder's, so that people find it again.
    name = wish.name or naming.two_words()
    words = naming.words_of(name) or naming.two_words()
    try:
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            folder = parent / naming.make_run_id(now, words)
            try:
                folder.mkdir()
                break
            except FileExistsError:
                continue
    except OSError as error:
        raise LogError(
            f"{parent}: a run folder cannot be made here ({error.strerror}); give another root"
        ) from error
    return _begin(wish, folder, name=name, experiment=experiment, now=now)


def _create_at(wish: Wish, folder: Path) -> Run:
    """Make the run that all processes with the same `RUNREPORT_RUN` share, or join it."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LogError(
            f"{folder}: the run folder cannot be made ({error.strerror}); "
            f"set {state.RUN_VARIABLE} to another"
        ) from error
    experiment = wish.experiment or folder.parent.name
    return _begin(wish, folder, name=wish.name or folder.name, experiment=experiment, now=time())


def _begin(wish: Wish, folder: Path, *, name: str, experiment: str, now: float) -> Run:
    """Write the first line of a new run's record."""
    found = _gather(wish)
    fields: dict[str, Any] = {
        "run_id": folder.name,
        "name": field(name),
        "experiment": field(experiment),
        "status": "running",
        "started": now,
        **({"parent": wish.parent} if wish.parent else {}),
        **found,
    }
    run = Run(folder, "first", fields=fields, strict=wish.strict, durability=wish.durability)
    if run.begin({"format": FORMAT, **fields}):
        return run
    # Another process with the same `RUNREPORT_RUN` was faster.
    fields = stored.read_fields(folder)
    return Run(folder, "joined", fields=fields, strict=wish.strict, durability=wish.durability)


def check_durability(durability: str) -> None:
    """Raise for a durability that there is not."""
    if durability not in DURABILITIES:
        raise LogError(f"durability {durability!r}: choose one of {', '.join(DURABILITIES)}")


def check_fields(values: Mapping[str, Any] | None, what: str) -> dict[str, Any]:
    """Return params or tags as they are written; raises before there is a run to leave behind."""
    return {check_name(key, what): field(value) for key, value in (values or {}).items()}
