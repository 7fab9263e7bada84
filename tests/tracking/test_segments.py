"""The writer: whole lines, own segments, and disks that refuse."""

from __future__ import annotations

import errno
import logging
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import runreport
from runreport.errors import LogError
from runreport.tracking import segments
from runreport.tracking.segments import Stream
from tests.tracking.folders import rows
from tests.tracking.folders import segments as files


class Owner:
    """What a stream asks of its run."""

    def __init__(self, folder: Path, *, durability: str = "auto", strict: bool = False) -> None:
        self.folder_name = str(folder)
        self.durability = durability
        self.strict = strict
        self.gaps: list[tuple[str, int]] = []

    def segment_header(self, now: float) -> bytes:
        return b'{"segment":{"kind":"joined","time":%d}}\n' % now

    def report_gap(self, stream: str, dropped: int) -> None:
        self.gaps.append((stream, dropped))

    def synced(self, stream: Stream, now: float) -> None:
        """There is no other stream."""


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path)


def line(number: int, size: int = 10) -> bytes:
    return b'{"n":%d,"pad":"%s"}\n' % (number, b"x" * size)


def numbers(folder: Path) -> list[int]:
    return [row["n"] for path in files(folder) for row in rows(path) if "n" in row]


def test_the_first_writer_takes_the_file_without_a_mark(owner: Owner, tmp_path: Path) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(1), time.time())
    stream.close()

    assert (tmp_path / "metrics.jsonl").read_bytes() == line(1)


def test_a_further_writer_begins_its_own_file_with_a_header(owner: Owner, tmp_path: Path) -> None:
    for number in (1, 2):
        stream = Stream(owner, "metrics", first=True)
        stream.write(line(number), time.time())
        stream.close()

    first, second = files(tmp_path)
    assert rows(first) == [{"n": 1, "pad": "x" * 10}]
    assert [list(row) for row in rows(second)] == [["segment"], ["n", "pad"]]


def test_a_link_in_the_way_is_not_followed(owner: Owner, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    (tmp_path / "metrics.jsonl").symlink_to(target)
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(1), time.time())
    stream.close()

    assert not target.exists()
    assert len(files(tmp_path)) == 1


def test_a_descriptor_is_not_inherited_by_programs(owner: Owner) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(1), time.time())

    assert not os.get_inheritable(stream._fd)
    stream.close()


def test_a_line_after_the_end_is_an_error(owner: Owner, tmp_path: Path) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.close()

    with pytest.raises(LogError) as caught:
        stream.write(line(1), time.time())
    assert str(caught.value) == (
        f"{tmp_path}: this run has ended; "
        "add to it with runreport.add_metrics_to_run, or resume it with start_run(run_id=)"
    )


