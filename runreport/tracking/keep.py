"""Write the files of a run: copies, texts, the script that runs, notes.

A call that makes no sense raises; a disk that refuses warns, and the program goes on.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

from runreport.errors import LogError
from runreport.layout import ARTIFACTS, CODE, NOTES
from runreport.tracking import context
from runreport.tracking.complain import complain
from runreport.tracking.naming import artifact_parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from runreport.tracking.run import Run

CODE_LIMIT = 1 << 20
"""Bytes of a script that is kept on its own; a longer one is no script."""

_LONG_SUFFIX = 40


@contextmanager
def forgiving(folder: Path, what: str, *, strict: bool) -> Iterator[None]:
    """Turn an I/O error of a file into a warning; under ``strict`` into a `LogError`."""
    try:
        yield
    except OSError as error:
        message = f"{folder}: {what} could not be kept ({error.strerror or error})"
        if strict:
            raise LogError(message) from error
        complain(message, once=f"{folder} {what}")


def write_file(run: Run, artifact_file: str, write: Callable[[Path], object]) -> None:
    """Make an artifact whole or not at all: `write` fills a file that is then renamed."""
    parts = artifact_parts(artifact_file)
    if not parts:
        raise LogError(f"artifact path {artifact_file!r}: is no file name; give one, as 'a.txt'")
    with forgiving(run.folder, f"{ARTIFACTS}/{'/'.join(parts)}", strict=run.strict):
        replace(run.folder, run.artifacts.joinpath(*parts), write)


def replace(folder: Path, path: Path, write: Callable[[Path], object]) -> None:
    """Fill a new file of a run's folder and rename it to `path`.

    Until then it is a hidden file, and not among the artifacts: what a killed
    process leaves of it is nobody's artifact.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # The name keeps the suffix, by which image libraries choose the format.
    suffix = path.suffix if len(path.suffix) < _LONG_SUFFIX else ""
    draft = folder / f".{os.urandom(4).hex()}{suffix}"
    beside = path.with_name(draft.name)
    try:
        write(draft)
        try:
            draft.replace(path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # The folder of the artifacts is a link to another disk.
            shutil.copyfile(draft, beside)
            beside.replace(path)
    finally:
        draft.unlink(missing_ok=True)
        beside.unlink(missing_ok=True)


def keep_path(run: Run, local_path: str | os.PathLike[str], artifact_path: str | None) -> None:
    """Copy a file, or a folder with all in it, below the run's artifacts."""
    source = Path(local_path)
    if source.is_dir():
        below = f"{artifact_path}/{source.name}" if artifact_path else source.resolve().name
        keep_folder(run, source, below)
        return
    if not source.is_file():
        raise LogError(f"log_artifact: no file {os.fspath(local_path)!r}; check the path")
    keep_copy(run, source, "/".join([*artifact_parts(artifact_path or ""), source.name]))


def keep_folder(run: Run, source: Path, artifact_path: str | None) -> None:
    """Copy what is in a folder below the run's artifacts."""
    if not source.is_dir():
        raise LogError(f"log_artifacts: no folder {str(source)!r}; check the path")
    below = artifact_parts(artifact_path or "")
    own = run.folder.resolve()
    for folder, names, files in os.walk(source):
        # A run that lies in the folder must not be copied into itself.
        names[:] = sorted(name for name in names if Path(folder, name).resolve() != own)
        inner = Path(folder).relative_to(source).parts
        for name in sorted(files):
            path = Path(folder, name)
            if path.is_file():
                keep_copy(run, path, "/".join([*below, *inner, name]))


def keep_copy(run: Run, source: Path, artifact_file: str) -> None:
    """Copy one file, its content only."""
    write_file(run, artifact_file, lambda draft: shutil.copyfile(source, draft))


def keep_text(run: Run, artifact_file: str, text: str) -> None:
    """Write a text file below the run's artifacts, as UTF-8 with the line ends as given."""
    content = text.encode("utf-8", "replace")
    write_file(run, artifact_file, lambda draft: draft.write_bytes(content))


def keep_stream(run: Run, artifact_file: str, stream: Any) -> None:
    """Write what a binary stream still holds below the run's artifacts."""

    def write(draft: Path) -> None:
        with draft.open("wb") as file:
            shutil.copyfileobj(stream, file)

    write_file(run, artifact_file, write)


def keep_script(run: Run) -> None:
    """Keep the script that runs, if it is the user's and no installed command.

    Of a notebook, what has run is known only at the end.
    """
    if context.notebook() is not None:
        run.at_end.append(lambda: keep_cells(run))
        return
    try:
        script = context.main_script()
        if script is None or script.resolve().is_relative_to(Path(sys.prefix).resolve()):
            return
        if script.stat().st_size <= CODE_LIMIT:
            keep_copy(run, script, f"{CODE}/{script.name}")
    except (OSError, LogError) as error:
        complain(f"{run.folder}: the script could not be kept ({error})")


def keep_cells(run: Run) -> None:
    """Keep the cells of the notebook that runs, in the order in which they ran, as a script."""
    name = Path(context.notebook() or "notebook").stem or "notebook"
    parts = [f"# %% [{number}]\n{cell}\n" for number, cell in enumerate(context.cells(), 1)]
    text = "\n".join(parts)
    if len(text) > CODE_LIMIT:
        total = len(text)
        text = f"{text[:CODE_LIMIT]}\n# {CODE_LIMIT:,} of {total:,} characters\n"
    keep_text(run, f"{CODE}/{name}.py", text)


def append_note(run: Run, text: str) -> None:
    """Add a paragraph to the run's notes."""
    append_note_to(run.folder, text, strict=run.strict)


def append_note_to(folder: Path, text: str, *, strict: bool = False) -> None:
    """Add a paragraph to a run folder's notes, in one write."""
    path = folder / NOTES
    with forgiving(folder, NOTES, strict=strict):
        break_before = "\n" if path.exists() and path.stat().st_size else ""
        content = f"{break_before}{text.strip()}\n".encode("utf-8", "replace")
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        fd = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o666)
        with os.fdopen(fd, "ab", buffering=0) as file:
            file.write(content)
