"""Write runs into one tracker's store, or read them back and time it.

    python reading.py ADAPTER write|table|histories FOLDER RUNS LINES METRICS

Each runs in the environment of its own tracker. The last line is the answer as JSON: how much was
found, and the CPU and clock seconds that it took.
"""

from __future__ import annotations

import json
import logging
import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

START = 1_763_806_500.0
PARAMS = 20

Rows = list[dict[str, float]]


class Runreport:
    """runreport: `load_runs` and `load_metrics` over run folders, without an index."""

    def __init__(self, folder: Path) -> None:
        import pandas

        import runreport

        self._library, self._folder = runreport, folder
        # What every script has loaded that works with frames.
        assert pandas

    def write(self, name: str, params: dict[str, float], rows: Rows) -> None:
        with self._library.start_run(
            experiment="bench", run_name=name, params=params, root=self._folder
        ):
            for step, row in enumerate(rows):
                self._library.log_metrics(row, step=step)

    def table(self) -> int:
        return len(self._library.load_runs(self._folder))

    def histories(self) -> int:
        return len(self._library.load_metrics(self._folder))


class MlflowSqlite:
    """MLflow: `search_runs` for the table, `get_metric_history` for each metric of each run."""

    def __init__(self, folder: Path) -> None:
        logging.disable(logging.WARNING)
        import mlflow

        self._library = mlflow
        mlflow.set_tracking_uri(self.address(folder))
        self._client = mlflow.MlflowClient()
        mlflow.set_experiment("bench")

    def address(self, folder: Path) -> str:
        return f"sqlite:///{folder}/mlflow.db"

    def write(self, name: str, params: dict[str, float], rows: Rows) -> None:
        from mlflow.entities import Metric, Param

        with self._library.start_run(run_name=name) as run:
            points = [
                Metric(key, value, int((START + step) * 1000), step)
                for step, row in enumerate(rows)
                for key, value in row.items()
            ]
            kept = [Param(key, str(value)) for key, value in params.items()]
            self._client.log_batch(run.info.run_id, params=kept)
            for first in range(0, len(points), 1000):
                self._client.log_batch(run.info.run_id, metrics=points[first : first + 1000])

    def table(self) -> int:
        return len(self._library.search_runs(search_all_experiments=True))

    def histories(self) -> int:
        found = self._library.search_runs(search_all_experiments=True, output_format="list")
        return sum(
            len(self._client.get_metric_history(run.info.run_id, key))
            for run in found
            for key in run.data.metrics
        )


class MlflowFiles(MlflowSqlite):
    """The same calls over MLflow's file store."""

    def address(self, folder: Path) -> str:
        os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
        return (folder / "mlruns").as_uri()


class TensorBoard:
    """TensorBoard's `EventAccumulator` over event files of tensorboardX, no point left out."""

    def __init__(self, folder: Path) -> None:
        logging.disable(logging.WARNING)
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        self._loader, self._folder = EventAccumulator, folder

    def write(self, name: str, params: dict[str, float], rows: Rows) -> None:
        from tensorboardX import SummaryWriter

        writer = SummaryWriter(str(self._folder / name))
        writer.add_text("params", json.dumps(params))
        for step, row in enumerate(rows):
            for key, value in row.items():
                writer.add_scalar(key, value, step, START + step)
        writer.close()

    def _runs(self) -> Iterator[Any]:
        for folder in sorted(self._folder.iterdir()):
            events = self._loader(str(folder), size_guidance={"scalars": 0})
            events.Reload()
            yield events

    def table(self) -> int:
        # There is no shorter way to the last values than through all.
        rows = [
            {key: run.Scalars(key)[-1].value for key in run.Tags()["scalars"]}
            for run in self._runs()
        ]
        return len(rows)

    def histories(self) -> int:
        return sum(len(run.Scalars(key)) for run in self._runs() for key in run.Tags()["scalars"])


class Trackio:
    """Trackio: its `Api` for the runs and their config, its storage for their logs."""

    def __init__(self, folder: Path) -> None:
        os.environ.update(TRACKIO_DIR=str(folder / "trackio"), HF_HUB_OFFLINE="1")
        from trackio import Api
        from trackio.sqlite_storage import SQLiteStorage

        self._api, self._storage = Api, SQLiteStorage

    def write(self, name: str, params: dict[str, float], rows: Rows) -> None:
        steps = list(range(len(rows)))
        self._storage.bulk_log("bench", name, rows, steps, config=params)

    def table(self) -> int:
        rows = []
        for run in self._api().runs("bench"):
            logs = self._storage.get_logs("bench", run.name, run_id=run.id)
            rows.append({**(run.config or {}), **logs[-1]})
        return len(rows)

    def histories(self) -> int:
        own = ("step", "timestamp")
        return sum(
            sum(key not in own for key in row)
            for run in self._api().runs("bench")
            for row in self._storage.get_logs("bench", run.name, run_id=run.id)
        )


def main() -> None:
    """Do what the command line says."""
    name, case, where, runs, lines, metrics = sys.argv[1:]
    folder = Path(where)
    folder.mkdir(parents=True, exist_ok=True)
    adapter = globals()[name](folder)
    if case == "write":
        chance = random.Random(1)
        keys = [f"metric_{index}" for index in range(int(metrics))]
        for number in range(int(runs)):
            rows = [{key: chance.random() for key in keys} for _ in range(int(lines))]
            params = {f"p{index}": chance.random() for index in range(PARAMS)}
            adapter.write(f"run-{number:05d}", params, rows)
        answer({})
        return
    measure(getattr(adapter, case))


def measure(work: Callable[[], int]) -> None:
    """Do the work once, and answer how much was found and what it took."""
    began, busy = time.perf_counter(), time.process_time()
    found = work()
    answer({"found": found, "cpu": time.process_time() - busy, "wall": time.perf_counter() - began})


def answer(value: dict[str, float]) -> None:
    """Print the answer on a line of its own."""
    sys.stdout.write(f"\n{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
    # Some trackers leave threads that keep the process alive.
    os._exit(0)