@pytest.fixture
def size_limit() -> Iterator[Callable[[int | None], None]]:
    """Set how long a file of this process may get, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def set_limit(size: int | None) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield set_limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    signal.signal(signal.SIGXFSZ, handler)


def at_once(stream: Stream) -> None:
    """Let the next line try the disk again, as after a longer wait."""
    stream._retry_at = 0.0


@pytest.mark.parametrize("room", [1.05 + 0.2 * part for part in range(20)])
@pytest.mark.parametrize("size", [100, 8_000, 1_000_000], ids=["100 B", "8 kB", "1 MB"])
def test_lines_wait_while_the_disk_is_full(
    owner: Owner, tmp_path: Path, size_limit: Callable[[int | None], None], size: int, room: float
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0, size), time.time())
    size_limit(int(room * len(line(0, size))))
    for number in range(1, 6):
        stream.write(line(number, size), time.time())
    size_limit(None)
    at_once(stream)
    stream.write(line(6, size), time.time())
    stream.close()

    content = (tmp_path / "metrics.jsonl").read_bytes().split(b"\n")
    whole = [part for part in content if part.endswith(b"}")]
    torn = [part for part in content if part and not part.endswith(b"}")]
    assert [part + b"\n" for part in whole] == [line(number, size) for number in range(7)]
    # One half line, of the moment when the disk got full; nothing is glued to it.
    assert len(torn) == 1
    assert line(int(room), size).startswith(torn[0])
    assert owner.gaps == []


def test_the_disk_is_asked_less_and_less_often(
    owner: Owner, size_limit: Callable[[int | None], None]
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    size_limit(1)
    delays = []
    for number in range(1, 12):
        at_once(stream)
        stream.write(line(number), time.time())
        delays.append(stream._delay)
    size_limit(None)
    stream.close()

    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0, 30.0]


def test_what_does_not_fit_in_memory_is_counted_as_a_gap(
    owner: Owner,
    tmp_path: Path,
    size_limit: Callable[[int | None], None],
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    size_limit(len(line(0)))
    for number in range(1, 21):
        stream.write(line(number, 1 << 20), time.time())
    size_limit(None)
    at_once(stream)
    stream.write(line(21), time.time())
    stream.close()

    kept = numbers(tmp_path)
    dropped = 22 - len(kept)
    assert kept == [0, *range(22 - len(kept) + 1, 22)]
    assert dropped > 10
    assert owner.gaps == [("metrics", dropped)]


def test_lines_still_waiting_at_the_end_are_a_gap(
    owner: Owner,
    tmp_path: Path,
    size_limit: Callable[[int | None], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    size_limit(len(line(0)))
    for number in range(1, 4):
        stream.write(line(number), time.time())
    stream.close()
    size_limit(None)

    assert owner.gaps == [("metrics", 3)]
    assert [record.getMessage() for record in caplog.records] == [
        (
            f"{tmp_path}: the metrics stream cannot be written; "
            "the program goes on, lines wait in memory (File too large)"
        ),
        f"{tmp_path}: the metrics stream has lost 3 lines (File too large)",
    ]


def test_a_full_disk_is_warned_of_once(
    owner: Owner, size_limit: Callable[[int | None], None], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    size_limit(1)
    for number in range(1, 100):
        at_once(stream)
        stream.write(line(number), time.time())
    size_limit(None)
    stream.close()

    assert len(caplog.records) == 1


def test_under_strict_each_line_that_cannot_be_written_raises(
    tmp_path: Path, size_limit: Callable[[int | None], None]
) -> None:
    owner = Owner(tmp_path, strict=True)
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    size_limit(len(line(0)) + 5)
    for number in (1, 2):
        with pytest.raises(LogError) as caught:
            stream.write(line(number), time.time())
    size_limit(None)
    stream.write(line(3), time.time())
    stream.close()

    assert str(caught.value) == (
        f"{tmp_path}: the metrics stream could not be written; free the disk (File too large)"
    )
    parts = (tmp_path / "metrics.jsonl").read_bytes().split(b"\n")
    assert parts == [line(0)[:-1], line(1)[:5], line(3)[:-1], b""]


def test_a_lost_descriptor_goes_on_in_a_further_segment(owner: Owner, tmp_path: Path) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    os.close(stream._fd)
    stream.write(line(1), time.time())
    at_once(stream)
    stream.write(line(2), time.time())
    stream.close()

    assert numbers(tmp_path) == [0, 1, 2]
    assert len(files(tmp_path)) == 2


class Disk:
    """Stands between a stream and the system; fails the calls that it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls = 0
        self.fail_at: dict[int, int | str] = {}
        self.on_write: Callable[[int], object] = int
        monkeypatch.setattr(segments, "_write", self.write)

    def write(self, fd: int, data: bytes) -> int:
        self.calls += 1
        call = self.calls
        fault = self.fail_at.get(call)
        if isinstance(fault, str):
            raise OSError(getattr(errno, fault), fault)
        count = os.write(fd, data if fault is None else data[:fault])
        self.on_write(call)
        return count


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def test_a_short_write_is_finished(owner: Owner, tmp_path: Path, disk: Disk) -> None:
    stream = Stream(owner, "metrics", first=True)
    disk.fail_at = {2: 3, 3: 1}
    for number in range(4):
        stream.write(line(number), time.time())
    stream.close()

    assert (tmp_path / "metrics.jsonl").read_bytes() == b"".join(map(line, range(4)))


@pytest.mark.parametrize("error", ["EIO", "ENOSPC", "EDQUOT", "ESTALE", "EBADF", "EACCES"])
@pytest.mark.parametrize("call", range(1, 6))
def test_no_line_is_lost_to_a_failed_write(
    owner: Owner, tmp_path: Path, disk: Disk, error: str, call: int
) -> None:
    stream = Stream(owner, "metrics", first=True)
    disk.fail_at = {call: error}
    for number in range(5):
        stream.write(line(number), time.time())
        at_once(stream)
    stream.close()

    assert numbers(tmp_path) == list(range(5))


@pytest.mark.parametrize("count", range(1, len(line(0))))
def test_no_line_is_glued_to_half_a_line(
    owner: Owner, tmp_path: Path, disk: Disk, count: int
) -> None:
    stream = Stream(owner, "metrics", first=True)
    disk.fail_at = {2: count, 3: "ENOSPC"}
    for number in range(4):
        stream.write(line(number), time.time())
        at_once(stream)
    stream.close()

    parts = (tmp_path / "metrics.jsonl").read_bytes().split(b"\n")
    assert parts[1] == line(1)[:count]
    assert [part + b"\n" for part in parts if part.endswith(b"}")] == list(map(line, range(4)))


