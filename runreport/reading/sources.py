"""Find the runs that sources hold, and read one of them without ever failing for its content."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runreport.errors import ConfigError, ReadError
from runreport.layout import NOTES
from runreport.readers import Reader, find_in, read_with, readers
from runreport.reading.attachments import read_notes
from runreport.reading.folders import Folder
from runreport.reading.kept import Kept
from runreport.reading.listing import Tree
from runreport.reading.seen import Seen
from runreport.records import Finding, History, RunRecord


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run that was found and not yet read."""

    reader: str
    path: str
    """The folder's. Making path objects of ten thousand texts takes as long as finding them."""
    root: Path
    """The source it was found under."""
    label: str
    """For messages and patterns: "<experiment path>/<folder>"."""

    @property
    def folder(self) -> Path:
        """The folder."""
        return Path(self.path)

    @property
    def depth(self) -> int:
        """How many folders lie between the root and what is in the run's folder."""
        above = len(os.path.join(self.root, ""))  # noqa: PTH118 - where what lies below begins
        return self.path.count(os.sep, above) + 1


def find_runs(
    sources: Sequence[Path],
    *,
    reader: str | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    tree_of: Callable[[Path], Tree | None] = lambda _: None,
) -> tuple[list[RunFolder], list[Finding]]:
    """Return the runs at or below the sources, sorted by label, and what was passed over.

    A source is a root of runs or a run folder itself. A folder reached twice counts once.
    ``tree_of`` returns what lies below an absolute path, where that has been listed.

    Raises:
        ConfigError: a source does not exist or holds no run, or the patterns leave none.
    """
    chosen = _choose(reader)
    found: dict[object, RunFolder] = {}
    findings: list[Finding] = []
    for source in sources:
        runs = list(_search(Path(source), chosen, findings, tree_of))
        if not runs:
            raise ConfigError(
                f"{str(source)!r}: no run folders in it; "
                "a run folder holds run.jsonl or metrics.jsonl"
            )
        for run in runs:
            # Below one source no folder has two paths, as links are not followed.
            identity = _identity(run.path) if len(sources) > 1 else run.label
            known = found.setdefault(identity, run)
            if known.reader != run.reader:
                raise ConfigError(
                    f"{run.label}: both {known.reader!r} and {run.reader!r} can read it; "
                    "choose one with --reader"
                )
    kept = [run for run in found.values() if _is_wanted(run.label, include, exclude)]
    if not kept:
        raise ConfigError(
            f"{len(found):,} runs found, and none is left by "
            f"--include {list(include)} --exclude {list(exclude)}; "
            "patterns match '<experiment>/<run>', as 'iris/*'"
        )
    return sorted(kept, key=lambda run: (run.label, run.path)), findings


def read(found: RunFolder, kept: Kept | None = None, seen: Seen | None = None) -> RunRecord:
    """Read a run; one that cannot be read becomes a record with an error finding.

    ``kept`` is what earlier readings kept of it, for a reader that can go on from there, and
    ``seen`` is what it tells of the files it parses.
    """
    try:
        return read_with(readers()[found.reader], found.folder, found.root, kept, seen)
    except (ReadError, OSError) as error:
        text = str(error) if isinstance(error, ReadError) else error.strerror or str(error)
        return unreadable(found, text)


def read_histories(
    found: RunFolder, kept: Kept | None = None
) -> tuple[tuple[History, ...], tuple[Finding, ...]]:
    """Read a run's histories alone where its reader can do that; ``kept`` is as for `read`.

    Returns them as `read` would, and what was odd about what was read.
    """
    read_alone = getattr(readers()[found.reader], "read_histories", None)
    if read_alone is not None:
        # What cannot be read is told as a reading of the whole run tells it.
        with suppress(ReadError, OSError):
            histories, findings = read_alone(found.folder, found.root, kept)
            return histories, findings
    record = read(found, kept)
    return record.histories, record.findings


def unreadable(found: RunFolder, why: str) -> RunRecord:
    """Return what stands for a run that cannot be read."""
    return RunRecord(
        run_id=found.folder.name,
        name=found.folder.name,
        experiment=found.label.rpartition("/")[0],
        folder=found.folder,
        reader=found.reader,
        findings=(Finding("error", found.label, f"cannot be read: {why}"),),
    )


def experiment_notes(found: Sequence[RunFolder]) -> tuple[dict[str, str], list[Finding]]:
    """Return the README.md text of each experiment's folder, by the experiment's name.

    Beside them is what of them could not be read.
    """
    notes: dict[str, str] = {}
    findings: list[Finding] = []
    # Texts are told apart ten times faster than paths.
    parents = dict.fromkeys((os.path.dirname(run.path), run.root) for run in found)  # noqa: PTH120
    for folder, root in ((Path(parent), root) for parent, root in parents):
        name = "/".join(folder.relative_to(root).parts) or root.name
        try:
            with Folder(root) as outside, outside.walk_to(folder.relative_to(root).parts) as inside:
                text, why = read_notes(inside, NOTES)
                notes.setdefault(name, text)
        except FileNotFoundError:
            continue
        except (OSError, ReadError) as error:
            why = f"cannot be read: {getattr(error, 'strerror', None) or error}"
        if why:
            findings.append(Finding("warning", f"{name}/{NOTES}", why))
    return notes, findings


def _choose(name: str | None) -> dict[str, Reader]:
    known = readers()
    if name is None:
        return known
    if name not in known:
        raise ConfigError(f"--reader: no reader named {name!r}; choose from {', '.join(known)}")
    return {name: known[name]}


def _search(
    source: Path,
    chosen: dict[str, Reader],
    findings: list[Finding],
    tree_of: Callable[[Path], Tree | None],
) -> Iterator[RunFolder]:
    start = _start(source)
    # The folder that a single run lies in is its experiment, as it is for every other run.
    is_run = any(_is_run(module, start, tree_of(start)) for module in chosen.values())
    start = start.resolve() if is_run else start
    root = start.parent if is_run else start
    above = len(os.path.join(root, ""))  # noqa: PTH118 - where what lies below begins
    for name, module in chosen.items():
        for item in find_in(module, start, tree_of(start)):
            if isinstance(item, Finding):
                findings.append(item)
                continue
            path = os.fspath(item)
            below = path[above:].replace(os.sep, "/")
            label = below if "/" in below else "/".join(filter(None, (root.name, below)))
            yield RunFolder(name, path, root, label)


def _start(source: Path) -> Path:
    if not source.exists():
        raise ConfigError(
            f"{str(source)!r}: no such folder; give the folder that your runs were written to"
        )
    if not source.is_dir():
        raise ConfigError(f"{str(source)!r}: not a folder; give the folder that it lies in")
    # Not resolved, as experiments are named like the folder that the user gave.
    return Path(os.path.abspath(source))  # noqa: PTH100


def _is_run(module: Reader, start: Path, tree: Tree | None) -> bool:
    """Return whether the first run below a folder is the folder itself."""
    found = find_in(module, start, tree)
    first = next((item for item in found if not isinstance(item, Finding)), "")
    return os.fspath(first) == os.fspath(start)


def _identity(path: str) -> tuple[int, int]:
    found = os.stat(path)  # noqa: PTH116
    return found.st_dev, found.st_ino


def _is_wanted(label: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    if include and not any(fnmatch.fnmatchcase(label, pattern) for pattern in include):
        return False
    return not any(fnmatch.fnmatchcase(label, pattern) for pattern in exclude)
