"""Run every example for real, into one folder of runs.

    python site-example/train_all.py RUNS [--no-reports]

With ``--no-reports`` the charts that `report_metrics_to_experiment` keeps, 1.5 MB each, are left
out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import runreport

HERE = Path(__file__).resolve().parent


def train_all(root: Path, *, reports: bool) -> None:
    """Run the scripts as a person would, one after the other."""
    root.mkdir(parents=True, exist_ok=True)
    for script in ("iris/train.py", "iris/evaluate.py", "spirals/train.py"):
        run_script([sys.executable, f"{HERE.name}/{script}"], root)
    measured = [f"{HERE.name}/spirals/{name}.py" for name in ("network", "pictures", "train")]
    if shutil.which("sh") and shutil.which("gzip"):
        run_script(["sh", f"{HERE.name}/compression/train.sh", str(root), *measured], root)
    for readme in sorted(HERE.glob("*/README.md")):
        experiment = root / readme.parent.name
        if experiment.is_dir():
            shutil.copyfile(readme, experiment / "README.md")
    if reports and (root / "compression").is_dir():
        runreport.report_metrics_to_experiment("compression", root=root)


def run_script(command: list[str], root: Path) -> None:
    """Run one script with its runs going to ``root``, and stop where it fails."""
    environment = {**os.environ, "RUNREPORT_DIR": str(root)}
    # From the checkout's root, so that the command lines in the runs are what a person would type.
    subprocess.run(command, check=True, cwd=HERE.parent, env=environment)


def main() -> None:
    """Read the arguments and run all."""
    parser = argparse.ArgumentParser(description="Run every example for real.")
    parser.add_argument("runs", type=Path, help="the folder for the runs, as scratch/runs")
    parser.add_argument("--no-reports", action="store_true", help="keep no charts as artifacts")
    arguments = parser.parse_args()
    train_all(arguments.runs.resolve(), reports=not arguments.no_reports)


if __name__ == "__main__":
    main()