def test_a_call_within_a_write_leaves_both_lines_whole(
    owner: Owner, tmp_path: Path, disk: Disk
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    disk.on_write = lambda call: stream.write(line(100), time.time()) if call == 2 else None
    for number in range(1, 4):
        stream.write(line(number), time.time())
    stream.close()

    assert sorted(numbers(tmp_path)) == [0, 1, 2, 3, 100]


def test_a_call_within_a_short_write_loses_nothing(
    owner: Owner, tmp_path: Path, disk: Disk
) -> None:
    stream = Stream(owner, "metrics", first=True)
    stream.write(line(0), time.time())
    disk.fail_at = {2: 4}
    disk.on_write = lambda call: stream.write(line(100), time.time()) if call == 2 else None
    for number in range(1, 4):
        stream.write(line(number), time.time())
    stream.close()

    parts = (tmp_path / "metrics.jsonl").read_bytes().split(b"\n")
    assert line(1)[:4] in parts
    whole = [part + b"\n" for part in parts if part.endswith(b"}")]
    assert sorted(whole) == sorted(line(number) for number in (0, 1, 2, 3, 100))


def test_a_handler_that_raises_leaves_the_stream_usable(
    owner: Owner, tmp_path: Path, disk: Disk
) -> None:
    stream = Stream(owner, "metrics", first=True)

    def interrupt(call: int) -> None:
        if call in {1, 3}:
            raise KeyboardInterrupt

    disk.on_write = interrupt
    for number in range(4):
        try:
            stream.write(line(number), time.time())
        except KeyboardInterrupt:
            continue
    stream.close()

    assert numbers(tmp_path) == [0, 1, 2, 3]
    # One blank line for each doubt, and none once the doubt is over.
    assert (tmp_path / "metrics.jsonl").read_bytes().count(b"\n\n") == 2


def test_auto_syncs_seldom_and_line_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: dict[str, int] = {}
    for durability in ("auto", "line", "off"):
        calls: list[int] = []
        monkeypatch.setattr(segments, "_sync_data", calls.append)
        stream = Stream(Owner(tmp_path, durability=durability), "metrics", first=True)
        for second in range(25):
            stream.write(line(second), 1_000_000_000.0 + second)
        stream.close()
        synced[durability] = len(calls)

    # The first line at once, then every ten seconds.
    assert synced == {"auto": 3, "line": 25, "off": 0}


@pytest.mark.parametrize(("durability", "syncs"), [("auto", 2), ("line", 3)])
def test_a_clock_that_is_set_back_does_not_put_the_sync_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durability: str, syncs: int
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(segments, "_sync_data", calls.append)
    stream = Stream(Owner(tmp_path, durability=durability), "metrics", first=True)
    for now in (1_000_000.0, 5.0, 6.0):
        stream.write(line(0), now)

    assert len(calls) == syncs


def test_the_record_is_synced_with_the_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    sync = segments._sync_data

    def note(fd: int) -> None:
        synced.append(Path(f"/proc/self/fd/{fd}").readlink().name)
        sync(fd)

    monkeypatch.setattr(segments, "_sync_data", note)
    moment = time.time()
    run = runreport.start_run(capture="none", code=False)
    begun = list(synced)
    runreport.log_metric("x", 1)
    runreport.log_param("lr", 1)
    monkeypatch.setattr("runreport.tracking.run.time", lambda: moment + 60)
    runreport.log_metric("x", 2)
    run.end()

    assert begun == ["run.jsonl"]
    assert synced == ["run.jsonl", "metrics.jsonl", "metrics.jsonl", "run.jsonl"]


def test_a_sync_that_fails_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error", str(fd))

    monkeypatch.setattr(segments, "_sync_data", fail)
    stream = Stream(Owner(tmp_path, durability="line"), "metrics", first=True)
    for number in range(3):
        stream.write(line(number), time.time())
    stream.close()

    assert numbers(tmp_path) == [0, 1, 2]
    assert [record.getMessage() for record in caplog.records] == [
        f"{tmp_path}: the metrics stream may not survive a power cut (Input/output error)"
    ]


@pytest.mark.parametrize("count", [0, 1, 20, 46, 47])
def test_a_header_that_fails_comes_before_the_lines(tmp_path: Path, disk: Disk, count: int) -> None:
    disk.fail_at = {1: count, 2: "ENOSPC"} if count else {1: "ENOSPC"}
    stream = Stream(Owner(tmp_path), "metrics", first=False)
    for number in range(3):
        stream.write(line(number), time.time())
        at_once(stream)
    stream.close()

    parts = [part for part in files(tmp_path)[0].read_bytes().split(b"\n") if part.endswith(b"}")]
    assert parts[0].startswith(b'{"segment"')
    assert [part + b"\n" for part in parts[-3:]] == list(map(line, range(3)))


@pytest.mark.parametrize("error", ["ENOSPC", "EACCES", "EMFILE", "EIO"])
def test_a_segment_that_cannot_be_opened_is_tried_again(
    owner: Owner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str
) -> None:
    really_open, failures = os.open, [error, error]

    def flaky(path: str, *rest: int) -> int:
        if failures:
            raise OSError(getattr(errno, failures.pop()), error)
        return really_open(path, *rest)

    monkeypatch.setattr(os, "open", flaky)
    stream = Stream(owner, "metrics", first=True)
    for number in range(4):
        stream.write(line(number), time.time())
        at_once(stream)
    stream.close()

    assert numbers(tmp_path) == [0, 1, 2, 3]
