"""A Dask cluster does a build's work: the same bytes, and one line when it cannot."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, cast

import pytest

import runreport
from runreport.build import build
from runreport.cluster import Cluster, connect, lay_ground, missing_at
from runreport.config import load_config
from runreport.errors import ConfigError, RunReportError, WorkerError
from runreport.workers import Remote, map_ordered

NOW = 1_763_806_500.0
PATIENT = 120.0
"""Seconds that workers may take to start on a busy machine."""
CHECKOUT = Path(runreport.__file__).parent.parent

# One worker that dies is enough to give a task up.
LOCAL_CLUSTER = """
import dask, sys
from distributed import LocalCluster
if __name__ == "__main__":
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1",
                      dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""

# As `dask worker`, on a machine that is odd in some way; code comes first.
WORKER = """
import sys
{oddity}
from distributed.cli.dask_worker import main
sys.argv = ["dask-worker", {address!r}, "--nthreads", "1", "--no-nanny", "--no-dashboard",
            "--host", "127.0.0.1", "--local-directory", {scratch!r}]
main()
"""
NO_RUNREPORT = "sys.modules['runreport'] = None"
OTHER_HOST = "import socket; socket.gethostname = lambda: 'elsewhere'"
OTHER_FILES = """
def hide(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and str(arguments[0]).startswith({hidden!r}):
        raise FileNotFoundError(2, "no such file")
sys.addaudithook(hide)
"""


