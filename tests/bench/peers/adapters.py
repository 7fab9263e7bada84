"""One adapter a tracker, all with the same three verbs: log, close, and count what is on disk.

Each runs in the environment of its own tracker, so nothing but the standard library is imported
above. Settings switch off what a bench does not ask for (network, console capture, system metrics)
and leave the store as a user gets it.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class Runreport:
    """runreport: one line in a file, written before the call returns."""

    def __init__(self, folder: Path) -> None:
        import runreport

        self._library = runreport
        self._run = runreport.start_run(experiment="bench", root=folder)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._library.log_metrics(values, step=step)

    def close(self) -> None:
        self._library.end_run()

    @staticmethod
    def count(folder: Path) -> int:
        lines = 0
        for path in folder.rglob("metrics*.jsonl"):
            lines += path.read_bytes().count(b"\n")
        return lines


class Mlflow:
    """MLflow's default store, SQLite: one transaction a call."""

    synchronous = True

    def __init__(self, folder: Path) -> None:
        import logging

        import mlflow

        logging.getLogger("mlflow").setLevel(logging.ERROR)
        logging.getLogger("alembic").setLevel(logging.ERROR)
        os.chdir(folder)
        self._library = mlflow
        mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
        mlflow.start_run()

    def log(self, step: int, values: dict[str, float]) -> None:
        self._library.log_metrics(values, step=step, synchronous=self.synchronous)

    def close(self) -> None:
        if not self.synchronous:
            self._library.flush_async_logging()
        self._library.end_run()

    @staticmethod
    def count(folder: Path) -> int:
        with sqlite3.connect(folder / "mlflow.db") as database:
            return int(database.execute("select count(*) from metrics").fetchone()[0])


class MlflowAsync(Mlflow):
    """The same store behind MLflow's queue, ``synchronous=False``."""

    synchronous = False


class WandbOffline:
    """W&B in offline mode: a log file that its own service process writes."""

    def __init__(self, folder: Path) -> None:
        os.environ.update(WANDB_MODE="offline", WANDB_DIR=str(folder), WANDB_SILENT="true")
        import wandb

        settings = wandb.Settings(console="off", disable_git=True, x_disable_stats=True)
        self._run = wandb.init(project="bench", settings=settings)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.log(values, step=step)

    def close(self) -> None:
        self._run.finish()

    @staticmethod
    def count(folder: Path) -> int:
        from wandb.proto import wandb_internal_pb2

        steps = set()
        for path in folder.glob("wandb/offline-run-*/*.wandb"):
            for record in log_records(path):
                message = wandb_internal_pb2.Record.FromString(record)
                if message.WhichOneof("record_type") == "history":
                    steps.add(message.history.step.num)
        return len(steps)


class TensorboardX:
    """tensorboardX: an event file behind a queue."""

    def __init__(self, folder: Path) -> None:
        from tensorboardX import SummaryWriter

        self._writer = SummaryWriter(str(folder / "events"))

    def log(self, step: int, values: dict[str, float]) -> None:
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        self._writer.close()

    @staticmethod
    def count(folder: Path) -> int:
        from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
        from tensorboardX.proto import event_pb2

        count = 0
        for path in folder.glob("events/*"):
            for raw in RawEventFileLoader(str(path)).Load():
                event = event_pb2.Event()
                event.ParseFromString(raw)
                count += event.HasField("summary")
        return count


class Trackio:
    """Trackio: SQLite behind a batching thread."""

    def __init__(self, folder: Path) -> None:
        os.environ.update(TRACKIO_DIR=str(folder / "trackio"), HF_HUB_OFFLINE="1")
        import trackio

        self._library = trackio
        trackio.init(project="bench", name="run", embed=False)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._library.log(values, step=step)

    def close(self) -> None:
        self._library.finish()

    @staticmethod
    def count(folder: Path) -> int:
        count = 0
        for path in folder.glob("trackio/*.db"):
            with sqlite3.connect(path) as database:
                count += int(database.execute("select count(*) from metrics").fetchone()[0])
        return count


class Aim:
    """Aim: RocksDB. Its SDK lists a run only once it is indexed, so counting indexes first."""

    def __init__(self, folder: Path) -> None:
        import aim

        self._run = aim.Run(
            repo=str(folder), system_tracking_interval=None, capture_terminal_logs=False
        )

    def log(self, step: int, values: dict[str, float]) -> None:
        self._run.track(values, step=step)

    def close(self) -> None:
        self._run.close()

    @staticmethod
    def count(folder: Path) -> int:
        import aim

        command = Path(sys.executable).with_name("aim")
        subprocess.run(
            [command, "storage", "--repo", folder, "reindex", "-y"], capture_output=True, check=True
        )
        steps = (
            len(metric.values.sparse_numpy()[0])
            for run in aim.Repo(str(folder)).iter_runs()
            for metric in run.metrics()
        )
        return max(steps, default=0)


class SwanlabOffline:
    """SwanLab in offline mode."""

    def __init__(self, folder: Path) -> None:
        import swanlab

        self._library = swanlab
        swanlab.init(mode="offline", project="bench", log_dir=str(folder / "swanlab"))

    def log(self, step: int, values: dict[str, float]) -> None:
        self._library.log(values, step=step)

    def close(self) -> None:
        self._library.finish()

    @staticmethod
    def count(folder: Path) -> int:
        from swanlab.proto.swanlab.record.v1 import record_pb2

        steps = set()
        for path in folder.rglob("*.swanlab"):
            for record in log_records(path):
                message: Any = record_pb2.Record.FromString(record)
                kind = message.WhichOneof(record_pb2.Record.DESCRIPTOR.oneofs[0].name)
                if kind == "scalar":
                    steps.add(message.scalar.step)
        return len(steps)


class Dvclive:
    """DVCLive: one tab-separated file a metric, and a summary rewritten at every step."""

    def __init__(self, folder: Path) -> None:
        os.chdir(folder)
        from dvclive import Live

        self._live = Live(dir=str(folder / "live"), save_dvc_exp=False, dvcyaml=None)

    def log(self, step: int, values: dict[str, float]) -> None:
        self._live.step = step
        for name, value in values.items():
            self._live.log_metric(name, value)
        self._live.next_step()

    def close(self) -> None:
        self._live.end()

    @staticmethod
    def count(folder: Path) -> int:
        lines = [p.read_bytes().count(b"\n") - 1 for p in folder.glob("live/plots/metrics/*.tsv")]
        return max(lines, default=0)


def log_records(path: Path) -> Iterator[bytes]:
    """Yield the whole records of a LevelDB log, the container of two trackers' offline files.

    Blocks of 32 KiB hold fragments with a header of checksum (4 bytes), length (2) and type (1: all
    of a record, 2 to 4: its first, middle and last part); the trackers put 7 bytes before them.
    The layout is documented in LevelDB's ``doc/log_format.md``.
    """
    data, at, parts = path.read_bytes(), 7, bytearray()
    while at + 7 <= len(data):
        left = 32768 - at % 32768
        if left < 7:
            at += left
            continue
        length, kind = struct.unpack_from("<4xHB", data, at)
        fragment = data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind == 0 or len(fragment) < length:
            return
        parts += fragment
        if kind in (1, 4):
            yield bytes(parts)
            parts.clear()
