"""Time from a logged point to the page that shows it, in a real browser.

python tests/bench/serve.py [runs ...]
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.conftest import ARGUMENTS, chromium_path

POINTS = 5
LINES = 100
REST = 4.0
"""Seconds between two points: what a run that logs once an epoch leaves, and more than a build."""
PATIENCE = 120_000


def write_runs(root: Path, runs: int) -> None:
    """Write runs of five metrics, and one that has only begun."""
    for number in range(runs):
        folder = root / f"experiment-{number % 4}" / f"run-{number:05}"
        folder.mkdir(parents=True)
        record = {"status": "finished", "params": {"seed": number}}
        (folder / "run.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
        lines = [
            json.dumps({"step": step, "time": 1.7e9 + step} | dict.fromkeys("abcde", number / step))
            for step in range(1, LINES)
        ]
        (folder / "metrics.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def log(root: Path, value: float) -> None:
    """Log one point as a run does."""
    folder = root / "live" / "live-run"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"loss": value}) + "\n")


def seconds(page: Page, root: Path, value: float) -> float:
    """Log a value and wait until the open page shows it."""
    time.sleep(REST)
    began = time.perf_counter()
    log(root, value)
    page.wait_for_selector(f".grid-body .grid-row:has-text('{value:.4f}')", timeout=PATIENCE)
    return time.perf_counter() - began


def measure(runs: int) -> None:
    """Serve so many runs, and print how long new points take to an open page."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        root = Path(folder) / "runs"
        write_runs(root, runs)
        log(root, 0.5)
        command = [sys.executable, "-m", "runreport", "serve", str(root), "--port=0"]
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            address = process.stdout.readline().split()[0]
            threading.Thread(target=process.stdout.read, daemon=True).start()
            page = browser.new_page()
            page.goto(address)
            page.wait_for_selector("main", timeout=PATIENCE)
            page.goto(f"{address}e/live/")
            times = [seconds(page, root, 0.5001 + number / 10_000) for number in range(POINTS)]
            process.terminate()
        browser.close()
    shown = ", ".join(f"{each:.2f}" for each in times)
    text = f"{statistics.median(times):.2f} s from a point to the page ({shown})"
    sys.stdout.write(f"{runs:>6,} runs: {text}\n")


if __name__ == "__main__":
    for count in map(int, sys.argv[1:] or ["10", "1000"]):
        measure(count)