@pytest.fixture(autouse=True)
def _cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def local() -> Iterator[str]:
    """The address of two worker processes, in a process of its own since Dask warns of itself."""
    with subprocess.Popen(
        [sys.executable, "-c", LOCAL_CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=CHECKOUT,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


class Processes:
    """A scheduler and workers as `dask scheduler` and `dask worker` start them."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.file = scratch / "scheduler.json"
        self.started: list[subprocess.Popen[bytes]] = []
        scheduler = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
        self.scheduler = self.start(
            *scheduler, "--no-dashboard", "--scheduler-file", str(self.file)
        )
        until(self.file.exists)

    @property
    def address(self) -> str:
        return str(json.loads(self.file.read_bytes())["address"])

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=quiet,
            stderr=quiet,
            cwd=self.scratch,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), **environment},
        )
        self.started.append(process)
        return process

    def worker(self, oddity: str = "", **environment: str) -> subprocess.Popen[bytes]:
        scratch = str(self.scratch / "workers")
        code = WORKER.format(oddity=oddity, address=self.address, scratch=scratch)
        return self.start("-c", code, **environment)

    def end(self) -> None:
        for process in reversed(self.started):
            process.kill()
            process.wait()


@pytest.fixture
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    started = Processes(tmp_path_factory.mktemp("dask"))
    yield started
    started.end()


def until(holds: Callable[[], object]) -> None:
    """Wait for what has to come."""
    end = time.monotonic() + 2 * PATIENT
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def write_run(path: str, points: int = 3, **record: Any) -> Path:
    folder = Path(path)
    folder.mkdir(parents=True)
    first: dict[str, Any] = {"run_id": folder.name, "name": folder.name, "status": "finished"}
    first |= {"started": NOW, "ended": NOW + 9, "params": {"lr": 0.1}} | record
    (folder / "run.jsonl").write_text(f"{json.dumps(first)}\n")
    lines = (f'{{"step": {step}, "loss": {1 / (step + 1)}}}\n' for step in range(points))
    (folder / "metrics.jsonl").write_text("".join(lines))
    return folder


def write_tree(runs: int = 40) -> None:
    """Runs of all kinds, one that this process writes to, and a theme."""
    for number in range(runs):
        folder = write_run(f"runs/wide/{number:03d}", 5, params={"x": number})
    (folder / "artifacts").mkdir()
    (folder / "artifacts" / "x.csv").write_text("a,b\n1,2\n")
    (folder / "artifacts" / "x.html").write_text("<script>1</script>")
    write_run("runs/iris/long", 9000, tags={"a": "b"})
    (write_run("runs/iris/torn") / "metrics.jsonl").write_text('{"loss": NaN}\nnonsense\n{"lo')
    running: dict[str, Any] = {"status": "running", "started": time.time()}
    running["host"] = socket.gethostname()
    write_run("runs/iris/alive", pid=os.getpid(), **running)
    write_run("runs/iris/dead", pid=2**22 - 1, **running)
    Path("theme/static").mkdir(parents=True)
    Path("theme/static/theme.css").write_text(":root { --accent: #123456; }\n")


def built(output: str, **settings: Any) -> dict[str, bytes]:
    """Build and return the site."""
    settings = {"output": output, "theme": "theme", **settings}
    build(load_config(None, settings), now=NOW, version="1")
    return snapshot(output)


def snapshot(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "runreport", "build", *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )


def ground_for(*folders: str) -> Any:
    Path("spool").mkdir()
    return lay_ground(Path("spool"), [Path(each) for each in folders])


@pytest.fixture
def cluster(local: str) -> Iterator[Remote]:
    with connect(local, ground_for(), patience=PATIENT) as connected:
        yield connected


class TestSite:
    def test_it_has_the_bytes_of_a_local_build(self, local: str) -> None:
        write_tree()

        first = built("there", dask=local)

        assert first == built("here", jobs=1, cache=False)
        assert any(path.startswith("a/") for path in first)
        # What the index has of the cluster's work is what a local build would have kept.
        write_run("runs/wide/new")
        assert built("there", dask=local) == built("here", cache=False)
        assert built("there") == built("here", cache=False)

    def test_a_schedulers_file_is_an_address(self, processes: Processes) -> None:
        write_tree(5)
        processes.worker(OTHER_HOST)
        processes.worker(OTHER_HOST)
        Path("runreport.toml").write_text(f'dask = "{processes.file}"\n')

        done = command("-o", "there", "--quiet")
        Path("runreport.toml").unlink()

        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert command("-o", "here").returncode == 0
        assert snapshot("there") == snapshot("here")

    def test_nothing_to_do_needs_no_cluster(self) -> None:
        write_tree(3)
        site = built("site")

        assert built("site", dask="tcp://127.0.0.1:1") == site

    def test_a_worker_that_is_killed_is_stood_in_for(self, processes: Processes) -> None:
        write_tree(300)
        victim, _ = processes.worker(), processes.worker()

        with building("-o", "there", "--dask", processes.address) as build:
            stderr = cast(IO[str], build.stderr)
            assert "reading runs" in stderr.readline()
            victim.kill()
            assert build.wait() == 0, stderr.read()

        assert command("-o", "here").returncode == 0
        assert snapshot("there") == snapshot("here")

    def test_a_cluster_that_goes_leaves_the_old_site(self, processes: Processes) -> None:
        write_tree(300)
        old = built("there", exclude=("wide/*",), theme=None)
        processes.worker()

        with building("-o", "there", "--dask", processes.address) as build:
            stderr = cast(IO[str], build.stderr)
            assert "reading runs" in stderr.readline()
            for process in processes.started:
                process.kill()
            told = stderr.read()
            assert build.wait() == 1

        assert "the Dask cluster has gone" in told.splitlines()[-1]
        assert not [line for line in told.splitlines()[:-1] if not line.startswith("reading runs")]
        assert snapshot("there") == old
        assert not list(Path().glob(".there.runreport*"))


def building(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "runreport", "build", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )


def square(number: int) -> int:
    return number * number


def die_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def fail_at_three(number: int) -> int:
    if number == 3:
        raise RunReportError("three")
    return number


def sleep_after_the_first(number: int) -> int:
    if number > 20:
        time.sleep(10 * PATIENT)
    return number


class TestWork:
    def test_results_come_in_order(self, cluster: Remote) -> None:
        assert list(map_ordered(cluster, square, range(200))) == [n * n for n in range(200)]

    def test_a_users_mistake_keeps_its_type(self, cluster: Remote) -> None:
        with pytest.raises(RunReportError, match=r"^three$"):
            list(map_ordered(cluster, fail_at_three, range(9)))

    def test_work_that_kills_workers_is_named(self, local: str) -> None:
        ground = ground_for()
        with (
            connect(local, ground, patience=PATIENT) as cluster,
            pytest.raises(WorkerError) as raised,
        ):
            list(map_ordered(cluster, die_at_three, range(9), name=lambda n: f"wide/{n}"))

        told = str(raised.value)
        assert told.startswith("wide/2 to wide/3: every worker of the cluster that worked on")

    def test_a_worker_that_comes_later_is_looked_at_too(self, processes: Processes) -> None:
        write_tree(3)
        good = processes.worker()
        ground = ground_for("runs")
        with connect(processes.address, ground, patience=PATIENT) as cluster:
            good.kill()
            processes.worker(OTHER_FILES.format(hidden=str(Path("runs").absolute())))
            with pytest.raises(WorkerError, match=r"^worker tcp://.* does not see '.*/runs'"):
                list(map_ordered(cluster, square, range(3)))

    def test_nobody_left_is_told(self, processes: Processes) -> None:
        worker, ground = processes.worker(), ground_for()
        connect(processes.address, ground, patience=PATIENT).shutdown()
        with connect(processes.address, ground, patience=2) as cluster:
            worker.kill()
            with pytest.raises(WorkerError, match=r"^0: the Dask cluster has gone, or has no"):
                list(map_ordered(cluster, square, range(3)))

    def test_a_cluster_that_has_gone_is_left_without_a_word(
        self, processes: Processes, caplog: pytest.LogCaptureFixture
    ) -> None:
        processes.worker()
        cluster = connect(processes.address, ground_for(), patience=2)
        results = map_ordered(cluster, sleep_after_the_first, range(90))
        next(results)
        for process in processes.started:
            process.kill()
        until(lambda: cluster._client.status == "closed")

        with pytest.raises(WorkerError, match="the Dask cluster has gone"):
            list(results)
        with pytest.raises(WorkerError, match=r"^--dask: the Dask cluster has gone"):
            cluster.submit(square, 3)
        cluster.shutdown(cancel_futures=True)

        assert caplog.messages == []


class TestGround:
    def test_the_builds_own_machine_has_it(self) -> None:
        write_tree(1)

        assert missing_at(ground_for("runs")) == ""

    def test_another_folder_of_the_same_path_is_not_it(self) -> None:
        write_tree(1)
        ground = replace(ground_for("runs"), text="another")

        assert missing_at(ground).startswith(f"does not see {str(Path('spool').absolute())!r}")

    def test_a_mount_point_without_its_mount_is_not_it(self) -> None:
        Path("runs").mkdir()

        told = missing_at(ground_for("runs"))
        assert told.startswith(f"does not see {str(Path('runs').absolute())!r}")

    def test_another_version_of_a_library_is_named_with_both(self) -> None:
        ground = ground_for()
        code = {**dict(ground.code), "numpy": "0.9.1"}

        told = missing_at(replace(ground, code=tuple(code.items())))
        assert re.match(r"has another numpy \([0-9.]+, here 0\.9\.1\); install runreport", told)


class TestMistakes:
    def test_dask_is_not_installed(self) -> None:
        write_tree(3)
        code = "import sys; sys.modules['distributed'] = None; import runreport.cli as c; c.main()"
        done = subprocess.run(
            [sys.executable, "-c", code, "build", "--dask", "tcp://127.0.0.1:1"],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )

        told = "Error: --dask: Dask is not installed; install runreport[dask]\n"
        assert (done.returncode, done.stderr) == (1, told)
        assert not Path("site").exists()

    @pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "gopher://x", "x:y"])
    def test_nobody_answers(self, address: str) -> None:
        before = {*threading.enumerate()}
        with pytest.raises(WorkerError) as raised:
            connect(address, ground_for(), patience=0.5)

        told = f"--dask {address}: no Dask scheduler answers there; start one with 'dask scheduler'"
        assert str(raised.value).startswith(told)
        # What is left behind would be closed by the garbage collection, in whatever thread it runs.
        assert "IO loop" not in {each.name for each in {*threading.enumerate()} - before}

    @pytest.mark.parametrize("content", [None, "", "{}", "[]", "\xff"])
    def test_file_is_no_schedulers(self, content: str | None) -> None:
        if content is not None:
            Path("x.json").write_text(content, encoding="latin-1")

        with pytest.raises(ConfigError, match=r"^--dask x\.json: not a file that 'dask scheduler"):
            connect("x.json", ground_for())

    def test_cluster_has_no_worker(self, processes: Processes) -> None:
        with pytest.raises(WorkerError) as raised:
            connect(processes.address, ground_for(), patience=5)

        told = f"--dask {processes.address}: the cluster has no worker; start some with"
        assert str(raised.value).startswith(told)

    def test_worker_has_no_runreport(self, processes: Processes) -> None:
        processes.worker(NO_RUNREPORT)

        with pytest.raises(WorkerError) as raised:
            connect(processes.address, ground_for(), patience=PATIENT)

        told = str(raised.value)
        assert told.startswith(f"--dask {processes.address}: worker tcp://127.0.0.1:")
        assert "has no runreport, or another version of it (" in told
        assert told.endswith("install runreport[dask] here and the same versions on every worker")

    def test_worker_has_another_version(self, processes: Processes, tmp_path: Path) -> None:
        other = tmp_path / "other"
        shutil.copytree(CHECKOUT / "runreport", other / "runreport")
        shutil.copytree(CHECKOUT / "templates", other / "templates")
        with (other / "runreport" / "records.py").open("a") as file:
            file.write("\n# other\n")
        processes.worker(PYTHONPATH=str(other))

        with pytest.raises(WorkerError, match=r"worker tcp://.* has another runreport; install"):
            connect(processes.address, ground_for(), patience=PATIENT)

    @pytest.mark.parametrize("hidden", ["runs", "spool"])
    def test_worker_does_not_share_the_files(self, processes: Processes, hidden: str) -> None:
        write_tree(3)
        folder = str(Path(hidden).absolute())
        processes.worker(OTHER_FILES.format(hidden=folder))
        processes.worker()

        with pytest.raises(WorkerError) as raised:
            until(lambda: connects(processes.address, hidden))

        told = str(raised.value)
        assert f"does not see {folder!r} as this machine does" in told
        assert told.endswith("a cluster needs a file system that all its machines share")


def connects(address: str, _hidden: str) -> bool:
    """Connect for as long as the odd worker is not there yet."""
    shutil.rmtree("spool", ignore_errors=True)
    with connect(address, ground_for("runs"), patience=PATIENT) as cluster:
        assert isinstance(cluster, Cluster)
    return False
