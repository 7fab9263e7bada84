"""Append lines to a run folder so that none is lost: one file a process, one `os.write` a line.

A line is acknowledged when `Stream.write` returns. Then it survives whatever ends the process, and
with ``durability="line"`` the machine too. While the disk refuses writes, lines wait in memory.
"""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from threading import RLock

from runreport.errors import LogError
from runreport.layout import RUN, segment_name
from runreport.tracking.complain import complain
from runreport.tracking.newfiles import close_quietly, create, mark, sync_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Keeper(Protocol):
        """Who owns the streams of a run: says how to write, and hears of lines that were lost."""

        folder_name: str
        durability: str
        strict: bool

        def segment_header(self, now: float) -> bytes:
            """Return the first line of a segment that is not a stream's first."""

        def report_gap(self, stream: str, dropped: int) -> None:
            """Take note of lines that could not be written."""

        def synced(self, stream: Stream, now: float) -> None:
            """Bring to the disk what other streams of the run have written, too."""


DURABILITIES = ("auto", "line", "off")

BACKLOG_BYTES = 8 << 20
"""Most memory that waiting lines may take; beyond it the oldest are dropped and counted."""
FIRST_DELAY = 0.1
LONGEST_DELAY = 30.0
"""Seconds between attempts while the disk refuses; doubling from the first to the longest."""

SYNC_EVERY = 10.0
SYNC_AT_MOST_EVERY = 300.0
SLOW_SYNC = 0.05
"""Seconds: ``durability="auto"`` syncs every 10 s, and half as often after each slow sync."""

_CLEAR, _BUSY, _CARE = range(3)
"""A stream's states: write at once; a write is under way in this thread; look before writing."""

_write = os.write
_getpid = os.getpid
_sync_data = getattr(os, "fdatasync", os.fsync)


