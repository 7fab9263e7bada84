"""Reading with runreport and with other trackers, side by side: the same runs in each one's store.

    python tests/bench/read_peers.py [--folder scratch/bench] [--only NAME ...]
        [--runs 100] [--lines 200] [--metrics 5] [--rounds 3]

"Table" is one row a run with its params and last values, "histories" is every point of every run;
each is what the tracker's documentation says to call, in a fresh process, import left out. The
environments are those of `log_peers.py`. Prints a Markdown table of the medians of the rounds,
which alternate between the trackers.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from log_peers import (  # type: ignore[import-not-found, unused-ignore]
    CHECKOUT,
    HERE,
    Bench,
    Peer,
    say,
)
from watched import machine, row  # type: ignore[import-not-found, unused-ignore]

PEERS = (
    Peer("runreport", "Runreport", (str(CHECKOUT),), "runreport"),
    Peer("MLflow, SQLite", "MlflowSqlite", ("mlflow",), "mlflow"),
    Peer("MLflow, files", "MlflowFiles", ("mlflow",), "mlflow"),
    Peer("TensorBoard", "TensorBoard", ("tensorboardX", "tensorboard"), "tensorboardX"),
    Peer("Trackio", "Trackio", ("trackio",), "trackio"),
)
CASES = ("table", "histories")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="reading, runreport beside other trackers")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "scratch" / "bench")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--lines", type=int, default=200)
    parser.add_argument("--metrics", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    wanted = {name.lower() for name in options.only}
    peers = [peer for peer in PEERS if not wanted or peer.environment in wanted | {"runreport"}]
    reading = Reading(options.folder.resolve(), options.runs, options.lines, options.metrics)
    for peer in peers:
        reading.prepare(peer)
    figures: dict[str, list[dict[str, float]]] = {peer.title: [] for peer in peers}
    for number in range(options.rounds):
        for peer in peers:
            say(f"round {number + 1} of {options.rounds}: {peer.title}")
            figures[peer.title].append(reading.measure(peer))
    for line in make_table(peers, figures, reading):
        sys.stdout.write(line + "\n")


class Reading:
    """The same runs in the store of each tracker."""

    def __init__(self, folder: Path, runs: int, lines: int, metrics: int) -> None:
        self.folder = folder
        self.runs = runs
        self.points = runs * lines * metrics
        self._size = [str(runs), str(lines), str(metrics)]
        self._bench = Bench(folder)

    def prepare(self, peer: Peer) -> None:
        """Install a tracker, and write the runs into its store."""
        self._bench.install(peer)
        say(f"writing {' × '.join(self._size)} with {peer.title}")
        shutil.rmtree(self._store(peer), ignore_errors=True)
        self._work(peer, "write")

    def measure(self, peer: Peer) -> dict[str, float]:
        """Return CPU and clock seconds of each case, and the bytes of the store."""
        store = self._store(peer)
        size = sum(path.stat().st_size for path in store.rglob("*") if path.is_file())
        answers = {case: self._work(peer, case) for case in CASES}
        for case, expected in zip(CASES, (self.runs, self.points), strict=True):
            if answers[case]["found"] != expected:
                sys.exit(f"read_peers: {peer.title} found {answers[case]['found']} in {case!r}")
        return {
            "bytes": size,
            **{f"{case} {kind}": answers[case][kind] for case in CASES for kind in ("cpu", "wall")},
        }

    def _store(self, peer: Peer) -> Path:
        adapter: str = peer.adapter
        return self.folder / "stores" / adapter

    def _work(self, peer: Peer, case: str) -> dict[str, float]:
        command = [self._bench.python(peer), HERE / "peers" / "reading.py", peer.adapter, case]
        done = subprocess.run(
            [*command, self._store(peer), *self._size],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        )
        for line in reversed(done.stdout.splitlines()):
            if line.startswith("{"):
                answer: dict[str, float] = json.loads(line)
                return answer
        sys.exit(f"read_peers: {peer.title} gave no figures for {case!r}:\n{done.stderr[-2000:]}")


def make_table(
    peers: list[Peer], figures: dict[str, list[dict[str, float]]], reading: Reading
) -> Iterator[str]:
    """Yield a Markdown table of medians, and each tracker's CPU as a multiple of runreport's."""
    medians = {
        title: {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        for title, rounds in figures.items()
    }
    ours = medians["runreport"]
    yield (
        f"Measured by `tests/bench/read_peers.py` with {reading.runs:,} runs and "
        f"{reading.points:,} points on {machine()}."
    )
    yield ""
    yield row(
        *("tracker", "table of all runs, s", "ms of CPU a run", "times runreport's"),
        *("all histories, s", "µs of CPU a point", "times runreport's", "bytes a point"),
    )
    yield "|---|" + "--:|" * 7
    for peer in peers:
        m = medians[peer.title]
        table, points = m["table cpu"], m["histories cpu"]
        yield row(
            *(peer.title, f"{m['table wall']:.2f}", f"{table / reading.runs * 1e3:.2f}"),
            *(f"{table / ours['table cpu']:.1f}", f"{m['histories wall']:.2f}"),
            *(f"{points / reading.points * 1e6:.2f}", f"{points / ours['histories cpu']:.1f}"),
            f"{m['bytes'] / reading.points:.0f}",
        )


if __name__ == "__main__":
    main()
