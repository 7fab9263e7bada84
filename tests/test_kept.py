"""A reading that goes on where an earlier one ended finds what a reading from the start finds."""

from __future__ import annotations

import json
import math
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runreport.reading import builder, kept
from runreport.reading.kept import Kept, KeptColumns
from runreport.reading.pieces import PIECE
from runreport.reading.points import Points, read_points
from runreport.reading.sources import find_runs, read
from runreport.records import RunRecord

LEAST = 200
LINE = '{{"step":{0},"time":{1},"loss":{2}}}\n'


def lines_of(steps: range, start: float = 1.7e9) -> str:
    return "".join(LINE.format(step, start + step / 4, math.sin(step)) for step in steps)


@pytest.fixture(autouse=True, params=[10, 1 << 20], ids=["grown in place", "copied"])
def _many(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(builder, "_MANY", request.param)
        yield


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "runs" / "iris" / "a"
    folder.mkdir(parents=True)
    (folder / "run.jsonl").write_text('{"run_id":"a"}\n')
    (folder / "metrics.jsonl").write_text(lines_of(range(100)))
    return folder


def whole(run: Path) -> RunRecord:
    return read(find_runs([run.parents[1]])[0][0])


def resumed(run: Path, folder: Path, key: str = "code") -> RunRecord:
    return read(find_runs([run.parents[1]])[0][0], Kept(folder, key, LEAST))


def described(record: RunRecord) -> str:
    with np.printoptions(threshold=10**7, floatmode="unique"):
        return repr(record)


def parsed(run: Path, monkeypatch: pytest.MonkeyPatch, folder: Path, key: str = "code") -> int:
    """Return how many bytes of the metrics a reading parses."""
    sizes = []

    def counting(*given: Any, before: Points | None = None, **named: Any) -> Points:
        sizes.append(given[1] - (before.end if before else 0))
        return read_points(*given, before=before, **named)

    with monkeypatch.context() as patch:
        patch.setattr(kept, "read_points", counting)
        resumed(run, folder, key)
    return sum(sizes)


def test_only_what_was_appended_is_parsed(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "kept"
    resumed(run, folder)
    more = lines_of(range(100, 103))
    with (run / "metrics.jsonl").open("a") as file:
        file.write(more)

    assert parsed(run, monkeypatch, folder) == len(more)
    assert described(resumed(run, folder)) == described(whole(run))


def test_a_line_that_was_half_written_is_parsed_with_what_was_appended(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (run / "metrics.jsonl").open("a") as file:
        file.write('{"step":100')
    resumed(run, tmp_path / "kept")
    rest = ',"time":1.0,"loss":2.0}\n'
    with (run / "metrics.jsonl").open("a") as file:
        file.write(rest)

    assert parsed(run, monkeypatch, tmp_path / "kept") == len('{"step":100' + rest)
    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))


@pytest.mark.parametrize("key", ["code", "other code"])
def test_columns_of_other_code_are_made_anew(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    resumed(run, tmp_path / "kept")
    size = (run / "metrics.jsonl").stat().st_size

    assert parsed(run, monkeypatch, tmp_path / "kept", key) == (0 if key == "code" else size)


def test_short_files_are_not_kept(run: Path, tmp_path: Path) -> None:
    (run / "metrics.jsonl").write_text('{"loss":1}\n')

    resumed(run, tmp_path / "kept")

    assert not (tmp_path / "kept").exists()


def test_little_more_is_not_written_again(run: Path, tmp_path: Path) -> None:
    resumed(run, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    first = file.read_bytes()
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write(lines_of(range(100, 102)))
    resumed(run, tmp_path / "kept")
    second = file.read_bytes()
    with (run / "metrics.jsonl").open("a") as stream:
        stream.write(lines_of(range(102, 200)))
    resumed(run, tmp_path / "kept")

    assert first == second != file.read_bytes()
    assert list((tmp_path / "kept").iterdir()) == [file]


def test_regular_and_single_columns_take_little_room(run: Path, tmp_path: Path) -> None:
    values = np.random.default_rng(0).random(5000, dtype=np.float32).astype(float).tolist()
    # A second launch begins at step 3,000 again, a while later.
    steps = [*range(4000), *range(3000, 4000)]
    times = [1.7e9 + place / 4 + (900.5 if place >= 4000 else 0) for place in range(5000)]
    lines = map(LINE.format, steps, times, values)
    (run / "metrics.jsonl").write_text("".join(lines))

    resumed(run, tmp_path / "kept")

    (file,) = (tmp_path / "kept").iterdir()
    assert file.stat().st_size < 4 * 5000 + 1000
    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-1],
    "longer": lambda content: content + b"\0",
    "head alone": lambda content: content[: content.index(b"\n", 65) + 1],
    "a bit in the numbers": lambda content: content[:-9] + bytes([content[-9] ^ 1]) + content[-8:],
    "a number in the head": lambda content: content.replace(b'"lines":100', b'"lines":101'),
    "another hash": lambda content: b"0" * 64 + content[64:],
    "no JSON": lambda content: content[:65] + b"}" + content[66:],
    "a list": lambda content: content[:65] + b"[]\n",
    "huge": lambda content: content.replace(b'"arrays":[', b'"arrays":[["f8",99999999999999],'),
    "a pickle": lambda _: b"cos\nsystem\n(S'touch pwned'\ntR.",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_counts_as_none(run: Path, tmp_path: Path, damage: str) -> None:
    resumed(run, tmp_path / "kept")
    (file,) = (tmp_path / "kept").iterdir()
    good = file.read_bytes()
    file.write_bytes(DAMAGES[damage](good))
    assert file.read_bytes() != good

    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
    assert file.read_bytes() == good


def test_a_folder_that_cannot_be_written_costs_only_time(run: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("in the way")

    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))


def test_what_a_killed_build_left_half_written_is_removed(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "kept"

    def stopped(*_: object) -> None:
        # Before what was written gets its name; `os._exit` cleans up as little as a kill.
        os._exit(9)

    child = os.fork()
    if child == 0:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, "replace", stopped)
            resumed(run, folder)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert len(list(folder.iterdir())) == 1

    resumed(run, folder)

    (file,) = folder.iterdir()
    resumed(run, folder)
    assert list(folder.iterdir()) == [file]


def test_a_changed_beginning_is_read_again(run: Path, tmp_path: Path) -> None:
    resumed(run, tmp_path / "kept")
    path = run / "metrics.jsonl"
    path.write_text(path.read_text().replace('"step":7,', '"step":8,') + lines_of(range(100, 101)))

    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))


