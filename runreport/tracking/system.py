"""Log the machine's load beside a run, in a thread that nobody waits for."""

from __future__ import annotations

import os
import threading
from importlib import import_module
from time import time

from runreport.errors import LogError
from runreport.layout import SYSTEM
from runreport.tracking.complain import complain
from runreport.tracking.lines import encode, finite_or_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

    from runreport.tracking.run import Run

INTERVAL = 10.0
"""Seconds between two looks, unless `RUNREPORT_SYSTEM_INTERVAL` says otherwise."""
INTERVAL_VARIABLE = "RUNREPORT_SYSTEM_INTERVAL"

_MEGABYTE = 1_000_000


def check() -> None:
    """Raise if the machine cannot be looked at: no psutil, or no sensible interval."""
    interval()
    try:
        import_module("psutil")
    except ImportError:
        raise LogError(
            "log_system_metrics: psutil is not installed; run: pip install psutil"
        ) from None


def start(run: Run) -> None:
    """Log CPU, memory, disk, network and GPUs until the run ends."""
    sampler = Sampler(run, import_module("psutil"), interval())
    sampler.start()
    run.at_end.append(sampler.stop)


def interval() -> float:
    """Return the seconds between two looks."""
    text = os.environ.get(INTERVAL_VARIABLE, "")
    try:
        seconds = float(text) if text else INTERVAL
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise LogError(f"{INTERVAL_VARIABLE}: {text!r} is no interval; give seconds, as '10'")
    return seconds


class Sampler(threading.Thread):
    """Looks at the machine now and then and writes what it sees to the system stream."""

    def __init__(self, run: Run, psutil: ModuleType, seconds: float) -> None:
        super().__init__(name="runreport-system", daemon=True)
        self._stream = run.stream(SYSTEM)
        self._folder = run.folder_name
        self._psutil = psutil
        self._seconds = seconds
        self._over = threading.Event()
        self._process = psutil.Process()
        self._gpus: Gpus | None = None

    def stop(self) -> None:
        """End the thread; a look that hangs is not waited for."""
        self._over.set()
        self.join(1.0)

    def run(self) -> None:
        """Look at once, so that short runs have a point, then at each interval."""
        step = 0
        # The first call only starts the measurement.
        self._psutil.cpu_percent()
        while True:
            try:
                now = time()
                row = {"step": step, "time": int(now * 1000) / 1000, **self.look()}
                if self._over.is_set():
                    return
                self._stream.write(encode(row), now)
            except Exception as error:
                complain(f"{self._folder}: system metrics end here ({error})")
                return
            step += 1
            if self._over.wait(self._seconds):
                return

    def look(self) -> dict[str, float | str]:
        """Return the machine's load at this moment; what it does not tell is left out."""
        psutil = self._psutil
        memory = psutil.virtual_memory()
        seen: dict[str, Any] = {
            "cpu_percent": psutil.cpu_percent(),
            "memory_percent": memory.percent,
            "memory_mb": memory.used / _MEGABYTE,
            "process_memory_mb": self._process.memory_info().rss / _MEGABYTE,
            "disk_percent": psutil.disk_usage(self._folder).percent,
        }
        disk, network = psutil.disk_io_counters(), psutil.net_io_counters()
        if disk is not None:
            seen["disk_read_mb"] = disk.read_bytes / _MEGABYTE
            seen["disk_write_mb"] = disk.write_bytes / _MEGABYTE
        if network is not None:
            seen["network_in_mb"] = network.bytes_recv / _MEGABYTE
            seen["network_out_mb"] = network.bytes_sent / _MEGABYTE
        # In this thread: a driver may take seconds to wake up.
        self._gpus = self._gpus or Gpus()
        seen.update(self._gpus.look())
        return {name: finite_or_name(round(float(value), 3)) for name, value in seen.items()}


class Gpus:
    """NVIDIA's GPUs, where their library and a driver are installed."""

    def __init__(self) -> None:
        self._library: Any = None
        self._handles: list[Any] = []
        # What a GPU does not tell, as a virtual one its power, is not asked for again.
        self._silent: set[tuple[int, str]] = set()
        try:
            pynvml = import_module("pynvml")
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
            self._handles = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(count)]
            self._library = pynvml
        except Exception:
            # Without the library, a driver or a GPU there is nothing to tell.
            self._handles = []

    def look(self) -> dict[str, float]:
        """Return each GPU's load, memory, power and temperature, as far as it tells them."""
        seen: dict[str, float] = {}
        for index, handle in enumerate(self._handles):
            for name, ask in GPU_QUESTIONS.items():
                if (index, name) in self._silent:
                    continue
                try:
                    seen[f"gpu{index}_{name}"] = ask(self._library, handle)
                except Exception:
                    self._silent.add((index, name))
        return seen


def _ask_temperature(nvml: Any, gpu: Any) -> float:
    return float(nvml.nvmlDeviceGetTemperature(gpu, nvml.NVML_TEMPERATURE_GPU))


GPU_QUESTIONS: dict[str, Callable[[Any, Any], float]] = {
    "percent": lambda nvml, gpu: nvml.nvmlDeviceGetUtilizationRates(gpu).gpu,
    "memory_mb": lambda nvml, gpu: nvml.nvmlDeviceGetMemoryInfo(gpu).used / _MEGABYTE,
    "watts": lambda nvml, gpu: nvml.nvmlDeviceGetPowerUsage(gpu) / 1000,
    "celsius": _ask_temperature,
}
"""What is asked of NVIDIA's library about each GPU."""