class Stream:
    """This process's own segment of one stream of a run, opened at the first line.

    `first` says that the file without a mark may be taken if no other writer has it.
    """

    def __init__(self, keeper: Keeper, name: str, *, first: bool) -> None:
        self._keeper = keeper
        self._name = name
        self._first = first
        self._reset()

    def _reset(self) -> None:
        """Be a stream that this process has not opened."""
        self._lock = RLock()
        self._pid = _getpid()
        self._fd = -1
        self._state = _CARE
        self._closed = False
        # The file is a further segment, and its first line is not written yet.
        self._header_due = False
        # The file may end in half a line, so the next one must begin with a line feed.
        self._torn = False
        # What is left to write of the line that failed last.
        self._left = b""
        # A signal handler's line went in while another was being written.
        self._crossed = False
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._dropped = 0
        self._retry_at = 0.0
        self._delay = FIRST_DELAY
        self._sync_every = SYNC_EVERY
        # The next sync is due outside of these; the clock may be set back.
        self._sync_from, self._sync_at = float("-inf"), float("inf")
        # The file's name has not been synced yet.
        self._new = False

    def after_fork(self) -> None:
        """Give a forked child its own lock and, at its first line, its own segment."""
        inherited, closed = self._fd, self._closed
        self._reset()
        self._closed = closed
        if inherited >= 0:
            close_quietly(inherited)

    def write(self, line: bytes, now: float) -> None:
        """Append one whole line; an I/O error is raised only under ``strict=True``."""
        if _getpid() != self._pid:
            # A fork that Python's hooks did not see. Its lock may be held by nobody for ever.
            self.after_fork()
        with self._lock:
            if self._state != _CLEAR:
                self._write_with_care(line, now)
                return
            # From here on a signal handler that logs takes the careful way.
            self._state = _BUSY
            try:
                written = _write(self._fd, line)
                if written != len(line):
                    self._torn = True
                    self._put(line, written)
                self._state = _CLEAR
            except OSError as error:
                self._state = _CARE
                self._wait(self._left if self._torn else line)
                self._refused(error)
            except BaseException:
                # A signal handler raised: whether the line is whole is unknown.
                self._state, self._torn = _CARE, True
                raise
            if not self._sync_from <= now < self._sync_at:
                self._sync(now)

    def is_open_to_lines(self) -> bool:
        """Tell whether the run goes on."""
        return not self._closed

    def close(self) -> None:
        """Write what waits, sync and close; later writes are errors."""
        with self._lock:
            self._closed = True
            if self._pid != _getpid():
                return
            if self._waiting:
                self._retry_at = 0.0
                self._drain(time.time(), final=True)
            if self._fd >= 0:
                fd, self._fd, self._state = self._fd, -1, _CARE
                self._finish(fd)

    def _finish(self, fd: int) -> None:
        """Sync and close; on network file systems a write may fail only here."""
        try:
            self._check_name(fd)
            if self._keeper.durability != "off":
                os.fsync(fd)
        except OSError as error:
            self._warn(error, "may not be on the disk")
        try:
            os.close(fd)
        except OSError as error:
            self._warn(error, "may not be on the disk")

    def _write_with_care(self, line: bytes, now: float) -> None:
        """Write a line where the file is not open, the last write failed, or one is under way."""
        if self._closed:
            raise LogError(
                f"{self._keeper.folder_name}: this run has ended; "
                "add to it with runreport.add_metrics_to_run, or resume it with start_run(run_id=)"
            )
        if self._state == _BUSY:
            self._write_across(line)
            return
        self._wait(line)
        self._drain(now)

    def _wait(self, line: bytes) -> None:
        """Queue a line behind those that wait."""
        self._waiting.append(line)
        self._waiting_bytes += len(line)

    def _write_across(self, line: bytes) -> None:
        """Write a signal handler's line while the interrupted code is about to write its own.

        The line feed before it ends whatever half line may be there; readers skip blank lines.
        """
        self._crossed = True
        data = b"\n" + line
        try:
            if self._fd >= 0 and _write(self._fd, data) == len(data):
                return
        except OSError:
            pass
        self._torn = True
        self._wait(line)

    def _drain(self, now: float, *, final: bool = False) -> None:
        """Open the segment if need be and write all waiting lines in order."""
        if time.monotonic() < self._retry_at and not self._keeper.strict:
            self._shorten()
            return
        self._state = _BUSY
        try:
            if self._fd < 0:
                self._open(now)
            self._put_waiting(now)
            self._state = _CLEAR
        except OSError as error:
            self._state = _CARE
            self._refused(error, final=final)
        except BaseException:
            self._state, self._torn = _CARE, True
            raise
        else:
            self._recovered(now)

    def _put_waiting(self, now: float) -> None:
        """Write the header, if it is due, and all waiting lines."""
        if self._header_due:
            self._put(self._keeper.segment_header(now))
            self._header_due = False
        while self._waiting:
            line = self._waiting[0]
            whole = os.fstat(self._fd).st_size + self._torn + len(line)
            try:
                self._put(line)
            except OSError:
                self._leave(self._left)
                raise
            except BaseException:
                # A signal handler raised, perhaps after the line was written: not once more then.
                if os.fstat(self._fd).st_size >= whole:
                    self._leave(b"")
                raise
            self._waiting.popleft()
            self._waiting_bytes -= len(line)

    def _leave(self, rest: bytes) -> None:
        """Keep of the first waiting line what is not in the file yet."""
        self._waiting_bytes += len(rest) - len(self._waiting[0])
        self._waiting[0] = rest

    def claim(self) -> bool:
        """Take the stream's file without a mark; False when another writer has it."""
        with self._lock:
            try:
                fd = create(self._path(None))
            except FileExistsError:
                self._first = False
                return False
            self._opened(fd)
            return True

    def _path(self, its_mark: str | None) -> str:
        return f"{self._keeper.folder_name}{os.sep}{segment_name(self._name, its_mark)}"

    def _open(self, now: float) -> None:
        """Create this process's segment, and write its header if it is not the first."""
        if self._first and self.claim():
            return
        while True:
            try:
                fd = create(self._path(mark(now)))
                break
            except FileExistsError:
                continue
        self._opened(fd)
        self._header_due = self._name != RUN

    def _opened(self, fd: int) -> None:
        """Begin to use a new file; its first line and its name are synced at once."""
        self._fd, self._torn = fd, False
        # What comes after a lost descriptor is a further segment.
        self._first = False
        if self._keeper.durability != "off":
            self._sync_at, self._new = float("-inf"), True

    def _put(self, line: bytes, written: int = 0) -> None:
        """Write one line whole, of which `written` bytes are there; raise OSError if it cannot."""
        torn = self._torn
        data = line[written:] if written else b"\n" + line if torn else line
        self._left = line
        if not written:
            self._crossed = False
        while data:
            if self._crossed:
                self._crossed, data = False, b"\n" + line
            self._torn = True
            try:
                count = _write(self._fd, data)
            except OSError:
                self._torn = torn
                if data == b"\n":
                    # The record is whole but for its end, and must not be there twice.
                    self._left = b""
                raise
            if not count:
                raise OSError(errno.EIO, "nothing was written")
            torn, data = True, data[count:]
        self._torn = False

    def _refused(self, error: OSError, *, final: bool = False) -> None:
        """Keep the waiting lines for a later attempt; under ``strict=True`` raise instead."""
        self._retry_at = time.monotonic() + self._delay
        self._delay = min(2 * self._delay, LONGEST_DELAY)
        if error.errno in {errno.EBADF, errno.ESTALE}:
            # Not our file any more: go on in a further segment. A bad descriptor is not ours to
            # close; its number may belong to somebody else's file.
            if error.errno == errno.ESTALE:
                close_quietly(self._fd)
            self._fd = -1
        if self._keeper.strict:
            self._forget()
            raise LogError(self._describe(error, "could not be written; free the disk")) from error
        if final:
            dropped = self._dropped + self._forget()
            complain(self._describe(error, f"has lost {dropped} lines"))
            if self._name != RUN:
                self._keeper.report_gap(self._name, dropped)
            return
        self._warn(error, "cannot be written; the program goes on, lines wait in memory")
        self._shorten()

    def _shorten(self) -> None:
        """Drop the oldest waiting lines beyond the memory they may take."""
        while self._waiting_bytes > BACKLOG_BYTES:
            line = self._waiting.popleft()
            self._waiting_bytes -= len(line)
            # An empty one stands for the end of a line that is there.
            self._dropped += bool(line)

    def _forget(self) -> int:
        """Drop all waiting lines and return how many there were."""
        count = sum(1 for line in self._waiting if line)
        self._waiting.clear()
        self._waiting_bytes = 0
        return count

    def _recovered(self, now: float) -> None:
        """Write at once again, and say what was lost."""
        self._retry_at, self._delay = 0.0, FIRST_DELAY
        if self._dropped:
            dropped, self._dropped = self._dropped, 0
            self._keeper.report_gap(self._name, dropped)
        if not self._sync_from <= now < self._sync_at:
            self._sync(now)

    def _sync(self, now: float) -> None:
        """Bring the lines to the disk; seldom where that is slow."""
        if self._fd < 0:
            # The write before has found that the file is not ours any more.
            return
        begun = time.monotonic()
        auto = self._keeper.durability == "auto"
        if auto:
            # Before the sync, so that a signal handler's line meanwhile does not sync too.
            self._sync_from, self._sync_at = now, now + self._sync_every
        try:
            self._check_name(self._fd)
            _sync_data(self._fd)
            if self._new:
                sync_folder(self._keeper.folder_name)
                self._new = False
        except OSError as error:
            self._warn(error, "may not survive a power cut")
        if auto and time.monotonic() - begun > SLOW_SYNC:
            self._sync_every = min(2 * self._sync_every, SYNC_AT_MOST_EVERY)
            self._sync_at = now + self._sync_every
        if auto:
            self._keeper.synced(self, now)

    def sync_if_due(self, now: float) -> None:
        """Bring the lines to the disk if they have waited for long, though no further one comes."""
        with self._lock:
            due = not self._sync_from <= now < self._sync_at
            if due and self._fd >= 0 and self._state == _CLEAR:
                self._sync(now)

    def _check_name(self, fd: int) -> None:
        """Tell if the file was removed: what is written to it goes nowhere, and never fails."""
        if not os.fstat(fd).st_nlink:
            message = f"{self._keeper.folder_name}: the {self._name} stream was removed meanwhile; "
            complain(f"{message}what is logged is lost", once=message)

    def _warn(self, error: OSError, what: str) -> None:
        """Warn of a kind of failure the first time that it happens to this stream."""
        message = self._describe(error, what)
        complain(message, once=f"{self._keeper.folder_name} {self._name} {error.errno} {what}")

    def _describe(self, error: OSError, what: str) -> str:
        folder, reason = self._keeper.folder_name, error.strerror or str(error)
        return f"{folder}: the {self._name} stream {what} ({reason})"
