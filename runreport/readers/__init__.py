"""The formats that can be read: one module each, here or in another package.

A reader is a module with two functions, `Reader`. One in this folder is found by its name; another
package names its own in the entry-point group ``runreport.readers``.

A module that says ``FOLDER_ALONE = True`` promises that what it reads depends on its code, on the
files in a run's folder and on the folder's place below the source, and on nothing else: an
unchanged run is then not read again. The runs of other readers are read by every build.

A module may also have ``find_listed(root, tree)``, which yields what ``find_runs(root)`` does, or
the texts of its paths, from a `runreport.reading.listing.Tree` instead of the disk: a build has
listed its sources already; and ``read_histories(folder, root, kept)``, which returns the histories
that ``read_run`` gives, and the findings about them, without reading the rest of the run.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

from runreport.errors import ConfigError
from runreport.reading.installed import entry_points_of
from runreport.reading.listing import Tree
from runreport.records import Finding, RunRecord

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from runreport.reading.kept import Kept
    from runreport.reading.seen import Seen

GROUP: Final = "runreport.readers"
"""The entry-point group of readers that other packages bring."""


class Reader(Protocol):
    """What a reader's module offers; its docstring's first line tells people what it reads."""

    def find_runs(self, root: Path) -> Iterator[Path | Finding]:
        """Yield the run folders at or below ``root``, sorted; a finding for what is passed over."""

    def read_run(self, folder: Path, root: Path) -> RunRecord:
        """Read one of them; the experiment is its path below ``root`` if nothing else says so.

        Raises:
            ReadError: it cannot be read as this format.
        """


class Resuming(Reader, Protocol):
    """A reader that can go on where an earlier build's reading ended."""

    def read_grown_run(
        self, folder: Path, root: Path, kept: Kept | None, seen: Seen | None
    ) -> RunRecord:
        """Do as `read_run`, with the columns that were kept of the run, and keep more.

        What ``seen`` has listed is there; it is given the hashes of what is parsed.
        """


@cache
def readers() -> dict[str, Reader]:
    """Return all readers by name: those of this package, then those of others, each sorted."""
    own = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found = {name: cast(Reader, importlib.import_module(f"{__name__}.{name}")) for name in own}
    for point in _points():
        if point.name in found:
            raise ConfigError(
                f"{_package(point.name)}: a second reader is named {point.name!r}; "
                "uninstall one of the two"
            )
        found[point.name] = point.load()
    return found


def find_in(reader: Reader, root: Path, tree: Tree | None) -> Iterator[Path | str | Finding]:
    """Return what a reader finds at or below a folder; ``tree`` is what lies there, if known."""
    find_listed = getattr(reader, "find_listed", None)
    if tree is None or find_listed is None:
        return reader.find_runs(root)
    found: Iterator[Path | str | Finding] = find_listed(root, tree)
    return found


def read_with(
    reader: Reader, folder: Path, root: Path, kept: Kept | None, seen: Seen | None
) -> RunRecord:
    """Read a run; ``kept`` and ``seen`` are for a reader that is `Resuming`."""
    # Asking `isinstance` for a protocol takes as long as opening a run's files.
    if (kept is None and seen is None) or not hasattr(reader, "read_grown_run"):
        return reader.read_run(folder, root)
    return cast(Resuming, reader).read_grown_run(folder, root, kept, seen)


def reads_folder_alone(name: str) -> bool:
    """Return whether a reader promises that a run is what its folder holds, and no more."""
    return getattr(readers()[name], "FOLDER_ALONE", False) is True


def origins() -> dict[str, tuple[str, str]]:
    """Return, for each reader's name, what it reads and the package that brings it."""
    found = {}
    for name, reader in readers().items():
        text = (reader.__doc__ or "").strip().partition("\n")[0]
        found[name] = text, _package(name)
    return found


def _points() -> list[EntryPoint]:
    """Return what other packages name as readers, sorted by name."""
    if not entry_points_of(GROUP):
        return []
    # Loaded where there is one: it takes longer than finding a thousand runs.
    from importlib.metadata import entry_points

    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _package(name: str) -> str:
    for point in _points():
        if point.name == name:
            return point.dist.name if point.dist else point.value.partition(".")[0]
    return "runreport"
