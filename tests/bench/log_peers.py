"""Logging with runreport and with other trackers, side by side in one run.

    python tests/bench/log_peers.py [--folder scratch/bench] [--only NAME ...] [--rounds 3]

Each tracker gets a virtual environment below the folder, made at the first run from the package
index. Rounds alternate between the trackers, so that a slow minute of the machine hits all alike;
the table holds medians. "Kept" is how many of 5,001 calls (MLflow: 501) are on disk after the
process is killed right behind the last one.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CHECKOUT = HERE.parent.parent


@dataclass(frozen=True)
class Peer:
    """A tracker: its title, adapter, packages, the module it imports, and how much it is asked."""

    title: str
    adapter: str
    packages: tuple[str, ...]
    module: str
    calls: int = 5_000

    @property
    def environment(self) -> str:
        return self.module.lower()


PEERS = (
    Peer("runreport", "Runreport", (str(CHECKOUT),), "runreport", 50_000),
    Peer("MLflow, SQLite", "Mlflow", ("mlflow",), "mlflow", 500),
    Peer("MLflow, SQLite, async", "MlflowAsync", ("mlflow",), "mlflow", 500),
    Peer("W&B offline", "WandbOffline", ("wandb",), "wandb"),
    Peer("tensorboardX", "TensorboardX", ("tensorboardX", "tensorboard"), "tensorboardX"),
    Peer("Trackio", "Trackio", ("trackio",), "trackio"),
    Peer("Aim", "Aim", ("aim",), "aim"),
    Peer("SwanLab offline", "SwanlabOffline", ("swanlab",), "swanlab"),
    Peer("DVCLive", "Dvclive", ("dvclive",), "dvclive", 500),
)


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="logging, runreport beside other trackers")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "scratch" / "bench")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    wanted = {name.lower() for name in options.only}
    peers = [peer for peer in PEERS if not wanted or peer.environment in wanted | {"runreport"}]
    bench = Bench(options.folder.resolve())
    for peer in peers:
        bench.install(peer)
    figures: dict[str, list[dict[str, float]]] = {peer.title: [] for peer in peers}
    for number in range(options.rounds):
        for peer in peers:
            say(f"round {number + 1} of {options.rounds}: {peer.title}")
            figures[peer.title].append(bench.measure(peer))
    for line in make_table(peers, figures):
        sys.stdout.write(line + "\n")


class Bench:
    """A folder with an environment for each tracker and the runs they write."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def python(self, peer: Peer) -> Path:
        """Return the interpreter of a tracker's environment."""
        return self._folder / "environments" / peer.environment / "bin" / "python"

    def install(self, peer: Peer) -> None:
        """Make the environment of a tracker, once."""
        if self.python(peer).exists():
            return
        say(f"installing {' '.join(peer.packages)}")
        folder = self.python(peer).parent.parent
        venv.create(folder, with_pip=True)
        command = [str(self.python(peer)), "-m", "pip", "install", "--quiet", *peer.packages]
        if subprocess.run(command, check=False).returncode:
            shutil.rmtree(folder)
            sys.exit(f"log_peers: {peer.title} cannot be installed; leave it out with --only")

    def measure(self, peer: Peer) -> dict[str, float]:
        """Return one round's figures of a tracker."""
        one = self._work(peer, "log", peer.calls, 1)
        ten = self._work(peer, "log", max(200, peer.calls // 5), 10)
        killed = self._work(peer, "kill", min(peer.calls, 5_000), 1)
        found = self._work(peer, "count", 0, 0, keep=True)
        return {
            "import": self._import_seconds(peer),
            "calls_1": one["calls_per_second"],
            "calls_10": ten["calls_per_second"],
            "p50": one["p50_us"],
            "p99": one["p99_us"],
            "cpu": one["cpu_us"],
            "bytes_1": one["bytes_per_point"],
            "bytes_10": ten["bytes_per_point"],
            "lost": killed["logged"] - found["found"],
            "logged": killed["logged"],
        }

    def _work(
        self, peer: Peer, case: str, calls: int, metrics: int, *, keep: bool = False
    ) -> dict[str, float]:
        folder = self._folder / "runs" / peer.adapter
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
        arguments = [peer.adapter, case, str(folder), str(calls), str(metrics)]
        done = subprocess.run(
            [self.python(peer), HERE / "peers" / "worker.py", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        for line in reversed(done.stdout.splitlines()):
            if line.startswith("{"):
                answer: dict[str, float] = json.loads(line)
                return answer
        sys.exit(f"log_peers: {peer.title} gave no figures for {case!r}:\n{done.stderr[-2000:]}")

    def _import_seconds(self, peer: Peer) -> float:
        """Return what importing costs over the bare interpreter."""

        def seconds(code: str) -> float:
            began = time.perf_counter()
            subprocess.run([self.python(peer), "-c", code], capture_output=True, check=True)
            return time.perf_counter() - began

        pairs = [seconds(f"import {peer.module}") - seconds("pass") for _ in range(3)]
        return statistics.median(pairs)


def make_table(peers: list[Peer], figures: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    """Yield a Markdown table of medians, and runreport's rate as a multiple of each tracker's."""
    medians = {
        title: {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}
        for title, rounds in figures.items()
    }
    ours = medians["runreport"]
    yield (
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"{time.strftime('%Y-%m-%d', time.gmtime())}; medians of {len(figures['runreport'])} rounds"
    )
    yield ""
    yield (
        "| tracker | import, s | calls/s, 1 metric | calls/s, 10 metrics | p50 / p99, µs | CPU, µs "
        "| bytes a point, 1 / 10 | lost at SIGKILL | runreport is faster by, 1 / 10 |"
    )
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
    for peer in peers:
        m = medians[peer.title]
        yield (
            f"| {peer.title} | {m['import']:.2f} | {m['calls_1']:,.0f} | {m['calls_10']:,.0f} "
            f"| {m['p50']:,.1f} / {m['p99']:,.0f} | {m['cpu']:,.1f} "
            f"| {m['bytes_1']:.0f} / {m['bytes_10']:.0f} | {m['lost']:,.0f} of {m['logged']:,.0f} "
            f"| {ours['calls_1'] / m['calls_1']:,.1f} / {ours['calls_10'] / m['calls_10']:,.1f} |"
        )


def say(text: str) -> None:
    """Tell on stderr what is under way."""
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
