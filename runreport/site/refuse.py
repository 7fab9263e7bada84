"""Which folders a site must not be written to: all that may hold something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from runreport.errors import OutputError
from runreport.site.manifest import MANIFEST, Entry, find_foreign, read_manifest

_CHOOSE = "choose another folder with -o"


def check_output(folder: Path, sources: Sequence[Path]) -> Mapping[str, Entry]:
    """Return the files of the site that ``folder`` holds, or raise when it must not be replaced.

    ``sources`` are the folders and files that the build reads.
    """
    if folder.is_symlink():
        raise OutputError(f"{folder}: is a symbolic link; name the folder itself with -o")
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder}: is not a folder; {_CHOOSE}")
    _check_place(folder, sources)
    if not folder.is_dir() or not any(folder.iterdir()):
        return {}
    return _check_content(folder)


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


def _check_content(folder: Path) -> Mapping[str, Entry]:
    if (folder / ".git").exists():
        raise OutputError(f"{folder}: is the root of a repository; name a folder in it with -o")
    files = read_manifest(folder)
    if files is None:
        raise OutputError(
            f"{folder}: is not empty and no site of runreport (it has no valid {MANIFEST}); "
            f"empty it, or {_CHOOSE}"
        )
    foreign = find_foreign(folder, files)
    if foreign:
        more = f" and {len(foreign) - 5} more" if len(foreign) > 5 else ""
        names = ", ".join(repr(each) for each in foreign[:5])
        raise OutputError(
            f"{folder}: holds files that runreport did not write ({names}{more}); "
            f"move them away, or {_CHOOSE}"
        )
    return files
