"""The machine's load in the background.

There is no NVIDIA GPU where this was written: their Python library is the real one, and below it a
small C library of the test answers in the driver's place.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from importlib import import_module
from pathlib import Path

import pytest

import runreport
from runreport.errors import LogError
from runreport.readers.native import read_run
from runreport.reading.liveness import resolve_status
from runreport.tracking.system import Gpus
from tests.tracking.conftest import Script
from tests.tracking.folders import only_run, points, record


def test_load_is_logged_from_the_start_on(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "0.01")
    with runreport.start_run(log_system_metrics=True) as run:
        deadline = time.monotonic() + 20
        while len(points(run.folder, "system")) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
    found = points(only_run(root), "system")

    assert [row["step"] for row in found] == list(range(len(found)))
    assert {"cpu_percent", "memory_percent", "memory_mb", "process_memory_mb"} <= set(found[0])
    assert 0 < found[0]["memory_percent"] <= 100


def test_it_ends_with_the_run(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "1000")
    with runreport.start_run(log_system_metrics=True):
        assert "runreport-system" in {thread.name for thread in threading.enumerate()}

    assert "runreport-system" not in {thread.name for thread in threading.enumerate()}
    assert record(only_run(root))["status"] == "finished"


def test_it_does_not_hold_up_the_end_of_the_process(script: Script, root: Path) -> None:
    began = time.monotonic()
    script(
        "import runreport\nrunreport.start_run(log_system_metrics=True)",
        RUNREPORT_SYSTEM_INTERVAL="1000",
    )

    assert time.monotonic() - began < 50
    assert record(only_run(root))["status"] == "finished"


def test_a_wrong_interval_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNREPORT_SYSTEM_INTERVAL", "often")
    with pytest.raises(LogError) as caught:
        runreport.start_run(log_system_metrics=True)

    assert runreport.active_run() is None
    assert str(caught.value) == (
        "RUNREPORT_SYSTEM_INTERVAL: 'often' is no interval; give seconds, as '10'"
    )


KILLED = """
import os, signal, time, runreport
runreport.start_run(log_system_metrics=True, code=False)
runreport.log_metric("x", 1)
folder = runreport.active_run().folder / "system.jsonl"
while not folder.exists():
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_it_keeps_no_dead_processs_run_alive(script: Script, root: Path) -> None:
    done = script(KILLED, check=False, RUNREPORT_SYSTEM_INTERVAL="0.01")
    found = read_run(only_run(root), root)

    assert done.returncode == -signal.SIGKILL
    assert found.status == "running"
    assert resolve_status(found, now=time.time()) == "interrupted"


def test_without_a_driver_nothing_is_told_of_gpus() -> None:
    pynvml = import_module("pynvml")
    with pytest.raises(pynvml.NVMLError):
        pynvml.nvmlInit()

    assert Gpus().look() == {}


DRIVER = """
typedef struct { unsigned int gpu, memory; } rates;
typedef struct { unsigned long long total, free, used; } memory;
static int gpus[2];
int nvmlInitWithFlags(unsigned int flags) { return flags != 0; }
int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return 0; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **gpu) { *gpu = &gpus[index]; return 0; }
int nvmlDeviceGetUtilizationRates(void *gpu, rates *found) { found->gpu = 97; return 0; }
int nvmlDeviceGetMemoryInfo(void *gpu, memory *found) { found->used = 2500000000ULL; return 0; }
int nvmlDeviceGetTemperature(void *gpu, int sensor, unsigned int *found) { *found = 71; return 0; }
/* NVML_ERROR_NOT_SUPPORTED for the second one. */
int nvmlDeviceGetPowerUsage(void *gpu, unsigned int *found)
{ *found = 250500; return gpu == &gpus[1] ? 3 : 0; }
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler here")
def test_each_gpu_tells_what_it_knows(script: Script, tmp_path: Path, root: Path) -> None:
    (tmp_path / "driver.c").write_text(DRIVER)
    command = ["cc", "-shared", "-fPIC", "-o", "libnvidia-ml.so.1", "driver.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    script(
        "import time, runreport\n"
        "with runreport.start_run(log_system_metrics=True) as run:\n"
        "    while not (run.folder / 'system.jsonl').exists():\n"
        "        time.sleep(0.01)\n",
        LD_LIBRARY_PATH=str(tmp_path),
    )
    row = points(only_run(root), "system")[0]

    assert {name: value for name, value in row.items() if name.startswith("gpu")} == {
        "gpu0_percent": 97,
        "gpu0_memory_mb": 2500,
        "gpu0_watts": 250.5,
        "gpu0_celsius": 71,
        "gpu1_percent": 97,
        "gpu1_memory_mb": 2500,
        "gpu1_celsius": 71,
    }
