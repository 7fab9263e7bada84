"""Builds while others log, build and read: nobody loses anything, and readers see whole sites."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from runreport.build import build
from runreport.config import load_config
from runreport.index.snapshot import Snapshot
from runreport.index.unchanged import unchanged
from runreport.site import Last, Output
from runreport.site.manifest import MANIFEST

CACHE = Path(".runreport-cache/site.sqlite")
WRITERS = 8
WRITER = """
import itertools, sys, time
from pathlib import Path
import runreport

runreport.set_experiment("iris")
with runreport.start_run(run_name=sys.argv[1]):
    for step in itertools.count():
        runreport.log_metrics({"loss": 1 / (step + 1), "step_time": 0.1}, step=step)
        if step % 50 == 0:
            runreport.log_param(f"p{step}", "x" * (step % 997))
            if Path("stop").exists():
                break
        time.sleep(0.002)
"""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}


@contextmanager
def writers() -> Iterator[None]:
    """Let processes log for as long as the ``with`` block lasts."""
    Path("train.py").write_text(WRITER)
    started = [
        subprocess.Popen([sys.executable, "train.py", f"w{each}"], env=environment())
        for each in range(WRITERS)
    ]
    try:
        while len(list(Path().glob("runs/iris/*/metrics.jsonl"))) < WRITERS:
            assert all(each.poll() is None for each in started)
            time.sleep(0.05)
        yield
    finally:
        Path("stop").touch()
        codes = [each.wait(timeout=300) for each in started]
    assert codes == [0] * WRITERS


def build_once() -> list[str]:
    """Build as the command does; return what was odd."""
    config, now = load_config(None, {}), time.time()
    snapshot = Snapshot(config)
    built = unchanged(config, snapshot, now=now, version="1")
    built = built or build(config, now=now, version="1", snapshot=snapshot)
    assert built.failed == 0
    # What a writer is in the middle of is no mistake of its.
    return [f"{each.place}: {each.message}" for each in built.findings if each.level != "note"]


def points() -> dict[tuple[str, str], int]:
    """Return how many points of each metric the last build saw."""
    with closing(sqlite3.connect(CACHE)) as database:
        query = "SELECT label, metric, points FROM summaries JOIN runs ON run = id"
        return {(label, metric): count for label, metric, count in database.execute(query)}


def logged() -> int:
    return sum(
        path.read_bytes().count(b'"loss"') for path in Path().glob("runs/iris/*/metrics*.jsonl")
    )


def build_while_others_log(builds: int) -> None:
    with writers():
        before: dict[tuple[str, str], int] = {}
        for _ in range(builds):
            assert build_once() == []
            # A run that is written to while it is read is not in the index.
            after = points()
            for metric, count in after.items():
                assert count >= before.get(metric, 0)
            before |= after
    assert build_once() == []

    after = points()
    assert all(after[metric] >= count for metric, count in before.items())
    assert sum(count for (_, metric), count in after.items() if metric == "loss") == logged()
    assert len(after) == 2 * WRITERS


def test_builds_while_others_log() -> None:
    build_while_others_log(20)


@pytest.mark.slow
def test_many_builds_while_others_log() -> None:
    build_while_others_log(200)


def write_runs(root: str, count: int) -> None:
    for each in range(count):
        folder = Path(f"{root}/iris/{each:03}")
        folder.mkdir(parents=True)
        (folder / "run.jsonl").write_text(f'{{"run_id": "{root}{each}"}}\n')
        lines = (json.dumps({"step": step, "loss": step / 3}) for step in range(100))
        (folder / "metrics.jsonl").write_text("".join(f"{line}\n" for line in lines))


def snapshot(folder: str) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "runreport", "build", *arguments, "-q"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    told = process.communicate(timeout=120)[1]
    return process.returncode, told


REFUSAL = "Error: site: another build is writing it; wait until that one has ended\n"


def test_second_build_ends_at_once_in_one_line() -> None:
    write_runs("one", 1)
    with Output(Path("site")):
        assert ended(start("one", "-o", "site")) == (1, REFUSAL)

    assert ended(start("one", "-o", "site")) == (0, "")


def test_builds_at_once_leave_the_site_of_one_of_them() -> None:
    write_runs("one", 20)
    write_runs("two", 20)
    for root in ("one", "two"):
        assert ended(start(root, "-o", f"clean-{root}", "--no-cache")) == (0, "")
    for roots in (["one", "two"], ["two", "one"]):
        results = [ended(each) for each in [start(root, "-o", "site") for root in roots]]

        assert (0, "") in results
        assert set(results) <= {(0, ""), (1, REFUSAL)}
        assert snapshot("site") in (snapshot("clean-one"), snapshot("clean-two"))
        assert ended(start(roots[0], "-o", "site")) == (0, "")
        assert snapshot("site") == snapshot(f"clean-{roots[0]}")


def replaced(times: int, *, mirror: bool) -> int:
    """Replace a site again and again; return how often a reader saw one whole site."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            state = ""
            for each in range(times):
                last = Last(state, Path("site.mirror") if mirror else None, least=1)
                with Output(Path("site"), last=last) as output:
                    for page in ("index.html", "r/a/index.html", "r/b/index.html"):
                        output.write(page, b"%d" % each * 100)
                    output.write("same.html", b"same")
                    output.publish()
                    state = output.state
            code = 0
        finally:
            os._exit(code)
    while not Path("site").exists():
        time.sleep(0.001)
    whole, status = 0, (0, 0)
    while status == (0, 0):
        # Every page is there at every moment, and what one moment shows belongs together.
        whole += read_site()
        status = os.waitpid(child, os.WNOHANG)
    assert os.waitstatus_to_exitcode(status[1]) == 0
    assert read_site()
    return whole


def read_site() -> bool:
    """Read all pages of a site; return whether it was one and the same meanwhile."""
    before = Path("site", MANIFEST).read_bytes()
    listed = {each["path"]: each["sha256"] for each in json.loads(before)["files"]}
    found = {
        path: hashlib.sha256(Path("site", path).read_bytes()).hexdigest() for path in sorted(listed)
    }
    is_same = Path("site", MANIFEST).read_bytes() == before
    assert not is_same or found == listed
    return is_same


@pytest.mark.parametrize("mirror", [False, True], ids=["staged", "mirror"])
def test_reader_finds_whole_sites_while_they_are_replaced(mirror: bool) -> None:
    assert replaced(40, mirror=mirror)


@pytest.mark.slow
@pytest.mark.parametrize("mirror", [False, True], ids=["staged", "mirror"])
def test_reader_finds_whole_sites_while_they_are_replaced_often(mirror: bool) -> None:
    assert replaced(200, mirror=mirror)
