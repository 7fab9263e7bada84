"""Which folders a site must not be written to: all that may hold something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runreport.errors import OutputError
from runreport.site.facts import Facts, look
from runreport.site.manifest import MANIFEST, Entry, find_foreign, read_manifest

_CHOOSE = "choose another folder with -o"


@dataclass(frozen=True, slots=True)
class OldSite:
    """What a folder holds that a build may replace."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    facts: Facts | None = None
    """None when a file is missing."""
    is_intact: bool = False
    """Whether nobody touched a file since the build that wrote it."""


def check_place(folder: Path, sources: Sequence[Path]) -> None:
    """Raise when a site must not lie here; ``sources`` is what the build reads."""
    if folder.is_symlink():
        raise OutputError(f"{folder}: is a symbolic link; name the folder itself with -o")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is not a folder; {_CHOOSE}")
    _check_place(folder, sources)


def _check_place(folder: Path, sources: Sequence[Path]) -> None:
    real = folder.resolve()
    if real == Path(real.anchor):
        raise OutputError(f"{folder}: is the root of the file system; {_CHOOSE}")
    for name, kept in (("home", Path.home()), ("current", Path.cwd())):
        kept = kept.resolve()
        if real == kept or real in kept.parents:
            is_or_holds = "is" if real == kept else "holds"
            raise OutputError(f"{folder}: {is_or_holds} the {name} folder; {_CHOOSE}")
    for source in sources:
        kept = source.resolve()
        if real == kept:
            raise OutputError(f"{folder}: is itself read by the build; {_CHOOSE}")
        if real in kept.parents:
            raise OutputError(f"{folder}: holds {source}, which the build reads; {_CHOOSE}")
        if kept in real.parents:
            raise OutputError(f"{folder}: lies in {source}, which the build reads; {_CHOOSE}")


def check_content(folder: Path, state: str) -> OldSite:
    """Return the site that a folder holds, or raise when it holds something else.

    ``state`` is the site's as the last build left it, if that is known.
    """
    if not folder.is_dir() or not any(folder.iterdir()):
        return OldSite()
    if (folder / ".git").exists():
        raise OutputError(f"{folder}: is the root of a repository; name a folder in it with -o")
    files = read_manifest(folder)
    if files is None:
        raise OutputError(
            f"{folder}: is not empty and no site of runreport (it has no valid {MANIFEST}); "
            f"empty it, or {_CHOOSE}"
        )
    facts = look(folder, files)
    state_of_files, _, state_of_folders = state.partition(" ")
    # Where no folder was touched, nothing was put into one.
    if facts is None or facts.of_folders != state_of_folders:
        _check_foreign(folder, files)
    is_intact = facts is not None and facts.of_files == state_of_files
    return OldSite(files, facts, is_intact)


def _check_foreign(folder: Path, files: Mapping[str, Entry]) -> None:
    foreign = find_foreign(folder, files)
    if foreign:
        more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
        names = ", ".join(repr(each) for each in foreign[:5])
        raise OutputError(
            f"{folder}: holds files that runreport did not write ({names}{more}); "
            f"move them away, or {_CHOOSE}"
        )