def test_a_segment_header_that_json_does_not_hold_is_not_kept(run: Path, tmp_path: Path) -> None:
    path = run / "metrics.20261122T101500123456Z-0a1b2c3d.jsonl"
    path.write_text('{"segment":{"kind":"added","time":NaN}}\n' + lines_of(range(100)))

    for _ in range(2):
        assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="files have no holes here")
def test_a_file_with_a_hole_is_not_kept(run: Path, tmp_path: Path) -> None:
    with (run / "metrics.jsonl").open("ab") as file:
        file.truncate(64 << 20)
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + lines_of(range(5)).encode())

    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
    assert not (tmp_path / "kept").exists()


def test_what_is_kept_of_runs_that_are_gone_is_removed(run: Path, tmp_path: Path) -> None:
    columns = KeptColumns(tmp_path / "columns", "code", LEAST)
    for name in ("here", "gone"):
        read(find_runs([run.parents[1]])[0][0], columns.of(name))

    columns.forget_others(["here", "new"])
    KeptColumns(tmp_path / "none", "code").forget_others([])

    assert list(columns.folder.iterdir()) == [columns.of("here").folder]


class Writer:
    """Does to a run's files what happens to them between builds."""

    STREAMS = ("metrics.jsonl", "system.jsonl", "metrics.20261122T101500123456Z-0a1b2c3d.jsonl")

    def __init__(self, run: Path, seed: int) -> None:
        self.run = run
        self.chance = random.Random(seed)
        self.step = 100

    def change(self) -> None:
        path = self.run / self.chance.choice(self.STREAMS)
        if not path.exists():
            header = {"segment": {"kind": self.chance.choice(["resumed", "added", "x"])}}
            path.write_text(f"{json.dumps(header)}\n" if "-" in path.name else "")
        self.chance.choice(
            [self.append, self.append, self.append, self.cut, self.replace, self.swap, self.nothing]
        )(path)

    def append(self, path: Path) -> None:
        with path.open("ab") as file:
            for _ in range(self.chance.randrange(1, 30)):
                file.write(self.line())
            if self.chance.random() < 0.3:
                file.write(self.line()[:-4])

    def line(self) -> bytes:
        self.step += self.chance.choice([1, 1, 1, 1, 0, 2, -9])
        keys = self.chance.choice([["loss"], ["loss"], ["loss", "acc"], ["late"], []])
        values = [0.5, 0.1, 1, "NaN", None, "x", 1e308, -0.0]
        content = {"step": self.step, "time": 1.7e9 + self.step / 4}
        if self.chance.random() < 0.1:
            del content[self.chance.choice(["step", "time"])]
        line = json.dumps(content | {key: self.chance.choice(values) for key in keys}).encode()
        odd = [b"junk", b"", b"\0\0", line + b"\r", line[:9], b"[1]", b'{"a":' + b"[" * 50]
        return (self.chance.choice(odd) if self.chance.random() < 0.1 else line) + b"\n"

    def cut(self, path: Path) -> None:
        os.truncate(path, self.chance.randrange(path.stat().st_size + 1))

    def replace(self, path: Path) -> None:
        content = b"".join(self.line() for _ in range(self.chance.randrange(60)))
        path.write_bytes(content)

    def swap(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        if content:
            content[self.chance.randrange(len(content))] = self.chance.choice(b'0"}\n{x')
        path.write_bytes(content)

    def nothing(self, path: Path) -> None:
        path.touch()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), steps=st.integers(1, 12))
def test_whatever_happens_between_builds_the_record_is_that_of_a_whole_reading(
    tmp_path_factory: pytest.TempPathFactory, seed: int, steps: int
) -> None:
    tmp_path = tmp_path_factory.mktemp("grown")
    run = tmp_path / "runs" / "iris" / "a"
    run.mkdir(parents=True)
    (run / "metrics.jsonl").write_text(lines_of(range(50)))
    writer = Writer(run, seed)
    for _ in range(steps):
        assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
        writer.change()
    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))


def test_a_file_of_several_pieces_is_kept_up_to_its_last_whole_line(
    run: Path, tmp_path: Path
) -> None:
    path = run / "metrics.jsonl"
    path.write_text(lines_of(range(20_000)) + '{"step":')
    assert path.stat().st_size > 3 * PIECE

    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
    with path.open("a") as file:
        file.write('20000,"loss":7}\n')
    assert described(resumed(run, tmp_path / "kept")) == described(whole(run))
    assert resumed(run, tmp_path / "kept").histories[0].values[-1] == 7
