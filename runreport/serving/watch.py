"""Watching folders and files for changes, in threads that set one flag."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Final, Self

from watchfiles import Change, watch

DEBOUNCE: Final = 200
"""Milliseconds at most between a change and its report, when changes do not cease."""

STEP: Final = 50
"""Milliseconds without a change after which those before are reported."""

IDLE: Final = 200
"""Milliseconds after which a watching thread looks whether it shall end."""

START: Final = 10.0
"""Seconds to wait until everything is watched; a huge tree goes on being added after that."""


class Watcher:
    """Notices when something changes at or below folders, or to single files.

    Where the system reports no changes, as on network file systems, the environment variable
    ``WATCHFILES_FORCE_POLLING`` makes the library look for itself.
    """

    def __init__(self) -> None:
        self._changed = Event()
        self._stop = Event()
        self._threads: list[Thread] = []
        self._watched: tuple[Collection[Path], Collection[Path]] | None = None

    def __enter__(self) -> Self:
        """Return itself; `watch` begins."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._end()

    def watch(self, folders: frozenset[Path], files: frozenset[Path]) -> None:
        """Watch these from now on, and nothing else; folders with all that is in them."""
        if self._watched == (folders, files):
            return
        self._end()
        self._stop = Event()
        self._watched = (folders, files)
        if folders:
            self._start(folders, recursive=True, wanted=lambda _: True)
        # A file that an editor replaces is another one: its folder has to be watched.
        names = {file.name for file in files}
        parents = frozenset(file.absolute().parent for file in files)
        self._start(parents, recursive=False, wanted=lambda path: path.name in names)

    def wait(self) -> None:
        """Return once something has changed since `clear`."""
        # On some systems Ctrl-C does not reach a thread that waits without end.
        while not self._changed.wait(1.0):
            pass

    def clear(self) -> None:
        """Forget the changes so far."""
        self._changed.clear()

    def _start(
        self, paths: frozenset[Path], *, recursive: bool, wanted: Callable[[Path], bool]
    ) -> None:
        ready = Event()

        def is_wanted(_change: Change, path: str) -> bool:
            return wanted(Path(path))

        def work() -> None:
            for changes in watch(
                *paths,
                watch_filter=is_wanted,
                debounce=DEBOUNCE,
                step=STEP,
                rust_timeout=IDLE,
                yield_on_timeout=True,
                stop_event=self._stop,
                recursive=recursive,
                ignore_permission_denied=True,
            ):
                ready.set()
                if changes:
                    self._changed.set()

        thread = Thread(target=work, daemon=True)
        thread.start()
        self._threads.append(thread)
        ready.wait(START)

    def _end(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._threads = []
