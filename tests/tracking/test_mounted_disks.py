"""Power cuts of real file systems: the disk's content is frozen while a process logs to it.

A file system in a file is mounted and then told to go down without writing anything more, as
xfstests do it; what is in the file is what had reached the disk. Mounted again, the journal is
replayed as after a cut. Needs root, loop devices and the file systems' tools, else it is skipped.
"""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runreport.readers.native import read_run
from tests.tracking.conftest import clean_environment
from tests.tracking.folders import only_run

GO_DOWN = 0x8004587D
"""The ioctl that ext4 and xfs have for it."""
WITHOUT_FLUSHING = 2

INTERVAL = 0.3
CUTS = 20

WRITER = """
import os, sys, time
import runreport
from runreport.tracking import segments
segments.SYNC_EVERY = float(sys.argv[3])
run = runreport.start_run(root=sys.argv[1], durability=sys.argv[2], code=False, capture="none")
step = 0
while True:
    runreport.log_metrics({"loss": step}, step=step)
    os.write(1, b"%d %f\\n" % (step, time.monotonic()))
    step += 1
    time.sleep(0.0005)
"""


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[None]:
    done = subprocess.run(
        ["mount", "-o", "loop", str(image), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no loop device can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def make_disk(kind: str, folder: Path) -> Path:
    """Make a file system in a file; skip where that cannot be done."""
    maker = shutil.which(f"mkfs.{kind}", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    if maker is None:
        pytest.skip(f"mkfs.{kind} is not installed here")
    image = folder / "disk"
    with image.open("wb") as file:
        file.truncate(320 << 20)
    subprocess.run([maker, "-q", str(image)], check=True, capture_output=True)
    return image


def cut(disk: Path, mount: Path, durability: str, seconds: float) -> list[tuple[int, float]]:
    """Log for a while, cut the power, and return the steps that were acknowledged before."""
    with mounted(disk, mount):
        command = [sys.executable, "-c", WRITER, str(mount / "runs"), durability, str(INTERVAL)]
        writer = subprocess.Popen(
            command, env=clean_environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert writer.stdout is not None
        told = writer.stdout.readline()
        os.set_blocking(writer.stdout.fileno(), False)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told += writer.stdout.read() or b""
            time.sleep(0.01)
        told += writer.stdout.read() or b""
        at = time.monotonic()
        root = os.open(mount, os.O_RDONLY)
        try:
            fcntl.ioctl(root, GO_DOWN, struct.pack("I", WITHOUT_FLUSHING))
        except OSError as error:
            pytest.skip(f"this file system cannot be told to go down ({error.strerror})")
        finally:
            os.close(root)
            writer.kill()
            writer.stdout.close()
            writer.wait()
    lines = told.split(b"\n")[:-1]
    return [(int(step), at - float(moment)) for step, moment in map(bytes.split, lines)]


@pytest.mark.slow
@pytest.mark.parametrize("durability", ["line", "auto", "off"])
@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs"])
def test_a_power_cut_costs_no_line_that_was_synced(
    tmp_path: Path, kind: str, durability: str
) -> None:
    mount = tmp_path / "mount"
    mount.mkdir()
    chance = random.Random(durability)
    for number in range(CUTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        disk = make_disk(kind, folder)
        acknowledged = cut(disk, mount, durability, chance.uniform(0.2, 2.0))
        with mounted(disk, mount):
            found = dict(points(mount / "runs", durability))
        disk.unlink()
        safe_after = {"line": 0.0, "auto": INTERVAL + 1.0, "off": float("inf")}[durability]

        assert acknowledged
        assert {step for step, age in acknowledged if age > safe_after} <= set(found)
        assert all(step == value for step, value in found.items())


def points(root: Path, durability: str) -> list[tuple[float, float]]:
    """Return a run's points; its record must be whole, and only unsynced runs may be missing."""
    if durability == "off" and not list(root.rglob("*.jsonl")):
        return []
    record = read_run(only_run(root), root)
    if durability != "off":
        assert record.status == "running"
        assert record.started is not None
    return [
        (step, value)
        for history in record.histories
        if history.name == "loss"
        for step, value in zip(history.steps.tolist(), history.values.tolist(), strict=True)
    ]
